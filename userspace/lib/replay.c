// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "replay.h"

/* Half of the places stay free. */
#define PLACES (2 * DF_REPLAY_ROWS)

static const char *const unjudged_words[] = {
	[DF_UNJUDGED_APPLICATION] = "the policy does not have the application",
	[DF_UNJUDGED_ADDRESS] = "the packet did not show where it went",
	[DF_UNJUDGED_FORWARDED] = "forwarded for another machine",
	[DF_UNJUDGED_PORT] = "the record has no protocol or port",
	[DF_UNJUDGED_INTERFACE] = "rules ask for the interface, which the record does not have",
};

static_assert(sizeof(unjudged_words) / sizeof(unjudged_words[0]) == DF_UNJUDGED,
	      "words for what cannot be judged");

/**
 * df_unjudged_text() - why flows cannot be judged, for people
 * @why: the reason
 *
 * Return: half a line.
 */
const char *df_unjudged_text(enum df_unjudged why)
{
	return unjudged_words[why];
}

/**
 * df_ruling_text() - a ruling in a word
 * @ruling: the ruling
 * @buf: result
 *
 * Return: @buf.
 */
const char *df_ruling_text(const struct df_ruling *ruling, char buf[16])
{
	bool watched = ruling->audit && ruling->verdict != DFENCE_VERDICT_ALLOW;

	snprintf(buf, 16, "%s%s", df_verdict_name(ruling->verdict),
		 watched ? "/audit" : "");
	return buf;
}

/**
 * df_replay_begin() - nothing compared yet
 * @replay: result; to be freed after an error too
 * @image: the other policy; must outlive @replay
 * @since: of records not before; ns since 1970
 * @until: and before
 * @application: of this application, NULL for all; borrowed
 *
 * Return: 0 or -ENOMEM.
 */
int df_replay_begin(struct df_replay *replay, const struct df_image *image,
		    int64_t since, int64_t until, const char *application)
{
	memset(replay, 0, sizeof(*replay));
	replay->image = image;
	replay->rows = calloc(DF_REPLAY_ROWS, sizeof(*replay->rows));
	replay->index = calloc(PLACES, sizeof(*replay->index));
	if (df_traffic_begin(&replay->pass, since, until, application) ||
	    !replay->rows || !replay->index)
		return -ENOMEM;
	return 0;
}

/**
 * df_replay_free() - the reverse of df_replay_begin()
 * @replay: any that was begun
 */
void df_replay_free(struct df_replay *replay)
{
	df_traffic_end(&replay->pass);
	free(replay->rows);
	free(replay->index);
}

static bool passes(const struct df_ruling *ruling)
{
	return ruling->verdict == DFENCE_VERDICT_ALLOW || ruling->audit;
}

static enum df_turn turn_of(const struct df_ruling *was,
			    const struct df_ruling *becomes)
{
	if (passes(was) != passes(becomes))
		return passes(was) ? DF_TURN_REFUSED : DF_TURN_PASSED;
	if (!passes(was))
		return was->verdict == becomes->verdict ? DF_TURN_NONE :
		       DF_TURN_OTHERWISE;
	return was->verdict == DFENCE_VERDICT_ALLOW &&
	       becomes->verdict != DFENCE_VERDICT_ALLOW ? DF_TURN_WATCHED :
	       DF_TURN_NONE;
}

static void add_to(struct df_replay_sum *to, const struct df_replay_sum *sum)
{
	if (__builtin_add_overflow(to->flows, sum->flows, &to->flows))
		to->flows = UINT64_MAX;
	if (__builtin_add_overflow(to->bytes, sum->bytes, &to->bytes))
		to->bytes = UINT64_MAX;
}

static uint32_t hash_text(uint32_t value, const char *text)
{
	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619u;
	return (value ^ 0xff) * 16777619u;
}

static size_t home(const struct df_replay_row *row)
{
	uint32_t value = hash_text(2166136261u, row->app);

	value = hash_text(value, row->place);
	value = hash_text(value, row->country);
	value = hash_text(value, row->operator);
	return (value ^ row->was.verdict << 2 ^ row->becomes.verdict) & (PLACES - 1);
}

