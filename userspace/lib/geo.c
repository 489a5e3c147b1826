// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The geo sources of a policy: each is read once, must be complete enough and,
 * as geo_date.c says, fresh, and answers one or both questions.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo_read.h"

/**
 * struct attempt - a source that was looked for
 * @spec: by what name first
 * @source: index into the sources
 * @err: negative errno why it cannot be used, and that was reported
 */
struct attempt {
	const struct df_geo_spec *spec;
	size_t source;
	int err;
};

/**
 * struct loader - what loading needs
 * @geo: being filled
 * @attempts: so far
 * @attempt_count: how many
 * @root: prefix of the default places
 * @quiet: say nothing about missing sources
 * @diags: where messages go
 */
struct loader {
	struct df_geo *geo;
	struct attempt *attempts;
	size_t attempt_count;
	const char *root;
	bool quiet;
	struct df_diags *diags;
};

/* Addresses that a table knows something of. */
static df_u128 coverage(const struct df_geo_table *table)
{
	df_u128 sum = 0;
	size_t i;

	for (i = 0; i < table->count; i++)
		sum += table->list[i].last - table->list[i].first + 1;
	return sum;
}

/**
 * df_geo_complete() - is this a database of the Internet
 * @source: with its tables
 *
 * Such a one knows most IPv4 addresses, and of IPv6 something in the block of the
 * last registry. A file that was cut off does not, even if nothing else is wrong
 * with it.
 *
 * Return: true if it is.
 */
bool df_geo_complete(const struct df_geo_source *source)
{
	const struct df_geo_table *v4 = &source->table[DF_IPV4];
	const struct df_geo_table *v6 = &source->table[DF_IPV6];
	const df_u128 last_registry = (df_u128)0x2c00 << 112;

	return coverage(v4) >= (df_u128)1 << 31 && v6->count &&
	       v6->list[v6->count - 1].last >= last_registry;
}

/* Who names a file himself may want a part of the Internet only. */
static int check_size(struct loader *loader, const struct df_geo_spec *spec,
		      const struct df_geo_source *source)
{
	unsigned int percent = coverage(&source->table[DF_IPV4]) * 100 >> 32;

	if (df_geo_complete(source))
		return 0;
	if (spec->path) {
		df_diag(loader->diags, DF_WARNING, &spec->mark, NULL,
			"%s: %s knows %u %% of the IPv4 addresses and %zu IPv6 ranges; the rest counts as unknown",
			source->name, source->path, percent,
			source->table[DF_IPV6].count);
		return 0;
	}
	df_diag_geo(loader->diags,
		    "%s: %s is incomplete: it knows %u %% of the IPv4 addresses and %zu IPv6 ranges",
		    source->name, source->path, percent,
		    source->table[DF_IPV6].count);
	return -EINVAL;
}

static int missing(struct loader *loader, const struct df_geo_spec *spec)
{
	const char *name = df_geo_spec_name(spec);
	const char *path = spec->path ? spec->path : "its default place";

	if (spec->optional && loader->quiet)
		return -ENOENT;
	if (spec->optional) {
		df_diag(loader->diags, DF_WARNING, &spec->mark, NULL,
			"%s: nothing in %s; the policy does without it",
			name, path);
		return -ENOENT;
	}
	df_diag_geo(loader->diags, "%s: nothing in %s", name, path);
	return -EINVAL;
}

static int add_source(struct df_geo *geo, struct df_geo_source *source)
{
	void *sources = reallocarray(geo->sources, geo->source_count + 1,
				     sizeof(*geo->sources));

	if (!sources)
		return -ENOMEM;
	geo->sources = sources;
	geo->sources[geo->source_count++] = source;
	return 0;
}

static int open_source(struct loader *loader, const struct df_geo_spec *spec)
{
	struct df_geo_source *source;
	int err = df_geo_source_open(spec, loader->root, &source, loader->diags);

	if (err)
		return err == -ENOENT ? missing(loader, spec) : err;
	err = add_source(loader->geo, source);
	if (err) {
		df_geo_report(loader->diags, source->path, err);
		df_geo_source_free(source);
		return err;
	}
	return check_size(loader, spec, source);
}

