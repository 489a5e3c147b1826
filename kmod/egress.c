// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Frames that pass IP by
 *
 * Packet sockets (AF_PACKET) and PPP sockets (AF_PPPOX) hand their frames to a
 * device and never come to LOCAL_OUT. They do pass the egress hook of the device,
 * before its queue and also where a packet socket goes around the queue. The
 * hook is registered for every device in every network namespace, and follows
 * devices that come, go and move.
 *
 * What IP sockets send was judged at LOCAL_OUT and passes here after a look at
 * the family of its socket, as does what has no socket. A frame of another
 * family is judged for the cgroup of its socket and that of its sender:
 *
 *	IPv4, IPv6	by its destination, as at LOCAL_OUT; also behind VLAN
 *			tags and in PPPoE
 *	ARP		passes: it goes no farther than the link, and nothing works
 *			without it
 *	other		nobody can tell where it goes, so all of it counts as
 *			hidden: rules that deny match, rules that allow do not
 *
 * The protocol that the sender says the frame has (skb->protocol) is worth
 * nothing; what is read here is what the device will send.
 *
 * Devices that are no way to the Internet are left alone: CAN and IEEE 802.15.4
 * buses, and Wi-Fi in monitor mode, which links to aircraft are made of.
 */

#define pr_fmt(fmt) "dronefence: " fmt

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/ppp_defs.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "egress.h"
#include "hook.h"
#include "judge.h"
#include "packet.h"

/* Header of a PPPoE session, before the protocol of PPP (RFC 2516). */
#define PPPOE_HLEN	6

/* As many as Linux itself takes off a packet on its way in. */
#define VLAN_TAGS_MAX	8

/* How long until devices that could not be watched are tried again. */
#define RETRY_INTERVAL	HZ

/**
 * struct device_hook - that a device is watched
 * @list: in the list of all
 * @ops: what is registered, with the device
 * @rcu: to free it
 */
struct device_hook {
	struct list_head list;
	struct nf_hook_ops ops;
	struct rcu_head rcu;
};

/* Under RTNL, both. */
static LIST_HEAD(device_hooks);
static bool enabled;

static void watch_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(retry_work, watch_all);

/* What a frame holds, and where: offsets from the beginning of the frame. */
struct frame {
	unsigned int offset;
	u16 ethertype;
};

static bool read_be16(const struct sk_buff *skb, unsigned int offset, u16 *value)
{
	__be16 buffer, *p = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);

	if (p)
		*value = ntohs(*p);
	return p;
}

/* IP inside a PPPoE session; anything else stays what it is. */
static void enter_pppoe(const struct sk_buff *skb, struct frame *frame)
{
	unsigned int at = frame->offset + PPPOE_HLEN;
	u16 protocol;

	if (!read_be16(skb, at, &protocol))
		return;
	if (protocol == PPP_IP)
		frame->ethertype = ETH_P_IP;
	else if (protocol == PPP_IPV6)
		frame->ethertype = ETH_P_IPV6;
	else
		return;
	frame->offset = at + sizeof(protocol);
}

static void read_ethernet(const struct sk_buff *skb, struct frame *frame)
{
	int tags;

	frame->offset = ETH_HLEN;
	if (!read_be16(skb, ETH_HLEN - 2, &frame->ethertype))
		return;
	for (tags = 0; tags < VLAN_TAGS_MAX; tags++) {
		if (!eth_type_vlan(htons(frame->ethertype)))
			break;
		frame->offset += VLAN_HLEN;
		if (!read_be16(skb, frame->offset - 2, &frame->ethertype)) {
			frame->ethertype = 0;
			return;
		}
	}
	if (frame->ethertype == ETH_P_PPP_SES)
		enter_pppoe(skb, frame);
}

/* A device without a header of its own: the packet says which IP it is. */
static void read_bare(const struct sk_buff *skb, struct frame *frame)
{
	u8 buffer, *first = skb_header_pointer(skb, 0, 1, &buffer);

	if (first && *first >> 4 == 4)
		frame->ethertype = ETH_P_IP;
	else if (first && *first >> 4 == 6)
		frame->ethertype = ETH_P_IPV6;
}

/* See what a frame holds; false for devices that are left alone. */
static bool read_frame(const struct sk_buff *skb, const struct net_device *dev,
		       struct frame *frame)
{
	*frame = (struct frame) { };
	switch (dev->type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		read_ethernet(skb, frame);
		return true;
	case ARPHRD_NONE:
	case ARPHRD_RAWIP:
	case ARPHRD_PPP:
	case ARPHRD_SLIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		read_bare(skb, frame);
		return true;
	case ARPHRD_CAN:
	case ARPHRD_IEEE80211:
	case ARPHRD_IEEE80211_PRISM:
	case ARPHRD_IEEE80211_RADIOTAP:
	case ARPHRD_IEEE802154:
	case ARPHRD_IEEE802154_MONITOR:
		return false;
	default:
		return true;
	}
}

static unsigned int judge_hidden(struct sock *sk, struct sk_buff *skb,
				 const struct nf_hook_state *state,
				 u16 ethertype)
{
	static const u8 nowhere[16];
	struct dfence_packet packet = {
		.pf = NFPROTO_IPV4,
		.hidden = DFENCE_HIDDEN_DESTINATION | DFENCE_HIDDEN_PROTOCOL |
			  DFENCE_HIDDEN_PORTS,
		.ports = ethertype,
		.saddr = nowhere,
		.daddr = nowhere,
	};

	return dfence_hook_judge(sk, &packet, skb, state);
}

