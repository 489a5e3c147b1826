// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet of an application: which flow it belongs to, where it goes, what the
 * rules say, and what is counted and recorded of it.
 */

#include <linux/cred.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/addrconf.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "condemn.h"
#include "event.h"
#include "flow.h"
#include "judge.h"
#include "packet.h"
#include "reject.h"
#include "users.h"

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
			const struct dfence_sender *sender, const struct net *net)
{
	origin->netns = net->ns.inum;
	origin->forwarded = sender->in;
	if (origin->forwarded) {
		strscpy(origin->in, sender->in, sizeof(origin->in));
		origin->has_mac = sender->mac;
		if (sender->mac)
			memcpy(origin->mac, sender->mac, sizeof(origin->mac));
		return;
	}
	origin->cgroup = cgroup_id(sender->cgroup);
	/* Where it is lent, the process makes it the application's. */
	origin->uid = from_kuid(&init_user_ns, sender->lent ?
				current_fsuid() : dfence_socket_uid(sender->sk));
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

static void fill_event(struct dfence_event *event,
		       const struct dfence_policy *policy,
		       const struct dfence_sender *sender,
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

	fill_origin(&origin, sender, state->net);
	*event = (struct dfence_event) {
		.type = DFENCE_EVENT_VERDICT,
		.generation = policy->generation,
		.verdict = decision->verdict,
		.mode = judgement->mode,
		.reason = judgement->reason,
		.rule = decision->rule,
		.flow = flow,
		.votes_len = zone->votes_len,
	};
	fill_packet(event, packet, skb->len - skb_network_offset(skb));
	dfence_origin_tell(event, &origin);
	strscpy(event->app, app->name, sizeof(event->app));
	if (set)
		strscpy(event->set, set, sizeof(event->set));
	memcpy(event->country, zone->country, sizeof(event->country));
	memcpy(event->votes, zone->votes, sizeof(event->votes));
	if (state->out)
		strscpy(event->ifname, state->out->name, sizeof(event->ifname));
}

static noinline void record(const struct dfence_policy *policy,
			    const struct dfence_sender *sender,
			    const struct dfence_packet *packet,
			    const struct dfence_judgement *judgement,
			    u64 flow, const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct dfence_event event;

	fill_event(&event, policy, sender, packet, judgement, flow, skb, state);
	dfence_event_record(&event);
}

static noinline void condemn(const struct dfence_policy *policy,
			     const struct dfence_sender *sender,
			     const struct dfence_packet *packet,
			     const struct dfence_judgement *judgement,
			     u64 flow, const struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct dfence_event event;

	fill_event(&event, policy, sender, packet, judgement, flow, skb, state);
	event.type = DFENCE_EVENT_SOCKET_CLOSED;
	event.quiet = judgement->decision.log == DFENCE_LOG_NONE;
	event.closed = sender->lent ? DFENCE_CLOSED_LENT : DFENCE_CLOSED_POLICY;
	dfence_condemn(sender->sk, &event);
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

static bool refused(u8 outcome)
{
	return outcome == DFENCE_OUTCOME_DENIED ||
	       outcome == DFENCE_OUTCOME_DROPPED;
}

/* Does a packet go where its datagram socket is connected to? */
static bool goes_to_peer(const struct sock *sk,
			 const struct dfence_packet *packet)
{
	if (sk->sk_state != TCP_ESTABLISHED ||
	    inet_sk(sk)->inet_dport != htons((u16)packet->ports))
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (packet->pf == NFPROTO_IPV6)
		return !memcmp(packet->daddr, &sk->sk_v6_daddr,
			       sizeof(sk->sk_v6_daddr));
#endif
	return *(const __be32 *)packet->daddr == sk->sk_daddr;
}

/*
 * The application's own connection is reset where a policy begins to deny it;
 * "drop" says that it is told nothing. Before it is open, connect() fails and
 * that is enough, but where nobody is in it any more who could be told: a timer
 * sends the SYN again. A lent one must go in any case, for what it sends from a
 * timer would pass as the lender's, unless the refused packet makes connect() fail.
 */
static bool ends_tcp(const struct dfence_sender *sender, u8 outcome)
{
	bool denied = outcome == DFENCE_OUTCOME_DENIED;

	switch (READ_ONCE(sender->sk->sk_state)) {
	case TCP_LISTEN:
	case TCP_CLOSE:
		return false;
	case TCP_SYN_SENT:
		return denied ? !sender->task : sender->lent;
	case TCP_SYN_RECV:
		return sender->lent;
	default:
		return sender->lent || denied;
	}
}

static bool is_inet(const struct sock *sk)
{
	return sk->sk_family == AF_INET || sk->sk_family == AF_INET6;
}

/*
 * What is forwarded has no socket. One that sends frames sends nothing a second
 * time, and the kernel's own need not keep their network namespace.
 */
static bool can_be_ended(const struct sock *sk)
{
	return sk && !sk->sk_kern_sock && is_inet(sk);
}

/*
 * Is a packet that was refused the end of its socket? UDP sends nothing a second
 * time, so for it to refuse packets is complete: it is ended to tell whoever
 * waits for an answer, and only where it has no other destination. Where rules
 * ask for the outgoing interface, a connection that is refused now may pass when
 * the route is back, so the application keeps its own.
 */
static bool ends_socket(const struct dfence_policy *policy,
			const struct dfence_sender *sender,
			const struct dfence_packet *packet, u8 outcome,
			bool turned)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	const struct sock *sk = sender->sk;

	if (!can_be_ended(sk) ||
	    (!sender->lent && policy->profiles[app->profile].profile.by_device))
		return false;
	if (sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP)
		return ends_tcp(sender, outcome);
	return sk->sk_type == SOCK_DGRAM && sk->sk_protocol == IPPROTO_UDP &&
	       outcome == DFENCE_OUTCOME_DENIED && (sender->lent || turned) &&
	       packet->protocol == IPPROTO_UDP && goes_to_peer(sk, packet);
}

/* Refuse a packet whose sender is somewhere else: no call of it can fail. */
static unsigned int reject_forwarded(struct sk_buff *skb,
				     const struct nf_hook_state *state,
				     u8 outcome, u8 protocol)
{
	if (outcome == DFENCE_OUTCOME_DENIED)
		dfence_reject(skb, state, protocol);
	return NF_DROP;
}

/* Refuse a packet. Only constants go into a verdict. */
static unsigned int reject(struct sk_buff *skb, u8 outcome, u8 protocol)
{
	if (outcome == DFENCE_OUTCOME_DENIED) {
		/* The one error that makes connect() of TCP fail at once. */
		if (protocol == IPPROTO_TCP)
			return NF_DROP_ERR(-ECONNREFUSED);
		return NF_DROP_ERR(-EPERM);
	}
	/* A plain NF_DROP would tell the sender EPERM. */
	kfree_skb(skb);
	return NF_STOLEN;
}

/*
 * Was the source of a packet looked up among the machine's own when it was routed?
 * That of IPv4 is, but for raw and for transparent sockets, which take a right. A
 * frame that a tunnel wraps has a socket that is not of IP and has no such mark.
 * Where somebody else than root may write packets, it can be another one by now.
 */
static bool source_is_known(const struct sock *sk,
			    const struct nf_hook_state *state)
{
	return state->pf == NFPROTO_IPV4 &&
	       state->hook == NF_INET_LOCAL_OUT &&
	       state->net->user_ns == &init_user_ns && is_inet(sk) &&
	       (sk->sk_type == SOCK_STREAM || sk->sk_type == SOCK_DGRAM) &&
	       !inet_sk_transparent(sk);
}

/*
 * Does a packet say that it comes from somewhere else than this machine? Raw
 * sockets can do so, and with IPv6 any socket (IPV6_FREEBIND).
 */
static bool source_is_foreign(const struct dfence_packet *packet,
			      const struct sock *sk,
			      const struct nf_hook_state *state)
{
	if (source_is_known(sk, state))
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (packet->pf == NFPROTO_IPV6) {
		const struct in6_addr *source =
			(const struct in6_addr *)packet->saddr;

		return !ipv6_addr_any(source) &&
		       !ipv6_chk_addr_and_flags(state->net, source,
					       state->out, true, 0, 0);
	}
#endif
	return *(const __be32 *)packet->saddr &&
	       inet_addr_type_dev_table(state->net, state->out,
					*(const __be32 *)packet->saddr) !=
	       RTN_LOCAL;
}

static void decide(const struct dfence_policy *policy,
		   const struct dfence_app *app, const u8 *address, bool ipv6,
		   struct dfence_query *query,
		   struct dfence_judgement *judgement)
{
	judgement->decision = dfence_policy_decide(policy, app, address, ipv6,
						   query, &judgement->zone);
}

/*
 * Where does the packet go, and what do the rules say. Whoever gets it answers
 * to where it says that it comes from, and quotes it; this machine itself does
 * for an echo request. So another source than the machine must be allowed as
 * well, whatever the answer's protocol and way.
 */
static struct dfence_judgement evaluate(const struct dfence_policy *policy,
					const struct dfence_sender *sender,
					const struct dfence_packet *packet,
					const struct nf_hook_state *state)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	bool ipv6 = packet->pf == NFPROTO_IPV6;
	struct dfence_judgement judgement = {
		.generation = policy->generation,
		.mode = app->mode,
	};
	struct dfence_query query = {
		.protocol = packet->protocol,
		.has_ports = packet->has_ports,
		.hidden = packet->hidden,
		.dport = (u16)packet->ports,
		.out = state->out ? state->out->name : NULL,
	};

	decide(policy, app, packet->daddr, ipv6, &query, &judgement);
	if (judgement.decision.verdict == DFENCE_VERDICT_ALLOW && !sender->in &&
	    source_is_foreign(packet, sender->sk, state)) {
		query.hidden |= DFENCE_HIDDEN_PROTOCOL | DFENCE_HIDDEN_PORTS;
		query.out = NULL;
		decide(policy, app, packet->saddr, ipv6, &query, &judgement);
	}
	memcpy(judgement.country, policy->zones[judgement.zone].country,
	       sizeof(judgement.country));
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

/**
 * struct finding - what is known of a packet
 * @judgement: of the policy in force
 * @flow: that it is of, locked; NULL if there is none
 * @news: the first packet of its flow, or another verdict than before
 * @turned: the verdict turned from passing to refused
 */
struct finding {
	struct dfence_judgement judgement;
	struct dfence_flow *flow;
	bool news;
	bool turned;
};

/*
 * Ask the rules, for a packet whose flow has no judgement of this policy. Apart
 * from its caller, which most packets leave without it.
 *
 * A RST without a flow ends what nobody knows, and a SYN-ACK is not yet a
 * connection: how many there are is up to others, and they must not push the
 * application's flows out.
 */
static noinline void judge_anew(const struct dfence_policy *policy,
				const struct dfence_sender *sender,
				const struct dfence_packet *packet,
				struct dfence_flow_packet *step,
				const struct nf_hook_state *state,
				const struct dfence_flow_key *key,
				struct finding *finding)
{
	struct dfence_judgement judgement =
		evaluate(policy, sender, packet, state);
	struct dfence_flow *flow = finding->flow;

	if (!flow && !step->resets && !step->answers)
		flow = dfence_flow_create(key, step);
	finding->flow = flow;
	finding->judgement = judgement;
	if (flow) {
		bool is_new = !flow->judgement.generation;

		finding->news = is_new ||
				flow->judgement.outcome != judgement.outcome;
		finding->turned = !is_new && !refused(flow->judgement.outcome) &&
				  refused(judgement.outcome);
		flow->judgement = judgement;
		if (is_new)
			fill_origin(&flow->origin, sender, state->net);
		return;
	}
	/* Without a memory of it, only the beginning is news. */
	finding->news = packet->protocol != IPPROTO_TCP || packet->tcp_open ||
			(packet->tcp_syn &&
			 judgement.outcome != DFENCE_OUTCOME_ALLOWED);
	finding->turned = false;
}

/*
 * What a rule says of the outgoing interface holds for a packet and not for its
 * flow: routes change. A profile with such a rule is asked for each packet.
 */
static void find_flow(const struct dfence_policy *policy,
		      const struct dfence_sender *sender,
		      const struct dfence_packet *packet,
		      struct dfence_flow_packet *step,
		      const struct nf_hook_state *state,
		      struct finding *finding)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	struct dfence_flow_key key;
	struct dfence_flow *flow;

	fill_key(&key, app, packet, state->net);
	flow = dfence_flow_find(&key, step);
	finding->flow = flow;
	if (likely(flow && flow->judgement.generation == policy->generation &&
		   !policy->profiles[app->profile].profile.by_device)) {
		finding->judgement = flow->judgement;
		finding->news = false;
		finding->turned = false;
	} else {
		judge_anew(policy, sender, packet, step, state, &key, finding);
	}
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

/**
 * dfence_would_refuse() - would a packet be denied or dropped
 * @policy: the active one
 * @sender: whose packet it is
 * @packet: what it shows
 * @state: of the hook that sees it
 *
 * Context: RCU read side; any.
 * Return: false also where the application's mode lets it pass.
 */
bool dfence_would_refuse(const struct dfence_policy *policy,
			 const struct dfence_sender *sender,
			 const struct dfence_packet *packet,
			 const struct nf_hook_state *state)
{
	return refused(evaluate(policy, sender, packet, state).outcome);
}

/**
 * dfence_judge() - judge, count and record a packet of an application
 * @policy: the active one
 * @sender: whose packet it is
 * @packet: what it shows
 * @skb: the packet, its network header set
 * @state: of the hook that sees it
 *
 * Judged without memory, without a lock that others hold for long, and without
 * user space; there is no path on which an error lets a packet pass.
 *
 * Context: RCU read side; any but hard interrupt.
 * Return: a verdict of netfilter; the packet is gone where it is NF_STOLEN.
 */
unsigned int dfence_judge(const struct dfence_policy *policy,
			  const struct dfence_sender *sender,
			  const struct dfence_packet *packet,
			  struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	const struct dfence_app *app = &policy->apps[sender->app];
	struct dfence_flow_packet step;
	struct finding finding;
	u8 outcome;
	u64 id = 0;

	step.state = flow_state(packet);
	step.opens = packet->tcp_open;
	step.resets = packet->tcp_rst;
	step.answers = packet->tcp_answer;
	step.sequence = packet->tcp_sequence;
	step.bytes = skb->len - skb_network_offset(skb);

	local_bh_disable();
	find_flow(policy, sender, packet, &step, state, &finding);
	outcome = finding.judgement.outcome;
	if (likely(finding.flow)) {
		id = finding.flow->id;
		dfence_flow_count(finding.flow, &step);
	} else {
		dfence_app_stats_unlisted(app->stats, outcome, step.bytes);
	}
	count(policy, app, &finding.judgement, step.bytes);
	local_bh_enable();

	if (wants_event(&finding.judgement, finding.news) &&
	    dfence_event_admit(!packet->tcp_open))
		record(policy, sender, packet, &finding.judgement, id, skb,
		       state);
	if (likely(!refused(outcome)))
		return NF_ACCEPT;
	if (ends_socket(policy, sender, packet, outcome, finding.turned))
		condemn(policy, sender, packet, &finding.judgement, id, skb,
			state);
	return sender->in ? reject_forwarded(skb, state, outcome,
					     packet->protocol) :
			    reject(skb, outcome, packet->protocol);
}
