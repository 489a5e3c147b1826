// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of a build fails once, and all from there on: the result is
 * the right one, or none and a message; without a crash or a leak, and nothing
 * wrong is kept.
 */
#include "cache_util.h"
#include "nomem_util.h"

static uint8_t right[DRONEFENCE_DIGEST_LEN];
static struct df_switch local_data = { DF_SWITCH_ALL, DF_LOCAL_DATA_MODE, 0 };
static struct df_switches switched = { &local_data, 1 };

/* Build; returns whether no allocation failed. */
static bool build_failing(unsigned long from, unsigned long count)
{
	const struct df_build_options options = {
		.geo.now = TODAY,
		.cache = DIR_NAME,
		.switches = switches,
	};
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_diags diags = { 0 };
	struct df_build build;
	enum df_exit code;

	fail_from = from;
	fail_count = count;
	done = 0;
	armed = true;
	code = df_build_load(&build, "policy.yaml", &options, &diags);
	armed = false;
	assert_int_equal(code != DF_EXIT_OK, df_diags_failed(&diags));
	if (code == DF_EXIT_OK) {
		assert_int_equal(df_image_digest(build.image, digest), 0);
		assert_memory_equal(digest, right, sizeof(right));
	}
	df_build_free(&build);
	df_diags_free(&diags);
	return done < from;
}

static void remember_right(void)
{
	struct result result = build();

	assert_int_equal(result.code, DF_EXIT_OK);
	memcpy(right, result.digest, sizeof(right));
	free(result.messages);
}

/* Whatever is kept. */
static void forget(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(DIR_NAME);

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	closedir(dir);
}

static void assert_nothing_wrong_kept(void)
{
	struct result result = build();

	assert_int_equal(result.code, DF_EXIT_OK);
	assert_null(strstr(result.messages, " is not used: "));
	free(result.messages);
}

static void fail_each(bool warm, unsigned long count)
{
	unsigned long from;
	bool whole = false;

	set_up(NULL);
	remember_right();
	for (from = 1; !whole; from++) {
		if (!warm)
			forget();
		whole = build_failing(from, count);
		assert_nothing_wrong_kept();
	}
	/* Enough to have been everywhere. */
	assert_true(from > 100);
	assert_warm();
}

static void compiles_without_memory(void **state)
{
	fail_each(false, 1);
	fail_each(false, -1ul);
}

static void takes_without_memory(void **state)
{
	fail_each(true, 1);
	fail_each(true, -1ul);
}

static void switches_without_memory(void **state)
{
	switches = &switched;
	fail_each(false, 1);
	fail_each(false, -1ul);
	switches = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiles_without_memory),
		cmocka_unit_test(takes_without_memory),
		cmocka_unit_test(switches_without_memory),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
