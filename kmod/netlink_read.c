// SPDX-License-Identifier: GPL-2.0-only
/* The requests that only read: state, policy, applications, rules, explain. */

#include <linux/random.h>
#include <net/genetlink.h>

#include "condemn.h"
#include "event.h"
#include "flow.h"
#include "ifname.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "parts.h"
#include "pins.h"
#include "policy.h"
#include "seal.h"
#include "stats.h"
#include "transaction.h"

/* Room for the largest entry of a dump: a rule with all its sets named. */
#define DUMP_ALLOC	32768

#define KEY_NAME_SIZE	128

static u64 instance;

static int put_u64(struct sk_buff *skb, int type, u64 value, int pad)
{
	return nla_put_u64_64bit(skb, type, value, pad);
}

static u64 sum_outcomes(const u64 values[DFENCE_OUTCOMES])
{
	u64 sum = 0;
	int i;

	for (i = 0; i < DFENCE_OUTCOMES; i++)
		sum += values[i];
	return sum;
}

static int put_counters(struct sk_buff *skb, int type,
			const struct dfence_counters *counters)
{
	/* Packets and bytes of an outcome follow each other. */
	static const u8 attrs[DFENCE_OUTCOMES] = {
		[DFENCE_OUTCOME_ALLOWED] = DFENCE_A_COUNT_ALLOWED_PACKETS,
		[DFENCE_OUTCOME_DENIED] = DFENCE_A_COUNT_DENIED_PACKETS,
		[DFENCE_OUTCOME_DROPPED] = DFENCE_A_COUNT_DROPPED_PACKETS,
		[DFENCE_OUTCOME_AUDITED] = DFENCE_A_COUNT_AUDITED_PACKETS,
	};
	struct nlattr *nest = nla_nest_start(skb, type);
	int i, err;

	if (!nest)
		return -EMSGSIZE;
	err = put_u64(skb, DFENCE_A_COUNT_PACKETS,
		      sum_outcomes(counters->packets), DFENCE_A_COUNT_PAD) ?:
	      put_u64(skb, DFENCE_A_COUNT_BYTES,
		      sum_outcomes(counters->bytes), DFENCE_A_COUNT_PAD);
	for (i = 0; i < DFENCE_OUTCOMES && !err; i++)
		err = put_u64(skb, attrs[i], counters->packets[i],
			      DFENCE_A_COUNT_PAD) ?:
		      put_u64(skb, attrs[i] + 1, counters->bytes[i],
			      DFENCE_A_COUNT_PAD);
	nla_nest_end(skb, nest);
	return err;
}

static int put_policy_state(struct sk_buff *skb)
{
	const struct dfence_policy *policy;
	u32 generation = 0;
	bool hooks = false;

	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	if (policy) {
		generation = policy->generation;
		hooks = policy->want.apps;
	}
	rcu_read_unlock();

	return nla_put_u32(skb, DFENCE_A_STATUS_GENERATION, generation) ?:
	       (hooks ? nla_put_flag(skb, DFENCE_A_STATUS_HOOKS) : 0);
}

static int put_event_state(struct sk_buff *skb)
{
	struct dfence_event_state state;

	dfence_event_state(&state);
	return put_u64(skb, DFENCE_A_STATUS_EVENT_NEXT, state.next,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_EVENT_OLDEST, state.oldest,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_EVENT_SUPPRESSED, state.suppressed,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_LOG_SUPPRESSED,
		       state.log_suppressed, DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_REQUESTS_REFUSED, state.refusals,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_REFUSALS_SUPPRESSED,
		       state.refusals_suppressed, DFENCE_A_STATUS_PAD);
}

static int put_flow_usage(struct sk_buff *skb)
{
	struct dfence_flow_limits limits;
	struct dfence_flow_usage usage;

	dfence_flow_limits(&limits);
	dfence_flow_usage(&usage);
	return nla_put_u32(skb, DFENCE_A_STATUS_FLOWS, usage.flows) ?:
	       nla_put_u32(skb, DFENCE_A_STATUS_FLOW_LIMIT, limits.flows) ?:
	       put_u64(skb, DFENCE_A_STATUS_FLOW_MEMORY, usage.memory,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_FLOWS_CREATED, usage.created,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_FLOWS_EVICTED, usage.evicted,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_FLOW_ERRORS, usage.errors,
		       DFENCE_A_STATUS_PAD);
}

