// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of the module's zone map fails once: the caller is told, and
 * what is left can be freed. Leaks are found by the address sanitizer, whose
 * calloc() does the work under another name.
 */
#include "zonemap_util.h"

void *__interceptor_calloc(size_t count, size_t size);
void *calloc(size_t count, size_t size);

static bool armed;
static unsigned long done, fail_at;

void *calloc(size_t count, size_t size)
{
	if (armed && ++done == fail_at)
		return NULL;
	return __interceptor_calloc(count, size);
}

static int try_fill(enum df_family family, const struct range *ranges,
		    size_t count, unsigned long at)
{
	struct dfence_zonemap map;
	int err;

	done = 0;
	fail_at = at;
	armed = true;
	err = fill(&map, family, ranges, count);
	armed = false;
	assert_int_equal(map.sealed, !err);
	if (!err)
		check_ends(&map, family, ranges, count);
	dfence_zonemap_free(&map);
	dfence_zonemap_free(&map);
	return err;
}

static void fail_each(enum df_family family, df_u128 *starts, size_t count,
		      unsigned long allocations)
{
	struct range *ranges = calloc(count + 1, sizeof(*ranges));
	unsigned long i;

	count = make_ranges(ranges, starts, count, family);
	assert_int_equal(try_fill(family, ranges, count, 0), 0);
	assert_int_equal(done, allocations);
	for (i = 1; i <= allocations; i++)
		assert_int_equal(try_fill(family, ranges, count, i), -ENOMEM);
	free(ranges);
}

static void ipv4(void **state)
{
	df_u128 starts[] = { 1 << 24, 1 << 25, 1 << 26 };

	/* Addresses, zones; index. */
	fail_each(DF_IPV4, starts, 3, 3);
}

static void ipv6(void **state)
{
	df_u128 starts[] = { (df_u128)1 << 70, (df_u128)1 << 80 };

	/* Both halves of the addresses, zones; index. */
	fail_each(DF_IPV6, starts, 2, 4);
}

static void ipv6_inside_64(void **state)
{
	df_u128 starts[] = { (df_u128)1 << 70, ((df_u128)1 << 70) + 1 };

	/* The same, and the ranges that begin inside a /64. */
	fail_each(DF_IPV6, starts, 2, 5);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(ipv6_inside_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
