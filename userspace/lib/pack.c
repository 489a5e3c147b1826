// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A writer that remembers that something went wrong, and a reader that trusts
 * nothing: so that neither has to be asked after each value.
 */
#include <stdlib.h>
#include <string.h>

#include "pack.h"

#define FIRST_SPACE 4096

static bool make_room(struct df_pack *pack, size_t size)
{
	size_t space = pack->space ? pack->space : FIRST_SPACE;
	uint8_t *data;

	if (pack->failed)
		return false;
	while (space - pack->size < size)
		space *= 2;
	if (space == pack->space)
		return true;
	data = realloc(pack->data, space);
	if (!data) {
		pack->failed = true;
		return false;
	}
	pack->data = data;
	pack->space = space;
	return true;
}

/**
 * df_pack_bytes() - add bytes
 * @pack: where to
 * @data: the bytes
 * @size: how many; the reader has to know
 */
void df_pack_bytes(struct df_pack *pack, const void *data, size_t size)
{
	if (!size || !make_room(pack, size))
		return;
	memcpy(pack->data + pack->size, data, size);
	pack->size += size;
}

/**
 * df_pack_number() - add a number
 * @pack: where to
 * @number: the number
 * @width: bytes it takes, 1 to 8
 */
void df_pack_number(struct df_pack *pack, uint64_t number, size_t width)
{
	uint8_t bytes[8];
	size_t i;

	for (i = width; i--; number >>= 8)
		bytes[i] = (uint8_t)number;
	df_pack_bytes(pack, bytes, width);
}

/**
 * df_pack_text() - add a text
 * @pack: where to
 * @text: the text, or NULL
 */
void df_pack_text(struct df_pack *pack, const char *text)
{
	df_pack_number(pack, text ? strlen(text) + 1 : 0, 4);
	if (text)
		df_pack_bytes(pack, text, strlen(text));
}

/**
 * df_unpack_bytes() - take bytes
 * @unpack: where from
 * @size: how many
 *
 * Return: the bytes, or NULL if there are not so many.
 */
const uint8_t *df_unpack_bytes(struct df_unpack *unpack, size_t size)
{
	const uint8_t *at = unpack->at;

	if (unpack->bad || size > unpack->left) {
		unpack->bad = true;
		return NULL;
	}
	unpack->at += size;
	unpack->left -= size;
	return at;
}

/**
 * df_unpack_number() - take a number
 * @unpack: where from
 * @width: bytes it takes, 1 to 8
 * @max: largest value that makes sense
 *
 * Return: the number; 0 if there is none, or a larger one.
 */
uint64_t df_unpack_number(struct df_unpack *unpack, size_t width, uint64_t max)
{
	const uint8_t *bytes = df_unpack_bytes(unpack, width);
	uint64_t number = 0;
	size_t i;

	for (i = 0; bytes && i < width; i++)
		number = number << 8 | bytes[i];
	if (number <= max)
		return number;
	unpack->bad = true;
	return 0;
}

/**
 * df_unpack_text() - take a text
 * @unpack: where from
 * @max: longest that makes sense, in bytes
 *
 * Return: the text, for free(); NULL if that is what was packed, or if there is
 * none.
 */
char *df_unpack_text(struct df_unpack *unpack, size_t max)
{
	size_t size = df_unpack_number(unpack, 4, max + 1);
	const uint8_t *bytes;
	char *text;

	if (!size)
		return NULL;
	bytes = df_unpack_bytes(unpack, size - 1);
	if (!bytes || memchr(bytes, '\0', size - 1)) {
		unpack->bad = true;
		return NULL;
	}
	text = df_unpack_alloc(unpack, size, 1);
	if (text)
		memcpy(text, bytes, size - 1);
	return text;
}

/**
 * df_unpack_alloc() - zeroed memory for what is taken
 * @unpack: where from
 * @count: number of elements; may be 0
 * @size: of an element in bytes
 *
 * Return: memory for free(); NULL if something was bad before, or if there is
 * none.
 */
void *df_unpack_alloc(struct df_unpack *unpack, size_t count, size_t size)
{
	void *memory = unpack->bad ? NULL : calloc(count + 1, size);

	if (!memory)
		unpack->bad = true;
	return memory;
}
