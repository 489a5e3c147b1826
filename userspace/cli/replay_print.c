// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison of policies, as text and as JSON. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "replay_print.h"

static const char *const turn_words[] = {
	[DF_TURN_NONE] = "would fare the same",
	[DF_TURN_REFUSED] = "passed and would be refused",
	[DF_TURN_WATCHED] = "were allowed and would pass only because of audit mode",
	[DF_TURN_PASSED] = "were refused and would pass",
	[DF_TURN_OTHERWISE] = "would be refused another way",
};

static const char *const turn_keys[] = {
	[DF_TURN_NONE] = "same",
	[DF_TURN_REFUSED] = "refused",
	[DF_TURN_WATCHED] = "watched",
	[DF_TURN_PASSED] = "passed",
	[DF_TURN_OTHERWISE] = "otherwise",
};

static const char *const unjudged_keys[] = {
	[DF_UNJUDGED_APPLICATION] = "application",
	[DF_UNJUDGED_ADDRESS] = "address",
	[DF_UNJUDGED_FORWARDED] = "forwarded",
	[DF_UNJUDGED_PORT] = "port",
	[DF_UNJUDGED_INTERFACE] = "interface",
};

static_assert(sizeof(turn_words) / sizeof(turn_words[0]) == DF_TURNS,
	      "words for what becomes of flows");
static_assert(sizeof(turn_keys) / sizeof(turn_keys[0]) == DF_TURNS,
	      "keys for what becomes of flows");
static_assert(sizeof(unjudged_keys) / sizeof(unjudged_keys[0]) == DF_UNJUDGED,
	      "keys for what cannot be judged");

static void print_sum(FILE *out, const struct df_replay_sum *sum)
{
	char bytes[32];

	df_report_bytes(sum->bytes, bytes);
	fprintf(out, "%" PRIu64 " flows, %s bytes", sum->flows, bytes);
}

static void print_row(FILE *out, const struct df_replay_row *row)
{
	char was[16], becomes[16];

	fprintf(out, "%s to %s, %s, %s%s%s\n    %s -> %s, ", row->app, row->place,
		row->country, row->operator, *row->operator_name ? " " : "",
		row->operator_name, df_ruling_text(&row->was, was),
		df_ruling_text(&row->becomes, becomes));
	print_sum(out, &row->sum);
	fprintf(out, ", by %s\n", row->origin);
}

static bool any(const struct df_replay_sum *sum)
{
	return sum->flows || sum->bytes;
}

static void print_sums(FILE *out, const struct df_replay *replay)
{
	int i;

	for (i = 0; i < DF_TURNS; i++) {
		if (i != DF_TURN_NONE && !any(&replay->turns[i]))
			continue;
		print_sum(out, &replay->turns[i]);
		fprintf(out, " %s\n", turn_words[i]);
	}
	for (i = 0; i < DF_UNJUDGED; i++) {
		if (!any(&replay->unjudged[i]))
			continue;
		print_sum(out, &replay->unjudged[i]);
		fprintf(out, " cannot be judged: %s\n", df_unjudged_text(i));
	}
}

/**
 * replay_text() - print a comparison for people
 * @out: where to
 * @replay: after df_replay_end()
 * @span: that was read
 */
void replay_text(FILE *out, const struct df_replay *replay,
		 const struct span *span)
{
	char from[32], to[32];
	size_t i;

	for (i = 0; i < replay->count; i++)
		print_row(out, &replay->rows[i]);
	if (any(&replay->rest)) {
		fputs("further places: ", out);
		print_sum(out, &replay->rest);
		putc('\n', out);
	}
	if (replay->count)
		putc('\n', out);
	df_report_moment(span->options.when.from, from);
	df_report_moment(span->options.when.to, to);
	fprintf(out, "from %s to %s under policy %s:\n", from, to,
		replay->image->name);
	print_sums(out, replay);
	for (i = 0; i < span->lack_count; i++)
		fprintf(out, "not known: %s\n", span->lacks[i]);
}

static json_t *json_sum(const struct df_replay_sum *sum)
{
	return json_pack("{s:I, s:I}", "flows", (json_int_t)sum->flows,
			 "bytes", (json_int_t)sum->bytes);
}

static json_t *json_row(const struct df_replay_row *row)
{
	char was[16], becomes[16];

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}",
			 "application", row->app, "destination", row->place,
			 "country", row->country, "operator", row->operator,
			 "operator-name", row->operator_name,
			 "turn", turn_keys[row->turn],
			 "recorded", df_ruling_text(&row->was, was),
			 "new", df_ruling_text(&row->becomes, becomes),
			 "origin", row->origin,
			 "flows", (json_int_t)row->sum.flows,
			 "bytes", (json_int_t)row->sum.bytes);
}

static json_t *json_rows(const struct df_replay *replay)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < replay->count; i++)
		json_add(&array, json_row(&replay->rows[i]));
	return array;
}

static json_t *json_sums(const struct df_replay_sum *sums,
			 const char *const *keys, size_t count)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; object && i < count; i++) {
		if (json_object_set_new(object, keys[i], json_sum(&sums[i]))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *json_lacks(const struct span *span)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < span->lack_count; i++)
		json_add(&array, json_string(span->lacks[i]));
	return array;
}

/**
 * replay_json() - a comparison for programs
 * @replay: after df_replay_end()
 * @span: that was read
 *
 * Return: an object; NULL without memory.
 */
json_t *replay_json(const struct df_replay *replay, const struct span *span)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}",
			 "policy", replay->image->name,
			 "changes", json_rows(replay),
			 "further", json_sum(&replay->rest),
			 "flows", json_sums(replay->turns, turn_keys, DF_TURNS),
			 "not-judged", json_sums(replay->unjudged, unjudged_keys,
						 DF_UNJUDGED),
			 "not-known", json_lacks(span));
}
