// SPDX-License-Identifier: GPL-2.0-or-later
/* The state file: what it keeps, and that nothing can leave it half written. */
#include <signal.h>
#include <sys/wait.h>

#include "sink_util.h"
#include "state.h"

struct two {
	struct df_cursor a, b;
	struct df_state_entry entries[2];
};

static void init(struct two *two)
{
	memset(two, 0, sizeof(*two));
	two->entries[0] = (struct df_state_entry){ "syslog:/dev/log", &two->a };
	two->entries[1] = (struct df_state_entry){ "json:/x \"\\\n", &two->b };
}

static int load(struct two *two)
{
	init(two);
	return df_state_load(test_dir, two->entries, 2);
}

static void fill(struct two *two)
{
	init(two);
	two->a = (struct df_cursor){
		.known = true, .instance = UINT64_MAX, .next = 17,
		.position = 3, .dropped = 4,
	};
	two->b = (struct df_cursor){
		.known = true, .instance = 1, .next = INT64_MAX,
	};
}

static void keeps_cursors(void **state)
{
	struct two two;

	assert_int_equal(load(&two), -ENOENT);
	fill(&two);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), 0);
	assert_int_equal(load(&two), 0);
	assert_true(two.a.known && two.b.known);
	assert_true(two.a.instance == UINT64_MAX);
	assert_int_equal(two.a.next, 17);
	/* A place in memory means nothing to the next daemon. */
	assert_int_equal(two.a.position, 0);
	assert_int_equal(two.a.dropped, 0);
	assert_true(two.b.instance == 1 && two.b.next == INT64_MAX);

	/* One is new, the other is not configured any more. */
	two.entries[0].name = "journald:/run";
	two.a = (struct df_cursor){ 0 };
	two.b = (struct df_cursor){ 0 };
	assert_int_equal(df_state_load(test_dir, two.entries, 2), 0);
	assert_false(two.a.known);
	assert_true(two.b.known);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), 0);
	assert_int_equal(load(&two), 0);
	assert_false(two.a.known);
	assert_true(two.b.known);
	assert_int_equal(access(test_path("state.json.new"), F_OK), -1);
}

static void writes_what_is_documented(void **state)
{
	struct two two;
	char *text;

	fill(&two);
	assert_int_equal(df_state_save(test_dir, two.entries, 1), 0);
	text = read_whole("state.json");
	assert_string_equal(text,
			    "{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"ffffffffffffffff\", \"next\": 17}}}");
	free(text);
}

static const char *const damaged[] = {
	"",
	"\n",
	"null",
	"[]",
	"{}",
	"{\"version\": 1}",
	"{\"version\": 2, \"sinks\": {}}",
	"{\"version\": \"1\", \"sinks\": {}}",
	"{\"version\": 1, \"sinks\": []}",
	"{\"version\": 1, \"version\": 1, \"sinks\": {}}",
	"{\"version\": 1, \"sinks\": {}} x",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": 3}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"0000000000000001\"}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"0000000000000001\", \"next\": 0}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"0000000000000001\", \"next\": -5}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"0000000000000001\", \"next\": 1.5}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"0000000000000001\", \"next\": \"5\"}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"0000000000000001\", \"next\": 99999999999999999999}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"1\", \"next\": 5}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"-000000000000001\", \"next\": 5}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": \"000000000000000G\", \"next\": 5}}}",
	"{\"version\": 1, \"sinks\": {\"syslog:/dev/log\": {\"instance\": 5, \"next\": 5}}}",
	"\xff\xfe\x00",
};

static void refuses_a_damaged_file(void **state)
{
	struct two two;
	size_t i;

	for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		write_file("state.json", damaged[i]);
		if (load(&two) != -EINVAL)
			fail_msg("accepted: %s", damaged[i]);
	}
}

static void refuses_each_truncation(void **state)
{
	struct two two;
	size_t length;
	char *text;

	fill(&two);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), 0);
	text = read_whole("state.json");
	for (length = strlen(text); length-- > 0;) {
		text[length] = '\0';
		write_file("state.json", text);
		assert_int_equal(load(&two), -EINVAL);
	}
	free(text);
}

static void leaves_the_old_file_on_error(void **state)
{
	struct two two;

	fill(&two);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), 0);
	two.a.next = 18;
	assert_int_equal(mkdir(test_path("state.json.new"), 0700), 0);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), -EISDIR);
	assert_int_equal(load(&two), 0);
	assert_int_equal(two.a.next, 17);
	assert_int_equal(rmdir(test_path("state.json.new")), 0);

	/* A link somebody left there is not followed. */
	assert_int_equal(symlink("/dev/full", test_path("state.json.new")), 0);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), -ELOOP);
	assert_int_equal(load(&two), 0);

	assert_int_equal(df_state_save("/nowhere/at/all", two.entries, 2),
			 -ENOENT);
	assert_int_equal(df_state_load("/nowhere/at/all", two.entries, 2),
			 -ENOENT);
}

static void save_for_ever(void)
{
	struct two two;

	fill(&two);
	for (;; two.a.next++)
		if (df_state_save(test_dir, two.entries, 2))
			_exit(1);
}

static void survives_a_kill_at_any_time(void **state)
{
	struct two two;
	int i, status;

	fill(&two);
	assert_int_equal(df_state_save(test_dir, two.entries, 2), 0);
	for (i = 0; i < 100; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			save_for_ever();
		usleep((useconds_t)(500 + 37 * i));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(load(&two), 0);
		assert_true(two.a.next >= 17);
		assert_true(two.b.next == INT64_MAX);
	}
}

static void locks_once(void **state)
{
	int first, second;

	assert_int_equal(df_state_lock(test_dir, &first), 0);
	assert_int_equal(df_state_lock(test_dir, &second), -EWOULDBLOCK);
	assert_int_equal(second, -1);
	close(first);
	assert_int_equal(df_state_lock(test_dir, &second), 0);
	close(second);

	/* The folder is made, the one above it is not. */
	assert_int_equal(df_state_lock(test_path("new"), &first), 0);
	close(first);
	assert_int_equal(df_state_lock(test_path("a/b"), &first), -ENOENT);
	write_file("file", "");
	assert_int_equal(df_state_lock(test_path("file"), &first), -ENOTDIR);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_test_dir, remove_test_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_cursors),
		TEST(writes_what_is_documented),
		TEST(refuses_a_damaged_file),
		TEST(refuses_each_truncation),
		TEST(leaves_the_old_file_on_error),
		TEST(survives_a_kill_at_any_time),
		TEST(locks_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
