// SPDX-License-Identifier: GPL-2.0-or-later
/* One geo source: where it is, and which reader and key it needs. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "geo_libloc.h"
#include "geo_read.h"

#define LIBLOC_KEY	"/var/lib/location/signing-key.pem"
#define LIBLOC_KEY_NAME	"signing-key.pem"
#define TOR_FOLDER	"/usr/share/tor"

static const char *const names[] = {
	[DF_GEO_LIBLOC] = "libloc",
	[DF_GEO_TOR] = "tor-geoipdb",
	[DF_GEO_MMDB] = "mmdb",
};

/**
 * df_geo_source_free() - free a source
 * @source: may be NULL
 */
void df_geo_source_free(struct df_geo_source *source)
{
	int f;

	if (!source)
		return;
	for (f = 0; f < DF_FAMILIES; f++)
		free(source->table[f].list);
	df_geo_as_names_free(source);
	free(source->path);
	free(source);
}

static int read_source(enum df_geo_kind kind, struct df_geo_source *source,
		       const char *key, struct df_diags *diags)
{
	switch (kind) {
	case DF_GEO_LIBLOC:
		return df_geo_read_libloc(source, key, diags);
	case DF_GEO_TOR:
		return df_geo_read_tor(source, diags);
	case DF_GEO_MMDB:
		return df_geo_read_mmdb(source, diags);
	}
	return -EINVAL;
}

static int open_at(enum df_geo_kind kind, const char *path, const char *key,
		   struct df_geo_source **result, struct df_diags *diags)
{
	struct df_geo_source *source = calloc(1, sizeof(*source));
	int err = -ENOMEM;

	if (!source)
		return df_geo_report(diags, path, err);
	source->name = names[kind];
	source->path = strdup(path);
	err = source->path ? read_source(kind, source, key, diags) :
			     df_geo_report(diags, path, err);
	if (err) {
		df_geo_source_free(source);
		return err;
	}
	*result = source;
	return 0;
}

/* The folder of a path, with its slash; empty for a bare name. */
static int folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash + 1 - path) : 0;
}

static char *format_path(const char *fmt, ...)
{
	va_list args;
	char *path;
	int n;

	va_start(args, fmt);
	n = vasprintf(&path, fmt, args);
	va_end(args);
	return n < 0 ? NULL : path;
}

/* A database that somebody put somewhere may have its own key beside it. */
static int open_libloc(const char *path, struct df_geo_source **source,
		       struct df_diags *diags)
{
	char *key = format_path("%.*s" LIBLOC_KEY_NAME, folder_length(path),
				path);
	int err;

	if (!key)
		return df_geo_report(diags, path, -ENOMEM);
	err = open_at(DF_GEO_LIBLOC, path, key, source, diags);
	free(key);
	return err;
}

static bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

static void forward(struct df_diags *from, bool used_another,
		    const struct df_geo_source *source,
		    const struct df_mark *mark, struct df_diags *diags)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		const char *message = from->list[i].message;

		if (used_another)
			df_diag(diags, DF_WARNING, mark, NULL,
				"%s; using %s instead", message, source->path);
		else
			df_diag_geo(diags, "%s", message);
	}
	if (from->lost)
		diags->lost = true;
	df_diags_free(from);
}

/* The same file under another name has been tried already. */
static bool tried(char *const paths[LIBLOC_PLACES], size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (same_file(paths[i], paths[at]))
			return true;
	return false;
}

/* The newest; the next one where that is no good. */
static int open_newest(char *paths[LIBLOC_PLACES], const char *key,
		       const struct df_mark *mark, struct df_geo_source **source,
		       struct df_diags *diags)
{
	struct df_diags tries[LIBLOC_PLACES] = { 0 };
	int err = -ENOENT, another;
	size_t i;

	df_geo_libloc_newest_first(paths);
	for (i = 0; i < LIBLOC_PLACES && err; i++) {
		if (tried(paths, i))
			continue;
		another = open_at(DF_GEO_LIBLOC, paths[i], key, source, &tries[i]);
		/* What is wrong with one says more than that another is missing. */
		if (!another || err == -ENOENT)
			err = another;
	}
	for (i = 0; i < LIBLOC_PLACES; i++)
		forward(&tries[i], !err, *source, mark, diags);
	return err;
}

