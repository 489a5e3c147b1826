// SPDX-License-Identifier: GPL-2.0-only
/* The requests about flows: list them, read and set the limits. */

#include <net/genetlink.h>

#include "flow.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"
#include "seal.h"

/**
 * dfence_put_totals() - put totals into a message
 * @skb: message
 * @type: attribute that holds them
 * @totals: what to put
 *
 * Return: 0 or -EMSGSIZE.
 */
int dfence_put_totals(struct sk_buff *skb, int type,
		      const struct dfence_totals *totals)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put_u64_64bit(skb, DFENCE_A_TOTALS_FLOWS, totals->flows,
			      DFENCE_A_TOTALS_PAD) ||
	    nla_put_u64_64bit(skb, DFENCE_A_TOTALS_PACKETS, totals->packets,
			      DFENCE_A_TOTALS_PAD) ||
	    nla_put_u64_64bit(skb, DFENCE_A_TOTALS_BYTES, totals->bytes,
			      DFENCE_A_TOTALS_PAD) ||
	    nla_put_u64_64bit(skb, DFENCE_A_TOTALS_REFUSED_PACKETS,
			      totals->refused_packets, DFENCE_A_TOTALS_PAD) ||
	    nla_put_u64_64bit(skb, DFENCE_A_TOTALS_REFUSED_BYTES,
			      totals->refused_bytes, DFENCE_A_TOTALS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_key(struct sk_buff *skb, const struct dfence_flow_key *key)
{
	size_t size = key->pf == NFPROTO_IPV6 ? 16 : 4;
	int err;

	err = nla_put_u8(skb, DFENCE_A_FLOW_PROTOCOL, key->protocol) ?:
	      nla_put(skb, DFENCE_A_FLOW_SADDR, size, &key->saddr) ?:
	      nla_put(skb, DFENCE_A_FLOW_DADDR, size, &key->daddr);
	if (!err && !key->has_ports && key->ports)
		err = nla_put_u16(skb, DFENCE_A_FLOW_ETHERTYPE, key->ports);
	if (err || !key->has_ports)
		return err;
	return nla_put_u16(skb, DFENCE_A_FLOW_SPORT, key->ports >> 16) ?:
	       nla_put_u16(skb, DFENCE_A_FLOW_DPORT, (u16)key->ports);
}

/* The name of the set is known only while its policy is active. */
static int put_set(struct sk_buff *skb, const struct dfence_judgement *judgement)
{
	const struct dfence_policy *policy;
	const char *name = NULL;
	int err = 0;

	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	if (policy && policy->generation == judgement->generation)
		name = dfence_policy_set_name(policy, &judgement->decision);
	if (name)
		err = nla_put_string(skb, DFENCE_A_FLOW_SET, name);
	rcu_read_unlock();
	return err;
}

static int put_judgement(struct sk_buff *skb,
			 const struct dfence_judgement *judgement)
{
	char country[DRONEFENCE_COUNTRY_LEN + 1] = "";

	memcpy(country, judgement->country, sizeof(judgement->country));
	return nla_put_u8(skb, DFENCE_A_FLOW_VERDICT,
			  judgement->decision.verdict) ?:
	       nla_put_u8(skb, DFENCE_A_FLOW_MODE, judgement->mode) ?:
	       nla_put_u8(skb, DFENCE_A_FLOW_REASON, judgement->reason) ?:
	       put_set(skb, judgement) ?:
	       nla_put_u32(skb, DFENCE_A_FLOW_RULE, judgement->decision.rule) ?:
	       nla_put_u32(skb, DFENCE_A_FLOW_GENERATION,
			   judgement->generation) ?:
	       nla_put_string(skb, DFENCE_A_FLOW_COUNTRY, country);
}

static int put_origin(struct sk_buff *skb, const struct dfence_origin *origin)
{
	char comm[TASK_COMM_LEN];
	int err = nla_put_u32(skb, DFENCE_A_FLOW_NETNS, origin->netns);

	if (err)
		return err;
	if (origin->forwarded)
		return nla_put_string(skb, DFENCE_A_FLOW_IN_INTERFACE,
				      origin->in) ?:
		       (origin->has_mac ?
			nla_put(skb, DFENCE_A_FLOW_MAC, sizeof(origin->mac),
				origin->mac) : 0);
	strscpy(comm, origin->comm, sizeof(comm));
	return nla_put_u32(skb, DFENCE_A_FLOW_PID, origin->pid) ?:
	       nla_put_string(skb, DFENCE_A_FLOW_COMM, comm) ?:
	       nla_put_u32(skb, DFENCE_A_FLOW_UID, origin->uid) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_FLOW_CGROUP, origin->cgroup,
				 DFENCE_A_FLOW_PAD);
}

