// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon and its keeper: each with the other as it is, and with one that sends
 * something else, in part, to the wrong question, too late, or nothing.
 */
#include <dirent.h>
#include <poll.h>
#include <stddef.h>
#include <syslog.h>

#include "ask.h"
#include "daemon_util.h"
#include "health.h"
#include "keep.h"
#include "keeper.h"
#include "proc.h"
#include "procs.h"

#define NOBODY 65534

static struct df_keeper keeper;
static char exe[DF_STRAY_EXE_MAX];

static int begin(void **state)
{
	kernel_load(0x77);
	df_keeper_init(&keeper, NULL);
	keeper.patience = 30;
	return 0;
}

static int end(void **state)
{
	df_keeper_close(&keeper);
	return 0;
}

static int64_t ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- keepers that are none */

/* What the next one says, and how much of it: it may be too much. */
static struct {
	struct df_keep_answer answer;
	char more;
} room;

#define said room.answer
static size_t said_size;
static bool with_fds;

static void say_once(int fd)
{
	int fds[DF_KEEP_FDS] = { 0, 1 };
	struct df_keep_question question;

	if (df_keep_receive(fd, &question, sizeof(question), NULL))
		_exit(1);
	if (!said.number)
		said.number = question.number;
	df_keep_send(fd, &said, said_size, with_fds ? fds : NULL);
	pause();
}

static void say_nothing(int fd)
{
	pause();
}

static void end_when_asked(int fd)
{
	struct df_keep_question question;

	df_keep_receive(fd, &question, sizeof(question), NULL);
}

static void answer_once(int fd)
{
	struct df_keep_question question;
	struct df_keep_answer answer = { .what = DF_KEEP_EXE, .exe = "/x" };

	if (df_keep_receive(fd, &question, sizeof(question), NULL))
		_exit(1);
	answer.number = question.number;
	df_keep_send(fd, &answer, sizeof(answer), NULL);
}

static void answer_news(int fd)
{
	struct df_keep_question question;

	while (!df_keep_receive(fd, &question, sizeof(question), NULL)) {
		said.number = question.number;
		df_keep_send(fd, &said, sizeof(said), NULL);
	}
}

static void be(void (*child)(int fd))
{
	df_keeper_close(&keeper);
	df_keeper_init(&keeper, NULL);
	keeper.patience = 30;
	keeper.child = child;
}

static void say(enum df_keep_what what)
{
	memset(&said, 0, sizeof(said));
	said.what = what;
	said_size = sizeof(said);
	with_fds = false;
	be(say_once);
}

static int ask_exe(void)
{
	return df_keeper_exe(getpid(), exe, sizeof(exe), &keeper);
}

static void takes_an_answer(void **state)
{
	say(DF_KEEP_EXE);
	strcpy(said.exe, "/opt/qgc");
	assert_int_equal(ask_exe(), 0);
	assert_string_equal(exe, "/opt/qgc");
	say(DF_KEEP_EXE);
	said.error = EACCES;
	assert_int_equal(ask_exe(), -EACCES);
	/* That is an answer as good as another. */
	assert_int_equal(keeper.error, 0);
	say(DF_KEEP_EXE);
	strcpy(said.exe, "/opt/qgc");
	assert_int_equal(df_keeper_exe(1, exe, 8, &keeper), -ENAMETOOLONG);
}

static void expect_refused(void)
{
	strcpy(exe, "before");
	assert_int_equal(ask_exe(), -EPROTO);
	assert_string_equal(exe, "before");
	/* It is not asked again. */
	assert_int_equal(keeper.pid, 0);
	assert_int_equal(keeper.fd, -1);
	assert_true(df_keeper_changed(&keeper));
	assert_false(df_keeper_changed(&keeper));
}

static void refuses_other_sizes(void **state)
{
	static const size_t sizes[] = {
		1, sizeof(struct df_keep_question), sizeof(said) - 1,
		sizeof(said) + 1,
	};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		say(DF_KEEP_EXE);
		said_size = sizes[i];
		expect_refused();
	}
}

