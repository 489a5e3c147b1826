// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules that never decide anything. Addresses are judged by zone: for each zone
 * there is a mask of the rules of a profile whose destinations hold it, and
 * profiles have few different masks. A rule is shadowed if for each mask it is
 * in the earlier rules of that mask take all of its protocols and ports. One
 * that asks for the outgoing interface takes nothing for sure.
 */

#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "lint.h"

#define PROTOCOLS 256

_Static_assert(DRONEFENCE_MAX_PROFILE_RULES <= 64, "rules fit into a mask");

static bool get_bit(const uint8_t *bitmap, size_t i)
{
	return bitmap[i / 8] >> i % 8 & 1;
}

static bool in_destinations(const struct df_image_rule *rule,
			    const struct df_image_zone *zone)
{
	size_t i;

	for (i = 0; i < rule->set_count; i++)
		if (get_bit(zone->sets, rule->sets[i]))
			return true;
	return !rule->set_count;
}

static bool has_protocol(const struct df_image_rule *rule, unsigned int protocol)
{
	return rule->any_protocol || get_bit(rule->protocols, protocol);
}

/* All masks of a profile, each once. */
static bool collect_masks(const struct df_image *image,
			  const struct df_image_profile *profile,
			  struct df_intern *masks)
{
	size_t z, r;

	for (z = 0; z < image->zone_count; z++) {
		uint64_t mask = 0;

		for (r = 0; r < profile->rule_count; r++)
			if (in_destinations(&profile->rules[r], &image->zones[z]))
				mask |= (uint64_t)1 << r;
		if (df_intern(masks, &mask) < 0)
			return false;
	}
	return true;
}

static uint64_t mask_at(const struct df_intern *masks, uint32_t i)
{
	uint64_t mask;

	memcpy(&mask, df_intern_key(masks, i), sizeof(mask));
	return mask;
}

/* The last port that the rules in @mask take without a gap from @port on. */
static int covered_up_to(const struct df_image_profile *profile, uint64_t mask,
			 unsigned int protocol, int port)
{
	size_t r, i;
	int end = port - 1;
	bool moved;

	do {
		moved = false;
		for (r = 0; r < profile->rule_count; r++) {
			const struct df_image_rule *rule = &profile->rules[r];

			if (!(mask >> r & 1) || *rule->out ||
			    !has_protocol(rule, protocol))
				continue;
			for (i = 0; i < rule->port_count; i++) {
				if (rule->ports[i].first > end + 1 ||
				    rule->ports[i].last <= end)
					continue;
				end = rule->ports[i].last;
				moved = true;
			}
		}
	} while (moved);
	return end;
}

/* Do the rules in @mask take all of @rule's packets of this protocol? */
static bool protocol_covered(const struct df_image_profile *profile,
			     uint64_t mask, const struct df_image_rule *rule,
			     unsigned int protocol)
{
	size_t r, i;

	for (r = 0; r < profile->rule_count; r++)
		if ((mask >> r & 1) && !profile->rules[r].port_count &&
		    !*profile->rules[r].out &&
		    has_protocol(&profile->rules[r], protocol))
			return true;
	/* A packet can lack ports, so no list of ports takes all of them. */
	if (!rule->port_count)
		return false;
	for (i = 0; i < rule->port_count; i++)
		if (covered_up_to(profile, mask, protocol, rule->ports[i].first) <
		    rule->ports[i].last)
			return false;
	return true;
}

static bool covered(const struct df_image_profile *profile, uint64_t mask,
		    const struct df_image_rule *rule)
{
	unsigned int protocol;

	for (protocol = 0; protocol < PROTOCOLS; protocol++)
		if (has_protocol(rule, protocol) &&
		    !protocol_covered(profile, mask, rule, protocol))
			return false;
	return true;
}

/* Do rules among @among take everything that rule @r matches? */
static bool shadowed(const struct df_image_profile *profile,
		     const struct df_intern *masks, size_t r, uint64_t among)
{
	uint32_t i;

	for (i = 0; i < masks->count; i++) {
		uint64_t mask = mask_at(masks, i);

		if ((mask >> r & 1) &&
		    !covered(profile, mask & among, &profile->rules[r]))
			return false;
	}
	return true;
}

static bool ever_matches(const struct df_intern *masks, size_t r)
{
	uint32_t i;

	for (i = 0; i < masks->count; i++)
		if (mask_at(masks, i) >> r & 1)
			return true;
	return false;
}

static void check_rule(const struct df_image_profile *profile,
		       const struct df_intern *masks, size_t r,
		       struct df_diags *diags)
{
	const struct df_image_rule *rules = profile->rules;
	size_t k;

	if (!ever_matches(masks, r)) {
		df_diag(diags, DF_WARNING, &rules[r].mark, NULL,
			"profile '%s': rule %zu never matches: with the loaded geo data no address is in its destinations",
			profile->name, r + 1);
		return;
	}
	if (!shadowed(profile, masks, r, ((uint64_t)1 << r) - 1))
		return;
	for (k = 0; k < r; k++) {
		if (!shadowed(profile, masks, r, (uint64_t)1 << k))
			continue;
		df_diag(diags, DF_WARNING, &rules[r].mark, NULL,
			"profile '%s': rule %zu never decides: rule %zu (line %u) takes everything it matches",
			profile->name, r + 1, k + 1, rules[k].mark.line);
		return;
	}
	df_diag(diags, DF_WARNING, &rules[r].mark, NULL,
		"profile '%s': rule %zu never decides: the rules before it together take everything it matches",
		profile->name, r + 1);
}

/**
 * df_lint_rules() - warn of rules that never decide anything
 * @image: the compiled policy
 * @diags: where warnings go
 */
void df_lint_rules(const struct df_image *image, struct df_diags *diags)
{
	size_t p, r;

	for (p = 0; p < image->profile_count; p++) {
		const struct df_image_profile *profile = &image->profiles[p];
		struct df_intern masks;

		df_intern_init(&masks, sizeof(uint64_t));
		if (collect_masks(image, profile, &masks))
			for (r = 0; r < profile->rule_count; r++)
				check_rule(profile, &masks, r, diags);
		else
			diags->lost = true;
		df_intern_free(&masks);
	}
}
