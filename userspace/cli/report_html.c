// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report as one page that a browser shows without asking anybody for anything:
 * no script, no font, no picture, and a policy in its head that forbids all of them.
 * Names that others chose are escaped twice: as in every form, and for markup.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "report_page.h"

static const char head[] =
"<!doctype html>\n"
"<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
"<meta name=\"referrer\" content=\"no-referrer\">\n"
"<meta name=\"viewport\" content=\"width=device-width\">\n"
"<title>dronefence report</title>\n<style>\n"
":root{color-scheme:light dark;--back:#fff;--text:#1a1c20;--soft:#5b616b;--line:#d5d9df;--land:#e6e8eb;--b1:#c6dbef;--b2:#9ecae1;--b3:#6baed6;--b4:#3182bd;--b5:#08519c;--red:#c62828;--amber:#b26a00;--card:#f6f7f9}\n"
"@media screen and (prefers-color-scheme:dark){:root{--back:#14161a;--text:#e8eaed;--soft:#a3a9b3;--line:#3a3f47;--land:#2b2f36;--b1:#1f3d5c;--b2:#28598a;--b3:#3579b8;--b4:#5ba3e0;--b5:#9cd0ff;--red:#ff6f60;--amber:#ffb74d;--card:#1c1f24}}\n"
"body{margin:0 auto;max-width:64rem;padding:1.5rem;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}\n"
"h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}\n"
".soft{color:var(--soft)}.card{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--b4);border-radius:4px;padding:.6rem 1rem;margin:.6rem 0}\n"
".card.proved{border-left-color:#2e7d32}.card.open{border-left-color:var(--amber)}\n"
"figure{margin:1rem 0;break-inside:avoid}svg{display:block;width:100%;height:auto}\n"
".map path{stroke:var(--back);stroke-width:1}.b0{fill:var(--land)}.b1,.m1{fill:var(--b1)}.b2,.m2{fill:var(--b2)}.b3,.m3{fill:var(--b3)}.b4,.m4{fill:var(--b4)}.b5,.m5{fill:var(--b5)}.m0{fill:var(--back)}\n"
".dot{stroke:var(--soft);stroke-width:.6}.mark{stroke:var(--soft);stroke-width:2}.mark.denied{stroke:var(--red);stroke-width:5}.mark.watched{stroke:var(--amber);stroke-width:5}\n"
".map .lead{stroke:var(--soft);stroke-width:2;fill:none}.map text{font:bold 17px system-ui,sans-serif;text-anchor:middle;fill:var(--text)}.map .t4,.map .t5{fill:var(--back)}\n"
".time text{font:12px system-ui,sans-serif;fill:var(--soft)}.time .end{text-anchor:end}.sent{fill:var(--b4)}.refused{fill:var(--red)}.axis{stroke:var(--soft);fill:none}\n"
".key span{display:inline-block;width:.9em;height:.9em;border-radius:50%;border:2px solid transparent;margin:0 .3em 0 1em;vertical-align:-.1em}\n"
"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.25rem .5rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}th{color:var(--soft);font-weight:600;overflow-wrap:normal}.n{text-align:right;white-space:nowrap}\n"
"pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);padding:.6rem}ul{padding-left:1.2rem}\n"
"@media print{:root{color-scheme:light}body{max-width:none;padding:0;font-size:11px}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}tr,.card{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}}\n"
"@page{margin:15mm}\n"
"</style>\n</head>\n<body>\n";

static const char key[] =
"<p class=\"key soft\">The stronger, the more bytes. A mark stands for a small country,\n"
"or for one with denied attempts.\n"
"<span style=\"border-color:var(--red)\"></span>attempts were denied\n"
"<span style=\"border-color:var(--amber)\"></span>attempts passed,\n"
"because the policy only watched</p>\n";

static void cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	report_escaped(out, text);
	fputs("</td>", out);
}

static void number(FILE *out, uint64_t value)
{
	fprintf(out, "<td class=\"n\">%" PRIu64 "</td>", value);
}

static void sums(FILE *out, const struct df_report_sums *s)
{
	char bytes[32];

	df_report_bytes(s->bytes, bytes);
	fprintf(out, "<td class=\"n\">%s</td>", bytes);
	number(out, s->flows);
	number(out, s->attempts);
	number(out, s->watched);
}

