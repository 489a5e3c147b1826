// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: What is known beside a policy
 *
 * A few things of a policy are of no use to the kernel, and it does not keep them.
 * Whoever applies one writes them into a file beside the compiled policies::
 *
 *	{"version": 1, "digest": "00081018...", "bulk": 104857600, "geo": "libloc 2026-11-20"}
 *
 * first under a name for what may come into force, so that they are there when it
 * does, then, when it did, under that of what is in force. Who reads looks for the
 * digest of the policy in both: facts of another policy are never taken for its.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "client.h"
#include "facts.h"
#include "replace.h"

#define FILE_NAME "facts.json"
#define FILE_NEXT "facts-next.json"

/* A file that is larger is not ours. */
#define SIZE_LIMIT 65536

#define DIGEST_STRLEN (2 * DRONEFENCE_DIGEST_LEN + 1)

static void digest_text(const uint8_t digest[DRONEFENCE_DIGEST_LEN],
			char text[DIGEST_STRLEN])
{
	size_t i;

	for (i = 0; i < DRONEFENCE_DIGEST_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* Return: a descriptor; -EPERM for a folder that others can write to. */
static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & 0022))
		return fd;
	close(fd);
	return -EPERM;
}

/* One source with its date; what does not fit is left out as a whole. */
static void add_source(char geo[DF_FACTS_GEO],
		       const struct df_geo_source *source)
{
	time_t date = (time_t)source->date;
	char day[32] = "", item[DF_FACTS_GEO];
	struct tm tm;

	if (source->date && gmtime_r(&date, &tm))
		strftime(day, sizeof(day), " %Y-%m-%d", &tm);
	snprintf(item, sizeof(item), "%s%s%s", *geo ? ", " : "", source->name,
		 day);
	if (strlen(geo) + strlen(item) < DF_FACTS_GEO)
		strcat(geo, item);
}

static json_t *make(const struct df_build *build)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	char text[DIGEST_STRLEN], geo[DF_FACTS_GEO] = "";
	size_t i;

	if (df_image_digest(build->image, digest))
		return NULL;
	digest_text(digest, text);
	for (i = 0; i < build->geo->source_count; i++)
		add_source(geo, build->geo->sources[i]);
	return json_pack("{s:i, s:s, s:I, s:s}", "version", 1, "digest", text,
			 "bulk", (json_int_t)build->policy->bulk, "geo", geo);
}

static int write_text(const char *dir, const char *text)
{
	int dir_fd = open_dir(dir);
	char path[PATH_MAX];

	if (dir_fd < 0)
		return dir_fd;
	close(dir_fd);
	if (snprintf(path, sizeof(path), "%s/" FILE_NEXT, dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	return df_replace(path, text, strlen(text), 0600);
}

/**
 * df_facts_write() - write down what is known beside a policy
 * @dir: folder of compiled policies
 * @build: the policy, which is about to come into force
 *
 * Return: 0; -ENOENT where there is no such folder; -EPERM where others can write
 * to it; -ENOMEM; another negative errno.
 */
int df_facts_write(const char *dir, const struct df_build *build)
{
	json_t *object = make(build);
	char *text = object ? json_dumps(object, 0) : NULL;
	int err = text ? write_text(dir, text) : -ENOMEM;

	json_decref(object);
	free(text);
	return err;
}

/**
 * df_facts_settle() - the policy came into force
 * @dir: as for df_facts_write(), which wrote of this policy
 *
 * Return: 0 or a negative errno.
 */
int df_facts_settle(const char *dir)
{
	int dir_fd = open_dir(dir), err = 0;

	if (dir_fd < 0)
		return dir_fd;
	if (renameat(dir_fd, FILE_NEXT, dir_fd, FILE_NAME))
		err = -errno;
	close(dir_fd);
	return err;
}

static int load(int dir_fd, const char *name, json_t **object)
{
	char *buf;
	ssize_t length;
	int fd;

	*object = NULL;
	fd = openat(dir_fd, name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	buf = malloc(SIZE_LIMIT);
	length = buf ? read(fd, buf, SIZE_LIMIT) : -1;
	close(fd);
	if (length >= 0)
		*object = json_loadb(buf, (size_t)length,
				     JSON_REJECT_DUPLICATES, NULL);
	free(buf);
	return *object ? 0 : -EINVAL;
}

static bool take(const json_t *object, const char *digest,
		 struct df_facts *facts)
{
	const char *text = json_string_value(json_object_get(object, "digest"));
	const char *geo = json_string_value(json_object_get(object, "geo"));
	const json_t *bulk = json_object_get(object, "bulk");

	if (json_integer_value(json_object_get(object, "version")) != 1 ||
	    !text || strcmp(text, digest) || !geo ||
	    strlen(geo) >= DF_FACTS_GEO || !json_is_integer(bulk) ||
	    json_integer_value(bulk) < 0)
		return false;
	facts->bulk = (uint64_t)json_integer_value(bulk);
	strcpy(facts->geo, geo);
	return true;
}

/**
 * df_facts_read() - what is known beside a policy
 * @dir: folder of compiled policies
 * @digest: of the policy
 * @facts: result; zero after an error
 *
 * Return: 0; -ENOENT if nothing is known of this policy; -EPERM where others could
 * have written it; another negative errno.
 */
int df_facts_read(const char *dir, const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		  struct df_facts *facts)
{
	static const char *const names[] = { FILE_NAME, FILE_NEXT };
	char text[DIGEST_STRLEN];
	int dir_fd = open_dir(dir);
	bool found = false;
	json_t *object;
	size_t i;

	memset(facts, 0, sizeof(*facts));
	if (dir_fd < 0)
		return dir_fd;
	digest_text(digest, text);
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++) {
		found = !load(dir_fd, names[i], &object) &&
			take(object, text, facts);
		json_decref(object);
	}
	close(dir_fd);
	return found ? 0 : -ENOENT;
}
