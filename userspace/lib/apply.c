// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a policy from its file into the kernel, the same for everyone who
 * takes it: read, look up, compile, check, push.
 */
#include <errno.h>
#include <string.h>

#include "anchor.h"
#include "apply.h"
#include "cache.h"
#include "facts.h"
#include "fallback.h"

/* What is to blame for the errors that were found. */
static enum df_exit exit_of_diags(const struct df_diags *diags)
{
	if (diags->errors > diags->geo_errors)
		return DF_EXIT_POLICY;
	if (diags->geo_errors)
		return DF_EXIT_GEO;
	return DF_EXIT_FAILED;
}

static void use_compiled(struct df_build *build, struct df_compiled *compiled,
			 struct df_diags *diags)
{
	build->geo = compiled->geo;
	build->image = compiled->image;
	df_diags_append(diags, &compiled->diags);
}

/* Read and compile. The messages of the result depend on files only. */
static void compile(const struct df_policy *policy,
		    const struct df_build_options *options,
		    struct df_compiled *compiled, struct df_diags *diags)
{
	int err = df_geo_read(policy, options->geo.root, &compiled->geo,
			      &compiled->diags);

	/* Of what could be read, so that all errors are reported at once. */
	if (compiled->geo &&
	    df_geo_check_dates(policy, compiled->geo, options->geo.now, diags))
		err = -ESTALE;
	if (err)
		return;
	df_progress(&options->progress, DF_PHASE_COMPILE, 0);
	compiled->image = df_compile(policy, compiled->geo, &compiled->diags);
	if (compiled->image)
		df_lint(policy, compiled->image, &compiled->diags);
}

/*
 * Only if the files are still those that the key is of: if one was replaced
 * while it was read, nobody knows which of the two was compiled.
 */
static void keep(const struct df_cache *cache, const struct df_policy *policy,
		 const char *root, const struct df_compiled *compiled,
		 struct df_diags *diags)
{
	struct df_cache again = { .dir = cache->dir };

	if (!compiled->image || df_diags_failed(&compiled->diags) ||
	    df_cache_key(&again, policy, root) ||
	    memcmp(again.key, cache->key, sizeof(again.key)))
		return;
	df_cache_store(cache, compiled, diags);
}

static void build_image(struct df_build *build,
			const struct df_build_options *options,
			struct df_diags *diags)
{
	const char *root = options->geo.root;
	struct df_cache cache = { .dir = options->cache };
	struct df_compiled compiled = { 0 };
	bool keyed;

	df_progress(&options->progress, DF_PHASE_READ, 0);
	keyed = cache.dir && !df_cache_key(&cache, build->policy, root);
	build->warm = keyed && df_cache_load(&cache, build->policy, &compiled,
					     diags);
	if (build->warm) {
		df_geo_check_dates(build->policy, compiled.geo,
				   options->geo.now, diags);
	} else {
		compile(build->policy, options, &compiled, diags);
		if (keyed)
			keep(&cache, build->policy, root, &compiled, diags);
	}
	use_compiled(build, &compiled, diags);
}

static bool switch_over(struct df_policy *policy,
			const struct df_build_options *options,
			struct df_diags *diags)
{
	uint64_t now = df_boottime();

	if (options->request &&
	    !df_switch_permitted(options->request, policy, diags))
		return false;
	return !options->switches ||
	       df_switches_apply(options->switches, now, policy, diags);
}

/**
 * df_build_load() - read a policy file and compile it
 * @build: result; to be freed with df_build_free(), after an error too
 * @path: of the policy file, NULL for that of df_fallback_load()
 * @options: see &struct df_build_options
 * @diags: where errors and warnings go; empty before, sorted afterwards
 *
 * Needs neither the module nor privileges. If the same files were compiled
 * before and the result was kept, it is taken: with the same messages as then,
 * but for those about the age of the geo data.
 *
 * Return: DF_EXIT_OK, DF_EXIT_POLICY, DF_EXIT_GEO where nothing but the geo
 * data is wrong, or DF_EXIT_FAILED when memory is short.
 */
enum df_exit df_build_load(struct df_build *build, const char *path,
			   const struct df_build_options *options,
			   struct df_diags *diags)
{
	*build = (struct df_build){ 0 };

