// SPDX-License-Identifier: GPL-2.0-or-later
/* A report for programs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "event.h"
#include "report_page.h"

static json_t *number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/**
 * report_moment_json() - a point in time for programs
 * @ns: ns since 1970
 *
 * Return: new text, or NULL without memory.
 */
json_t *report_moment_json(int64_t ns)
{
	char text[DF_TIME_STRLEN];

	df_time_format((uint64_t)ns, 9, text);
	return json_string(text);
}

static json_t *sums_json(const struct df_report_sums *sums)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "bytes", number(sums->bytes),
			 "packets", number(sums->packets),
			 "flows", number(sums->flows),
			 "denied", number(sums->attempts),
			 "watched", number(sums->watched),
			 "refused-packets", number(sums->refused_packets),
			 "refused-bytes", number(sums->refused_bytes));
}

static json_t *row_json(const struct df_report_row *row)
{
	json_t *json = sums_json(&row->sums);

	if (!json || json_object_set_new(json, "name", json_text(row->key)) ||
	    json_object_set_new(json, "label", *row->label ?
				json_text(row->label) : json_null()))
		goto fail;
	if (*row->country &&
	    (json_object_set_new(json, "country", json_text(row->country)) ||
	     json_object_set_new(json, "operator", json_text(row->operator)) ||
	     json_object_set_new(json, "public", json_boolean(row->public)) ||
	     json_object_set_new(json, "first", report_moment_json(row->first)) ||
	     json_object_set_new(json, "last", report_moment_json(row->last))))
		goto fail;
	return json;
fail:
	json_decref(json);
	return NULL;
}

static json_t *table_json(const struct df_report_table *table, size_t top)
{
	json_t *rows = json_array();
	struct df_report_sums rest;
	size_t i, count;

	for (i = 0; i < table->count && i < top; i++)
		json_add(&rows, row_json(&table->rows[i]));
	report_rest(table, top, &rest, &count);
	return json_pack("{s:o, s:o, s:I, s:b}", "rows", rows, "rest",
			 sums_json(&rest), "rest-rows", (json_int_t)count,
			 "more-not-told-apart", table->left_out);
}

/**
 * report_lacks_json() - what is not known, for programs
 * @report: after df_report_end()
 * @lacks: a bit for each of enum df_report_lack
 *
 * Return: new array of texts, or NULL without memory.
 */
json_t *report_lacks_json(const struct df_report *report, uint32_t lacks)
{
	json_t *array = json_array();
	char text[DF_REPORT_TEXT];
	int i;

	for (i = 0; i < DF_LACKS; i++) {
		if (!(lacks & 1u << i))
			continue;
		df_report_lack_text(report, (enum df_report_lack)i, text);
		json_add(&array, json_string(text));
	}
	return array;
}

static json_t *app_json(const struct df_report *report,
			const struct df_report_app *app)
{
	uint32_t lacks = df_report_lacking(report, app);
	bool contacted = df_report_contacted(app);
	char *text = df_report_statement(report, app);
	json_t *json = sums_json(&app->sums);
	json_t *more;

	more = json_pack("{s:o, s:o, s:o, s:b, s:b, s:o}",
			 "application", json_text(app->name),
			 "statement", text ? json_string(text) : NULL,
			 "public", sums_json(&app->public),
			 "public-contacted", contacted,
			 "proved", !lacks || contacted,
			 "lacking", report_lacks_json(report, lacks));
	free(text);
	if (json && more && !json_object_update(more, json)) {
		json_decref(json);
		return more;
	}
	json_decref(json);
	json_decref(more);
	return NULL;
}

static json_t *apps_json(const struct df_report *report)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < report->app_count; i++)
		json_add(&array, app_json(report, &report->apps[i]));
	return array;
}

static json_t *policy_json(const struct df_report_policy *policy)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "from", report_moment_json(policy->from),
			 "instance", json_text(policy->instance),
			 "generation", number(policy->generation),
			 "policy", json_text(policy->name),
			 "digest", json_text(policy->digest),
			 "geo", json_text(*policy->geo ? policy->geo : NULL),
			 "comm", json_text(policy->comm),
			 "uid", number(policy->uid));
}

static json_t *policies_json(const struct df_report *report)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < report->policy_count; i++)
		json_add(&array, policy_json(&report->policies[i]));
	return array;
}

/**
 * report_intervals_json() - spans of time for programs
 * @list: the spans
 * @count: how many
 *
 * Return: new array of objects, or NULL without memory.
 */
json_t *report_intervals_json(const struct df_report_interval *list,
			      size_t count)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_add(&array,
			 json_pack("{s:o, s:o}",
				   "from", report_moment_json(list[i].from),
				   "to", report_moment_json(list[i].to)));
	return array;
}

static uint32_t all_lacks(const struct df_report *report)
{
	uint32_t lacks = 0;
	int i;

	for (i = 0; i < DF_LACKS; i++)
		lacks |= report->lacks[i] ? 1u << i : 0;
	return lacks;
}

static json_t *buckets_json(const struct df_report *report)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < report->bucket_count; i++) {
		const struct df_report_bucket *bucket = &report->buckets[i];
		json_t *json = json_pack("{s:o, s:o, s:o}", "from",
					 report_moment_json(report->options.when.from +
						(int64_t)i * report->bucket_ns),
					 "bytes", number(bucket->bytes),
					 "denied", number(bucket->attempts));

		json_add(&array, json);
	}
	return array;
}

/**
 * report_json() - a report as an object
 * @page: the report
 *
 * Return: new object, or NULL without memory.
 */
json_t *report_json(const struct report_page *page)
{
	const struct df_report *report = page->report;
	char hash[DF_STORE_HASH_STRLEN], command[2048];

	df_store_hash_text(page->head.hash, hash);
	report_command(page, command, sizeof(command));
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:{s:s, s:s}}",
			 "v", 1,
			 "since", report_moment_json(report->options.when.from),
			 "until", report_moment_json(report->options.when.to),
			 "made", report_moment_json(page->made),
			 "flight", json_text(page->flight),
			 "applications", apps_json(report),
			 "countries", table_json(&report->countries, page->top),
			 "operators", table_json(&report->operators, page->top),
			 "destinations",
			 table_json(&report->destinations, page->top),
			 "policies", policies_json(report),
			 "daemon-down", report_intervals_json(report->gaps, report->gap_count),
			 "lacking", report_lacks_json(report, all_lacks(report)),
			 "timeline", buckets_json(report),
			 "flows", "open", number(report->flows_open),
			 "open-bytes", number(report->open_bytes),
			 "begun-before", number(report->flows_begun_before),
			 "ended-after", number(report->flows_ended_after),
			 "store", "verify", command, "head", hash);
}