static void refuses_what_was_not_asked(void **state)
{
	say(DF_KEEP_EXE);
	said.number = 4711;
	expect_refused();
	say(DF_KEEP_POLICY);
	expect_refused();
	say(DF_KEEP_STRAY);
	strcpy(said.stray.application, "qgc");
	expect_refused();
	say(0);
	expect_refused();
	say(UINT32_MAX);
	expect_refused();
	say(DF_KEEP_EXE);
	said.error = 5000;
	expect_refused();
	say(DF_KEEP_EXE);
	memset(said.exe, 'x', sizeof(said.exe));
	expect_refused();
}

static void refuses_broken_news(void **state)
{
	struct df_keep_answer news;

	say(DF_KEEP_STRAY);
	strcpy(said.stray.application, "qgc");
	said.stray.action = DFENCE_STRAYS_KILL;
	assert_true(df_keeper_news(&keeper, &news));
	assert_string_equal(news.stray.application, "qgc");
	say(DF_KEEP_STRAY);
	assert_false(df_keeper_news(&keeper, &news));
	assert_int_equal(keeper.error, -EPROTO);
	say(DF_KEEP_STRAY);
	strcpy(said.stray.application, "a\nb");
	assert_false(df_keeper_news(&keeper, &news));
	assert_int_equal(keeper.error, -EPROTO);
	say(DF_KEEP_STRAY);
	strcpy(said.stray.application, "qgc");
	said.stray.action = DFENCE_STRAYS_KILL + 1;
	assert_false(df_keeper_news(&keeper, &news));
	assert_int_equal(keeper.error, -EPROTO);
	say(DF_KEEP_STRAY);
	strcpy(said.stray.application, "qgc");
	memset(said.stray.error, 'x', sizeof(said.stray.error));
	assert_false(df_keeper_news(&keeper, &news));
	assert_int_equal(keeper.error, -EPROTO);
	say(DF_KEEP_TROUBLE);
	said.trouble.priority = LOG_CRIT;
	assert_false(df_keeper_news(&keeper, &news));
	assert_int_equal(keeper.error, -EPROTO);
	say(DF_KEEP_TROUBLE);
	said.trouble.priority = LOG_ERR;
	memset(said.trouble.text, 'x', sizeof(said.trouble.text));
	assert_false(df_keeper_news(&keeper, &news));
	assert_int_equal(keeper.error, -EPROTO);
}

