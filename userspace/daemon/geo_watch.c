// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Geo data is replaced by others: a timer, a package, somebody with a stick. The files
 * are looked at now and then, which costs less than the watches that a folder would take
 * that is not there yet. Which they are only the policy says; the child that reads it
 * tells, with what it found, before it reads one of them: what changes later is seen.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "geo_watch.h"

static struct df_geo_stamp stamp_of(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return (struct df_geo_stamp){ 0 };
	return (struct df_geo_stamp){
		.device = st.st_dev, .inode = st.st_ino,
		.size = (uint64_t)st.st_size, .seconds = st.st_mtim.tv_sec,
		.nanoseconds = st.st_mtim.tv_nsec,
	};
}

static bool same(const struct df_geo_stamp *a, const struct df_geo_stamp *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void tell_source(FILE *out, char mark, const struct df_geo_spec *spec,
			const char *root)
{
	char *paths[DF_GEO_SPEC_FILES];
	int err = df_geo_spec_files(spec, root, paths);
	size_t i;

	for (i = 0; i < DF_GEO_SPEC_FILES; i++) {
		if (!err && paths[i]) {
			struct df_geo_stamp stamp = stamp_of(paths[i]);

			fprintf(out, "%c%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %s\n",
				mark, stamp.device, stamp.inode, stamp.size,
				stamp.seconds, stamp.nanoseconds, paths[i]);
		}
		free(paths[i]);
	}
}

/**
 * df_geo_watch_tell() - tell which files a policy is made with, as they are now
 * @out: where to, for df_geo_watch_take(); first a line that begins a new list
 * @mark: in front of each line
 * @policy: loaded
 * @root: prefix of the default places, NULL for none
 */
void df_geo_watch_tell(FILE *out, char mark, const struct df_policy *policy,
		       const char *root)
{
	size_t i;

	fprintf(out, "%c\n", mark);
	for (i = 0; i < policy->country_count; i++)
		tell_source(out, mark, &policy->country[i], root ?: "");
	for (i = 0; i < policy->operator_count; i++)
		tell_source(out, mark, &policy->operator[i], root ?: "");
}

static bool is_known(const struct df_geo_watch *watch, const char *path)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (!strcmp(watch->files[i].path, path))
			return true;
	return false;
}

/**
 * df_geo_watch_take() - one line of what was told
 * @watch: zero at first
 * @line: without the mark; "" begins a new list
 *
 * A file that there is no memory for is not looked at.
 */
void df_geo_watch_take(struct df_geo_watch *watch, const char *line)
{
	struct df_geo_watch_file file = { 0 };
	struct df_geo_stamp *used = &file.used;
	int end = 0;

	if (!*line)
		df_geo_watch_free(watch);
	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %n",
		   &used->device, &used->inode, &used->size, &used->seconds,
		   &used->nanoseconds, &end) != 5 || !end ||
	    watch->count == DF_GEO_WATCH_FILES || is_known(watch, line + end))
		return;
	file.last = file.used;
	file.path = strdup(line + end);
	if (file.path)
		watch->files[watch->count++] = file;
}

/* Files that belong together come one after the other. */
static bool look_again(struct df_geo_watch *watch)
{
	bool moved = false;
	size_t i;

	for (i = 0; i < watch->count; i++) {
		struct df_geo_stamp now = stamp_of(watch->files[i].path);

		moved |= !same(&now, &watch->files[i].last);
		watch->files[i].last = now;
	}
	return moved;
}

/**
 * df_geo_watch_look() - look at the files
 * @watch: what was told of them
 *
 * To be called once a second.
 *
 * Return: the path of one that was replaced some time ago, once; NULL if there is none.
 */
const char *df_geo_watch_look(struct df_geo_watch *watch)
{
	const char *replaced = NULL;
	size_t i;

	if (look_again(watch))
		watch->quiet = 0;
	else if (watch->quiet < DF_GEO_WATCH_QUIET)
		watch->quiet++;
	if (watch->quiet < DF_GEO_WATCH_QUIET)
		return NULL;
	for (i = 0; i < watch->count; i++) {
		struct df_geo_watch_file *file = &watch->files[i];

		if (!same(&file->used, &file->last))
			replaced = file->path;
		/* Whatever comes of it: it is not told again. */
		file->used = file->last;
	}
	return replaced;
}

/**
 * df_geo_watch_free() - look at no file
 * @watch: empty afterwards
 */
void df_geo_watch_free(struct df_geo_watch *watch)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		free(watch->files[i].path);
	memset(watch, 0, sizeof(*watch));
}
