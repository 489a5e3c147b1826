// SPDX-License-Identifier: GPL-2.0-or-later
/* Each sink against fake receivers: good, dead, and coming back. */
#include <signal.h>
#include <sys/resource.h>

#include "sink_util.h"

static struct df_sink sink;
static struct df_backlog backlog;

static int open_one(void **state)
{
	df_backlog_init(&backlog, 64);
	return make_test_dir(state);
}

static int close_one(void **state)
{
	df_sink_free(&sink);
	df_backlog_free(&backlog);
	return remove_test_dir(state);
}

static void make_sink(const struct df_sink_ops *ops, const char *name)
{
	assert_int_equal(df_sink_init(&sink, ops, test_path(name)), 0);
}

static void sends_datagrams(void **state)
{
	int fd = listen_at("log", SOCK_DGRAM);
	char text[8192];

	make_sink(&df_sink_syslog, "log");
	put(&backlog, 1, 3);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(strncmp(text, "<28>1 2026-11-20T12:13:14.123456Z ", 34), 0);
	assert_int_equal(seq_of(text), 1);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 2);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 3);
	assert_non_null(strstr(text, " suppressed=0"));
	assert_string_equal(strstr(text, " seq=3"), " seq=3 suppressed=0");
	assert_false(receive(fd, text, sizeof(text)));
	assert_int_equal(sink.cursor.next, 4);
	close(fd);
}

static void falls_back_to_a_stream(void **state)
{
	int fd = listen_at("log", SOCK_STREAM), peer, i;
	char text[65536], *p = text;
	ssize_t length;

	make_sink(&df_sink_syslog, "log");
	put(&backlog, 1, 3);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	length = recv(peer, text, sizeof(text), 0);
	assert_true(length > 0);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(seq_of(p), i);
		p += strlen(p) + 1;
	}
	assert_int_equal(p - text, length);
	close(peer);
	close(fd);
}

static void sends_journal_entries(void **state)
{
	int fd = listen_at("journal", SOCK_DGRAM);
	char text[8192];

	make_sink(&df_sink_journal, "journal");
	put(&backlog, 1, 1);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(strncmp(text, "MESSAGE=verdict=deny app=", 25), 0);
	assert_non_null(strstr(text, "\nDRONEFENCE_SEQ=1\n"));
	assert_int_equal(text[strlen(text) - 1], '\n');
	close(fd);
}

/* journald has no stream there: nothing to fall back to. */
static void fails_on_a_wrong_socket(void **state)
{
	int fd = listen_at("journal", SOCK_STREAM);
	char long_path[300];

	make_sink(&df_sink_journal, "journal");
	put(&backlog, 1, 1);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -EPROTOTYPE);
	assert_int_equal(sink.fd, -1);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	sink.path = long_path;
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ENAMETOOLONG);
	close(fd);
}

static void comes_back_with_everything(void **state)
{
	char text[8192];
	int fd;

	make_sink(&df_sink_syslog, "log");
	put(&backlog, 1, 2);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ENOENT);
	fd = listen_at("log", SOCK_DGRAM);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	assert_true(receive(fd, text, sizeof(text)));
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 2);

	/* The receiver goes away, and its file stays. */
	close(fd);
	put(&backlog, 3, 4);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ECONNREFUSED);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ECONNREFUSED);
	fd = listen_at("log", SOCK_DGRAM);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 3);
	assert_true(receive(fd, text, sizeof(text)));
	assert_int_equal(seq_of(text), 4);
	assert_false(receive(fd, text, sizeof(text)));
	close(fd);
}

static void says_what_it_dropped(void **state)
{
	static const char lost[] =
		"] loss=sink count=136 first=1 last=136 records=136 ";
	char text[8192];
	int fd, i;

	make_sink(&df_sink_syslog, "log");
	put(&backlog, 1, 100);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ENOENT);
	put(&backlog, 101, 200);
	fd = listen_at("log", SOCK_DGRAM);
	/* A datagram socket takes few at a time. */
	for (i = 0; i < 65;) {
		int err = df_sink_deliver(&sink, &backlog);

		assert_true(err == 0 || err == -EAGAIN);
		while (receive(fd, text, sizeof(text))) {
			if (i++)
				assert_int_equal(seq_of(text), 135 + i);
			else
				assert_non_null(strstr(text, lost));
		}
	}
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	close(fd);
}