static size_t count_fds(pid_t pid)
{
	char path[64];
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void keeps_no_sockets_that_it_did_not_want(void **state)
{
	int fds[DF_DNS_SOCKETS];
	size_t before;

	be(say_nothing);
	before = count_fds(getpid());
	/* With something else. */
	say(DF_KEEP_EXE);
	with_fds = true;
	assert_int_equal(ask_exe(), 0);
	df_keeper_close(&keeper);
	assert_int_equal(count_fds(getpid()), before);
	/* With an error, and with an answer that is none. */
	say(DF_KEEP_LISTEN);
	with_fds = true;
	said.error = EPERM;
	assert_int_equal(df_keeper_listen(fds, &keeper), -EPERM);
	df_keeper_close(&keeper);
	assert_int_equal(count_fds(getpid()), before);
	say(DF_KEEP_EXE);
	with_fds = true;
	assert_int_equal(df_keeper_listen(fds, &keeper), -EPROTO);
	df_keeper_close(&keeper);
	assert_int_equal(count_fds(getpid()), before);
	say(DF_KEEP_LISTEN);
	with_fds = true;
	said_size = 7;
	assert_int_equal(df_keeper_listen(fds, &keeper), -EPROTO);
	df_keeper_close(&keeper);
	assert_int_equal(count_fds(getpid()), before);
	/* None where some are due. */
	say(DF_KEEP_LISTEN);
	assert_int_equal(df_keeper_listen(fds, &keeper), -EPROTO);
}

static void waits_not_for_ever(void **state)
{
	int64_t start = ms();

	be(say_nothing);
	keeper.patience = 1;
	assert_int_equal(ask_exe(), -ETIMEDOUT);
	assert_in_range(ms() - start, 1000, 4000);
	/* And not again each time: nobody was asked, until it is time. */
	assert_true(keeper.retry > start + 1000);
	keeper.retry = INT64_MAX;
	assert_int_equal(ask_exe(), -ETIMEDOUT);
	assert_int_equal(df_keeper_policy(&keeper), -ETIMEDOUT);
	assert_int_equal(keeper.pid, 0);
	assert_true(df_keeper_changed(&keeper));
	/* After a while it is given another chance. */
	keeper.retry = 0;
	keeper.patience = 30;
	keeper.child = answer_once;
	assert_int_equal(ask_exe(), 0);
	assert_string_equal(exe, "/x");
	assert_true(df_keeper_changed(&keeper));
	assert_int_equal(keeper.error, 0);
}

static void goes_on_without_it(void **state)
{
	struct df_keep_answer news;

	be(end_when_asked);
	assert_int_equal(ask_exe(), -ECONNRESET);
	assert_int_equal(ask_exe(), -ECONNRESET);
	assert_false(df_keeper_news(&keeper, &news));
	df_keeper_init(&keeper, "/nowhere/keeper");
	assert_int_equal(ask_exe(), -ENOENT);
	assert_int_equal(keeper.pid, 0);
	assert_true(df_keeper_changed(&keeper));
}

/* One that ended after it had answered has a successor at once. */
static void finds_the_next_one(void **state)
{
	be(answer_once);
	assert_int_equal(ask_exe(), 0);
	assert_int_equal(ask_exe(), 0);
	assert_int_equal(ask_exe(), 0);
	assert_false(df_keeper_changed(&keeper));
}

/* --- the one that is */

static int channel = -1;
static pid_t real;

static void start_real(void)
{
	struct timeval patience = { .tv_sec = 10 };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    fds), 0);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	real = fork();
	if (!real) {
		close(fds[0]);
		df_keep_child(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	channel = fds[0];
}

static void stop_real(void)
{
	int status, i;

	close(channel);
	for (i = 0; i < PATIENCE / 10; i++) {
		if (waitpid(real, &status, WNOHANG) == real) {
			assert_true(WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status), 0);
			return;
		}
		usleep(10000);
	}
	fail_msg("the keeper goes on without its daemon");
}

/* Whoever sends that is not talked to. */
static void expect_dropped(const void *message, size_t size)
{
	struct df_keep_answer answer;

	start_real();
	assert_int_equal(df_keep_send(channel, message, size, NULL), 0);
	assert_int_equal(df_keep_receive(channel, &answer, sizeof(answer), NULL),
			 -ECONNRESET);
	stop_real();
}

static void is_not_asked_rubbish(void **state)
{
	static const struct df_keep_question questions[] = {
		{ 0, 1, 0 }, { DF_KEEP_STRAY, 1, 0 }, { UINT32_MAX, 1, 0 },
		{ DF_KEEP_EXE, 1, 0 }, { DF_KEEP_EXE, 1, UINT32_MAX },
		{ DF_KEEP_NEWS, 1, 1 }, { DF_KEEP_POLICY, 1, 1 },
		{ DF_KEEP_LISTEN, 1, 1 },
	};
	struct df_keep_question many[100] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		expect_dropped(&questions[i], sizeof(questions[i]));
	many[0] = (struct df_keep_question){ DF_KEEP_NEWS, 1, 0 };
	expect_dropped(many, 1);
	expect_dropped(many, sizeof(*many) - 1);
	expect_dropped(many, sizeof(*many) + 1);
	expect_dropped(many, sizeof(many));
}

static void takes_no_descriptors(void **state)
{
	struct df_keep_question question = { DF_KEEP_NEWS, 1, 0 };
	struct df_keep_answer answer;
	int fds[DF_KEEP_FDS] = { 0, 1 };
	size_t before;

	start_real();
	assert_int_equal(df_keep_send(channel, &question, sizeof(question), NULL), 0);
	assert_int_equal(df_keep_receive(channel, &answer, sizeof(answer), NULL), 0);
	before = count_fds(real);
	assert_int_equal(df_keep_send(channel, &question, sizeof(question), fds), 0);
	assert_int_equal(df_keep_receive(channel, &answer, sizeof(answer), NULL), 0);
	assert_int_equal(count_fds(real), before);
	stop_real();
}

