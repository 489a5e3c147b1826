// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of a store fails once, and all from there on: what is on the
 * disk is intact, and an error is told.
 */
#include "store_util.h"
#include "nomem_util.h"

static const struct df_store_mark mark = { .known = true, .next = 3 };

static int write_some(void)
{
	static const char line[] = "{\"type\":\"message\",\"app\":\"x\",\"daddr\":\"10.0.0.1\"}";
	struct df_store *store;
	int err = df_store_open(test_path("store.db"), &store), i;

	for (i = 0; !err && i < 3; i++)
		err = df_store_append(store, line, sizeof(line) - 1);
	if (!err)
		err = df_store_commit(store, &mark);
	df_store_close(store);
	return err;
}

static int count(const struct df_store_record *record, void *arg)
{
	++*(int *)arg;
	return 0;
}

static int read_some(void)
{
	struct df_store_filter filter = {
		.since = INT64_MIN, .until = INT64_MAX, .port = -1,
	};
	struct df_store_reader *reader;
	struct df_store_report report = { 0 };
	int found = 0, err;

	err = df_store_read(test_path("store.db"), &reader);
	if (!err)
		err = df_store_query(reader, &filter, count, &found);
	if (!err)
		err = df_store_verify(reader, NULL, &report);
	/* A lack of memory is no proof of anything. */
	if (!err && !report.fault)
		assert_true(found > 0);
	if (err == -EUCLEAN || (!err && report.fault))
		fail_msg("called altered: %d %s", err, report.why);
	df_store_read_end(reader);
	return err;
}

static void fail_each(int (*work)(void), unsigned long times)
{
	unsigned long from;

	for (from = 1;; from++) {
		int err;

		fail_from = from;
		fail_count = times;
		done = 0;
		armed = true;
		err = work();
		armed = false;
		if (done < from) {
			assert_int_equal(err, 0);
			break;
		}
	}
	assert_true(from > 20);
}

static void writes_all_or_nothing(void **state)
{
	struct df_store_report report;

	assert_int_equal(write_some(), 0);
	fail_each(write_some, 1);
	fail_each(write_some, (unsigned long)-1);
	report = verify("store.db");
	assert_int_equal(report.fault, DF_STORE_INTACT);
	assert_int_equal(report.count % 3, 0);
}

static void reads_all_or_says_so(void **state)
{
	assert_int_equal(write_some(), 0);
	fail_each(read_some, 1);
	fail_each(read_some, (unsigned long)-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_all_or_nothing,
						make_test_dir, remove_test_dir),
		cmocka_unit_test_setup_teardown(reads_all_or_says_so,
						make_test_dir, remove_test_dir),
	};

	/* What the libraries keep for ever is not ours to fail. */
	make_test_dir(NULL);
	write_some();
	read_some();
	remove_test_dir(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
