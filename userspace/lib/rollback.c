// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Back to a policy that was in force, as it was compiled: because somebody asks for
 * it, or because nobody confirmed the one after it. Neither its file nor geo data is
 * read, so that a way back does not depend on what may be broken.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "confirm.h"
#include "force.h"

/**
 * struct situation - what is in force, and what was
 * @status: of the module
 * @digest: of the policy in force, if there is a generation
 * @history: what is kept
 * @waits: @pending holds
 * @pending: what is on trial
 */
struct situation {
	struct df_status status;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_history history;
	bool waits;
	struct df_pending pending;
};

static enum df_exit fail(struct df_diags *diags, enum df_exit code,
			 const char *what, const char *why)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "%s: %s", what, why);
	return code;
}

static int ask_kernel(struct df_client *client, struct situation *now)
{
	struct df_policy_info info = { 0 };
	int err = df_client_status(client, &now->status);

	if (!err && now->status.generation)
		err = df_client_policy(client, &info);
	memcpy(now->digest, info.digest, sizeof(info.digest));
	return err;
}

static enum df_exit look(struct df_client *client, const char *dir,
			 struct df_diags *diags, struct situation *now)
{
	int err = ask_kernel(client, now);

	if (err)
		return df_force_failed(client, err, diags);
	err = df_history_read(dir, &now->history);
	if (err)
		return fail(diags, DF_EXIT_BROKEN, dir,
			    err == -EINVAL ? "the history is damaged" :
			    df_cache_problem(err));
	if (!df_pending_read(dir, &now->pending))
		err = df_pending_holds(&now->pending, client);
	now->waits = err == 1;
	return err < 0 ? df_force_failed(client, err, diags) : DF_EXIT_OK;
}

static const struct df_history_entry *choose(const struct situation *now,
					     uint32_t number)
{
	if (number)
		return df_history_numbered(&now->history, number);
	if (now->waits)
		return df_history_find(&now->history, now->pending.before);
	return df_history_before(&now->history,
				 now->status.generation ? now->digest : NULL);
}

/* @entry is a copy: the history changes. */
static enum df_exit go_back(struct df_client *client, uint32_t generation,
			    const struct df_history_entry *entry,
			    enum df_cause cause,
			    const struct df_build_options *options,
			    struct df_diags *diags, struct df_applied *applied)
{
	struct df_compiled compiled;
	const struct df_force what = {
		.compiled = &compiled, .file = entry->file, .cause = cause,
		.expected = generation,
	};
	int err = df_history_load(options->history, entry, &compiled);
	enum df_exit code;

	if (err) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			"policy %u of the history cannot be used: %s",
			entry->number, df_cache_problem(err));
		return DF_EXIT_BROKEN;
	}
	code = df_force(client, &what, options, diags, applied);
	df_compiled_free(&compiled);
	if (!code)
		df_pending_remove(options->history);
	return code;
}

static enum df_exit roll_back(struct df_client *client, uint32_t number,
			      const struct df_build_options *options,
			      struct df_diags *diags,
			      struct df_applied *applied,
			      struct df_history_entry *entry)
{
	const struct df_history_entry *found;
	struct situation now;
	enum df_exit code = look(client, options->history, diags, &now);

	if (code)
		return code;
	if (df_switches_any(options->switches, df_boottime()))
		return fail(diags, DF_EXIT_FAILED, "no rollback",
			    "local data mode is on, or something is unlocked, which it would end; first \"dronefence local-data-mode off\" or \"dronefence unlock --end\"");
	if (df_trust_needed(&options->trust))
		return fail(diags, DF_EXIT_FAILED, "no rollback",
			    "policies have to be signed, and none may be older than the last; sign the older text with a higher serial");
	found = choose(&now, number);
	if (!found) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			number ? "the history has no policy %u" :
			"the history has no policy before this one", number);
		return DF_EXIT_NO_OBJECT;
	}
	*entry = *found;
	return go_back(client, now.status.generation, entry, DF_CAUSE_ROLLBACK,
		       options, diags, applied);
}

static enum df_exit lock(const char *dir, struct df_diags *diags, int *fd)
{
	int err = df_force_lock(dir, fd);