/* Nothing of what it has in memory goes out with an answer. */
static void tells_nothing_else(void **state)
{
	static const uint32_t asked[] = { DF_KEEP_POLICY, DF_KEEP_EXE, DF_KEEP_NEWS };
	struct df_keep_answer answer;
	const uint8_t *bytes = (const uint8_t *)&answer;
	size_t i, at;

	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct df_keep_question question = { asked[i], 7, 0 };

		if (asked[i] == DF_KEEP_EXE)
			question.pid = INT_MAX;
		start_real();
		memset(&answer, 0xff, sizeof(answer));
		assert_int_equal(df_keep_send(channel, &question,
					      sizeof(question), NULL), 0);
		assert_int_equal(df_keep_receive(channel, &answer,
						 sizeof(answer), NULL), 0);
		assert_int_equal(answer.number, 7);
		for (at = offsetof(struct df_keep_answer, exe);
		     at < sizeof(answer); at++)
			assert_int_equal(bytes[at], 0);
		stop_real();
	}
}

static void answers_questions(void **state)
{
	struct df_keep_answer news;
	char own[PATH_MAX] = "";

	assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	assert_int_equal(ask_exe(), 0);
	assert_string_equal(exe, own);
	assert_int_equal(df_keeper_exe(INT_MAX, exe, sizeof(exe), &keeper),
			 -ENOENT);
	assert_int_equal(df_keeper_policy(&keeper), 0);
	assert_false(df_keeper_news(&keeper, &news));
	kernel->loaded = false;
	assert_int_equal(df_keeper_policy(&keeper), -ENOENT);
	assert_int_equal(keeper.error, 0);
}

static void opens_sockets(void **state)
{
	int fds[DF_DNS_SOCKETS], off = 0, i, err;

	err = df_keeper_listen(fds, &keeper);
	assert_int_equal(keeper.error, 0);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	/* Whoever has them cannot make them get more. */
	for (i = 0; i < DF_DNS_SOCKETS; i++) {
		assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_DETACH_FILTER,
					    &off, sizeof(off)), -1);
		assert_int_equal(errno, EPERM);
		close(fds[i]);
	}
}

