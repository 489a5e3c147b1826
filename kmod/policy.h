/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_POLICY_H
#define DFENCE_POLICY_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "anchor.h"
#include "eval.h"
#include "forwarded.h"
#include "identity.h"
#include "stats.h"
#include "zonemap.h"

/**
 * struct dfence_set - a named set of destinations of one kind
 * @name: printable
 * @kind: enum dfence_reason, network and above
 */
struct dfence_set {
	char name[DRONEFENCE_NAME_MAX + 1];
	u8 kind;
};

/**
 * struct dfence_zone - addresses that no rule can tell apart
 * @country: two letters or nothing
 * @votes_len: bytes in @votes
 * @votes: two letters for each country source
 */
struct dfence_zone {
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	u8 votes_len;
	char votes[DRONEFENCE_VOTES_MAX];
};

/**
 * struct dfence_policy_profile - a profile with its name and counters
 * @profile: what is evaluated
 * @name: printable
 * @counters: @profile.rule_count + 1 elements for each CPU, the default first
 */
struct dfence_policy_profile {
	struct dfence_profile profile;
	char name[DRONEFENCE_NAME_MAX + 1];
	struct dfence_counters __percpu *counters;
};

/**
 * struct dfence_app - a registered application
 * @name: printable
 * @profile: index of the profile
 * @mode: enum dfence_mode
 * @strays: enum dfence_strays, which only user space reads
 * @stats: counters, shared with the policies before and after
 * @anchor: where its programs are placed, shared in the same way; NULL if it
 *	has no executables
 */
struct dfence_app {
	char name[DRONEFENCE_NAME_MAX + 1];
	u16 profile;
	u8 mode;
	u8 strays;
	struct dfence_app_stats *stats;
	struct dfence_anchor *anchor;
};

/**
 * struct dfence_executable - a program that is placed when it is executed
 * @list: in the order of the applications; the first match wins
 * @app: index of the application
 * @copies: copies of it are to be recognised, which only user space reads
 * @pattern: of its path, passed dfence_pattern_check()
 */
struct dfence_executable {
	struct list_head list;
	u16 app;
	bool copies;
	char pattern[];
};

/**
 * struct dfence_policy_sizes - how many of each there will be
 * @sets: of &struct dfence_policy
 * @zones: at least one
 * @ranges4: at least one
 * @ranges6: at least one
 * @profiles: of &struct dfence_policy
 * @apps: of &struct dfence_policy
 */
struct dfence_policy_sizes {
	u32 sets;
	u32 zones;
	u32 ranges4;
	u32 ranges6;
	u32 profiles;
	u32 apps;
};

/**
 * struct dfence_policy - everything that decides about packets
 * @refs: one for being active, one for each dump that reads it
 * @generation: number of the policy, set when it is published
 * @time: when it was published, ns since 1970
 * @name: printable
 * @source_digest: SHA-256 of the policy's source
 * @geo_digest: SHA-256 of the geo data
 * @digest: SHA-256 of the transfer
 * @geo_date: of the oldest geo source, seconds since 1970
 * @want: announced sizes
 * @have: what was added so far
 * @rules: rules of all profiles
 * @memory: bytes that were allocated for it
 * @sets: destination sets
 * @zones: labels by zone
 * @zone_sets: membership, @zone_sets_size bytes for each zone
 * @zone_sets_size: bytes of a bitmap with a bit for each set
 * @map4: address to zone, IPv4
 * @map6: address to zone, IPv6
 * @profiles: by index
 * @apps: by index
 * @identity: cgroup to application
 * @forward: where forwarded packets come from to application
 * @executables: of all applications
 *
 * It is built by one writer, sealed, published, and never changed again, but
 * for the counters and the cache inside @identity.
 */
struct dfence_policy {
	refcount_t refs;
	u32 generation;
	u64 time;
	char name[DRONEFENCE_NAME_MAX + 1];
	u8 source_digest[DRONEFENCE_DIGEST_LEN];
	u8 geo_digest[DRONEFENCE_DIGEST_LEN];
	u8 digest[DRONEFENCE_DIGEST_LEN];
	u64 geo_date;
	struct dfence_policy_sizes want;
	struct dfence_policy_sizes have;
	u32 rules;
	size_t memory;
	struct dfence_set *sets;
	struct dfence_zone *zones;
	u8 *zone_sets;
	u32 zone_sets_size;
	struct dfence_zonemap map4;
	struct dfence_zonemap map6;
	struct dfence_policy_profile *profiles;
	struct dfence_app *apps;
	struct dfence_identity identity;
	struct dfence_forward forward;
	struct list_head executables;
};

/* What packets are judged by; NULL while no policy was committed. */
extern struct dfence_policy __rcu *dfence_active_policy;

struct dfence_policy *dfence_policy_alloc(const struct dfence_policy_sizes *sizes);
struct dfence_policy *dfence_policy_get(void);
void dfence_policy_put(struct dfence_policy *policy);
int dfence_policy_seal(struct dfence_policy *policy, const char **why);
void dfence_policy_publish(struct dfence_policy *policy);
u32 dfence_policy_generation(void);

struct dfence_decision
dfence_policy_decide(const struct dfence_policy *policy,
		     const struct dfence_app *app, const u8 *address,
		     bool ipv6, struct dfence_query *query, u16 *zone);

int dfence_profile_alloc_rules(struct dfence_policy_profile *profile, u32 rules);
int dfence_policy_add_executable(struct dfence_policy *policy,
				 const char *pattern, u16 app, bool copies);
int dfence_rule_alloc(struct dfence_rule *rule, u32 sets, u32 ports);

/**
 * dfence_policy_zone_sets() - which sets a zone belongs to
 * @policy: sealed
 * @zone: below @policy.want.zones
 *
 * Return: bitmap, bit 0 of byte 0 first.
 */
static inline const u8 *
dfence_policy_zone_sets(const struct dfence_policy *policy, u16 zone)
{
	return policy->zone_sets + (size_t)zone * policy->zone_sets_size;
}

/**
 * dfence_policy_reason() - why a decision was reached
 * @policy: sealed
 * @decision: by one of its profiles
 *
 * Return: enum dfence_reason.
 */
static inline u8 dfence_policy_reason(const struct dfence_policy *policy,
				      const struct dfence_decision *decision)
{
	if (decision->set == DFENCE_HIDDEN_SET)
		return DFENCE_REASON_HIDDEN;
	if (decision->set != DFENCE_NO_SET)
		return policy->sets[decision->set].kind;
	return decision->rule ? DFENCE_REASON_ANY : DFENCE_REASON_DEFAULT;
}

/**
 * dfence_policy_set_name() - which set made a rule match
 * @policy: sealed
 * @decision: by one of its profiles
 *
 * Return: name, or NULL if it was none.
 */
static inline const char *
dfence_policy_set_name(const struct dfence_policy *policy,
		       const struct dfence_decision *decision)
{
	return decision->set < policy->want.sets ?
	       policy->sets[decision->set].name : NULL;
}

#endif /* DFENCE_POLICY_H */
