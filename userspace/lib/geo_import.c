// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nothing is installed before all of it was read, vouched for and compared, and
 * what is installed are the bytes that were.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geo_import.h"
#include "geo_libloc.h"
#include "replace.h"

#define DAY 86400

/* In front of the metadata, which is at the end of an MMDB file. */
#define MMDB_MARK "\xab\xcd\xefMaxMind.com"
#define MMDB_TAIL (128 << 10)

/* Less than this many hundredths of what is installed is too little. */
#define RANGES_LEAST 75
#define COUNTRIES_LEAST 90

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_mmdb(const struct df_geo_file *file)
{
	size_t tail = file->size < MMDB_TAIL ? file->size : MMDB_TAIL;

	return memmem(file->data + file->size - tail, tail, MMDB_MARK,
		      sizeof(MMDB_MARK) - 1);
}

static int find_kind(struct df_geo_import *import, const char *path,
		     struct df_diags *diags)
{
	const struct df_geo_file *file = &import->files[0];

	if (import->file_count == 2) {
		import->spec.kind = DF_GEO_TOR;
	} else if (file->size > LIBLOC_MAGIC_LEN &&
		   !memcmp(file->data, LIBLOC_MAGIC, LIBLOC_MAGIC_LEN - 1)) {
		import->spec.kind = DF_GEO_LIBLOC;
	} else if (is_mmdb(file)) {
		import->spec.kind = DF_GEO_MMDB;
	} else {
		df_diag_geo(diags,
			    "%s: neither a database of libloc nor an MMDB file; the files of tor-geoipdb come as two, geoip and geoip6",
			    path);
		return -EINVAL;
	}
	return 0;
}

/* One file; or two of one folder, in the order of the families. */
static int check_names(char *const *files, size_t count, size_t *first,
		       struct df_diags *diags)
{
	size_t length;

	*first = 0;
	if (count == 1)
		return 0;
	*first = !strcmp(base_of(files[0]), "geoip6");
	length = base_of(files[0]) - files[0];
	if (count == 2 && !strcmp(base_of(files[*first]), "geoip") &&
	    !strcmp(base_of(files[!*first]), "geoip6") &&
	    length == (size_t)(base_of(files[1]) - files[1]) &&
	    !strncmp(files[0], files[1], length))
		return 0;
	df_diag_geo(diags,
		    "%s: expected one database, or the files geoip and geoip6 of one folder",
		    files[0]);
	return -EINVAL;
}

/* The source of the policy that has this kind; several are told by their names. */
static int find_spec(struct df_geo_import *import, const char *path,
		     struct df_diags *diags)
{
	const struct df_policy *policy = import->policy;
	const struct df_geo_spec *found = NULL, *spec;
	size_t i, count = policy ? policy->country_count + policy->operator_count : 0;
	bool several = false, named = false;

	for (i = 0; i < count; i++) {
		spec = i < policy->country_count ? &policy->country[i] :
			&policy->operator[i - policy->country_count];
		if (spec->kind != import->spec.kind ||
		    (found && df_geo_spec_same(spec, found)))
			continue;
		several |= !!found;
		if (!found || (spec->path && !strcmp(base_of(spec->path), base_of(path)))) {
			found = spec;
			named = spec->path && !strcmp(base_of(spec->path), base_of(path));
		}
	}
	if (several && !named) {
		df_diag_geo(diags,
			    "%s: the policy has several sources of the kind %s, and none is called like the file",
			    path, df_geo_spec_name(&import->spec));
		return -EINVAL;
	}
	if (found)
		import->spec = *found;
	if (found || import->spec.kind != DF_GEO_MMDB)
		return 0;
	df_diag_geo(diags,
		    "%s: no policy names an mmdb source, so nobody would look for it; see --policy",
		    path);
	return -EINVAL;
}

