// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence: the command line tool. A table of commands, status first. */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const struct command commands[] = {
	{ "status", "", "is the fence up, and what has it seen (default)",
	  0, 0, cmd_status, NULL },
	{ "check", "FILE", "read and compile a policy, change nothing",
	  1, 1, cmd_check, NULL },
	{ "apply", "FILE", "put a policy into force (--confirm)", 1, 1,
	  cmd_apply, NULL },
	{ "confirm", "", "let a policy stay that was applied with --confirm",
	  0, 0, cmd_confirm, NULL },
	{ "rollback", "[NUMBER]", "put the policy before, or NUMBER, into force again",
	  0, 1, cmd_rollback, NULL },
	{ "sign", "FILE --key KEY --serial NUMBER",
	  "answer for a policy, where machines ask for that", 0, -1, cmd_sign,
	  cmd_sign_options },
	{ "seal", "[FILE] [--certificate FILE... | --platform]",
	  "only what is permitted, until the next start (seal --help)", 0, -1,
	  cmd_seal, cmd_seal_options },
	{ "history", "", "the policies that were in force last", 0, 0,
	  cmd_history, NULL },
	{ "show", "", "the policy in force: applications, rules, counters",
	  0, 0, cmd_show, NULL },
	{ "apps", "", "what each application matches right now, and why not",
	  0, 0, cmd_apps, NULL },
	{ "doctor", "", "is each application enforced, and why not (--ways-out)",
	  0, 0, cmd_doctor, NULL },
	{ "flows", "",
	  "with whom the applications talk (--application, --verdict)",
	  0, 0, cmd_flows, NULL },
	{ "limits", "[NAME=VALUE...]", "show the module's limits, or set some",
	  0, DF_LIMITS, cmd_limits, NULL },
	{ "explain", "APP DEST[:PORT][/PROTO]",
	  "what would happen to APP sending there", 2, 2, cmd_explain, NULL },
	{ "run", "APP -- COMMAND [ARG...]",
	  "start a program as application APP (--confined)", 2, -1, cmd_run, NULL },
	{ "unit", "APP -- COMMAND [ARG...]",
	  "print a unit that APP cannot leave (--lift, --as)", 2, -1, cmd_unit, NULL },
	{ "adopt", "PID [APP]",
	  "make a running process APP's, and end its old sockets", 1, 2,
	  cmd_adopt, NULL },
	{ "monitor", "[--since SEQ]", "print events as they happen",
	  0, 3, cmd_monitor, NULL },
	{ "log", "[OPTION...]", "ask the store of records, or prove it (log --help)",
	  0, -1, cmd_log, cmd_log_options },
	{ "geo", "info | lookup ADDR... | import FILE...",
	  "the geo data on this machine, and from elsewhere (geo --help)", 0, -1,
	  cmd_geo, cmd_geo_options },
	{ "flight", "start NAME | stop | list", "name a flight for the records",
	  0, -1, cmd_flight, cmd_flight_options },
	{ "report", "[OPTION...]", "what was sent, and what is not known (report --help)",
	  0, -1, cmd_report, cmd_report_options },
	{ "local-data-mode", "on|off [APP] | status | declare APP on|off | verify APP",
	  "local networks only; or hold a vendor's switch to its word (--help)",
	  0, -1, cmd_local_data, cmd_local_data_options },
	{ "preflight", "", "go or no-go, for who flies", 0, -1, cmd_preflight,
	  cmd_preflight_options },
	{ "unlock", "LENGTH [APP] --reason TEXT | --end [APP]",
	  "for an emergency: record in place of denying", 0, -1, cmd_unlock,
	  cmd_unlock_options },
	{ "metrics", "", "numbers for Prometheus (--textfile)",
	  0, 0, cmd_metrics, NULL },
	{ "top", "", "what is fenced and what passes, every second (--once)",
	  0, 0, cmd_top, NULL },
	{ "replay", "FILE [OPTION...]",
	  "what a policy would do to recorded flows (replay --help)",
	  0, -1, cmd_replay, cmd_replay_options },
	{ "learn", "APP [--for LENGTH | --stop]",
	  "name a time to draft a policy from (learn --help)",
	  0, -1, cmd_learn, cmd_learn_options },
	{ "draft", "APP [OPTION...]",
	  "a policy from what was seen of APP (draft --help)",
	  0, -1, cmd_draft, cmd_draft_options },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_help(FILE *out)
{
	size_t i;

	fputs("usage: dronefence [OPTION...] [COMMAND [ARG...]]\n\n", out);
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %-26s %s\n", commands[i].name,
			commands[i].args, commands[i].help);
	fputs("\n"
	      "  --json           print JSON\n"
	      "  --policy FILE    policy file that explain and geo read\n"
	      "                   (default " DF_POLICY_PATH ")\n"
	      "  --geo-root DIR   look for geo data below DIR\n"
	      "  --application APP, --verdict VERDICT\n"
	      "                   list only flows of them; doctor: only APP\n"
	      "  --ways-out       let doctor show every way out, and what to do about it\n"
	      "  --out IF         interface by which explain's packet leaves\n"
	      "  --confined       run as a unit that the program cannot leave (in front of APP)\n"
	      "  --lift NAME[,NAME...]\n"
	      "                   restrictions that the unit is to be without\n"
	      "  --as USER        user of the unit, in place of one of its own\n"
	      "  --cache-dir DIR  where apply keeps compiled policies\n"
	      "                   (default " DF_CACHE_DIR ")\n"
	      "  --no-cache       compile, and keep nothing for the next time\n"
	      "  --confirm SECONDS\n"
	      "                   let the policy before come back if this one is not confirmed\n"
	      "  --history-dir DIR\n"
	      "                   where the policies are that were in force\n"
	      "                   (default " DF_HISTORY_DIR ")\n"
	      "  -v, --verbose    tell how apply came by its policy\n"
	      "  --textfile FILE  let metrics write FILE, as a whole or not at all\n"
	      "  --once           let top print the state once, without a screen\n"
	      "  --commands       list commands and options, for programs\n"
	      "  --help, --version\n\n"
	      "exit status: 0 done, 1 failed, 2 usage, 3 not enforcing, 4 no such object,\n"
	      "5 policy invalid, 6 permission, 7 geo data; explain: 10 would be denied,\n"
	      "11 would only be logged; log, history, rollback: 12 not as it was written;\n"
	      "local-data-mode: 1 violated, 13 cannot tell; replay: 10 would be refused,\n"
	      "11 would only be logged, 13 cannot tell, 14 changes, and nothing of these;\n"
	      "draft: 13 something has no rule\n", out);
}

