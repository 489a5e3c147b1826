// SPDX-License-Identifier: GPL-2.0-only
/* Packets of UDP, at the hooks and on their whole way out. */

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/netfilter.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "bench.h"

#define PAYLOAD		64
#define SOURCE_PORT	40000
#define PORT		443

static const u8 source4[4] = { 10, 99, 0, 1 };
static const struct in6_addr source6 = { { {
	0xfd, 0, 0, 0x99, [15] = 1
} } };

static void build_ipv4(struct sk_buff *skb)
{
	struct iphdr *ip = skb_put_zero(skb, sizeof(*ip));

	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + sizeof(struct udphdr) + PAYLOAD);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	memcpy(&ip->saddr, source4, sizeof(source4));
	skb->protocol = htons(ETH_P_IP);
}

static void build_ipv6(struct sk_buff *skb)
{
	struct ipv6hdr *ip = skb_put_zero(skb, sizeof(*ip));

	ip->version = 6;
	ip->payload_len = htons(sizeof(struct udphdr) + PAYLOAD);
	ip->hop_limit = 64;
	ip->nexthdr = IPPROTO_UDP;
	ip->saddr = source6;
	skb->protocol = htons(ETH_P_IPV6);
}

static struct sk_buff *build(struct bench *bench, bool ipv6, struct sock *sk)
{
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);
	struct udphdr *udp;

	if (!skb)
		return NULL;
	skb_reserve(skb, 64);
	skb_reset_network_header(skb);
	if (ipv6)
		build_ipv6(skb);
	else
		build_ipv4(skb);
	skb_set_transport_header(skb, skb->len);
	udp = skb_put_zero(skb, sizeof(*udp));
	udp->source = htons(SOURCE_PORT);
	udp->dest = htons(PORT);
	udp->len = htons(sizeof(*udp) + PAYLOAD);
	skb_put_zero(skb, PAYLOAD);
	skb->dev = bench->dev;
	skb->sk = sk;
	return skb;
}

/**
 * bench_socket_add() - open a socket of the calling process
 * @bench: takes it
 * @ipv6: family
 *
 * Return: 0 or a negative errno.
 */
int bench_socket_add(struct bench *bench, bool ipv6)
{
	struct bench_socket *new = &bench->sockets[bench->socket_count];
	int err;

	if (bench->socket_count == BENCH_SOCKETS)
		return -ENOSPC;
	err = sock_create(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, IPPROTO_UDP,
			  &new->sock);
	if (err)
		return err;
	new->skb = build(bench, ipv6, new->sock->sk);
	if (!new->skb) {
		sock_release(new->sock);
		return -ENOMEM;
	}
	bench->socket_count++;
	return 0;
}

/**
 * bench_sockets_free() - close all sockets
 * @bench: has them
 */
void bench_sockets_free(struct bench *bench)
{
	while (bench->socket_count) {
		struct bench_socket *old =
			&bench->sockets[--bench->socket_count];

		old->skb->sk = NULL;
		nf_reset_ct(old->skb);
		kfree_skb(old->skb);
		sock_release(old->sock);
	}
}

