// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Packets that are passed on
 *
 * A controller or a phone behind the hotspot, a container behind a bridge, a
 * virtual machine, a program with a tun device: what they send is not sent by a
 * local process, and passes FORWARD instead of LOCAL_OUT. It has no socket;
 * selectors of the policy say by interface, network or MAC address whose it is
 * (forwarded.c), and from there on it is judged like any other packet.
 *
 * The hook sits behind destination NAT and before source NAT, so that it sees
 * the source that the device has and the destination that the packet goes to,
 * and before the filter table, as that of LOCAL_OUT.
 *
 * It is registered only while a policy has such selectors. Devices that none of
 * them names are done after the list, and counted.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/net_namespace.h>

#include "hook.h"
#include "judge.h"
#include "packet.h"
#include "stats.h"

/* Where a link has MAC addresses: that of the sender, or else NULL. */
static const u8 *source_mac(const struct sk_buff *skb)
{
	if (!skb->dev || skb->dev->type != ARPHRD_ETHER ||
	    !skb_mac_header_was_set(skb) ||
	    skb_mac_header(skb) < skb->head ||
	    skb_mac_header(skb) + ETH_HLEN > skb->data)
		return NULL;
	return eth_hdr(skb)->h_source;
}

static unsigned int forward(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct dfence_policy *policy = rcu_dereference(dfence_active_policy);
	const struct dfence_forward_packet arrival = {
		.in = state->in ? state->in->name : "",
		.pf = state->pf,
		.source = state->pf == NFPROTO_IPV6 ?
			  (const u8 *)&ipv6_hdr(skb)->saddr :
			  (const u8 *)&ip_hdr(skb)->saddr,
		.mac = source_mac(skb),
	};
	struct dfence_sender sender = {
		.in = arrival.in,
		.mac = arrival.mac,
	};
	struct dfence_packet packet;

	if (unlikely(!policy))
		return NF_ACCEPT;
	sender.app = dfence_forward_lookup(&policy->forward, &arrival);
	if (sender.app == DFENCE_NO_APP) {
		this_cpu_inc(dfence_stats.forward_bystanders);
		return NF_ACCEPT;
	}
	dfence_packet_parse(skb, state->pf, &packet);
	return dfence_judge(policy, &sender, &packet, skb, state);
}

static const struct nf_hook_ops hook_ops[] = {
	{
		.hook		= forward,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP_PRI_FILTER - 1,
	},
	{
		.hook		= forward,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
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
 * dfence_forward_hooks_enable() - judge forwarded packets in every network namespace
 *
 * Namespaces that are created later are included.
 *
 * Context: process; may sleep. The caller remembers that they are enabled.
 * Return: 0, or a negative errno with no hook registered.
 */
int dfence_forward_hooks_enable(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * dfence_forward_hooks_disable() - the reverse of dfence_forward_hooks_enable()
 *
 * Returns when no packet is inside the hook any more.
 *
 * Context: process; may sleep.
 */
void dfence_forward_hooks_disable(void)
{
	unregister_pernet_subsys(&net_ops);
	synchronize_net();
}
