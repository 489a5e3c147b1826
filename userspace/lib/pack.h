/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and texts as bytes, and back. */
#ifndef DF_PACK_H
#define DF_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct df_pack - bytes that are put together; all zero at first
 * @data: the bytes, for free()
 * @size: how many
 * @space: that fit into @data
 * @failed: memory was short, and something is missing
 */
struct df_pack {
	uint8_t *data;
	size_t size;
	size_t space;
	bool failed;
};

void df_pack_bytes(struct df_pack *pack, const void *data, size_t size);
void df_pack_number(struct df_pack *pack, uint64_t number, size_t width);
void df_pack_text(struct df_pack *pack, const char *text);

/**
 * struct df_unpack - bytes that are taken apart
 * @at: the next one
 * @left: how many there are
 * @bad: there were too few, or something in them was impossible, or memory was
 *	short; from then on there is nothing but zeros
 */
struct df_unpack {
	const uint8_t *at;
	size_t left;
	bool bad;
};

const uint8_t *df_unpack_bytes(struct df_unpack *unpack, size_t size);
uint64_t df_unpack_number(struct df_unpack *unpack, size_t width, uint64_t max);
char *df_unpack_text(struct df_unpack *unpack, size_t max);
void *df_unpack_alloc(struct df_unpack *unpack, size_t count, size_t size);

#endif
