// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence unlock: for an emergency, what is denied passes for some time, and is
 * recorded. It ends by itself.
 */
#include <getopt.h>
#include <string.h>

#include "ask.h"
#include "cli.h"
#include "pilot.h"
#include "records.h"
#include "when.h"

enum {
	OPT_REASON = 256,
	OPT_END,
	OPT_CONTROL,
	OPT_HELP,
};

const struct option cmd_unlock_options[] = {
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "end", no_argument, NULL, OPT_END },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence unlock LENGTH [APP] --reason TEXT\n"
"       dronefence unlock --end [APP]\n"
"\n"
"For LENGTH, such as 15min, let pass and record what the profile of APP denies, or of\n"
"all applications; or end that before its time. Who is not root may do it as far as\n"
"the policy says (unlock: LENGTH).\n"
"\n"
"  --reason TEXT   is recorded\n"
"  --end           it is over\n"
"  --control PATH  socket of the daemon, default " DF_CONTROL_PATH ",\n"
"                  for who is not root " DF_PILOT_PATH "\n"
"\n"
"exit status: 0 done, 1 refused or failed, 2 usage, 6 not a pilot\n";

static enum df_exit wrong_usage(void)
{
	complain("try: dronefence unlock --help");
	return DF_EXIT_USAGE;
}

static enum df_exit lock(const char *control, const char *app)
{
	return pilot_switch(control, json_pack("{s:s, s:s*}", "request", "lock",
					       "application", app));
}

static enum df_exit unlock(const char *control, const char *length,
			   const char *app, const char *reason)
{
	int64_t seconds;

	if (!df_when_length(length, &seconds)) {
		complain("\"%s\" is no length of time such as 15min", length);
		return DF_EXIT_USAGE;
	}
	if (!reason) {
		complain("to unlock takes a --reason");
		return DF_EXIT_USAGE;
	}
	return pilot_switch(control, json_pack("{s:s, s:I, s:s, s:s*}",
					       "request", "unlock", "seconds",
					       (json_int_t)seconds, "why",
					       reason, "application", app));
}

/**
 * cmd_unlock() - unlock an application for some time
 * @cli: options
 * @argc: the name, its arguments and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK, DF_EXIT_FAILED, DF_EXIT_PERMISSION or DF_EXIT_USAGE.
 */
enum df_exit cmd_unlock(const struct cli *cli, int argc, char **argv)
{
	const char *reason = NULL, *given = NULL, *app;
	bool end = false;
	int option, first;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_unlock_options,
				     NULL)) != -1) {
		switch (option) {
		case OPT_REASON:
			reason = optarg;
			break;
		case OPT_END:
			end = true;
			break;
		case OPT_CONTROL:
			given = optarg;
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			return DF_EXIT_OK;
		default:
			return wrong_usage();
		}
	}
	first = optind + !end;
	if (first > argc || argc - first > 1)
		return wrong_usage();
	app = first < argc ? argv[first] : NULL;
	if (app && !valid_application(app))
		return DF_EXIT_USAGE;
	if (end)
		return lock(pilot_socket(given), app);
	return unlock(pilot_socket(given), argv[optind], app, reason);
}
