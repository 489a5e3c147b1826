// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel, a daemon and two sinks that fail at random, against the one thing
 * that must hold: each event of the kernel reaches each sink once, in order, or
 * is in exactly one loss.
 */
#include "backlog_util.h"

/* Events that the kernel keeps, and records that the backlog keeps. */
#define KERNEL_RING 16
#define BACKLOG 12
#define SINKS 2
#define STEPS 200000

struct sink {
	struct df_cursor cursor;
	bool blocked;
	bool said;		/* @instance holds */
	uint64_t instance;
	uint64_t next;		/* everything below is accounted for */
	uint64_t got, lost, changes, messages, dropped;
};

struct world {
	uint64_t instance;
	uint64_t event_next;	/* of the kernel */
	uint64_t live_next;	/* first live message that was not sent */
	struct df_tracker tracker;
	struct df_backlog backlog;
	struct sink sinks[SINKS];
	uint64_t generated, messages;
};

static uint32_t random_state = 12345;

static uint32_t chance(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % n;
}

static void accept(struct sink *sink, const struct df_record *record)
{
	if (!sink->said) {
		sink->said = true;
		sink->instance = record->instance;
		sink->next = 1;
	}
	switch (record->type) {
	case DF_RECORD_INSTANCE:
		assert_int_equal(record->change.previous, sink->instance);
		assert_int_equal(record->change.next, sink->next);
		assert_true(record->instance > sink->instance);
		sink->instance = record->instance;
		sink->next = 1;
		sink->changes++;
		return;
	case DF_RECORD_LOSS:
		assert_int_equal(record->loss.first, sink->next);
		assert_true(record->loss.count || record->loss.records);
		assert_int_equal(!!record->loss.records,
				 record->loss.cause == DF_LOSS_SINK);
		sink->next += record->loss.count;
		sink->lost += record->loss.count;
		sink->dropped += record->loss.records;
		break;
	case DF_RECORD_EVENT:
		assert_int_equal(record->event.seq, sink->next);
		sink->next++;
		sink->got++;
		break;
	case DF_RECORD_MESSAGE:
	case DF_RECORD_STRAY:
	case DF_RECORD_STORE:
	case DF_RECORD_DECLARATION:
		sink->messages++;
		break;
	}
	assert_int_equal(record->instance, sink->instance);
}

static void deliver(struct world *w)
{
	int i;

	for (i = 0; i < SINKS; i++) {
		struct sink *sink = &w->sinks[i];
		struct df_record record;

		while (!sink->blocked &&
		       df_backlog_next(&w->backlog, &sink->cursor, &record)) {
			/* Sometimes it is full at the last moment. */
			if (!chance(8))
				break;
			accept(sink, &record);
			df_cursor_advance(&sink->cursor, &record);
		}
	}
}

static void fetch(struct world *w)
{
	uint64_t seq = w->tracker.next, oldest;

	while (seq < w->event_next) {
		/* The ring moves on while it is read. */
		if (!chance(10)) {
			w->event_next += chance(KERNEL_RING);
			w->live_next = w->event_next;
		}
		oldest = w->event_next > KERNEL_RING ?
			 w->event_next - KERNEL_RING : 1;
		seq = seq < oldest ? oldest : seq;
		if (df_tracker_fetched(&w->tracker, seq)) {
			put_event(&w->backlog, w->instance, seq);
			if (chance(2))
				deliver(w);
		}
		seq++;
	}
	w->tracker.behind = false;
}

static void live(struct world *w)
{
	for (; w->live_next < w->event_next; w->live_next++) {
		if (!chance(20))
			continue;
		if (df_tracker_live(&w->tracker, w->live_next))
			put_event(&w->backlog, w->instance, w->live_next);
	}
}

static void generate(struct world *w)
{
	w->event_next += chance(20) ? 1 : chance(3 * KERNEL_RING);
}

static void look(struct world *w)
{
	df_tracker_status(&w->tracker, w->instance, w->event_next);
}

static void load_module(struct world *w)
{
	w->generated += w->event_next - 1;
	w->instance++;
	w->event_next = 1;
	w->live_next = 1;
	look(w);
	put_message(&w->backlog, w->instance, w->tracker.next);
	w->messages++;
}

/* The daemon is killed: its backlog is gone, the cursors come from the file. */
static void restart(struct world *w)
{
	uint64_t first = w->event_next;
	int i;

	for (i = 0; i < SINKS; i++) {
		struct df_cursor *cursor = &w->sinks[i].cursor;

		cursor->position = 0;
		cursor->dropped = 0;
		if (!cursor->known || cursor->instance != w->instance)
			first = 1;
		else if (cursor->next < first)
			first = cursor->next;
	}
	df_backlog_free(&w->backlog);
	assert_int_equal(df_backlog_init(&w->backlog, BACKLOG), 0);
	w->tracker.next = first;
	w->tracker.behind = first < w->event_next;
	w->live_next = w->event_next;
}

static void step(struct world *w)
{
	switch (chance(12)) {
	case 0:
		w->sinks[chance(SINKS)].blocked = true;
		break;
	case 1:
	case 2:
		w->sinks[chance(SINKS)].blocked = false;
		break;
	case 3:
		look(w);
		break;
	case 4:
		if (!chance(200))
			load_module(w);
		else if (!chance(20))
			restart(w);
		else if (!chance(4))
			put_message(&w->backlog, w->instance, w->tracker.next);
		break;
	default:
		generate(w);
		live(w);
	}
	if (w->tracker.behind && chance(4))
		fetch(w);
	deliver(w);
}

/* Let everything settle, as an idle second of the daemon does. */
static void settle(struct world *w)
{
	int i;

	for (i = 0; i < 100; i++) {
		w->sinks[i % SINKS].blocked = false;
		w->live_next = w->event_next;
		look(w);
		if (w->tracker.behind)
			fetch(w);
		deliver(w);
	}
}

static void loses_nothing_unsaid(void **state)
{
	struct world w = { .instance = 1, .event_next = 1, .live_next = 1 };
	int i;

	assert_int_equal(df_backlog_init(&w.backlog, BACKLOG), 0);
	w.tracker = (struct df_tracker){ .instance = 1, .next = 1 };
	for (i = 0; i < STEPS; i++) {
		step(&w);
		if (i % 1000 == 999)
			settle(&w);
	}
	settle(&w);
	for (i = 0; i < SINKS; i++) {
		struct sink *sink = &w.sinks[i];

		assert_int_equal(sink->instance, w.instance);
		assert_int_equal(sink->next, w.event_next);
		/* The chances were such that everything happened. */
		assert_true(sink->got > STEPS / 4);
		assert_true(sink->lost > STEPS / 100);
		assert_true(sink->changes > 10);
		assert_true(sink->dropped > 100);
		assert_true(sink->messages > 10);
	}
	df_backlog_free(&w.backlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loses_nothing_unsaid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
