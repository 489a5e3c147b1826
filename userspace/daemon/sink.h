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

/**
 * struct df_sink_ops - what one kind of sink does in its own way
 * @label: name of the kind
 * @open: open @path without ever waiting; sets @stream where bytes rather than
 *	whole records are written. Returns a descriptor that does not block, or
 *	a negative errno.
 * @encode: put a record into a buffer. Returns 0 or a negative errno.
 */
struct df_sink_ops {
	const char *label;
	int (*open)(const char *path, bool *stream);
	int (*encode)(const struct df_record *record, bool stream,
		      struct df_buffer *buffer);
};

extern const struct df_sink_ops df_sink_journal;
extern const struct df_sink_ops df_sink_json;
extern const struct df_sink_ops df_sink_syslog;

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
};

int df_sink_init(struct df_sink *sink, const struct df_sink_ops *ops,
		 const char *path);
void df_sink_free(struct df_sink *sink);
void df_sink_close(struct df_sink *sink);
int df_sink_deliver(struct df_sink *sink, const struct df_backlog *backlog);

int df_sink_connect(const char *path, int type);
int df_rfc5424(const struct df_record *record, const char *hostname, pid_t pid,
	       struct df_buffer *buffer);
void df_journal_field(struct df_buffer *buffer, const char *name,
		      const char *value);

#endif