/* The key that the data will be read with at its place. */
static const char *key_of(const struct df_geo_import *import)
{
	return import->paths[import->spec.path ? 1 : LIBLOC_PLACES];
}

static int read_fresh(struct df_geo_import *import, const char *path,
		      struct df_diags *diags)
{
	struct df_geo_source *fresh = calloc(1, sizeof(*fresh));
	int err;

	import->fresh = fresh;
	if (!fresh)
		return df_geo_report(diags, path, -ENOMEM);
	fresh->name = df_geo_spec_name(&import->spec);
	/* Of tor-geoipdb the folder. */
	fresh->path = import->spec.kind == DF_GEO_TOR && base_of(path) != path ?
		      strndup(path, base_of(path) - path) :
		      strdup(import->spec.kind == DF_GEO_TOR ? "." : path);
	if (!fresh->path)
		return df_geo_report(diags, path, -ENOMEM);
	if (import->spec.kind == DF_GEO_LIBLOC)
		err = df_geo_read_libloc(fresh, key_of(import), diags);
	else if (import->spec.kind == DF_GEO_TOR)
		err = df_geo_read_tor(fresh, diags);
	else
		err = df_geo_read_mmdb(fresh, diags);
	return err == -ENOENT ? df_geo_report(diags, path, err) : err;
}

/* Are they the bytes that were read, and does somebody vouch for them? */
static int check_bytes(const struct df_geo_import *import, struct df_diags *diags)
{
	const struct df_geo_source *fresh = import->fresh;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];

	if (df_geo_sha256(import->files, import->file_count, digest))
		return df_geo_report(diags, fresh->path, -ENOMEM);
	if (memcmp(digest, fresh->digest, sizeof(digest))) {
		df_diag_geo(diags, "%s: it changed while it was read", fresh->path);
		return -EAGAIN;
	}
	if (import->sha256 && memcmp(digest, import->sha256, sizeof(digest))) {
		df_diag_geo(diags, "%s: its SHA-256 is not the one that was given",
			    fresh->path);
		return -EKEYREJECTED;
	}
	if (fresh->verified || import->sha256)
		return 0;
	df_diag_geo(diags,
		    "%s: nobody vouches for it: %s; give --sha256 as its maker or another machine says it",
		    fresh->path, import->spec.kind == DF_GEO_LIBLOC ?
		    "the vendor's key is not installed" :
		    "such files have no signature");
	return -ENOKEY;
}

static size_t count_countries(const struct df_geo_source *source)
{
	bool seen[26 * 26] = { false };
	size_t count = 0, i;
	int f;

	for (f = 0; f < DF_FAMILIES; f++) {
		for (i = 0; i < source->table[f].count; i++) {
			const char *code = source->table[f].list[i].country;
			size_t bit = (code[0] - 'A') * 26 + code[1] - 'A';

			if (!code[0] || seen[bit])
				continue;
			seen[bit] = true;
			count++;
		}
	}
	return count;
}

static int compare_size(const struct df_geo_import *import, const char *what,
			size_t fresh, size_t present, unsigned int least,
			struct df_diags *diags)
{
	if (import->shrunk || fresh * 100 >= present * least)
		return 0;
	df_diag_geo(diags, "%s: it has %zu %s, and %s has %zu; --shrunk takes it all the same",
		    import->fresh->path, fresh, what, import->present->path,
		    present);
	return -EINVAL;
}

static int compare_sizes(const struct df_geo_import *import, struct df_diags *diags)
{
	const struct df_geo_source *fresh = import->fresh, *present = import->present;
	int err;

	err = compare_size(import, "IPv4 ranges", fresh->table[DF_IPV4].count,
			   present->table[DF_IPV4].count, RANGES_LEAST, diags);
	if (!err)
		err = compare_size(import, "IPv6 ranges", fresh->table[DF_IPV6].count,
				   present->table[DF_IPV6].count, RANGES_LEAST,
				   diags);
	if (!err)
		err = compare_size(import, "countries", count_countries(fresh),
				   count_countries(present), COUNTRIES_LEAST,
				   diags);
	return err;
}

