// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence geo: the data of this machine, and such that somebody carried to it. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "geo_import.h"
#include "image.h"
#include "records.h"
#include "replay_print.h"

enum {
	OPT_SHA256 = 256,
	OPT_OLDER,
	OPT_SHRUNK,
	OPT_WHAT_IF,
	OPT_POLICY,
	OPT_SINCE,
	OPT_STORE,
	OPT_CONTROL,
	OPT_GEO_ROOT,
	OPT_JSON,
	OPT_HELP,
};

const struct option cmd_geo_options[] = {
	{ "sha256", required_argument, NULL, OPT_SHA256 },
	{ "older", no_argument, NULL, OPT_OLDER },
	{ "shrunk", no_argument, NULL, OPT_SHRUNK },
	{ "what-if", no_argument, NULL, OPT_WHAT_IF },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "geo-root", required_argument, NULL, OPT_GEO_ROOT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence geo info [OPTION...]\n"
"       dronefence geo lookup ADDR... [OPTION...]\n"
"       dronefence geo import FILE [OPTION...]\n"
"       dronefence geo import GEOIP GEOIP6 [OPTION...]\n"
"\n"
"Say what data there is on this machine, or what it says of addresses; or install\n"
"a database of libloc, an MMDB file that the policy names, or the two files\n"
"of tor-geoipdb. It must be whole, newer than what is installed, and have about as\n"
"much in it; and it must be signed, or have the digest that is given.\n"
"\n"
"  --json            print JSON\n"
"  --policy FILE     what it names, or where it belongs; import: default\n"
"                    " DF_POLICY_PATH ", if it is there\n"
"  --geo-root DIR    look for geo data below DIR\n"
"\n"
"  only with import:\n"
"  --sha256 HEX      of the file, or of both one after the other\n"
"  --older           even if it is older\n"
"  --shrunk          even if it has less than 3/4 of the ranges or 9/10 of the countries\n"
"  --what-if         install nothing; say which recorded flows would fare otherwise\n"
"                    under the policy with this data, as dronefence replay does\n"
"  --since WHEN      with --what-if: from when on, as of dronefence log\n"
"  --store FILE      default " DF_STORE_PATH "\n"
"  --control PATH    socket of the daemon, default " DF_CONTROL_PATH "\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 5 policy invalid, 7 geo data missing, invalid\n"
"or too old; import: 7 it was refused, and nothing is changed; with --what-if as\n"
"dronefence replay\n";

/**
 * struct request - what was asked for
 * @import: the data
 * @sha256: its digest, if it was given
 * @what_if: only look
 * @span: records, and the options that all commands have
 */
struct request {
	struct df_geo_import import;
	uint8_t sha256[DRONEFENCE_DIGEST_LEN];
	bool what_if;
	struct span span;
};

static bool parse_sha256(const char *text, uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	size_t i;

	if (strlen(text) != 2 * DRONEFENCE_DIGEST_LEN ||
	    strspn(text, "0123456789abcdefABCDEF") != 2 * DRONEFENCE_DIGEST_LEN) {
		complain("\"%s\" is not a SHA-256: expected 64 hexadecimal digits", text);
		return false;
	}
	for (i = 0; i < DRONEFENCE_DIGEST_LEN; i++) {
		const char pair[3] = { text[2 * i], text[2 * i + 1] };

		digest[i] = strtoul(pair, NULL, 16);
	}
	return true;
}

static bool take(struct request *request, int option)
{
	struct span *span = &request->span;

	switch (option) {
	case OPT_SHA256:
		request->import.sha256 = request->sha256;
		return parse_sha256(optarg, request->sha256);
	case OPT_OLDER:
		request->import.older = true;
		return true;
	case OPT_SHRUNK:
		request->import.shrunk = true;
		return true;
	case OPT_WHAT_IF:
		request->what_if = true;
		return true;
	case OPT_POLICY:
		span->cli.policy = optarg;
		span->cli.policy_given = true;
		return true;
	case OPT_SINCE:
		return records_when(optarg, &span->options.when.from);
	case OPT_STORE:
		span->source.store = optarg;
		return true;
	case OPT_CONTROL:
		span->source.control = optarg;
		return true;
	case OPT_GEO_ROOT:
		span->cli.geo.root = optarg;
		return true;
	case OPT_JSON:
		span->cli.json = true;
		return true;
	default:
		return false;
	}
}

/* Return: -1 to go on, else the exit status. */
static int parse(struct request *request, int argc, char **argv)
{
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_geo_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return DF_EXIT_OK;
		}
		if (option == '?')
			complain("try: dronefence geo --help");
		if (!take(request, option))
			return DF_EXIT_USAGE;
	}
	if (optind < argc)
		return -1;
	complain("expected info, lookup or import; try: dronefence geo --help");
	return DF_EXIT_USAGE;
}

