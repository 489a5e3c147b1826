// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A compiled policy as bytes, and back. What is read is checked as if somebody
 * had made it up: every index, every enum, and that the ranges cover each
 * address once. That needs no check of its own: a range is written as its last
 * address only, and begins where the one before ended.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ifname.h"
#include "image_pack.h"

static void pack_sets(struct df_pack *pack, const struct df_image *image)
{
	size_t i;

	df_pack_number(pack, image->set_count, 4);
	for (i = 0; i < image->set_count; i++) {
		df_pack_text(pack, image->sets[i].name);
		df_pack_number(pack, image->sets[i].kind, 1);
		df_pack_number(pack, image->sets[i].quorum, 1);
	}
}

static size_t bitmap_size(const struct df_image *image)
{
	return (image->set_count + 7) / 8;
}

static void pack_zones(struct df_pack *pack, const struct df_image *image)
{
	size_t i;

	df_pack_number(pack, image->zone_count, 4);
	for (i = 0; i < image->zone_count; i++) {
		const struct df_image_zone *zone = &image->zones[i];

		df_pack_bytes(pack, zone->country, sizeof(zone->country));
		df_pack_number(pack, zone->votes_len, 1);
		df_pack_bytes(pack, zone->votes, zone->votes_len);
		df_pack_bytes(pack, zone->sets, bitmap_size(image));
	}
}

static void pack_ranges(struct df_pack *pack, const struct df_image *image,
			enum df_family family)
{
	const struct df_image_ranges *ranges = &image->ranges[family];
	uint8_t bytes[16];
	size_t i;

	df_pack_number(pack, ranges->count, 4);
	for (i = 0; i < ranges->count; i++) {
		df_pack_bytes(pack, bytes,
			      df_addr_to_bytes(family, ranges->list[i].last,
					       bytes));
		df_pack_number(pack, ranges->list[i].zone, 2);
	}
}

static void pack_rule(struct df_pack *pack, const struct df_image_rule *rule)
{
	size_t i;

	df_pack_number(pack, rule->verdict, 1);
	df_pack_number(pack, rule->log, 1);
	df_pack_number(pack, rule->set_count, 4);
	for (i = 0; i < rule->set_count; i++)
		df_pack_number(pack, rule->sets[i], 4);
	df_pack_number(pack, rule->any_protocol, 1);
	df_pack_bytes(pack, rule->protocols, sizeof(rule->protocols));
	df_pack_number(pack, rule->port_count, 4);
	for (i = 0; i < rule->port_count; i++) {
		df_pack_number(pack, rule->ports[i].first, 2);
		df_pack_number(pack, rule->ports[i].last, 2);
	}
	df_pack_text(pack, rule->out);
	df_pack_text(pack, rule->origin);
}

static void pack_profiles(struct df_pack *pack, const struct df_image *image)
{
	size_t i, r;

	df_pack_number(pack, image->profile_count, 4);
	for (i = 0; i < image->profile_count; i++) {
		const struct df_image_profile *profile = &image->profiles[i];

		df_pack_text(pack, profile->name);
		df_pack_number(pack, profile->verdict, 1);
		df_pack_number(pack, profile->log, 1);
		df_pack_text(pack, profile->origin);
		df_pack_number(pack, profile->rule_count, 4);
		for (r = 0; r < profile->rule_count; r++)
			pack_rule(pack, &profile->rules[r]);
	}
}

/**
 * df_image_pack() - add a compiled policy
 * @pack: where to
 * @image: the policy; marks of its rules are not packed, they belong to the
 *	policy file
 */
void df_image_pack(struct df_pack *pack, const struct df_image *image)
{
	df_pack_text(pack, image->name);
	df_pack_bytes(pack, image->source_digest, sizeof(image->source_digest));
	df_pack_bytes(pack, image->geo_digest, sizeof(image->geo_digest));
	df_pack_number(pack, image->geo_date, 8);
	pack_sets(pack, image);
	pack_zones(pack, image);
	pack_ranges(pack, image, DF_IPV4);
	pack_ranges(pack, image, DF_IPV6);
	pack_profiles(pack, image);
	df_apps_pack(pack, image);
	df_pack_number(pack, image->bulk, 8);
}

