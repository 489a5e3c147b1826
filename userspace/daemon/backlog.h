/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that wait for sinks, and what each sink gets next. */
#ifndef DF_BACKLOG_H
#define DF_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/**
 * struct df_backlog_entry - a record and its place among the events
 * @record: the record
 * @next: its own sequence number; of a message the one of the event to come
 */
struct df_backlog_entry {
	struct df_record record;
	uint64_t next;
};

/**
 * struct df_backlog - the latest records; the oldest makes room for a new one
 * @ring: the records
 * @size: most that it holds
 * @head: records ever put in; the next one's position
 */
struct df_backlog {
	struct df_backlog_entry *ring;
	size_t size;
	uint64_t head;
};

/**
 * struct df_cursor - what a sink has got
 * @known: @instance and @next hold; if not, the sink is new
 * @instance: load of the kernel module that @next belongs to
 * @next: sequence number of the first event that the sink does not have
 * @position: in the backlog
 * @dropped: records that made room in the backlog before the sink took them,
 *	and that it has not been told of
 */
struct df_cursor {
	bool known;
	uint64_t instance;
	uint64_t next;
	uint64_t position;
	uint64_t dropped;
};

int df_backlog_init(struct df_backlog *backlog, size_t size);
void df_backlog_free(struct df_backlog *backlog);
void df_backlog_append(struct df_backlog *backlog,
		       const struct df_record *record, uint64_t next);
bool df_backlog_next(const struct df_backlog *backlog, struct df_cursor *cursor,
		     struct df_record *record);
void df_cursor_advance(struct df_cursor *cursor,
		       const struct df_record *record);

#endif