static int put_condemn_usage(struct sk_buff *skb)
{
	struct dfence_condemn_usage usage;

	dfence_condemn_usage(&usage);
	return nla_put_u32(skb, DFENCE_A_STATUS_SOCKETS_WAITING,
			   usage.waiting) ?:
	       put_u64(skb, DFENCE_A_STATUS_SOCKETS_CONDEMNED, usage.condemned,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_SOCKETS_CLOSED, usage.closed,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_SOCKET_ERRORS, usage.errors,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_SOCKET_PACKETS, usage.held,
		       DFENCE_A_STATUS_PAD);
}

static int put_pins(struct sk_buff *skb)
{
	return nla_put_u32(skb, DFENCE_A_STATUS_PINS, dfence_pins_count(NULL)) ?:
	       nla_put_u32(skb, DFENCE_A_STATUS_PINNED_COPIES,
			   dfence_pins_copies()) ?:
	       put_u64(skb, DFENCE_A_STATUS_UNREAD_PROGRAMS,
		       dfence_pins_unread_sum(), DFENCE_A_STATUS_PAD);
}

static int put_seal_details(struct sk_buff *skb,
			    const struct dfence_seal_state *state)
{
	int err = put_u64(skb, DFENCE_A_SEALINFO_SERIAL, state->serial,
			  DFENCE_A_SEALINFO_PAD) ?:
		  nla_put_u32(skb, DFENCE_A_SEALINFO_PERMITTED, state->permitted);
	/* A subject can be long, and the rest is to have room as well. */
	char name[KEY_NAME_SIZE];
	const char *key;
	u32 i;

	for (i = 0; !err && (key = dfence_seal_key(i)); i++) {
		strscpy(name, key, sizeof(name));
		err = nla_put_string(skb, DFENCE_A_SEALINFO_KEY, name);
	}
	return err;
}

static int put_seal(struct sk_buff *skb)
{
	struct dfence_seal_state state;
	struct nlattr *nest;
	int err;

	if (!dfence_seal_state(&state))
		return 0;
	nest = nla_nest_start(skb, DFENCE_A_STATUS_SEAL);
	if (!nest)
		return -EMSGSIZE;
	err = put_seal_details(skb, &state);
	nla_nest_end(skb, nest);
	return err;
}

static int put_status(struct sk_buff *skb)
{
	struct dfence_stats stats;
	struct dfence_counters applications;
	u32 owner = dfence_transaction_owner();

	dfence_stats_sum(&stats);
	dfence_applications_sum(&applications);
	return nla_put_string(skb, DFENCE_A_STATUS_VERSION, DFENCE_VERSION) ?:
	       put_u64(skb, DFENCE_A_STATUS_INSTANCE, instance,
		       DFENCE_A_STATUS_PAD) ?:
	       put_policy_state(skb) ?:
	       put_counters(skb, DFENCE_A_STATUS_COUNTERS, &applications) ?:
	       put_u64(skb, DFENCE_A_STATUS_BYSTANDER_PACKETS, stats.bystanders,
		       DFENCE_A_STATUS_PAD) ?:
	       put_event_state(skb) ?:
	       put_u64(skb, DFENCE_A_STATUS_CGROUP_MISSES, stats.cgroup_misses,
		       DFENCE_A_STATUS_PAD) ?:
	       put_u64(skb, DFENCE_A_STATUS_CGROUP_ERRORS, stats.cgroup_errors,
		       DFENCE_A_STATUS_PAD) ?:
	       put_flow_usage(skb) ?:
	       put_u64(skb, DFENCE_A_STATUS_FORWARD_BYSTANDER_PACKETS,
		       stats.forward_bystanders, DFENCE_A_STATUS_PAD) ?:
	       put_condemn_usage(skb) ?:
	       put_pins(skb) ?:
	       put_seal(skb) ?:
	       (owner ? nla_put_u32(skb, DFENCE_A_STATUS_TRANSACTION, owner) : 0);
}

