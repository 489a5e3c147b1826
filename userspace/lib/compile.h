/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the compiler: what its files share. */
#ifndef DF_COMPILE_H
#define DF_COMPILE_H

#include "image.h"
#include "intern.h"

#define DF_MAX_SOURCES (DRONEFENCE_VOTES_MAX / 2)

/**
 * struct df_members - everything a destination consists of
 * @countries: for each pair of letters
 * @has_countries: there is one in @countries, or @unknown
 * @unknown: public addresses of unknown country
 * @asns: autonomous systems
 * @asn_count: how many
 * @nets: networks
 * @net_count: how many
 */
struct df_members {
	bool countries[26 * 26];
	bool has_countries;
	bool unknown;
	uint32_t *asns;
	size_t asn_count;
	struct df_net *nets;
	size_t net_count;
};

void df_members_free(struct df_members *members);
int df_members_add(struct df_members *members, const struct df_policy *policy,
		   const struct df_atom *atom);
bool df_members_country(const struct df_members *members, const char code[2]);

/**
 * struct df_compiler - the state of a compilation
 * @policy: input
 * @geo: input
 * @diags: where errors go
 * @image: output
 * @members: members of each of the image's sets; shared where one set of the
 *	policy became several
 * @ids: number of each of the image's sets
 * @named: members of each set of the policy that is in use, else NULL
 * @bare: members of destinations that are no set of the policy
 * @bare_count: how many
 * @set_capacity: sets that fit into the image and into @members
 */
struct df_compiler {
	const struct df_policy *policy;
	const struct df_geo *geo;
	struct df_diags *diags;
	struct df_image *image;
	const struct df_members **members;
	struct df_intern ids;
	struct df_members **named;
	struct df_members **bare;
	size_t bare_count;
	size_t set_capacity;
};

int df_compile_rules(struct df_compiler *compiler);
void df_compile_rules_free(struct df_compiler *compiler);

/**
 * struct df_segment - addresses that are in the same networks of the policy
 * @first: lowest address; the segment reaches to the next one
 * @bits: number of its bitmap in &struct df_segments.bitmaps
 */
struct df_segment {
	df_u128 first;
	uint32_t bits;
};

/**
 * struct df_segments - the networks of the policy, flattened
 * @list: by family; the first one starts at address 0
 * @count: by family
 * @bitmaps: one bit for each set of the image, and one for "local" behind them
 */
struct df_segments {
	struct df_segment *list[DF_FAMILIES];
	size_t count[DF_FAMILIES];
	struct df_intern bitmaps;
};

int df_segments_build(struct df_segments *segments,
		      const struct df_compiler *compiler);
bool df_segments_local(const struct df_segments *segments,
		       const struct df_compiler *compiler, uint32_t bits);
void df_segments_free(struct df_segments *segments);

/**
 * struct df_place - all that is known of an address; of a local one nothing
 * @votes: two letters for each country source, "??" for unknown; rest zero
 * @asns: for each operator source, 0 for unknown; rest zero
 * @bits: of its segment
 */
struct df_place {
	char votes[DRONEFENCE_VOTES_MAX];
	uint32_t asns[DF_MAX_SOURCES];
	uint32_t bits;
};

struct df_zones;

struct df_zones *df_zones_new(struct df_compiler *compiler,
			      const struct df_segments *segments);
void df_zones_free(struct df_zones *zones);
int df_zones_find(struct df_zones *zones, const struct df_place *place,
		  uint16_t *zone);

#endif
