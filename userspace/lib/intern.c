// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hash table that gives equal strings equal numbers, counted from zero in
 * order of appearance: the same input always gets the same numbers.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"

/*
 * As FNV-1a does it, but with eight bytes at a time; the upper half of a product
 * depends on all of them. What comes in is compiled data, nobody gains by
 * collisions.
 */
static uint64_t hash(const uint8_t *key, size_t len)
{
	uint64_t h = 0xcbf29ce484222325, word;

	while (len) {
		size_t n = len < sizeof(word) ? len : sizeof(word);

		word = 0;
		memcpy(&word, key, n);
		h = (h ^ word) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
		key += n;
		len -= n;
	}
	return h;
}

/* The slot that holds @key or the empty one where it belongs. */
static uint32_t *find(const struct df_intern *table, const uint8_t *key)
{
	size_t i = hash(key, table->key_len);

	for (;; i++) {
		uint32_t *slot = &table->slots[i & (table->slot_count - 1)];

		if (!*slot || !memcmp(df_intern_key(table, *slot - 1), key,
				      table->key_len))
			return slot;
	}
}

/* Keep at least half of the slots empty. */
static int grow(struct df_intern *table)
{
	uint32_t want = table->capacity ? table->capacity * 2 : 64, i;
	uint8_t *keys = reallocarray(table->keys, want, table->key_len);
	uint32_t *slots;

	if (!keys)
		return -ENOMEM;
	table->keys = keys;
	slots = calloc((size_t)want * 2, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(table->slots);
	table->slots = slots;
	table->slot_count = (size_t)want * 2;
	table->capacity = want;
	for (i = 0; i < table->count; i++)
		*find(table, df_intern_key(table, i)) = i + 1;
	return 0;
}

/**
 * df_intern_init() - make an empty table
 * @table: the table, to be freed with df_intern_free()
 * @key_len: bytes of each string, at least 1
 */
void df_intern_init(struct df_intern *table, size_t key_len)
{
	*table = (struct df_intern){ .key_len = key_len };
}

/**
 * df_intern_free() - free what a table holds
 * @table: initialised, or all zero
 */
void df_intern_free(struct df_intern *table)
{
	free(table->keys);
	free(table->slots);
	*table = (struct df_intern){ 0 };
}

/**
 * df_intern() - the number of a string
 * @table: the table; a string not seen before gets the number @table->count
 * @key: the string, @table->key_len bytes
 *
 * Return: the number, or -ENOMEM.
 */
int64_t df_intern(struct df_intern *table, const void *key)
{
	uint32_t *slot = table->slots ? find(table, key) : NULL;

	if (slot && *slot)
		return *slot - 1;
	if (table->count == table->capacity) {
		if (table->count > UINT32_MAX / 4 || grow(table))
			return -ENOMEM;
		slot = find(table, key);
	}
	memcpy(table->keys + table->count * table->key_len, key, table->key_len);
	*slot = ++table->count;
	return table->count - 1;
}

/**
 * df_intern_key() - the string that has a number
 * @table: the table
 * @id: number below @table->count
 *
 * Return: the string; valid until the next df_intern().
 */
const uint8_t *df_intern_key(const struct df_intern *table, uint32_t id)
{
	return table->keys + id * table->key_len;
}