static void appends_lines(void **state)
{
	char *text;

	write_file("log.json", "{\"old\":1}\n");
	make_sink(&df_sink_json, "log.json");
	put(&backlog, 1, 2);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	text = read_whole("log.json");
	assert_int_equal(strncmp(text, "{\"old\":1}\n{\"v\":1,\"type\":\"verdict\",\"seq\":1,", 42), 0);
	assert_non_null(strstr(text, "\"}\n{\"v\":1,\"type\":\"verdict\",\"seq\":2,"));
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

static void ends_a_torn_line(void **state)
{
	char *text;

	write_file("log.json", "{\"type\":\"verd");
	make_sink(&df_sink_json, "log.json");
	put(&backlog, 1, 1);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	text = read_whole("log.json");
	assert_int_equal(strncmp(text, "{\"type\":\"verd\n{\"v\":1,\"type\":\"verdict\",", 38), 0);
	free(text);
}

static void opens_a_moved_file_anew(void **state)
{
	char *text;

	make_sink(&df_sink_json, "log.json");
	put(&backlog, 1, 1);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	assert_int_equal(rename(test_path("log.json"), test_path("log.1")), 0);
	put(&backlog, 2, 2);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	df_sink_close(&sink);
	put(&backlog, 3, 3);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	text = read_whole("log.1");
	assert_non_null(strstr(text, "\"seq\":2,"));
	assert_null(strstr(text, "\"seq\":3,"));
	free(text);
	text = read_whole("log.json");
	assert_null(strstr(text, "\"seq\":2,"));
	assert_non_null(strstr(text, "\"seq\":3,"));
	free(text);
}

static void fails_on_a_full_disk(void **state)
{
	make_sink(&df_sink_json, "unused");
	sink.path = "/dev/full";
	put(&backlog, 1, 1);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ENOSPC);
	assert_int_equal(sink.fd, -1);
	assert_int_equal(sink.cursor.next, 1);
	sink.path = test_path("log.json");
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	assert_int_equal(sink.cursor.next, 2);
}

/* A file that takes only part of a line: later it gets the whole line. */
static void repeats_a_cut_line(void **state)
{
	struct rlimit limit, small;
	char *text, *line;

	getrlimit(RLIMIT_FSIZE, &limit);
	make_sink(&df_sink_json, "log.json");
	put(&backlog, 1, 2);
	small = limit;
	small.rlim_cur = 600;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -EFBIG);
	assert_int_equal(sink.cursor.next, 2);
	text = read_whole("log.json");
	assert_int_equal(strlen(text), 600);
	free(text);

	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	text = read_whole("log.json");
	line = strchr(text, '\n') + 1;
	assert_int_equal(strncmp(line, "{\"v\":1,\"type\":\"verdict\",\"seq\":2,", 32), 0);
	assert_int_equal(text + 600 - line, strchr(line, '\n') - line);
	line = strchr(line, '\n') + 1;
	assert_int_equal(strncmp(line, "{\"v\":1,\"type\":\"verdict\",\"seq\":2,", 32), 0);
	line = strchr(line, '\n') + 1;
	assert_int_equal(*line, '\0');
	free(text);
}

/* A pipe whose reader takes its time gets each line once. */
static void waits_for_a_slow_reader(void **state)
{
	char text[65536];
	size_t length = 0;
	int fd, i;

	assert_int_equal(mkfifo(test_path("pipe"), 0600), 0);
	make_sink(&df_sink_json, "pipe");
	put(&backlog, 1, 1);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -ENXIO);
	fd = open(test_path("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(df_sink_deliver(&sink, &backlog), 0);
	fcntl(fd, F_SETPIPE_SZ, 4096);
	put(&backlog, 2, 40);
	for (i = 0; i < 1000; i++) {
		int err = df_sink_deliver(&sink, &backlog);
		ssize_t got;

		assert_true(err == 0 || err == -EAGAIN);
		assert_int_equal(sink.blocked, err == -EAGAIN);
		got = read(fd, text + length, 100);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	text[length] = '\0';
	for (i = 1; i <= 40; i++) {
		char want[64], *line = i == 1 ? text : strchr(text, '\n') + 1;

		memmove(text, line, strlen(line) + 1);
		snprintf(want, sizeof(want), "{\"v\":1,\"type\":\"verdict\",\"seq\":%d,", i);
		assert_int_equal(strncmp(text, want, strlen(want)), 0);
	}
	assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text));

	/* The reader goes away: an error, no signal. */
	close(fd);
	put(&backlog, 41, 41);
	assert_int_equal(df_sink_deliver(&sink, &backlog), -EPIPE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_datagrams),
		TEST(falls_back_to_a_stream),
		TEST(sends_journal_entries),
		TEST(fails_on_a_wrong_socket),
		TEST(comes_back_with_everything),
		TEST(says_what_it_dropped),
		TEST(appends_lines),
		TEST(ends_a_torn_line),
		TEST(opens_a_moved_file_anew),
		TEST(fails_on_a_full_disk),
		TEST(repeats_a_cut_line),
		TEST(waits_for_a_slow_reader),
	};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
