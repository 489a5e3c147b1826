// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all sinks have in common: a record is taken from the backlog, encoded,
 * and written without ever waiting. What is not written at once stays pending
 * and is tried again when the daemon says so. A sink that fails is closed and
 * opened again; a record that it had only in part is then written anew.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sink.h"

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
	if (sink->keep.store)
		sink->ops->detach(sink, clean);
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	sink->sent = 0;
	sink->blocked = false;
}

/**
 * df_sink_close() - close it until it is delivered to again
 * @sink: may be closed
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
	return sink->fd >= 0 || sink->keep.store;
}

/**
 * df_sink_free() - the reverse of df_sink_init()
 * @sink: may have failed to be made
 */
void df_sink_free(struct df_sink *sink)
{
	df_sink_close(sink);
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

	if (df_sink_is_open(sink))
		return 0;
	if (sink->ops->attach)
		return sink->ops->attach(sink);
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
 * Return: 0 if it has everything; -EAGAIN if it takes no more for the moment,
 * then @blocked is set; another negative errno if it failed, then it is closed.
 */
int df_sink_deliver(struct df_sink *sink, const struct df_backlog *backlog)
{
	int err = deliver(sink, backlog);

	sink->blocked = err == -EAGAIN;
	if (err == -ENODATA)
		return 0;
	if (!sink->blocked)
		close_sink(sink, false);
	return err;
}

/**
 * df_sink_resume() - let a sink that keeps records tell what it has
 * @sink: closed, the cursor set as it is known from elsewhere
 *
 * Return: 0, also for sinks that keep nothing; a negative errno, then it is
 * still closed, and the cursor is what it was.
 */
int df_sink_resume(struct df_sink *sink)
{
	int err = 0;

	sink->keep.safe = sink->cursor;
	if (sink->ops->attach)
		err = sink->ops->attach(sink);
	if (err)
		close_sink(sink, false);
	return err;
}

/**
 * df_sink_commit() - have everything that a sink took on the disk
 * @sink: any; nothing happens if it is closed or keeps nothing
 *
 * Return: 0; a negative errno, then it is closed.
 */
int df_sink_commit(struct df_sink *sink)
{
	int err = sink->keep.store ? sink->ops->commit(sink) : 0;

	if (err)
		close_sink(sink, false);
	return err;
}
