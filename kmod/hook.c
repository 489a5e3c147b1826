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
 *                     a packet on: no application, pass. But a SYN-ACK with a
 *                     cookie is a listener's, which is looked up
 *  full socket        the cgroup that created it decides, and that of the
 *                     process that sends with it, if it is another
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
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "flow.h"
#include "hook.h"
#include "packet.h"
#include "policy.h"

/**
 * struct sender - for whom a packet is judged
 * @sk: full socket that sends it
 * @task: process that sends it, NULL where the kernel does for it
 * @cgroup: that makes it the application's: of the socket or of the process
 * @app: index of the application
 */
struct sender {
	struct sock *sk;
	struct task_struct *task;
	struct cgroup *cgroup;
	u16 app;
};

static bool wants_event(const struct dfence_judgement *judgement, bool news)
{
	switch (judgement->decision.log) {
	case DFENCE_LOG_NEW:
		return news;
	case DFENCE_LOG_ALL:
		return true;
	default:
		return false;
	}
}

static void fill_origin(struct dfence_origin *origin,
			const struct sender *sender, const struct net *net)
{
	origin->cgroup = cgroup_id(sender->cgroup);
	origin->uid = from_kuid(&init_user_ns, sender->sk->sk_uid);
	origin->netns = net->ns.inum;
	if (sender->task) {
		origin->pid = task_tgid_nr(sender->task);
		memcpy(origin->comm, sender->task->comm, sizeof(origin->comm));
	}
}

static void fill_packet(struct dfence_event *event,
			const struct dfence_packet *packet, u32 length)
{
	size_t size = packet->pf == NFPROTO_IPV6 ? 16 : 4;

	event->pf = packet->pf;
	event->protocol = packet->protocol;
	event->has_ports = packet->has_ports;
	event->sport = packet->ports >> 16;
	event->dport = (u16)packet->ports;
	event->length = length;
	memcpy(event->saddr, packet->saddr, size);
	memcpy(event->daddr, packet->daddr, size);
}

