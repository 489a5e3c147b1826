// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which events are taken, when the missed ones are fetched, and what each sink
 * is told. See test_backlog_random.c for all of it together.
 */
#include "backlog_util.h"

static void takes_what_is_next(void **state)
{
	struct df_tracker t = { .instance = 1, .next = 5 };

	assert_true(df_tracker_live(&t, 5));
	assert_true(df_tracker_live(&t, 6));
	assert_false(df_tracker_live(&t, 6));
	assert_false(df_tracker_live(&t, 1));
	assert_int_equal(t.next, 7);
	assert_false(t.behind);
}

static void fetches_what_was_missed(void **state)
{
	struct df_tracker t = { .instance = 1, .next = 5 };

	assert_false(df_tracker_live(&t, 8));
	assert_true(t.behind);
	assert_int_equal(t.next, 5);
	/* Even the right one is not taken now: it will be fetched. */
	assert_false(df_tracker_live(&t, 5));

	assert_true(df_tracker_fetched(&t, 5));
	assert_false(df_tracker_fetched(&t, 5));
	assert_true(df_tracker_fetched(&t, 8));
	assert_int_equal(t.next, 9);
	t.behind = false;
	assert_false(df_tracker_live(&t, 8));
	assert_true(df_tracker_live(&t, 9));
}

static void sees_what_came_last(void **state)
{
	struct df_tracker t = { .instance = 1, .next = 5 };

	/* The last live event was lost and no other came behind it. */
	assert_false(df_tracker_status(&t, 1, 6));
	assert_true(t.behind);
	t = (struct df_tracker){ .instance = 1, .next = 6 };
	assert_false(df_tracker_status(&t, 1, 6));
	assert_false(t.behind);
}

static void sees_another_instance(void **state)
{
	struct df_tracker t = { .instance = 1, .next = 50 };

	assert_true(df_tracker_status(&t, 2, 1));
	assert_int_equal(t.instance, 2);
	assert_int_equal(t.next, 1);
	assert_false(t.behind);
	assert_true(df_tracker_status(&t, 3, 2));
	assert_true(t.behind);
}

/* The next record is of this type, and is taken. */
static struct df_record take(const struct df_backlog *b, struct df_cursor *c,
			     enum df_record_type type)
{
	struct df_record record, again;

	assert_true(df_backlog_next(b, c, &record));
	assert_true(df_backlog_next(b, c, &again));
	assert_int_equal(record.type, type);
	assert_int_equal(again.type, type);
	df_cursor_advance(c, &record);
	return record;
}

static void take_event(const struct df_backlog *b, struct df_cursor *c,
		       uint64_t seq)
{
	struct df_record record = take(b, c, DF_RECORD_EVENT);

	assert_int_equal(record.event.seq, seq);
}

static void take_loss(const struct df_backlog *b, struct df_cursor *c,
		      enum df_loss_cause cause, uint64_t first, uint64_t count,
		      uint64_t records)
{
	struct df_record record = take(b, c, DF_RECORD_LOSS);

	assert_int_equal(record.loss.cause, cause);
	assert_int_equal(record.loss.first, first);
	assert_int_equal(record.loss.count, count);
	assert_int_equal(record.loss.records, records);
	assert_int_equal(record.instance, c->instance);
}

static void take_change(const struct df_backlog *b, struct df_cursor *c,
			uint64_t instance, uint64_t previous, uint64_t next)
{
	struct df_record record = take(b, c, DF_RECORD_INSTANCE);

	assert_int_equal(record.instance, instance);
	assert_int_equal(record.change.previous, previous);
	assert_int_equal(record.change.next, next);
}

static void take_nothing(const struct df_backlog *b, struct df_cursor *c)
{
	struct df_record record;

	assert_false(df_backlog_next(b, c, &record));
}

static void gives_each_event_once(void **state)
{
	struct df_cursor fast = { 0 }, slow = { 0 };
	struct df_backlog b;

	assert_int_equal(df_backlog_init(&b, 8), 0);
	take_nothing(&b, &fast);
	put_event(&b, 9, 1);
	put_event(&b, 9, 2);
	take_event(&b, &fast, 1);
	take_event(&b, &fast, 2);
	take_nothing(&b, &fast);
	put_event(&b, 9, 3);
	take_event(&b, &fast, 3);
	take_event(&b, &slow, 1);
	take_event(&b, &slow, 2);
	take_event(&b, &slow, 3);
	take_nothing(&b, &slow);
	df_backlog_free(&b);
}

static void reports_what_the_kernel_lost(void **state)
{
	struct df_cursor c = { .known = true, .instance = 9, .next = 5 };
	struct df_backlog b;

	assert_int_equal(df_backlog_init(&b, 8), 0);
	put_event(&b, 9, 11);
	put_event(&b, 9, 13);
	take_loss(&b, &c, DF_LOSS_KERNEL, 5, 6, 0);
	take_event(&b, &c, 11);
	take_loss(&b, &c, DF_LOSS_KERNEL, 12, 1, 0);
	take_event(&b, &c, 13);
	take_nothing(&b, &c);
	df_backlog_free(&b);
}

static void tells_a_new_sink_what_was_before_it(void **state)
{
	struct df_cursor c = { 0 };
	struct df_backlog b;

	assert_int_equal(df_backlog_init(&b, 8), 0);
	put_message(&b, 9, 1);
	put_event(&b, 9, 3);
	take(&b, &c, DF_RECORD_MESSAGE);
	take_loss(&b, &c, DF_LOSS_KERNEL, 1, 2, 0);
	take_event(&b, &c, 3);
	df_backlog_free(&b);
}

