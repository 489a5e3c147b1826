// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence draft: a policy that allows what an application was seen to send, for
 * a person to read and to cut down. It goes to standard output.
 */
#include <stdlib.h>
#include <unistd.h>

#include "ask.h"
#include "draft.h"
#include "records.h"
#include "span.h"

const struct option cmd_draft_options[] = {
	{ "since", required_argument, NULL, SPAN_SINCE },
	{ "until", required_argument, NULL, SPAN_UNTIL },
	{ "store", required_argument, NULL, SPAN_STORE },
	{ "control", required_argument, NULL, SPAN_CONTROL },
	{ "policy", required_argument, NULL, SPAN_POLICY },
	{ "help", no_argument, NULL, SPAN_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence draft APP [OPTION...]\n"
"\n"
"Write a policy that allows what APP was seen to send, and nothing else.\n"
"\n"
"  --since WHEN, --until WHEN\n"
"                    from and to, as of dronefence log; default: the last time of\n"
"                    dronefence learn APP, or else all records\n"
"  --policy FILE     policy that geo sources and the selectors of APP are taken\n"
"                    from, default " DF_POLICY_PATH "\n"
"  --store FILE      default " DF_STORE_PATH "\n"
"  --control PATH    socket of the daemon, default " DF_CONTROL_PATH "\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 4 there is no store, 5 FILE is invalid,\n"
"12 the store is damaged, 13 nothing was seen, or not all of it has a rule\n";

static const struct span_command command = {
	.name = "draft", .usage = usage,
	.options = cmd_draft_options,
	.argument = "an application",
};

/* The draft may be put into another folder. */
static void make_absolute(struct df_geo_spec *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		char *path;

		if (!list[i].path || *list[i].path == '/')
			continue;
		path = realpath(list[i].path, NULL);
		/* An optional source need not be there. */
		if (!path)
			continue;
		free(list[i].path);
		list[i].path = path;
	}
}

/* That there is none is no error, unless it was asked for. */
static enum df_exit load(const struct cli *cli, struct df_policy **policy)
{
	enum df_exit status = DF_EXIT_OK;
	struct df_diags diags = { 0 };

	*policy = NULL;
	if (!cli->policy_given && access(cli->policy, F_OK))
		return DF_EXIT_OK;
	*policy = df_policy_load(cli->policy, &diags);
	if (!*policy) {
		df_diags_print(&diags, stderr, cli->color);
		status = DF_EXIT_POLICY;
	} else {
		make_absolute((*policy)->country, (*policy)->country_count);
		make_absolute((*policy)->operator, (*policy)->operator_count);
	}
	df_diags_free(&diags);
	return status;
}

/* What stands in the draft as well, but may be overlooked there. */
static enum df_exit tell(const struct span *span,
			 const struct df_draft_result *result)
{
	size_t i;

	for (i = 0; i < span->lack_count; i++)
		complain("warning: %s", span->lacks[i]);
	if (result->left_out)
		complain("warning: %llu flows have no rule",
			 (unsigned long long)result->left_out);
	if (!result->flows)
		complain("warning: nothing was seen of %s",
			 span->options.application);
	return result->flows && !result->left_out ? DF_EXIT_OK :
						    DF_EXIT_CANNOT_TELL;
}

static int add(const json_t *record, void *arg)
{
	df_draft_add(arg, record);
	return 0;
}

static enum df_exit draft(struct span *span, const struct df_policy *policy)
{
	const struct df_report_options *which = &span->options;
	struct df_draft_frame frame = { .policy = policy };
	enum df_exit status = DF_EXIT_FAILED;
	struct df_draft_result result;
	struct df_draft seen;

	if (df_draft_begin(&seen, which->when.from, which->when.to,
			   which->application))
		complain("out of memory");
	else
		status = span_read(span, add, &seen);
	if (!status) {
		df_draft_end(&seen);
		frame.warnings = span->lacks;
		frame.warning_count = span->lack_count;
		df_draft_write(stdout, &seen, &frame, &result);
		status = tell(span, &result);
	}
	df_draft_free(&seen);
	return status;
}

/* Without a span the one that was named for this, if there is one. */
static enum df_exit find_span(struct span *span)
{
	struct df_report_interval *when = &span->options.when;
	struct df_learning learning;
	enum df_exit status;
	char end[32];

	if (when->from != INT64_MIN)
		return span_find(span);
	status = records_learning(span->source.store, span->options.application,
				  &learning);
	if (status)
		return status;
	if (learning.known) {
		when->from = learning.begin;
		df_report_moment(learning.end, end);
		if (learning.end > when->to)
			complain("warning: learning of %s goes on until %s",
				 span->options.application, end);
		else
			when->to = learning.end;
	}
	return span_find(span);
}

/**
 * cmd_draft() - write a policy from what was seen
 * @cli: options
 * @argc: the name, the application and options
 * @argv: see @argc
 *
 * Return: see the usage.
 */
enum df_exit cmd_draft(const struct cli *cli, int argc, char **argv)
{
	struct df_policy *policy;
	struct span span;
	int status;

	span_init(&span, cli);
	status = span_parse(&span, &command, argc, argv,
			    &span.options.application);
	if (status < 0 && !valid_application(span.options.application))
		status = DF_EXIT_USAGE;
	if (status >= 0)
		return (enum df_exit)status;
	status = load(&span.cli, &policy) ?: find_span(&span);
	if (!status)
		status = draft(&span, policy);
	span_free(&span);
	df_policy_free(policy);
	return (enum df_exit)status;
}
