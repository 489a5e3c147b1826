// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiled policies that are kept: the same result, and nothing is trusted. */
#include "cache_util.h"

static void gives_the_same(void **state)
{
	struct result cold = build(), warm = build();
	struct stat st;

	assert_int_equal(cold.code, DF_EXIT_OK);
	assert_int_equal(warm.code, DF_EXIT_OK);
	assert_false(cold.warm);
	assert_true(warm.warm);
	assert_memory_equal(cold.digest, warm.digest, sizeof(cold.digest));
	/* A lint warning with its line, and one about the data. */
	assert_non_null(strstr(cold.messages, "policy.yaml:12:9: warning: "));
	assert_non_null(strstr(cold.messages, "\n        - drop: { located-in: CN }\n"));
	assert_non_null(strstr(cold.messages,
			       "of the IPv4 addresses and 1 IPv6 ranges"));
	assert_string_equal(cold.messages, warm.messages);
	free(cold.messages);
	free(warm.messages);

	assert_int_equal(stat("state", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(DIR_NAME, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(only_file(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void keeps_nothing_unasked(void **state)
{
	cache = NULL;
	assert_cold();
	assert_cold();
	assert_int_equal(access("state", F_OK), -1);
}

static void replace(const char *path, const char *text)
{
	assert_int_equal(unlink(path), 0);
	write_text(path, text);
}

/* Write other contents of the same length, and set the time back. */
static void forge(const char *path, const char *from, const char *to)
{
	struct timespec times[2];
	struct stat st;
	size_t size;
	char *text = read_text(path, &size), *place = strstr(text, from);
	int fd = open(path, O_WRONLY);

	assert_non_null(place);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(place, to, strlen(to));
	assert_int_equal(fstat(fd, &st), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	free(text);
}

static void notices_every_input(void **state)
{
	assert_cold();
	assert_warm();
	/* The same contents in new files are the same. */
	replace("policy.yaml", main_file);
	replace("tor/geoip", geoip);
	assert_warm();

	forge("policy.yaml", "log: all", "log: new");
	assert_cold();
	forge("sets.yaml", "[CN]", "[RU]");
	assert_cold();
	forge("tor/geoip", "US", "DE");
	assert_cold();
	forge("tor/geoip6", "US", "DE");
	assert_cold();
	assert_warm();
	/* Back again, to what is still there. */
	forge("tor/geoip6", "DE", "US");
	assert_warm();
}

/* Rules and messages name the file, and the same bytes can be cut elsewhere. */
static void knows_files_apart(void **state)
{
	static const char longer[] =
		"version: 1\nsets: { bad: { countries: [CN] } }\n# end\n";

	assert_cold();
	write_text("other.yaml", main_file);
	assert_build("other.yaml", false);
	assert_build("other.yaml", true);
	assert_build("./other.yaml", false);

	write_text("sets.yaml", longer);
	assert_cold();
	replace("policy.yaml", main_file);
	write_text("policy.yaml", main_file);
	assert_warm();
}

static void looks_for_new_sources(void **state)
{
	static const char text[] =
		"version: 1\n"
		"geo: { country: [{ source: tor-geoipdb:tor }, { source: tor-geoipdb:other, optional: true }] }\n"
		"profiles: { p: { default: deny } }\n"
		"applications: { app: { match: { cgroup: /app }, profile: p } }\n";

	write_text("policy.yaml", text);
	assert_cold();
	assert_warm();
	assert_int_equal(mkdir("other", 0700), 0);
	write_text("other/geoip", GENERATED "0,1999999999,DE\n");
	write_text("other/geoip6", geoip6);
	assert_cold();
	assert_warm();
	assert_int_equal(system("rm -r other"), 0);
	assert_warm();
}

static void assert_message(const char *wanted, enum df_exit code, bool warm)
{
	struct result result = build();

	if (result.code != code || result.warm != warm ||
	    !strstr(result.messages, wanted))
		fail_msg("code %d, warm %d, messages:\n%swanted: %s",
			 result.code, result.warm, result.messages, wanted);
	free(result.messages);
}

/* Data that was fresh when it was compiled grows old all the same. */
static void asks_for_the_age_each_time(void **state)
{
	static const char limited[] =
		"version: 1\n"
		"geo: { country: tor-geoipdb:tor, max-age: 30d }\n"
		"profiles: { p: { default: deny } }\n"
		"applications: { app: { match: { cgroup: /app }, profile: p } }\n";

	assert_cold();
	now = TODAY + 181 * DAY;
	assert_message("policy.yaml:5:12: warning: tor-geoipdb: tor is of 2026-11-20, 181 days old, and there is no max-age\n"
		       "    country: tor-geoipdb:tor\n", DF_EXIT_OK, true);
	now = TODAY - 2 * DAY;
	assert_message("is the clock right?", DF_EXIT_OK, true);

	now = TODAY;
	write_text("policy.yaml", limited);
	assert_cold();
	assert_warm();
	now = TODAY + 31 * DAY;
	assert_message("error: tor-geoipdb: tor is of 2026-11-20, 31 days old; max-age is 30 days\n",
		       DF_EXIT_GEO, true);
}

static void keeps_no_failure(void **state)
{
	forge("tor/geoip", "2900000000,CN", "1900000000,CN");
	assert_message("error: ", DF_EXIT_GEO, false);
	assert_message("error: ", DF_EXIT_GEO, false);
	assert_int_equal(count_files(), 0);
}

/* Somebody replaces the data just when it has been read. */
static void replace_data(enum df_phase phase, unsigned int percent, void *arg)
{
	if (phase == DF_PHASE_COMPILE)
		forge("tor/geoip", "US", "DE");
}

static void keeps_no_mixture(void **state)
{
	progress.report = replace_data;
	assert_cold();
	progress.report = NULL;
	assert_int_equal(count_files(), 0);
	assert_cold();
	assert_warm();
}

static void write_damaged(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static void ignores_what_is_damaged(void **state)
{
	struct result good = build(), bad;
	const char *path = only_file();
	char *text;
	size_t size;

	text = read_text(path, &size);
	text[size / 2] ^= 1;
	write_damaged(path, text, size);
	bad = build();
	assert_int_equal(bad.code, DF_EXIT_OK);
	assert_false(bad.warm);
	assert_memory_equal(good.digest, bad.digest, sizeof(good.digest));
	assert_non_null(strstr(bad.messages, "warning: the compiled policy " DIR_NAME "/"));
	assert_non_null(strstr(bad.messages, ".policy is not used: it is damaged\n"));
	free(bad.messages);
	/* It was replaced by a whole one. */
	assert_warm();

	text[size / 2] ^= 1;
	write_damaged(path, text, size - 1);
	assert_message("it is damaged", DF_EXIT_OK, false);
	write_damaged(path, "", 0);
	assert_message("it is damaged", DF_EXIT_OK, false);
	assert_warm();
	free(text);
	free(good.messages);
}

static void ignores_what_others_wrote(void **state)
{
	const char *path;

	assert_cold();
	path = only_file();
	assert_int_equal(chmod(path, 0620), 0);
	assert_message("others can write to it", DF_EXIT_OK, false);
	assert_warm();
	assert_int_equal(chmod(path, 0602), 0);
	assert_message("others can write to it", DF_EXIT_OK, false);
	if (!geteuid()) {
		assert_int_equal(chown(path, 1, 1), 0);
		assert_message("others can write to it", DF_EXIT_OK, false);
	}
	/* A link could lead to anything. */
	assert_int_equal(rename(path, "moved"), 0);
	assert_int_equal(symlink("../../moved", path), 0);
	assert_message(" is not used: ", DF_EXIT_OK, false);
	assert_warm();

	assert_int_equal(chmod(DIR_NAME, 0770), 0);
	assert_message("warning: compiled policies in " DIR_NAME
		       " are not used: others can write to it\n", DF_EXIT_OK,
		       false);
	assert_message("others can write to it\n", DF_EXIT_OK, false);
	assert_int_equal(chmod(DIR_NAME, 0700), 0);
	assert_warm();
	/* So could that. */
	assert_int_equal(rename(DIR_NAME, "elsewhere"), 0);
	assert_int_equal(symlink("../elsewhere", DIR_NAME), 0);
	assert_message("is not kept in " DIR_NAME ": Not a directory\n",
		       DF_EXIT_OK, false);
}

static void says_that_it_cannot_keep(void **state)
{
	cache = "missing/missing/cache";
	assert_message("warning: the compiled policy is not kept in missing/missing/cache: No such file or directory\n",
		       DF_EXIT_OK, false);
	write_text("state", "");
	cache = DIR_NAME;
	assert_message("is not kept in " DIR_NAME ": Not a directory\n",
		       DF_EXIT_OK, false);
}

static void write_variant(int i)
{
	char text[sizeof(main_file) + 32];

	snprintf(text, sizeof(text), "%s# %d\n", main_file, i);
	write_text("policy.yaml", text);
}

/* Times of files may be as coarse as a tick. */
static void wait_a_tick(void)
{
	usleep(20000);
}

static void keeps_the_last_used(void **state)
{
	int i;

	for (i = 0; i < 4; i++) {
		write_variant(i);
		assert_cold();
		wait_a_tick();
	}
	assert_int_equal(count_files(), 4);
	write_variant(0);
	assert_warm();
	wait_a_tick();
	for (i = 4; i < 7; i++) {
		write_variant(i);
		assert_cold();
		wait_a_tick();
	}
	assert_int_equal(count_files(), 4);
	write_variant(0);
	assert_warm();
	write_variant(3);
	assert_cold();
}

static void survives_a_leftover(void **state)
{
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(mkdir(DIR_NAME, 0700), 0);
	write_text(DIR_NAME "/new", "half of a policy");
	assert_cold();
	assert_warm();
	assert_int_equal(count_files(), 1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gives_the_same),
		TEST(keeps_nothing_unasked),
		TEST(notices_every_input),
		TEST(knows_files_apart),
		TEST(looks_for_new_sources),
		TEST(asks_for_the_age_each_time),
		TEST(keeps_no_failure),
		TEST(keeps_no_mixture),
		TEST(ignores_what_is_damaged),
		TEST(ignores_what_others_wrote),
		TEST(says_that_it_cannot_keep),
		TEST(keeps_the_last_used),
		TEST(survives_a_leftover),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