static bool same_ruling(const struct df_ruling *a, const struct df_ruling *b)
{
	return a->verdict == b->verdict && a->audit == b->audit;
}

static bool alike(const struct df_replay_row *a, const struct df_replay_row *b)
{
	return !strcmp(a->app, b->app) && !strcmp(a->place, b->place) &&
	       !strcmp(a->country, b->country) &&
	       !strcmp(a->operator, b->operator) &&
	       same_ruling(&a->was, &b->was) &&
	       same_ruling(&a->becomes, &b->becomes);
}

/* The row for flows like @row; NULL if there is no room for another one. */
static struct df_replay_row *find_row(struct df_replay *replay,
				      const struct df_replay_row *row)
{
	size_t i = home(row);

	while (replay->index[i]) {
		if (alike(&replay->rows[replay->index[i] - 1], row))
			return &replay->rows[replay->index[i] - 1];
		i = (i + 1) & (PLACES - 1);
	}
	if (replay->count == DF_REPLAY_ROWS)
		return NULL;
	replay->rows[replay->count] = *row;
	replay->count++;
	replay->index[i] = (uint32_t)replay->count;
	return &replay->rows[replay->count - 1];
}

static void add_row(struct df_replay *replay, const struct df_traffic *t,
		    struct df_replay_row *row, const struct df_replay_sum *sum)
{
	struct df_replay_row *found;

	strcpy(row->app, t->app);
	strcpy(row->place, *t->dns ? t->dns : t->address);
	strcpy(row->country, t->country);
	strcpy(row->operator, t->operator);
	strcpy(row->operator_name, t->operator_name);
	found = find_row(replay, row);
	add_to(found ? &found->sum : &replay->rest, sum);
}

/**
 * df_replay_add() - compare what a record tells
 * @replay: the comparison
 * @record: of any kind, in the order of the store
 *
 * Return: 0 or -ENOMEM.
 */
int df_replay_add(struct df_replay *replay, const json_t *record)
{
	struct df_replay_row row = { .sum = { 0 } };
	struct df_replay_sum sum;
	enum df_unjudged why;
	struct df_traffic t;
	int err;

	if (!df_traffic_next(&replay->pass, record, &t))
		return 0;
	sum.flows = t.sums.flows;
	sum.bytes = t.denied ? t.sums.refused_bytes : t.sums.bytes;
	row.was.verdict = t.verdict;
	row.was.audit = t.watched;
	err = df_rule_flow(replay->image, &t, &row.becomes, &row.origin, &why);
	if (err == -EAGAIN)
		add_to(&replay->unjudged[why], &sum);
	if (err)
		return err == -EAGAIN ? 0 : err;
	row.turn = turn_of(&row.was, &row.becomes);
	add_to(&replay->turns[row.turn], &sum);
	if (row.turn != DF_TURN_NONE)
		add_row(replay, &t, &row, &sum);
	return 0;
}

static int by_turn(const void *a, const void *b)
{
	const struct df_replay_row *x = a, *y = b;
	int order = strcmp(x->app, y->app);

	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	if (order)
		return order;
	if (x->sum.bytes != y->sum.bytes)
		return x->sum.bytes < y->sum.bytes ? 1 : -1;
	return strcmp(x->place, y->place);
}

/**
 * df_replay_end() - all records are compared
 * @replay: may only be read from now on; what would be refused comes first
 */
void df_replay_end(struct df_replay *replay)
{
	/* A record that cannot be read has no address either. */
	replay->unjudged[DF_UNJUDGED_ADDRESS].flows += replay->pass.unreadable;
	qsort(replay->rows, replay->count, sizeof(*replay->rows), by_turn);
}

/**
 * df_replay_judged() - how many flows could be judged
 * @replay: after df_replay_end()
 *
 * Return: their number.
 */
uint64_t df_replay_judged(const struct df_replay *replay)
{
	uint64_t flows = 0;
	size_t i;

	for (i = 0; i < DF_TURNS; i++)
		flows += replay->turns[i].flows;
	return flows;
}
