// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's side of the store: records go to a process that writes them, see
 * writer.c, as they would to a socket of somebody else. That process is told to
 * end when the sink is closed, and the sink can be opened again once it has: only
 * then is it known what is on the disk.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sink.h"
#include "writer.h"

/* The head is told after so many records, and after so long if there are any. */
#define CHECKPOINT_RECORDS 1000
#define CHECKPOINT_MS (600 * 1000)

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static void note_opened(struct df_sink *sink,
			const struct df_writer_report *report)
{
	struct df_keep *keep = &sink->keep;

	if (report->is_new) {
		keep->checkpoint = 0;
		keep->told = 0;
	}
	keep->attached = true;
	keep->opened = true;
	keep->damaged = false;
	keep->aside[0] = '\0';
	sink->cursor = report->cursor;
}

/* Returns 0, or why the writer gave up. */
static int take_report(struct df_sink *sink,
		       const struct df_writer_report *report)
{
	struct df_keep *keep = &sink->keep;

	if (report->state == DF_WRITER_FAILED) {
		keep->damaged = report->damaged;
		memcpy(keep->aside, report->aside, sizeof(keep->aside));
		return report->error;
	}
	if (report->state == DF_WRITER_OPENED)
		note_opened(sink, report);
	else
		keep->asked = false;
	keep->safe = report->cursor;
	keep->head = report->head;
	return 0;
}

/*
 * Returns 0 if there are no more reports yet; -EPIPE if there will be none; what a
 * report of a failure says.
 */
static int take_reports(struct df_sink *sink)
{
	struct df_writer_report report;
	int err = 0;

	while (!err) {
		ssize_t got = recv(sink->fd, &report, sizeof(report), 0);

		if (got == sizeof(report))
			err = take_report(sink, &report);
		else if (got >= 0)
			err = -EPIPE;
		else if (errno == EAGAIN)
			break;
		/* It left orders unread: what it said before is still there. */
		else if (errno != EINTR && errno != ECONNRESET)
			err = -EPIPE;
	}
	return err;
}

/* Whoever ended without a word did not end in order. */
static int check(struct df_sink *sink)
{
	int err = take_reports(sink);

	if (err == -EPIPE)
		sink->keep.opened = false;
	return err;
}

/* Returns 0; -EAGAIN if the writer is too far behind; another negative errno. */
static int order(struct df_sink *sink, enum df_writer_task task,
		 const struct df_cursor *cursor)
{
	struct df_writer_order head = { .task = task, .cursor = *cursor };
	struct iovec parts[2] = {
		{ &head, offsetof(struct df_writer_order, line) },
		{ sink->buffer.data, sink->buffer.length },
	};
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = task == DF_WRITER_RECORD ? 2 : 1,
	};
	int err;

	while (sendmsg(sink->fd, &message, MSG_NOSIGNAL) < 0) {
		if (errno == EAGAIN)
			return -EAGAIN;
		if (errno == EINTR)
			continue;
		err = -errno;
		/* It says why it is not there any more. */
		return check(sink) ?: err;
	}
	return 0;
}

static int start(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	struct df_writer writer = {
		.path = sink->path,
		.cursor = keep->safe,
		.age = keep->age,
		.size = keep->size,
		.opened = keep->opened,
		.damaged = keep->damaged,
	};
	int err;

	memcpy(writer.aside, keep->aside, sizeof(writer.aside));
	sink->cursor = keep->safe;
	keep->attached = false;
	keep->asked = false;
	err = df_writer_start(&writer, &keep->pid, &sink->fd);
	if (err)
		sink->fd = -1;
	return err;
}

static int attach_store(struct df_sink *sink)
{
	int err = sink->fd < 0 ? start(sink) : 0;

	if (!err)
		err = check(sink);
	return err || sink->keep.attached ? err : -EINPROGRESS;
}

static int encode_store(const struct df_record *record, bool stream,
			struct df_buffer *buffer)
{
	return df_record_json(record, buffer);
}

static int put_store(struct df_sink *sink)
{
	struct df_cursor cursor = sink->cursor;

	df_cursor_advance(&cursor, &sink->current);
	return order(sink, DF_WRITER_RECORD, &cursor);
}

static int commit_store(struct df_sink *sink)
{
	int err = check(sink);

	if (err || !sink->keep.attached || sink->keep.asked)
		return err;
	err = order(sink, DF_WRITER_COMMIT, &sink->cursor);
	sink->keep.asked = !err;
	/* Then it is busy with what it has. */
	return err == -EAGAIN ? 0 : err;
}

/* The writer ends when it has been told so, or when nobody can tell it anything. */
static void tell_end(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	int err = keep->clean ? order(sink, DF_WRITER_END, &sink->cursor) : 0;

	sink->blocked = err == -EAGAIN;
	if (sink->blocked)
		return;
	shutdown(sink->fd, SHUT_WR);
	keep->clean = false;
}

static void detach_store(struct df_sink *sink, bool clean)
{
	struct df_keep *keep = &sink->keep;

	if (keep->ending)
		return;
	keep->ending = true;
	keep->clean = clean && keep->attached;
	/* The backlog still has it, or knows how many are lost. */
	sink->pending = false;
	tell_end(sink);
}

static bool end_store(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	int err;

	if (sink->blocked)
		tell_end(sink);
	do {
		err = take_reports(sink);
	} while (err && err != -EPIPE);
	if (!err)
		return false;
	close(sink->fd);
	sink->fd = -1;
	sink->blocked = false;
	/* It has nothing left to do but to vanish. */
	while (waitpid(keep->pid, NULL, 0) < 0 && errno == EINTR)
		;
	keep->pid = 0;
	keep->ending = false;
	keep->attached = false;
	return true;
}

/**
 * df_sink_checkpoint() - is it time to tell other logs of the head
 * @sink: any
 * @now: tell in any case if there is a new one
 * @note: result
 *
 * Only what is on the disk is told, for it is to be found later.
 *
 * Return: false if not, and for sinks that keep nothing.
 */
bool df_sink_checkpoint(struct df_sink *sink, bool now,
			struct df_store_note *note)
{
	struct df_keep *keep = &sink->keep;
	const struct df_store_link *head = &keep->head;
	int64_t time = now_ms();

	/* The checkpoint itself is a record, but no reason for another. */
	if (!keep->attached || head->number <= keep->checkpoint + 1)
		return false;
	if (!now && keep->told && time - keep->told < CHECKPOINT_MS &&
	    head->number - keep->checkpoint < CHECKPOINT_RECORDS)
		return false;
	keep->checkpoint = head->number;
	keep->told = time;
	memset(note, 0, sizeof(*note));
	note->what = DF_STORE_CHECKPOINT;
	note->link = *head;
	return true;
}

const struct df_sink_ops df_sink_store = {
	.label = "store",
	.encode = encode_store,
	.attach = attach_store,
	.put = put_store,
	.commit = commit_store,
	.detach = detach_store,
	.end = end_store,
};
