// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "options.h"

enum option_id {
	OPT_POLICY = 256,
	OPT_NO_POLICY,
	OPT_LOAD_ONLY,
	OPT_REQUIRE_POLICY,
	OPT_SINK,
	OPT_JSON,
	OPT_STORE,
	OPT_STORE_DAYS,
	OPT_STORE_SIZE,
	OPT_SYSLOG_SOCKET,
	OPT_JOURNAL_SOCKET,
	OPT_STATE_DIR,
	OPT_NO_CACHE,
	OPT_GEO_ROOT,
	OPT_STDERR,
	OPT_CONTROL,
	OPT_PILOT,
	OPT_PILOT_GROUP,
	OPT_NO_DNS,
	OPT_KEEPER,
	OPT_KEEP,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option long_options[] = {
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "no-policy", no_argument, NULL, OPT_NO_POLICY },
	{ "load-only", no_argument, NULL, OPT_LOAD_ONLY },
	{ "require-policy", no_argument, NULL, OPT_REQUIRE_POLICY },
	{ "sink", required_argument, NULL, OPT_SINK },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "store-days", required_argument, NULL, OPT_STORE_DAYS },
	{ "store-size", required_argument, NULL, OPT_STORE_SIZE },
	{ "syslog-socket", required_argument, NULL, OPT_SYSLOG_SOCKET },
	{ "journal-socket", required_argument, NULL, OPT_JOURNAL_SOCKET },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "no-cache", no_argument, NULL, OPT_NO_CACHE },
	{ "geo-root", required_argument, NULL, OPT_GEO_ROOT },
	{ "stderr", no_argument, NULL, OPT_STDERR },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "pilot", required_argument, NULL, OPT_PILOT },
	{ "pilot-group", required_argument, NULL, OPT_PILOT_GROUP },
	{ "no-dns", no_argument, NULL, OPT_NO_DNS },
	{ "keeper", required_argument, NULL, OPT_KEEPER },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
"Usage: dronefenced [OPTION]...\n"
"Put the policy into force and forward the kernel's events to the system log.\n"
"\n"
"  --policy FILE          policy (default /etc/dronefence/policy.yaml)\n"
"  --no-policy            load no policy, only forward events\n"
"  --load-only            put the policy into force, or what takes its place, and end\n"
"  --require-policy       fail if the policy cannot be loaded at start, even if\n"
"                         the kernel has one in force; otherwise, if it has none,\n"
"                         one that is built in lets programs below\n"
"                         /dronefence.slice reach local networks only\n"
"  --sink SINK            journald, syslog, none, or auto (default): journald\n"
"                         if its socket is there, else syslog\n"
"  --json FILE            append records to FILE, too, one JSON object a line\n"
"  --store FILE           keep records in FILE, too, for \"dronefence log\"\n"
"  --store-days DAYS      delete its records after DAYS (default 400; 0: never)\n"
"  --store-size MIB       delete its oldest records when it is larger (default\n"
"                         1024; 0: never)\n"
"  --syslog-socket PATH   default /dev/log\n"
"  --journal-socket PATH  default /run/systemd/journal/socket\n"
"  --state-dir DIR        default /var/lib/dronefence\n"
"  --no-cache             compile the policy each time; without it compiled\n"
"                         ones are kept in the folder cache of --state-dir\n"
"  --geo-root DIR         look for geo data below DIR\n"
"  --stderr               show messages on standard error, too\n"
"  --control PATH         socket for requests of root (default\n"
"                         " DF_CONTROL_PATH "; none: no socket)\n"
"  --pilot PATH           socket where the group of --pilot-group may ask for what\n"
"                         makes the fence stricter (default\n"
"                         " DF_PILOT_PATH "; none: no socket)\n"
"  --pilot-group GROUP    default dronefence\n"
"  --no-dns               do not listen to name servers: records have no names\n"
"                         of hosts\n"
"  --keeper PATH          let the keeper at PATH look after programs and open sockets\n"
"                         (default: a process of its own does)\n"
"  --keep                 be that keeper, at the socket that systemd passes\n"
"  --help                 show this\n"
"  --version              show the version\n"
"\n"
"The daemon stays in the foreground. SIGHUP loads the policy again and opens\n"
"the sinks anew; SIGTERM ends the daemon, the policy stays in force.\n"
"\n"
"Exit status: 0 stopped, 1 failed, 2 wrong usage, 3 the kernel module is not\n"
"loaded, 5 invalid policy, 6 CAP_NET_ADMIN is missing, 7 invalid geo data\n";

