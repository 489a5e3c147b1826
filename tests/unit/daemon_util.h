/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon under test: its kernel, its service manager, its log. */
#ifndef DAEMON_UTIL_H
#define DAEMON_UTIL_H

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "daemon.h"
#include "fake_kernel.h"
#include "sink_util.h"

/* ms; only a test that fails waits so long. */
#define PATIENCE 30000

static const char good_policy[] =
	"version: 1\n"
	"profiles:\n"
	"  p: { rules: [ { allow: local } ], default: deny }\n"
	"applications:\n"
	"  qgc: { match: { cgroup: /qgc }, profile: p }\n";

static struct df_options options;
static pid_t daemon_pid;
static int notify_fd = -1;
static char notified[4096];

static inline int set_up(void **state)
{
	int err = make_test_dir(state);

	options = (struct df_options){
		.policy = strdup(test_path("policy.yaml")),
		.sink = DF_SINK_NONE,
		.json = strdup(test_path("log.json")),
		.state_dir = strdup(test_path("state")),
		.syslog_socket = strdup(test_path("log")),
		.journal_socket = strdup(test_path("journal")),
	};
	write_file("policy.yaml", good_policy);
	notify_fd = listen_at("notify", SOCK_DGRAM);
	setenv("NOTIFY_SOCKET", test_path("notify"), 1);
	/* So that the daemon looks after things 20 times a second. */
	setenv("WATCHDOG_USEC", "100000", 1);
	kernel_load(0x77);
	notified[0] = '\0';
	daemon_pid = 0;
	return err;
}

static inline int tear_down(void **state)
{
	if (daemon_pid) {
		kill(daemon_pid, SIGKILL);
		waitpid(daemon_pid, NULL, 0);
	}
	close(notify_fd);
	free((char *)options.policy);
	free((char *)options.json);
	free((char *)options.state_dir);
	free((char *)options.syslog_socket);
	free((char *)options.journal_socket);
	return remove_test_dir(state);
}

static inline void start(void)
{
	int fd = open(test_path("stderr"), O_CREAT | O_WRONLY | O_TRUNC, 0600);

	notified[0] = '\0';
	while (recv(notify_fd, notified, sizeof(notified), 0) > 0)
		notified[0] = '\0';
	daemon_pid = fork();
	assert_true(daemon_pid >= 0 && fd >= 0);
	if (!daemon_pid) {
		dup2(fd, 2);
		_exit((int)df_daemon_run(&options));
	}
	close(fd);
}

static inline int wait_for_end(void)
{
	int status, i;

	for (i = 0; i < PATIENCE / 10; i++) {
		if (waitpid(daemon_pid, &status, WNOHANG) == daemon_pid) {
			daemon_pid = 0;
			assert_true(WIFEXITED(status));
			return WEXITSTATUS(status);
		}
		usleep(10000);
	}
	fail_msg("the daemon did not end");
	return -1;
}

static inline void kill_daemon(void)
{
	kill(daemon_pid, SIGKILL);
	assert_int_equal(waitpid(daemon_pid, NULL, 0), daemon_pid);
	daemon_pid = 0;
}

static inline void stop_daemon(void)
{
	kill(daemon_pid, SIGTERM);
	assert_int_equal(wait_for_end(), 0);
}

/*
 * Have the policy loaded again. The socket holds few notices: while nobody reads
 * they pile up, and the next one would be lost.
 */