static int put_flow(struct sk_buff *skb, const struct dfence_flow_info *info)
{
	const struct dfence_flow *flow = &info->flow;
	/* From the time since boot to the time of day, as the clock is now. */
	u64 offset = ktime_sub(ktime_mono_to_any(0, TK_OFFS_REAL),
			       ktime_mono_to_any(0, TK_OFFS_BOOT));

	return nla_put_string(skb, DFENCE_A_FLOW_APPLICATION, info->app) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_FLOW_ID, flow->id,
				 DFENCE_A_FLOW_PAD) ?:
	       nla_put_u8(skb, DFENCE_A_FLOW_STATE, flow->state) ?:
	       put_key(skb, &flow->key) ?:
	       put_judgement(skb, &flow->judgement) ?:
	       put_origin(skb, &flow->origin) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_FLOW_START, flow->start + offset,
				 DFENCE_A_FLOW_PAD) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_FLOW_LAST, flow->last + offset,
				 DFENCE_A_FLOW_PAD) ?:
	       dfence_put_totals(skb, DFENCE_A_FLOW_TOTALS, &flow->totals);
}

/* Is the flow one of those that were asked for? */
static bool wanted(const struct dfence_flow_info *info, struct nlattr **attrs)
{
	const struct nlattr *verdict = attrs[DFENCE_A_FLOW_VERDICT];
	const struct nlattr *app = attrs[DFENCE_A_FLOW_APPLICATION];

	return (!verdict || nla_get_u8(verdict) ==
			    info->flow.judgement.decision.verdict) &&
	       (!app || !nla_strcmp(app, info->app));
}

/**
 * dronefence_nl_flow_get_dumpit() - list the flows
 * @skb: answer that is being filled
 * @cb: where the dump stands
 *
 * Context: process; may sleep.
 * Return: bytes in @skb, 0 at the end, or -EMSGSIZE.
 */
int dronefence_nl_flow_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct dfence_flow_cursor *cursor = (void *)cb->ctx;
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct dfence_flow_cursor next = *cursor;
	struct dfence_flow_info info;
	void *header;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	for (; dfence_flow_next(&next, &info); *cursor = next) {
		if (!wanted(&info, attrs))
			continue;
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				     cb->nlh->nlmsg_seq, &dfence_genl_family,
				     NLM_F_MULTI, DFENCE_CMD_FLOW_GET);
		if (!header)
			return skb->len ?: -EMSGSIZE;
		if (put_flow(skb, &info)) {
			genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	*cursor = next;
	return skb->len;
}

/* The attribute of each limit. */
static const u8 idle_attrs[DFENCE_FLOW_STATES] = {
	[DFENCE_FLOW_TCP_OPENING] = DFENCE_A_LIMITS_IDLE_TCP_OPENING,
	[DFENCE_FLOW_TCP_ESTABLISHED] = DFENCE_A_LIMITS_IDLE_TCP_ESTABLISHED,
	[DFENCE_FLOW_TCP_CLOSING] = DFENCE_A_LIMITS_IDLE_TCP_CLOSING,
	[DFENCE_FLOW_UDP] = DFENCE_A_LIMITS_IDLE_UDP,
	[DFENCE_FLOW_OTHER] = DFENCE_A_LIMITS_IDLE_OTHER,
};

/**
 * dronefence_nl_limits_get_doit() - what the limits are
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM or -EMSGSIZE.
 */
int dronefence_nl_limits_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dfence_flow_limits limits;
	struct sk_buff *reply;
	void *header;
	int i, err;

	dfence_flow_limits(&limits);
	reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &dfence_genl_family, 0,
				   DFENCE_CMD_LIMITS_GET);
	err = header ? nla_put_u32(reply, DFENCE_A_LIMITS_FLOWS, limits.flows) :
		       -EMSGSIZE;
	for (i = 0; i < DFENCE_FLOW_STATES && !err; i++)
		err = nla_put_u32(reply, idle_attrs[i], limits.idle[i]);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int read_limit(const struct nlattr *attr, u32 max, u32 *limit,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	*limit = nla_get_u32(attr);
	if (*limit >= 1 && *limit <= max)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "limit is out of range");
	return -ERANGE;
}

/**
 * dronefence_nl_limits_set_doit() - change limits
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: 0; -EPERM under the seal, or -ERANGE where a limit is out of range, and then
 * nothing changed.
 */
int dronefence_nl_limits_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	/* One after the other: what is absent stays. */
	static DEFINE_MUTEX(lock);
	struct dfence_flow_limits limits;
	int i, err = dfence_seal_forbids(DFENCE_CMD_LIMITS_SET, info->extack);

	if (err)
		return err;
	mutex_lock(&lock);
	dfence_flow_limits(&limits);
	err = read_limit(info->attrs[DFENCE_A_LIMITS_FLOWS],
			 DRONEFENCE_MAX_FLOWS, &limits.flows, info->extack);
	for (i = 0; i < DFENCE_FLOW_STATES && !err; i++)
		err = read_limit(info->attrs[idle_attrs[i]],
				 DRONEFENCE_MAX_IDLE, &limits.idle[i],
				 info->extack);
	if (!err)
		dfence_flow_set_limits(&limits);
	mutex_unlock(&lock);
	return err;
}
