// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: The compiler
 *
 * One sweep over each address family from the lowest address to the highest.
 * Where any source or any network of the policy changes its mind a new range
 * begins; neighbours that end up in the same zone are one range::
 *
 *	libloc       |-- US 45102 --|-- CN 4134 --|
 *	tor-geoipdb       |------ US ------|
 *	networks                                |- company -|
 *	ranges       |    |         |      |    | |         |
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

/**
 * struct sweep - the state of a sweep over one address family
 * @compiler: input and output
 * @family: address family
 * @zones: gives the zones
 * @segments: of the policy's networks
 * @segment: the current one
 * @at: for each geo source the first range that does not end before the
 *	current address
 */
struct sweep {
	struct df_compiler *compiler;
	enum df_family family;
	struct df_zones *zones;
	const struct df_segments *segments;
	size_t segment;
	size_t *at;
};

static const struct df_geo_table *table(const struct sweep *sweep, size_t source)
{
	return &sweep->compiler->geo->sources[source]->table[sweep->family];
}

/* What a source says of @addr, or NULL. */
static const struct df_geo_range *says(const struct sweep *sweep, size_t source,
				       df_u128 addr)
{
	const struct df_geo_table *t = table(sweep, source);
	size_t i = sweep->at[source];

	return i < t->count && t->list[i].first <= addr ? &t->list[i] : NULL;
}

/* The last address about which all agree with themselves at @addr. */
static df_u128 stretch_end(const struct sweep *sweep, df_u128 addr)
{
	const struct df_segment *list = sweep->segments->list[sweep->family];
	df_u128 end = df_addr_max(sweep->family), last;
	size_t i;

	if (sweep->segment + 1 < sweep->segments->count[sweep->family])
		end = list[sweep->segment + 1].first - 1;
	for (i = 0; i < sweep->compiler->geo->source_count; i++) {
		const struct df_geo_table *t = table(sweep, i);

		if (sweep->at[i] == t->count)
			continue;
		last = says(sweep, i, addr) ? t->list[sweep->at[i]].last :
					      t->list[sweep->at[i]].first - 1;
		if (last < end)
			end = last;
	}
	return end;
}

static void step(struct sweep *sweep, df_u128 addr)
{
	const struct df_segment *list = sweep->segments->list[sweep->family];
	size_t i;

	if (sweep->segment + 1 < sweep->segments->count[sweep->family] &&
	    list[sweep->segment + 1].first == addr)
		sweep->segment++;
	for (i = 0; i < sweep->compiler->geo->source_count; i++) {
		const struct df_geo_table *t = table(sweep, i);

		if (sweep->at[i] < t->count && t->list[sweep->at[i]].last < addr)
			sweep->at[i]++;
	}
}

/*
 * A database that knows a country for a private address knows somebody else's
 * network: it must not cut the link to an aircraft.
 */
static void describe(const struct sweep *sweep, df_u128 addr,
		     struct df_place *place)
{
	const struct df_geo *geo = sweep->compiler->geo;
	const struct df_geo_range *range;
	bool local;
	size_t i;

	place->bits = sweep->segments->list[sweep->family][sweep->segment].bits;
	local = df_segments_local(sweep->segments, sweep->compiler, place->bits);
	for (i = 0; i < geo->country_count; i++) {
		range = local ? NULL : says(sweep, geo->country[i], addr);
		memcpy(place->votes + 2 * i,
		       range && range->country[0] ? range->country : "??", 2);
	}
	for (i = 0; i < geo->operator_count; i++) {
		range = local ? NULL : says(sweep, geo->operator[i], addr);
		place->asns[i] = range ? range->asn : 0;
	}
}

/*
 * Room for all there can be: each range of a source begins one and, with its
 * end, another. What is not used is never touched, and given back by shrink().
 */
static int reserve(struct sweep *sweep)
{
	size_t most = sweep->segments->count[sweep->family] + 1, i;
	struct df_image_ranges *ranges =
		&sweep->compiler->image->ranges[sweep->family];

	for (i = 0; i < sweep->compiler->geo->source_count; i++)
		most += 2 * table(sweep, i)->count;
	if (most > DRONEFENCE_MAX_RANGES)
		most = DRONEFENCE_MAX_RANGES;
	ranges->list = reallocarray(NULL, most, sizeof(*ranges->list));
	return ranges->list ? 0 : -ENOMEM;
}

