/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Geo data: who says where an address is and who operates it. */
#ifndef DF_GEO_H
#define DF_GEO_H

#include <stdint.h>
#include <time.h>

#include "addr.h"
#include "diag.h"
#include "policy.h"

/**
 * struct df_geo_range - what one source says of a run of addresses
 * @first: lowest address
 * @last: highest address
 * @asn: autonomous system, 0 for unknown
 * @country: upper case ISO 3166 code, or two NUL bytes for unknown
 */
struct df_geo_range {
	df_u128 first;
	df_u128 last;
	uint32_t asn;
	char country[2];
};

/**
 * struct df_geo_table - sorted and disjoint; what is not covered is unknown
 * @list: the ranges
 * @count: how many
 */
struct df_geo_table {
	struct df_geo_range *list;
	size_t count;
};

/**
 * struct df_geo_source - one source, read and checked
 * @name: "libloc", "tor-geoipdb" or "mmdb"
 * @path: the file that was read (for tor-geoipdb the folder)
 * @date: when the data was made, seconds since 1970, 0 for unknown
 * @digest: SHA-256 of the file, or of both files in the order IPv4, IPv6
 * @verified: its signature was checked with the vendor's key (libloc only)
 * @has_country: it knows countries
 * @has_asn: it knows autonomous systems
 * @table: by family
 * @as_names: opaque; names of autonomous systems, may be NULL
 */
struct df_geo_source {
	const char *name;
	char *path;
	uint64_t date;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	bool verified;
	bool has_country;
	bool has_asn;
	struct df_geo_table table[DF_FAMILIES];
	void *as_names;
};

/**
 * struct df_geo_use - a source that the policy names, and the data for it
 * @spec: number of the name: first those for countries, then for operators
 * @source: index into the sources
 */
struct df_geo_use {
	size_t spec;
	size_t source;
};

/**
 * struct df_geo - the sources of a policy, in its order
 * @sources: each source once, even where it serves for both questions
 * @source_count: how many
 * @country: indexes into @sources, the first gives the label that is shown
 * @country_count: at most DRONEFENCE_VOTES_MAX / 2
 * @operator: indexes into @sources
 * @operator_count: how many
 * @uses: what stands behind @country and @operator
 * @use_count: how many
 * @digest: SHA-256 over the digests of all @sources in order
 * @date: of the oldest source in use, 0 for none
 */
struct df_geo {
	struct df_geo_source **sources;
	size_t source_count;
	size_t country[DRONEFENCE_VOTES_MAX / 2];
	size_t country_count;
	size_t operator[DRONEFENCE_VOTES_MAX / 2];
	size_t operator_count;
	struct df_geo_use uses[DRONEFENCE_VOTES_MAX];
	size_t use_count;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	uint64_t date;
};

/**
 * struct df_geo_options - where and when
 * @root: prefix of the default places ("" or NULL for none), for tests and images
 * @now: the time that ages are measured against, seconds since 1970
 */
struct df_geo_options {
	const char *root;
	time_t now;
};

struct df_geo *df_geo_load(const struct df_policy *policy,
			   const struct df_geo_options *options,
			   struct df_diags *diags);
int df_geo_read(const struct df_policy *policy, const char *root,
		struct df_geo **geo, struct df_diags *diags);
int df_geo_check_dates(const struct df_policy *policy,
		       const struct df_geo *geo, time_t now,
		       struct df_diags *diags);
struct df_geo *df_geo_load_default(const struct df_geo_options *options,
				   struct df_diags *diags);
void df_geo_free(struct df_geo *geo);

const struct df_geo_range *df_geo_lookup(const struct df_geo_source *source,
					 enum df_family family, df_u128 addr);
char *df_geo_as_name(const struct df_geo_source *source, uint32_t asn);

#endif
