// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "ask.h"
#include "records.h"
#include "span.h"

/* What may hide traffic. How it was enforced and proved does not matter here. */
static const enum df_report_lack hiding[] = {
	DF_LACK_BEGIN, DF_LACK_DAEMON, DF_LACK_END, DF_LACK_LOSS, DF_LACK_HOLE,
	DF_LACK_INSTANCE, DF_LACK_UNLOADED, DF_LACK_SUPPRESSED,
	DF_LACK_UNREADABLE, DF_LACK_OPEN, DF_LACK_NO_FLOW, DF_LACK_FULL,
	DF_LACK_BROKEN,
};

/**
 * span_init() - all records of this machine
 * @span: result; to be freed
 * @cli: options in front of the command
 */
void span_init(struct span *span, const struct cli *cli)
{
	memset(span, 0, sizeof(*span));
	span->cli = *cli;
	span->source.store = DF_STORE_PATH;
	span->source.control = DF_CONTROL_PATH;
	span->options.when.from = INT64_MIN;
	span->options.when.to = records_now();
}

/**
 * span_free() - the reverse of span_init()
 * @span: any
 */
void span_free(struct span *span)
{
	df_report_free(span->report);
}

static bool take(struct span *span, int option)
{
	switch (option) {
	case SPAN_SINCE:
		return records_when(optarg, &span->options.when.from);
	case SPAN_UNTIL:
		return records_when(optarg, &span->options.when.to);
	case SPAN_APPLICATION:
		span->options.application = optarg;
		return valid_application(optarg);
	case SPAN_STORE:
		span->source.store = optarg;
		return true;
	case SPAN_CONTROL:
		span->source.control = optarg;
		return true;
	case SPAN_GEO_ROOT:
		span->cli.geo.root = optarg;
		return true;
	case SPAN_POLICY:
		span->cli.policy = optarg;
		span->cli.policy_given = true;
		return true;
	case SPAN_JSON:
		span->cli.json = true;
		return true;
	default:
		return false;
	}
}

/**
 * span_parse() - read the options of a command and its one argument, or complain
 * @span: where to
 * @command: which
 * @argc: its name and what is behind it
 * @argv: see @argc
 * @argument: result
 *
 * Return: -1 to go on, else the exit status.
 */
int span_parse(struct span *span, const struct span_command *command, int argc,
	       char **argv, const char **argument)
{
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", command->options,
				     NULL)) != -1) {
		if (option == SPAN_HELP) {
			fputs(command->usage, stdout);
			return DF_EXIT_OK;
		}
		if (option == '?')
			complain("try: dronefence %s --help", command->name);
		if (!take(span, option))
			return DF_EXIT_USAGE;
	}
	if (argc - optind != 1) {
		complain("expected %s; try: dronefence %s --help",
			 command->argument, command->name);
		return DF_EXIT_USAGE;
	}
	*argument = argv[optind];
	return -1;
}

/**
 * span_find() - find where the records begin, or complain
 * @span: with its options
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if there is no store; DF_EXIT_BROKEN if it
 * is damaged; DF_EXIT_USAGE for a span without a time; DF_EXIT_FAILED.
 */
enum df_exit span_find(struct span *span)
{
	struct df_report_interval *when = &span->options.when;
	enum df_exit status = DF_EXIT_OK;
	struct df_store_reader *reader;
	int err = df_store_read(span->source.store, &reader);

	if (!err && when->from == INT64_MIN)
		err = report_first(reader, &when->from);
	if (err)
		status = records_failed(span->source.store, reader, err);
	df_store_read_end(reader);
	return status ?: records_span(when->from, when->to);
}

static void add_lack(struct span *span, uint32_t of_apps,
		     enum df_report_lack lack)
{
	char *text = span->texts[span->lack_count];

	if (!span->report->lacks[lack] && !(of_apps >> lack & 1))
		return;
	df_report_lack_text(span->report, lack, text);
	span->lacks[span->lack_count++] = text;
}

static void find_lacks(struct span *span)
{
	const struct df_report *report = span->report;
	uint32_t of_apps = 0;
	size_t i;

	for (i = 0; i < report->app_count; i++)
		of_apps |= report->apps[i].lacks;
	for (i = 0; i < sizeof(hiding) / sizeof(hiding[0]); i++)
		add_lack(span, of_apps, hiding[i]);
	add_lack(span, of_apps, DF_LACK_STRAY);
	add_lack(span, of_apps, DF_LACK_UNPLACED);
	if (report->flows_open) {
		char *text = span->texts[span->lack_count];

		snprintf(text, DF_REPORT_TEXT,
			 "%llu flows have not ended; those that were not recorded when they began are missing",
			 (unsigned long long)report->flows_open);
		span->lacks[span->lack_count++] = text;
	}
}

/**
 * span_read() - read the records, or complain
 * @span: after span_find(); its lacks are known afterwards
 * @each: gets each record, those behind the span too; returns 0 or a negative errno
 * @arg: for @each
 *
 * Return: as report_read().
 */
enum df_exit span_read(struct span *span,
		       int (*each)(const json_t *record, void *arg), void *arg)
{
	enum df_exit status;

	span->source.each = each;
	span->source.arg = arg;
	status = report_read(&span->source, &span->options, &span->report);
	if (!status)
		find_lacks(span);
	return status;
}
