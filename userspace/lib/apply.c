// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a policy from its file into the kernel, the same for everyone who
 * takes it: read, look up, compile, check, push.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "cache.h"
#include "confirm.h"
#include "fallback.h"
#include "force.h"

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
	/* Of what a switch made of it nobody wrote anything. */
	if (compiled->image && !policy->variant)
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

/* With the lock, where there is a history. */
static enum df_exit force_build(struct df_client *client,
				const struct df_build *build, const char *path,
				uint32_t expected,
				const struct df_build_options *options,
				struct df_diags *diags,
				struct df_applied *applied)
{
	const struct df_compiled compiled = {
		.geo = build->geo, .image = build->image,
	};
	const struct df_force what = {
		.compiled = &compiled, .file = path, .cause = DF_CAUSE_APPLY,
		.expected = expected,
	};
	enum df_exit code = DF_EXIT_OK;

	if (options->history)
		code = df_confirm_clear(client, options->history, diags);
	if (!code && options->confirm.seconds)
		code = df_confirm_arm(client, build, options, diags);
	if (code)
		return code;
	code = df_force(client, &what, options, diags, applied);
	if (code && options->confirm.seconds)
		df_pending_remove(options->history);
	return code;
}

/*
 * Nobody else is to change the policy and its history now. Where there can be no
 * history, a policy still comes into force, unless it needs a way back.
 */
static enum df_exit put_into_force(struct df_client *client,
				   const struct df_build *build,
				   const char *path, uint32_t expected,
				   const struct df_build_options *options,
				   struct df_diags *diags,
				   struct df_applied *applied)
{
	struct df_build_options without = *options;
	int lock = -1, err = 0;
	enum df_exit code;

	if (options->history)
		err = df_force_lock(options->history, &lock);
	if (err == -EWOULDBLOCK || (err && options->confirm.seconds)) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			"the policy was not applied: %s: %s", options->history,
			err == -EWOULDBLOCK ? "somebody else changes it" :
			df_cache_problem(err));
		return DF_EXIT_FAILED;
	}
	if (err) {
		df_diag(diags, DF_WARNING, NULL, NULL,
			"no rollback will find this policy: %s: %s",
			options->history, df_cache_problem(err));
		without.history = NULL;
	}
	code = force_build(client, build, path, expected, &without, diags,
			   applied);
	if (lock >= 0)
		close(lock);
	return code;
}

/* In force it is already. */
static void keep_signed(const struct df_trust *trust,
			const struct df_signed *found, struct df_diags *diags)
{
	int err = df_trust_keep(trust, found);

	if (err)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"older policies will not be refused: %s: %s", trust->last,
			strerror(-err));
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
 * that is reported as an error, and the other policy stays. While one waits to be
 * confirmed, none is applied.
 *
 * The cgroups where programs are placed come after that. Where one cannot be set
 * up, @diags has an error and @applied says so, but the policy is in force.
 *
 * Return: as df_build_load(), DF_EXIT_POLICY also where it has to be signed and is not,
 * DF_EXIT_NOT_ENFORCING if the module is gone, DF_EXIT_PERMISSION, or DF_EXIT_FAILED if
 * the kernel refused the policy.
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
		return df_force_failed(client, err, diags);

	code = df_build_load(&build, path, options, diags);
	if (code == DF_EXIT_OK && path &&
	    !df_trust_check(&options->trust, build.policy, path,
			    &build.found, diags))
		code = DF_EXIT_POLICY;
	if (code == DF_EXIT_OK) {
		applied->warm = build.warm;
		code = put_into_force(client, &build, path, status.generation,
				      options, diags, applied);
	}
	/* On trial it does not count yet. */
	if (code == DF_EXIT_OK && !options->confirm.seconds)
		keep_signed(&options->trust, &build.found, diags);
	df_build_free(&build);
	return code;
}
