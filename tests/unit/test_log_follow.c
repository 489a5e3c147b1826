// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence log --follow: new records, each once, also of a store begun anew. */
#include <signal.h>
#include <sys/wait.h>

#include "cli.h"
#include "store_util.h"

/* Only a test that fails waits so long. */
#define PATIENCE_MS 30000

static pid_t follower;

static int open_one(void **state)
{
	setenv("TZ", "UTC", 1);
	return make_test_dir(state);
}

static int close_one(void **state)
{
	if (follower) {
		kill(follower, SIGKILL);
		waitpid(follower, NULL, 0);
		follower = 0;
	}
	return remove_test_dir(state);
}

static void follow(const char *option, const char *value)
{
	char *argv[] = {
		(char *)"log", (char *)"--store", (char *)test_path("store.db"),
		(char *)"--json", (char *)"--follow", (char *)option,
		(char *)value, NULL,
	};
	struct cli cli = { 0 };

	follower = fork();
	assert_true(follower >= 0);
	if (follower)
		return;
	/* The other end of its output among them. */
	closefrom(3);
	if (!freopen(test_path("out"), "w", stdout) ||
	    !freopen(test_path("err"), "w", stderr))
		_exit(99);
	_exit((int)cmd_log(&cli, option ? 7 : 5, argv));
}

/* Records with numbers from @first on, and no others, in this order. */
static void append(const char *application, uint64_t first, uint64_t last)
{
	struct df_store_mark mark = { .clean = true };
	struct df_buffer buffer;
	struct df_store *store;

	assert_int_equal(df_store_open(test_path("store.db"), &store), 0);
	for (; first <= last; first++) {
		struct df_record record = make_event_record(INSTANCE, first);

		strcpy(record.event.application, application);
		line_of(&record, &buffer);
		assert_int_equal(df_store_append(store, buffer.data,
						 buffer.length), 0);
	}
	assert_int_equal(df_store_commit(store, &mark), 0);
	df_store_close(store);
}

static char *output(void)
{
	return access(test_path("out"), F_OK) ? strdup("") : read_whole("out");
}

/* Wait for the last of them, and see that they came in order, each once. */
static void expect(uint64_t first, uint64_t last)
{
	char want[64], *text = NULL, *p;
	int i;

	snprintf(want, sizeof(want), "\"seq\":%llu,", (unsigned long long)last);
	for (i = 0; i < PATIENCE_MS / 10; i++) {
		free(text);
		text = output();
		p = strstr(text, want);
		if (p && strchr(p, '\n'))
			break;
		usleep(10000);
	}
	for (p = text; first <= last; first++) {
		snprintf(want, sizeof(want), "\"seq\":%llu,",
			 (unsigned long long)first);
		p = strstr(p, "\"seq\":");
		if (!p || strncmp(p, want, strlen(want)))
			fail_msg("not %s: %.20s", want, p ?: "the end");
		p++;
	}
	assert_null(strstr(p, "\"seq\":"));
	free(text);
}

static void prints_what_comes(void **state)
{
	append("app", 1, 5);
	follow(NULL, NULL);
	expect(1, 5);
	append("app", 6, 6);
	expect(1, 6);
	append("app", 7, 400);
	expect(1, 400);
	assert_int_equal(waitpid(follower, NULL, WNOHANG), 0);
}

static void prints_only_what_is_asked_for(void **state)
{
	append("app", 1, 3);
	append("other", 100, 103);
	follow("--application", "app");
	expect(1, 3);
	append("other", 104, 110);
	append("app", 4, 5);
	expect(1, 5);
}

static void move_store(const char *to)
{
	char from[PATH_MAX];

	snprintf(from, sizeof(from), "%s", test_path("store.db"));
	assert_int_equal(rename(from, test_path(to)), 0);
}

/* The daemon began another one, whose numbers begin with 1 again. */
static void goes_on_with_a_new_store(void **state)
{
	append("app", 1, 20);
	follow(NULL, NULL);
	expect(1, 20);
	move_store("old.db");
	/* For a while there is none. */
	usleep(700000);
	append("app", 21, 25);
	expect(1, 25);
	append("app", 26, 30);
	expect(1, 30);
}

static void ends_when_nobody_reads(void **state)
{
	int status, fds[2];
	char byte;

	append("app", 1, 3);
	assert_int_equal(mkfifo(test_path("out"), 0600), 0);
	fds[0] = open(test_path("out"), O_RDONLY | O_NONBLOCK);
	follow(NULL, NULL);
	while (read(fds[0], &byte, 1) != 1)
		usleep(10000);
	close(fds[0]);
	append("app", 4, 6);
	assert_int_equal(waitpid(follower, &status, 0), follower);
	follower = 0;
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == DF_EXIT_FAILED);
}

/* It needs a store to begin with. */
static void fails_without_a_store(void **state)
{
	int status;

	follow(NULL, NULL);
	assert_int_equal(waitpid(follower, &status, 0), follower);
	follower = 0;
	assert_int_equal(WEXITSTATUS(status), DF_EXIT_NO_OBJECT);
}

#define FOLLOW_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLLOW_TEST(prints_what_comes),
		FOLLOW_TEST(prints_only_what_is_asked_for),
		FOLLOW_TEST(goes_on_with_a_new_store),
		FOLLOW_TEST(ends_when_nobody_reads),
		FOLLOW_TEST(fails_without_a_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
