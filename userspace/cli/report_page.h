/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report in each of its forms. */
#ifndef DF_CLI_REPORT_PAGE_H
#define DF_CLI_REPORT_PAGE_H

#include <stdio.h>

#include <jansson.h>

#include "report.h"
#include "store.h"

/**
 * struct report_page - a report, and what stands around it
 * @report: after df_report_end()
 * @flight: name of the flight that it is about, NULL for none
 * @store: path of the store
 * @head: its last record
 * @made: when the report was made, ns since 1970
 * @top: most rows of a table that are shown one by one
 */
struct report_page {
	const struct df_report *report;
	const char *flight;
	const char *store;
	struct df_store_link head;
	int64_t made;
	size_t top;
};

void report_text(FILE *out, const struct report_page *page);
json_t *report_json(const struct report_page *page);
json_t *report_moment_json(int64_t ns);
json_t *report_lacks_json(const struct df_report *report, uint32_t lacks);
json_t *report_intervals_json(const struct df_report_interval *list,
			      size_t count);
void report_html(FILE *out, const struct report_page *page);
void report_map(FILE *out, const struct df_report_table *countries);
void report_timeline(FILE *out, const struct df_report *report);
void report_command(const struct report_page *page, char *buf, size_t size);
void report_escaped(FILE *out, const char *text);
void report_rest(const struct df_report_table *table, size_t top,
		 struct df_report_sums *rest, size_t *count);

#endif
