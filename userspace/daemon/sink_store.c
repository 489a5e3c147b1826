// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records that are kept on this machine. They are taken at once and put on the
 * disk together: when there are many of them, and once a second. What of the
 * events is on the disk is written in the same transaction, so that after a
 * power-off the ones that were lost are fetched again, or reported as lost.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "sink.h"

#define NS_PER_SEC 1000000000ll

/* Most records that a commit is put off for, and that one deletes. */
#define BATCH 1024
#define CUT_BATCH 4096

/* How often records are looked for that are too old. */
#define LOOK_MS (3600 * 1000)

/* The head is told after so many records, and after so long if there are any. */
#define CHECKPOINT_RECORDS 1000
#define CHECKPOINT_MS (600 * 1000)

/* A store that is too large is made smaller by this part, so as not to be again. */
#define CUT_PART 16

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

static struct df_store_mark make_mark(const struct df_cursor *cursor, bool clean)
{
	return (struct df_store_mark){
		.known = cursor->known,
		.instance = cursor->instance,
		.next = cursor->next,
		.clean = clean,
	};
}

/* The store speaks for itself, in a record that no other sink gets. */
static int append_note(struct df_sink *sink, const struct df_store_note *note)
{
	struct df_record record = {
		.type = DF_RECORD_STORE,
		.instance = sink->cursor.instance,
		.time = (uint64_t)clock_ns(CLOCK_REALTIME),
		.store = *note,
	};
	struct df_buffer buffer;
	int err;

	df_buffer_reset(&buffer);
	err = df_record_json(&record, &buffer);
	return err ?: df_store_append(sink->keep.store, buffer.data,
				      buffer.length);
}

static int commit_with(struct df_sink *sink, bool clean)
{
	struct df_store_mark mark = make_mark(&sink->cursor, clean);
	int err = df_store_commit(sink->keep.store, &mark);

	if (err)
		return err;
	sink->keep.safe = sink->cursor;
	sink->keep.waiting = 0;
	return 0;
}

/* How the last run ended, and that this one has not ended in order yet. */
static int begin(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	struct df_store_note note = { .what = DF_STORE_UNCLEAN };
	bool is_new = df_store_is_new(keep->store);
	int err = 0;

	if (is_new) {
		note.what = DF_STORE_BEGUN;
		memcpy(note.file, keep->aside, sizeof(note.file));
		keep->checkpoint = 0;
		keep->told = 0;
	} else {
		note.link = *df_store_head(keep->store);
	}
	if (is_new || (!df_store_mark(keep->store)->clean && !keep->opened))
		err = append_note(sink, &note);
	if (!err)
		err = commit_with(sink, false);
	if (err)
		return err;
	keep->opened = true;
	keep->aside[0] = '\0';
	return 0;
}

/* What is on the disk counts, not what was noted elsewhere. */
static void take_mark(struct df_sink *sink)
{
	const struct df_store_mark *mark = df_store_mark(sink->keep.store);

	if (sink->keep.opened || !mark->known)
		return;
	sink->cursor.known = true;
	sink->cursor.instance = mark->instance;
	sink->cursor.next = mark->next;
}

/* A damaged store is evidence, too. */
static int begin_anew(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	char aside[DF_STORE_FILE_MAX];
	int err = df_store_set_aside(sink->path, clock_ns(CLOCK_REALTIME), aside,
				     sizeof(aside));

	if (err)
		return err;
	memcpy(keep->aside, aside, sizeof(aside));
	keep->damaged = false;
	return df_store_open(sink->path, &keep->store);
}

static int attach_store(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	int err = keep->damaged ? -EUCLEAN :
		  df_store_open(sink->path, &keep->store);

	if (err == -EUCLEAN)
		err = begin_anew(sink);
	if (err)
		return err;
	keep->waiting = 0;
	keep->cut = 0;
	keep->looked = 0;
	take_mark(sink);
	return begin(sink);
}

static void detach_store(struct df_sink *sink, bool clean)
{
	struct df_keep *keep = &sink->keep;

	if (clean)
		commit_with(sink, true);
	df_store_close(keep->store);
	keep->store = NULL;
	/* The backlog still has them, or knows how many are lost. */
	sink->cursor = keep->safe;
	sink->pending = false;
}

static int encode_store(const struct df_record *record, bool stream,
			struct df_buffer *buffer)
{
	return df_record_json(record, buffer);
}

static int put_store(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	int err = 0;

	/* Before, not after: the cursor does not know of this record yet. */
	if (keep->waiting >= BATCH)
		err = commit_with(sink, false);
	if (!err)
		err = df_store_append(keep->store, sink->buffer.data,
				      sink->buffer.length);
	if (!err)
		keep->waiting++;
	keep->damaged |= err == -EUCLEAN;
	return err;
}

/* Find out how much there is to be deleted; it may take more than one turn. */
static int look(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	const struct df_store_link *anchor = df_store_anchor(keep->store);
	uint64_t rows = df_store_head(keep->store)->number - anchor->number;
	int64_t now = now_ms();
	uint64_t size = 0, old;
	int err = 0;

	if (keep->size)
		err = df_store_size(keep->store, &size);
	if (!err && size > keep->size)
		keep->cut = anchor->number + rows / CUT_PART;
	if (err || !keep->age ||
	    (keep->looked && now - keep->looked < LOOK_MS))
		return err;
	err = df_store_older(keep->store, clock_ns(CLOCK_REALTIME) - keep->age,
			     CUT_BATCH, &old);
	/* There are more of them where one turn is full. */
	if (!err && old - anchor->number < CUT_BATCH)
		keep->looked = now;
	if (!err && old > keep->cut)
		keep->cut = old;
	return err;
}

static int cut(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	struct df_store_note note = { .what = DF_STORE_CUT };
	uint64_t anchor = df_store_anchor(keep->store)->number;
	uint64_t head = df_store_head(keep->store)->number;
	uint64_t last = keep->cut;
	int err;

	if (last >= head)
		last = head - 1;
	if (last > anchor + CUT_BATCH)
		last = anchor + CUT_BATCH;
	if (last <= anchor)
		return 0;
	err = df_store_cut(keep->store, last);
	if (err)
		return err;
	note.link = *df_store_anchor(keep->store);
	note.count = last - anchor;
	keep->waiting++;
	return append_note(sink, &note);
}

static int commit_store(struct df_sink *sink)
{
	struct df_keep *keep = &sink->keep;
	int err = 0;

	if (!df_store_in_place(keep->store))
		return -ESTALE;
	if (keep->cut <= df_store_anchor(keep->store)->number)
		err = look(sink);
	if (!err)
		err = cut(sink);
	if (!err && keep->waiting)
		err = commit_with(sink, false);
	keep->damaged |= err == -EUCLEAN;
	return err;
}

/**
 * df_sink_checkpoint() - is it time to tell other logs of the head
 * @sink: any
 * @now: tell in any case if there is a new one
 * @note: result
 *
 * Return: false if not, and for sinks that keep nothing.
 */
bool df_sink_checkpoint(struct df_sink *sink, bool now,
			struct df_store_note *note)
{
	struct df_keep *keep = &sink->keep;
	const struct df_store_link *head;
	int64_t time = now_ms();

	/* Only what is on the disk can be asked for later. */
	if (!keep->store || keep->waiting)
		return false;
	head = df_store_head(keep->store);
	/* The checkpoint itself is a record, but no reason for another. */
	if (head->number <= keep->checkpoint + 1)
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
};
