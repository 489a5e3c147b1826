// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all sinks have in common: a record is taken from the backlog, encoded,
 * and written without ever waiting. What is not written at once stays pending
 * and is tried again when the daemon says so. A sink that fails is closed and
 * opened again; a record that it had only in part is then written anew.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sink.h"

/* What a sink that keeps records may take to open, and to end, when waited for. */
#define OPEN_MS 5000
#define END_MS 10000
#define STEP_MS 100

/**
 * df_sink_init() - make a sink, still closed
 * @sink: result
 * @ops: its kind
 * @path: file or socket; must outlive the sink
 *
 * Return: 0 or -ENOMEM.
 */
int df_sink_init(struct df_sink *sink, const struct df_sink_ops *ops,
		 const char *path)
{
	memset(sink, 0, sizeof(*sink));
	sink->ops = ops;
	sink->path = path;
	sink->fd = -1;
	if (asprintf(&sink->name, "%s:%s", ops->label, path) < 0) {
		sink->name = NULL;
		return -ENOMEM;
	}
	return 0;
}

static void close_sink(struct df_sink *sink, bool clean)
{
	sink->sent = 0;
	if (sink->ops->detach) {
		if (sink->fd >= 0)
			sink->ops->detach(sink, clean);
		return;
	}
	sink->blocked = false;
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
}

/**
 * df_sink_close() - close it until it is delivered to again
 * @sink: may be closed
 *
 * For one that keeps records it is the beginning of that, see df_sink_end().
 */
void df_sink_close(struct df_sink *sink)
{
	close_sink(sink, true);
}

/**
 * df_sink_is_open() - is it open
 * @sink: any
 *
 * Return: false if the next delivery opens it first.
 */
bool df_sink_is_open(const struct df_sink *sink)
{
	return sink->fd >= 0 && !sink->keep.ending;
}

/**
 * df_sink_end() - let a sink that was closed come to its end
 * @sink: any
 *
 * Never waits.
 *
 * Return: false if it still has something to do: until it has not, it cannot be
 * opened again.
 */
bool df_sink_end(struct df_sink *sink)
{
	return !sink->keep.ending || sink->ops->end(sink);
}

/**
 * df_sink_events() - what is to be waited for before the next delivery
 * @sink: any
 *
 * Return: EPOLLIN and EPOLLOUT of @fd, 0 for nothing.
 */
unsigned int df_sink_events(const struct df_sink *sink)
{
	unsigned int events = sink->ops->attach ? EPOLLIN : 0;

	if (sink->blocked)
		events |= EPOLLOUT;
	return sink->fd < 0 ? 0 : events;
}

/**
 * df_sink_wait() - wait for a sink that keeps records to say something
 * @sink: any
 * @ms: no longer than this
 */
void df_sink_wait(const struct df_sink *sink, int ms)
{
	struct pollfd pfd = {
		.fd = sink->fd,
		.events = (short)df_sink_events(sink),
	};

	poll(&pfd, 1, ms);
}

/**
 * df_sink_free() - the reverse of df_sink_init()
 * @sink: may have failed to be made
 *
 * Waits for a disk, but not for ever: what was given to the sink it does to the
 * end by itself.
 */
void df_sink_free(struct df_sink *sink)
{
	int i;

	df_sink_close(sink);
	for (i = 0; i < END_MS / STEP_MS && !df_sink_end(sink); i++)
		df_sink_wait(sink, STEP_MS);
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	free(sink->name);
	sink->name = NULL;
}

/**
 * df_sink_connect() - connect to a local socket without waiting
 * @path: of the socket
 * @type: SOCK_DGRAM or SOCK_STREAM
 *
 * Return: descriptor that does not block, or a negative errno.
 */
int df_sink_connect(const char *path, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	/* A listener with a full queue: nothing that could be waited for. */
	return err == -EAGAIN ? -ECONNREFUSED : err;
}

static int open_sink(struct df_sink *sink)
{
	int fd;

	if (sink->ops->attach)
		return sink->ops->attach(sink);
	if (df_sink_is_open(sink))
		return 0;
	sink->stream = false;
	fd = sink->ops->open(sink->path, &sink->stream);
	if (fd < 0)
		return fd;
	sink->fd = fd;
	/* How a record looks may depend on what was opened. */
	if (!sink->pending)
		return 0;
	df_buffer_reset(&sink->buffer);
	return sink->ops->encode(&sink->current, sink->stream, &sink->buffer);
}

