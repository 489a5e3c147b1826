/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where records go. */
#ifndef DF_SINK_H
#define DF_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "backlog.h"
#include "buffer.h"
#include "record.h"

struct df_sink;

/**
 * struct df_sink_ops - what one kind of sink does in its own way
 * @label: name of the kind
 * @open: open @path without ever waiting; sets @stream where bytes rather than
 *	whole records are written. Returns a descriptor that does not block, or
 *	a negative errno.
 * @encode: put a record into a buffer. Returns 0 or a negative errno.
 * @attach: in place of @open: begin to make the sink ready, or see how it is.
 *	Returns 0 if it is; -EINPROGRESS if not yet; another negative errno.
 * @put: with @attach: take what @encode made, to be kept with the next @commit.
 *	Returns 0; -EAGAIN if there is no room for more; another negative errno.
 * @commit: with @attach: begin to put everything taken on the disk. Returns 0 or
 *	a negative errno.
 * @detach: with @attach: begin to end it; if @clean, that was all for now. What
 *	was not committed by the end is to be taken again.
 * @end: with @attach: go on with @detach. Returns true at the end.
 */
struct df_sink_ops {
	const char *label;
	int (*open)(const char *path, bool *stream);
	int (*encode)(const struct df_record *record, bool stream,
		      struct df_buffer *buffer);
	int (*attach)(struct df_sink *sink);
	int (*put)(struct df_sink *sink);
	int (*commit)(struct df_sink *sink);
	void (*detach)(struct df_sink *sink, bool clean);
	bool (*end)(struct df_sink *sink);
};

extern const struct df_sink_ops df_sink_journal;
extern const struct df_sink_ops df_sink_json;
extern const struct df_sink_ops df_sink_store;
extern const struct df_sink_ops df_sink_syslog;

/**
 * struct df_keep - what a sink that keeps records needs beside
 * @safe: cursor as it is on the disk
 * @age: delete records that are older; ns, 0 for never
 * @size: delete the oldest records when there are more bytes; 0 for never
 * @pid: process that writes, 0 for none
 * @attached: it takes records
 * @opened: it was open before: how it ended then is known
 * @asked: for a commit that is not done yet
 * @ending: it is closed, but the process has not ended yet
 * @clean: it is still to be told that this is the end
 * @head: last record on the disk
 * @checkpoint: number of the head that was told last
 * @told: when that was; ms of CLOCK_MONOTONIC
 * @damaged: what is there is not to be gone on with
 * @aside: where a damaged store was put, until the new one says so
 */
struct df_keep {
	struct df_cursor safe;
	int64_t age;
	uint64_t size;
	pid_t pid;
	bool attached;
	bool opened;
	bool asked;
	bool ending;
	bool clean;
	struct df_store_link head;
	uint64_t checkpoint;
	int64_t told;
	bool damaged;
	char aside[DF_STORE_FILE_MAX];
};

/**
 * struct df_sink - a sink
 * @name: kind and path, the key in the state file; owned
 * @ops: its kind
 * @path: file or socket; borrowed
 * @fd: -1 while it is closed
 * @stream: see &struct df_sink_ops
 * @blocked: it takes no more for the moment; wait until @fd can be written
 * @cursor: what it has got
 * @pending: @buffer holds @current, of which @sent bytes are written
 * @current: from the backlog, not taken yet
 * @buffer: @current encoded
 * @sent: see @pending
 * @keep: of a sink that keeps records
 */
struct df_sink {
	char *name;
	const struct df_sink_ops *ops;
	const char *path;
	int fd;
	bool stream;
	bool blocked;
	struct df_cursor cursor;
	bool pending;
	struct df_record current;
	struct df_buffer buffer;
	size_t sent;
	struct df_keep keep;
};

int df_sink_init(struct df_sink *sink, const struct df_sink_ops *ops,
		 const char *path);
void df_sink_free(struct df_sink *sink);
void df_sink_close(struct df_sink *sink);
int df_sink_deliver(struct df_sink *sink, const struct df_backlog *backlog);
bool df_sink_is_open(const struct df_sink *sink);
bool df_sink_end(struct df_sink *sink);
unsigned int df_sink_events(const struct df_sink *sink);
int df_sink_resume(struct df_sink *sink);
int df_sink_commit(struct df_sink *sink);
bool df_sink_is_safe(const struct df_sink *sink);
void df_sink_wait(const struct df_sink *sink, int ms);
bool df_sink_checkpoint(struct df_sink *sink, bool now,
			struct df_store_note *note);

int df_sink_connect(const char *path, int type);
int df_record_json(const struct df_record *record, struct df_buffer *buffer);
int df_rfc5424(const struct df_record *record, const char *hostname, pid_t pid,
	       struct df_buffer *buffer);
void df_journal_field(struct df_buffer *buffer, const char *name,
		      const char *value);

#endif
