// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence check and apply: a policy file, and into force with it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "cli.h"
#include "guard.h"
#include "pending.h"

static void print_diags(const struct cli *cli, const struct df_diags *diags)
{
	df_diags_print(diags, stderr, cli->color);
}

static json_t *json_diag(const struct df_diag *d)
{
	return json_pack("{s:s, s:s?, s:i, s:i, s:s}", "severity",
			 d->severity == DF_ERROR ? "error" : "warning",
			 "file", d->file, "line", (int)d->line,
			 "column", (int)d->column, "message", d->message);
}

static json_t *json_diags(const struct df_diags *diags)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < diags->count; i++)
		json_array_append_new(array, json_diag(&diags->list[i]));
	return array;
}

static json_t *json_build(const struct df_build *build)
{
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1];
	uint8_t bytes[DRONEFENCE_DIGEST_LEN];

	if (!build->image || df_image_digest(build->image, bytes))
		return json_null();
	format_digest(bytes, digest);
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "name", build->image->name, "digest", digest,
			 "applications", (json_int_t)build->image->application_count,
			 "profiles", (json_int_t)build->image->profile_count,
			 "sets", (json_int_t)build->image->set_count,
			 "zones", (json_int_t)build->image->zone_count,
			 "ranges4", (json_int_t)build->image->ranges[DF_IPV4].count,
			 "ranges6", (json_int_t)build->image->ranges[DF_IPV6].count);
}

static void print_build(const struct df_build *build)
{
	const struct df_image *image = build->image;
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1];
	uint8_t bytes[DRONEFENCE_DIGEST_LEN];

	if (df_image_digest(image, bytes))
		return;
	format_digest(bytes, digest);
	printf("policy %s is valid: %zu applications, %zu profiles, %zu sets, ",
	       image->name, image->application_count, image->profile_count,
	       image->set_count);
	printf("%zu zones, %zu + %zu ranges\n", image->zone_count,
	       image->ranges[DF_IPV4].count, image->ranges[DF_IPV6].count);
	printf("digest %s\n", digest);
}

/**
 * cmd_check() - read and compile a policy file, change nothing
 * @cli: options
 * @argc: 1
 * @argv: the file
 *
 * Return: DF_EXIT_OK, DF_EXIT_POLICY or DF_EXIT_GEO.
 */
enum df_exit cmd_check(const struct cli *cli, int argc, char **argv)
{
	struct df_diags diags = { 0 };
	struct df_build_options options = {
		.geo = cli->geo,
		.progress = progress_start(cli),
	};
	struct df_build build;
	enum df_exit status = df_build_load(&build, argv[0], &options, &diags);

	progress_stop();
	if (cli->json) {
		enum df_exit err = print_json(json_pack("{s:b, s:o, s:o}",
			"valid", status == DF_EXIT_OK, "messages",
			json_diags(&diags), "policy", json_build(&build)));

		status = status ?: err;
	} else {
		print_diags(cli, &diags);
		if (!status)
			print_build(&build);
	}
	df_build_free(&build);
	df_diags_free(&diags);
	return status;
}

static enum df_exit print_applied(const struct cli *cli, const char *path,
				  const struct df_applied *applied,
				  uint32_t seconds)
{
	if (cli->json)
		return print_json(json_pack("{s:I, s:b, s:I}", "generation",
					    (json_int_t)applied->generation,
					    "warm", applied->warm,
					    "confirm_seconds",
					    (json_int_t)seconds));
	printf("applied %s as generation %u\n", path, applied->generation);
	if (cli->verbose)
		puts(applied->warm ? "warm: compiled earlier from the same files" :
				     "cold: read and compiled now");
	if (seconds)
		printf("in %u seconds the policy before comes back, unless: dronefence confirm\n",
		       seconds);
	return DF_EXIT_OK;
}

/**
 * read_switches() - what a pilot has switched holds whoever changes the policy
 * @switches: result; to be freed, after an error too
 *
 * Return: DF_EXIT_OK, or DF_EXIT_FAILED when it has been told why not.
 */
enum df_exit read_switches(struct df_switches *switches)
{
	int err = df_switches_load(DF_SWITCHES_PATH, switches);

	if (!err)
		return DF_EXIT_OK;
	complain("what was switched is not known: " DF_SWITCHES_PATH ": %s; start the daemon again, which then takes local data mode for all",
		 err == -EINVAL ? "it is damaged" : strerror(-err));
	return DF_EXIT_FAILED;
}

/* Somebody who waits has to be there first. */
static enum df_exit set_up_confirm(const struct cli *cli,
				   struct df_build_options *options,
				   int *guard)
{
	struct df_confirm_options *confirm = &options->confirm;

	if (!cli->confirm)
		return DF_EXIT_OK;
	if (!parse_count(cli->confirm, DF_CONFIRM_MAX, &confirm->seconds)) {
		complain("--confirm \"%s\" is no number of seconds from 1 to %u",
			 cli->confirm, DF_CONFIRM_MAX);
		return DF_EXIT_USAGE;
	}
	*guard = guard_start(options);
	if (*guard < 0) {
		complain("nobody can wait for it to be confirmed: %s",
			 strerror(-*guard));
		return DF_EXIT_FAILED;
	}
	confirm->armed = guard_arm;
	confirm->arg = guard;
	return DF_EXIT_OK;
}

static enum df_exit apply(const struct cli *cli, struct df_client *client,
			  const char *path,
			  const struct df_build_options *options)
{
	struct df_diags diags = { 0 };
	struct df_applied applied = { 0 };
	enum df_exit status = df_apply_file(client, path, options, &diags,
					    &applied);

	progress_stop();
	print_diags(cli, &diags);
	df_diags_free(&diags);
	if (status) {
		complain("nothing was changed");
		return status;
	}
	return print_applied(cli, path, &applied, options->confirm.seconds) ?:
	       (applied.incomplete ? DF_EXIT_FAILED : DF_EXIT_OK);
}

/**
 * cmd_apply() - put a policy into force
 * @cli: options
 * @argc: 1
 * @argv: the file
 *
 * Return: DF_EXIT_OK; on anything else the old policy is in force, but for
 * DF_EXIT_FAILED where only the cgroups of its programs could not be set up.
 */
enum df_exit cmd_apply(const struct cli *cli, int argc, char **argv)
{
	struct df_switches switches;
	struct df_build_options options = {
		.geo = cli->geo,
		.cache = cli->cache,
		.switches = &switches,
		.trust = { DF_TRUST_DIR, DF_TRUST_LAST },
		.history = cli->history,
	};
	struct df_client *client;
	int guard = -1;
	enum df_exit status = read_switches(&switches) ?:
			      set_up_confirm(cli, &options, &guard) ?:
			      client_open(&client);

	if (!status) {
		options.progress = progress_start(cli);
		status = apply(cli, client, argv[0], &options);
		df_client_close(client);
	}
	if (guard >= 0)
		close(guard);
	df_switches_free(&switches);
	return status;
}