static int put_policy(struct sk_buff *skb, const struct dfence_policy *policy)
{
	const struct dfence_policy_sizes *have = &policy->have;

	return nla_put_string(skb, DFENCE_A_POLICY_NAME, policy->name) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_GENERATION,
			   policy->generation) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_SETS, have->sets) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_ZONES, have->zones) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_RANGES4, policy->map4.count) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_RANGES6, policy->map6.count) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_PROFILES, have->profiles) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_RULES, policy->rules) ?:
	       nla_put_u32(skb, DFENCE_A_POLICY_APPLICATIONS, have->apps) ?:
	       nla_put(skb, DFENCE_A_POLICY_SOURCE_DIGEST,
		       sizeof(policy->source_digest), policy->source_digest) ?:
	       nla_put(skb, DFENCE_A_POLICY_GEO_DIGEST,
		       sizeof(policy->geo_digest), policy->geo_digest) ?:
	       put_u64(skb, DFENCE_A_POLICY_GEO_DATE, policy->geo_date,
		       DFENCE_A_POLICY_PAD) ?:
	       nla_put(skb, DFENCE_A_POLICY_DIGEST, sizeof(policy->digest),
		       policy->digest) ?:
	       put_u64(skb, DFENCE_A_POLICY_TIME, policy->time,
		       DFENCE_A_POLICY_PAD) ?:
	       put_u64(skb, DFENCE_A_POLICY_MEMORY, policy->memory,
		       DFENCE_A_POLICY_PAD);
}

/* Begin a reply; NULL where there is no memory. */
static struct sk_buff *reply_new(struct genl_info *info, u8 cmd, void **header)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!reply)
		return NULL;
	*header = genlmsg_put_reply(reply, info, &dfence_genl_family, 0, cmd);
	if (*header)
		return reply;
	nlmsg_free(reply);
	return NULL;
}

static int reply_send(struct sk_buff *reply, void *header,
		      struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/**
 * dronefence_nl_status_get_doit() - state of the module
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM or -EMSGSIZE.
 */
int dronefence_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;

	reply = reply_new(info, DFENCE_CMD_STATUS_GET, &header);
	if (!reply)
		return -ENOMEM;
	return reply_send(reply, header, info, put_status(reply));
}

/**
 * dronefence_nl_policy_get_doit() - summary of the active policy
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: 0; -ENOENT if none was committed; -ENOMEM or -EMSGSIZE.
 */
int dronefence_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dfence_policy *policy = dfence_policy_get();
	struct sk_buff *reply;
	void *header;
	int err = -ENOMEM;

	if (!policy) {
		NL_SET_ERR_MSG(info->extack, "no policy was committed");
		return -ENOENT;
	}
	reply = reply_new(info, DFENCE_CMD_POLICY_GET, &header);
	if (reply)
		err = reply_send(reply, header, info, put_policy(reply, policy));
	dfence_policy_put(policy);
	return err;
}

/**
 * dfence_dump_start() - begin to list parts of the policy
 * @cb: of the dump
 *
 * A dump holds the policy it began with, so that it lists one generation from
 * the first entry to the last, whatever is committed meanwhile.
 *
 * Context: process; may sleep.
 * Return: 0.
 */
int dfence_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_ALLOC;
	cb->args[0] = (long)dfence_policy_get();
	return 0;
}

/**
 * dfence_dump_done() - end what dfence_dump_start() began
 * @cb: of the dump
 *
 * Context: process; may sleep.
 * Return: 0.
 */
int dfence_dump_done(struct netlink_callback *cb)
{
	dfence_policy_put((struct dfence_policy *)cb->args[0]);
	return 0;
}

static void *dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &dfence_genl_family, NLM_F_MULTI, cmd);
}