enum {
	OPT_JSON = 256,
	OPT_POLICY,
	OPT_GEO_ROOT,
	OPT_APPLICATION,
	OPT_VERDICT,
	OPT_OUT,
	OPT_WAYS_OUT,
	OPT_CONFINED,
	OPT_LIFT,
	OPT_AS,
	OPT_CACHE_DIR,
	OPT_NO_CACHE,
	OPT_CONFIRM,
	OPT_HISTORY_DIR,
	OPT_COMMANDS,
	OPT_HELP,
	OPT_VERSION,
	OPT_TEXTFILE,
	OPT_ONCE,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "geo-root", required_argument, NULL, OPT_GEO_ROOT },
	{ "application", required_argument, NULL, OPT_APPLICATION },
	{ "verdict", required_argument, NULL, OPT_VERDICT },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "ways-out", no_argument, NULL, OPT_WAYS_OUT },
	{ "confined", no_argument, NULL, OPT_CONFINED },
	{ "lift", required_argument, NULL, OPT_LIFT },
	{ "as", required_argument, NULL, OPT_AS },
	{ "cache-dir", required_argument, NULL, OPT_CACHE_DIR },
	{ "no-cache", no_argument, NULL, OPT_NO_CACHE },
	{ "confirm", required_argument, NULL, OPT_CONFIRM },
	{ "history-dir", required_argument, NULL, OPT_HISTORY_DIR },
	{ "verbose", no_argument, NULL, 'v' },
	{ "commands", no_argument, NULL, OPT_COMMANDS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "textfile", required_argument, NULL, OPT_TEXTFILE },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ 0 },
};

static void list_options(const char *command, const struct option *option)
{
	for (; option->name; option++)
		printf("option\t%s\t--%s\t%d\n", command, option->name,
		       option->has_arg);
}

/* What completions are made of: a line for each, with tabs between. */
static void list_commands(void)
{
	const char *name;
	size_t i;

	list_options("any", options);
	for (i = 0; i < COMMANDS; i++) {
		printf("command\t%s\t%s\t%s\n", commands[i].name,
		       commands[i].args, commands[i].help);
		if (commands[i].options)
			list_options(commands[i].name, commands[i].options);
	}
	for (i = 0; i < DF_LIMITS; i++)
		printf("value\tlimit\t%s\n", df_limit_name(i));
	for (i = 0; (name = df_confine_name(i, NULL)); i++)
		printf("value\tlift\t%s\n", name);
	for (i = 0; i <= DFENCE_VERDICT_DROP; i++)
		printf("value\tverdict\t%s\n", df_verdict_name(i));
}