static inline void reload_daemon(void)
{
	char text[512];

	while (recv(notify_fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	notified[0] = '\0';
	kill(daemon_pid, SIGHUP);
}

/* Wait until the service manager has been told @what; forget the rest. */
static inline void wait_for_notice(const char *what)
{
	struct pollfd pfd = { .fd = notify_fd, .events = POLLIN };
	time_t end = time(NULL) + PATIENCE / 1000;

	while (!strstr(notified, what)) {
		char text[512];
		ssize_t length;

		if (time(NULL) > end || poll(&pfd, 1, PATIENCE) != 1)
			fail_msg("no notice of %s", what);
		length = recv(notify_fd, text, sizeof(text) - 1, 0);
		assert_true(length > 0);
		text[length] = '\0';
		strcpy(notified, text);
	}
	notified[0] = '\0';
}

static inline size_t count_in(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

static inline size_t count_logged(const char *what)
{
	char *text = access(test_path("log.json"), F_OK) ? strdup("") :
		     read_whole("log.json");
	size_t count = count_in(text, what);

	free(text);
	return count;
}

static inline void wait_for_log(const char *what, size_t count)
{
	int i;

	for (i = 0; i < PATIENCE / 10; i++) {
		if (count_logged(what) >= count)
			return;
		usleep(10000);
	}
	fail_msg("not in the log %zu times: %s", count, what);
}

/* From here on somebody applies a policy, and has to wait. */
static inline void wait_until_held(void)
{
	int i;

	for (i = 0; i < PATIENCE / 10 &&
	     !__atomic_load_n(&kernel->held, __ATOMIC_SEQ_CST); i++)
		usleep(10000);
	assert_true(kernel->held);
}

/* Wait until the daemon has noted that @next comes next. */
static inline void wait_for_state(uint64_t next)
{
	char want[64];
	int i;

	snprintf(want, sizeof(want), "\"next\": %llu}",
		 (unsigned long long)next);
	for (i = 0; i < PATIENCE / 10; i++) {
		char *text = access(test_path("state/state.json"), F_OK) ?
			     strdup("") : read_whole("state/state.json");
		bool found = strstr(text, want);

		free(text);
		if (found)
			return;
		usleep(10000);
	}
	fail_msg("not in the state: %s", want);
}

static inline void wait_for_event(uint64_t seq)
{
	char what[64];

	snprintf(what, sizeof(what), "\"seq\":%llu,", (unsigned long long)seq);
	wait_for_log(what, 1);
}

/**
 * struct tally - what a log says
 * @events: verdicts
 * @lost: events that are in a loss
 * @changes: of the instance
 * @repeated: events that were logged before
 * @torn: lines that are only the beginning of one
 * @next: number of the event that is expected next
 */
struct tally {
	uint64_t events, lost, changes, repeated, torn, next;
};

static inline uint64_t number_in(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static inline void add_verdict(struct tally *tally, const json_t *object)
{
	uint64_t seq = number_in(object, "seq");

	tally->events++;
	if (seq < tally->next) {
		tally->repeated++;
	} else {
		assert_int_equal(seq, tally->next);
		tally->next++;
	}
}

static inline void add_loss(struct tally *tally, const json_t *object)
{
	uint64_t count = number_in(object, "count");

	assert_int_equal(number_in(object, "first"), tally->next);
	tally->next += count;
	tally->lost += count;
	assert_int_equal(number_in(object, "last"), tally->next - 1);
}

static inline void add_line(struct tally *tally, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *type = json_string_value(json_object_get(object, "type"));

	if (!object) {
		tally->torn++;
	} else if (!strcmp(type, "verdict")) {
		add_verdict(tally, object);
	} else if (!strcmp(type, "loss")) {
		add_loss(tally, object);
	} else if (!strcmp(type, "instance")) {
		tally->changes++;
		tally->next = 1;
	}
	json_decref(object);
}

/* Read the log: in sequence from 1, each number once or in one loss. */
static inline struct tally check_log(uint64_t last)
{
	char *text = read_whole("log.json"), *rest = text, *line;
	struct tally tally = { .next = 1 };

	while ((line = strsep(&rest, "\n")) && *line)
		add_line(&tally, line);
	free(text);
	assert_int_equal(tally.next, last + 1);
	return tally;
}

static inline void assert_whole(const struct tally *tally)
{
	assert_int_equal(tally->torn, 0);
	assert_int_equal(tally->repeated, 0);
}

static inline void assert_stderr(const char *want)
{
	char *text = read_whole("stderr");

	if (!strstr(text, want))
		fail_msg("not on standard error: %s\nbut: %s", want, text);
	free(text);
}

#endif
