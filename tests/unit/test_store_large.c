// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A store as large as years make it: what somebody did to it anywhere is named. With
 * DRONEFENCE_LONG of a million records, else of fewer.
 */
#include <time.h>

#include "store_private.h"
#include "store_util.h"

#define RECORDS 5000
#define RECORDS_LONG 1000000

static uint64_t records;

static int make_large(void **state)
{
	const char *is_long = getenv("DRONEFENCE_LONG");

	records = is_long && *is_long ? RECORDS_LONG : RECORDS;
	if (make_test_dir(state))
		return -1;
	make_store("whole.db", 7, records);
	return 0;
}

static int remove_large(void **state)
{
	return remove_test_dir(state);
}

/* A copy of the store, to be spoilt. */
static void copy(void)
{
	char from[256], command[1024];

	snprintf(from, sizeof(from), "%s", test_path("whole.db"));
	snprintf(command, sizeof(command), "cp %s %s", from,
		 test_path("spoilt.db"));
	assert_int_equal(system(command), 0);
}

/* Somewhere: neither the first nor the last. */
static unsigned long long somewhere(void)
{
	static unsigned int seed = 11;

	return 2 + ((uint64_t)rand_r(&seed) << 16 ^ (uint64_t)rand_r(&seed)) %
		   (records - 2);
}

static void assert_named(enum df_store_fault fault, unsigned long long number)
{
	struct df_store_report report = verify("spoilt.db");

	if (report.fault != fault || report.number != number)
		fail_msg("expected fault %d at %llu, found %d at %llu: %s",
			 (int)fault, number, (int)report.fault,
			 (unsigned long long)report.number, report.why);
}

static void is_intact(void **state)
{
	clock_t begin = clock();

	assert_intact("whole.db", records);
	print_message("%llu records are proved in %ld ms of CPU time\n",
		      (unsigned long long)records,
		      (long)((clock() - begin) / (CLOCKS_PER_SEC / 1000)));
}

static void names_what_was_altered(void **state)
{
	unsigned long long at = somewhere();

	copy();
	tamper("spoilt.db", "UPDATE record SET line=replace(line,'\"pid\":812','\"pid\":813') WHERE number=%llu",
	       at);
	assert_named(DF_STORE_ALTERED, at);
}

static void names_what_was_removed(void **state)
{
	unsigned long long at = somewhere();

	copy();
	tamper("spoilt.db", "DELETE FROM record WHERE number=%llu", at);
	assert_named(DF_STORE_REMOVED, at);
}

/* Others move to make room, as far as the end. */
static void names_what_was_inserted(void **state)
{
	unsigned long long at = somewhere();

	copy();
	tamper("spoilt.db", "UPDATE record SET number=-number-1 WHERE number>=%llu;"
			    "UPDATE record SET number=-number WHERE number<0;"
			    "CREATE TEMP TABLE t AS SELECT * FROM record WHERE number=%llu;"
			    "UPDATE t SET number=%llu; INSERT INTO record SELECT * FROM t",
	       at, at - 1, at);
	assert_named(DF_STORE_ALTERED, at);
}

static void names_where_it_was_cut_off(void **state)
{
	unsigned long long at = somewhere();

	copy();
	tamper("spoilt.db", "DELETE FROM record WHERE number>=%llu", at);
	assert_named(DF_STORE_TAIL, at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_intact),
		cmocka_unit_test(names_what_was_altered),
		cmocka_unit_test(names_what_was_removed),
		cmocka_unit_test(names_what_was_inserted),
		cmocka_unit_test(names_where_it_was_cut_off),
	};

	return cmocka_run_group_tests(tests, make_large, remove_large);
}
