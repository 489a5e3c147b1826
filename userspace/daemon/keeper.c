// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon asks, and waits for the answer, but not for long: one that does not come
 * in time, or is none, is the end of the connection, and for a while nobody is asked.
 * What the daemon does not get to know is missing in records, and nothing else.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "keep.h"
#include "keeper.h"

static_assert(DF_KEEP_FDS == DF_DNS_SOCKETS, "sockets that the keeper opens");

/* To move a program and end its sockets it may take seconds. */
#define PATIENCE_S 5

/* Until another one is looked for. */
#define RETRY_MS 10000

/* Where a child of ours has the socket: behind the standard ones. */
#define CHILD_FD 3

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/**
 * df_keeper_init() - nobody was asked yet
 * @keeper: result
 * @path: of the socket of a keeper, borrowed; NULL to have one of our own
 */
void df_keeper_init(struct df_keeper *keeper, const char *path)
{
	*keeper = (struct df_keeper){
		.path = path, .child = df_keep_child, .fd = -1,
		.patience = PATIENCE_S,
	};
}

/**
 * df_keeper_close() - do without it
 * @keeper: of any state
 */
void df_keeper_close(struct df_keeper *keeper)
{
	if (keeper->fd >= 0)
		close(keeper->fd);
	keeper->fd = -1;
	if (!keeper->pid)
		return;
	kill(keeper->pid, SIGKILL);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	keeper->pid = 0;
}

/* It has nothing else of ours, and ends with us. */
static void be_child(const struct df_keeper *keeper, int fd, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || (fd != CHILD_FD && dup2(fd, CHILD_FD) < 0))
		_exit(1);
	closefrom(CHILD_FD + 1);
	keeper->child(CHILD_FD);
	_exit(0);
}

static int start_child(struct df_keeper *keeper)
{
	struct timeval patience = { .tv_sec = keeper->patience };
	pid_t parent = getpid();
	int fds[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	keeper->pid = fork();
	if (!keeper->pid)
		be_child(keeper, fds[1], parent);
	if (keeper->pid < 0) {
		err = -errno;
		keeper->pid = 0;
		close(fds[0]);
	}
	close(fds[1]);
	return err ?: fds[0];
}

static int connect_to(struct df_keeper *keeper)
{
	if (keeper->fd >= 0)
		return 0;
	if (keeper->error && now_ms() < keeper->retry)
		return keeper->error;
	keeper->fd = keeper->path ?
		     df_ask_connect(keeper->path, keeper->patience) :
		     start_child(keeper);
	return keeper->fd < 0 ? keeper->fd : 0;
}

static void give_up(struct df_keeper *keeper, int err)
{
	if (keeper->error && keeper->fd < 0 && now_ms() < keeper->retry)
		return;
	df_keeper_close(keeper);
	keeper->error = err == -EAGAIN ? -ETIMEDOUT : err;
	keeper->retry = now_ms() + RETRY_MS;
}

static int exchange(struct df_keeper *keeper,
		    const struct df_keep_question *question,
		    struct df_keep_answer *answer, int fds[DF_KEEP_FDS])
{
	int err = connect_to(keeper);

	if (!err)
		err = df_keep_send(keeper->fd, question, sizeof(*question), NULL);
	if (!err)
		err = df_keep_receive(keeper->fd, answer, sizeof(*answer), fds);
	if (!err && !df_keep_answer_valid(answer, question))
		err = -EPROTO;
	return err;
}

/* @fds are set in any case. */
static int ask(struct df_keeper *keeper, enum df_keep_what what, pid_t pid,
	       struct df_keep_answer *answer, int fds[DF_KEEP_FDS])
{
	const struct df_keep_question question = {
		.what = what, .number = ++keeper->number, .pid = (uint32_t)pid,
	};
	bool worked = keeper->fd >= 0;
	int err = exchange(keeper, &question, answer, fds);

	/* There may be a new one in its place. */
	if (worked && (err == -EPIPE || err == -ECONNRESET)) {
		df_keeper_close(keeper);
		err = exchange(keeper, &question, answer, fds);
	}
	if (err) {
		give_up(keeper, err);
		return keeper->error;
	}
	keeper->error = 0;
	return -(int)answer->error;
}

/**
 * df_keeper_policy() - there may be another policy
 * @keeper: of any state
 *
 * Return: 0, then its programs can be placed, or why not is among the news; a negative
 * errno.
 */
int df_keeper_policy(struct df_keeper *keeper)
{
	struct df_keep_answer answer;

	return ask(keeper, DF_KEEP_POLICY, 0, &answer, NULL);
}

/**
 * df_keeper_exe() - what a process executes
 * @pid: the process
 * @exe: result
 * @size: bytes in @exe
 * @keeper: &struct df_keeper of any state
 *
 * Return: 0; a negative errno, as df_proc_exe().
 */
int df_keeper_exe(pid_t pid, char *exe, size_t size, void *keeper)
{
	struct df_keep_answer answer;
	int err = ask(keeper, DF_KEEP_EXE, pid, &answer, NULL);

	if (err)
		return err;
	if (strlen(answer.exe) >= size)
		return -ENAMETOOLONG;
	strcpy(exe, answer.exe);
	return 0;
}

/**
 * df_keeper_listen() - get sockets with the answers of name servers
 * @fds: result, to be closed
 * @keeper: &struct df_keeper of any state
 *
 * Return: 0 or a negative errno.
 */
int df_keeper_listen(int fds[DF_DNS_SOCKETS], void *keeper)
{
	int got[DF_KEEP_FDS] = { -1, -1 }, err, i;
	struct df_keep_answer answer;

	err = ask(keeper, DF_KEEP_LISTEN, 0, &answer, got);
	if (!err && (got[0] < 0 || got[1] < 0))
		err = -EPROTO;
	for (i = 0; i < DF_KEEP_FDS; i++) {
		fds[i] = got[i];
		if (err && got[i] >= 0)
			close(got[i]);
	}
	return err;
}

/**
 * df_keeper_news() - what happened meanwhile
 * @keeper: of any state
 * @news: result: %DF_KEEP_STRAY or %DF_KEEP_TROUBLE
 *
 * To be called until there is nothing.
 *
 * Return: false if there is nothing.
 */
bool df_keeper_news(struct df_keeper *keeper, struct df_keep_answer *news)
{
	return !ask(keeper, DF_KEEP_NEWS, 0, news, NULL) &&
	       news->what != DF_KEEP_NEWS;
}

/**
 * df_keeper_changed() - is there anything to tell of the keeper itself
 * @keeper: of any state
 *
 * Return: true, once, if it began or ceased to answer; @keeper->error says which.
 */
bool df_keeper_changed(struct df_keeper *keeper)
{
	bool changed = !keeper->error != !keeper->told;

	keeper->told = keeper->error;
	return changed;
}