/* Options that only change what a command does. */
static bool take_option(struct cli *cli, int option)
{
	switch (option) {
	case OPT_JSON:
		cli->json = true;
		return true;
	case OPT_POLICY:
		cli->policy = optarg;
		cli->policy_given = true;
		return true;
	case OPT_GEO_ROOT:
		cli->geo.root = optarg;
		return true;
	case OPT_APPLICATION:
		cli->application = optarg;
		return true;
	case OPT_VERDICT:
		cli->verdict = optarg;
		return true;
	case OPT_OUT:
		cli->out = optarg;
		return true;
	case OPT_WAYS_OUT:
		cli->ways_out = true;
		return true;
	case OPT_CONFINED:
		cli->confined = true;
		return true;
	case OPT_LIFT:
		cli->lift = optarg;
		return true;
	case OPT_AS:
		cli->as = optarg;
		return true;
	case OPT_CACHE_DIR:
		cli->cache = optarg;
		return true;
	case OPT_NO_CACHE:
		cli->cache = NULL;
		return true;
	case OPT_CONFIRM:
		cli->confirm = optarg;
		return true;
	case OPT_HISTORY_DIR:
		cli->history = optarg;
		return true;
	case 'v':
		cli->verbose = true;
		return true;
	case OPT_TEXTFILE:
		cli->textfile = optarg;
		return true;
	case OPT_ONCE:
		cli->once = true;
		return true;
	default:
		return false;
	}
}

/* Read one run of options. Returns -1 to go on, else the exit status. */
static int parse_options(struct cli *cli, int argc, char **argv,
			 const char *short_options)
{
	int c;

	while ((c = getopt_long(argc, argv, short_options, options,
				NULL)) != -1) {
		if (take_option(cli, c))
			continue;
		switch (c) {
		case OPT_HELP:
		case 'h':
			print_help(stdout);
			return DF_EXIT_OK;
		case OPT_COMMANDS:
			list_commands();
			return DF_EXIT_OK;
		case OPT_VERSION:
			puts("dronefence " DF_VERSION);
			return DF_EXIT_OK;
		default:
			complain("try: dronefence --help");
			return DF_EXIT_USAGE;
		}
	}
	return -1;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* Options may stand behind the command as well: dronefence status --json. */
static int parse_command(struct cli *cli, int *argc, char ***argv,
			 const struct command **command)
{
	int status = parse_options(cli, *argc, *argv, "+hv");

	if (status >= 0)
		return status;
	if (optind == *argc) {
		*command = &commands[0];
		*argc = 0;
		return -1;
	}
	*command = find_command((*argv)[optind]);
	if (!*command) {
		complain("there is no command \"%s\"; try: dronefence --help",
			 (*argv)[optind]);
		return DF_EXIT_USAGE;
	}

	*argc -= optind;
	*argv += optind;
	if ((*command)->run == cmd_monitor) {
		optind = 1;
	} else if ((*command)->options) {
		return -1;
	} else if ((*command)->run == cmd_run || (*command)->run == cmd_unit) {
		/* What follows the application is not ours to read. */
		optind = 0;
		status = parse_options(cli, *argc, *argv, "+hv");
	} else {
		/* Starts over, and sorts the options to the front. */
		optind = 0;
		status = parse_options(cli, *argc, *argv, "hv");
	}
	*argc -= optind;
	*argv += optind;
	return status;
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.policy = DF_POLICY_PATH,
		.cache = DF_CACHE_DIR,
		.history = DF_HISTORY_DIR,
		.geo.now = time(NULL),
		.color = isatty(STDERR_FILENO) && !getenv("NO_COLOR"),
	};
	const struct command *command;
	int status = parse_command(&cli, &argc, &argv, &command);

	if (status < 0) {
		if (argc < command->min ||
		    (command->max >= 0 && argc > command->max)) {
			complain("usage: dronefence %s %s", command->name,
				 command->args);
			return DF_EXIT_USAGE;
		}
		status = command->run(&cli, argc, argv);
	}
	/* Data that did not reach its reader is not a success. */
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write to standard output");
		return DF_EXIT_FAILED;
	}
	return status;
}