static void begin_table(FILE *out, const char *title, const char *columns)
{
	fprintf(out, "<h2>%s</h2>\n<table>\n<thead><tr>%s<th class=\"n\">bytes</th><th class=\"n\">flows</th><th class=\"n\">denied</th><th class=\"n\">watched</th></tr></thead>\n<tbody>\n",
		title, columns);
}

static void rest(FILE *out, const struct df_report_table *table, size_t top,
		 int columns)
{
	struct df_report_sums left;
	size_t count;

	report_rest(table, top, &left, &count);
	if (count || table->left_out) {
		fprintf(out, "<tr><td colspan=\"%d\">%zu others%s</td>", columns,
			count, table->left_out ? ", and some not told apart" : "");
		sums(out, &left);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n", out);
}

static const char *country_label(const char *code)
{
	const char *name = strlen(code) == 2 ? df_country_name(code) : NULL;

	if (!strcmp(code, "local"))
		return "not public";
	return name ?: "unknown";
}

static void countries(FILE *out, const struct report_page *page)
{
	const struct df_report_table *table = &page->report->countries;
	size_t i;

	begin_table(out, "Countries", "<th>code</th><th>country</th>");
	for (i = 0; i < table->count && i < page->top; i++) {
		fputs("<tr>", out);
		cell(out, table->rows[i].key);
		cell(out, country_label(table->rows[i].key));
		sums(out, &table->rows[i].sums);
		fputs("</tr>\n", out);
	}
	rest(out, table, page->top, 2);
}

static void operators(FILE *out, const struct report_page *page)
{
	const struct df_report_table *table = &page->report->operators;
	size_t i;

	begin_table(out, "Operators", "<th>operator</th><th>name</th>");
	for (i = 0; i < table->count && i < page->top; i++) {
		fputs("<tr>", out);
		cell(out, table->rows[i].key);
		cell(out, table->rows[i].label);
		sums(out, &table->rows[i].sums);
		fputs("</tr>\n", out);
	}
	rest(out, table, page->top, 2);
}

static void destinations(FILE *out, const struct report_page *page)
{
	const struct df_report_table *table = &page->report->destinations;
	size_t i;

	begin_table(out, "Destinations", "<th>address</th><th>name asked for</th><th>country</th><th>operator</th>");
	for (i = 0; i < table->count && i < page->top; i++) {
		fputs("<tr>", out);
		cell(out, table->rows[i].key);
		cell(out, table->rows[i].label);
		cell(out, table->rows[i].country);
		cell(out, table->rows[i].operator);
		sums(out, &table->rows[i].sums);
		fputs("</tr>\n", out);
	}
	rest(out, table, page->top, 4);
}

static void apps(FILE *out, const struct df_report *report)
{
	size_t i;

	begin_table(out, "Applications", "<th>application</th>");
	for (i = 0; i < report->app_count; i++) {
		fputs("<tr>", out);
		cell(out, report->apps[i].name);
		sums(out, &report->apps[i].sums);
		fputs("</tr>\n", out);
	}
	if (report->apps_lost) {
		fputs("<tr><td>others</td>", out);
		sums(out, &report->apps_rest);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n", out);
}

static void statements(FILE *out, const struct df_report *report)
{
	size_t i;

	for (i = 0; i < report->app_count; i++) {
		const struct df_report_app *app = &report->apps[i];
		char *text = df_report_statement(report, app);
		const char *class = "";

		if (!df_report_contacted(app))
			class = df_report_lacking(report, app) ? " open" :
				" proved";
		fprintf(out, "<p class=\"card%s\">", class);
		report_escaped(out, text ?: "out of memory");
		fputs("</p>\n", out);
		free(text);
	}
	if (!report->app_count)
		fputs("<p class=\"card open\">No application is recorded.</p>\n",
		      out);
}

static void policies(FILE *out, const struct df_report *report)
{
	char from[32];
	size_t i;

	fputs("<h2>Policy</h2>\n<table>\n<thead><tr><th>in force since</th><th>generation</th><th>name</th><th>applied by</th><th>geo data</th><th>digest</th></tr></thead>\n<tbody>\n",
	      out);
	for (i = 0; i < report->policy_count; i++) {
		const struct df_report_policy *policy = &report->policies[i];

		df_report_moment(policy->from, from);
		fprintf(out, "<tr><td>%s</td><td>%" PRIu64 "</td>", from,
			policy->generation);
		cell(out, policy->name);
		fputs("<td>", out);
		report_escaped(out, policy->comm);
		fprintf(out, ", user %" PRIu64 "</td>", policy->uid);
		cell(out, *policy->geo ? policy->geo : "not recorded");
		cell(out, policy->digest);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n", out);
	if (!report->policy_count)
		fputs("<p>None is recorded.</p>\n", out);
	if (!report->live.geo_date)
		return;
	df_report_moment((int64_t)report->live.geo_date * 1000000000, from);
	fprintf(out, "<p class=\"soft\">Oldest geo data of the policy in force when this was written: %s.</p>\n",
		from);
}

static void missing(FILE *out, const struct df_report *report)
{
	char from[32], to[32], text[DF_REPORT_TEXT];
	size_t i, count = 0;

	fputs("<h2>Missing, or not known</h2>\n<ul>\n", out);
	for (i = 0; i < DF_LACKS; i++) {
		if (!report->lacks[i])
			continue;
		count++;
		df_report_lack_text(report, (enum df_report_lack)i, text);
		fputs("<li>", out);
		report_escaped(out, text);
		fputs("</li>\n", out);
	}
	for (i = 0; i < report->gap_count; i++) {
		df_report_moment(report->gaps[i].from, from);
		df_report_moment(report->gaps[i].to, to);
		fprintf(out, "<li>the daemon did not run from %s to %s</li>\n",
			from, to);
	}
	if (report->gaps_more)
		fprintf(out, "<li>and %" PRIu64 " times more</li>\n",
			report->gaps_more);
	if (!count)
		fputs("<li>nothing</li>\n", out);
	fputs("</ul>\n", out);
}

static void notes(FILE *out, const struct report_page *page)
{
	const struct df_report *report = page->report;
	char command[2048], bytes[32];

	df_report_bytes(report->open_bytes, bytes);
	fputs("<p class=\"soft\">Bytes are of flows that have ended, with IP headers.\n",
	      out);
	fprintf(out, "Flows still open: %" PRIu64 " (%s bytes so far, not counted).\n",
		report->flows_open, bytes);
	fprintf(out, "Counted in whole, but begun before the span: %" PRIu64 ",\n",
		report->flows_begun_before);
	fprintf(out, "ended after it: %" PRIu64 ".\n",
		report->flows_ended_after);
	fprintf(out, "Sockets closed: %" PRIu64 ". Refused requests to the module: %" PRIu64 ".\n",
		report->sockets_closed, report->refused);
	fprintf(out, "Records deleted because of age or size: %" PRIu64 ".</p>\n",
		report->cut);
	fputs("<h2>To prove the store that this is from</h2>\n<pre>", out);
	report_command(page, command, sizeof(command));
	report_escaped(out, command);
	fputs("</pre>\n", out);
}

/**
 * report_html() - write a report as a page
 * @out: where to
 * @page: the report
 */
void report_html(FILE *out, const struct report_page *page)
{
	const struct df_report *report = page->report;
	char from[32], to[32], made[32];

	df_report_moment(report->options.when.from, from);
	df_report_moment(report->options.when.to, to);
	df_report_moment(page->made, made);
	fputs(head, out);
	fputs("<h1>dronefence report</h1>\n<p class=\"soft\">", out);
	if (page->flight) {
		fputs("Flight ", out);
		report_escaped(out, page->flight);
		fputs(", ", out);
	}
	fprintf(out, "%s to %s, written %s</p>\n", from, to, made);
	statements(out, report);
	fputs("<figure>\n", out);
	report_map(out, &report->countries);
	fputs(key, out);
	fputs("</figure>\n<figure>\n", out);
	report_timeline(out, report);
	fputs("</figure>\n", out);
	apps(out, report);
	countries(out, page);
	operators(out, page);
	destinations(out, page);
	policies(out, report);
	missing(out, report);
	notes(out, page);
	fputs("</body>\n</html>\n", out);
}
