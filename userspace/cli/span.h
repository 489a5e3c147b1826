/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of a span of time, for commands that read them once. */
#ifndef DF_CLI_SPAN_H
#define DF_CLI_SPAN_H

#include <getopt.h>

#include "cli.h"
#include "report_read.h"

/* Options that these commands have; the values of getopt_long(). */
enum span_option {
	SPAN_SINCE = 256,
	SPAN_UNTIL,
	SPAN_APPLICATION,
	SPAN_STORE,
	SPAN_CONTROL,
	SPAN_GEO_ROOT,
	SPAN_POLICY,
	SPAN_JSON,
	SPAN_HELP,
};

/* Most that can be not known. */
#define SPAN_LACKS (DF_LACKS + 1)

/**
 * struct span - which records, and what they came to
 * @source: where from
 * @options: which
 * @cli: options, changed by those behind the command
 * @report: of the same records; what is not known
 * @texts: room for the texts of @lacks
 * @lacks: what is not known, in one line each
 * @lack_count: how many
 */
struct span {
	struct report_source source;
	struct df_report_options options;
	struct cli cli;
	struct df_report *report;
	char texts[SPAN_LACKS][DF_REPORT_TEXT];
	const char *lacks[SPAN_LACKS];
	size_t lack_count;
};

/**
 * struct span_command - how such a command is called
 * @name: of it
 * @usage: what --help prints
 * @options: ends with zeroes
 * @argument: what it takes beside options, for people
 */
struct span_command {
	const char *name;
	const char *usage;
	const struct option *options;
	const char *argument;
};

void span_init(struct span *span, const struct cli *cli);
int span_parse(struct span *span, const struct span_command *command, int argc,
	       char **argv, const char **argument);
enum df_exit span_find(struct span *span);
enum df_exit span_read(struct span *span,
		       int (*each)(const json_t *record, void *arg), void *arg);
void span_free(struct span *span);

#endif