/* At a socket of systemd's; anybody can connect to it here. */
static int start_listening(void)
{
	int fd = listen_at("keeper", SOCK_SEQPACKET);
	char pid[16];

	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(chmod(test_dir, 0755), 0);
	assert_int_equal(chmod(test_path("keeper"), 0666), 0);
	unsetenv("NOTIFY_SOCKET");
	real = fork();
	if (!real) {
		dup2(fd, 3);
		snprintf(pid, sizeof(pid), "%d", (int)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
		_exit(df_keep_run());
	}
	return fd;
}

static int ask_as(uid_t uid)
{
	int status;
	pid_t child = fork();

	if (!child) {
		if (uid && setresuid(uid, uid, uid))
			_exit(255);
		df_keeper_init(&keeper, test_path("keeper"));
		keeper.patience = 10;
		_exit(-ask_exe());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void answers_nobody_else(void **state)
{
	int fd, status;

	if (geteuid())
		skip();
	assert_int_equal(make_test_dir(state), 0);
	fd = start_listening();
	assert_int_equal(ask_as(0), 0);
	/* Whether it is dropped before or after it has asked. */
	status = ask_as(NOBODY);
	assert_true(status == ECONNRESET || status == EPIPE);
	assert_int_equal(ask_as(0), 0);
	kill(real, SIGKILL);
	waitpid(real, &status, 0);
	close(fd);
	remove_test_dir(state);
}

/* Some come at a time, one after the other goes, and one that hangs is in nobody's way. */
static void has_room_for_all(void **state)
{
	int fd, status, i, held[6];

	assert_int_equal(make_test_dir(state), 0);
	fd = start_listening();
	for (i = 0; i < 6; i++) {
		held[i] = df_ask_connect(test_path("keeper"), 10);
		assert_true(held[i] >= 0);
		assert_int_equal(ask_as(0), 0);
	}
	for (i = 0; i < 6; i++)
		close(held[i]);
	kill(real, SIGKILL);
	waitpid(real, &status, 0);
	close(fd);
	remove_test_dir(state);
}

static void takes_a_socket_from_systemd_only(void **state)
{
	unsetenv("LISTEN_PID");
	assert_int_equal(df_keep_run(), DF_EXIT_USAGE);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(df_keep_run(), DF_EXIT_USAGE);
}

/* --- both in a daemon */

static void the_daemon_forwards_news(void **state)
{
	struct df_keep_answer news;

	memset(&said, 0, sizeof(said));
	said.what = DF_KEEP_TROUBLE;
	said.trouble.priority = LOG_WARNING;
	strcpy(said.trouble.text, "nothing works");
	be(answer_news);
	assert_true(df_keeper_news(&keeper, &news));
	assert_string_equal(news.trouble.text, "nothing works");
}

static bool is_keeper(pid_t pid, pid_t parent)
{
	unsigned long long begun;
	char path[64], name[32];
	pid_t of;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	return df_proc_stat(pid, &of, &begun) && of == parent &&
	       df_tree_line("", path, name, sizeof(name)) &&
	       !strcmp(name, DF_KEEPER_COMM);
}

static pid_t keeper_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(proc);
	while (!found && (entry = readdir(proc)))
		if (is_keeper(atoi(entry->d_name), parent))
			found = atoi(entry->d_name);
	closedir(proc);
	return found;
}

static pid_t wait_for_keeper(pid_t parent, pid_t other_than)
{
	pid_t found = 0;
	int i;

	for (i = 0; i < PATIENCE / 100; i++) {
		found = keeper_of(parent);
		if (found && found != other_than)
			return found;
		usleep(100000);
	}
	fail_msg("the daemon has no keeper");
	return 0;
}

static void the_daemon_goes_on_without(void **state)
{
	pid_t first;

	start();
	wait_for_notice("READY=1");
	first = wait_for_keeper(daemon_pid, 0);
	kill(first, SIGKILL);
	assert_true(wait_for_keeper(daemon_pid, first) != first);
	kernel_events(3);
	wait_for_event(4);
	stop_daemon();
}

static void the_daemon_tells_of_one_that_hangs(void **state)
{
	pid_t first;

	start();
	wait_for_notice("READY=1");
	first = wait_for_keeper(daemon_pid, 0);
	kill(first, SIGSTOP);
	wait_for_log("\"message\":\"the keeper does not answer: Connection timed out;", 1);
	kernel_events(3);
	wait_for_event(4);
	wait_for_log("\"message\":\"the keeper answers again\"", 1);
	stop_daemon();
}

/* It has nothing to do without. */
static void the_keeper_ends_with_its_daemon(void **state)
{
	pid_t first;
	int i;

	start();
	wait_for_notice("READY=1");
	first = wait_for_keeper(daemon_pid, 0);
	kill_daemon();
	for (i = 0; i < PATIENCE / 10 && !kill(first, 0); i++)
		usleep(10000);
	assert_int_equal(kill(first, 0), -1);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define WHOLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(takes_an_answer),
		ALONE(refuses_other_sizes),
		ALONE(refuses_what_was_not_asked),
		ALONE(refuses_broken_news),
		ALONE(keeps_no_sockets_that_it_did_not_want),
		ALONE(waits_not_for_ever),
		ALONE(goes_on_without_it),
		ALONE(finds_the_next_one),
		ALONE(is_not_asked_rubbish),
		ALONE(takes_no_descriptors),
		ALONE(tells_nothing_else),
		ALONE(answers_questions),
		ALONE(opens_sockets),
		ALONE(answers_nobody_else),
		ALONE(has_room_for_all),
		ALONE(takes_a_socket_from_systemd_only),
		ALONE(the_daemon_forwards_news),
		WHOLE(the_daemon_goes_on_without),
		WHOLE(the_daemon_tells_of_one_that_hangs),
		WHOLE(the_keeper_ends_with_its_daemon),
	};

	if (kernel_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
