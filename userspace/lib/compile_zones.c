// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Zones
 *
 * Millions of ranges fall into a few thousand zones, so what is expensive is
 * done once for each different input and remembered::
 *
 *	votes, local?  -> sets of the kind located-in  (vote table)
 *	operators      -> sets of the kind operated-by (operator table)
 *	segment        -> sets of the kind network     (from compile_nets.c)
 *	all three      -> zone                         (combination table)
 *
 * Combinations of the same votes and the same sets are one zone.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

/* What decides about countries; no padding, it is hashed. */
struct vote_key {
	char votes[DRONEFENCE_VOTES_MAX];
	char local;
};

/* Numbers in the three tables above. */
struct combination {
	uint32_t vote;
	uint32_t operator;
	uint32_t bits;
};

/**
 * struct listed_asn - an AS number of the policy
 * @asn: the number
 * @set: a set of the image that names it
 */
struct listed_asn {
	uint32_t asn;
	uint32_t set;
};

/**
 * struct df_zones - what is remembered
 * @compiler: its image gets the zones
 * @segments: bitmaps of networks
 * @bytes: of a bitmap of sets, at least 1
 * @asns: all AS numbers of the policy's rules, ascending
 * @asn_count: how many
 * @votes: keys are &struct vote_key
 * @vote_sets: for each of them the number of its sets in @bitmaps
 * @operators: keys are the operators of an address
 * @operator_sets: for each of them the number of its sets in @bitmaps
 * @bitmaps: bitmaps of sets
 * @combinations: keys are &struct combination
 * @combination_zones: for each of them the zone
 * @zones: keys are votes and a bitmap of sets
 * @tally: votes for each set, all zero between uses
 * @scratch: room for a key of @zones
 * @last: the place that was asked for last
 * @last_zone: and its zone
 * @has_last: both hold
 */
struct df_zones {
	struct df_compiler *compiler;
	const struct df_segments *segments;
	size_t bytes;
	struct listed_asn *asns;
	size_t asn_count;
	struct df_intern votes;
	uint32_t *vote_sets;
	struct df_intern operators;
	uint32_t *operator_sets;
	struct df_intern bitmaps;
	struct df_intern combinations;
	uint16_t *combination_zones;
	struct df_intern zones;
	uint8_t *tally;
	uint8_t *scratch;
	struct df_place last;
	uint16_t last_zone;
	bool has_last;
};

static bool enough(enum df_quorum quorum, size_t votes, size_t sources)
{
	switch (quorum) {
	case DF_QUORUM_ANY:
		return votes > 0;
	case DF_QUORUM_MAJORITY:
		return 2 * votes > sources;
	case DF_QUORUM_ALL:
		return votes == sources;
	}
	return false;
}

static void set_bit(uint8_t *bitmap, size_t i)
{
	bitmap[i / 8] |= 1 << i % 8;
}

/* Room for entry @id of an array that goes with a table. */
static void *room_for(void *list, uint32_t id, size_t size)
{
	if (id & (id - 1))
		return list;
	return reallocarray(list, id ? 2 * (size_t)id : 1, size);
}

static size_t count_votes(const struct df_zones *zones,
			  const struct vote_key *key,
			  const struct df_members *members)
{
	size_t sources = zones->compiler->geo->country_count, votes = 0, i;

	/* Nobody knows a country for them: that is no vote for "unknown". */
	if (key->local)
		return 0;
	for (i = 0; i < sources; i++)
		votes += df_members_country(members, key->votes + 2 * i);
	return votes;
}

static void located_in(struct df_zones *zones, const struct vote_key *key,
		       uint8_t *bitmap)
{
	const struct df_compiler *compiler = zones->compiler;
	size_t i;

	for (i = 0; i < compiler->image->set_count; i++) {
		const struct df_image_set *set = &compiler->image->sets[i];

		if (set->kind == DFENCE_REASON_LOCATED_IN &&
		    enough(set->quorum,
			   count_votes(zones, key, compiler->members[i]),
			   compiler->geo->country_count))
			set_bit(bitmap, i);
	}
}

/* Return: number of the votes, or a negative errno. */
static int64_t find_votes(struct df_zones *zones, const struct df_place *place)
{
	uint32_t known = zones->votes.count, *list;
	struct vote_key key;
	int64_t id, sets;

	memcpy(key.votes, place->votes, sizeof(key.votes));
	key.local = df_segments_local(zones->segments, zones->compiler,
				      place->bits);
	id = df_intern(&zones->votes, &key);
	if (id < known)
		return id;
	list = room_for(zones->vote_sets, id, sizeof(*list));
	if (!list)
		return -ENOMEM;
	zones->vote_sets = list;
	memset(zones->scratch, 0, zones->bytes);
	located_in(zones, &key, zones->scratch);
	sets = df_intern(&zones->bitmaps, zones->scratch);
	if (sets < 0)
		return sets;
	zones->vote_sets[id] = sets;
	return id;
}

