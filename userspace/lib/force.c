// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every policy goes through that comes into force: the kernel takes it, or
 * not; then the cgroups of its programs are set up, and it goes into the history.
 * The first alone decides.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "anchor.h"
#include "force.h"
#include "history.h"
#include "owner.h"
#include "permit_file.h"
#include "switches.h"

#define LOCK_FILE "lock"

/* How long somebody else may take who puts a policy into force. */
#define PATIENCE_MS 20000
#define STEP_MS 50

/* Not for ever: who was stopped in the middle must not hold up everybody. */
static int lock_patiently(int fd)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };
	int waited;

	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += STEP_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (waited >= PATIENCE_MS)
			return -EWOULDBLOCK;
		nanosleep(&step, NULL);
	}
	return 0;
}

/**
 * df_force_lock() - be the only one who changes the policy and its history
 * @dir: folder of the history; made if it is missing
 * @fd: result, holds the lock until it is closed; -1 on error
 *
 * Return: 0; -EWOULDBLOCK if somebody has it for long; -EPERM if others can write to
 * the folder; another negative errno.
 */
int df_force_lock(const char *dir, int *fd)
{
	int dir_fd, err;

	*fd = -1;
	df_cache_make_dir(dir);
	dir_fd = df_cache_dir(dir);
	if (dir_fd < 0)
		return dir_fd;
	*fd = openat(dir_fd, LOCK_FILE,
		     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = *fd < 0 ? -errno : df_owner_give(*fd, dir_fd);
	close(dir_fd);
	if (!err)
		err = lock_patiently(*fd);
	if (err && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return err;
}

/**
 * df_force_failed() - say why the kernel has no other policy
 * @client: that was used
 * @err: negative errno
 * @diags: where it is said
 *
 * Return: the exit status that fits.
 */
enum df_exit df_force_failed(struct df_client *client, int err,
			     struct df_diags *diags)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "the policy was not applied: %s",
		df_client_error(client));
	return df_exit_of_client(err);
}

/* Under the seal the permit beside the file comes along, where there is one. */
static int read_permit(struct df_client *client, const struct df_force *what,
		       struct df_blob *permit, struct df_diags *diags)
{
	struct df_status status = { 0 };
	int err = df_client_status(client, &status);

	*permit = (struct df_blob){ 0 };
	if (err || !status.sealed || !what->file)
		return err;
	err = df_permit_read(what->file, permit);
	if (err && err != -ENOENT)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"the permit of %s cannot be read: %s", what->file,
			strerror(-err));
	/* The one that the kernel has may list it as well. */
	return 0;
}

/* After a restart an older one is refused by who seals. */
static void keep_permit(const struct df_blob *permit, struct df_diags *diags)
{
	int err = df_permit_keep(permit, DF_PERMIT_LAST);

	if (err)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"older permits will not be refused after a restart: " DF_PERMIT_LAST ": %s",
			strerror(-err));
}

/*
 * What only records need does not keep a policy from coming into force. Nobody is
 * told: records without it say nothing wrong.
 */
static int commit(struct df_client *client, const struct df_force *what,
		  const struct df_build_options *options,
		  const struct df_blob *permit, uint32_t *generation)
{
	const struct df_facts_of of = {
		.image = what->compiled->image,
		.geo = what->compiled->geo,
		.cause = what->cause,
	};
	bool noted = options->cache && !df_facts_write(options->cache, &of);
	int err = df_client_apply(client, what->compiled->image, what->expected,
				  permit->data ? permit : NULL,
				  &options->progress, generation);

	if (!err && noted)
		df_facts_settle(options->cache);
	return err;
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

static int fill_entry(const struct df_force *what, time_t now,
		      struct df_history_entry *entry)
{
	const struct df_image *image = what->compiled->image;

	memset(entry, 0, sizeof(*entry));
	entry->time = (uint64_t)now;
	entry->uid = getuid();
	entry->cause = what->cause;
	entry->geo_date = image->geo_date;
	snprintf(entry->name, sizeof(entry->name), "%s", image->name);
	if (!realpath(what->file, entry->file))
		snprintf(entry->file, sizeof(entry->file), "%s", what->file);
	memcpy(entry->source_digest, image->source_digest,
	       sizeof(image->source_digest));
	memcpy(entry->geo_digest, image->geo_digest, sizeof(image->geo_digest));
	return df_image_digest(image, entry->digest);
}

/* In force it is already: that it cannot be kept is only a warning. */
static void keep(const struct df_force *what,
		 const struct df_build_options *options, struct df_diags *diags)
{
	struct df_history_entry entry;
	struct df_history history;
	int err = df_history_read(options->history, &history);

	if (err == -EINVAL) {
		df_diag(diags, DF_WARNING, NULL, NULL,
			"the history of policies in %s is damaged, and begins anew",
			options->history);
		err = 0;
	}
	if (!err)
		err = fill_entry(what, options->geo.now, &entry);
	if (!err)
		err = df_history_add(options->history, &history, &entry,
				     what->compiled);
	if (err)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"the policy is in force, but no rollback will find it: %s: %s",
			options->history, df_cache_problem(err));
}

/**
 * df_force() - put a policy into force
 * @client: connection to the module
 * @what: the policy
 * @options: see &struct df_build_options; if there is a history, the caller has its
 *	lock
 * @diags: where errors and warnings go
 * @applied: set on success only
 *
 * Return: DF_EXIT_OK if it is in force, whatever is not right beside it; else what
 * df_exit_of_client() says, and the policy before stays.
 */
enum df_exit df_force(struct df_client *client, const struct df_force *what,
		      const struct df_build_options *options,
		      struct df_diags *diags, struct df_applied *applied)
{
	struct df_blob permit;
	int err = read_permit(client, what, &permit, diags);

	if (!err)
		err = commit(client, what, options, &permit,
			     &applied->generation);
	if (!err && permit.data)
		keep_permit(&permit, diags);
	free(permit.data);
	if (err)
		return df_force_failed(client, err, diags);
	if (!options->keeper)
		set_up_cgroups(client, diags, applied);
	/* What is built in, or open for a while, is nothing to go back to. */
	if (options->history && what->file &&
	    !df_switches_unlocked(options->switches))
		keep(what, options, diags);
	return DF_EXIT_OK;
}