	build->policy = path ? df_policy_load(path, diags) :
			       df_fallback_load(diags);
	if (build->policy) {
		if (switch_over(build->policy, options, diags))
			build_image(build, options, diags);
		df_policy_quote(build->policy, diags);
	}
	df_diags_sort(diags);
	if (!build->image || df_diags_failed(diags))
		return exit_of_diags(diags);
	return DF_EXIT_OK;
}

/**
 * df_build_free() - free what df_build_load() made
 * @build: the result of df_build_load(); empty afterwards
 */
void df_build_free(struct df_build *build)
{
	df_image_free(build->image);
	df_geo_free(build->geo);
	df_policy_free(build->policy);
	*build = (struct df_build){ 0 };
}

/**
 * df_exit_of_client() - exit status for an error of the connection
 * @err: negative errno of df_client_open(), df_client_status(),
 *	df_client_subscribe() or df_client_apply()
 *
 * Return: DF_EXIT_NOT_ENFORCING if the module is missing,
 * DF_EXIT_PERMISSION, or DF_EXIT_FAILED.
 */
enum df_exit df_exit_of_client(int err)
{
	if (err == -ENOENT)
		return DF_EXIT_NOT_ENFORCING;
	if (err == -EPERM || err == -EACCES)
		return DF_EXIT_PERMISSION;
	return DF_EXIT_FAILED;
}

static enum df_exit client_failed(struct df_client *client, int err,
				  struct df_diags *diags)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "the policy was not applied: %s",
		df_client_error(client));
	return df_exit_of_client(err);
}

/* The policy is in force, whatever becomes of the cgroups. */
static void set_up_cgroups(struct df_client *client, struct df_diags *diags,
			   struct df_applied *applied)
{
	size_t errors = diags->errors;

	if (df_anchor_all(client, diags))
		df_diag(diags, DF_ERROR, NULL, NULL,
			"the policy is in force, but the cgroups of its programs could not be set up: %s",
			df_client_error(client));
	applied->incomplete = diags->errors > errors;
}

/*
 * What only records need does not keep a policy from coming into force. Nobody is
 * told: records without it say nothing wrong.
 */
static int apply_build(struct df_client *client, const struct df_build *build,
		       const struct df_build_options *options,
		       uint32_t expected, uint32_t *generation)
{
	bool noted = options->cache && !df_facts_write(options->cache, build);
	int err = df_client_apply(client, build->image, expected,
				  &options->progress, generation);

	if (!err && noted)
		df_facts_settle(options->cache);
	return err;
}

/**
 * df_apply_file() - put a policy file into force
 * @client: connection to the module
 * @path: of the policy file, NULL for that of df_fallback_load()
 * @options: see &struct df_build_options
 * @diags: where errors and warnings go, the kernel's own among them; empty
 *	before
 * @applied: the policy that is now in force; set on success only
 *
 * All or nothing: after an error the kernel has the policy that it had before.
 * The same holds if somebody else applies a policy while this one is compiled;
 * that is reported as an error, and the other policy stays.
 *
 * The cgroups where programs are placed come after that. Where one cannot be set
 * up, @diags has an error and @applied says so, but the policy is in force.
 *
 * Return: as df_build_load(), DF_EXIT_NOT_ENFORCING if the module is gone,
 * DF_EXIT_PERMISSION, or DF_EXIT_FAILED if the kernel refused the policy.
 */
enum df_exit df_apply_file(struct df_client *client, const char *path,
			   const struct df_build_options *options,
			   struct df_diags *diags, struct df_applied *applied)
{
	struct df_status status;
	struct df_build build;
	enum df_exit code;
	int err;

	err = df_client_status(client, &status);
	if (err)
		return client_failed(client, err, diags);

	code = df_build_load(&build, path, options, diags);
	if (code == DF_EXIT_OK) {
		applied->warm = build.warm;
		err = apply_build(client, &build, options, status.generation,
				  &applied->generation);
		if (err)
			code = client_failed(client, err, diags);
		else
			set_up_cgroups(client, diags, applied);
	}
	df_build_free(&build);
	return code;
}
