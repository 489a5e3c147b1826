// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence sign: who hands out policies answers for one, to the programs that put it
 * into force, or to a kernel that is sealed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "permit_file.h"
#include "trust.h"

enum {
	OPT_KEY = 256,
	OPT_SERIAL,
	OPT_PERMIT,
	OPT_CERTIFICATE,
	OPT_NO_UNLOCK,
	OPT_NO_SWITCHES,
	OPT_GEO_ROOT,
	OPT_HELP,
};

const struct option cmd_sign_options[] = {
	{ "key", required_argument, NULL, OPT_KEY },
	{ "serial", required_argument, NULL, OPT_SERIAL },
	{ "permit", no_argument, NULL, OPT_PERMIT },
	{ "certificate", required_argument, NULL, OPT_CERTIFICATE },
	{ "no-unlock", no_argument, NULL, OPT_NO_UNLOCK },
	{ "no-switches", no_argument, NULL, OPT_NO_SWITCHES },
	{ "geo-root", required_argument, NULL, OPT_GEO_ROOT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/**
 * struct request - what is to be signed, and how
 * @path: of the policy file
 * @key: path of a private key
 * @serial: see the usage
 * @permit: a permit is wanted
 * @certificate: of the key, for a permit
 * @images: which images it lists
 */
struct request {
	const char *path;
	const char *key;
	uint64_t serial;
	bool permit;
	const char *certificate;
	struct df_permit_options images;
};

static const char usage[] =
"usage: dronefence sign FILE --key KEY --serial NUMBER\n"
"       dronefence sign FILE --permit --key KEY --certificate FILE --serial NUMBER\n"
"\n"
"Write FILE.sig: a signature over the policy, all that it includes, and NUMBER, which\n"
"is to be higher than that of the policy before. A machine that trusts a key (a *.pem\n"
"in " DF_TRUST_DIR ") takes only policies that are signed, and none with a\n"
"lower number than it had.\n"
"\n"
"With --permit write FILE.permit: a list of the images that FILE can become with the geo\n"
"data of this machine, for kernels that are sealed (see dronefence seal --help): as it\n"
"is, and with each application switched as a pilot may.\n"
"\n"
"  --key KEY           private key, PEM: Ed25519, or RSA or ECDSA for a permit\n"
"  --serial NUMBER     from 1 on\n"
"  --permit            write a permit\n"
"  --certificate FILE  that of the key, X.509, PEM or DER\n"
"  --no-unlock         list no image where an application is unlocked\n"
"  --no-switches       list nothing but what the file says\n"
"  --geo-root DIR      look for geo data below DIR\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 5 the policy is invalid, 7 geo data\n";

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

static void print_diags(const struct cli *cli, struct df_diags *diags)
{
	df_diags_sort(diags);
	df_diags_print(diags, stderr, cli->color);
	df_diags_free(diags);
}

static enum df_exit sign_policy(const struct cli *cli,
				const struct request *request)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(request->path, &diags);
	int err = 0;

	if (policy) {
		err = df_trust_sign(policy, request->path, request->serial,
				    request->key);
		df_policy_quote(policy, &diags);
	}
	print_diags(cli, &diags);
	if (!policy)
		return DF_EXIT_POLICY;
	df_policy_free(policy);
	if (!err)
		return DF_EXIT_OK;
	complain("%s was not signed with %s: %s", request->path, request->key,
		 err == -EINVAL ? "this is no private key of Ed25519" :
		 strerror(-err));
	return DF_EXIT_FAILED;
}

static const char *what_is_wrong(int err)
{
	switch (err) {
	case -EINVAL:
		return "the key is no private key";
	case -EBADMSG:
		return "the certificate is none";
	case -EKEYREJECTED:
		return "the certificate is not that of the key";
	case -EOPNOTSUPP:
		return "the kernel verifies RSA and ECDSA, and no other kind of key";
	default:
		return strerror(-err);
	}
}

static enum df_exit sign_images(const struct request *request,
				const struct df_images *images)
{
	struct df_blob permit;
	int err = df_permit_sign(images, request->serial, request->key,
				 request->certificate, &permit);

	if (!err)
		err = df_permit_write(request->path, &permit);
	free(permit.data);
	if (err) {
		complain("there is no permit for %s: %s", request->path,
			 what_is_wrong(err));
		return DF_EXIT_FAILED;
	}
	printf("%s.permit: serial %" PRIu64 ", %zu image%s\n", request->path,
	       request->serial, images->count, images->count == 1 ? "" : "s");
	return DF_EXIT_OK;
}

static enum df_exit sign_permit(const struct cli *cli, struct request *request)
{
	struct df_images *images = calloc(1, sizeof(*images));
	struct df_diags diags = { 0 };
	enum df_exit status;

	if (!images) {
		complain("out of memory");
		return DF_EXIT_FAILED;
	}
	request->images.progress = progress_start(cli);
	status = df_permit_images(request->path, &request->images, images,
				  &diags);
	progress_stop();
	print_diags(cli, &diags);
	if (!status)
		status = sign_images(request, images);
	free(images);
	return status;
}

static bool take(struct request *request, int option, const char **serial)
{
	switch (option) {
	case OPT_KEY:
		request->key = optarg;
		return true;
	case OPT_SERIAL:
		*serial = optarg;
		return true;
	case OPT_PERMIT:
		request->permit = true;
		return true;
	case OPT_CERTIFICATE:
		request->certificate = optarg;
		return true;
	case OPT_NO_UNLOCK:
		request->images.scope = DF_PERMIT_NO_UNLOCK;
		return true;
	case OPT_NO_SWITCHES:
		request->images.scope = DF_PERMIT_NO_SWITCHES;
		return true;
	case OPT_GEO_ROOT:
		request->images.geo.root = optarg;
		return true;
	default:
		return false;
	}
}

/* What is of a permit goes with --permit, and nothing else does. */
static bool is_complete(const struct request *request)
{
	return request->key && request->permit == !!request->certificate &&
	       (request->permit || !request->images.scope);
}

/**
 * cmd_sign() - sign a policy
 * @cli: options
 * @argc: the name, its argument and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK, DF_EXIT_FAILED, DF_EXIT_POLICY, DF_EXIT_GEO or DF_EXIT_USAGE.
 */
enum df_exit cmd_sign(const struct cli *cli, int argc, char **argv)
{
	struct request request = { .images.geo = cli->geo };
	const char *serial = NULL;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_sign_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return DF_EXIT_OK;
		}
		if (!take(&request, option, &serial))
			return wrong_usage();
	}
	if (argc - optind != 1 || !serial || !is_complete(&request))
		return wrong_usage();
	if (!parse_serial(serial, &request.serial)) {
		complain("\"%s\" is no number from 1 on", serial);
		return DF_EXIT_USAGE;
	}
	request.path = argv[optind];
	return request.permit ? sign_permit(cli, &request) :
				sign_policy(cli, &request);
}