static int take_next(struct df_sink *sink, const struct df_backlog *backlog)
{
	int err;

	if (!df_backlog_next(backlog, &sink->cursor, &sink->current))
		return -ENODATA;
	df_buffer_reset(&sink->buffer);
	err = sink->ops->encode(&sink->current, sink->stream, &sink->buffer);
	if (err)
		return err;
	sink->sent = 0;
	sink->pending = true;
	return 0;
}

/* Write what is left of the pending record; a datagram goes as a whole. */
static int push(struct df_sink *sink)
{
	if (sink->ops->put)
		return sink->ops->put(sink);
	while (sink->sent < sink->buffer.length) {
		ssize_t sent = write(sink->fd, sink->buffer.data + sink->sent,
				     sink->buffer.length - sink->sent);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		if (sent == 0)
			return -ENOSPC;
		sink->sent += (size_t)sent;
	}
	return 0;
}

static int deliver(struct df_sink *sink, const struct df_backlog *backlog)
{
	int err = open_sink(sink);

	while (!err) {
		if (!sink->pending)
			err = take_next(sink, backlog);
		if (!err)
			err = push(sink);
		if (!err) {
			sink->pending = false;
			df_cursor_advance(&sink->cursor, &sink->current);
		}
	}
	return err;
}

/**
 * df_sink_deliver() - give a sink what it does not have yet
 * @sink: opened if it is closed
 * @backlog: where the records are
 *
 * Never waits. SIGPIPE must be ignored.
 *
 * Return: 0 if it has everything, or is not ready yet; -EAGAIN if it takes no
 * more for the moment, then @blocked is set; another negative errno if it failed,
 * then it is closed.
 */
int df_sink_deliver(struct df_sink *sink, const struct df_backlog *backlog)
{
	int err;

	if (!df_sink_end(sink))
		return 0;
	err = deliver(sink, backlog);
	sink->blocked = err == -EAGAIN;
	if (err == -ENODATA || err == -EINPROGRESS)
		return 0;
	if (!sink->blocked)
		close_sink(sink, false);
	return err;
}

/**
 * df_sink_resume() - let a sink that keeps records tell what it has
 * @sink: closed, the cursor set as it is known from elsewhere
 *
 * A disk that does not answer is not waited for much longer than one that does.
 * Then the cursor is what it was, which is not ahead of what the sink has.
 *
 * Return: 0, also for sinks that keep nothing; a negative errno, then it is
 * still closed, and the cursor is what it was.
 */
int df_sink_resume(struct df_sink *sink)
{
	int err = 0, i;

	sink->keep.safe = sink->cursor;
	for (i = 0; sink->ops->attach && i < OPEN_MS / STEP_MS; i++) {
		err = sink->ops->attach(sink);
		if (err != -EINPROGRESS)
			break;
		df_sink_wait(sink, STEP_MS);
	}
	if (err == -EINPROGRESS)
		return 0;
	if (err)
		close_sink(sink, false);
	return err;
}

/**
 * df_sink_commit() - have everything that a sink took on the disk, soon
 * @sink: any; nothing happens if it is closed or keeps nothing
 *
 * Return: 0; a negative errno, then it is closed.
 */
int df_sink_commit(struct df_sink *sink)
{
	int err = 0;

	if (sink->ops->commit && df_sink_is_open(sink))
		err = sink->ops->commit(sink);
	if (err)
		close_sink(sink, false);
	return err;
}

/**
 * df_sink_is_safe() - is everything that a sink took on the disk
 * @sink: any
 *
 * Return: true also for one that keeps nothing, or that failed: then it is no use
 * to wait for it.
 */
bool df_sink_is_safe(const struct df_sink *sink)
{
	const struct df_keep *keep = &sink->keep;

	if (!sink->ops->attach || sink->fd < 0)
		return true;
	return !keep->ending && keep->attached && !keep->asked &&
	       !sink->blocked &&
	       keep->safe.position == sink->cursor.position &&
	       keep->safe.next == sink->cursor.next;
}