static int never(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

static void set_target(struct sk_buff *skb, bool ipv6,
		       const struct in6_addr *target)
{
	if (ipv6)
		ipv6_hdr(skb)->daddr = *target;
	else
		ip_hdr(skb)->daddr = target->s6_addr32[0];
}

/* Show a packet to the hooks, which may drop it, but get one reference only. */
static __always_inline bool show(struct bench *bench, struct sk_buff *skb,
				 u8 pf, unsigned int hook)
{
	bool in = hook == NF_INET_PRE_ROUTING;

	refcount_set(&skb->users, 2);
	return nf_hook(pf, hook, bench->net, skb->sk, skb,
		       in ? bench->dev : NULL, in ? NULL : bench->dev,
		       never) == 1;
}

/* The answer to a packet, as it would come in. */
static void answer(struct bench *bench, struct sk_buff *packet, bool ipv6)
{
	struct sk_buff *skb = skb_copy(packet, GFP_KERNEL);
	struct udphdr *udp;

	if (!skb)
		return;
	skb->sk = NULL;
	nf_reset_ct(skb);
	if (ipv6)
		swap(ipv6_hdr(skb)->saddr, ipv6_hdr(skb)->daddr);
	else
		swap(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr);
	udp = udp_hdr(skb);
	swap(udp->source, udp->dest);
	local_bh_disable();
	show(bench, skb, ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
	     NF_INET_PRE_ROUTING);
	local_bh_enable();
	refcount_set(&skb->users, 1);
	kfree_skb(skb);
}

/* Forget what a run left at the packets. */
static void clean(struct bench *bench)
{
	u32 i;

	for (i = 0; i < bench->socket_count; i++) {
		nf_reset_ct(bench->sockets[i].skb);
		refcount_set(&bench->sockets[i].skb->users, 1);
	}
}

/* One packet to @target; if it passes, an answer. */
static bool open_flow(struct bench *bench, struct sk_buff *skb, bool ipv6,
		      const struct in6_addr *target)
{
	u8 pf = ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	bool accepted;

	local_bh_disable();
	set_target(skb, ipv6, target);
	nf_reset_ct(skb);
	accepted = show(bench, skb, pf, NF_INET_LOCAL_OUT) &&
		   show(bench, skb, pf, NF_INET_POST_ROUTING);
	local_bh_enable();
	if (accepted)
		answer(bench, skb, ipv6);
	return accepted;
}

/*
 * Choose destinations that may be sent to, and let an answer come from each, so
 * that whoever tracks connections knows them as established.
 */
static int open_flows(struct bench *bench, const struct bench_run *run)
{
	u32 i, tries = 0;
	int err = 0;

	for (i = 0; i < run->flows && !err; tries++) {
		struct sk_buff *skb =
			bench->sockets[i % bench->socket_count].skb;

		err = bench_targets_fill(bench, run->ipv6, i, 1);
		if (!err && open_flow(bench, skb, run->ipv6,
				      &bench->targets[i]))
			i++;
		if (tries > 100 + 100 * i)
			err = -EHOSTUNREACH;
		if (!(tries % 1024))
			cond_resched();
	}
	return err;
}

static noinline u64 hook_batch(struct bench *bench, struct bench_run *run,
			       const struct in6_addr *targets, u32 count)
{
	u8 pf = run->ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	u32 i, next = bench->next;
	u64 begin, accepted = 0;

	preempt_disable();
	begin = ktime_get_ns();
	for (i = 0; i < count; i++) {
		struct sk_buff *skb = bench->sockets[next].skb;

		if (++next == bench->socket_count)
			next = 0;
		set_target(skb, run->ipv6, &targets[i]);
		nf_reset_ct(skb);
		accepted += show(bench, skb, pf, NF_INET_LOCAL_OUT);
	}
	begin = ktime_get_ns() - begin;
	preempt_enable();
	bench->next = next;
	run->accepted += accepted;
	return begin;
}

static noinline u64 send_batch(struct bench *bench, struct bench_run *run,
			       const struct in6_addr *targets, u32 count)
{
	static u8 payload[PAYLOAD];
	struct sockaddr_in to4 = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
	};
	struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(PORT),
	};
	u64 begin = ktime_get_ns(), accepted = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		struct kvec vec = { payload, sizeof(payload) };
		struct msghdr msg = { .msg_flags = MSG_DONTWAIT };

		if (run->ipv6) {
			to6.sin6_addr = targets[i];
			msg.msg_name = &to6;
			msg.msg_namelen = sizeof(to6);
		} else {
			to4.sin_addr.s_addr = targets[i].s6_addr32[0];
			msg.msg_name = &to4;
			msg.msg_namelen = sizeof(to4);
		}
		accepted += kernel_sendmsg(bench->sockets[0].sock, &msg, &vec, 1,
					   sizeof(payload)) == sizeof(payload);
	}
	run->accepted += accepted;
	return ktime_get_ns() - begin;
}

typedef u64 batch_fn(struct bench *, struct bench_run *,
		     const struct in6_addr *, u32);

/* Destinations in turn, over and over to the end of the list and a batch on. */
static void repeat_targets(struct bench *bench, u32 flows)
{
	u32 i;

	for (i = flows; i < BENCH_TARGETS + BENCH_BATCH; i++)
		bench->targets[i] = bench->targets[i - flows];
}

static int measure(struct bench *bench, struct bench_run *run, batch_fn *batch)
{
	u32 done, at = 0;
	int err = 0;

	if (run->flows)
		repeat_targets(bench, run->flows);
	for (done = 0; done < run->packets && !err && !bench_enough(bench);
	     done += BENCH_BATCH) {
		if (!run->flows)
			err = bench_targets_fill(bench, run->ipv6, 0,
						 BENCH_BATCH);
		/* A flow belongs to the socket that opened it. */
		bench->next = at % bench->socket_count;
		bench_sample(bench, batch(bench, run, bench->targets + at,
					  BENCH_BATCH), BENCH_BATCH);
		if (run->flows > BENCH_BATCH)
			at = (at + BENCH_BATCH) % run->flows;
		cond_resched();
	}
	return err;
}

static int check(const struct bench *bench, const struct bench_run *run)
{
	if (!bench->socket_count || !bench->dev)
		return -ENOTCONN;
	return run->flows > BENCH_TARGETS ? -ERANGE : 0;
}

/**
 * bench_hook() - show packets to the hooks of LOCAL_OUT
 * @bench: has a device and sockets, of the family of @run
 * @run: what to do
 *
 * Return: 0 or a negative errno.
 */
int bench_hook(struct bench *bench, struct bench_run *run)
{
	int err = check(bench, run);

	if (err)
		return err;
	err = open_flows(bench, run);
	if (!err)
		err = measure(bench, run, hook_batch);
	clean(bench);
	return err;
}

/**
 * bench_send() - send packets by the first socket
 * @bench: has a socket of the family of @run
 * @run: what to do
 *
 * Return: 0 or a negative errno.
 */
int bench_send(struct bench *bench, struct bench_run *run)
{
	int err = check(bench, run);

	if (!err)
		err = bench_targets_fill(bench, run->ipv6, 0, run->flows);
	return err ?: measure(bench, run, send_batch);
}
