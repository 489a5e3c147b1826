// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: What is known beside a policy
 *
 * A few things of a policy are of no use to the kernel, and it does not keep them.
 * Whoever applies one writes them into a file beside the compiled policies::
 *
 *	{"version": 1, "digest": "00081018...", "bulk": 104857600, "geo": "libloc 2026-11-20",
 *	 "cause": "apply", "sources": [{"source": "libloc", "path": "/usr/share/...",
 *	 "date": 1795132800}]}
 *
 * first under a name for what may come into force, so that they are there when it
 * does, then, when it did, under that of what is in force. Who reads looks for the
 * digest of the policy in both: facts of another policy are never taken for its.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cache.h"
#include "client.h"
#include "facts.h"
#include "hex.h"
#include "json_file.h"

#define FILE_NAME "facts.json"
#define FILE_NEXT "facts-next.json"

static const char *const causes[] = {
	[DF_CAUSE_APPLY] = "apply",
	[DF_CAUSE_ROLLBACK] = "rollback",
	[DF_CAUSE_UNCONFIRMED] = "unconfirmed",
	[DF_CAUSE_RESTORED] = "restored",
};

/**
 * df_cause_name() - why a policy came into force
 * @cause: the cause
 *
 * Return: a constant.
 */
const char *df_cause_name(enum df_cause cause)
{
	return causes[cause];
}

/**
 * df_cause_parse() - the reverse of df_cause_name()
 * @text: what it returned
 * @cause: result
 *
 * Return: true if there is such a cause.
 */
bool df_cause_parse(const char *text, enum df_cause *cause)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i], text)) {
			*cause = i;
			return true;
		}
	return false;
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

static json_t *make_source(const struct df_geo_source *source)
{
	return json_pack("{s:s, s:s, s:I}", "source", source->name,
			 "path", source->path, "date", (json_int_t)source->date);
}

static json_t *make(const struct df_facts_of *of)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	char text[DF_HEX_DIGEST], geo[DF_FACTS_GEO] = "";
	json_t *sources;
	size_t i;

	if (df_image_digest(of->image, digest))
		return NULL;
	sources = json_array();
	df_hex(digest, sizeof(digest), text);
	for (i = 0; i < of->geo->source_count; i++) {
		add_source(geo, of->geo->sources[i]);
		json_array_append_new(sources, make_source(of->geo->sources[i]));
	}
	return json_pack("{s:i, s:s, s:I, s:s, s:s, s:o}", "version", 1,
			 "digest", text, "bulk", (json_int_t)of->image->bulk,
			 "geo", geo, "cause", df_cause_name(of->cause),
			 "sources", sources);
}

/**
 * df_facts_write() - write down what is known beside a policy
 * @dir: folder of compiled policies
 * @of: the policy, which is about to come into force
 *
 * Return: 0; -ENOENT where there is no such folder; -EPERM where others can write
 * to it; -ENOMEM; another negative errno.
 */
int df_facts_write(const char *dir, const struct df_facts_of *of)
{
	return df_json_write(dir, FILE_NEXT, make(of));
}

/**
 * df_facts_settle() - the policy came into force
 * @dir: as for df_facts_write(), which wrote of this policy
 *
 * Return: 0 or a negative errno.
 */
int df_facts_settle(const char *dir)
{
	int dir_fd = df_cache_dir(dir), err = 0;

	if (dir_fd < 0)
		return dir_fd;
	if (renameat(dir_fd, FILE_NEXT, dir_fd, FILE_NAME))
		err = -errno;
	close(dir_fd);
	return err;
}

static bool is_of(const json_t *object, const char *digest)
{
	const char *text = json_string_value(json_object_get(object, "digest"));

	return json_integer_value(json_object_get(object, "version")) == 1 &&
	       text && !strcmp(text, digest);
}

static bool take(const json_t *object, void *result)
{
	const char *geo = json_string_value(json_object_get(object, "geo"));
	const char *cause = json_string_value(json_object_get(object, "cause"));
	const json_t *bulk = json_object_get(object, "bulk");
	struct df_facts *facts = result;

	if (!geo || strlen(geo) >= DF_FACTS_GEO || !json_is_integer(bulk) ||
	    json_integer_value(bulk) < 0)
		return false;
	facts->bulk = (uint64_t)json_integer_value(bulk);
	strcpy(facts->geo, geo);
	if (cause && strlen(cause) < DF_FACTS_CAUSE)
		strcpy(facts->cause, cause);
	return true;
}

static bool take_sources(const json_t *object, void *result)
{
	json_t *sources = json_object_get(object, "sources"), *source;
	size_t i;

	json_array_foreach(sources, i, source)
		if (!json_is_string(json_object_get(source, "source")) ||
		    !json_is_string(json_object_get(source, "path")) ||
		    !json_is_integer(json_object_get(source, "date")))
			return false;
	if (!json_is_array(sources))
		return false;
	*(json_t **)result = json_incref(sources);
	return true;
}

/* The first file that is of the policy, and has what @take_it wants. */
static int find(const char *dir, const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		bool (*take_it)(const json_t *object, void *result),
		void *result)
{
	static const char *const names[] = { FILE_NAME, FILE_NEXT };
	char text[DF_HEX_DIGEST];
	int err = -ENOENT;
	json_t *object;
	size_t i;

	df_hex(digest, DRONEFENCE_DIGEST_LEN, text);
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && err; i++) {
		err = df_json_read(dir, names[i], &object);
		if (!err && (!is_of(object, text) || !take_it(object, result)))
			err = -ENOENT;
		json_decref(object);
	}
	/* What is damaged tells nothing. */
	return err == -EINVAL ? -ENOENT : err;
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
	memset(facts, 0, sizeof(*facts));
	return find(dir, digest, take, facts);
}

/**
 * df_facts_sources() - the files of geo data that a policy was made with
 * @dir: folder of compiled policies
 * @digest: of the policy
 *
 * Return: an array of objects with the texts "source" and "path" and the number "date",
 * to be released; NULL where nothing is known of this policy, as df_facts_read() says.
 */
json_t *df_facts_sources(const char *dir,
			 const uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	json_t *sources;

	return find(dir, digest, take_sources, &sources) ? NULL : sources;
}
