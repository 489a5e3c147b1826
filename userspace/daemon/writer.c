// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records that are kept on this machine are put on the disk by a process of its
 * own: that takes as long as the disk likes, and must not hold up anything else.
 * Orders come through a socket, which holds some and no more; reports go back.
 * Records are taken at once and committed together: when there are many of them,
 * and when the daemon says so. What of the events is on the disk is written in
 * the same transaction, so that after a power-off the ones that were lost are
 * fetched again, or reported as lost.
 *
 * When the daemon is killed there are no more orders. What came before is still
 * committed, and the next writer waits for that.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sink.h"
#include "writer.h"

#define NS_PER_SEC 1000000000ll

/* Where the orders come from: the first behind the standard ones. */
#define ORDER_FD 3

/* Most records that a commit is put off for, and that one deletes. */
#define BATCH 1024
#define CUT_BATCH 4096

/* How often records are looked for that are too old. */
#define LOOK_MS (3600 * 1000)

/* A store that is too large is made smaller by this part, so as not to be again. */
#define CUT_PART 16

/* How long, and how often, another writer is waited for. */
#define BUSY_MS 10000
#define BUSY_STEP_US 20000

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

static int64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* A daemon that is gone is noticed when the next order is waited for. */
static void tell(const struct df_writer *writer, enum df_writer_state state,
		 int err)
{
	struct df_writer_report report = {
		.state = state,
		.is_new = writer->is_new,
		.damaged = writer->damaged,
		.error = err,
		.cursor = writer->cursor,
	};

	if (writer->store)
		report.head = *df_store_head(writer->store);
	memcpy(report.aside, writer->aside, sizeof(report.aside));
	while (send(writer->fd, &report, sizeof(report), MSG_NOSIGNAL) < 0 &&
	       errno == EINTR)
		;
}

/* The store speaks for itself, in a record that no other sink gets. */
static int append_note(struct df_writer *writer, const struct df_store_note *note)
{
	struct df_record record = {
		.type = DF_RECORD_STORE,
		.instance = writer->cursor.instance,
		.time = (uint64_t)clock_ns(CLOCK_REALTIME),
		.store = *note,
	};
	struct df_buffer buffer;
	int err;

	df_buffer_reset(&buffer);
	err = df_record_json(&record, &buffer);
	return err ?: df_store_append(writer->store, buffer.data,
				      buffer.length);
}

static int commit_with(struct df_writer *writer, bool clean)
{
	const struct df_cursor *cursor = &writer->cursor;
	struct df_store_mark mark = {
		.known = cursor->known,
		.instance = cursor->instance,
		.next = cursor->next,
		.clean = clean,
	};
	int err = df_store_commit(writer->store, &mark);

	if (!err)
		writer->waiting = 0;
	return err;
}

/* How the last run ended, and that this one has not ended in order yet. */
static int begin(struct df_writer *writer)
{
	struct df_store_note note = { .what = DF_STORE_UNCLEAN };
	int err = 0;

	writer->is_new = df_store_is_new(writer->store);
	if (writer->is_new) {
		note.what = DF_STORE_BEGUN;
		memcpy(note.file, writer->aside, sizeof(note.file));
	} else {
		note.link = *df_store_head(writer->store);
	}
	if (writer->is_new ||
	    (!df_store_mark(writer->store)->clean && !writer->opened))
		err = append_note(writer, &note);
	return err ?: commit_with(writer, false);
}

/* What is on the disk counts, not what was noted elsewhere. */
static void take_mark(struct df_writer *writer)
{
	const struct df_store_mark *mark = df_store_mark(writer->store);

	if (writer->opened || !mark->known)
		return;
	writer->cursor.known = true;
	writer->cursor.instance = mark->instance;
	writer->cursor.next = mark->next;
}

/* A damaged store is evidence, too. */
static int begin_anew(struct df_writer *writer)
{
	char aside[DF_STORE_FILE_MAX];
	int err = df_store_set_aside(writer->path, clock_ns(CLOCK_REALTIME),
				     aside, sizeof(aside));

	if (err)
		return err;
	memcpy(writer->aside, aside, sizeof(aside));
	writer->damaged = false;
	return df_store_open(writer->path, &writer->store);
}

/* A writer of a daemon that was killed may still be at work. */
static int open_patiently(struct df_writer *writer)
{
	int64_t end = now_ms() + BUSY_MS;
	int err;

	do {
		err = df_store_open(writer->path, &writer->store);
	} while (err == -EBUSY && now_ms() < end && !usleep(BUSY_STEP_US));
	return err;
}

static int open_store(struct df_writer *writer)
{
	int err = writer->damaged ? -EUCLEAN : open_patiently(writer);

	if (err == -EUCLEAN)
		err = begin_anew(writer);
	if (err)
		return err;
	take_mark(writer);
	err = begin(writer);
	if (!err)
		tell(writer, DF_WRITER_OPENED, 0);
	return err;
}

