// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Packets of local processes
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
 *                     process that sends with it, if it is another; where no
 *                     pattern matches a cgroup, the user takes its place
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
 * refuse is still recorded here. Who owns the user namespace of a network
 * namespace can translate addresses behind it, so those get a second look at
 * POST_ROUTING, behind everything else.
 */

#include <linux/cred.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/sched/task_stack.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "condemn.h"
#include "egress.h"
#include "hook.h"
#include "judge.h"
#include "packet.h"
#include "stats.h"

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

/**
 * struct parties - to which applications those belong who send a packet
 * @owner: who opened the socket
 * @user: the process that sends with it, if it is asked; can be the same
 */
struct parties {
	u16 owner;
	u16 user;
};

/* What is looked at @again was counted the first time, unless it is refused now. */
static __always_inline unsigned int
judge_one(const struct dfence_policy *policy, const struct dfence_sender *sender,
	  const struct dfence_packet *packet, struct sk_buff *skb,
	  const struct nf_hook_state *state, bool again)
{
	if (again && !dfence_would_refuse(policy, sender, packet, state))
		return NF_ACCEPT;
	return dfence_judge(policy, sender, packet, skb, state);
}

/*
 * Judged by whom the socket belongs to, and, where another one sends with it,
 * by that one too: the stricter verdict holds. What is condemned is judged all
 * the same, so that its flow sees how it ends.
 */
static __always_inline unsigned int
judge_both(const struct dfence_policy *policy, struct sock *sk,
	   struct task_struct *task, struct parties parties,
	   const struct dfence_packet *packet, struct sk_buff *skb,
	   const struct nf_hook_state *state, bool again)
{
	struct dfence_sender sender = {
		.sk = sk,
		.task = task,
		.cgroup = sock_cgroup_ptr(&sk->sk_cgrp_data),
		.app = parties.owner,
	};
	unsigned int verdict = NF_ACCEPT;
	bool lent = parties.user != DFENCE_NO_APP &&
		    parties.user != parties.owner;

	if (is_control_socket(sk, state->net))
		return NF_ACCEPT;
	if (parties.owner != DFENCE_NO_APP)
		verdict = judge_one(policy, &sender, packet, skb, state, again);
	if (verdict == NF_ACCEPT && lent) {
		sender.app = parties.user;
		sender.cgroup = task_dfl_cgroup(sender.task);
		sender.lent = true;
		verdict = judge_one(policy, &sender, packet, skb, state, again);
	}
	return verdict == NF_ACCEPT && dfence_condemned(sk) ?
	       NF_DROP : verdict;
}

/*
 * The listener that a packet without a socket is from: a SYN-ACK with a cookie
 * has none, because nothing is remembered of the connection yet.
 */
static struct sock *cookie_listener(struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	int dif = state->out ? state->out->ifindex : 0;
	struct dfence_packet packet;

	dfence_packet_parse(skb, state->pf, &packet);
	if (packet.protocol != IPPROTO_TCP || !packet.tcp_answer)
		return NULL;
	/* IPv6 hands it over beside the packet. */
	if (state->pf == NFPROTO_IPV6)
		return state->sk ? sk_to_full_sk(state->sk) : NULL;
	return dfence_lookup_listener(state->net, ip_hdr(skb)->daddr,
				      htons((u16)packet.ports),
				      ip_hdr(skb)->saddr, packet.ports >> 16,
				      dif);
}

/* The full socket behind a packet that does not have one itself, or NULL. */
static noinline struct sock *full_socket(struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct sock *sk = skb->sk ? skb_to_full_sk(skb) :
				    cookie_listener(skb, state);

	return sk && sk_fullsock(sk) ? sk : NULL;
}

/*
 * What a process is by its cgroup, where the socket is another's. The one that
 * shares the cgroup of the socket's creator is not asked.
 */
static u16 user_of(const struct dfence_policy *policy, const struct sock *sk,
		   struct task_struct *task, const struct cgroup *creator)
{
	/* The kernel's own sockets, as of a network file system, serve many. */
	if (likely(!task || task_dfl_cgroup(task) == creator) ||
	    sk->sk_kern_sock)
		return DFENCE_NO_APP;
	return dfence_identity_answer(&policy->identity, task_dfl_cgroup(task));
}

/* By cgroup alone: all there is to it where a policy has no users. */
static __always_inline struct parties
parties_by_cgroup(const struct dfence_policy *policy, struct sock *sk,
		  struct task_struct *task)
{
	struct cgroup *creator = sock_cgroup_ptr(&sk->sk_cgrp_data);

	return (struct parties) {
		.owner = dfence_identity_answer(&policy->identity, creator),
		.user = user_of(policy, sk, task, creator),
	};
}

/*
 * Then by user, whom no cgroup selector is for. The sender is the current task,
 * and its file system user is the one that a socket of it would have.
 */
static noinline struct parties
ask_users(const struct dfence_policy *policy, struct sock *sk,
	  const struct task_struct *task, struct parties parties)
{
	const struct dfence_users *users = &policy->identity.users;

	/* In the cgroup of the socket's creator, of which this is known. */
	if (parties.user == DFENCE_NO_APP && task && !sk->sk_kern_sock)
		parties.user = parties.owner;
	if (parties.owner == DFENCE_ASK_USER)
		parties.owner = dfence_users_owner(users, sk);
	if (parties.user == DFENCE_ASK_USER)
		parties.user = dfence_users_lookup(users, current_fsuid());
	return parties;
}