/* The same source by another name: what is wrong with it was reported. */
static int open_again(struct loader *loader, struct attempt *attempt,
		      const struct df_geo_spec *spec)
{
	/* It was optional there, and is not here. */
	if (attempt->err == -ENOENT && !spec->optional) {
		attempt->err = missing(loader, spec);
		return attempt->err;
	}
	return attempt->err;
}

/* Return: 0, -ENOENT for a source that is left out, or after an error. */
static int load_source(struct loader *loader, const struct df_geo_spec *spec,
		       size_t *index)
{
	struct attempt *attempt;
	void *attempts;
	size_t i;

	*index = 0;
	for (i = 0; i < loader->attempt_count; i++) {
		attempt = &loader->attempts[i];
		*index = attempt->source;
		if (df_geo_spec_same(spec, attempt->spec))
			return open_again(loader, attempt, spec);
	}
	attempts = reallocarray(loader->attempts, loader->attempt_count + 1,
				sizeof(*loader->attempts));
	if (!attempts)
		return df_geo_report(loader->diags, "geo data", -ENOMEM);
	loader->attempts = attempts;
	attempt = &loader->attempts[loader->attempt_count++];
	attempt->spec = spec;
	attempt->source = loader->geo->source_count;
	attempt->err = open_source(loader, spec);
	*index = attempt->source;
	return attempt->err;
}

/* The same data twice would have two votes. */
static int check_duplicates(struct loader *loader, const size_t *list,
			    size_t count)
{
	const struct df_geo_source *a, *b;
	size_t i;

	for (i = 0; i + 1 < count; i++) {
		a = loader->geo->sources[list[i]];
		b = loader->geo->sources[list[count - 1]];
		if (memcmp(a->digest, b->digest, sizeof(a->digest)))
			continue;
		df_diag_geo(loader->diags,
			    "%s and %s are the same data and would vote twice",
			    a->path, b->path);
		return -EINVAL;
	}
	return 0;
}

static int load_list(struct loader *loader, const struct df_geo_spec *specs,
		     size_t spec_count, size_t first, bool operators,
		     size_t *list, size_t *count)
{
	struct df_geo *geo = loader->geo;
	size_t i, index;
	int err, first_err = 0;

	for (i = 0; i < spec_count; i++) {
		const struct df_geo_source *source;

		err = load_source(loader, &specs[i], &index);
		if (err == -ENOENT)
			continue;
		if (!err && *count == DRONEFENCE_VOTES_MAX / 2) {
			df_diag_geo(loader->diags, "more than %zu sources",
				    *count);
			return -E2BIG;
		}
		if (!err) {
			list[(*count)++] = index;
			geo->uses[geo->use_count++] = (struct df_geo_use){
				.spec = first + i, .source = index,
			};
			source = geo->sources[index];
			err = check_duplicates(loader, list, *count);
			if (!(operators ? source->has_asn : source->has_country)) {
				df_diag_geo(loader->diags, "%s: %s has no %s",
					    source->name, source->path,
					    operators ? "AS numbers" : "countries");
				err = -EINVAL;
			}
		}
		if (err && !first_err)
			first_err = err;
	}
	return first_err;
}

static int finish(struct loader *loader)
{
	struct df_geo *geo = loader->geo;
	struct df_geo_file *digests;
	size_t i;
	int err;

	digests = calloc(geo->source_count + 1, sizeof(*digests));
	if (!digests)
		return df_geo_report(loader->diags, "geo data", -ENOMEM);
	for (i = 0; i < geo->source_count; i++) {
		struct df_geo_source *source = geo->sources[i];

		digests[i].data = source->digest;
		digests[i].size = sizeof(source->digest);
		if (source->date && (!geo->date || source->date < geo->date))
			geo->date = source->date;
	}
	err = df_geo_sha256(digests, geo->source_count, geo->digest);
	free(digests);
	return err ? df_geo_report(loader->diags, "geo data", err) : 0;
}

