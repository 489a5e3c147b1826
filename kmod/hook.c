// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The data path
 *
 * Every packet that a local process sends passes LOCAL_OUT of its network
 * namespace. Who sent it is asked first, because that is what most packets
 * fail: a packet of no application passes after one look at the cache of
 * cgroups. Only then is the packet itself read.
 *
 * What skb->sk can be here, and what becomes of it:
 *
 *  no socket          the kernel speaks for itself, as in IGMP, or only passes
 *                     a packet on: no application, pass
 *  full socket        the cgroup that created it decides
 *  request socket     SYN-ACK of a listener: the listener's cgroup decides, so
 *                     an application accepts connections only from where it
 *                     may send to
 *  TIME_WAIT socket   what is left of a closed connection; it has no cgroup
 *                     and its packets have no payload: pass
 *  control socket     the kernel's own that sends RST, ACK for TIME_WAIT, ICMP
 *                     errors and echo replies: most belong to the root cgroup
 *                     and pass, unless a pattern names the root. Those that
 *                     IPv6 makes for each namespace (neighbour discovery,
 *                     multicast membership, RST) belong to whoever made the
 *                     namespace; they are told apart and pass: without them
 *                     nobody in that namespace could use IPv6
 *
 * A tunnel of the kernel (WireGuard, IPIP, GRE, VXLAN) leaves the socket on the
 * packet that it wraps, so the outer packet comes by as the application's once
 * more and its endpoint must be allowed too. Only what a tunnel held back while
 * it shook hands has lost its socket and passes.
 *
 * The hook sits behind destination NAT, so that it sees where the packet
 * really goes, and before the filter table, so that what a firewall would
 * refuse is still recorded here.
 *
 * Failure: an application's packet is judged without memory, without a lock
 * and without user space; there is no path on which an error lets it pass.
 */

#include <linux/cred.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "hook.h"
#include "packet.h"
#include "policy.h"

/* The application that a packet belongs to, and who sent it. */
struct sender {
	struct sock *sk;
	struct cgroup *cgroup;
	u16 app;
};

static bool wants_event(const struct dfence_decision *decision,
			const struct dfence_packet *packet, bool *limited)
{
	*limited = !packet->tcp_open;
	switch (decision->log) {
	case DFENCE_LOG_NEW:
		return packet->protocol != IPPROTO_TCP || packet->tcp_syn;
	case DFENCE_LOG_ALL:
		return true;
	default:
		return false;
	}
}

static void fill_sender(struct dfence_event *event, const struct sender *sender)
{
	event->cgroup = cgroup_id(sender->cgroup);
	event->uid = from_kuid(&init_user_ns, sender->sk->sk_uid);
	/*
	 * In a soft interrupt, and where a task runs the network stack with
	 * them off, the current task need not be the one that sends.
	 */
	if (!in_interrupt() && !(current->flags & PF_KTHREAD)) {
		event->pid = task_tgid_nr(current);
		memcpy(event->comm, current->comm, sizeof(event->comm));
	}
}

static void fill_packet(struct dfence_event *event,
			const struct dfence_packet *packet, u32 length)
{
	size_t size = packet->pf == NFPROTO_IPV6 ? 16 : 4;

	event->pf = packet->pf;
	event->protocol = packet->protocol;
	event->has_ports = packet->has_ports;
	event->sport = packet->sport;
	event->dport = packet->dport;
	event->length = length;
	memcpy(event->saddr, packet->saddr, size);
	memcpy(event->daddr, packet->daddr, size);
}

static noinline void record(const struct dfence_policy *policy,
			    const struct sender *sender,
			    const struct dfence_packet *packet,
			    const struct dfence_decision *decision,
			    const struct dfence_zone *zone, bool limited,
			    const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	const char *set = dfence_policy_set_name(policy, decision);
	struct dfence_event event = {
		.type = DFENCE_EVENT_VERDICT,
		.limited = limited,
		.generation = policy->generation,
		.verdict = decision->verdict,
		.mode = app->mode,
		.reason = dfence_policy_reason(policy, decision),
		.rule = decision->rule,
		.netns = state->net->ns.inum,
		.votes_len = zone->votes_len,
	};

	fill_sender(&event, sender);
	fill_packet(&event, packet, skb->len);
	strscpy(event.app, app->name, sizeof(event.app));
	if (set)
		strscpy(event.set, set, sizeof(event.set));
	memcpy(event.country, zone->country, sizeof(event.country));
	memcpy(event.votes, zone->votes, sizeof(event.votes));
	if (state->out)
		strscpy(event.ifname, state->out->name, sizeof(event.ifname));
	dfence_event_record(&event);
}

