/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small numbers for byte strings of one length. */
#ifndef DF_INTERN_H
#define DF_INTERN_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct df_intern - the strings seen so far, numbered in order of appearance
 * @key_len: bytes of each string, at least 1
 * @count: strings
 * @capacity: strings that fit into @keys
 * @keys: the strings one after the other
 * @slots: hash table of number + 1, 0 for an empty slot
 * @slot_count: slots, a power of two
 */
struct df_intern {
	size_t key_len;
	uint32_t count;
	uint32_t capacity;
	uint8_t *keys;
	uint32_t *slots;
	size_t slot_count;
};

void df_intern_init(struct df_intern *table, size_t key_len);
void df_intern_free(struct df_intern *table);
int64_t df_intern(struct df_intern *table, const void *key);
const uint8_t *df_intern_key(const struct df_intern *table, uint32_t id);

#endif