static int load(struct loader *loader, const struct df_policy *policy)
{
	struct df_geo *geo = loader->geo;
	int country, operator;

	/* Both, so that all errors are reported at once. */
	country = load_list(loader, policy->country, policy->country_count, 0,
			    false, geo->country, &geo->country_count);
	operator = load_list(loader, policy->operator, policy->operator_count,
			     policy->country_count, true, geo->operator,
			     &geo->operator_count);
	if (country || operator)
		return country ? country : operator;
	return finish(loader);
}

static int read_policy(const struct df_policy *policy, const char *root,
		       bool quiet, struct df_geo **geo, struct df_diags *diags)
{
	struct loader loader = {
		.geo = calloc(1, sizeof(*loader.geo)),
		.root = root ? root : "",
		.quiet = quiet,
		.diags = diags,
	};
	int err;

	*geo = loader.geo;
	if (!loader.geo)
		return df_geo_report(diags, "geo data", -ENOMEM);
	err = load(&loader, policy);
	free(loader.attempts);
	return err;
}

/**
 * df_geo_read() - read the geo sources of a policy, whatever their age
 * @policy: the policy
 * @root: prefix of the default places, NULL for none
 * @geo: result, to be freed with df_geo_free(); after an error the sources that
 *	could be read, or NULL
 * @diags: where errors and warnings go; they depend on nothing but the policy
 *	and the files
 *
 * Return: 0, or a negative errno after an error was reported.
 */
int df_geo_read(const struct df_policy *policy, const char *root,
		struct df_geo **geo, struct df_diags *diags)
{
	return read_policy(policy, root, false, geo, diags);
}

static struct df_geo *load_policy(const struct df_policy *policy,
				  const struct df_geo_options *options,
				  bool quiet, struct df_diags *diags)
{
	struct df_geo *geo;
	int err = read_policy(policy, options->root, quiet, &geo, diags);

	/* Of what could be read, so that all errors are reported at once. */
	if (geo && df_geo_check_dates(policy, geo, options->now, diags))
		err = -ESTALE;
	if (err) {
		df_geo_free(geo);
		return NULL;
	}
	return geo;
}

/**
 * df_geo_load() - read and check the geo sources of a policy
 * @policy: the policy
 * @options: where the default places are, and what time it is
 * @diags: where errors and warnings go
 *
 * Return: the sources, to be freed with df_geo_free(); NULL after an error.
 */
struct df_geo *df_geo_load(const struct df_policy *policy,
			   const struct df_geo_options *options,
			   struct df_diags *diags)
{
	return load_policy(policy, options, false, diags);
}

/**
 * df_geo_load_default() - read the geo data that is installed
 * @options: where the default places are, and what time it is
 * @diags: where errors and warnings go
 *
 * Return: libloc and tor-geoipdb, as far as they are there, to be freed with
 * df_geo_free(); NULL where there is neither, or after an error.
 */
struct df_geo *df_geo_load_default(const struct df_geo_options *options,
				   struct df_diags *diags)
{
	struct df_geo_spec specs[] = {
		{ .kind = DF_GEO_LIBLOC, .optional = true },
		{ .kind = DF_GEO_TOR, .optional = true },
	};
	const struct df_policy policy = {
		.country = specs,
		.country_count = 2,
		.operator = specs,
		.operator_count = 1,
	};
	struct df_geo *geo = load_policy(&policy, options, true, diags);

	if (!geo || geo->source_count)
		return geo;
	df_diag_geo(diags,
		    "no geo data is installed: neither libloc-database nor tor-geoipdb");
	df_geo_free(geo);
	return NULL;
}

/**
 * df_geo_free() - free the sources of a policy
 * @geo: may be NULL
 */
void df_geo_free(struct df_geo *geo)
{
	size_t i;

	if (!geo)
		return;
	for (i = 0; i < geo->source_count; i++)
		df_geo_source_free(geo->sources[i]);
	free(geo->sources);
	free(geo);
}
