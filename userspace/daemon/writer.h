/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that puts records on the disk, and what is said to it and by it. */
#ifndef DF_WRITER_H
#define DF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backlog.h"
#include "buffer.h"
#include "record.h"
#include "store.h"

/**
 * enum df_writer_task - what the writer is told to do
 * @DF_WRITER_RECORD: take a record
 * @DF_WRITER_COMMIT: put what was taken on the disk
 * @DF_WRITER_END: the same, and note that this is the end
 */
enum df_writer_task {
	DF_WRITER_RECORD,
	DF_WRITER_COMMIT,
	DF_WRITER_END,
};

/**
 * struct df_writer_order - one message to the writer
 * @task: what to do
 * @cursor: what the store has got when it is done
 * @line: of a record: JSON, to the end of the message
 */
struct df_writer_order {
	enum df_writer_task task;
	struct df_cursor cursor;
	char line[DF_BUFFER_SIZE];
};

/**
 * enum df_writer_state - what the writer tells
 * @DF_WRITER_OPENED: the store is open
 * @DF_WRITER_SAFE: what was taken is on the disk
 * @DF_WRITER_FAILED: it gives up
 */
enum df_writer_state {
	DF_WRITER_OPENED,
	DF_WRITER_SAFE,
	DF_WRITER_FAILED,
};

/**
 * struct df_writer_report - one message of the writer
 * @state: what it is
 * @is_new: the store was made just now
 * @damaged: of a failure: what is there is not to be gone on with
 * @error: of a failure: negative errno
 * @cursor: what is on the disk
 * @head: last record that is on the disk
 * @aside: of a failure: where a damaged store was put, and nothing says so yet
 */
struct df_writer_report {
	enum df_writer_state state;
	bool is_new;
	bool damaged;
	int error;
	struct df_cursor cursor;
	struct df_store_link head;
	char aside[DF_STORE_FILE_MAX];
};

/**
 * struct df_writer - what the writer works with
 * @path: of the store; borrowed
 * @cursor: what was taken, and for a start what is known from elsewhere
 * @age: delete records that are older; ns, 0 for never
 * @size: delete the oldest records when there are more bytes; 0 for never
 * @opened: there was a writer before: how it ended is known
 * @damaged: what is there is not to be gone on with
 * @aside: where a damaged store was put, until the new one says so
 * @fd: socket to the daemon
 * @store: NULL while it is closed
 * @is_new: it was made just now
 * @waiting: records taken since the last commit
 * @cut: delete up to this number, little by little
 * @looked: when records were last looked for that are too old; ms of
 *	CLOCK_MONOTONIC, 0 for never
 *
 * All up to @aside is set by who starts it.
 */
struct df_writer {
	const char *path;
	struct df_cursor cursor;
	int64_t age;
	uint64_t size;
	bool opened;
	bool damaged;
	char aside[DF_STORE_FILE_MAX];
	int fd;
	struct df_store *store;
	bool is_new;
	unsigned int waiting;
	uint64_t cut;
	int64_t looked;
};

int df_writer_start(const struct df_writer *writer, pid_t *pid, int *fd);

#endif