/* One vote for each set that names @asn. */
static void tally_asn(struct df_zones *zones, uint32_t asn)
{
	size_t low = 0, high = zones->asn_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (zones->asns[mid].asn < asn)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < zones->asn_count && zones->asns[low].asn == asn; low++)
		zones->tally[zones->asns[low].set]++;
}

static void operated_by(struct df_zones *zones, const struct df_place *place,
			uint8_t *bitmap)
{
	const struct df_image *image = zones->compiler->image;
	size_t sources = zones->compiler->geo->operator_count, i;

	for (i = 0; i < sources; i++)
		if (place->asns[i])
			tally_asn(zones, place->asns[i]);
	for (i = 0; i < image->set_count; i++)
		if (image->sets[i].kind == DFENCE_REASON_OPERATED_BY &&
		    enough(image->sets[i].quorum, zones->tally[i], sources))
			set_bit(bitmap, i);
	memset(zones->tally, 0, image->set_count);
}

/* Return: number of the sets of the operators, or a negative errno. */
static int64_t find_operators(struct df_zones *zones,
			      const struct df_place *place)
{
	uint32_t known = zones->operators.count, *list;
	int64_t id, sets;

	id = df_intern(&zones->operators, place->asns);
	if (id < 0)
		return id;
	if (id < known)
		return zones->operator_sets[id];
	list = room_for(zones->operator_sets, id, sizeof(*list));
	if (!list)
		return -ENOMEM;
	zones->operator_sets = list;
	memset(zones->scratch, 0, zones->bytes);
	operated_by(zones, place, zones->scratch);
	sets = df_intern(&zones->bitmaps, zones->scratch);
	if (sets >= 0)
		zones->operator_sets[id] = sets;
	return sets;
}

