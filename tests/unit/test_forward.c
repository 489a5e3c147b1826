// SPDX-License-Identifier: GPL-2.0-or-later
/* All sinks together: slow ones, dead ones, and what is kept over a restart. */
#include <poll.h>
#include <signal.h>
#include <syslog.h>

#include "forward.h"
#include "sink_util.h"

static struct df_options options;
static struct df_forward fwd;
static struct df_tracker tracker;

static int open_all(void **state)
{
	int err = make_test_dir(state);

	options = (struct df_options){
		.sink = DF_SINK_SYSLOG,
		.syslog_socket = strdup(test_path("log")),
		.journal_socket = strdup(test_path("journal")),
		.json = strdup(test_path("log.json")),
		.state_dir = strdup(test_path("state")),
	};
	return err;
}

static int close_all(void **state)
{
	df_forward_free(&fwd);
	free((char *)options.syslog_socket);
	free((char *)options.journal_socket);
	free((char *)options.json);
	free((char *)options.state_dir);
	return remove_test_dir(state);
}

/* As the daemon does at its start. */
static void begin(uint64_t event_next)
{
	assert_int_equal(df_forward_init(&fwd, &options), 0);
	tracker = (struct df_tracker){ .instance = INSTANCE };
	df_forward_resume(&fwd, &tracker, event_next);
}

static void feed(uint64_t first, uint64_t last)
{
	put(&fwd.backlog, first, last);
	tracker.next = last + 1;
	df_forward_deliver(&fwd);
}

static size_t count_lines(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

static void lets_no_sink_block_another(void **state)
{
	int fd = listen_at("log", SOCK_DGRAM), i;
	struct pollfd pfd = { .events = POLLIN };
	uint64_t next = 1;
	char text[8192], *json;

	begin(1);
	/* Nobody reads the socket. */
	for (i = 0; i < 10; i++)
		feed(1 + 100 * i, 100 + 100 * i);
	assert_true(fwd.outlets[0].sink.blocked);
	assert_int_equal(fwd.outlets[1].sink.cursor.next, 1001);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "\n"), 1000);
	free(json);
	pfd.fd = fwd.wait;
	assert_int_equal(poll(&pfd, 1, 0), 0);

	/* Now somebody does. */
	while (next <= 1000) {
		while (receive(fd, text, sizeof(text)))
			assert_int_equal(seq_of(text), next++);
		if (next <= 1000)
			assert_int_equal(poll(&pfd, 1, 1000), 1);
		df_forward_deliver(&fwd);
	}
	assert_false(fwd.outlets[0].sink.blocked);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	assert_false(receive(fd, text, sizeof(text)));
	close(fd);
}

static void tells_the_others_of_a_dead_sink(void **state)
{
	char text[8192], *json;
	int fd;

	begin(1);
	feed(1, 5);
	feed(6, 10);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "\"type\":\"verdict\""), 10);
	/* Once, not with every delivery. */
	assert_int_equal(count_lines(json, "\"priority\":4,\"message\":\"sink syslog:/tmp/"), 1);
	assert_non_null(strstr(json, "/log: No such file or directory\""));
	free(json);

	/* It is not tried again at once, nor as long as this takes. */
	assert_true(fwd.outlets[0].retry > 0);
	fwd.outlets[0].retry = INT64_MAX;
	fd = listen_at("log", SOCK_DGRAM);
	feed(11, 11);
	assert_false(receive(fd, text, sizeof(text)));
	fwd.outlets[0].retry = 0;
	feed(12, 12);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 1);
	close(fd);
}

static void resumes_each_sink_where_it_was(void **state)
{
	char text[8192], *json;
	int fd;

	begin(1);
	assert_false(tracker.behind);
	feed(1, 5);
	df_forward_free(&fwd);

	/* JSON has five, syslog none: five are fetched for syslog's sake. */
	fd = listen_at("log", SOCK_DGRAM);
	begin(8);
	assert_int_equal(tracker.next, 1);
	assert_true(tracker.behind);
	feed(1, 7);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "\"type\":\"verdict\""), 7);
	assert_int_equal(count_lines(json, "\"seq\":5,"), 1);
	free(json);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 1);
	while (receive(fd, text, sizeof(text)))
		;
	assert_int_equal(seq_of(text), 7);
	df_forward_free(&fwd);

	/* Both have all of it. */
	begin(8);
	assert_int_equal(tracker.next, 8);
	assert_false(tracker.behind);
	close(fd);
}

