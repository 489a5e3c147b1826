// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: A policy that waits to be confirmed
 *
 * A file beside the history::
 *
 *	{"version": 1, "instance": "8c00000000000001", "replaces": 7,
 *	 "digest": "0008...", "before": "1f00...", "deadline": 88000}
 *
 * It is written before the policy is put into force, so that at no moment one is in
 * force that waits and nobody knows. It holds as long as the policy with this digest
 * is in force, in this load of the module, and under another generation than the one
 * before. So nothing has to be cleaned up: after a reboot, or where somebody was killed
 * in between, it holds no more. The time is that of CLOCK_BOOTTIME, which nobody sets
 * and which goes on in a suspend.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cache.h"
#include "hex.h"
#include "json_file.h"
#include "pending.h"

#define FILE_NAME "pending.json"

/* Whoever waits goes first. */
#define GRACE_S 3

/* An instance in hexadecimal, the final NUL included. */
#define INSTANCE_STRLEN 17

static bool read_instance(const char *text, uint64_t *instance)
{
	uint8_t bytes[8];
	size_t i;

	if (!df_hex_parse(text, bytes, sizeof(bytes)))
		return false;
	for (*instance = 0, i = 0; i < sizeof(bytes); i++)
		*instance = *instance << 8 | bytes[i];
	return true;
}

/* One that is not signed has none. */
static bool read_signed(const json_t *root, struct df_signed *found)
{
	const json_t *serial = json_object_get(root, "serial");

	found->is = serial;
	found->serial = (uint64_t)json_integer_value(serial);
	return !serial ||
	       (json_is_integer(serial) &&
		df_hex_parse(json_string_value(json_object_get(root, "signed")),
			     found->digest, sizeof(found->digest)));
}

static bool read_root(const json_t *root, struct df_pending *pending)
{
	const json_t *replaces = json_object_get(root, "replaces");
	const json_t *deadline = json_object_get(root, "deadline");

	pending->replaces = (uint32_t)json_integer_value(replaces);
	pending->deadline = (uint64_t)json_integer_value(deadline);
	return json_integer_value(json_object_get(root, "version")) == 1 &&
	       json_is_integer(replaces) && json_is_integer(deadline) &&
	       read_instance(json_string_value(json_object_get(root, "instance")),
			     &pending->instance) &&
	       df_hex_parse(json_string_value(json_object_get(root, "digest")),
			    pending->digest, sizeof(pending->digest)) &&
	       df_hex_parse(json_string_value(json_object_get(root, "before")),
			    pending->before, sizeof(pending->before)) &&
	       read_signed(root, &pending->found);
}

/**
 * df_pending_read() - look whether something waits
 * @dir: folder of the history
 * @pending: result
 *
 * Return: 0; -ENOENT if nothing does; -EPERM if others can write to the folder;
 * -EINVAL if the file is damaged; another negative errno.
 */
int df_pending_read(const char *dir, struct df_pending *pending)
{
	json_t *root;
	int err = df_json_read(dir, FILE_NAME, &root);

	memset(pending, 0, sizeof(*pending));
	if (!err && !read_root(root, pending))
		err = -EINVAL;
	json_decref(root);
	return err;
}

static json_t *make_root(const struct df_pending *pending)
{
	char instance[INSTANCE_STRLEN];
	char digest[DF_HEX_DIGEST], before[DF_HEX_DIGEST];
	json_t *root;

	snprintf(instance, sizeof(instance), "%016" PRIx64, pending->instance);
	df_hex(pending->digest, sizeof(pending->digest), digest);
	df_hex(pending->before, sizeof(pending->before), before);
	root = json_pack("{s:i, s:s, s:I, s:s, s:s, s:I}", "version", 1,
			 "instance", instance,
			 "replaces", (json_int_t)pending->replaces,
			 "digest", digest, "before", before,
			 "deadline", (json_int_t)pending->deadline);
	if (!pending->found.is)
		return root;
	df_hex(pending->found.digest, sizeof(pending->found.digest), digest);
	if (!json_object_set_new(root, "serial",
				 json_integer((json_int_t)pending->found.serial)) &&
	    !json_object_set_new(root, "signed", json_string(digest)))
		return root;
	json_decref(root);
	return NULL;
}

/**
 * df_pending_write() - let a policy wait
 * @dir: folder of the history
 * @pending: what waits
 *
 * Return: 0 or a negative errno; what waited before does so then.
 */
int df_pending_write(const char *dir, const struct df_pending *pending)
{
	return df_json_write(dir, FILE_NAME, make_root(pending));
}

/**
 * df_pending_remove() - nothing waits any more
 * @dir: folder of the history
 *
 * Return: 0, also where nothing did; a negative errno.
 */
int df_pending_remove(const char *dir)
{
	int dir_fd = df_cache_dir(dir), err = 0;

	if (dir_fd < 0)
		return dir_fd == -ENOENT ? 0 : dir_fd;
	if (unlinkat(dir_fd, FILE_NAME, 0) && errno != ENOENT)
		err = -errno;
	close(dir_fd);
	return err;
}

/**
 * df_pending_holds() - is it in force, what waits?
 * @pending: from df_pending_read()
 * @client: open
 *
 * Return: 1; 0 if there is another policy, or none; a negative errno if the kernel
 * could not be asked.
 */
int df_pending_holds(const struct df_pending *pending, struct df_client *client)
{
	struct df_policy_info info;
	struct df_status status;
	int err = df_client_status(client, &status);

	if (err)
		return err;
	if (status.instance != pending->instance || !status.generation ||
	    status.generation == pending->replaces)
		return 0;
	err = df_client_policy(client, &info);
	if (err)
		return err;
	return !memcmp(info.digest, pending->digest, sizeof(info.digest));
}

/**
 * df_pending_overdue() - did whoever waits not do what is to be done?
 * @dir: folder of the history
 *
 * Return: true if a time to confirm is over for some seconds; whether it still
 * matters df_lapse() finds out.
 */
bool df_pending_overdue(const char *dir)
{
	struct df_pending pending;

	return !df_pending_read(dir, &pending) &&
	       df_boottime() > pending.deadline + GRACE_S;
}