static void format_date(uint64_t date, char buf[16])
{
	time_t t = date;
	struct tm tm;

	if (!date || !gmtime_r(&t, &tm) || !strftime(buf, 16, "%Y-%m-%d", &tm))
		snprintf(buf, 16, "no date");
}

static int older_than(const struct df_geo_import *import, uint64_t date,
		      const char *path, const char *what, struct df_diags *diags)
{
	char fresh[16], other[16];

	format_date(import->fresh->date, fresh);
	format_date(date, other);
	df_diag_geo(diags, "%s is of %s, and %s of %s; %s", import->fresh->path,
		    fresh, path, other, what);
	return -ESTALE;
}

static int check_date(const struct df_geo_import *import, struct df_diags *diags)
{
	const struct df_geo_source *fresh = import->fresh, *present = import->present;
	char date[16];
	size_t i;

	/* Else nothing that comes later would be newer. */
	if (fresh->date > (uint64_t)import->now + DAY) {
		format_date(fresh->date, date);
		df_diag_geo(diags, "%s is of %s, which is in the future; is the clock right?",
			    fresh->path, date);
		return -EINVAL;
	}
	if (present && fresh->date < present->date && !import->older)
		return older_than(import, present->date, present->path,
				  "--older takes it all the same", diags);
	/* Of these the newest one is read. */
	if (import->spec.kind != DF_GEO_LIBLOC || import->spec.path)
		return 0;
	for (i = 1; i < LIBLOC_PLACES; i++) {
		uint64_t packaged = df_geo_libloc_date(import->paths[i]);

		if (packaged > fresh->date)
			return older_than(import, packaged, import->paths[i],
					  "the newer of the two is read, so it would be without effect",
					  diags);
	}
	return 0;
}

/* What is there now may be no good, which is no reason to keep it. */
static int read_present(struct df_geo_import *import, struct df_diags *diags)
{
	struct df_diags found = { 0 };
	size_t i;
	int err;

	err = df_geo_source_open(&import->spec, import->root, &import->present,
				 &found);
	/* It may be good, and newer. */
	if (err == -ENOMEM)
		df_geo_report(diags, import->paths[0], err);
	for (i = 0; err && err != -ENOMEM && i < found.count; i++)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"what is installed cannot be read, and is not compared: %s",
			found.list[i].message);
	df_diags_free(&found);
	return err == -ENOMEM ? err : 0;
}

static int check(struct df_geo_import *import, struct df_diags *diags)
{
	int err = check_bytes(import, diags);

	if (err)
		return err;
	if (!import->spec.path && !df_geo_complete(import->fresh)) {
		df_diag_geo(diags, "%s: incomplete: it knows less than half of the IPv4 addresses, or not all of IPv6",
			    import->fresh->path);
		return -EINVAL;
	}
	err = read_present(import, diags);
	if (err)
		return err;
	import->same = import->present &&
		       !memcmp(import->present->digest, import->fresh->digest,
			       sizeof(import->fresh->digest));
	if (import->same)
		return 0;
	err = check_date(import, diags);
	if (!err && import->present)
		err = compare_sizes(import, diags);
	return err;
}

/**
 * df_geo_import_open() - read data and decide whether it may be installed
 * @import: its first members set, the others zero; to be freed in each case
 * @files: a database of libloc, an MMDB file, or geoip and geoip6 of tor-geoipdb
 * @count: how many
 * @diags: where errors and warnings go
 *
 * It must be whole, and be vouched for by a signature or a digest; it must not be
 * older than what is installed, nor have less than three quarters of its ranges or
 * nine tenths of its countries.
 *
 * Return: 0, or a negative errno after an error was reported.
 */