/* Find out how much there is to be deleted; it may take more than one turn. */
static int look(struct df_writer *writer)
{
	const struct df_store_link *anchor = df_store_anchor(writer->store);
	uint64_t rows = df_store_head(writer->store)->number - anchor->number;
	int64_t now = now_ms();
	uint64_t size = 0, old;
	int err = 0;

	if (writer->size)
		err = df_store_size(writer->store, &size);
	if (!err && size > writer->size)
		writer->cut = anchor->number + rows / CUT_PART;
	if (err || !writer->age ||
	    (writer->looked && now - writer->looked < LOOK_MS))
		return err;
	err = df_store_older(writer->store,
			     clock_ns(CLOCK_REALTIME) - writer->age, CUT_BATCH,
			     &old);
	/* There are more of them where one turn is full. */
	if (!err && old - anchor->number < CUT_BATCH)
		writer->looked = now;
	if (!err && old > writer->cut)
		writer->cut = old;
	return err;
}

static int cut(struct df_writer *writer)
{
	struct df_store_note note = { .what = DF_STORE_CUT };
	uint64_t anchor = df_store_anchor(writer->store)->number;
	uint64_t head = df_store_head(writer->store)->number;
	uint64_t last = writer->cut;
	int err;

	if (last >= head)
		last = head - 1;
	if (last > anchor + CUT_BATCH)
		last = anchor + CUT_BATCH;
	if (last <= anchor)
		return 0;
	err = df_store_cut(writer->store, last);
	if (err)
		return err;
	note.link = *df_store_anchor(writer->store);
	note.count = last - anchor;
	writer->waiting++;
	return append_note(writer, &note);
}

static int commit(struct df_writer *writer)
{
	int err = 0;

	if (!df_store_in_place(writer->store))
		return -ESTALE;
	if (writer->cut <= df_store_anchor(writer->store)->number)
		err = look(writer);
	if (!err)
		err = cut(writer);
	if (!err && writer->waiting)
		err = commit_with(writer, false);
	if (!err)
		tell(writer, DF_WRITER_SAFE, 0);
	return err;
}

static int put(struct df_writer *writer, const char *line, size_t length)
{
	int err = 0;

	/* Before, not after: the cursor does not know of this record yet. */
	if (writer->waiting >= BATCH) {
		err = commit_with(writer, false);
		if (!err)
			tell(writer, DF_WRITER_SAFE, 0);
	}
	if (!err)
		err = df_store_append(writer->store, line, length);
	if (!err)
		writer->waiting++;
	return err;
}

/* Returns 0; 1 after the last order; a negative errno. */
static int obey(struct df_writer *writer, const struct df_writer_order *order,
		size_t length)
{
	size_t head = offsetof(struct df_writer_order, line);
	int err;

	if (length < head)
		return -EPROTO;
	if (order->task == DF_WRITER_RECORD)
		err = put(writer, order->line, length - head);
	else
		err = 0;
	if (err)
		return err;
	writer->cursor = order->cursor;
	if (order->task == DF_WRITER_COMMIT)
		return commit(writer);
	if (order->task != DF_WRITER_END)
		return 0;
	err = commit_with(writer, true);
	if (!err)
		tell(writer, DF_WRITER_SAFE, 0);
	return err ?: 1;
}

static int serve(struct df_writer *writer)
{
	static struct df_writer_order order;
	int err = open_store(writer);

	while (!err) {
		ssize_t length = recv(writer->fd, &order, sizeof(order), 0);

		if (length > 0)
			err = obey(writer, &order, (size_t)length);
		else if (length == 0 || errno != EINTR)
			break;
	}
	/* Nobody says any more that it was the end. */
	if (!err && writer->waiting) {
		err = commit_with(writer, false);
		if (!err)
			tell(writer, DF_WRITER_SAFE, 0);
	}
	return err;
}

/*
 * It owns copies of the daemon's sockets and of its lock, and keeps none of them.
 * It outlives a daemon that is killed, and who ends the daemon does not end it.
 */
static void be_writer(struct df_writer *writer, int fd)
{
	sigset_t ends;
	int err;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	if (fd != ORDER_FD && dup2(fd, ORDER_FD) < 0)
		_exit(1);
	closefrom(ORDER_FD + 1);
	writer->fd = ORDER_FD;
	err = serve(writer);
	if (err < 0) {
		writer->damaged |= err == -EUCLEAN;
		tell(writer, DF_WRITER_FAILED, err);
	}
	df_store_close(writer->store);
	_exit(err < 0);
}

/**
 * df_writer_start() - start a process that writes a store
 * @writer: what it begins with
 * @pid: result: its number, to be waited for at the end of @fd
 * @fd: result: socket that does not block: &struct df_writer_order in, &struct
 *	df_writer_report out
 *
 * Return: 0 or a negative errno.
 */
int df_writer_start(const struct df_writer *writer, pid_t *pid, int *fd)
{
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	*pid = fork();
	if (!*pid) {
		struct df_writer own = *writer;

		be_writer(&own, ends[1]);
	}
	err = *pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!err && fcntl(ends[0], F_SETFL, O_NONBLOCK))
		err = -errno;
	*fd = ends[0];
	if (err)
		close(ends[0]);
	return err;
}
