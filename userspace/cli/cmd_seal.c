// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence seal: until the next start nothing but what somebody has permitted. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "permit_file.h"

enum {
	OPT_CERTIFICATE = 256,
	OPT_PLATFORM,
	OPT_HELP,
};

const struct option cmd_seal_options[] = {
	{ "certificate", required_argument, NULL, OPT_CERTIFICATE },
	{ "platform", no_argument, NULL, OPT_PLATFORM },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence seal [FILE] --certificate FILE...\n"
"       dronefence seal [FILE] --platform\n"
"       dronefence seal [FILE]\n"
"\n"
"Let the kernel keep, until the machine is started again, to what FILE.permit lists: no\n"
"other policy comes into force, whoever asks, and the module stays. The permit is made\n"
"by dronefence sign --permit, and has to list the policy in force. FILE is\n"
DF_POLICY_PATH " if it is not named.\n"
"\n"
"What is sealed already takes a newer permit in this way, without another option.\n"
"\n"
"  --certificate FILE  X.509 of a key that may sign permits, PEM or DER; up to 8 times\n"
"  --platform          the keys that the kernel trusts: built in, the machine owner's,\n"
"                      the firmware's\n"
"\n"
"exit status: 0 sealed, 1 refused or failed, 2 usage, 3 no module or no policy,\n"
"6 permission\n";

/**
 * struct seal - what goes to the kernel
 * @policy: path of the policy file
 * @permit: beside it
 * @certificates: of whoever may sign permits
 * @count: of @certificates
 * @platform: the kernel's own keys may
 * @help: nothing does
 */
struct seal {
	const char *policy;
	struct df_blob permit;
	struct df_blob certificates[DRONEFENCE_MAX_CERTIFICATES];
	size_t count;
	bool platform;
	bool help;
};

static enum df_exit wrong_usage(void)
{
	complain("try: dronefence seal --help");
	return DF_EXIT_USAGE;
}

static enum df_exit add_certificate(struct seal *seal, const char *path)
{
	int err;

	if (seal->count == DRONEFENCE_MAX_CERTIFICATES) {
		complain("%s: more than %d certificates", path,
			 DRONEFENCE_MAX_CERTIFICATES);
		return DF_EXIT_USAGE;
	}
	err = df_permit_certificate(path, &seal->certificates[seal->count]);
	if (err) {
		complain("%s: %s", path, err == -EBADMSG ?
			 "this is no certificate" : strerror(-err));
		return DF_EXIT_FAILED;
	}
	seal->count++;
	return DF_EXIT_OK;
}

static enum df_exit read_options(struct seal *seal, int argc, char **argv)
{
	enum df_exit status = DF_EXIT_OK;
	int option;

	optind = 0;
	while (!status && (option = getopt_long(argc, argv, "", cmd_seal_options,
						NULL)) != -1) {
		if (option == OPT_CERTIFICATE)
			status = add_certificate(seal, optarg);
		else if (option == OPT_PLATFORM)
			seal->platform = true;
		else if (option == OPT_HELP)
			seal->help = true;
		else
			return wrong_usage();
	}
	if (!status && (argc - optind > 1 || (seal->platform && seal->count)))
		return wrong_usage();
	seal->policy = optind < argc ? argv[optind] : DF_POLICY_PATH;
	return status;
}

static enum df_exit read_permit(struct seal *seal)
{
	int err = df_permit_read(seal->policy, &seal->permit);

	if (!err)
		return DF_EXIT_OK;
	complain("%s.permit: %s", seal->policy, err == -EFBIG ?
		 "this is no permit" : strerror(-err));
	return DF_EXIT_FAILED;
}

/* Of the permits that this machine has seen. */
static enum df_exit check_age(const struct cli *cli, const struct seal *seal)
{
	struct df_diags diags = { 0 };
	bool good = df_permit_is_new(&seal->permit, seal->policy, DF_PERMIT_LAST,
				     &diags);

	df_diags_print(&diags, stderr, cli->color);
	df_diags_free(&diags);
	return good ? DF_EXIT_OK : DF_EXIT_FAILED;
}

/* Sealed it is, whatever becomes of this. */
static void keep_age(const struct seal *seal)
{
	int err = df_permit_keep(&seal->permit, DF_PERMIT_LAST);

	if (err)
		complain("older permits will not be refused after a restart: "
			 DF_PERMIT_LAST ": %s", strerror(-err));
}

static enum df_exit set_seal(const struct seal *seal)
{
	struct df_client *client;
	enum df_exit status = client_open(&client);
	int err;

	if (status)
		return status;
	err = df_client_seal(client, &seal->permit, seal->certificates,
			     seal->count, seal->platform);
	if (err)
		status = client_failed(client, err);
	else
		keep_age(seal);
	df_client_close(client);
	return status;
}

static enum df_exit run(const struct cli *cli, struct seal *seal, int argc,
			char **argv)
{
	enum df_exit status = read_options(seal, argc, argv);

	if (!status && seal->help)
		fputs(usage, stdout);
	if (status || seal->help)
		return status;
	return read_permit(seal) ?: check_age(cli, seal) ?: set_seal(seal);
}

/**
 * cmd_seal() - seal the module, or give it a newer permit
 * @cli: options
 * @argc: the name, its argument and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK; on anything else nothing has changed.
 */
enum df_exit cmd_seal(const struct cli *cli, int argc, char **argv)
{
	struct seal seal = { 0 };
	enum df_exit status;

	status = run(cli, &seal, argc, argv);
	while (seal.count)
		free(seal.certificates[--seal.count].data);
	free(seal.permit.data);
	return status;
}