static void copy_bytes(struct df_unpack *unpack, void *to, size_t size)
{
	const uint8_t *bytes = df_unpack_bytes(unpack, size);

	if (bytes)
		memcpy(to, bytes, size);
}

/* A text that must be there. */
static char *need_text(struct df_unpack *unpack, size_t max)
{
	char *text = df_unpack_text(unpack, max);

	if (!text)
		unpack->bad = true;
	return text;
}

static void copy_origin(struct df_unpack *unpack,
			char origin[DRONEFENCE_ORIGIN_MAX + 1])
{
	char *text = need_text(unpack, DRONEFENCE_ORIGIN_MAX);

	if (text)
		strcpy(origin, text);
	free(text);
}

static void unpack_sets(struct df_unpack *unpack, struct df_image *image)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_SETS), i;

	image->sets = df_unpack_alloc(unpack, count, sizeof(*image->sets));
	for (i = 0; i < count && !unpack->bad; i++) {
		struct df_image_set *set = &image->sets[image->set_count++];

		set->name = need_text(unpack, DRONEFENCE_NAME_MAX);
		set->kind = df_unpack_number(unpack, 1, DFENCE_REASON_OPERATED_BY);
		set->quorum = df_unpack_number(unpack, 1, DF_QUORUM_ALL);
		if (set->kind < DFENCE_REASON_NETWORK)
			unpack->bad = true;
	}
}

static void unpack_zones(struct df_unpack *unpack, struct df_image *image)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_ZONES), i;

	image->zones = df_unpack_alloc(unpack, count, sizeof(*image->zones));
	for (i = 0; i < count && !unpack->bad; i++) {
		struct df_image_zone *zone = &image->zones[image->zone_count++];

		copy_bytes(unpack, zone->country, sizeof(zone->country));
		zone->country[sizeof(zone->country) - 1] = '\0';
		zone->votes_len = df_unpack_number(unpack, 1,
						   DRONEFENCE_VOTES_MAX);
		copy_bytes(unpack, zone->votes, zone->votes_len);
		zone->sets = df_unpack_alloc(unpack, bitmap_size(image), 1);
		if (zone->sets)
			copy_bytes(unpack, zone->sets, bitmap_size(image));
	}
}

static void unpack_ranges(struct df_unpack *unpack, struct df_image *image,
			  enum df_family family)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_RANGES), i;
	struct df_image_ranges *ranges = &image->ranges[family];
	size_t width = family == DF_IPV6 ? 16 : 4;
	df_u128 first = 0, last = 0;

	ranges->list = df_unpack_alloc(unpack, count, sizeof(*ranges->list));
	for (i = 0; i < count && !unpack->bad; i++) {
		const uint8_t *bytes = df_unpack_bytes(unpack, width);

		if (!bytes)
			return;
		last = df_addr_from_bytes(family, bytes);
		ranges->list[ranges->count++] = (struct df_image_range){
			.first = first,
			.last = last,
			.zone = df_unpack_number(unpack, 2, image->zone_count - 1),
		};
		/* Behind the last address there is nothing. */
		if (last < first || (i && !first))
			unpack->bad = true;
		first = last + 1;
	}
	if (!count || last != df_addr_max(family))
		unpack->bad = true;
}

static void unpack_rule_sets(struct df_unpack *unpack,
			     const struct df_image *image,
			     struct df_image_rule *rule)
{
	size_t i;

	rule->set_count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_RULE_SETS);
	rule->sets = df_unpack_alloc(unpack, rule->set_count,
				     sizeof(*rule->sets));
	for (i = 0; i < rule->set_count && !unpack->bad; i++) {
		rule->sets[i] = df_unpack_number(unpack, 4, UINT32_MAX);
		if (rule->sets[i] >= image->set_count)
			unpack->bad = true;
	}
}