static bool wants_import(const struct request *request)
{
	return request->what_if || request->import.sha256 ||
	       request->import.older || request->import.shrunk;
}

/* The policy need not be there where nobody named it, but be right if it is. */
static enum df_exit load_policy(const struct cli *cli, bool needed,
				struct df_policy **policy, struct df_diags *diags)
{
	*policy = NULL;
	if (!needed && !cli->policy_given && access(cli->policy, F_OK))
		return DF_EXIT_OK;
	*policy = df_policy_load(cli->policy, diags);
	return *policy ? DF_EXIT_OK : DF_EXIT_POLICY;
}

static enum df_exit what_if(struct request *request, struct df_diags *diags)
{
	struct span *span = &request->span;
	struct df_policy *policy;
	enum df_exit status = load_policy(&span->cli, true, &policy, diags);
	struct df_image *image = NULL;
	struct df_geo *geo = NULL;

	if (!status) {
		geo = df_geo_import_try(&request->import, policy, diags);
		image = geo ? df_compile(policy, geo, diags) : NULL;
		status = image ? span_find(span) : DF_EXIT_GEO;
	}
	if (!status)
		status = replay_records(span, image);
	df_image_free(image);
	df_geo_free(geo);
	df_policy_free(policy);
	return status;
}

static void say(const struct df_geo_import *import, time_t now)
{
	const struct df_geo_source *fresh = import->fresh;
	char date[32];

	format_time(fresh->date, date);
	printf("%s of %s", fresh->name, date);
	if (fresh->date)
		printf(" (%" PRId64 " days old)",
		       age_days(now, fresh->date));
	if (import->same) {
		printf(" is installed already, in %s\n", import->present->path);
		return;
	}
	printf(" is installed as %s", import->paths[0]);
	if (import->file_count == 2)
		printf(" and %s", import->paths[1]);
	if (import->present) {
		format_time(import->present->date, date);
		printf("; before it was of %s", date);
	}
	puts("\nIt takes effect when the policy is applied again; dronefenced does that by itself.");
}

static enum df_exit install(const struct request *request, struct df_diags *diags)
{
	if (df_geo_import_install(&request->import, diags))
		return DF_EXIT_GEO;
	say(&request->import, request->span.cli.geo.now);
	return DF_EXIT_OK;
}

static enum df_exit import(struct request *request, char **files, size_t count,
			   struct df_diags *diags)
{
	struct df_geo_import *data = &request->import;
	const struct cli *cli = &request->span.cli;
	struct df_policy *policy;
	enum df_exit status = load_policy(cli, false, &policy, diags);

	data->policy = policy;
	data->root = cli->geo.root ?: "";
	data->now = cli->geo.now;
	if (!status && df_geo_import_open(data, files, count, diags))
		status = DF_EXIT_GEO;
	if (!status)
		status = request->what_if ? what_if(request, diags) :
					    install(request, diags);
	df_geo_import_free(data);
	df_policy_free(policy);
	return status;
}

static enum df_exit run(struct request *request, int argc, char **argv)
{
	struct df_diags diags = { 0 };
	enum df_exit status;

	if (strcmp(argv[0], "import")) {
		if (!wants_import(request))
			return geo_ask(&request->span.cli, argc, argv);
		complain("this option is for geo import; try: dronefence geo --help");
		return DF_EXIT_USAGE;
	}
	if (argc < 2 || argc > 3) {
		complain("expected one file, or geoip and geoip6; try: dronefence geo --help");
		return DF_EXIT_USAGE;
	}
	status = import(request, argv + 1, argc - 1, &diags);
	df_diags_sort(&diags);
	df_diags_print(&diags, stderr, request->span.cli.color);
	df_diags_free(&diags);
	return status;
}

/**
 * cmd_geo() - the geo data on this machine
 * @cli: options in front
 * @argc: the name, "info", "lookup" or "import", what belongs to it, and options
 * @argv: see @argc
 *
 * Return: see the usage.
 */
enum df_exit cmd_geo(const struct cli *cli, int argc, char **argv)
{
	struct request request = { 0 };
	int status;

	span_init(&request.span, cli);
	status = parse(&request, argc, argv);
	if (status < 0)
		status = (int)run(&request, argc - optind, argv + optind);
	span_free(&request.span);
	return (enum df_exit)status;
}