static bool parse_sink(const char *name, enum df_log_sink *sink)
{
	static const char *const names[] = {
		[DF_SINK_AUTO] = "auto",
		[DF_SINK_JOURNALD] = "journald",
		[DF_SINK_SYSLOG] = "syslog",
		[DF_SINK_NONE] = "none",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name)) {
			*sink = i;
			return true;
		}
	}
	fprintf(stderr, "dronefenced: unknown sink '%s'\n", name);
	return false;
}

/* A file that nobody would find room for is a mistake. */
#define NUMBER_MAX 1000000

static bool parse_number(const char *text, const char *what,
			 unsigned int *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > NUMBER_MAX) {
		fprintf(stderr, "dronefenced: '%s' is no number of %s\n", text,
			what);
		return false;
	}
	*number = (unsigned int)value;
	return true;
}

static bool take(struct df_options *options, int option)
{
	switch (option) {
	case OPT_POLICY:
		options->policy = optarg;
		return true;
	case OPT_NO_POLICY:
		options->no_policy = true;
		return true;
	case OPT_LOAD_ONLY:
		options->load_only = true;
		return true;
	case OPT_REQUIRE_POLICY:
		options->require_policy = true;
		return true;
	case OPT_SINK:
		return parse_sink(optarg, &options->sink);
	case OPT_JSON:
		options->json = optarg;
		return true;
	case OPT_STORE:
		options->store = optarg;
		return true;
	case OPT_STORE_DAYS:
		return parse_number(optarg, "days", &options->store_days);
	case OPT_STORE_SIZE:
		return parse_number(optarg, "MiB", &options->store_size);
	case OPT_SYSLOG_SOCKET:
		options->syslog_socket = optarg;
		return true;
	case OPT_JOURNAL_SOCKET:
		options->journal_socket = optarg;
		return true;
	case OPT_STATE_DIR:
		options->state_dir = optarg;
		return true;
	case OPT_NO_CACHE:
		options->no_cache = true;
		return true;
	case OPT_GEO_ROOT:
		options->geo_root = optarg;
		return true;
	case OPT_STDERR:
		options->to_stderr = true;
		return true;
	case OPT_CONTROL:
		options->control = strcmp(optarg, "none") ? optarg : NULL;
		return true;
	case OPT_PILOT:
		options->pilot = strcmp(optarg, "none") ? optarg : NULL;
		return true;
	case OPT_PILOT_GROUP:
		options->pilot_group = optarg;
		return true;
	case OPT_NO_DNS:
		options->dns = false;
		return true;
	case OPT_KEEPER:
		options->keeper = optarg;
		return true;
	case OPT_KEEP:
		options->keep = true;
		return true;
	default:
		return false;
	}
}

/**
 * df_options_parse() - read the command line
 * @options: result; points into @argv
 * @argc: as main() got it
 * @argv: as main() got it
 * @code: how to end if there is nothing to be run
 *
 * Return: true if the daemon is to be run. Otherwise what was asked for, or
 * what is wrong, has been printed.
 */
bool df_options_parse(struct df_options *options, int argc, char **argv,
		      enum df_exit *code)
{
	int option;

	*options = (struct df_options){
		.policy = "/etc/dronefence/policy.yaml",
		.syslog_socket = "/dev/log",
		.journal_socket = "/run/systemd/journal/socket",
		.state_dir = "/var/lib/dronefence",
		.store_days = 400,
		.store_size = 1024,
		.control = DF_CONTROL_PATH,
		.pilot = DF_PILOT_PATH,
		.pilot_group = "dronefence",
		.dns = true,
	};
	*code = DF_EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_HELP || option == OPT_VERSION) {
			fputs(option == OPT_HELP ? usage :
			      "dronefenced " DF_VERSION "\n", stdout);
			*code = DF_EXIT_OK;
			return false;
		}
		if (!take(options, option))
			return false;
	}
	if (optind < argc) {
		fprintf(stderr, "dronefenced: unexpected argument '%s'\n",
			argv[optind]);
		return false;
	}
	if (options->no_policy && (options->require_policy || options->load_only)) {
		fprintf(stderr, "dronefenced: --no-policy contradicts %s\n",
			options->load_only ? "--load-only" : "--require-policy");
		return false;
	}
	return true;
}