static int emit(struct sweep *sweep, df_u128 first, df_u128 last, uint16_t zone)
{
	struct df_image_ranges *ranges =
		&sweep->compiler->image->ranges[sweep->family];

	if (ranges->count && ranges->list[ranges->count - 1].zone == zone) {
		ranges->list[ranges->count - 1].last = last;
		return 0;
	}
	if (ranges->count == DRONEFENCE_MAX_RANGES) {
		df_diag(sweep->compiler->diags, DF_ERROR, NULL, NULL,
			"more than %d %s ranges; use fewer networks or sources",
			DRONEFENCE_MAX_RANGES,
			sweep->family == DF_IPV4 ? "IPv4" : "IPv6");
		return -E2BIG;
	}
	ranges->list[ranges->count++] =
		(struct df_image_range){ first, last, zone };
	return 0;
}

static int sweep_family(struct sweep *sweep)
{
	df_u128 addr = 0, end;
	int err = reserve(sweep);

	while (!err) {
		struct df_place place = { 0 };
		uint16_t zone;

		end = stretch_end(sweep, addr);
		describe(sweep, addr, &place);
		err = df_zones_find(sweep->zones, &place, &zone);
		if (!err)
			err = emit(sweep, addr, end, zone);
		if (end == df_addr_max(sweep->family))
			break;
		addr = end + 1;
		step(sweep, addr);
	}
	return err;
}

static void shrink(struct df_image_ranges *ranges)
{
	void *list = reallocarray(ranges->list, ranges->count,
				  sizeof(*ranges->list));

	if (list)
		ranges->list = list;
}

static int compile_ranges(struct df_compiler *compiler,
			  const struct df_segments *segments)
{
	struct df_zones *zones = df_zones_new(compiler, segments);
	size_t sources = compiler->geo->source_count;
	int err = zones ? 0 : -ENOMEM, f;

	for (f = 0; !err && f < DF_FAMILIES; f++) {
		struct sweep sweep = {
			.compiler = compiler,
			.family = f,
			.zones = zones,
			.segments = segments,
			.at = calloc(sources + 1, sizeof(*sweep.at)),
		};

		err = sweep.at ? sweep_family(&sweep) : -ENOMEM;
		free(sweep.at);
		if (!err)
			shrink(&compiler->image->ranges[f]);
	}
	df_zones_free(zones);
	return err;
}

static int compile(struct df_compiler *compiler)
{
	const struct df_policy *policy = compiler->policy;
	struct df_image *image = compiler->image;
	struct df_segments segments;
	int err;

	image->name = strdup(policy->name);
	if (!image->name)
		return -ENOMEM;
	memcpy(image->source_digest, policy->digest, sizeof(policy->digest));
	memcpy(image->geo_digest, compiler->geo->digest,
	       sizeof(image->geo_digest));
	image->geo_date = compiler->geo->date;
	image->applications = policy->applications;
	image->application_count = policy->application_count;
	image->bulk = policy->bulk;
	err = df_compile_rules(compiler);
	/* Without all rules the sets, and so the zones, are not complete. */
	if (err || df_diags_failed(compiler->diags))
		return err ? err : -EINVAL;
	err = df_segments_build(&segments, compiler);
	if (!err)
		err = compile_ranges(compiler, &segments);
	df_segments_free(&segments);
	return err;
}

/**
 * df_compile() - turn a policy and geo data into what the kernel takes
 * @policy: loaded without errors; must outlive the result
 * @geo: of this policy; not needed afterwards
 * @diags: where errors go; holds no errors yet
 *
 * The same input gives the same image, byte by byte.
 *
 * Return: the image, to be freed with df_image_free(); NULL after an error.
 */
struct df_image *df_compile(const struct df_policy *policy,
			    const struct df_geo *geo, struct df_diags *diags)
{
	struct df_compiler compiler = {
		.policy = policy,
		.geo = geo,
		.diags = diags,
		.image = calloc(1, sizeof(*compiler.image)),
	};
	struct df_image *image = compiler.image;
	int err = image ? compile(&compiler) : -ENOMEM;

	df_compile_rules_free(&compiler);
	if (err == -ENOMEM)
		df_diag(diags, DF_ERROR, NULL, NULL, "out of memory");
	if (err) {
		df_image_free(image);
		return NULL;
	}
	return image;
}
