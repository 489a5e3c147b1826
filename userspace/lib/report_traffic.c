// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the records of packets and flows add to a report. Bytes come from the ends
 * of flows, which are recorded whatever a rule says of logging; attempts from the
 * records of verdicts, and from the ends of flows that had none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report_private.h"
#include "traffic.h"

static int add_row(struct df_report_table *table, const char *key,
		   const struct df_traffic *t, struct df_report_row **row)
{
	int err;

	*row = df_report_table_row(table, key, &err);
	if (*row) {
		df_report_sums_add(&(*row)->sums, &t->sums);
		if (!(*row)->first || t->start < (*row)->first)
			(*row)->first = t->start;
		if (t->last > (*row)->last)
			(*row)->last = t->last;
	} else if (!err) {
		df_report_sums_add(&table->rest, &t->sums);
		table->left_out = true;
	}
	return err;
}

static void label(char to[DF_REPORT_LABEL], const char *text)
{
	if (!*to)
		snprintf(to, DF_REPORT_LABEL, "%s", text);
}

static int add_rows(struct df_report *report, const struct df_traffic *t)
{
	struct df_report_row *row;
	int err = add_row(&report->countries, t->country, t, &row);

	if (!err)
		err = add_row(&report->operators, t->operator, t, &row);
	if (!err && row)
		label(row->label, t->operator_name);
	if (!err)
		err = add_row(&report->destinations, t->address, t, &row);
	if (err || !row)
		return err;
	label(row->label, t->dns);
	row->public = t->public;
	strcpy(row->country, t->country);
	/* One of a record without the number must not hide it. */
	if (!*row->operator || !strncmp(t->operator, "AS", 2))
		strcpy(row->operator, t->operator);
	return 0;
}

static void add_share(struct df_report_app *app, const struct df_traffic *t)
{
	uint64_t *bytes = &app->shares_rest;
	size_t i;

	for (i = 0; i < app->share_count; i++)
		if (!strcmp(app->shares[i].country, t->country))
			break;
	if (i == app->share_count && i < DF_REPORT_SHARES && t->sums.bytes)
		strcpy(app->shares[app->share_count++].country, t->country);
	if (i < app->share_count)
		bytes = &app->shares[i].bytes;
	if (__builtin_add_overflow(*bytes, t->sums.bytes, bytes))
		*bytes = UINT64_MAX;
}

static void add_app(struct df_report *report, const struct df_traffic *t)
{
	struct df_report_app *app = df_report_find_app(report, t->app);

	if (!app) {
		df_report_sums_add(&report->apps_rest, &t->sums);
		return;
	}
	df_report_sums_add(&app->sums, &t->sums);
	if (t->public)
		df_report_sums_add(&app->public, &t->sums);
	if (t->hidden)
		app->lacks |= 1u << DF_LACK_HIDDEN;
	add_share(app, t);
}

static void add_bucket(struct df_report *report, const struct df_traffic *t)
{
	int64_t at = t->last - report->options.when.from;
	struct df_report_bucket *bucket;

	if (at < 0)
		at = 0;
	at /= report->bucket_ns;
	if (at >= (int64_t)report->bucket_count)
		at = (int64_t)report->bucket_count - 1;
	bucket = &report->buckets[at];
	bucket->attempts += t->sums.attempts;
	if (__builtin_add_overflow(bucket->bytes, t->sums.bytes, &bucket->bytes))
		bucket->bytes = UINT64_MAX;
}

static int add(struct df_report *report, const struct df_traffic *t)
{
	add_app(report, t);
	add_bucket(report, t);
	return add_rows(report, t);
}

/* What a record tells of a flow for the first time. */
static void count_once(struct df_traffic *t, uint8_t seen)
{
	t->sums.attempts = t->denied && !(seen & DF_FLOW_DENIED);
	t->sums.watched = t->watched && !(seen & DF_FLOW_WATCHED);
	t->sums.allowed = !t->denied && !t->watched &&
			  !(seen & DF_FLOW_ALLOWED);
}

static uint8_t flag_of(const struct df_traffic *t)
{
	if (t->denied)
		return DF_FLOW_DENIED;
	return t->watched ? DF_FLOW_WATCHED : DF_FLOW_ALLOWED;
}

/**
 * df_report_verdict() - add the record of a verdict
 * @report: where to
 * @record: of kind "verdict"
 *
 * Return: 0 or -ENOMEM.
 */
int df_report_verdict(struct df_report *report, const json_t *record)
{
	uint8_t none = 0, *seen = &none;
	bool full = false;
	struct df_traffic t;

	if (!df_traffic_read(record, &t)) {
		df_report_unreadable(report);
		return 0;
	}
	if (!df_report_wanted(report, t.app) ||
	    !df_report_within(report, t.start, t.start))
		return 0;
	if (t.flow)
		seen = df_report_flows_get(report->flow_set, t.flow, &full);
	if (full) {
		df_report_lack(report, DF_LACK_FULL, 1);
		seen = &none;
	}
	count_once(&t, *seen);
	*seen |= flag_of(&t);
	return add(report, &t);
}

/* Refused packets of a flow whose rule records nothing are an attempt as well. */
static void count_end(struct df_traffic *t, uint8_t seen)
{
	t->sums.flows = 1;
	t->sums.attempts = t->sums.refused_packets && !(seen & DF_FLOW_DENIED);
	t->sums.watched = t->watched && !(seen & DF_FLOW_WATCHED);
	t->sums.allowed = t->sums.packets && !t->watched &&
			  !(seen & DF_FLOW_ALLOWED);
}

/**
 * df_report_flow_end() - add the end of a flow
 * @report: where to
 * @record: of kind "flow-end"; may be from behind the span
 *
 * A flow belongs to the span if a packet of it may: it is noticed some time after
 * the last packet that it has ended. It is counted in whole.
 *
 * Return: 0 or -ENOMEM.
 */
int df_report_flow_end(struct df_report *report, const json_t *record)
{
	const struct df_report_interval *when = &report->options.when;
	struct df_traffic t;
	uint8_t seen;

	if (!df_traffic_read_end(record, &t)) {
		df_report_unreadable(report);
		return 0;
	}
	if (!df_report_wanted(report, t.app))
		return 0;
	seen = df_report_flows_take(report->flow_set, t.flow);
	if (!df_report_within(report, t.start, t.last))
		return 0;
	report->flows_begun_before += t.start < when->from;
	report->flows_ended_after += t.last >= when->to;
	count_end(&t, seen);
	return add(report, &t);
}

/**
 * df_report_evidence() - note in which mode a policy has an application
 * @report: where to
 * @record: of any kind that has both, from any time
 */
void df_report_evidence(struct df_report *report, const json_t *record)
{
	char name[DF_REPORT_KEY], mode[16], instance[17];
	struct df_report_app *app;
	uint64_t generation;

	df_report_text(record, "app", name, sizeof(name));
	df_report_text(record, "mode", mode, sizeof(mode));
	df_report_text(record, "instance", instance, sizeof(instance));
	if (!*name || !*mode || !df_report_wanted(report, name) ||
	    !df_report_number(record, "gen", &generation))
		return;
	app = df_report_find_app(report, name);
	if (app)
		df_report_note_mode(report, app, instance, generation,
				    strcmp(mode, "enforce") ? DF_MODE_AUDIT :
				    DF_MODE_ENFORCE);
}
