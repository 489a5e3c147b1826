// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence replay: what a policy that is not in force would have done to the
 * flows of the store. It changes nothing.
 */
#include "apply.h"
#include "ask.h"
#include "replay_print.h"

const struct option cmd_replay_options[] = {
	{ "since", required_argument, NULL, SPAN_SINCE },
	{ "until", required_argument, NULL, SPAN_UNTIL },
	{ "application", required_argument, NULL, SPAN_APPLICATION },
	{ "store", required_argument, NULL, SPAN_STORE },
	{ "control", required_argument, NULL, SPAN_CONTROL },
	{ "geo-root", required_argument, NULL, SPAN_GEO_ROOT },
	{ "json", no_argument, NULL, SPAN_JSON },
	{ "help", no_argument, NULL, SPAN_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence replay FILE [OPTION...]\n"
"\n"
"Say which recorded flows would fare otherwise under the policy FILE.\n"
"\n"
"  --since WHEN, --until WHEN\n"
"                    from and to, as of dronefence log; default: all records\n"
"  --application APP only of this application\n"
"  --json            print JSON\n"
"  --geo-root DIR    look for geo data below DIR\n"
"  --store FILE      default " DF_STORE_PATH "\n"
"  --control PATH    socket of the daemon, default " DF_CONTROL_PATH "\n"
"\n"
"exit status: 0 nothing that was judged would fare otherwise, 1 failed, 2 usage,\n"
"4 there is no store, 5 policy invalid, 7 geo data, 10 something that passed would\n"
"be refused, 11 nothing of that, but something would pass only because of audit\n"
"mode, 12 the store is damaged, 13 no flow could be judged, 14 none of these, but\n"
"something that was refused would pass, or be refused another way\n";

static const struct span_command command = {
	.name = "replay", .usage = usage,
	.options = cmd_replay_options,
	.argument = "a policy file",
};

static enum df_exit exit_of(const struct df_replay *replay)
{
	if (replay->turns[DF_TURN_REFUSED].flows)
		return DF_EXIT_WOULD_DENY;
	if (replay->turns[DF_TURN_WATCHED].flows)
		return DF_EXIT_WOULD_LOG;
	if (replay->turns[DF_TURN_PASSED].flows ||
	    replay->turns[DF_TURN_OTHERWISE].flows)
		return DF_EXIT_WOULD_CHANGE;
	return df_replay_judged(replay) ? DF_EXIT_OK : DF_EXIT_CANNOT_TELL;
}

static int add(const json_t *record, void *arg)
{
	return df_replay_add(arg, record);
}

/**
 * replay_records() - compare records with a compiled policy, and show it
 * @span: which records; after span_find()
 * @image: the policy
 *
 * Return: as dronefence replay.
 */
enum df_exit replay_records(struct span *span, const struct df_image *image)
{
	const struct df_report_options *which = &span->options;
	enum df_exit status = DF_EXIT_FAILED, printed = DF_EXIT_OK;
	struct df_replay compared;

	if (df_replay_begin(&compared, image, which->when.from, which->when.to,
			    which->application))
		complain("out of memory");
	else
		status = span_read(span, add, &compared);
	if (!status) {
		df_replay_end(&compared);
		if (span->cli.json)
			printed = print_json(replay_json(&compared, span));
		else
			replay_text(stdout, &compared, span);
		status = printed ?: exit_of(&compared);
	}
	df_replay_free(&compared);
	return status;
}

static enum df_exit compile(const struct span *span, const char *file,
			    struct df_build *build)
{
	const struct df_build_options how = {
		.geo = span->cli.geo,
		.progress = progress_start(&span->cli),
	};
	struct df_diags diags = { 0 };
	enum df_exit status = df_build_load(build, file, &how, &diags);

	progress_stop();
	df_diags_print(&diags, stderr, span->cli.color);
	df_diags_free(&diags);
	return status;
}

/**
 * cmd_replay() - compare a policy with what was recorded
 * @cli: options
 * @argc: the name, the file and options
 * @argv: see @argc
 *
 * Return: see the usage.
 */
enum df_exit cmd_replay(const struct cli *cli, int argc, char **argv)
{
	struct df_build build = { 0 };
	const char *file;
	struct span span;
	int status;

	span_init(&span, cli);
	status = span_parse(&span, &command, argc, argv, &file);
	if (status >= 0)
		return (enum df_exit)status;
	status = compile(&span, file, &build) ?: span_find(&span);
	if (!status)
		status = replay_records(&span, build.image);
	span_free(&span);
	df_build_free(&build);
	return (enum df_exit)status;
}
