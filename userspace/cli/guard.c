// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that waits for a policy to be confirmed, and puts the one before into
 * force if it is not. It is there before the policy is, and does not hang on the
 * terminal, the session or the service that it was started from. Who ends it with
 * SIGTERM does not get rid of it: then it waits no longer. After SIGKILL there is the
 * daemon, which looks at the same file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "anchor.h"
#include "confirm.h"
#include "guard.h"

/* Where it talks to who started it: the first behind the standard ones. */
#define PEER_FD 3

/* How often it looks whether it is still needed, and tries what has failed. */
#define LOOK_S 1
#define RETRY_S 5

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Without it the guard is as good as any process of the session. */
	dprintf(fd, "%s\n", text);
	close(fd);
}

/* Whoever ends the session or its service ends all that is in its cgroup. */
static void leave_session(void)
{
	const char *root = df_cgroup_root();
	char path[64];

	setsid();
	if (root) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", root);
		write_to(path, "0");
	}
	write_to("/proc/self/oom_score_adj", "-1000");
}

/* SIGTERM waits until it is looked for. */
static void set_signals(sigset_t *end)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(end);
	sigaddset(end, SIGTERM);
	sigprocmask(SIG_SETMASK, end, NULL);
}

/* Nobody who waits for the end of our output is to wait for us. */
static bool let_go(int peer)
{
	int null = open("/dev/null", O_RDWR), i;

	if (null < 0 || chdir("/"))
		return false;
	for (i = 0; i < PEER_FD; i++)
		if (dup2(null, i) < 0)
			return false;
	if (peer != PEER_FD && dup2(peer, PEER_FD) < 0)
		return false;
	closefrom(PEER_FD + 1);
	return true;
}

static void tell(enum df_exit code, const struct df_diags *diags,
		 const struct df_applied *applied,
		 const struct df_history_entry *entry)
{
	static bool told;

	if (!code)
		syslog(LOG_WARNING, "policy %u (%s) is in force again, generation %u: the one after it was not confirmed",
		       entry->number, entry->name, applied->generation);
	else if (!told)
		syslog(LOG_CRIT, "the policy in force was not confirmed, and the one before cannot be put into force: %s",
		       diags->count ? diags->list[0].message : "");
	told = true;
}

static enum df_exit lapse(const struct df_build_options *options, bool early)
{
	struct df_build_options now = *options;
	struct df_history_entry entry = { 0 };
	struct df_applied applied = { 0 };
	struct df_diags diags = { 0 };
	struct df_client *client;
	int err = df_client_open(&client);
	enum df_exit code;

	now.geo.now = time(NULL);
	code = err ? df_exit_of_client(err) :
		     df_lapse(client, &now, early, &diags, &applied, &entry);
	if (code != DF_EXIT_NO_OBJECT && code != DF_EXIT_NOT_ENFORCING)
		tell(code, &diags, &applied, &entry);
	df_diags_free(&diags);
	df_client_close(client);
	return code;
}

/* Is it still what this one waits for? */
static bool is_needed(const char *dir, const struct df_pending *mine)
{
	struct df_pending now;

	return !df_pending_read(dir, &now) && now.deadline == mine->deadline &&
	       !memcmp(now.digest, mine->digest, sizeof(now.digest));
}

static void keep_watch(const struct df_build_options *options,
		       const struct df_pending *mine, const sigset_t *end)
{
	const struct timespec step = { .tv_sec = LOOK_S };
	uint64_t next = mine->deadline;
	enum df_exit code;
	bool early = false;

	while (is_needed(options->history, mine)) {
		if (df_boottime() >= next) {
			code = lapse(options, early);
			/* Done, or there is nothing to be done any more. */
			if (!code || code == DF_EXIT_NO_OBJECT ||
			    code == DF_EXIT_NOT_ENFORCING)
				return;
			next = df_boottime() + RETRY_S;
		}
		if (sigtimedwait(end, NULL, &step) == SIGTERM) {
			early = true;
			next = 0;
		}
	}
}

static void guard(int peer, const struct df_build_options *options)
{
	struct df_pending mine;
	sigset_t end;
	char byte;

	set_signals(&end);
	leave_session();
	if (!let_go(peer))
		_exit(DF_EXIT_FAILED);
	openlog("dronefence", LOG_PID, LOG_DAEMON);
	/* Nothing comes if no policy came into force. */
	if (read(PEER_FD, &byte, 1) != 1 ||
	    df_pending_read(options->history, &mine) ||
	    write(PEER_FD, &byte, 1) != 1)
		_exit(DF_EXIT_OK);
	close(PEER_FD);
	keep_watch(options, &mine, &end);
	_exit(DF_EXIT_OK);
}

static void fork_guard(int pair[2], const struct df_build_options *options)
{
	char history[PATH_MAX], cache[PATH_MAX];
	struct df_build_options own = *options;

	close(pair[0]);
	own.history = realpath(options->history, history);
	own.cache = options->cache ? realpath(options->cache, cache) : NULL;
	own.progress = (struct df_progress){ 0 };
	own.confirm = (struct df_confirm_options){ 0 };
	if (own.history)
		guard(pair[1], &own);
	_exit(DF_EXIT_FAILED);
}

/**
 * guard_start() - start who waits
 * @options: with a history
 *
 * Before a policy is compiled, while this process is small.
 *
 * Return: a descriptor for guard_arm(); when it is closed before that, the guard
 * ends. A negative errno.
 */
int guard_start(const struct df_build_options *options)
{
	int pair[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (!pid)
		fork_guard(pair, options);
	err = -errno;
	close(pair[1]);
	if (pid > 0)
		return pair[0];
	close(pair[0]);
	return err;
}

/**
 * guard_arm() - from now on it waits
 * @arg: the descriptor of guard_start()
 *
 * Return: 0 when it has answered; -EPIPE if it is not there.
 */
int guard_arm(void *arg)
{
	const int *peer = arg;
	char byte = 1;

	if (send(*peer, &byte, 1, MSG_NOSIGNAL) != 1 ||
	    recv(*peer, &byte, 1, 0) != 1)
		return -EPIPE;
	return 0;
}
