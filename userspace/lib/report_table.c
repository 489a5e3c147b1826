// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report_table.h"

static uint32_t hash(const char *key)
{
	uint32_t value = 2166136261u;

	for (; *key; key++)
		value = (value ^ (unsigned char)*key) * 16777619u;
	return value;
}

/**
 * df_report_table_init() - no rows
 * @table: result; to be freed after an error too
 * @max: most rows that there will be
 *
 * Return: 0 or -ENOMEM.
 */
int df_report_table_init(struct df_report_table *table, size_t max)
{
	memset(table, 0, sizeof(*table));
	table->max = max;
	for (table->buckets = 16; table->buckets < 2 * max;)
		table->buckets *= 2;
	table->index = calloc(table->buckets, sizeof(*table->index));
	return table->index ? 0 : -ENOMEM;
}

/**
 * df_report_table_free() - the reverse of df_report_table_init()
 * @table: any
 */
void df_report_table_free(struct df_report_table *table)
{
	free(table->index);
	free(table->rows);
	memset(table, 0, sizeof(*table));
}

static int make_room(struct df_report_table *table)
{
	size_t room = table->room ? 2 * table->room : 16;
	struct df_report_row *rows;

	if (table->count < table->room)
		return 0;
	rows = reallocarray(table->rows, room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	table->rows = rows;
	table->room = room;
	return 0;
}

/* Many names may fall on one place: who chooses them gains a slow report only. */
static uint32_t *find(const struct df_report_table *table, const char *key)
{
	size_t i = hash(key) & (table->buckets - 1);

	while (table->index[i] &&
	       strcmp(table->rows[table->index[i] - 1].key, key))
		i = (i + 1) & (table->buckets - 1);
	return &table->index[i];
}

/**
 * df_report_table_row() - the row of a key
 * @table: where; not sorted yet
 * @key: shorter than DF_REPORT_KEY
 * @err: result: 0 or -ENOMEM
 *
 * Return: the row, which is valid until the next call; NULL if there is no room
 * for another one, or after an error.
 */
struct df_report_row *df_report_table_row(struct df_report_table *table,
					  const char *key, int *err)
{
	uint32_t *place = find(table, key);
	struct df_report_row *row;

	*err = 0;
	if (*place)
		return &table->rows[*place - 1];
	if (table->count == table->max)
		return NULL;
	*err = make_room(table);
	if (*err)
		return NULL;
	row = &table->rows[table->count++];
	*place = (uint32_t)table->count;
	memset(row, 0, sizeof(*row));
	strncpy(row->key, key, sizeof(row->key) - 1);
	return row;
}

static int by_size(const void *a, const void *b)
{
	const struct df_report_row *x = a, *y = b;

	if (x->sums.bytes != y->sums.bytes)
		return x->sums.bytes < y->sums.bytes ? 1 : -1;
	if (x->sums.attempts != y->sums.attempts)
		return x->sums.attempts < y->sums.attempts ? 1 : -1;
	return strcmp(x->key, y->key);
}

/**
 * df_report_table_sort() - put the largest first
 * @table: no more rows can be asked for
 */
void df_report_table_sort(struct df_report_table *table)
{
	if (table->count)
		qsort(table->rows, table->count, sizeof(*table->rows), by_size);
}

static void add(uint64_t *to, uint64_t number)
{
	if (__builtin_add_overflow(*to, number, to))
		*to = UINT64_MAX;
}

/**
 * df_report_sums_add() - add sums to others
 * @to: others; what does not fit stays at its maximum
 * @sums: to be added
 */
void df_report_sums_add(struct df_report_sums *to,
			const struct df_report_sums *sums)
{
	add(&to->flows, sums->flows);
	add(&to->packets, sums->packets);
	add(&to->bytes, sums->bytes);
	add(&to->attempts, sums->attempts);
	add(&to->watched, sums->watched);
	add(&to->allowed, sums->allowed);
	add(&to->refused_packets, sums->refused_packets);
	add(&to->refused_bytes, sums->refused_bytes);
}
