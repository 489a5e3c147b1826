// SPDX-License-Identifier: GPL-2.0-or-later
/* A policy is put into force on trial, and somebody says that it may stay. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "confirm.h"
#include "force.h"

/**
 * df_confirm_clear() - nothing may wait where a policy is applied
 * @client: connection to the module
 * @dir: folder of the history; the caller has its lock
 * @diags: where it is said what waits
 *
 * What holds no more is removed.
 *
 * Return: DF_EXIT_OK, or DF_EXIT_FAILED if a policy waits to be confirmed.
 */
enum df_exit df_confirm_clear(struct df_client *client, const char *dir,
			      struct df_diags *diags)
{
	struct df_pending pending;
	int err = df_pending_read(dir, &pending);
	int holds = err ? 0 : df_pending_holds(&pending, client);

	if (err == -ENOENT)
		return DF_EXIT_OK;
	if (holds < 0)
		return df_force_failed(client, holds, diags);
	if (holds) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			"the policy in force waits to be confirmed; first \"dronefence confirm\" or \"dronefence rollback\"");
		return DF_EXIT_FAILED;
	}
	if (err == -EINVAL)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"what waited to be confirmed is not known, the file in %s was damaged",
			dir);
	df_pending_remove(dir);
	return DF_EXIT_OK;
}

static enum df_exit refuse(struct df_diags *diags, const char *why,
			   enum df_exit code)
{
	df_diag(diags, DF_ERROR, NULL, NULL,
		"no policy could come back if this one is not confirmed: %s",
		why);
	return code;
}

/* Can the policy in force come back? */
static enum df_exit find_before(struct df_client *client, const char *dir,
				const struct df_switches *switches,
				struct df_pending *pending,
				struct df_diags *diags)
{
	const struct df_history_entry *entry;
	struct df_compiled compiled;
	struct df_policy_info info;
	struct df_history history;
	struct df_status status;
	int err = df_client_status(client, &status);

	if (err)
		return df_force_failed(client, err, diags);
	if (df_switches_any(switches, df_boottime()))
		return refuse(diags, "local data mode is on, or something is unlocked, and it would not come back as well",
			      DF_EXIT_FAILED);
	if (!status.generation)
		return refuse(diags, "none is in force; apply this one without --confirm, or first one without applications",
			      DF_EXIT_NOT_ENFORCING);
	err = df_client_policy(client, &info);
	if (err)
		return df_force_failed(client, err, diags);
	err = df_history_read(dir, &history);
	if (err)
		return refuse(diags, "the history is damaged", DF_EXIT_BROKEN);
	entry = df_history_find(&history, info.digest);
	if (!entry)
		return refuse(diags, "the one in force is not in the history; apply its file again",
			      DF_EXIT_FAILED);
	err = df_history_load(dir, entry, &compiled);
	if (err)
		return refuse(diags, df_cache_problem(err), DF_EXIT_BROKEN);
	df_compiled_free(&compiled);
	pending->instance = status.instance;
	pending->replaces = status.generation;
	memcpy(pending->before, info.digest, sizeof(info.digest));
	return DF_EXIT_OK;
}

/**
 * df_confirm_arm() - make sure that the policy in force comes back
 * @client: connection to the module
 * @build: what is about to be put into force
 * @options: with a history, whose lock the caller has, and a time to confirm
 * @diags: where errors go
 *
 * To be called before, so that at no moment a policy is on trial and nobody waits.
 *
 * Return: DF_EXIT_OK; DF_EXIT_NOT_ENFORCING if none is in force; DF_EXIT_BROKEN if it
 * is damaged where it is kept; DF_EXIT_FAILED.
 */
enum df_exit df_confirm_arm(struct df_client *client,
			    const struct df_build *build,
			    const struct df_build_options *options,
			    struct df_diags *diags)
{
	const struct df_confirm_options *confirm = &options->confirm;
	struct df_pending pending = {
		/* The second that has begun does not count. */
		.deadline = df_boottime() + 1 + confirm->seconds,
		.found = build->found,
	};
	enum df_exit code = find_before(client, options->history,
					options->switches, &pending, diags);
	int err;

	if (code)
		return code;
	err = df_image_digest(build->image, pending.digest);
	if (!err)
		err = df_pending_write(options->history, &pending);
	if (!err)
		err = confirm->armed(confirm->arg);
	if (!err)
		return DF_EXIT_OK;
	df_pending_remove(options->history);
	return refuse(diags, strerror(-err), DF_EXIT_FAILED);
}

static enum df_exit confirm_locked(struct df_client *client, const char *dir,
				   const struct df_trust *trust,
				   struct df_diags *diags)
{
	struct df_pending pending;
	int err = df_pending_read(dir, &pending);

	if (!err) {
		int holds = df_pending_holds(&pending, client);

		if (holds < 0) {
			df_diag(diags, DF_ERROR, NULL, NULL, "%s",
				df_client_error(client));
			return df_exit_of_client(holds);
		}
		/* Before it is confirmed: else an older one could come. */
		err = holds ? df_trust_keep(trust, &pending.found) : 0;
		if (!err)
			err = df_pending_remove(dir);
		if (holds && !err)
			return DF_EXIT_OK;
	}
	if (err && err != -ENOENT) {
		df_diag(diags, DF_ERROR, NULL, NULL, "%s: %s", dir,
			df_cache_problem(err));
		return DF_EXIT_FAILED;
	}
	df_diag(diags, DF_ERROR, NULL, NULL,
		"no policy waits to be confirmed");
	return DF_EXIT_NO_OBJECT;
}

/**
 * df_confirm() - the policy in force stays
 * @client: connection to the module
 * @dir: folder of the history
 * @trust: no older one may come into force any more, if this one is signed
 * @diags: where errors go
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if none waits, perhaps no more; as
 * df_exit_of_client(); DF_EXIT_FAILED.
 */
enum df_exit df_confirm(struct df_client *client, const char *dir,
			const struct df_trust *trust, struct df_diags *diags)
{
	int lock, err = df_force_lock(dir, &lock);
	enum df_exit code;

	if (err) {
		df_diag(diags, DF_ERROR, NULL, NULL, "%s: %s", dir,
			df_cache_problem(err));
		return DF_EXIT_FAILED;
	}
	code = confirm_locked(client, dir, trust, diags);
	close(lock);
	return code;
}