/* As at LOCAL_OUT: the header is linear, and is where it is said to be. */
static unsigned int judge_ip(struct sock *sk, struct sk_buff *skb,
			     const struct nf_hook_state *state,
			     const struct frame *frame)
{
	bool ipv6 = frame->ethertype == ETH_P_IPV6;
	int said = skb_network_offset(skb);
	struct nf_hook_state at_ip = *state;
	struct dfence_packet packet;
	unsigned int verdict;

	if (!pskb_may_pull(skb, frame->offset + (ipv6 ? sizeof(struct ipv6hdr) :
						 sizeof(struct iphdr))))
		return judge_hidden(sk, skb, state, frame->ethertype);
	at_ip.pf = ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	skb_set_network_header(skb, frame->offset);
	dfence_packet_parse(skb, at_ip.pf, &packet);
	verdict = dfence_hook_judge(sk, &packet, skb, &at_ip);
	if ((verdict & NF_VERDICT_MASK) != NF_STOLEN)
		skb_set_network_header(skb, said);
	return verdict;
}

static noinline unsigned int judge_frame(struct sock *sk, struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct frame frame;

	if (!read_frame(skb, state->out, &frame))
		return NF_ACCEPT;
	switch (frame.ethertype) {
	case ETH_P_ARP:
		return NF_ACCEPT;
	case ETH_P_IP:
	case ETH_P_IPV6:
		return judge_ip(sk, skb, state, &frame);
	default:
		return judge_hidden(sk, skb, state, frame.ethertype);
	}
}

/* Nearly every packet is done with its first two loads. */
static unsigned int egress(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct sock *sk = skb->sk;

	if (likely(!sk || sk->sk_family == AF_INET || sk->sk_family == AF_INET6))
		return NF_ACCEPT;
	return judge_frame(sk, skb, state);
}

static struct device_hook *find_hook(const struct net_device *dev)
{
	struct device_hook *hook;

	ASSERT_RTNL();
	list_for_each_entry(hook, &device_hooks, list)
		if (hook->ops.dev == dev)
			return hook;
	return NULL;
}

static int watch(struct net_device *dev)
{
	struct device_hook *hook;
	int err;

	if (!enabled || find_hook(dev))
		return 0;
	hook = kzalloc(sizeof(*hook), GFP_KERNEL);
	if (!hook)
		return -ENOMEM;
	hook->ops = (struct nf_hook_ops) {
		.hook = egress,
		.dev = dev,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_EGRESS,
		/* What others change of a frame is changed by then. */
		.priority = INT_MAX,
	};
	err = nf_register_net_hook(dev_net(dev), &hook->ops);
	if (err) {
		kfree(hook);
		return err;
	}
	list_add(&hook->list, &device_hooks);
	return 0;
}

static void unwatch(struct net_device *dev)
{
	struct device_hook *hook = find_hook(dev);

	if (!hook)
		return;
	list_del(&hook->list);
	nf_unregister_net_hook(dev_net(dev), &hook->ops);
	kfree_rcu(hook, rcu);
}

/* Those that moved while there was no memory. */
static void watch_all(struct work_struct *work)
{
	struct net_device *dev;
	struct net *net;
	int err = 0;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net)
		for_each_netdev(net, dev)
			err = watch(dev) ?: err;
	up_read(&net_rwsem);
	rtnl_unlock();
	if (err)
		schedule_delayed_work(&retry_work, RETRY_INTERVAL);
}

/*
 * A device that cannot be watched does not come into being. One that moves to
 * another namespace cannot be held back; it is tried again.
 */
static int device_event(struct notifier_block *block, unsigned long event,
			void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	int err = 0;

	switch (event) {
	case NETDEV_REGISTER:
		err = watch(dev);
		if (!err)
			break;
		pr_warn("no memory to watch device %s\n", dev->name);
		schedule_delayed_work(&retry_work, RETRY_INTERVAL);
		break;
	case NETDEV_UNREGISTER:
		unwatch(dev);
		break;
	}
	return notifier_from_errno(err);
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

static void set_enabled(bool value)
{
	rtnl_lock();
	enabled = value;
	rtnl_unlock();
}

/**
 * dfence_egress_enable() - judge frames at every device
 *
 * Context: process; may sleep.
 * Return: 0, or a negative errno with no device watched.
 */
int dfence_egress_enable(void)
{
	int err;

	set_enabled(true);
	err = register_netdevice_notifier(&device_notifier);
	if (err) {
		set_enabled(false);
		cancel_delayed_work_sync(&retry_work);
	}
	return err;
}

/**
 * dfence_egress_disable() - the reverse of dfence_egress_enable()
 *
 * Context: process; may sleep. The caller waits until no packet is inside the
 * hook any more.
 */
void dfence_egress_disable(void)
{
	/* From here on no device is added, so none is left behind. */
	set_enabled(false);
	unregister_netdevice_notifier(&device_notifier);
	cancel_delayed_work_sync(&retry_work);
}