static noinline void record(const struct dfence_policy *policy,
			    const struct sender *sender,
			    const struct dfence_packet *packet,
			    const struct dfence_judgement *judgement,
			    u64 flow, const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	const struct dfence_zone *zone = &policy->zones[judgement->zone];
	const struct dfence_decision *decision = &judgement->decision;
	const char *set = dfence_policy_set_name(policy, decision);
	struct dfence_origin origin = { };
	struct dfence_event event;

	fill_origin(&origin, sender, state->net);
	event = (struct dfence_event) {
		.type = DFENCE_EVENT_VERDICT,
		.generation = policy->generation,
		.verdict = decision->verdict,
		.mode = judgement->mode,
		.reason = judgement->reason,
		.rule = decision->rule,
		.flow = flow,
		.cgroup = origin.cgroup,
		.pid = origin.pid,
		.uid = origin.uid,
		.netns = origin.netns,
		.votes_len = zone->votes_len,
	};
	fill_packet(&event, packet, skb->len);
	memcpy(event.comm, origin.comm, sizeof(event.comm));
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

/* Where does the packet go, and what do the rules say. */
static struct dfence_judgement evaluate(const struct dfence_policy *policy,
					const struct dfence_app *app,
					const struct dfence_packet *packet)
{
	const struct dfence_policy_profile *profile =
		&policy->profiles[app->profile];
	struct dfence_judgement judgement = {
		.generation = policy->generation,
		.mode = app->mode,
	};
	struct dfence_query query = {
		.protocol = packet->protocol,
		.has_ports = packet->has_ports,
		.hidden = packet->hidden,
		.dport = (u16)packet->ports,
	};

	judgement.zone = packet->pf == NFPROTO_IPV6 ?
		dfence_zonemap_lookup6(&policy->map6, packet->daddr) :
		dfence_zonemap_lookup4(&policy->map4,
				       dfence_get_be32(packet->daddr));
	memcpy(judgement.country, policy->zones[judgement.zone].country,
	       sizeof(judgement.country));
	query.sets = dfence_policy_zone_sets(policy, judgement.zone);
	judgement.decision = dfence_eval(&profile->profile, &query);
	judgement.reason = dfence_policy_reason(policy, &judgement.decision);
	judgement.outcome = outcome_of(&judgement.decision, app->mode);
	return judgement;
}

static void fill_key(struct dfence_flow_key *key, const struct dfence_app *app,
		     const struct dfence_packet *packet, const struct net *net)
{
	*key = (struct dfence_flow_key) {
		.net = net->net_cookie,
		.app = app->stats,
		.ports = packet->ports,
		.pf = packet->pf,
		.protocol = packet->protocol,
		.hidden = packet->hidden,
		.has_ports = packet->has_ports,
	};
	if (packet->pf == NFPROTO_IPV6) {
		key->saddr.in6 = *(const struct in6_addr *)packet->saddr;
		key->daddr.in6 = *(const struct in6_addr *)packet->daddr;
	} else {
		key->saddr.ip = *(const __be32 *)packet->saddr;
		key->daddr.ip = *(const __be32 *)packet->daddr;
	}
}

static u8 flow_state(const struct dfence_packet *packet)
{
	switch (packet->protocol) {
	case IPPROTO_TCP:
		if (packet->tcp_syn)
			return DFENCE_FLOW_TCP_OPENING;
		return packet->tcp_fin ? DFENCE_FLOW_TCP_CLOSING :
					 DFENCE_FLOW_TCP_ESTABLISHED;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return DFENCE_FLOW_UDP;
	default:
		return DFENCE_FLOW_OTHER;
	}
}

/*
 * The flow of a packet, locked, with a judgement of this policy; the judgement
 * alone where there is no flow. Says whether it is news: the first packet, or
 * another verdict than before.
 *
 * A RST without a flow ends what nobody knows, and a SYN-ACK is not yet a
 * connection: how many there are is up to others, and they must not push the
 * application's flows out.
 */
static struct dfence_flow *find_flow(const struct dfence_policy *policy,
				     const struct sender *sender,
				     const struct dfence_packet *packet,
				     struct dfence_flow_packet *step,
				     const struct net *net,
				     struct dfence_judgement *judgement,
				     bool *news)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	struct dfence_flow_key key;
	struct dfence_flow *flow;

	fill_key(&key, app, packet, net);
	flow = dfence_flow_find(&key, step);
	if (likely(flow && flow->judgement.generation == policy->generation)) {
		*judgement = flow->judgement;
		*news = false;
		return flow;
	}

	*judgement = evaluate(policy, app, packet);
	if (!flow && !step->resets && !step->answers)
		flow = dfence_flow_create(&key, step);
	if (flow) {
		bool is_new = !flow->judgement.generation;

		*news = is_new || flow->judgement.outcome != judgement->outcome;
		flow->judgement = *judgement;
		if (is_new)
			fill_origin(&flow->origin, sender, net);
		return flow;
	}
	/* Without a memory of it, only the beginning is news. */
	*news = packet->protocol != IPPROTO_TCP || packet->tcp_open ||
		(packet->tcp_syn && judgement->outcome != DFENCE_OUTCOME_ALLOWED);
	return NULL;
}

static void count(const struct dfence_policy *policy,
		  const struct dfence_app *app,
		  const struct dfence_judgement *judgement, u32 bytes)
{
	const struct dfence_policy_profile *profile =
		&policy->profiles[app->profile];

	dfence_counters_add(&app->stats->counts->counters, judgement->outcome,
			    bytes);
	dfence_counters_add(profile->counters + judgement->decision.rule,
			    judgement->outcome, bytes);
}

