// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One ring of records serves all sinks; each has a cursor of its own in it and
 * in the kernel's sequence numbers. A sink that is slow or dead keeps nobody
 * waiting and needs no memory: when it takes records again, the numbers tell
 * what it has missed. There is one rule for every kind of loss: a sink whose
 * next number is lower than that of the record at its cursor has lost what is
 * between the two, be it that the kernel dropped it or that the ring did. And
 * a sink that meets a record of another instance of the module is told so
 * first. That also covers what happened while the daemon did not run, for the
 * cursors are kept over a restart.
 */
#include <errno.h>
#include <stdlib.h>

#include "backlog.h"

/**
 * df_backlog_init() - make an empty backlog
 * @backlog: result
 * @size: records that it holds, at least 1
 *
 * Return: 0 or -ENOMEM.
 */
int df_backlog_init(struct df_backlog *backlog, size_t size)
{
	*backlog = (struct df_backlog){ .size = size };
	backlog->ring = calloc(size, sizeof(*backlog->ring));
	return backlog->ring ? 0 : -ENOMEM;
}

/**
 * df_backlog_free() - the reverse of df_backlog_init()
 * @backlog: may have failed to be made
 */
void df_backlog_free(struct df_backlog *backlog)
{
	free(backlog->ring);
	backlog->ring = NULL;
}

/**
 * df_backlog_append() - put a record in
 * @backlog: the backlog
 * @record: an event or a message; copied. Events come in the order of their
 *	numbers within an instance.
 * @next: number of the event; of a message that of the event to come
 */
void df_backlog_append(struct df_backlog *backlog,
		       const struct df_record *record, uint64_t next)
{
	struct df_backlog_entry *entry;

	entry = &backlog->ring[backlog->head++ % backlog->size];
	entry->record = *record;
	entry->next = next;
}

static void drop_overrun(const struct df_backlog *backlog,
			 struct df_cursor *cursor)
{
	uint64_t oldest = 0;

	if (backlog->head > backlog->size)
		oldest = backlog->head - backlog->size;
	if (cursor->position < oldest) {
		cursor->dropped += oldest - cursor->position;
		cursor->position = oldest;
	}
}

static void make_change(const struct df_cursor *cursor,
			const struct df_backlog_entry *entry,
			struct df_record *record)
{
	*record = (struct df_record){
		.type = DF_RECORD_INSTANCE,
		.instance = entry->record.instance,
		.time = entry->record.time,
		.change = {
			.previous = cursor->instance,
			.next = cursor->next,
		},
	};
}

static void make_loss(const struct df_cursor *cursor,
		      const struct df_backlog_entry *entry,
		      struct df_record *record)
{
	*record = (struct df_record){
		.type = DF_RECORD_LOSS,
		.instance = cursor->instance,
		.time = entry->record.time,
		.loss = {
			.cause = cursor->dropped ? DF_LOSS_SINK : DF_LOSS_KERNEL,
			.first = cursor->next,
			.records = cursor->dropped,
		},
	};
	if (entry->next > cursor->next)
		record->loss.count = entry->next - cursor->next;
}

/**
 * df_backlog_next() - what a sink is to be given next
 * @backlog: the backlog
 * @cursor: of the sink
 * @record: result
 *
 * The cursor stays where it is until df_cursor_advance() says that the sink has
 * taken the record; until then the answer is the same, or a greater loss.
 *
 * Return: false if the sink has everything.
 */
bool df_backlog_next(const struct df_backlog *backlog, struct df_cursor *cursor,
		     struct df_record *record)
{
	drop_overrun(backlog, cursor);
	for (; cursor->position < backlog->head; cursor->position++) {
		const struct df_backlog_entry *entry;

		entry = &backlog->ring[cursor->position % backlog->size];
		if (!cursor->known) {
			cursor->known = true;
			cursor->instance = entry->record.instance;
			cursor->next = 1;
		}
		if (entry->record.instance != cursor->instance) {
			make_change(cursor, entry, record);
			return true;
		}
		if (entry->next > cursor->next || cursor->dropped) {
			make_loss(cursor, entry, record);
			return true;
		}
		/* Events that the sink got before a restart of the daemon. */
		if (entry->record.type == DF_RECORD_EVENT &&
		    entry->next < cursor->next)
			continue;
		*record = entry->record;
		return true;
	}
	return false;
}

/**
 * df_cursor_advance() - a sink has taken a record
 * @cursor: of the sink
 * @record: from df_backlog_next()
 */
void df_cursor_advance(struct df_cursor *cursor, const struct df_record *record)
{
	switch (record->type) {
	case DF_RECORD_INSTANCE:
		cursor->instance = record->instance;
		cursor->next = 1;
		break;
	case DF_RECORD_LOSS:
		cursor->next = record->loss.first + record->loss.count;
		cursor->dropped -= record->loss.records;
		break;
	case DF_RECORD_EVENT:
		cursor->next = record->event.seq + 1;
		cursor->position++;
		break;
	case DF_RECORD_MESSAGE:
	case DF_RECORD_STRAY:
	case DF_RECORD_STORE:
	case DF_RECORD_DECLARATION:
	case DF_RECORD_DAEMON:
	case DF_RECORD_MODULE:
	case DF_RECORD_APP:
	case DF_RECORD_BULK:
		cursor->position++;
		break;
	}
}