int df_geo_import_open(struct df_geo_import *import, char *const *files,
		       size_t count, struct df_diags *diags)
{
	size_t first, i;
	int err;

	err = check_names(files, count, &first, diags);
	for (i = 0; !err && i < count; i++) {
		const char *path = files[i ? !first : first];

		err = df_geo_file_read(path, &import->files[i]);
		if (err)
			df_geo_report(diags, path, err);
		else
			import->file_count++;
	}
	if (err)
		return err;
	err = find_kind(import, files[0], diags);
	if (!err)
		err = find_spec(import, files[0], diags);
	if (err)
		return err;
	err = df_geo_spec_files(&import->spec, import->root, import->paths);
	if (err)
		return df_geo_report(diags, files[0], err);
	err = read_fresh(import, files[0], diags);
	return err ?: check(import, diags);
}

static int point(const struct df_geo_import *import, struct df_geo_spec *list,
		 size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		char *path;

		if (!df_geo_spec_same(&list[i], &import->spec))
			continue;
		path = strdup(import->fresh->path);
		if (!path)
			return -ENOMEM;
		free(list[i].path);
		list[i].path = path;
	}
	return 0;
}

/**
 * df_geo_import_try() - the geo data of a policy as it would be afterwards
 * @import: opened; its policy may be another object than @policy
 * @policy: whose sources are then read from where @import is; do not use it to
 *	find its geo data again
 * @diags: where errors and warnings go
 *
 * Return: the sources, to be freed with df_geo_free(); NULL after an error.
 */
struct df_geo *df_geo_import_try(const struct df_geo_import *import,
				 struct df_policy *policy,
				 struct df_diags *diags)
{
	const struct df_geo_options options = {
		.root = import->root, .now = import->now,
	};

	if (point(import, policy->country, policy->country_count) ||
	    point(import, policy->operator, policy->operator_count)) {
		df_geo_report(diags, import->fresh->path, -ENOMEM);
		return NULL;
	}
	return df_geo_load(policy, &options, diags);
}

/* They may not be there where no package brought them. */
static void make_folders(const char *path)
{
	char copy[PATH_MAX], *slash = copy;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
}

static int put(const char *path, const struct df_geo_file *file)
{
	make_folders(path);
	return df_replace(path, file->data, file->size, 0644);
}

/* The first half of a pair, when there is no second. */
static void put_back(const char *path, const struct df_geo_file *before, int missing)
{
	if (missing)
		unlink(path);
	else
		df_replace(path, before->data, before->size, 0644);
}

/**
 * df_geo_import_install() - put the data where it is looked for
 * @import: opened
 * @diags: where errors go
 *
 * Each file is there as a whole or not at all, and after an error what was there
 * before.
 *
 * Return: 0, or a negative errno after an error was reported.
 */
int df_geo_import_install(const struct df_geo_import *import,
			  struct df_diags *diags)
{
	struct df_geo_file before = { 0 };
	int missing, err;

	if (import->same)
		return 0;
	missing = df_geo_file_read(import->paths[0], &before);
	err = missing == -ENOENT ? 0 : missing;
	if (!err)
		err = put(import->paths[0], &import->files[0]);
	if (err) {
		df_geo_report(diags, import->paths[0], err);
	} else if (import->file_count == 2) {
		err = put(import->paths[1], &import->files[1]);
		if (err) {
			put_back(import->paths[0], &before, missing);
			df_geo_report(diags, import->paths[1], err);
		}
	}
	df_geo_file_free(&before);
	return err;
}

/**
 * df_geo_import_free() - free what df_geo_import_open() made
 * @import: opened, with or without success
 */
void df_geo_import_free(struct df_geo_import *import)
{
	size_t i;

	for (i = 0; i < 2; i++)
		df_geo_file_free(&import->files[i]);
	for (i = 0; i < DF_GEO_SPEC_FILES; i++)
		free(import->paths[i]);
	df_geo_source_free(import->fresh);
	df_geo_source_free(import->present);
}
