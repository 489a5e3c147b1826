// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's zone map, the same file that runs in the kernel: lookups against
 * a search from the first range to the last, and what it refuses. Correctness.
 */

#include "zonemap_util.h"

/*
 * Beginnings of ranges: some anywhere, some crowded into one slice of the
 * index, some exactly at the edges of slices, some crowded into a few /64.
 */
static df_u128 random_start(enum df_family family)
{
	df_u128 max = df_addr_max(family);
	unsigned int bits = family == DF_IPV6 ? 128 : 32;
	df_u128 r = ((df_u128)random64() << 64 | random64()) & max;
	df_u128 crowd = (df_u128)0x2400 << (bits - 16);
	static const uint64_t low[] = { 0, 1, 2, ~0ULL, ~0ULL - 1, 1ULL << 63 };

	switch (random64() % 5) {
	case 0:
		return r;
	case 1:
		return crowd | (r >> 16);
	case 2:
		return r >> (bits - 16) << (bits - 16);
	case 3:
		return crowd | (r & 0x3f);
	default:
		if (family == DF_IPV4)
			return max - (r & 0xff);
		return crowd | (df_u128)(random64() % 64) << 64 |
		       low[random64() % (sizeof(low) / sizeof(*low))];
	}
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
	df_u128 *starts = calloc(want, sizeof(*starts));
	struct dfence_zonemap map;
	size_t count, i;

	for (i = 0; i < want - 1; i++)
		starts[i] = random_start(family);
	count = make_ranges(ranges, starts, want - 1, family);
	assert_int_equal(fill(&map, family, ranges, count), 0);
	check_ends(&map, family, ranges, count);
	for (i = 0; i < 2000; i++) {
		df_u128 addr = random_start(family);

		assert_int_equal(lookup(&map, family, addr),
				 linear(ranges, count, addr));
	}
	dfence_zonemap_free(&map);
	free(starts);
	free(ranges);
}

static void against_linear_search(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 10, 17, 18, 40, 100, 3000 };
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

static void expect_seal(struct dfence_zonemap *map, const char *expected)
{
	const char *why = "not set";

	assert_int_equal(dfence_zonemap_seal(map, &why), expected ? -EINVAL : 0);
	if (expected)
		assert_string_equal(why, expected);
	else
		assert_null(why);
	assert_int_equal(map->sealed, !expected);
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
		expect_seal(&map, "fewer ranges than announced");
		assert_null(dfence_zonemap_add(&map, record,
					       put_record(record, family, &half)));
		expect_seal(&map, "gap behind the last range");
		dfence_zonemap_free(&map);

		dfence_zonemap_init(&map, family == DF_IPV6, 1, ZONES);
		assert_null(dfence_zonemap_add(&map, record,
					       put_record(record, family, &all)));
		assert_string_equal(dfence_zonemap_add(&map, record,
						       put_record(record, family,
								  &all)),
				    "more ranges than announced");
		expect_seal(&map, NULL);
		assert_int_equal(lookup(&map, family, 12345), 7);
		dfence_zonemap_free(&map);
	}
}

/* The highest zone there can be is not taken for the mark of the map. */
static void highest_zone(void **state)
{
	uint8_t record[DRONEFENCE_RANGE6_LEN];
	enum df_family family;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		struct range all = { 0, df_addr_max(family),
				     DRONEFENCE_MAX_ZONES - 1 };
		struct dfence_zonemap map;

		dfence_zonemap_init(&map, family == DF_IPV6, 1,
				    DRONEFENCE_MAX_ZONES);
		assert_null(dfence_zonemap_add(&map, record,
					       put_record(record, family, &all)));
		expect_seal(&map, NULL);
		assert_int_equal(lookup(&map, family, 99), all.zone);
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
		cmocka_unit_test(highest_zone),
		cmocka_unit_test(cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