static enum dfence_outcome outcome_of(const struct dfence_decision *decision,
				      u8 mode)
{
	if (decision->verdict == DFENCE_VERDICT_ALLOW)
		return DFENCE_OUTCOME_ALLOWED;
	if (mode == DFENCE_MODE_AUDIT)
		return DFENCE_OUTCOME_AUDITED;
	return decision->verdict == DFENCE_VERDICT_DENY ?
	       DFENCE_OUTCOME_DENIED : DFENCE_OUTCOME_DROPPED;
}

/* Carry the outcome out. Only constants go into a verdict. */
static unsigned int act(struct sk_buff *skb, enum dfence_outcome outcome,
			u8 protocol)
{
	switch (outcome) {
	case DFENCE_OUTCOME_DENIED:
		/* The one error that makes connect() of TCP fail at once. */
		if (protocol == IPPROTO_TCP)
			return NF_DROP_ERR(-ECONNREFUSED);
		return NF_DROP_ERR(-EPERM);
	case DFENCE_OUTCOME_DROPPED:
		/* A plain NF_DROP would tell the sender EPERM. */
		kfree_skb(skb);
		return NF_STOLEN;
	default:
		return NF_ACCEPT;
	}
}

static noinline unsigned int judge(const struct dfence_policy *policy,
				   const struct sender *sender,
				   struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	const struct dfence_policy_profile *profile =
		&policy->profiles[app->profile];
	struct dfence_decision decision;
	struct dfence_packet packet;
	struct dfence_query query;
	enum dfence_outcome outcome;
	u32 length = skb->len;
	bool limited;
	u16 zone;

	dfence_packet_parse(skb, state->pf, &packet);
	zone = state->pf == NFPROTO_IPV6 ?
	       dfence_zonemap_lookup6(&policy->map6, packet.daddr) :
	       dfence_zonemap_lookup4(&policy->map4,
				      dfence_get_be32(packet.daddr));

	query.sets = dfence_policy_zone_sets(policy, zone);
	query.protocol = packet.protocol;
	query.has_ports = packet.has_ports;
	query.hidden = packet.hidden;
	query.dport = packet.dport;
	decision = dfence_eval(&profile->profile, &query);

	outcome = outcome_of(&decision, app->mode);
	dfence_counters_add(&dfence_stats.applications, outcome, length);
	dfence_counters_add(app->stats->counters, outcome, length);
	dfence_counters_add(profile->counters + decision.rule, outcome, length);
	if (wants_event(&decision, &packet, &limited))
		record(policy, sender, &packet, &decision, &policy->zones[zone],
		       limited, skb, state);
	return act(skb, outcome, packet.protocol);
}

/* One of those sockets of the kernel that carry nothing of any program. */
static bool is_control_socket(const struct sock *sk, const struct net *net)
{
#if IS_ENABLED(CONFIG_IPV6)
	return sk == net->ipv6.ndisc_sk || sk == net->ipv6.igmp_sk ||
	       sk == net->ipv6.tcp_sk;
#else
	return false;
#endif
}

static unsigned int local_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct dfence_policy *policy = rcu_dereference(dfence_active_policy);
	struct sender sender;

	sender.sk = skb_to_full_sk(skb);
	if (!policy || !sender.sk || !sk_fullsock(sender.sk))
		return NF_ACCEPT;

	sender.cgroup = sock_cgroup_ptr(&sender.sk->sk_cgrp_data);
	sender.app = dfence_identity_lookup(&policy->identity, sender.cgroup);
	if (likely(sender.app == DFENCE_NO_APP)) {
		this_cpu_inc(dfence_stats.bystanders);
		return NF_ACCEPT;
	}
	if (unlikely(is_control_socket(sender.sk, state->net)))
		return NF_ACCEPT;
	return judge(policy, &sender, skb, state);
}

static const struct nf_hook_ops hook_ops[] = {
	{
		.hook		= local_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_FILTER - 1,
	},
	{
		.hook		= local_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP6_PRI_FILTER - 1,
	},
};

static int __net_init net_enable(struct net *net)
{
	return nf_register_net_hooks(net, hook_ops, ARRAY_SIZE(hook_ops));
}

static void __net_exit net_disable(struct net *net)
{
	nf_unregister_net_hooks(net, hook_ops, ARRAY_SIZE(hook_ops));
}

static struct pernet_operations net_ops = {
	.init = net_enable,
	.exit = net_disable,
};

/**
 * dfence_hooks_enable() - judge packets in every network namespace
 *
 * Namespaces that are created later are included.
 *
 * Context: process; may sleep. The caller remembers that they are enabled.
 * Return: 0, or a negative errno with no hook registered.
 */
int dfence_hooks_enable(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * dfence_hooks_disable() - the reverse of dfence_hooks_enable()
 *
 * Returns when no packet is inside the hook any more.
 *
 * Context: process; may sleep.
 */
void dfence_hooks_disable(void)
{
	unregister_pernet_subsys(&net_ops);
	synchronize_net();
}
