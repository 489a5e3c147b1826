// SPDX-License-Identifier: GPL-2.0-or-later
/* What the forms of a report share. */
#include <inttypes.h>
#include <string.h>

#include "event.h"
#include "report_page.h"

/**
 * report_command() - how to prove that a report is of this store
 * @page: the report
 * @buf: result: printable ASCII, what a shell runs
 * @size: of @buf
 */
void report_command(const struct report_page *page, char *buf, size_t size)
{
	char hash[DF_STORE_HASH_STRLEN], path[1024];

	df_store_hash_text(page->head.hash, hash);
	df_escape(page->store, sizeof(path), " '\"\\$`!*?&|;<>(){}[]#~", path,
		  sizeof(path));
	snprintf(buf, size, "dronefence log --verify --store %s --head %" PRIu64 ":%s",
		 path, page->head.number, hash);
}

/**
 * report_escaped() - write a text where markup would be read
 * @out: where to
 * @text: any; what is not printable ASCII or the name of a country is a number
 */
void report_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("&<>\"'", *text))
			fprintf(out, "&#%d;", *text);
		else if ((unsigned char)*text >= ' ' && *text != 0x7f)
			putc(*text, out);
	}
}

/**
 * report_rest() - what is not shown row by row
 * @table: sorted
 * @top: rows that are shown
 * @rest: result: sums of all others
 * @count: result: how many there are; more if @table left out some
 */
void report_rest(const struct df_report_table *table, size_t top,
		 struct df_report_sums *rest, size_t *count)
{
	size_t i;

	*rest = table->rest;
	*count = 0;
	for (i = top; i < table->count; i++, ++*count)
		df_report_sums_add(rest, &table->rows[i].sums);
}
