/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the module's zone map share. */
#ifndef ZONEMAP_UTIL_H
#define ZONEMAP_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"
#include "zonemap.h"

#define ZONES 1000

struct range {
	df_u128 first;
	df_u128 last;
	uint16_t zone;
};

static uint64_t random_state = 88172645463325252;

static inline uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static inline size_t put_record(uint8_t *to, enum df_family family,
				const struct range *range)
{
	size_t len = df_addr_to_bytes(family, range->first, to);

	len += df_addr_to_bytes(family, range->last, to + len);
	to[len++] = range->zone >> 8;
	to[len++] = range->zone & 0xff;
	to[len++] = 0;
	to[len++] = 0;
	return len;
}

static inline int by_number(const void *a, const void *b)
{
	df_u128 x = *(const df_u128 *)a, y = *(const df_u128 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Ranges that begin at @starts, which are sorted here, and at 0. There must be
 * room for @count + 1; returns how many there are.
 */
static inline size_t make_ranges(struct range *ranges, df_u128 *starts,
				 size_t count, enum df_family family)
{
	size_t i, n = 1;

	qsort(starts, count, sizeof(*starts), by_number);
	ranges[0].first = 0;
	for (i = 0; i < count; i++) {
		if (starts[i] == ranges[n - 1].first)
			continue;
		ranges[n - 1].last = starts[i] - 1;
		ranges[n++].first = starts[i];
	}
	ranges[n - 1].last = df_addr_max(family);
	/* Neighbours differ, so that one for the other is noticed. */
	for (i = 0; i < n; i++)
		ranges[i].zone = i ? (ranges[i - 1].zone + 1 +
				      random64() % (ZONES - 1)) % ZONES : 0;
	return n;
}

static inline int fill(struct dfence_zonemap *map, enum df_family family,
		       const struct range *ranges, size_t count)
{
	uint8_t record[DRONEFENCE_RANGE6_LEN];
	const char *why;
	size_t i;
	int err;

	err = dfence_zonemap_init(map, family == DF_IPV6, count, ZONES);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		assert_null(dfence_zonemap_add(map, record,
					       put_record(record, family,
							  &ranges[i])));
	err = dfence_zonemap_seal(map, &why);
	assert_int_equal(err, why ? -ENOMEM : 0);
	return err;
}

static inline uint16_t lookup(const struct dfence_zonemap *map,
			      enum df_family family, df_u128 addr)
{
	uint8_t bytes[16];

	if (family == DF_IPV4)
		return dfence_zonemap_lookup4(map, addr);
	df_addr_to_bytes(family, addr, bytes);
	return dfence_zonemap_lookup6(map, bytes);
}

/* Both ends of each range, and the addresses beside them. */
static inline void check_ends(const struct dfence_zonemap *map,
			      enum df_family family,
			      const struct range *ranges, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct range *range = &ranges[i];

		if (lookup(map, family, range->first) != range->zone ||
		    lookup(map, family, range->last) != range->zone ||
		    (i && lookup(map, family, range->first - 1) != range[-1].zone) ||
		    (i + 1 < count &&
		     lookup(map, family, range->last + 1) != range[1].zone))
			fail_msg("wrong zone at range %zu of %zu, family %d", i,
				 count, family);
	}
}

#endif