static noinline unsigned int judge(const struct dfence_policy *policy,
				   const struct sender *sender,
				   struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	struct dfence_judgement judgement;
	struct dfence_flow_packet step;
	struct dfence_packet packet;
	struct dfence_flow *flow;
	u64 id = 0;
	bool news;

	dfence_packet_parse(skb, state->pf, &packet);
	step.state = flow_state(&packet);
	step.opens = packet.tcp_open;
	step.resets = packet.tcp_rst;
	step.answers = packet.tcp_answer;
	step.sequence = packet.tcp_sequence;
	step.bytes = skb->len;

	local_bh_disable();
	flow = find_flow(policy, sender, &packet, &step, state->net, &judgement,
			 &news);
	if (likely(flow)) {
		id = flow->id;
		dfence_flow_count(flow, &step);
	} else {
		dfence_app_stats_unlisted(app->stats, judgement.outcome,
					  step.bytes);
	}
	count(policy, app, &judgement, step.bytes);
	local_bh_enable();

	if (wants_event(&judgement, news) &&
	    dfence_event_admit(!packet.tcp_open))
		record(policy, sender, &packet, &judgement, id, skb, state);
	return act(skb, judgement.outcome, packet.protocol);
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

/*
 * The process that sends, or NULL. In a soft interrupt, and where a task runs
 * the network stack with them off, the current task need not be the one.
 */
static struct task_struct *sending_task(void)
{
	return in_interrupt() || current->flags & PF_KTHREAD ? NULL : current;
}

/*
 * Judged by whom the socket belongs to, and, where another one sends with it,
 * by that one too: the stricter verdict holds.
 */
static noinline unsigned int judge_both(const struct dfence_policy *policy,
					struct sock *sk, u16 owner, u16 user,
					struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct sender sender = {
		.sk = sk,
		.task = sending_task(),
		.cgroup = sock_cgroup_ptr(&sk->sk_cgrp_data),
		.app = owner,
	};
	unsigned int verdict = NF_ACCEPT;

	if (is_control_socket(sk, state->net))
		return NF_ACCEPT;
	if (owner != DFENCE_NO_APP)
		verdict = judge(policy, &sender, skb, state);
	if (verdict != NF_ACCEPT || user == DFENCE_NO_APP || user == owner)
		return verdict;
	sender.app = user;
	sender.cgroup = task_dfl_cgroup(sender.task);
	return judge(policy, &sender, skb, state);
}

/*
 * The listener that a packet without a socket is from: a SYN-ACK with a cookie
 * has none, because nothing is remembered of the connection yet.
 */
static struct sock *cookie_listener(struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct inet_hashinfo *hashinfo =
		state->net->ipv4.tcp_death_row.hashinfo;
	int dif = state->out ? state->out->ifindex : 0;
	struct dfence_packet packet;

	dfence_packet_parse(skb, state->pf, &packet);
	if (packet.protocol != IPPROTO_TCP || !packet.tcp_answer)
		return NULL;
	/* IPv6 hands it over beside the packet. */
	if (state->pf == NFPROTO_IPV6)
		return state->sk ? sk_to_full_sk(state->sk) : NULL;
	return __inet_lookup_listener(state->net, hashinfo, NULL, 0,
				      ip_hdr(skb)->daddr,
				      htons((u16)packet.ports),
				      ip_hdr(skb)->saddr, packet.ports >> 16,
				      dif, 0);
}

/* The full socket behind a packet that does not have one itself, or NULL. */
static noinline struct sock *full_socket(struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct sock *sk = skb->sk ? skb_to_full_sk(skb) :
				    cookie_listener(skb, state);

	return sk && sk_fullsock(sk) ? sk : NULL;
}

/* Bystanders are done here. What they do not need is in functions apart. */
static unsigned int local_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct dfence_policy *policy = rcu_dereference(dfence_active_policy);
	u16 owner, user = DFENCE_NO_APP;
	struct sock *sk = skb->sk;
	struct task_struct *task;
	struct cgroup *creator;

	if (unlikely(!policy))
		return NF_ACCEPT;
	if (unlikely(!sk || !sk_fullsock(sk))) {
		sk = full_socket(skb, state);
		if (!sk)
			return NF_ACCEPT;
	}

	creator = sock_cgroup_ptr(&sk->sk_cgrp_data);
	owner = dfence_identity_lookup(&policy->identity, creator);
	task = sending_task();
	/* The kernel's own sockets, as of a network file system, serve many. */
	if (likely(task) && unlikely(task_dfl_cgroup(task) != creator) &&
	    !sk->sk_kern_sock)
		user = dfence_identity_lookup(&policy->identity,
					      task_dfl_cgroup(task));

	if (likely(owner == DFENCE_NO_APP && user == DFENCE_NO_APP)) {
		/*
		 * One instruction on x86; where it is not, an interrupt in
		 * between may cost this counter a packet, and nothing else.
		 */
		raw_cpu_inc(dfence_stats.bystanders);
		return NF_ACCEPT;
	}
	return judge_both(policy, sk, owner, user, skb, state);
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
