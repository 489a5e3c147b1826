// SPDX-License-Identifier: GPL-2.0-or-later
/* A report for a terminal and for a mail. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "report_page.h"

static void print_sums(FILE *out, const struct df_report_sums *sums)
{
	char bytes[32];

	df_report_bytes(sums->bytes, bytes);
	fprintf(out, "%16s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "  ", bytes,
		sums->flows, sums->attempts, sums->watched);
}

static void print_row(FILE *out, const struct df_report_row *row)
{
	const char *name = *row->label ? row->label :
			   df_country_name(row->key);

	print_sums(out, &row->sums);
	fputs(row->key, out);
	if (*row->country)
		fprintf(out, " %s %s", row->country, row->operator);
	if (name && (*row->label || strlen(row->key) == 2))
		fprintf(out, " %s", name);
	putc('\n', out);
}

static void print_table(FILE *out, const char *title,
			const struct df_report_table *table, size_t top)
{
	struct df_report_sums rest;
	size_t i, count;

	fprintf(out, "\n%s\n%16s %8s %8s %8s\n", title, "bytes", "flows",
		"denied", "watched");
	for (i = 0; i < table->count && i < top; i++)
		print_row(out, &table->rows[i]);
	report_rest(table, top, &rest, &count);
	if (count || table->left_out) {
		print_sums(out, &rest);
		fprintf(out, "%zu others%s\n", count,
			table->left_out ? ", and some not told apart" : "");
	}
}

static void print_apps(FILE *out, const struct df_report *report)
{
	size_t i;

	fprintf(out, "\nApplications\n%16s %8s %8s %8s\n", "bytes", "flows",
		"denied", "watched");
	for (i = 0; i < report->app_count; i++) {
		print_sums(out, &report->apps[i].sums);
		fprintf(out, "%s\n", report->apps[i].name);
	}
	if (report->apps_lost) {
		print_sums(out, &report->apps_rest);
		fputs("others\n", out);
	}
}

static void print_policies(FILE *out, const struct df_report *report)
{
	char from[32];
	size_t i;

	fputs("\nPolicy\n", out);
	for (i = 0; i < report->policy_count; i++) {
		const struct df_report_policy *policy = &report->policies[i];

		df_report_moment(policy->from, from);
		fprintf(out, "  %s  generation %" PRIu64 " %s, by %s as user %" PRIu64 "\n",
			from, policy->generation, policy->name, policy->comm,
			policy->uid);
		fprintf(out, "      digest %s\n", policy->digest);
		if (*policy->geo)
			fprintf(out, "      geo data %s\n", policy->geo);
	}
	if (!report->policy_count)
		fputs("  none is recorded\n", out);
	if (report->live.geo_date) {
		df_report_moment((int64_t)report->live.geo_date * 1000000000,
				 from);
		fprintf(out, "  oldest geo data of the policy in force now: %s\n",
			from);
	}
}

static void print_missing(FILE *out, const struct df_report *report)
{
	char from[32], to[32], text[DF_REPORT_TEXT];
	bool any = false;
	size_t i;

	fputs("\nMissing, or not known\n", out);
	for (i = 0; i < DF_LACKS; i++) {
		if (!report->lacks[i])
			continue;
		any = true;
		df_report_lack_text(report, (enum df_report_lack)i, text);
		fprintf(out, "  %s\n", text);
	}
	for (i = 0; i < report->gap_count; i++) {
		df_report_moment(report->gaps[i].from, from);
		df_report_moment(report->gaps[i].to, to);
		fprintf(out, "      the daemon did not run from %s to %s\n",
			from, to);
	}
	if (report->gaps_more)
		fprintf(out, "      and %" PRIu64 " times more\n",
			report->gaps_more);
	if (!any)
		fputs("  nothing\n", out);
}

static void print_notes(FILE *out, const struct df_report *report)
{
	char bytes[32];

	df_report_bytes(report->open_bytes, bytes);
	fputs("\nNotes\n  Bytes are of flows that have ended, with IP headers.\n",
	      out);
	fprintf(out, "  Flows still open: %" PRIu64 " (%s bytes so far, not counted above)\n",
		report->flows_open, bytes);
	fprintf(out, "  Counted in whole, but begun before the span: %" PRIu64
		", ended after it: %" PRIu64 "\n", report->flows_begun_before,
		report->flows_ended_after);
	fprintf(out, "  Sockets closed: %" PRIu64 "; refused requests to the module: %" PRIu64
		"; records deleted because of age or size: %" PRIu64 "\n",
		report->sockets_closed, report->refused, report->cut);
}

/**
 * report_text() - write a report as text
 * @out: where to
 * @page: the report
 */
void report_text(FILE *out, const struct report_page *page)
{
	const struct df_report *report = page->report;
	char command[2048];
	size_t i;

	if (page->flight)
		fprintf(out, "Flight %s\n\n", page->flight);
	for (i = 0; i < report->app_count; i++) {
		char *text = df_report_statement(report, &report->apps[i]);

		fprintf(out, "%s\n", text ?: "out of memory");
		free(text);
	}
	if (!report->app_count)
		fputs("No application is recorded.\n", out);
	print_apps(out, report);
	print_table(out, "Countries", &report->countries, page->top);
	print_table(out, "Operators", &report->operators, page->top);
	print_table(out, "Destinations", &report->destinations, page->top);
	print_policies(out, report);
	print_missing(out, report);
	print_notes(out, report);
	report_command(page, command, sizeof(command));
	fprintf(out, "\nTo prove the store that this is from:\n  %s\n", command);
}
