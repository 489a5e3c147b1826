// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence sign: who hands out policies answers for one. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "trust.h"

enum {
	OPT_KEY = 256,
	OPT_SERIAL,
	OPT_HELP,
};

const struct option cmd_sign_options[] = {
	{ "key", required_argument, NULL, OPT_KEY },
	{ "serial", required_argument, NULL, OPT_SERIAL },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence sign FILE --key KEY --serial NUMBER\n"
"\n"
"Write FILE.sig: a signature over the policy, all that it includes, and NUMBER, which\n"
"is to be higher than that of the policy before. A machine that trusts a key (a *.pem\n"
"in " DF_TRUST_DIR ") takes only policies that are signed, and none with a\n"
"lower number than it had.\n"
"\n"
"  --key KEY        private key of Ed25519, PEM\n"
"  --serial NUMBER  from 1 on\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 5 the policy is invalid\n";

static enum df_exit wrong_usage(void)
{
	complain("try: dronefence sign --help");
	return DF_EXIT_USAGE;
}

static bool parse_serial(const char *text, uint64_t *serial)
{
	char *end;

	errno = 0;
	*serial = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *serial;
}

static enum df_exit sign(const struct cli *cli, const char *path,
			 uint64_t serial, const char *key)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(path, &diags);
	int err = 0;

	if (policy) {
		err = df_trust_sign(policy, path, serial, key);
		df_policy_quote(policy, &diags);
	}
	df_diags_sort(&diags);
	df_diags_print(&diags, stderr, cli->color);
	df_diags_free(&diags);
	if (!policy)
		return DF_EXIT_POLICY;
	df_policy_free(policy);
	if (!err)
		return DF_EXIT_OK;
	complain("%s was not signed with %s: %s", path, key, err == -EINVAL ?
		 "this is no private key of Ed25519" : strerror(-err));
	return DF_EXIT_FAILED;
}

/**
 * cmd_sign() - sign a policy
 * @cli: options
 * @argc: the name, its argument and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK, DF_EXIT_FAILED, DF_EXIT_POLICY or DF_EXIT_USAGE.
 */
enum df_exit cmd_sign(const struct cli *cli, int argc, char **argv)
{
	const char *key = NULL, *text = NULL;
	uint64_t serial;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_sign_options, NULL)) != -1) {
		switch (option) {
		case OPT_KEY:
			key = optarg;
			break;
		case OPT_SERIAL:
			text = optarg;
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			return DF_EXIT_OK;
		default:
			return wrong_usage();
		}
	}
	if (argc - optind != 1 || !key || !text)
		return wrong_usage();
	if (!parse_serial(text, &serial)) {
		complain("\"%s\" is no number from 1 on", text);
		return DF_EXIT_USAGE;
	}
	return sign(cli, argv[optind], serial, key);
}