static void unpack_ports(struct df_unpack *unpack, struct df_image_rule *rule)
{
	size_t i;

	rule->port_count = df_unpack_number(unpack, 4,
					    DRONEFENCE_MAX_RULE_PORTS);
	rule->ports = df_unpack_alloc(unpack, rule->port_count,
				      sizeof(*rule->ports));
	for (i = 0; i < rule->port_count && !unpack->bad; i++) {
		rule->ports[i].first = df_unpack_number(unpack, 2, UINT16_MAX);
		rule->ports[i].last = df_unpack_number(unpack, 2, UINT16_MAX);
		if (rule->ports[i].first > rule->ports[i].last)
			unpack->bad = true;
	}
}

static void unpack_out(struct df_unpack *unpack, struct df_image_rule *rule)
{
	char *text = need_text(unpack, DRONEFENCE_IFNAME_MAX);

	if (text && *text && dfence_ifname_check(text))
		unpack->bad = true;
	else if (text)
		strcpy(rule->out, text);
	free(text);
}

static void unpack_rule(struct df_unpack *unpack, const struct df_image *image,
			struct df_image_rule *rule)
{
	rule->verdict = df_unpack_number(unpack, 1, DFENCE_VERDICT_DROP);
	rule->log = df_unpack_number(unpack, 1, DFENCE_LOG_ALL);
	unpack_rule_sets(unpack, image, rule);
	rule->any_protocol = df_unpack_number(unpack, 1, 1);
	copy_bytes(unpack, rule->protocols, sizeof(rule->protocols));
	unpack_ports(unpack, rule);
	unpack_out(unpack, rule);
	copy_origin(unpack, rule->origin);
}

static void unpack_profile(struct df_unpack *unpack,
			   const struct df_image *image,
			   struct df_image_profile *profile)
{
	size_t count, i;

	profile->name = need_text(unpack, DRONEFENCE_NAME_MAX);
	profile->verdict = df_unpack_number(unpack, 1, DFENCE_VERDICT_DROP);
	profile->log = df_unpack_number(unpack, 1, DFENCE_LOG_ALL);
	copy_origin(unpack, profile->origin);
	count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_PROFILE_RULES);
	profile->rules = df_unpack_alloc(unpack, count, sizeof(*profile->rules));
	for (i = 0; i < count && !unpack->bad; i++)
		unpack_rule(unpack, image, &profile->rules[profile->rule_count++]);
}

static void unpack_profiles(struct df_unpack *unpack, struct df_image *image)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_PROFILES), i;

	image->profiles = df_unpack_alloc(unpack, count,
					  sizeof(*image->profiles));
	for (i = 0; i < count && !unpack->bad; i++)
		unpack_profile(unpack, image,
			       &image->profiles[image->profile_count++]);
}

/* Does it belong to the policy? */
static bool fits(const struct df_image *image, const struct df_policy *policy)
{
	return !policy || !memcmp(image->source_digest, policy->digest,
				  sizeof(policy->digest));
}

/**
 * df_image_unpack() - take a compiled policy
 * @unpack: where from
 * @policy: that it was compiled from, NULL where nobody knows
 *
 * Return: the policy, to be freed with df_image_free(); NULL, with @unpack bad,
 * if there is none that makes sense or memory is short.
 */
struct df_image *df_image_unpack(struct df_unpack *unpack,
				 const struct df_policy *policy)
{
	struct df_image *image = df_unpack_alloc(unpack, 1, sizeof(*image));

	if (!image)
		return NULL;
	image->name = need_text(unpack, DRONEFENCE_NAME_MAX);
	copy_bytes(unpack, image->source_digest, sizeof(image->source_digest));
	copy_bytes(unpack, image->geo_digest, sizeof(image->geo_digest));
	image->geo_date = df_unpack_number(unpack, 8, UINT64_MAX);
	unpack_sets(unpack, image);
	unpack_zones(unpack, image);
	if (!image->zone_count)
		unpack->bad = true;
	unpack_ranges(unpack, image, DF_IPV4);
	unpack_ranges(unpack, image, DF_IPV6);
	unpack_profiles(unpack, image);
	df_apps_unpack(unpack, image);
	image->bulk = df_unpack_number(unpack, 8, UINT64_MAX);
	if (unpack->bad || !fits(image, policy)) {
		unpack->bad = true;
		df_image_free(image);
		return NULL;
	}
	return image;
}
