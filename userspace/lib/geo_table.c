// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of a geo source: sorted disjoint ranges for each address family.
 *
 * All readers deliver their ranges in ascending order, the two trees because
 * they are walked from left to right, so nothing is ever sorted here.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "geo_read.h"

static const char unknown[2];

/**
 * df_geo_writer_init() - begin to fill the tables of a source
 * @writer: the writer
 * @source: its tables are empty
 */
void df_geo_writer_init(struct df_geo_writer *writer,
			struct df_geo_source *source)
{
	int i;

	*writer = (struct df_geo_writer){ .source = source };
	for (i = 0; i < 26 * 26; i++) {
		const char code[3] = { 'A' + i / 26, 'A' + i % 26 };

		writer->iso[i] = !!df_country_name(code);
	}
}

/**
 * df_geo_code_valid() - can these two bytes be a country code of a database
 * @code: two bytes
 *
 * Databases use codes that ISO 3166 does not know (EU, A1, XK); they count as
 * unknown. Anything but capitals and digits means a damaged file.
 *
 * Return: true if they can.
 */
bool df_geo_code_valid(const char code[2])
{
	return code[0] >= 'A' && code[0] <= 'Z' &&
	       ((code[1] >= 'A' && code[1] <= 'Z') ||
		(code[1] >= '0' && code[1] <= '9'));
}

/* The country that a code of a database stands for. */
static const char *country(const struct df_geo_writer *writer,
			   const char code[2])
{
	if (code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z')
		return unknown;
	if (!memcmp(code, "UK", 2))
		return "GB";
	if (!writer->iso[(code[0] - 'A') * 26 + (code[1] - 'A')])
		return unknown;
	return code;
}

static int resize(struct df_geo_writer *writer, enum df_family family,
		  size_t capacity)
{
	struct df_geo_table *table = &writer->source->table[family];
	void *list = reallocarray(table->list, capacity, sizeof(*table->list));

	if (!list)
		return -ENOMEM;
	table->list = list;
	writer->capacity[family] = capacity;
	return 0;
}

/**
 * df_geo_writer_reserve() - make room in advance
 * @writer: the writer
 * @family: address family
 * @count: about how many ranges there will be; it may also be far too high,
 *	because memory that is not used is never touched
 *
 * Return: 0 or -ENOMEM.
 */
int df_geo_writer_reserve(struct df_geo_writer *writer, enum df_family family,
			  size_t count)
{
	return resize(writer, family, count);
}

/**
 * df_geo_writer_add() - add a range behind all others of its family
 * @writer: the writer
 * @family: address family
 * @first: lowest address, above the last one of the range before
 * @last: highest address
 * @asn: autonomous system, 0 for unknown
 * @code: two bytes; what is no ISO 3166 code counts as unknown, UK as GB
 *
 * Neighbours of the same country and operator become one range; where nothing
 * is known nothing is stored.
 *
 * Return: 0 or -ENOMEM.
 */
int df_geo_writer_add(struct df_geo_writer *writer, enum df_family family,
		      df_u128 first, df_u128 last, uint32_t asn,
		      const char code[2])
{
	struct df_geo_table *table = &writer->source->table[family];
	size_t capacity = writer->capacity[family];
	struct df_geo_range *prev;

	code = country(writer, code);
	if (!asn && !code[0])
		return 0;
	prev = table->count ? &table->list[table->count - 1] : NULL;
	if (prev && prev->last + 1 == first && prev->asn == asn &&
	    !memcmp(prev->country, code, 2)) {
		prev->last = last;
		return 0;
	}
	if (table->count == capacity &&
	    resize(writer, family, capacity ? 2 * capacity : 1024))
		return -ENOMEM;
	table->list[table->count] = (struct df_geo_range){
		.first = first,
		.last = last,
		.asn = asn,
		.country = { code[0], code[1] },
	};
	table->count++;
	return 0;
}

/**
 * df_geo_writer_add_part() - add the part of a range that lies in a window
 * @writer: the writer
 * @family: address family of the window; of an IPv4 window the low 32 bits
 *	count
 * @first: lowest address
 * @last: highest address
 * @low: lowest address of the window
 * @high: highest address of the window
 * @asn: autonomous system, 0 for unknown
 * @code: as for df_geo_writer_add()
 *
 * Return: 0 or -ENOMEM.
 */
int df_geo_writer_add_part(struct df_geo_writer *writer, enum df_family family,
			   df_u128 first, df_u128 last, df_u128 low,
			   df_u128 high, uint32_t asn, const char code[2])
{
	if (first < low)
		first = low;
	if (last > high)
		last = high;
	if (first > last)
		return 0;
	if (family == DF_IPV4) {
		first = (uint32_t)first;
		last = (uint32_t)last;
	}
	return df_geo_writer_add(writer, family, first, last, asn, code);
}

/**
 * df_geo_writer_finish() - give spare memory back
 * @writer: not used any more afterwards
 */
void df_geo_writer_finish(struct df_geo_writer *writer)
{
	int f;

	for (f = 0; f < DF_FAMILIES; f++) {
		struct df_geo_table *table = &writer->source->table[f];
		void *list;

		if (!table->count)
			continue;
		list = reallocarray(table->list, table->count,
				    sizeof(*table->list));
		if (list)
			table->list = list;
	}
}

/**
 * df_geo_lookup() - what a source says of an address
 * @source: the source
 * @family: address family
 * @addr: the address
 *
 * Return: the range that holds @addr, or NULL where nothing is known.
 */
const struct df_geo_range *df_geo_lookup(const struct df_geo_source *source,
					 enum df_family family, df_u128 addr)
{
	const struct df_geo_table *table = &source->table[family];
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (table->list[mid].last < addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == table->count || table->list[low].first > addr)
		return NULL;
	return &table->list[low];
}
