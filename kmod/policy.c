// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Life of a policy
 *
 * A policy is allocated with the sizes its writer announced, filled by that one
 * writer, sealed (checked to be complete), published by one pointer, and
 * dropped as a whole when the next one takes its place. Packets read it under
 * RCU; a dump holds a reference. Nothing in it is edited after publication, so
 * there is no half of an update that a packet could see.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "embedded.h"
#include "flow.h"
#include "policy.h"

struct dfence_policy __rcu *dfence_active_policy;

/* Writers: publishing, and taking a reference, exclude each other. */
static DEFINE_MUTEX(active_lock);

static u32 last_generation;

static void *counted_alloc(struct dfence_policy *policy, size_t n, size_t size)
{
	/* Who asked is told; the log need not be. */
	void *p = kvcalloc(max_t(size_t, n, 1), size,
			   GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (p)
		policy->memory += n * size;
	return p;
}

static void free_profile(struct dfence_policy_profile *profile)
{
	u32 i;

	for (i = 0; i < profile->profile.rule_count; i++) {
		struct dfence_rule *rule = &profile->profile.rules[i];

		kfree(rule->sets);
		kfree(rule->ports);
		kfree(rule->origin);
	}
	kfree(profile->profile.rules);
	kfree(profile->profile.origin);
	free_percpu(profile->counters);
}

static void free_executables(struct dfence_policy *policy)
{
	struct dfence_executable *executable, *next;

	list_for_each_entry_safe(executable, next, &policy->executables, list)
		kfree(executable);
}

static void policy_free(struct dfence_policy *policy)
{
	u32 i;

	for (i = 0; policy->profiles && i < policy->want.profiles; i++)
		free_profile(&policy->profiles[i]);
	for (i = 0; policy->apps && i < policy->want.apps; i++) {
		dfence_app_stats_put(policy->apps[i].stats);
		dfence_anchor_put(policy->apps[i].anchor);
	}
	free_executables(policy);
	dfence_identity_free(&policy->identity);
	dfence_forward_free(&policy->forward);
	dfence_zonemap_free(&policy->map4);
	dfence_zonemap_free(&policy->map6);
	kvfree(policy->sets);
	kvfree(policy->zones);
	kvfree(policy->zone_sets);
	kvfree(policy->profiles);
	kvfree(policy->apps);
	kfree(policy);
}

/**
 * dfence_policy_alloc() - make an empty policy
 * @sizes: within the limits of the uapi header
 *
 * Context: process; may sleep.
 * Return: the policy with one reference, or NULL without memory.
 */
struct dfence_policy *dfence_policy_alloc(const struct dfence_policy_sizes *sizes)
{
	struct dfence_policy *policy;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	refcount_set(&policy->refs, 1);
	INIT_LIST_HEAD(&policy->executables);
	policy->want = *sizes;
	policy->memory = sizeof(*policy);
	policy->zone_sets_size = DIV_ROUND_UP(sizes->sets, 8);

	policy->sets = counted_alloc(policy, sizes->sets, sizeof(*policy->sets));
	policy->zones = counted_alloc(policy, sizes->zones,
				      sizeof(*policy->zones));
	policy->zone_sets = counted_alloc(policy, sizes->zones,
					  policy->zone_sets_size);
	policy->profiles = counted_alloc(policy, sizes->profiles,
					 sizeof(*policy->profiles));
	policy->apps = counted_alloc(policy, sizes->apps, sizeof(*policy->apps));
	if (!policy->sets || !policy->zones || !policy->zone_sets ||
	    !policy->profiles || !policy->apps)
		goto free;

	if (dfence_zonemap_init(&policy->map4, false, sizes->ranges4, sizes->zones) ||
	    dfence_zonemap_init(&policy->map6, true, sizes->ranges6, sizes->zones) ||
	    dfence_identity_init(&policy->identity))
		goto free;
	policy->memory += DFENCE_IDENTITY_SLOTS * sizeof(*policy->identity.slots);
	return policy;
free:
	policy_free(policy);
	return NULL;
}

/**
 * dfence_policy_get() - the active policy, to look at
 *
 * Context: process; may sleep.
 * Return: the policy with a reference, or NULL if none was committed.
 */
struct dfence_policy *dfence_policy_get(void)
{
	struct dfence_policy *policy;

	mutex_lock(&active_lock);
	policy = rcu_dereference_protected(dfence_active_policy,
					   lockdep_is_held(&active_lock));
	if (policy)
		refcount_inc(&policy->refs);
	mutex_unlock(&active_lock);
	return policy;
}

/**
 * dfence_policy_put() - give a reference back
 * @policy: NULL is allowed
 *
 * Context: process; may sleep.
 */
void dfence_policy_put(struct dfence_policy *policy)
{
	if (policy && refcount_dec_and_test(&policy->refs))
		policy_free(policy);
}

static struct dfence_decision decide_zone(const struct dfence_policy *policy,
					  const struct dfence_app *app,
					  struct dfence_query *query, u16 zone)
{
	query->sets = dfence_policy_zone_sets(policy, zone);
	return dfence_eval(&policy->profiles[app->profile].profile, query);
}

/* The first of the addresses inside an address that may not be sent to. */
static void decide_embedded(const struct dfence_policy *policy,
			    const struct dfence_app *app, const u8 *address,
			    struct dfence_query *query,
			    struct dfence_decision *decision, u16 *zone)
{
	u32 inner[DFENCE_EMBEDDED_MAX];
	u32 count = dfence_embedded_ipv4(address, inner), i;

	for (i = 0; i < count; i++) {
		u16 place = dfence_zonemap_lookup4(&policy->map4, inner[i]);
		struct dfence_decision other;

		other = decide_zone(policy, app, query, place);
		if (other.verdict != DFENCE_VERDICT_ALLOW) {
			*decision = other;
			*zone = place;
			return;
		}
	}
}

/**
 * dfence_policy_decide() - what the rules say of a packet
 * @policy: sealed
 * @app: one of its applications
 * @address: destination, 4 or 16 bytes, network order
 * @ipv6: it has 16
 * @query: what else rules ask for; @query->sets is set here
 * @zone: result: of the address that decided
 *
 * An IPv6 address that stands for an IPv4 address passes only where both do.
 *
 * Context: any; no locks, does not sleep. The caller keeps the policy alive.
 * Return: the decision; there always is one.
 */
struct dfence_decision
dfence_policy_decide(const struct dfence_policy *policy,
		     const struct dfence_app *app, const u8 *address,
		     bool ipv6, struct dfence_query *query, u16 *zone)
{
	struct dfence_decision decision;

	*zone = ipv6 ? dfence_zonemap_lookup6(&policy->map6, address) :
		       dfence_zonemap_lookup4(&policy->map4,
					      dfence_get_be32(address));
	decision = decide_zone(policy, app, query, *zone);
	if (ipv6 && decision.verdict == DFENCE_VERDICT_ALLOW)
		decide_embedded(policy, app, address, query, &decision, zone);
	return decision;
}

/**
 * dfence_profile_alloc_rules() - make room for the rules of a profile
 * @profile: of a policy that is being built, without rules
 * @rules: number of rules, at most DRONEFENCE_MAX_PROFILE_RULES
 *
 * What was allocated is freed with the policy, also after an error.
 *
 * Return: 0 or -ENOMEM.
 */
int dfence_profile_alloc_rules(struct dfence_policy_profile *profile, u32 rules)
{
	profile->profile.rules = kcalloc(rules, sizeof(struct dfence_rule),
					 GFP_KERNEL_ACCOUNT);
	if (!profile->profile.rules)
		return -ENOMEM;
	profile->profile.rule_count = rules;
	profile->counters =
		__alloc_percpu_gfp(array_size(rules + 1,
					      sizeof(struct dfence_counters)),
				   __alignof__(struct dfence_counters),
				   GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	return profile->counters ? 0 : -ENOMEM;
}

/**
 * dfence_rule_alloc() - make room for the lists of a rule
 * @rule: of a profile that is being built
 * @sets: destination sets, at most DRONEFENCE_MAX_RULE_SETS
 * @ports: port ranges, at most DRONEFENCE_MAX_RULE_PORTS
 *
 * What was allocated is freed with the policy, also after an error. The counts
 * stay 0: the caller raises them with each element it fills in.
 *
 * Return: 0 or -ENOMEM.
 */
int dfence_rule_alloc(struct dfence_rule *rule, u32 sets, u32 ports)
{
	if (sets)
		rule->sets = kcalloc(sets, sizeof(*rule->sets),
				     GFP_KERNEL_ACCOUNT);
	if (ports)
		rule->ports = kcalloc(ports, sizeof(*rule->ports),
				      GFP_KERNEL_ACCOUNT);
	return (sets && !rule->sets) || (ports && !rule->ports) ? -ENOMEM : 0;
}

/**
 * dfence_policy_add_executable() - append a program that is to be placed
 * @policy: being built
 * @pattern: passed dfence_pattern_check(); copied
 * @app: index of the application, which is there already
 * @copies: copies of it are to be recognised
 *
 * What was allocated is freed with the policy, also after an error.
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int dfence_policy_add_executable(struct dfence_policy *policy,
				 const char *pattern, u16 app, bool copies)
{
	size_t len = strlen(pattern) + 1;
	struct dfence_executable *executable;

	if (!policy->apps[app].anchor)
		policy->apps[app].anchor =
			dfence_anchor_get(policy->apps[app].name);
	if (!policy->apps[app].anchor)
		return -ENOMEM;
	executable = kmalloc(struct_size(executable, pattern, len),
			     GFP_KERNEL_ACCOUNT);
	if (!executable)
		return -ENOMEM;
	executable->app = app;
	executable->copies = copies;
	memcpy(executable->pattern, pattern, len);
	list_add_tail(&executable->list, &policy->executables);
	return 0;
}

static const char *missing_part(const struct dfence_policy *policy)
{
	if (policy->have.sets != policy->want.sets)
		return "fewer sets than announced";
	if (policy->have.zones != policy->want.zones)
		return "fewer zones than announced";
	if (policy->have.profiles != policy->want.profiles)
		return "fewer profiles than announced";
	if (policy->have.apps != policy->want.apps)
		return "fewer applications than announced";
	return NULL;
}

/**
 * dfence_policy_seal() - check that everything announced has arrived
 * @policy: not published; the parts themselves were checked when added
 * @why: with an error set to what is wrong, a constant
 *
 * Context: process; may sleep.
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int dfence_policy_seal(struct dfence_policy *policy, const char **why)
{
	int err;

	*why = missing_part(policy);
	if (*why)
		return -EINVAL;
	err = dfence_zonemap_seal(&policy->map4, why) ?:
	      dfence_zonemap_seal(&policy->map6, why);
	if (err)
		return err;
	policy->memory += dfence_zonemap_memory(&policy->map4) +
			  dfence_zonemap_memory(&policy->map6);
	return 0;
}

/* The applications of a policy are those that are registered now. */
static void mark_applications(const struct dfence_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->have.apps; i++)
		policy->apps[i].stats->generation = policy->generation;
}

/* Does the newest policy leave out an application that this one has? */
static bool application_gone(const struct dfence_policy *policy, u32 generation)
{
	u32 i;

	for (i = 0; policy && i < policy->have.apps; i++)
		if (policy->apps[i].stats->generation != generation)
			return true;
	return false;
}

/**
 * dfence_policy_publish() - let packets be judged by another policy
 * @policy: sealed, the reference is taken over; NULL for none
 *
 * Returns when no packet can see the old one any more. Flows of applications
 * that are not in the new one have ended then.
 *
 * Context: process; may sleep; one caller at a time.
 */
void dfence_policy_publish(struct dfence_policy *policy)
{
	u32 generation = 0;
	struct dfence_policy *old;

	mutex_lock(&active_lock);
	if (policy) {
		/* 0 means that no policy was ever committed. */
		if (!++last_generation)
			++last_generation;
		generation = last_generation;
		policy->generation = generation;
		policy->time = ktime_get_real_ns();
		mark_applications(policy);
	}
	old = rcu_replace_pointer(dfence_active_policy, policy,
				  lockdep_is_held(&active_lock));
	mutex_unlock(&active_lock);

	/*
	 * Somebody waits for the new policy to hold, and on a machine with much
	 * to do an ordinary grace period can take many seconds.
	 */
	synchronize_rcu_expedited();
	if (application_gone(old, generation)) {
		dfence_flow_sweep(generation);
		/* Who was just ending a flow of such an application is done. */
		synchronize_rcu_expedited();
	}
	dfence_policy_put(old);
}

/**
 * dfence_policy_generation() - number of the active policy
 *
 * Return: 0 if none was committed.
 */
u32 dfence_policy_generation(void)
{
	const struct dfence_policy *policy;
	u32 generation;

	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	generation = policy ? policy->generation : 0;
	rcu_read_unlock();
	return generation;
}
