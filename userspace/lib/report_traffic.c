// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the records of packets and flows add to a report. Bytes come from the ends
 * of flows, which are recorded whatever a rule says of logging; attempts from the
 * records of verdicts, and from the ends of flows that had none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "event.h"
#include "report_private.h"
#include "special.h"

/**
 * struct traffic - a record that is read
 * @app: application
 * @address: destination
 * @dns: the name it was asked for by, or ""
 * @country: key of the country
 * @operator: key of the operator
 * @operator_name: what else it is called, or ""
 * @public: the Internet reaches it
 * @hidden: the packet did not show where it went
 * @denied: it did not pass
 * @watched: it should not have passed
 * @flow: number of the flow, 0 for none
 * @start: first packet
 * @last: last packet
 * @sums: what it adds
 */
struct traffic {
	char app[DF_REPORT_KEY];
	char address[DF_REPORT_KEY];
	char dns[DF_REPORT_LABEL];
	char country[8];
	char operator[DF_REPORT_KEY];
	char operator_name[DF_REPORT_LABEL];
	bool public;
	bool hidden;
	bool denied;
	bool watched;
	uint64_t flow;
	int64_t start;
	int64_t last;
	struct df_report_sums sums;
};

static bool read_address(const json_t *record, struct traffic *t)
{
	const char *text = json_string_value(json_object_get(record, "daddr"));
	const char *proto = json_string_value(json_object_get(record, "proto"));
	char address[DF_NET_STRLEN];
	enum df_family family;
	df_u128 number;

	if (!text || df_addr_parse(text, &family, &number))
		return false;
	/* A frame that is no IP packet: nobody knows its addresses. */
	t->hidden = proto && !strncmp(proto, "ether-", 6);
	t->public = !t->hidden && df_addr_is_public(family, number);
	df_addr_format(family, number, address);
	snprintf(t->address, sizeof(t->address), "%s",
		 t->hidden ? "not shown" : address);
	return true;
}

static void read_country(const json_t *record, struct traffic *t)
{
	char code[8];

	df_report_text(record, "country", code, sizeof(code));
	if (!t->public)
		strcpy(t->country, "local");
	else if (strlen(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' &&
		 code[1] >= 'A' && code[1] <= 'Z')
		strcpy(t->country, code);
	else
		strcpy(t->country, "??");
}

/* Whose network it is, or else what the policy calls the operator. */
static void read_operator(const json_t *record, struct traffic *t)
{
	char set[DF_REPORT_KEY - 4], reason[32];
	uint64_t asn;

	df_report_text(record, "reason", reason, sizeof(reason));
	df_report_text(record, "set", set, sizeof(set));

	if (!t->public) {
		strcpy(t->operator, "local");
	} else if (df_report_number(record, "asn", &asn) && asn) {
		snprintf(t->operator, sizeof(t->operator), "AS%llu",
			 (unsigned long long)asn);
		df_report_text(record, "as_name", t->operator_name,
			       sizeof(t->operator_name));
	} else if (*set && !strcmp(reason, "operated-by")) {
		snprintf(t->operator, sizeof(t->operator), "set %s", set);
	} else {
		strcpy(t->operator, "unknown");
	}
}

static bool read_decision(const json_t *record, struct traffic *t)
{
	char verdict[16], mode[16];
	bool refused;

	df_report_text(record, "verdict", verdict, sizeof(verdict));
	df_report_text(record, "mode", mode, sizeof(mode));
	refused = !strcmp(verdict, "deny") || !strcmp(verdict, "drop");
	t->denied = refused && strcmp(mode, "audit");
	t->watched = refused && !t->denied;
	return refused || !strcmp(verdict, "allow");
}

static bool read_traffic(const json_t *record, struct traffic *t)
{
	memset(t, 0, sizeof(*t));
	df_report_number(record, "flow", &t->flow);
	if (!*df_report_text(record, "app", t->app, sizeof(t->app)) ||
	    !read_address(record, t) || !read_decision(record, t) ||
	    !df_report_time(record, "time", &t->start))
		return false;
	t->last = t->start;
	df_report_text(record, "dns", t->dns, sizeof(t->dns));
	read_country(record, t);
	read_operator(record, t);
	return true;
}

static int add_row(struct df_report_table *table, const char *key,
		   const struct traffic *t, struct df_report_row **row)
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

static int add_rows(struct df_report *report, const struct traffic *t)
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

static void add_share(struct df_report_app *app, const struct traffic *t)
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

static void add_app(struct df_report *report, const struct traffic *t)
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

static void add_bucket(struct df_report *report, const struct traffic *t)
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

static int add(struct df_report *report, const struct traffic *t)
{
	add_app(report, t);
	add_bucket(report, t);
	return add_rows(report, t);
}

/* What a record tells of a flow for the first time. */
static void count_once(struct traffic *t, uint8_t seen)
{
	t->sums.attempts = t->denied && !(seen & DF_FLOW_DENIED);
	t->sums.watched = t->watched && !(seen & DF_FLOW_WATCHED);
	t->sums.allowed = !t->denied && !t->watched &&
			  !(seen & DF_FLOW_ALLOWED);
}

static uint8_t flag_of(const struct traffic *t)
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
	struct traffic t;

	if (!read_traffic(record, &t)) {
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

static bool read_flow(const json_t *record, struct traffic *t)
{
	return read_traffic(record, t) &&
	       df_report_time(record, "start_time", &t->start) &&
	       df_report_time(record, "last_time", &t->last) &&
	       df_report_number(record, "packets", &t->sums.packets) &&
	       df_report_number(record, "bytes", &t->sums.bytes) &&
	       df_report_number(record, "refused_packets",
				&t->sums.refused_packets) &&
	       df_report_number(record, "refused_bytes",
				&t->sums.refused_bytes);
}

/* Refused packets of a flow whose rule records nothing are an attempt as well. */
static void count_end(struct traffic *t, uint8_t seen)
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
	struct traffic t;
	uint8_t seen;

	if (!read_flow(record, &t)) {
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
