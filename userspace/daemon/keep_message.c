// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions and answers have one size each, and neither side believes the other: the
 * keeper has rights that the daemon is to do without, and the daemon has the records.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "keep_message.h"
#include "request.h"

/* No errno is larger. */
#define ERRNO_MAX 4095

/* Room for the descriptors. */
union control {
	char buf[CMSG_SPACE(DF_KEEP_FDS * sizeof(int))];
	struct cmsghdr align;
};

/**
 * df_keep_question_valid() - may this be asked
 * @question: whatever it holds
 *
 * Return: true if so.
 */
bool df_keep_question_valid(const struct df_keep_question *question)
{
	if (question->what == DF_KEEP_EXE)
		return question->pid && question->pid <= INT_MAX;
	return question->what >= DF_KEEP_POLICY &&
	       question->what <= DF_KEEP_NEWS && !question->pid;
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static bool is_stray(const struct df_stray *stray)
{
	return is_text(stray->application, sizeof(stray->application)) &&
	       df_request_is_name(stray->application) &&
	       (uint32_t)stray->action <= DFENCE_STRAYS_KILL &&
	       is_text(stray->exe, sizeof(stray->exe)) &&
	       is_text(stray->error, sizeof(stray->error));
}

static bool is_trouble(const struct df_keep_trouble *trouble)
{
	return trouble->priority >= LOG_ERR && trouble->priority <= LOG_DEBUG &&
	       is_text(trouble->text, sizeof(trouble->text));
}

/**
 * df_keep_answer_valid() - is this an answer
 * @answer: whatever it holds
 * @question: that was asked
 *
 * Return: true if it is one to this question, and all of it holds.
 */
bool df_keep_answer_valid(const struct df_keep_answer *answer,
			  const struct df_keep_question *question)
{
	bool news = question->what == DF_KEEP_NEWS;

	if (answer->number != question->number || answer->error > ERRNO_MAX)
		return false;
	if (answer->what == DF_KEEP_STRAY)
		return news && is_stray(&answer->stray);
	if (answer->what == DF_KEEP_TROUBLE)
		return news && is_trouble(&answer->trouble);
	return answer->what == question->what &&
	       (answer->what != DF_KEEP_EXE ||
		is_text(answer->exe, sizeof(answer->exe)));
}

/**
 * df_keep_send() - send a message
 * @to: socket that keeps the borders of messages; not waited for if it does not wait
 * @message: all of it, no byte left as it was
 * @size: bytes
 * @fds: DF_KEEP_FDS descriptors that go with it, or NULL
 *
 * Return: 0 or a negative errno.
 */
int df_keep_send(int to, const void *message, size_t size, const int *fds)
{
	struct iovec iov = { (void *)message, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };
	struct cmsghdr *cmsg;

	if (fds) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(DF_KEEP_FDS * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, DF_KEEP_FDS * sizeof(int));
	}
	return sendmsg(to, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Those that came; however many, and even if nobody wants them. */
static void take_fds(struct msghdr *msg, int fds[DF_KEEP_FDS])
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	size_t count;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS)
		return;
	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
}

/**
 * df_keep_receive() - receive a message
 * @from: socket that keeps the borders of messages; waited for as that says
 * @message: result
 * @size: bytes that it must have
 * @fds: result: descriptors that came with it, to be closed, -1 for each that did not;
 *	NULL, then none is taken
 *
 * Return: 0; -ECONNRESET at the end; -EPROTO for a message of another size, or with
 * more than fits; another negative errno.
 */
int df_keep_receive(int from, void *message, size_t size, int fds[DF_KEEP_FDS])
{
	struct iovec iov = { message, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };
	ssize_t length;
	size_t i;

	for (i = 0; fds && i < DF_KEEP_FDS; i++)
		fds[i] = -1;
	if (fds) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
	}
	length = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	if (length < 0)
		return -errno;
	if (fds)
		take_fds(&msg, fds);
	if (length == (ssize_t)size && !(msg.msg_flags & MSG_TRUNC) &&
	    (!fds || !(msg.msg_flags & MSG_CTRUNC)))
		return 0;
	for (i = 0; fds && i < DF_KEEP_FDS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
	return length ? -EPROTO : -ECONNRESET;
}
