// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How old geo data may be. It is asked of data that was read just now, and of
 * data that a policy was compiled with some time ago.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "geo.h"

#define DAY 86400
/* From this age on a policy without a limit gets a warning. */
#define OLD_AGE (180 * DAY)
/* Clocks and time zones differ a little. */
#define FUTURE_AGE DAY

/**
 * struct dated - a source as the policy names it, and its age
 * @spec: what the policy says
 * @source: the data
 * @limit: oldest age in seconds, 0 for any
 * @now: seconds since 1970
 * @diags: where messages go
 */
struct dated {
	const struct df_geo_spec *spec;
	const struct df_geo_source *source;
	uint64_t limit;
	uint64_t now;
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

static int check_age(const struct dated *dated)
{
	const struct df_geo_source *source = dated->source;
	uint64_t age = dated->now - source->date;
	char date[16];

	if (!dated->limit || (source->date && source->date >= dated->now))
		return 0;
	if (!source->date) {
		df_diag_geo(dated->diags,
			    "%s: %s says nothing about its date, but there is a max-age",
			    source->name, source->path);
		return -ESTALE;
	}
	if (age <= dated->limit)
		return 0;
	df_diag_geo(dated->diags,
		    "%s: %s is of %s, %" PRIu64 " days old; max-age is %" PRIu64 " days",
		    source->name, source->path, format_date(source->date, date),
		    age / DAY, dated->limit / DAY);
	return -ESTALE;
}

static void warn_of_date(const struct dated *dated)
{
	const struct df_geo_source *source = dated->source;
	const struct df_mark *mark = &dated->spec->mark;
	uint64_t now = dated->now;
	char date[16];

	format_date(source->date, date);
	if (source->date > now + FUTURE_AGE)
		df_diag(dated->diags, DF_WARNING, mark, NULL,
			"%s: %s is of %s, which is in the future; is the clock right?",
			source->name, source->path, date);
	if (dated->limit)
		return;
	if (!source->date)
		df_diag(dated->diags, DF_WARNING, mark, NULL,
			"%s: %s says nothing about its date",
			source->name, source->path);
	else if (now > source->date && now - source->date > OLD_AGE)
		df_diag(dated->diags, DF_WARNING, mark, NULL,
			"%s: %s is of %s, %" PRIu64 " days old, and there is no max-age",
			source->name, source->path, date,
			(now - source->date) / DAY);
}

static const struct df_geo_spec *spec_of(const struct df_policy *policy,
					 const struct df_geo_use *use)
{
	if (use->spec < policy->country_count)
		return &policy->country[use->spec];
	return &policy->operator[use->spec - policy->country_count];
}

static uint64_t limit_of(const struct df_policy *policy,
			 const struct df_geo_use *use)
{
	const struct df_geo_spec *spec = spec_of(policy, use);
	uint64_t limit = spec->max_age ? spec->max_age : policy->max_age;

	return limit == UINT64_MAX ? 0 : limit;
}

/* A source that answers both questions has one age. */
static bool is_repeated(const struct df_policy *policy,
			const struct df_geo *geo, size_t use)
{
	size_t i;

	for (i = 0; i < use; i++)
		if (geo->uses[i].source == geo->uses[use].source &&
		    limit_of(policy, &geo->uses[i]) ==
		    limit_of(policy, &geo->uses[use]))
			return true;
	return false;
}

/**
 * df_geo_check_dates() - are the sources fresh enough
 * @policy: says how fresh
 * @geo: its sources; the tables are not needed
 * @now: seconds since 1970
 * @diags: where errors and warnings go
 *
 * Return: 0, or -ESTALE after an error.
 */
int df_geo_check_dates(const struct df_policy *policy,
		       const struct df_geo *geo, time_t now,
		       struct df_diags *diags)
{
	size_t i;
	int err = 0;

	for (i = 0; i < geo->use_count; i++) {
		const struct df_geo_use *use = &geo->uses[i];
		const struct dated dated = {
			.spec = spec_of(policy, use),
			.source = geo->sources[use->source],
			.limit = limit_of(policy, use),
			.now = now,
			.diags = diags,
		};

		if (is_repeated(policy, geo, i))
			continue;
		warn_of_date(&dated);
		if (check_age(&dated))
			err = -ESTALE;
	}
	return err;
}
