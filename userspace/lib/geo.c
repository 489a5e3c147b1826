// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The geo sources of a policy: each is read once, must be fresh and complete
 * enough, and answers one or both questions.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo_read.h"

#define DAY 86400
/* From this age on a policy without a limit gets a warning. */
#define OLD_AGE (180 * DAY)
/* Clocks and time zones differ a little. */
#define FUTURE_AGE DAY

/**
 * struct loader - what loading needs
 * @geo: being filled
 * @specs: what each of its sources was opened for
 * @max_age: of the policy, seconds, 0 for none
 * @root: prefix of the default places
 * @now: seconds since 1970
 * @quiet: say nothing about missing sources
 * @diags: where messages go
 */
struct loader {
	struct df_geo *geo;
	const struct df_geo_spec **specs;
	uint64_t max_age;
	const char *root;
	uint64_t now;
	bool quiet;
	struct df_diags *diags;
};

static const char *format_date(uint64_t date, char buf[16])
{
	time_t t = date;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, 16, "%Y-%m-%d", &tm))
		snprintf(buf, 16, "?");
	return buf;
}

static uint64_t limit_of(const struct loader *loader,
			 const struct df_geo_spec *spec)
{
	uint64_t limit = spec->max_age ? spec->max_age : loader->max_age;

	return limit == UINT64_MAX ? 0 : limit;
}

static int check_age(struct loader *loader, const struct df_geo_spec *spec,
		     const struct df_geo_source *source)
{
	uint64_t age = loader->now - source->date, limit = limit_of(loader, spec);
	char date[16];

	if (!limit || (source->date && source->date >= loader->now))
		return 0;
	if (!source->date) {
		df_diag_geo(loader->diags,
			    "%s: %s says nothing about its date, but there is a max-age",
			    source->name, source->path);
		return -ESTALE;
	}
	if (age <= limit)
		return 0;
	df_diag_geo(loader->diags,
		    "%s: %s is of %s, %" PRIu64 " days old; max-age is %" PRIu64 " days",
		    source->name, source->path, format_date(source->date, date),
		    age / DAY, limit / DAY);
	return -ESTALE;
}

static void warn_of_date(struct loader *loader, const struct df_geo_spec *spec,
			 const struct df_geo_source *source)
{
	uint64_t now = loader->now;
	char date[16];

	format_date(source->date, date);
	if (source->date > now + FUTURE_AGE)
		df_diag(loader->diags, DF_WARNING, &spec->mark, NULL,
			"%s: %s is of %s, which is in the future; is the clock right?",
			source->name, source->path, date);
	if (limit_of(loader, spec))
		return;
	if (!source->date)
		df_diag(loader->diags, DF_WARNING, &spec->mark, NULL,
			"%s: %s says nothing about its date",
			source->name, source->path);
	else if (now > source->date && now - source->date > OLD_AGE)
		df_diag(loader->diags, DF_WARNING, &spec->mark, NULL,
			"%s: %s is of %s, %" PRIu64 " days old, and there is no max-age",
			source->name, source->path, date,
			(now - source->date) / DAY);
}

/* Addresses that a table knows something of. */
static df_u128 coverage(const struct df_geo_table *table)
{
	df_u128 sum = 0;
	size_t i;

	for (i = 0; i < table->count; i++)
		sum += table->list[i].last - table->list[i].first + 1;
	return sum;
}

/*
 * A database of the Internet knows most IPv4 addresses, and of IPv6 something
 * in the block of the last registry. A file that was cut off does not, even if
 * nothing else is wrong with it.
 */
static bool is_complete(const struct df_geo_source *source)
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

	if (is_complete(source))
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

static bool same_spec(const struct df_geo_spec *a, const struct df_geo_spec *b)
{
	return a->kind == b->kind && !a->path == !b->path &&
	       (!a->path || !strcmp(a->path, b->path));
}

static int add_source(struct loader *loader, const struct df_geo_spec *spec,
		      struct df_geo_source *source)
{
	struct df_geo *geo = loader->geo;
	size_t want = geo->source_count + 1;
	void *sources, *specs;

	sources = reallocarray(geo->sources, want, sizeof(*geo->sources));
	if (sources)
		geo->sources = sources;
	specs = reallocarray(loader->specs, want, sizeof(*loader->specs));
	if (specs)
		loader->specs = specs;
	if (!sources || !specs)
		return df_geo_report(loader->diags, source->path, -ENOMEM);
	geo->sources[geo->source_count] = source;
	loader->specs[geo->source_count++] = spec;
	return 0;
}

/* Return: 0, -ENOENT for a source that is left out, or after an error. */
static int load_source(struct loader *loader, const struct df_geo_spec *spec,
		       size_t *index)
{
	struct df_geo *geo = loader->geo;
	struct df_geo_source *source;
	int err;

	for (*index = 0; *index < geo->source_count; (*index)++)
		if (same_spec(spec, loader->specs[*index]))
			return check_age(loader, spec, geo->sources[*index]);
	err = df_geo_source_open(spec, loader->root, &source, loader->diags);
	if (err == -ENOENT)
		return missing(loader, spec);
	if (err)
		return err;
	err = add_source(loader, spec, source);
	if (err) {
		df_geo_source_free(source);
		return err;
	}
	warn_of_date(loader, spec, source);
	err = check_size(loader, spec, source);
	if (err)
		return err;
	return check_age(loader, spec, source);
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
		     size_t spec_count, bool operators, size_t *list,
		     size_t *count)
{
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
			source = loader->geo->sources[index];
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
	country = load_list(loader, policy->country, policy->country_count, false,
			    geo->country, &geo->country_count);
	operator = load_list(loader, policy->operator, policy->operator_count,
			     true, geo->operator, &geo->operator_count);
	if (country || operator)
		return country ? country : operator;
	return finish(loader);
}

static struct df_geo *load_policy(const struct df_policy *policy,
				  const struct df_geo_options *options,
				  bool quiet, struct df_diags *diags)
{
	struct loader loader = {
		.geo = calloc(1, sizeof(*loader.geo)),
		.max_age = policy->max_age,
		.root = options->root ? options->root : "",
		.now = options->now,
		.quiet = quiet,
		.diags = diags,
	};

	if (!loader.geo) {
		df_geo_report(diags, "geo data", -ENOMEM);
		return NULL;
	}
	if (load(&loader, policy)) {
		df_geo_free(loader.geo);
		loader.geo = NULL;
	}
	free(loader.specs);
	return loader.geo;
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