static int add_zone(struct df_zones *zones, const char *votes,
		    const uint8_t *sets)
{
	size_t len = zones->compiler->geo->country_count * 2, i;
	struct df_image *image = zones->compiler->image;
	struct df_image_zone zone = { .votes_len = len };
	struct df_image_zone *grown;

	grown = room_for(image->zones, image->zone_count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	image->zones = grown;
	memcpy(zone.votes, votes, len);
	for (i = 0; i < len && !zone.country[0]; i += 2)
		if (votes[i] != '?')
			memcpy(zone.country, votes + i, 2);
	zone.sets = malloc(zones->bytes);
	if (!zone.sets)
		return -ENOMEM;
	memcpy(zone.sets, sets, zones->bytes);
	image->zones[image->zone_count++] = zone;
	return 0;
}

/* Return: the zone, or a negative errno. */
static int64_t make_zone(struct df_zones *zones, const struct df_place *place,
			 const struct combination *combination)
{
	uint8_t *key = zones->scratch, *sets = key + DRONEFENCE_VOTES_MAX;
	uint32_t known = zones->zones.count;
	const uint8_t *parts[3] = {
		df_intern_key(&zones->bitmaps,
			      zones->vote_sets[combination->vote]),
		df_intern_key(&zones->bitmaps, combination->operator),
		df_intern_key(&zones->segments->bitmaps, combination->bits),
	};
	size_t count = zones->compiler->image->set_count, i;
	int64_t id;

	memcpy(key, place->votes, DRONEFENCE_VOTES_MAX);
	for (i = 0; i < zones->bytes; i++)
		sets[i] = parts[0][i] | parts[1][i] | parts[2][i];
	/* The bit behind the sets says "local" and is not for the kernel. */
	sets[count / 8] &= (1 << count % 8) - 1;
	id = df_intern(&zones->zones, key);
	if (id < known)
		return id;
	if (id >= DRONEFENCE_MAX_ZONES) {
		df_diag(zones->compiler->diags, DF_ERROR, NULL, NULL,
			"the rules split the Internet into more than %d zones; use fewer sets or sources",
			DRONEFENCE_MAX_ZONES);
		return -E2BIG;
	}
	return add_zone(zones, place->votes, sets) ? -ENOMEM : id;
}

static int64_t find_zone(struct df_zones *zones, const struct df_place *place)
{
	uint32_t known = zones->combinations.count;
	struct combination combination = { .bits = place->bits };
	int64_t vote, operator, id, zone;
	uint16_t *list;

	vote = find_votes(zones, place);
	if (vote < 0)
		return vote;
	operator = find_operators(zones, place);
	if (operator < 0)
		return operator;
	combination.vote = vote;
	combination.operator = operator;
	id = df_intern(&zones->combinations, &combination);
	if (id < 0)
		return id;
	if (id < known)
		return zones->combination_zones[id];
	list = room_for(zones->combination_zones, id, sizeof(*list));
	if (!list)
		return -ENOMEM;
	zones->combination_zones = list;
	zone = make_zone(zones, place, &combination);
	if (zone >= 0)
		zones->combination_zones[id] = zone;
	return zone;
}

/**
 * df_zones_find() - the zone of a place
 * @zones: where to look; a new zone is added to the image
 * @place: what is known of the address
 * @zone: result
 *
 * Return: 0, -ENOMEM, or -E2BIG after the error was reported.
 */
int df_zones_find(struct df_zones *zones, const struct df_place *place,
		  uint16_t *zone)
{
	int64_t id;

	if (!zones->has_last || memcmp(&zones->last, place, sizeof(*place))) {
		id = find_zone(zones, place);
		if (id < 0)
			return id;
		zones->last = *place;
		zones->last_zone = id;
		zones->has_last = true;
	}
	*zone = zones->last_zone;
	return 0;
}

static int compare_asns(const void *a, const void *b)
{
	const struct listed_asn *x = a, *y = b;

	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return x->set < y->set ? -1 : x->set > y->set;
}

/* Of a number that a set names twice one mention counts. */
static void sort_asns(struct df_zones *zones)
{
	struct listed_asn *list = zones->asns;
	size_t i, kept = 0;

	if (!zones->asn_count)
		return;
	qsort(list, zones->asn_count, sizeof(*list), compare_asns);
	for (i = 1; i < zones->asn_count; i++)
		if (compare_asns(&list[i], &list[kept]))
			list[++kept] = list[i];
	zones->asn_count = kept + 1;
}

static int list_asns(struct df_zones *zones)
{
	const struct df_compiler *compiler = zones->compiler;
	const struct df_image *image = compiler->image;
	size_t most = 0, i, k;

	for (i = 0; i < image->set_count; i++)
		most += compiler->members[i]->asn_count;
	zones->asns = calloc(most + 1, sizeof(*zones->asns));
	if (!zones->asns)
		return -ENOMEM;
	for (i = 0; i < image->set_count; i++) {
		const struct df_members *members = compiler->members[i];

		if (image->sets[i].kind != DFENCE_REASON_OPERATED_BY)
			continue;
		for (k = 0; k < members->asn_count; k++)
			zones->asns[zones->asn_count++] =
				(struct listed_asn){ members->asns[k], i };
	}
	sort_asns(zones);
	return 0;
}

/**
 * df_zones_new() - begin to make the zones of an image
 * @compiler: after df_compile_rules(); must outlive the result
 * @segments: of the same compiler; must outlive the result
 *
 * Return: to be freed with df_zones_free(), or NULL without memory.
 */
struct df_zones *df_zones_new(struct df_compiler *compiler,
			      const struct df_segments *segments)
{
	struct df_zones *zones = calloc(1, sizeof(*zones));

	if (!zones)
		return NULL;
	zones->compiler = compiler;
	zones->segments = segments;
	zones->bytes = compiler->image->set_count / 8 + 1;
	df_intern_init(&zones->votes, sizeof(struct vote_key));
	df_intern_init(&zones->operators, sizeof(((struct df_place *)0)->asns));
	df_intern_init(&zones->bitmaps, zones->bytes);
	df_intern_init(&zones->combinations, sizeof(struct combination));
	df_intern_init(&zones->zones, DRONEFENCE_VOTES_MAX + zones->bytes);
	zones->tally = calloc(compiler->image->set_count + 1, 1);
	zones->scratch = malloc(DRONEFENCE_VOTES_MAX + zones->bytes);
	if (!zones->tally || !zones->scratch || list_asns(zones)) {
		df_zones_free(zones);
		return NULL;
	}
	return zones;
}

/**
 * df_zones_free() - free what only making zones needed
 * @zones: may be NULL; the zones stay in the image
 */
void df_zones_free(struct df_zones *zones)
{
	if (!zones)
		return;
	df_intern_free(&zones->votes);
	df_intern_free(&zones->operators);
	df_intern_free(&zones->bitmaps);
	df_intern_free(&zones->combinations);
	df_intern_free(&zones->zones);
	free(zones->vote_sets);
	free(zones->operator_sets);
	free(zones->combination_zones);
	free(zones->asns);
	free(zones->tally);
	free(zones->scratch);
	free(zones);
}
