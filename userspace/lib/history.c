// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: The policies that were in force last
 *
 * A folder holds each of them as it was compiled, in the format of the cache (see
 * cache_pack.c) and under the digest that the kernel knows it by, and a list::
 *
 *	{"version": 1, "next": 3, "policies": [{"number": 2, "time": 1795132800,
 *	 "uid": 0, "cause": "apply", "name": "field", "file": "/etc/dronefence/policy.yaml",
 *	 "digest": "0008...", "source": "1f00...", "geo": "2e00...", "geo_date": 0}]}
 *
 * One that is put into force again moves to the front and keeps its number, so that
 * a daemon that loads the same policy at each boot pushes nothing out. Unlike the
 * cache this is no copy of something else: what is damaged is refused, not made
 * anew. A file is on the disk before the list names it, and goes after the list has
 * forgotten it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "client.h"
#include "hex.h"
#include "history.h"
#include "json_file.h"

#define LIST_FILE "history.json"

static bool read_text(const json_t *object, const char *key, char *text,
		      size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	if (!value || strlen(value) >= size)
		return false;
	strcpy(text, value);
	return true;
}

static bool read_number(const json_t *object, const char *key, uint64_t max,
			uint64_t *number)
{
	const json_t *value = json_object_get(object, key);

	*number = (uint64_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       *number <= max;
}

static bool read_digest(const json_t *object, const char *key,
			uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	return df_hex_parse(json_string_value(json_object_get(object, key)),
			    digest, DRONEFENCE_DIGEST_LEN);
}

static bool read_entry(const json_t *object, struct df_history_entry *entry)
{
	uint64_t number, uid;
	char cause[DF_FACTS_CAUSE];

	if (!read_number(object, "number", UINT32_MAX, &number) ||
	    !read_number(object, "time", INT64_MAX, &entry->time) ||
	    !read_number(object, "uid", UINT32_MAX, &uid) ||
	    !read_number(object, "geo_date", INT64_MAX, &entry->geo_date) ||
	    !read_text(object, "cause", cause, sizeof(cause)) ||
	    !df_cause_parse(cause, &entry->cause) ||
	    !read_text(object, "name", entry->name, sizeof(entry->name)) ||
	    !read_text(object, "file", entry->file, sizeof(entry->file)) ||
	    !read_digest(object, "digest", entry->digest) ||
	    !read_digest(object, "source", entry->source_digest) ||
	    !read_digest(object, "geo", entry->geo_digest))
		return false;
	entry->number = number;
	entry->uid = uid;
	return true;
}

static bool read_list(const json_t *root, struct df_history *history)
{
	const json_t *list = json_object_get(root, "policies");
	uint64_t next;
	size_t i;

	if (json_integer_value(json_object_get(root, "version")) != 1 ||
	    !json_is_array(list) || json_array_size(list) > DF_HISTORY_MAX ||
	    !read_number(root, "next", UINT32_MAX, &next) || !next)
		return false;
	history->next = next;
	for (i = 0; i < json_array_size(list); i++)
		if (!read_entry(json_array_get(list, i),
				&history->list[history->count++]))
			return false;
	return true;
}

static void forget_all(struct df_history *history)
{
	memset(history, 0, sizeof(*history));
	history->next = 1;
}

/**
 * df_history_read() - read the list
 * @dir: the folder
 * @history: result; empty after an error
 *
 * Return: 0, also where there is none yet; -EPERM if others can write to the folder;
 * -EINVAL if the list is damaged; another negative errno.
 */
int df_history_read(const char *dir, struct df_history *history)
{
	json_t *root;
	int err = df_json_read(dir, LIST_FILE, &root);

	forget_all(history);
	if (!err && !read_list(root, history))
		err = -EINVAL;
	if (err == -ENOENT)
		err = 0;
	if (err)
		forget_all(history);
	json_decref(root);
	return err;
}

static json_t *make_entry(const struct df_history_entry *entry)
{
	char digest[DF_HEX_DIGEST], source[DF_HEX_DIGEST], geo[DF_HEX_DIGEST];

	df_hex(entry->digest, sizeof(entry->digest), digest);
	df_hex(entry->source_digest, sizeof(entry->source_digest), source);
	df_hex(entry->geo_digest, sizeof(entry->geo_digest), geo);
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I}",
			 "number", (json_int_t)entry->number,
			 "time", (json_int_t)entry->time,
			 "uid", (json_int_t)entry->uid,
			 "cause", df_cause_name(entry->cause),
			 "name", entry->name, "file", entry->file,
			 "digest", digest, "source", source, "geo", geo,
			 "geo_date", (json_int_t)entry->geo_date);
}

static json_t *make_list(const struct df_history *history)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < history->count; i++)
		if (json_array_append_new(list, make_entry(&history->list[i]))) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:i, s:I, s:o}", "version", 1,
			 "next", (json_int_t)history->next, "policies", list);
}