static int open_default_libloc(const char *root, const struct df_mark *mark,
			       struct df_geo_source **source,
			       struct df_diags *diags)
{
	char *paths[LIBLOC_PLACES], *key = format_path("%s" LIBLOC_KEY, root);
	int err = key ? df_geo_libloc_places(root, paths) : -ENOMEM;
	size_t i;

	if (err) {
		free(key);
		return df_geo_report(diags, LIBLOC_PACKAGED, err);
	}
	err = open_newest(paths, key, mark, source, diags);
	for (i = 0; i < LIBLOC_PLACES; i++)
		free(paths[i]);
	free(key);
	return err;
}

static int open_default_tor(const char *root, struct df_geo_source **source,
			    struct df_diags *diags)
{
	char *path = format_path("%s" TOR_FOLDER, root);
	int err;

	if (!path)
		return df_geo_report(diags, TOR_FOLDER, -ENOMEM);
	err = open_at(DF_GEO_TOR, path, NULL, source, diags);
	free(path);
	return err;
}

/**
 * df_geo_source_open() - read the data of a source
 * @spec: the source as the policy names it
 * @root: prefix of the default places, "" for none
 * @source: result, to be freed with df_geo_source_free()
 * @diags: where messages go
 *
 * Return: 0; -ENOENT where the data is missing, without a message; other
 * negative errno after a message.
 */
int df_geo_source_open(const struct df_geo_spec *spec, const char *root,
		       struct df_geo_source **source, struct df_diags *diags)
{
	*source = NULL;
	if (spec->kind == DF_GEO_LIBLOC)
		return spec->path ? open_libloc(spec->path, source, diags) :
			open_default_libloc(root, &spec->mark, source, diags);
	if (spec->path)
		return open_at(spec->kind, spec->path, NULL, source, diags);
	if (spec->kind == DF_GEO_TOR)
		return open_default_tor(root, source, diags);
	/* There is no default place for MMDB. */
	return -ENOENT;
}

/**
 * df_geo_spec_files() - all files that reading a source looks into
 * @spec: the source as the policy names it
 * @root: prefix of the default places, "" for none
 * @paths: result, each for free(); those behind the last one are NULL
 *
 * Some of them need not be there.
 *
 * Return: 0 or -ENOMEM.
 */
int df_geo_spec_files(const struct df_geo_spec *spec, const char *root,
		      char *paths[DF_GEO_SPEC_FILES])
{
	size_t count = 0, i;

	memset(paths, 0, DF_GEO_SPEC_FILES * sizeof(*paths));
	if (spec->kind == DF_GEO_LIBLOC && spec->path) {
		paths[count++] = strdup(spec->path);
		paths[count++] = format_path("%.*s" LIBLOC_KEY_NAME,
					     folder_length(spec->path),
					     spec->path);
	} else if (spec->kind == DF_GEO_LIBLOC) {
		if (df_geo_libloc_places(root, paths))
			return -ENOMEM;
		count = LIBLOC_PLACES;
		paths[count++] = format_path("%s" LIBLOC_KEY, root);
	} else if (spec->kind == DF_GEO_TOR) {
		const char *folder = spec->path ?: TOR_FOLDER;

		root = spec->path ? "" : root;
		paths[count++] = format_path("%s%s/geoip", root, folder);
		paths[count++] = format_path("%s%s/geoip6", root, folder);
	} else if (spec->path) {
		paths[count++] = strdup(spec->path);
	}
	for (i = 0; i < count; i++)
		if (!paths[i])
			return -ENOMEM;
	return 0;
}

/**
 * df_geo_spec_same() - do two names of the policy mean the same source
 * @a: one
 * @b: the other
 *
 * Return: true if they do, whatever else the policy says of them.
 */
bool df_geo_spec_same(const struct df_geo_spec *a, const struct df_geo_spec *b)
{
	return a->kind == b->kind && !a->path == !b->path &&
	       (!a->path || !strcmp(a->path, b->path));
}

/**
 * df_geo_spec_name() - name of the kind of a source
 * @spec: the source
 *
 * Return: a constant.
 */
const char *df_geo_spec_name(const struct df_geo_spec *spec)
{
	return names[spec->kind];
}

/**
 * df_geo_name() - the same name as a constant
 * @text: name of a kind of source
 *
 * Return: what df_geo_spec_name() returns for it; NULL if there is no such kind.
 */
const char *df_geo_name(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], text))
			return names[i];
	return NULL;
}