/* Another sink lags behind: what this one has already is not given again. */
static void skips_what_a_sink_has(void **state)
{
	struct df_cursor c = { .known = true, .instance = 9, .next = 3 };
	struct df_backlog b;

	assert_int_equal(df_backlog_init(&b, 8), 0);
	put_message(&b, 9, 1);
	put_event(&b, 9, 1);
	put_event(&b, 9, 2);
	put_event(&b, 9, 3);
	take(&b, &c, DF_RECORD_MESSAGE);
	take_event(&b, &c, 3);
	take_nothing(&b, &c);
	df_backlog_free(&b);
}

static void reports_what_a_slow_sink_lost(void **state)
{
	struct df_cursor c = { 0 };
	struct df_backlog b;
	uint64_t seq;

	assert_int_equal(df_backlog_init(&b, 4), 0);
	put_event(&b, 9, 1);
	take_event(&b, &c, 1);
	for (seq = 2; seq <= 10; seq++)
		put_event(&b, 9, seq);
	take_loss(&b, &c, DF_LOSS_SINK, 2, 5, 5);
	take_event(&b, &c, 7);
	take_event(&b, &c, 8);
	take_event(&b, &c, 9);
	take_event(&b, &c, 10);
	take_nothing(&b, &c);
	df_backlog_free(&b);
}

/* Before it was told of the loss, more was lost: one loss, all of it. */
static void lets_a_loss_grow(void **state)
{
	struct df_record record;
	struct df_cursor c = { 0 };
	struct df_backlog b;
	uint64_t seq;

	assert_int_equal(df_backlog_init(&b, 4), 0);
	for (seq = 1; seq <= 10; seq++) {
		put_event(&b, 9, seq);
		assert_true(df_backlog_next(&b, &c, &record));
	}
	take_loss(&b, &c, DF_LOSS_SINK, 1, 6, 6);
	/* Told, but slow again. */
	put_event(&b, 9, 11);
	put_event(&b, 9, 12);
	take_loss(&b, &c, DF_LOSS_SINK, 7, 2, 2);
	take_event(&b, &c, 9);
	df_backlog_free(&b);
}

static void counts_lost_messages(void **state)
{
	struct df_cursor c = { .known = true, .instance = 9, .next = 1 };
	struct df_backlog b;
	int i;

	assert_int_equal(df_backlog_init(&b, 4), 0);
	for (i = 0; i < 6; i++)
		put_message(&b, 9, 1);
	take_loss(&b, &c, DF_LOSS_SINK, 1, 0, 2);
	for (i = 0; i < 4; i++)
		take(&b, &c, DF_RECORD_MESSAGE);
	take_nothing(&b, &c);
	/* Events and messages in one: three events, one message, one event. */
	put_event(&b, 9, 1);
	put_event(&b, 9, 2);
	put_message(&b, 9, 3);
	put_event(&b, 9, 3);
	put_event(&b, 9, 4);
	put_message(&b, 9, 5);
	put_message(&b, 9, 5);
	put_message(&b, 9, 5);
	put_message(&b, 9, 5);
	take_loss(&b, &c, DF_LOSS_SINK, 1, 4, 5);
	df_backlog_free(&b);
}

static void reports_another_instance(void **state)
{
	struct df_cursor c = { .known = true, .instance = 9, .next = 40 };
	struct df_backlog b;

	assert_int_equal(df_backlog_init(&b, 8), 0);
	put_message(&b, 10, 1);
	put_event(&b, 10, 3);
	take_change(&b, &c, 10, 9, 40);
	take(&b, &c, DF_RECORD_MESSAGE);
	take_loss(&b, &c, DF_LOSS_KERNEL, 1, 2, 0);
	take_event(&b, &c, 3);
	put_event(&b, 11, 1);
	take_change(&b, &c, 11, 10, 4);
	take_event(&b, &c, 1);
	df_backlog_free(&b);
}

/* All that a slow sink would have got of the instance between is gone. */
static void reports_an_instance_behind_a_loss(void **state)
{
	struct df_cursor c = { .known = true, .instance = 9, .next = 40 };
	struct df_backlog b;
	uint64_t seq;

	assert_int_equal(df_backlog_init(&b, 4), 0);
	for (seq = 1; seq <= 10; seq++)
		put_event(&b, 10, seq);
	for (seq = 1; seq <= 6; seq++)
		put_event(&b, 11, seq);
	take_change(&b, &c, 11, 9, 40);
	take_loss(&b, &c, DF_LOSS_SINK, 1, 2, 12);
	take_event(&b, &c, 3);
	df_backlog_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_next),
		cmocka_unit_test(fetches_what_was_missed),
		cmocka_unit_test(sees_what_came_last),
		cmocka_unit_test(sees_another_instance),
		cmocka_unit_test(gives_each_event_once),
		cmocka_unit_test(reports_what_the_kernel_lost),
		cmocka_unit_test(tells_a_new_sink_what_was_before_it),
		cmocka_unit_test(skips_what_a_sink_has),
		cmocka_unit_test(reports_what_a_slow_sink_lost),
		cmocka_unit_test(lets_a_loss_grow),
		cmocka_unit_test(counts_lost_messages),
		cmocka_unit_test(reports_another_instance),
		cmocka_unit_test(reports_an_instance_behind_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
