/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The harness of the benchmark: what a packet costs at LOCAL_OUT.
 *
 * A packet is built once for each socket and shown to the hooks again and
 * again with another destination. Sockets are real ones, and belong to the
 * process that asked for them, so that whatever is registered at the hook
 * finds what it would find in a packet on its way.
 *
 * Each time /sys/kernel/debug/dfbench is opened it is a bench of its own, with
 * sockets of its own. A command is written, its result read:
 *
 *	targets FILE		IPv6 destinations: pairs of first and last
 *				address, binary
 *	device NAME		the device that packets seem to leave by
 *	socket 4|6		one more socket; a run takes them in turn
 *	hook 4|6 FLOWS PACKETS	show packets to the hooks
 *	send 4|6 FLOWS PACKETS	send them, by kernel_sendmsg()
 *	map 4|6 FILE		fill a zone map with records
 *	lookup 4|6 ADDRESSES	look addresses up in it
 *	empty 0|1		register a hook that does nothing
 *
 * FLOWS is how many destinations a run takes in turn, and whose connections
 * are opened before; 0 for one that never came before in each packet.
 *
 * Time is measured a batch of packets at a time, in the context of the process
 * that asks for it, as if it were sending; nobody else runs meanwhile, but for
 * interrupts. Choosing destinations is not part of it. The result has the median
 * of the batches, which a machine that does other things at the same time
 * disturbs least. A run ends early when it takes longer than a second.
 */
#ifndef DFBENCH_H
#define DFBENCH_H

#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "zonemap.h"

/* Packets that are timed together. */
#define BENCH_BATCH	8192U
#define BENCH_SOCKETS	16384U

/**
 * struct bench_range - where IPv6 destinations are
 * @first: lowest address
 * @last: highest address
 */
struct bench_range {
	struct in6_addr first;
	struct in6_addr last;
};

/**
 * struct bench_socket - a socket and the packet that it owns
 * @sock: the socket
 * @skb: the packet, complete but for its destination
 */
struct bench_socket {
	struct socket *sock;
	struct sk_buff *skb;
};

/**
 * struct bench - an open file
 * @lock: one command at a time
 * @net: network namespace of the opener
 * @dev: packets seem to leave by it
 * @sockets: &BENCH_SOCKETS of them
 * @socket_count: how many there are
 * @next: socket of the next packet
 * @ranges: IPv6 destinations
 * @range_count: how many there are
 * @targets: destinations of a run; IPv4 in the first four bytes
 * @map: zone map by family
 * @samples: ns of each batch of the run
 * @sample_count: how many there are
 * @spent: ns of all batches of the run
 * @result: text of the last command
 * @length: of @result
 * @pos: what was read of @result
 */
struct bench {
	/* held by a command and a reader */
	struct mutex lock;
	struct net *net;
	struct net_device *dev;
	struct bench_socket *sockets;
	u32 socket_count;
	u32 next;
	struct bench_range *ranges;
	u32 range_count;
	struct in6_addr *targets;
	struct dfence_zonemap map[2];
	u64 *samples;
	u32 sample_count;
	u64 spent;
	char result[160];
	size_t length;
	loff_t pos;
};

/**
 * struct bench_run - a command that measures
 * @ipv6: family
 * @flows: destinations in turn, 0 for new ones only
 * @packets: how many packets in all
 * @accepted: result: how many the hooks let pass
 */
struct bench_run {
	bool ipv6;
	u32 flows;
	u32 packets;
	u64 accepted;
};

/* Destinations that are chosen ahead at most. */
#define BENCH_TARGETS	65536U

int bench_targets_load(struct bench *bench, const char *path);
int bench_targets_fill(struct bench *bench, bool ipv6, u32 first, u32 count);

int bench_socket_add(struct bench *bench, bool ipv6);
void bench_sockets_free(struct bench *bench);
int bench_hook(struct bench *bench, struct bench_run *run);
int bench_send(struct bench *bench, struct bench_run *run);

int bench_map_load(struct bench *bench, bool ipv6, const char *path);
int bench_map_lookup(struct bench *bench, struct bench_run *run);

void bench_sample(struct bench *bench, u64 ns, u32 packets);
bool bench_enough(const struct bench *bench);

#endif /* DFBENCH_H */
