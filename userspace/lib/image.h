/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled policy: what is pushed to the kernel. */
#ifndef DF_IMAGE_H
#define DF_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/dronefence.h>

#include "addr.h"
#include "diag.h"
#include "geo.h"
#include "policy.h"

/**
 * struct df_image_set - a set as the kernel knows it: one kind, one quorum
 * @name: of the policy's set, or the country, AS number or network itself
 * @kind: DFENCE_REASON_NETWORK, _LOCATED_IN or _OPERATED_BY
 * @quorum: for the two kinds that sources vote on
 */
struct df_image_set {
	char *name;
	enum dfence_reason kind;
	enum df_quorum quorum;
};

/**
 * struct df_image_zone - addresses that no rule of the policy can tell apart
 * @country: upper case code, or "" for unknown
 * @votes: two letters for each country source, "??" for unknown
 * @votes_len: bytes in @votes
 * @sets: bitmap of set membership, bit 0 of byte 0 first
 */
struct df_image_zone {
	char country[3];
	char votes[DRONEFENCE_VOTES_MAX];
	size_t votes_len;
	uint8_t *sets;
};

struct df_image_range {
	df_u128 first;
	df_u128 last;
	uint16_t zone;
};

struct df_image_ranges {
	struct df_image_range *list;
	size_t count;
};

struct df_image_rule {
	enum dfence_verdict verdict;
	enum dfence_log log;
	uint32_t *sets;
	size_t set_count;
	bool any_protocol;
	uint8_t protocols[DRONEFENCE_PROTOCOLS_LEN];
	struct df_ports *ports;
	size_t port_count;
	char out[DRONEFENCE_IFNAME_MAX + 1];
	char origin[DRONEFENCE_ORIGIN_MAX + 1];
	struct df_mark mark;
};

struct df_image_profile {
	char *name;
	enum dfence_verdict verdict;
	enum dfence_log log;
	struct df_image_rule *rules;
	size_t rule_count;
	char origin[DRONEFENCE_ORIGIN_MAX + 1];
};

/**
 * struct df_image - everything the kernel needs, by index
 * @name: of the policy
 * @source_digest: of the policy's files
 * @geo_digest: of the geo data
 * @geo_date: of the oldest geo source
 * @sets: see &struct df_image_set
 * @set_count: how many; a zone's bitmap has (set_count + 7) / 8 bytes
 * @zones: at least one
 * @zone_count: how many
 * @ranges: by family; sorted, disjoint, and they cover every address
 * @profiles: see &struct df_image_profile
 * @profile_count: how many
 * @applications: borrowed from the policy, which must outlive the image; or from
 *	@own_applications
 * @application_count: how many
 * @own_applications: those of an image that was unpacked, else NULL
 * @bulk: as &struct df_policy has it
 */
struct df_image {
	char *name;
	uint8_t source_digest[DRONEFENCE_DIGEST_LEN];
	uint8_t geo_digest[DRONEFENCE_DIGEST_LEN];
	uint64_t geo_date;
	struct df_image_set *sets;
	size_t set_count;
	struct df_image_zone *zones;
	size_t zone_count;
	struct df_image_ranges ranges[DF_FAMILIES];
	struct df_image_profile *profiles;
	size_t profile_count;
	const struct df_application *applications;
	size_t application_count;
	struct df_application *own_applications;
	uint64_t bulk;
};

/**
 * struct df_decision - what the kernel would decide; see df_image_eval()
 * @verdict: what happens
 * @log: what is recorded
 * @reason: why
 * @rule: position in the profile from 1, 0 for the default
 * @set: index of the set that matched, or -1
 */
struct df_decision {
	enum dfence_verdict verdict;
	enum dfence_log log;
	enum dfence_reason reason;
	uint32_t rule;
	int set;
};

struct df_image *df_compile(const struct df_policy *policy,
			    const struct df_geo *geo, struct df_diags *diags);
void df_image_free(struct df_image *image);
uint16_t df_image_zone(const struct df_image *image, enum df_family family,
		       df_u128 addr);
int df_image_eval(const struct df_image *image, size_t profile,
		  enum df_family family, df_u128 addr, uint8_t protocol,
		  int port, struct df_decision *decision);
int df_image_eval_out(const struct df_image *image, size_t profile,
		      enum df_family family, df_u128 addr, uint8_t protocol,
		      int port, const char *out, struct df_decision *decision);
void df_lint(const struct df_policy *policy, const struct df_image *image,
	     struct df_diags *diags);

#endif