	return err ? fail(diags, DF_EXIT_FAILED, dir, err == -EWOULDBLOCK ?
			  "somebody else changes the policy" :
			  df_cache_problem(err)) : DF_EXIT_OK;
}

/**
 * df_rollback() - put a policy of the history into force
 * @client: connection to the module
 * @number: which one, 0 for the one before, or where one waits to be confirmed for
 *	the one that it replaced
 * @options: with a history; nothing is compiled
 * @diags: where errors go
 * @applied: set on success only
 * @entry: which one it was, as the history had it before; set on success
 *
 * What waits to be confirmed is dropped. While something is switched there is no
 * rollback: what was compiled before knows nothing of it. After an error everything is
 * as before.
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if there is no such policy; DF_EXIT_BROKEN if
 * it is damaged; as df_exit_of_client().
 */
enum df_exit df_rollback(struct df_client *client, uint32_t number,
			 const struct df_build_options *options,
			 struct df_diags *diags, struct df_applied *applied,
			 struct df_history_entry *entry)
{
	enum df_exit code;
	int fd;

	code = lock(options->history, diags, &fd);
	if (code)
		return code;
	code = roll_back(client, number, options, diags, applied, entry);
	close(fd);
	return code;
}

static enum df_exit restore_locked(struct df_client *client,
				   const struct df_build_options *options,
				   struct df_diags *diags,
				   struct df_applied *applied,
				   struct df_history_entry *entry)
{
	struct situation now;
	enum df_exit code = look(client, options->history, diags, &now);

	if (code)
		return code;
	if (now.status.generation || !now.history.count)
		return DF_EXIT_NO_OBJECT;
	*entry = now.history.list[0];
	return go_back(client, 0, entry, DF_CAUSE_RESTORED, options, diags,
		       applied);
}

/**
 * df_restore() - put the policy that was in force last into force again
 * @client: connection to the module, which has none
 * @options: with a history
 * @diags: where errors go
 * @applied: set on success only
 * @entry: the policy; set on success
 *
 * What was switched then is compiled into it.
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if there is none, or another one is in force;
 * as df_rollback().
 */
enum df_exit df_restore(struct df_client *client,
			const struct df_build_options *options,
			struct df_diags *diags, struct df_applied *applied,
			struct df_history_entry *entry)
{
	enum df_exit code;
	int fd;

	code = lock(options->history, diags, &fd);
	if (code)
		return code;
	code = restore_locked(client, options, diags, applied, entry);
	close(fd);
	return code;
}

static enum df_exit lapse_locked(struct df_client *client,
				 const struct df_build_options *options,
				 bool early, struct df_diags *diags,
				 struct df_applied *applied,
				 struct df_history_entry *entry)
{
	const struct df_history_entry *found;
	struct situation now;
	enum df_exit code = look(client, options->history, diags, &now);

	if (code)
		return code;
	if (!now.waits) {
		/* Another policy is in force, or none. */
		df_pending_remove(options->history);
		return DF_EXIT_NO_OBJECT;
	}
	if (!early && df_boottime() < now.pending.deadline)
		return DF_EXIT_NO_OBJECT;
	found = df_history_find(&now.history, now.pending.before);
	if (!found)
		return fail(diags, DF_EXIT_BROKEN, options->history,
			    "the policy before is not there");
	*entry = *found;
	return go_back(client, now.status.generation, entry,
		       DF_CAUSE_UNCONFIRMED, options, diags, applied);
}

/**
 * df_lapse() - the policy in force was not confirmed
 * @client: connection to the module
 * @options: with a history
 * @early: do not look whether it is time
 * @diags: where errors go
 * @applied: set on success only
 * @entry: the policy that came back; set on success
 *
 * Return: DF_EXIT_OK if the policy before is in force again; DF_EXIT_NO_OBJECT if
 * none waits, or its time is not over; as df_rollback().
 */
enum df_exit df_lapse(struct df_client *client,
		      const struct df_build_options *options, bool early,
		      struct df_diags *diags, struct df_applied *applied,
		      struct df_history_entry *entry)
{
	enum df_exit code;
	int fd;

	code = lock(options->history, diags, &fd);
	if (code)
		return code;
	code = lapse_locked(client, options, early, diags, applied, entry);
	close(fd);
	return code;
}
