// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's zone map, the same file that runs in the kernel: lookups against
 * a search from the first range to the last, and what it refuses. Correctness.
 */

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

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t put_record(uint8_t *to, enum df_family family,
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

static int by_number(const void *a, const void *b)
{
	df_u128 x = *(const df_u128 *)a, y = *(const df_u128 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Beginnings of ranges: some anywhere, some crowded into one slice of the
 * index, some exactly at the edges of slices.
 */
static df_u128 random_start(enum df_family family)
{
	df_u128 max = df_addr_max(family);
	unsigned int bits = family == DF_IPV6 ? 128 : 32;
	df_u128 r = ((df_u128)random64() << 64 | random64()) & max;

	switch (random64() % 3) {
	case 0:
		return r;
	case 1:
		return (df_u128)0x2400 << (bits - 16) | (r >> 16);
	default:
		return r >> (bits - 16) << (bits - 16);
	}
}

static size_t make_ranges(struct range *ranges, size_t want,
			  enum df_family family)
{
	df_u128 *starts = calloc(want, sizeof(*starts));
	size_t i, count = 0;

	for (i = 1; i < want; i++)
		starts[i] = random_start(family);
	qsort(starts, want, sizeof(*starts), by_number);
	for (i = 0; i < want; i++) {
		if (i && starts[i] == starts[i - 1])
			continue;
		if (count)
			ranges[count - 1].last = starts[i] - 1;
		ranges[count].first = starts[i];
		ranges[count].zone = random64() % ZONES;
		count++;
	}
	ranges[count - 1].last = df_addr_max(family);
	free(starts);
	return count;
}

static void fill(struct dfence_zonemap *map, enum df_family family,
		 const struct range *ranges, size_t count)
{
	uint8_t record[DRONEFENCE_RANGE6_LEN];
	size_t i;

	assert_int_equal(dfence_zonemap_init(map, family == DF_IPV6, count,
					     ZONES), 0);
	for (i = 0; i < count; i++)
		assert_null(dfence_zonemap_add(map, record,
					       put_record(record, family,
							  &ranges[i])));
	assert_null(dfence_zonemap_seal(map));
}

static uint16_t lookup(const struct dfence_zonemap *map, enum df_family family,
		       df_u128 addr)
{
	uint8_t bytes[16];

	if (family == DF_IPV4)
		return dfence_zonemap_lookup4(map, addr);
	df_addr_to_bytes(family, addr, bytes);
	return dfence_zonemap_lookup6(map, bytes);
}

static uint16_t linear(const struct range *ranges, size_t count, df_u128 addr)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (ranges[i].first <= addr && addr <= ranges[i].last)
			return ranges[i].zone;
	fail_msg("the test's own ranges have a gap");
	return 0;
}

static void compare(enum df_family family, size_t want)
{
	struct range *ranges = calloc(want, sizeof(*ranges));
	size_t count = make_ranges(ranges, want, family), i;
	struct dfence_zonemap map;

	fill(&map, family, ranges, count);
	for (i = 0; i < count; i++) {
		assert_int_equal(lookup(&map, family, ranges[i].first),
				 ranges[i].zone);
		assert_int_equal(lookup(&map, family, ranges[i].last),
				 ranges[i].zone);
	}
	for (i = 0; i < 2000; i++) {
		df_u128 addr = random_start(family);

		assert_int_equal(lookup(&map, family, addr),
				 linear(ranges, count, addr));
	}
	dfence_zonemap_free(&map);
	free(ranges);
}

static void against_linear_search(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 10, 100, 3000 };
	size_t i, round;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			compare(DF_IPV4, sizes[i]);
			compare(DF_IPV6, sizes[i]);
		}
	}
}

static struct range whole(enum df_family family)
{
	return (struct range){ 0, df_addr_max(family), 7 };
}

/* Begin with some ranges, add one more, and see what is said. */
static const char *try_add(enum df_family family, const struct range *ranges,
			   size_t count)
{
	uint8_t record[DRONEFENCE_RANGE6_LEN];
	struct dfence_zonemap map;
	const char *why = NULL;
	size_t i;

	assert_int_equal(dfence_zonemap_init(&map, family == DF_IPV6, 10,
					     ZONES), 0);
	for (i = 0; i < count && !why; i++)
		why = dfence_zonemap_add(&map, record,
					 put_record(record, family, &ranges[i]));
	if (why && i != count)
		fail_msg("refused too early: %s", why);
	dfence_zonemap_free(&map);
	return why;
}

#define REFUSED(words, ...) do {					\
	struct range r_[] = { __VA_ARGS__ };				\
	const char *why_ = try_add(family, r_, sizeof(r_) / sizeof(*r_)); \
	assert_non_null(why_);						\
	assert_string_equal(why_, words);				\
} while (0)

static void refused(void **state)
{
	enum df_family family;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		df_u128 max = df_addr_max(family);

		REFUSED("gap before the first range", { 1, max, 0 });
		REFUSED("range ends before it begins", { 5, 4, 0 });
		REFUSED("gap between two ranges", { 0, 9, 0 }, { 11, max, 0 });
		REFUSED("ranges overlap", { 0, 9, 0 }, { 9, max, 0 });
		REFUSED("ranges overlap", { 0, 9, 0 }, { 0, 10, 0 });
		REFUSED("ranges are not sorted", { 0, 9, 0 }, { 3, 8, 0 });
		REFUSED("ranges are not sorted", { 0, max, 0 }, { 0, 9, 0 });
		REFUSED("ranges are not sorted", { 0, max, 0 }, { 5, 9, 0 });
		REFUSED("range has an unknown zone", { 0, max, ZONES });
		REFUSED("range has an unknown zone", { 0, 9, 0 }, { 10, max, 65535 });
	}
}

static void incomplete(void **state)
{
	uint8_t record[DRONEFENCE_RANGE6_LEN];
	struct range half = { 0, 1000, 0 }, all;
	struct dfence_zonemap map;
	enum df_family family;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		all = whole(family);
		dfence_zonemap_init(&map, family == DF_IPV6, 1, ZONES);
		assert_string_equal(dfence_zonemap_seal(&map),
				    "fewer ranges than announced");
		assert_null(dfence_zonemap_add(&map, record,
					       put_record(record, family, &half)));
		assert_string_equal(dfence_zonemap_seal(&map),
				    "gap behind the last range");
		dfence_zonemap_free(&map);

		dfence_zonemap_init(&map, family == DF_IPV6, 1, ZONES);
		assert_null(dfence_zonemap_add(&map, record,
					       put_record(record, family, &all)));
		assert_string_equal(dfence_zonemap_add(&map, record,
						       put_record(record, family,
								  &all)),
				    "more ranges than announced");
		dfence_zonemap_free(&map);
	}
}

static void cut_off(void **state)
{
	uint8_t record[DRONEFENCE_RANGE6_LEN];
	struct range all = whole(DF_IPV6);
	size_t len = put_record(record, DF_IPV6, &all), i;
	struct dfence_zonemap map;

	dfence_zonemap_init(&map, true, 1, ZONES);
	for (i = 0; i < len; i++)
		assert_string_equal(dfence_zonemap_add(&map, record, i),
				    "ranges are cut off");
	record[len - 1] = 1;
	assert_string_equal(dfence_zonemap_add(&map, record, len),
			    "range has padding that is not zero");
	dfence_zonemap_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_linear_search),
		cmocka_unit_test(refused),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