/* Here, and nowhere else, it is decided whose a packet is. */
static __always_inline struct parties
find_parties(const struct dfence_policy *policy, struct sock *sk,
	     struct task_struct *task)
{
	struct parties parties = parties_by_cgroup(policy, sk, task);

	if (unlikely(policy->identity.users.count))
		parties = ask_users(policy, sk, task, parties);
	return parties;
}

static __always_inline bool is_nobodys(struct parties parties)
{
	return parties.owner == DFENCE_NO_APP && parties.user == DFENCE_NO_APP;
}

static __always_inline unsigned int pass_bystander(const struct sock *sk)
{
	if (dfence_condemned(sk))
		return NF_DROP;
	/*
	 * One instruction on x86; where it is not, an interrupt in between may
	 * cost this counter a packet, and nothing else.
	 */
	raw_cpu_inc(dfence_stats.bystanders);
	return NF_ACCEPT;
}

/*
 * Did a packet wait in user space, where a firewall handed it to? It goes on in
 * the process that answered for it, which is not the sender: what netfilter knows
 * of the packet is not on the stack then, but where it was kept.
 */
static bool was_handed_on(const struct nf_hook_state *state)
{
	return !object_is_on_stack(state);
}

static noinline unsigned int judge_packet(const struct dfence_policy *policy,
					  struct sock *sk,
					  struct task_struct *task,
					  struct parties parties,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	struct dfence_packet packet;

	if (unlikely(task && was_handed_on(state))) {
		task = NULL;
		parties.user = DFENCE_NO_APP;
	}
	if (unlikely(policy->identity.users.count))
		parties = ask_users(policy, sk, task, parties);
	if (unlikely(is_nobodys(parties)))
		return pass_bystander(sk);
	dfence_packet_parse(skb, state->pf, &packet);
	return judge_both(policy, sk, task, parties, &packet, skb, state, false);
}

/*
 * Bystanders are done here. What they do not need is in functions apart: also
 * whether there are users to be asked, which the answer by cgroup tells.
 */
static unsigned int local_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct dfence_policy *policy = rcu_dereference(dfence_active_policy);
	struct sock *sk = skb->sk;
	struct task_struct *task;
	struct parties parties;

	if (unlikely(!policy))
		return NF_ACCEPT;
	if (unlikely(!sk || !sk_fullsock(sk))) {
		sk = full_socket(skb, state);
		if (!sk)
			return NF_ACCEPT;
	}

	task = sending_task();
	parties = parties_by_cgroup(policy, sk, task);
	if (likely(is_nobodys(parties)))
		return pass_bystander(sk);
	return judge_packet(policy, sk, task, parties, skb, state);
}

/**
 * dfence_hook_judge() - judge what a socket sends beside IP
 * @sk: any socket, not NULL
 * @packet: what it sends
 * @skb: the same; its network header is set
 * @state: of the hook that sees it
 *
 * Context: RCU read side; any but hard interrupt. Where it is a task, that is
 * the sender: nobody else's frames are sent on the way.
 * Return: a verdict of netfilter; the packet is gone where it is NF_STOLEN.
 */
unsigned int dfence_hook_judge(struct sock *sk,
			       const struct dfence_packet *packet,
			       struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct dfence_policy *policy = rcu_dereference(dfence_active_policy);
	struct task_struct *task =
		in_task() && !(current->flags & PF_KTHREAD) ? current : NULL;
	struct parties parties;

	if (!policy || !sk_fullsock(sk))
		return NF_ACCEPT;
	parties = find_parties(policy, sk, task);
	if (is_nobodys(parties))
		return NF_ACCEPT;
	return judge_both(policy, sk, task, parties, packet, skb, state, false);
}

/*
 * Behind translation of addresses in a namespace whose owner need not be root:
 * what passed at LOCAL_OUT must be allowed to go where it goes now. It was
 * counted there, so nothing is here unless it is refused.
 */
static unsigned int post_routing(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct dfence_policy *policy = rcu_dereference(dfence_active_policy);
	struct task_struct *task = sending_task();
	struct sock *sk = skb->sk;
	struct dfence_packet packet;
	struct parties parties;

	if (!policy || !sk || !sk_fullsock(sk))
		return NF_ACCEPT;
	parties = find_parties(policy, sk, task);
	if (is_nobodys(parties))
		return NF_ACCEPT;
	dfence_packet_parse(skb, state->pf, &packet);
	return judge_both(policy, sk, task, parties, &packet, skb, state, true);
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

/* Only where somebody else than root may translate addresses. */
static const struct nf_hook_ops second_look_ops[] = {
	{
		.hook		= post_routing,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= post_routing,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static bool needs_second_look(const struct net *net)
{
	return net->user_ns != &init_user_ns;
}

static int __net_init net_enable(struct net *net)
{
	int err = nf_register_net_hooks(net, hook_ops, ARRAY_SIZE(hook_ops));

	if (err || !needs_second_look(net))
		return err;
	err = nf_register_net_hooks(net, second_look_ops,
				    ARRAY_SIZE(second_look_ops));
	if (err)
		nf_unregister_net_hooks(net, hook_ops, ARRAY_SIZE(hook_ops));
	return err;
}

static void __net_exit net_disable(struct net *net)
{
	if (needs_second_look(net))
		nf_unregister_net_hooks(net, second_look_ops,
					ARRAY_SIZE(second_look_ops));
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
	int err = register_pernet_subsys(&net_ops);

	if (err)
		return err;
	err = dfence_egress_enable();
	if (err)
		unregister_pernet_subsys(&net_ops);
	return err;
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
	dfence_egress_disable();
	unregister_pernet_subsys(&net_ops);
	synchronize_net();
}