static int put_forward_selector(struct sk_buff *skb,
				const struct dfence_forward_selector *selector)
{
	struct nlattr *nest = nla_nest_start(skb, DFENCE_A_APP_SELECTOR);
	size_t size = selector->pf == NFPROTO_IPV6 ? 16 : 4;

	if (!nest ||
	    nla_put_u8(skb, DFENCE_A_SELECTOR_TYPE, DFENCE_SELECTOR_FORWARD) ||
	    (*selector->in && nla_put_string(skb, DFENCE_A_SELECTOR_IN_INTERFACE,
					     selector->in)) ||
	    (selector->pf &&
	     (nla_put(skb, DFENCE_A_SELECTOR_SOURCE, size, selector->source) ||
	      nla_put_u8(skb, DFENCE_A_SELECTOR_SOURCE_PREFIX,
			 selector->prefix))) ||
	    (selector->has_mac && nla_put(skb, DFENCE_A_SELECTOR_MAC,
					  sizeof(selector->mac), selector->mac)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_forward_selectors(struct sk_buff *skb,
				 const struct dfence_forward *forward, u16 app)
{
	u32 i;

	for (i = 0; i < forward->count; i++)
		if (forward->selectors[i].app == app &&
		    put_forward_selector(skb, &forward->selectors[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_selector(struct sk_buff *skb, enum dfence_selector_type type,
			const char *pattern)
{
	struct nlattr *nest = nla_nest_start(skb, DFENCE_A_APP_SELECTOR);

	if (!nest || nla_put_u8(skb, DFENCE_A_SELECTOR_TYPE, type) ||
	    nla_put_string(skb, DFENCE_A_SELECTOR_PATTERN, pattern))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_executable(struct sk_buff *skb,
			  const struct dfence_executable *executable)
{
	struct nlattr *nest = nla_nest_start(skb, DFENCE_A_APP_SELECTOR);

	if (!nest ||
	    nla_put_u8(skb, DFENCE_A_SELECTOR_TYPE, DFENCE_SELECTOR_EXECUTABLE) ||
	    nla_put_string(skb, DFENCE_A_SELECTOR_PATTERN, executable->pattern) ||
	    (executable->copies && nla_put_flag(skb, DFENCE_A_SELECTOR_COPIES)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_user_selector(struct sk_buff *skb, u32 uid)
{
	struct nlattr *nest = nla_nest_start(skb, DFENCE_A_APP_SELECTOR);

	if (!nest || nla_put_u8(skb, DFENCE_A_SELECTOR_TYPE, DFENCE_SELECTOR_USER) ||
	    nla_put_u32(skb, DFENCE_A_SELECTOR_UID, uid))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_user_selectors(struct sk_buff *skb,
			      const struct dfence_users *users, u16 app)
{
	u32 i;

	for (i = 0; i < users->count; i++)
		if (users->list[i].app == app &&
		    put_user_selector(skb, users->list[i].uid))
			return -EMSGSIZE;
	return 0;
}

static int put_selectors(struct sk_buff *skb,
			 const struct dfence_policy *policy, u16 app)
{
	const struct dfence_identity *identity = &policy->identity;
	const struct dfence_executable *executable;
	int err = 0;
	u32 i;

	for (i = 0; i < identity->count && !err; i++)
		if (identity->selectors[i].app == app)
			err = put_selector(skb, DFENCE_SELECTOR_CGROUP,
					   identity->selectors[i].pattern);
	list_for_each_entry(executable, &policy->executables, list)
		if (executable->app == app && !err)
			err = put_executable(skb, executable);
	return err;
}

/* By the policy in force, whichever is being listed. */
static bool is_anchored(const struct dfence_anchor *anchor)
{
	const struct dfence_policy *policy;
	bool anchored = false;
	u16 app;

	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	if (policy) {
		app = dfence_identity_lookup(&policy->identity,
					     dfence_anchor_cgroup(anchor));
		anchored = app != DFENCE_NO_APP &&
			   policy->apps[app].anchor == anchor;
	}
	rcu_read_unlock();
	return anchored;
}

static int put_anchor(struct sk_buff *skb, const struct dfence_anchor *anchor)
{
	return nla_put_u32(skb, DFENCE_A_APPINFO_PINS,
			   dfence_pins_count(anchor->name)) ?:
	       nla_put_u32(skb, DFENCE_A_APPINFO_ANCHOR,
			   task_pid_nr(anchor->task)) ?:
	       (is_anchored(anchor) ?
		nla_put_flag(skb, DFENCE_A_APPINFO_ANCHORED) : 0) ?:
	       put_u64(skb, DFENCE_A_APPINFO_PLACED,
		       atomic64_read(&anchor->placed), DFENCE_A_APPINFO_PAD) ?:
	       put_u64(skb, DFENCE_A_APPINFO_PLACE_FAILED,
		       atomic64_read(&anchor->failed), DFENCE_A_APPINFO_PAD);
}

static int put_app(struct sk_buff *skb, const struct dfence_policy *policy,
		   u32 index)
{
	const struct dfence_app *app = &policy->apps[index];
	struct dfence_app_counts counts;
	struct nlattr *info, *nest;

	info = nla_nest_start(skb, DFENCE_A_CHUNK_APPLICATION_INFO);
	if (!info)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, DFENCE_A_APPINFO_APPLICATION);
	if (!nest ||
	    nla_put_string(skb, DFENCE_A_APP_NAME, app->name) ||
	    nla_put_u32(skb, DFENCE_A_APP_PROFILE, app->profile) ||
	    nla_put_u8(skb, DFENCE_A_APP_MODE, app->mode) ||
	    nla_put_u8(skb, DFENCE_A_APP_STRAYS, app->strays) ||
	    put_selectors(skb, policy, index) ||
	    put_user_selectors(skb, &policy->identity.users, index) ||
	    put_forward_selectors(skb, &policy->forward, index))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);

	dfence_app_counts_sum(&counts, app->stats);
	if (nla_put_string(skb, DFENCE_A_APPINFO_PROFILE,
			   policy->profiles[app->profile].name) ||
	    put_counters(skb, DFENCE_A_APPINFO_COUNTERS, &counts.counters) ||
	    dfence_put_totals(skb, DFENCE_A_APPINFO_ENDED, &counts.ended) ||
	    dfence_put_totals(skb, DFENCE_A_APPINFO_UNLISTED, &counts.unlisted) ||
	    (app->anchor && put_anchor(skb, app->anchor)))
		return -EMSGSIZE;
	nla_nest_end(skb, info);
	return 0;
}

/**
 * dronefence_nl_application_get_dumpit() - list the applications with their counters
 * @skb: answer that is being filled
 * @cb: where the dump stands
 *
 * Context: process; may sleep.
 * Return: bytes in @skb, 0 at the end, or -EMSGSIZE.
 */
int dronefence_nl_application_get_dumpit(struct sk_buff *skb,
					 struct netlink_callback *cb)
{
	const struct dfence_policy *policy = (void *)cb->args[0];

	while (policy && cb->args[1] < policy->have.apps) {
		void *header = dump_put(skb, cb, DFENCE_CMD_APPLICATION_GET);

		if (!header || put_app(skb, policy, cb->args[1])) {
			if (header)
				genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
		cb->args[1]++;
	}
	return skb->len;
}

static int put_rule(struct sk_buff *skb, const struct dfence_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, DFENCE_A_RULEINFO_RULE);
	u32 i;

	if (!nest || nla_put_u8(skb, DFENCE_A_RULE_VERDICT, rule->verdict) ||
	    nla_put_u8(skb, DFENCE_A_RULE_LOG, rule->log))
		return -EMSGSIZE;
	if (!rule->any_protocol &&
	    nla_put(skb, DFENCE_A_RULE_PROTOCOLS, sizeof(rule->protocols),
		    rule->protocols))
		return -EMSGSIZE;
	if (rule->origin &&
	    nla_put_string(skb, DFENCE_A_RULE_ORIGIN, rule->origin))
		return -EMSGSIZE;
	if (*rule->out &&
	    nla_put_string(skb, DFENCE_A_RULE_OUT_INTERFACE, rule->out))
		return -EMSGSIZE;
	for (i = 0; i < rule->port_count; i++)
		if (nla_put_u32(skb, DFENCE_A_RULE_PORTS,
				(u32)rule->ports[i].first << 16 |
				rule->ports[i].last))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_rule_info(struct sk_buff *skb, const struct dfence_policy *policy,
			 const struct dfence_policy_profile *profile, u32 index)
{
	struct dfence_rule defaults = {
		.verdict = profile->profile.verdict,
		.log = profile->profile.log,
		.any_protocol = true,
		.origin = profile->profile.origin,
	};
	const struct dfence_rule *rule =
		index ? &profile->profile.rules[index - 1] : &defaults;
	struct dfence_counters counters;
	struct nlattr *info;
	u32 i;

	info = nla_nest_start(skb, DFENCE_A_CHUNK_RULE_INFO);
	if (!info ||
	    nla_put_string(skb, DFENCE_A_RULEINFO_PROFILE, profile->name) ||
	    nla_put_u32(skb, DFENCE_A_RULEINFO_INDEX, index) ||
	    put_rule(skb, rule))
		return -EMSGSIZE;
	for (i = 0; i < rule->set_count; i++)
		if (nla_put_string(skb, DFENCE_A_RULEINFO_SET_NAME,
				   policy->sets[rule->sets[i]].name))
			return -EMSGSIZE;
	dfence_counters_sum(&counters, profile->counters + index);
	if (put_counters(skb, DFENCE_A_RULEINFO_COUNTERS, &counters))
		return -EMSGSIZE;
	nla_nest_end(skb, info);
	return 0;
}

/**
 * dronefence_nl_rule_get_dumpit() - list the rules of all profiles with their counters
 * @skb: answer that is being filled
 * @cb: where the dump stands
 *
 * Entry 0 of each profile is its default, the rules follow.
 *
 * Context: process; may sleep.
 * Return: bytes in @skb, 0 at the end, or -EMSGSIZE.
 */
int dronefence_nl_rule_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	const struct dfence_policy *policy = (void *)cb->args[0];

	while (policy && cb->args[1] < policy->have.profiles) {
		const struct dfence_policy_profile *profile =
			&policy->profiles[cb->args[1]];
		void *header = dump_put(skb, cb, DFENCE_CMD_RULE_GET);

		if (!header ||
		    put_rule_info(skb, policy, profile, cb->args[2])) {
			if (header)
				genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
		if (++cb->args[2] > profile->profile.rule_count) {
			cb->args[2] = 0;
			cb->args[1]++;
		}
	}
	return skb->len;
}

static const struct dfence_app *find_app(const struct dfence_policy *policy,
					 const struct nlattr *name)
{
	u32 i;

	for (i = 0; i < policy->have.apps; i++)
		if (!nla_strcmp(name, policy->apps[i].name))
			return &policy->apps[i];
	return NULL;
}

/* The same call that a packet takes. */
static struct dfence_decision explain(const struct dfence_policy *policy,
				      const struct dfence_app *app,
				      struct nlattr **attrs, u16 *zone)
{
	const struct nlattr *address = attrs[DFENCE_A_EXPLAIN_ADDRESS];
	const struct nlattr *port = attrs[DFENCE_A_EXPLAIN_PORT];
	const struct nlattr *out = attrs[DFENCE_A_EXPLAIN_OUT_INTERFACE];
	struct dfence_query query = {
		.protocol = nla_get_u8(attrs[DFENCE_A_EXPLAIN_PROTOCOL]),
		.has_ports = port,
		.dport = port ? nla_get_u16(port) : 0,
		.out = out ? nla_data(out) : NULL,
	};

	return dfence_policy_decide(policy, app, nla_data(address),
				    nla_len(address) == 16, &query, zone);
}

static int put_explanation(struct sk_buff *skb,
			   const struct dfence_policy *policy,
			   const struct dfence_app *app,
			   const struct dfence_decision *decision, u16 zone,
			   bool out_wanted)
{
	const struct dfence_policy_profile *profile =
		&policy->profiles[app->profile];
	const char *origin = decision->rule ?
		profile->profile.rules[decision->rule - 1].origin :
		profile->profile.origin;
	const struct dfence_zone *where = &policy->zones[zone];
	const char *set = dfence_policy_set_name(policy, decision);

	return nla_put_u8(skb, DFENCE_A_EXPLAIN_VERDICT, decision->verdict) ?:
	       nla_put_u8(skb, DFENCE_A_EXPLAIN_LOG, decision->log) ?:
	       nla_put_u8(skb, DFENCE_A_EXPLAIN_MODE, app->mode) ?:
	       nla_put_u8(skb, DFENCE_A_EXPLAIN_REASON,
			  dfence_policy_reason(policy, decision)) ?:
	       (set ? nla_put_string(skb, DFENCE_A_EXPLAIN_SET, set) : 0) ?:
	       nla_put_u32(skb, DFENCE_A_EXPLAIN_RULE, decision->rule) ?:
	       (origin ? nla_put_string(skb, DFENCE_A_EXPLAIN_ORIGIN,
					origin) : 0) ?:
	       nla_put_string(skb, DFENCE_A_EXPLAIN_PROFILE, profile->name) ?:
	       nla_put_u32(skb, DFENCE_A_EXPLAIN_ZONE, zone) ?:
	       nla_put_string(skb, DFENCE_A_EXPLAIN_COUNTRY, where->country) ?:
	       nla_put(skb, DFENCE_A_EXPLAIN_VOTES, where->votes_len,
		       where->votes) ?:
	       nla_put_u32(skb, DFENCE_A_EXPLAIN_GENERATION,
			   policy->generation) ?:
	       (out_wanted ? nla_put_flag(skb, DFENCE_A_EXPLAIN_OUT_WANTED) : 0);
}

static int explain_check(struct genl_info *info)
{
	const struct nlattr *address = info->attrs[DFENCE_A_EXPLAIN_ADDRESS];
	const struct nlattr *out = info->attrs[DFENCE_A_EXPLAIN_OUT_INTERFACE];
	const char *why;

	if (!info->attrs[DFENCE_A_EXPLAIN_APPLICATION] || !address ||
	    !info->attrs[DFENCE_A_EXPLAIN_PROTOCOL]) {
		NL_SET_ERR_MSG(info->extack, "explain needs application, address and protocol");
		return -EINVAL;
	}
	if (nla_len(address) != 4 && nla_len(address) != 16) {
		NL_SET_ERR_MSG_ATTR(info->extack, address, "address has neither 4 nor 16 bytes");
		return -EINVAL;
	}
	why = out ? dfence_ifname_check(nla_data(out)) : NULL;
	if (why) {
		dfence_set_error(info->extack, out, why);
		return -EINVAL;
	}
	return 0;
}

static int explain_reply(struct genl_info *info,
			 const struct dfence_policy *policy)
{
	const struct nlattr *name = info->attrs[DFENCE_A_EXPLAIN_APPLICATION];
	const struct dfence_app *app = find_app(policy, name);
	struct dfence_decision decision;
	struct sk_buff *reply;
	bool out_wanted;
	void *header;
	u16 zone;

	if (!app) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such application");
		return -ENOENT;
	}
	reply = reply_new(info, DFENCE_CMD_EXPLAIN, &header);
	if (!reply)
		return -ENOMEM;
	decision = explain(policy, app, info->attrs, &zone);
	out_wanted = policy->profiles[app->profile].profile.by_device &&
		     !info->attrs[DFENCE_A_EXPLAIN_OUT_INTERFACE];
	return reply_send(reply, header, info,
			  put_explanation(reply, policy, app, &decision, zone,
					  out_wanted));
}

/**
 * dronefence_nl_explain_doit() - what would happen to a packet
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL where the question is incomplete; -ENOENT without a policy or
 * for an unknown application; -ENOMEM or -EMSGSIZE.
 */
int dronefence_nl_explain_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dfence_policy *policy;
	int err = explain_check(info);

	if (err)
		return err;
	policy = dfence_policy_get();
	if (!policy) {
		NL_SET_ERR_MSG(info->extack, "no policy was committed");
		return -ENOENT;
	}
	err = explain_reply(info, policy);
	dfence_policy_put(policy);
	return err;
}

/**
 * dfence_netlink_read_setup() - once, when the module is loaded
 */
void __init dfence_netlink_read_setup(void)
{
	instance = get_random_u64();
}