static int write_list(const char *dir, const struct df_history *history)
{
	return df_json_write(dir, LIST_FILE, make_list(history));
}

static bool is_kept(const struct df_history *history, const char *name)
{
	struct df_cache place = { 0 };
	char kept[DF_CACHE_NAME];
	size_t i;

	for (i = 0; i < history->count; i++) {
		memcpy(place.key, history->list[i].digest, sizeof(place.key));
		if (!strcmp(df_cache_name(&place, kept), name))
			return true;
	}
	return false;
}

/* Also what somebody who was killed has left. */
static void sweep(const char *dir, const struct df_history *history)
{
	int fd = df_cache_dir(dir);
	DIR *files = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!files) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(files))) {
		const char *end = strrchr(entry->d_name, '.');

		if (end && !strcmp(end, DF_CACHE_SUFFIX) &&
		    !is_kept(history, entry->d_name))
			unlinkat(fd, entry->d_name, 0);
	}
	closedir(files);
}

/* To the front; it may have been somewhere behind, else the last may have to go. */
static void move_to_front(struct df_history *history,
			  const struct df_history_entry *entry)
{
	const struct df_history_entry *old = df_history_find(history,
							     entry->digest);
	uint32_t number = old ? old->number : history->next++;
	size_t place = old ? (size_t)(old - history->list) : history->count;

	if (!old && history->count < DF_HISTORY_MAX)
		history->count++;
	if (place == DF_HISTORY_MAX)
		place--;
	memmove(&history->list[1], &history->list[0],
		place * sizeof(*history->list));
	history->list[0] = *entry;
	history->list[0].number = number;
}

static int keep_file(const char *dir, const struct df_history_entry *entry,
		     const struct df_compiled *compiled)
{
	struct df_cache place = { .dir = dir };

	memcpy(place.key, entry->digest, sizeof(place.key));
	return df_cache_put(&place, compiled);
}

/**
 * df_history_add() - keep what was put into force
 * @dir: the folder; made if it is missing
 * @history: as it was read; as it is now afterwards
 * @entry: the policy; its number is chosen here
 * @compiled: what it compiled to
 *
 * To be called by one at a time, see df_force_lock().
 *
 * Return: 0 or a negative errno; the list on the disk is as before then.
 */
int df_history_add(const char *dir, struct df_history *history,
		   const struct df_history_entry *entry,
		   const struct df_compiled *compiled)
{
	int err = keep_file(dir, entry, compiled);

	if (err)
		return err;
	move_to_front(history, entry);
	err = write_list(dir, history);
	if (!err)
		sweep(dir, history);
	return err;
}

/**
 * df_history_load() - read a policy that is kept
 * @dir: the folder
 * @entry: from df_history_read()
 * @compiled: result; empty after an error
 *
 * Return: 0; -EBADMSG if it is not what was in force; as df_cache_get().
 */
int df_history_load(const char *dir, const struct df_history_entry *entry,
		    struct df_compiled *compiled)
{
	struct df_cache place = { .dir = dir };
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	int err;

	memcpy(place.key, entry->digest, sizeof(place.key));
	err = df_cache_get(&place, NULL, compiled);
	if (err)
		return err;
	err = df_image_digest(compiled->image, digest);
	if (!err && memcmp(digest, entry->digest, sizeof(digest)))
		err = -EBADMSG;
	if (err)
		df_compiled_free(compiled);
	return err;
}

/**
 * df_history_find() - look for a policy by its digest
 * @history: the list
 * @digest: as the kernel has it
 *
 * Return: the entry, or NULL.
 */
const struct df_history_entry *
df_history_find(const struct df_history *history,
		const uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	size_t i;

	for (i = 0; i < history->count; i++)
		if (!memcmp(history->list[i].digest, digest,
			    DRONEFENCE_DIGEST_LEN))
			return &history->list[i];
	return NULL;
}

/**
 * df_history_numbered() - look for a policy by its number
 * @history: the list
 * @number: its number
 *
 * Return: the entry, or NULL.
 */
const struct df_history_entry *
df_history_numbered(const struct df_history *history, uint32_t number)
{
	size_t i;

	for (i = 0; i < history->count; i++)
		if (history->list[i].number == number)
			return &history->list[i];
	return NULL;
}

/**
 * df_history_before() - the policy before the one in force
 * @history: the list
 * @digest: of the one in force, NULL for none
 *
 * Return: the entry that was put into force last, but for the one that is; NULL if
 * there is none.
 */
const struct df_history_entry *
df_history_before(const struct df_history *history,
		  const uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	const struct df_history_entry *first = history->list;

	if (history->count && digest &&
	    !memcmp(first->digest, digest, DRONEFENCE_DIGEST_LEN))
		return history->count > 1 ? first + 1 : NULL;
	return history->count ? first : NULL;
}