static void begins_anew_for_another_instance(void **state)
{
	char *json, *p;

	options.sink = DF_SINK_NONE;
	begin(1);
	feed(1, 5);
	df_forward_free(&fwd);

	assert_int_equal(df_forward_init(&fwd, &options), 0);
	tracker = (struct df_tracker){ .instance = INSTANCE + 1 };
	df_forward_resume(&fwd, &tracker, 3);
	assert_int_equal(tracker.next, 1);
	assert_true(tracker.behind);
	df_forward_message(&fwd, LOG_INFO, "started");
	df_forward_deliver(&fwd);
	json = read_whole("log.json");
	p = strstr(json, "\"previous\":\"000000000000004d\",\"next\":6,");
	assert_non_null(p);
	p = strchr(p, '\n');
	assert_int_equal(strncmp(p, "\n{\"v\":1,\"type\":\"message\"", 24), 0);
	free(json);
}

static void survives_a_damaged_state(void **state)
{
	char *json;

	options.sink = DF_SINK_NONE;
	assert_int_equal(mkdir(options.state_dir, 0700), 0);
	write_file("state/state.json", "{");
	begin(4);
	assert_int_equal(tracker.next, 1);
	feed(1, 3);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "/state is damaged: all events "), 1);
	assert_int_equal(count_lines(json, "\"type\":\"verdict\""), 3);
	free(json);
	df_forward_free(&fwd);
	begin(4);
	assert_int_equal(tracker.next, 4);
	df_forward_free(&fwd);

	/* A state that is ahead of the kernel is of no use either. */
	begin(2);
	assert_int_equal(tracker.next, 1);
	feed(1, 1);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "is damaged"), 2);
	assert_int_equal(count_lines(json, "\"type\":\"verdict\""), 4);
	free(json);
}

static void works_without_a_state(void **state)
{
	char *json;

	options.sink = DF_SINK_NONE;
	write_file("state", "this is no folder");
	begin(1);
	feed(1, 3);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "\"type\":\"verdict\""), 3);
	assert_int_equal(count_lines(json, "/state: Not a directory; "), 1);
	free(json);
}

static void is_alone(void **state)
{
	static struct df_forward other;

	begin(1);
	assert_int_equal(df_forward_init(&other, &options), -EWOULDBLOCK);
	df_forward_free(&other);
}

static void chooses_a_sink(void **state)
{
	options.sink = DF_SINK_AUTO;
	begin(1);
	assert_ptr_equal(fwd.outlets[0].sink.ops, &df_sink_syslog);
	df_forward_free(&fwd);
	close(listen_at("journal", SOCK_DGRAM));
	begin(1);
	assert_ptr_equal(fwd.outlets[0].sink.ops, &df_sink_journal);
	df_forward_free(&fwd);

	/* With no sink there is nothing to fetch. */
	options.sink = DF_SINK_NONE;
	free((char *)options.json);
	options.json = NULL;
	begin(100);
	assert_int_equal(tracker.next, 100);
	assert_false(tracker.behind);
	feed(100, 101);
}

static void opens_all_anew(void **state)
{
	char *json;

	begin(1);
	feed(1, 1);
	assert_int_equal(unlink(test_path("log.json")), 0);
	df_forward_reopen(&fwd);
	feed(2, 2);
	json = read_whole("log.json");
	assert_int_equal(count_lines(json, "\"type\":\"verdict\""), 1);
	free(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lets_no_sink_block_another),
		TEST(tells_the_others_of_a_dead_sink),
		TEST(resumes_each_sink_where_it_was),
		TEST(begins_anew_for_another_instance),
		TEST(survives_a_damaged_state),
		TEST(works_without_a_state),
		TEST(is_alone),
		TEST(chooses_a_sink),
		TEST(opens_all_anew),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
