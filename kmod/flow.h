/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_FLOW_H
#define DFENCE_FLOW_H

#include <linux/if.h>
#include <linux/netfilter.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "eval.h"
#include "stats.h"

struct dfence_event;

#define DFENCE_FLOW_STATES	(DFENCE_FLOW_OTHER + 1)

/**
 * struct dfence_flow_key - what packets of one flow have in common
 * @net: cookie of the network namespace, never used twice
 * @app: of the application, by its counters: they outlive a policy
 * @saddr: source, network order; IPv4 has zeros behind
 * @daddr: destination, in the same way
 * @ports: as in &struct dfence_packet
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @protocol: IP protocol number
 * @hidden: DFENCE_HIDDEN_*, so that a fragment never takes the verdict of a
 *	packet that shows more
 * @has_ports: @ports holds
 * @kind: the four before in one word
 *
 * Keys are written and compared in the same words: a CPU that reads in one what
 * it wrote in several pieces a moment before has to wait.
 */
struct dfence_flow_key {
	u64 net;
	struct dfence_app_stats *app;
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
	u32 ports;
	union {
		struct {
			u8 pf;
			u8 protocol;
			u8 hidden;
			u8 has_ports;
		};
		u32 kind;
	};
};

/**
 * struct dfence_flow_packet - what a packet does to its flow
 * @state: enum dfence_flow_state that it shows
 * @opens: it opens a TCP connection
 * @resets: it resets one
 * @answers: it answers one that does: SYN and ACK
 * @sequence: of TCP, host order
 * @bytes: its length, IP header included
 * @hash: of the key, set by dfence_flow_find()
 * @time: ns since boot, suspend included, set by dfence_flow_find()
 */
struct dfence_flow_packet {
	u8 state;
	bool opens;
	bool resets;
	bool answers;
	u32 sequence;
	u32 bytes;
	u32 hash;
	u64 time;
};

/**
 * struct dfence_judgement - a decision, and what it means for the packet
 * @decision: by the profile
 * @generation: of the policy that was asked
 * @zone: of the destination, in that policy
 * @outcome: enum dfence_outcome
 * @mode: enum dfence_mode
 * @reason: enum dfence_reason
 * @country: of the destination, two letters or two zeros
 */
struct dfence_judgement {
	struct dfence_decision decision;
	u32 generation;
	u16 zone;
	u8 outcome;
	u8 mode;
	u8 reason;
	char country[DRONEFENCE_COUNTRY_LEN];
};

/**
 * struct dfence_origin - who sends
 * @cgroup: id of the cgroup that made the packet the application's; only where
 *	it is not @forwarded
 * @comm: name of the task, as the task chose it; the same
 * @mac: source address of the link layer; only where it is @forwarded
 * @in: interface that the first packet came in by; the same
 * @pid: process, 0 where the kernel sends for it; not where it is @forwarded
 * @uid: who makes it the application's, the owner of the socket or the user of
 *	the process, in the initial user namespace; the same
 * @netns: inode number of the network namespace
 * @forwarded: sent by another machine, or by what looks like one
 * @has_mac: @mac holds
 *
 * What only one kind has shares its place: a flow is to stay as small as it is.
 */
struct dfence_origin {
	union {
		struct {
			u64 cgroup;
			char comm[TASK_COMM_LEN];
		};
		struct {
			u8 mac[DRONEFENCE_MAC_LEN];
			char in[IFNAMSIZ];
		};
	};
	u32 pid;
	u32 uid;
	u32 netns;
	bool forwarded;
	bool has_mac;
};

/**
 * struct dfence_flow - packets of one application with the same addresses
 * @node: in its bucket
 * @idle: in the list of its state, or empty: whoever took it from there is
 *	about to end it. Under the lock of the lists
 * @listed: when it got its place in @idle, ns since boot. Under the lock of
 *	the lists
 * @last: last packet, ns since boot, suspend included
 * @hash: of @key
 * @sequence: that the connection began with
 * @state: enum dfence_flow_state
 * @opened: began with a connection that the application opened
 * @key: never changes
 * @judgement: the newest; its generation is 0 until there is one
 * @totals: packets and bytes
 * @id: 1, 2, 3 ... since the module was loaded; never changes
 * @start: first packet, as @last; never changes
 * @origin: of the first packet; never changes
 *
 * Under the lock of the bucket, where nothing else is said. What a walk through
 * chains and lists reads is in the first line of the CPU's cache.
 */
struct dfence_flow {
	struct hlist_node node;
	struct list_head idle;
	u64 listed;
	u64 last;
	u32 hash;
	u32 sequence;
	u8 state;
	bool opened;
	struct dfence_flow_key key;
	struct dfence_judgement judgement;
	struct dfence_totals totals;
	u64 id;
	u64 start;
	struct dfence_origin origin;
};

/**
 * struct dfence_flow_limits - what an administrator can set
 * @flows: most flows, 1 to DRONEFENCE_MAX_FLOWS
 * @idle: seconds without a packet until a flow ends, by state, 1 to
 *	DRONEFENCE_MAX_IDLE
 */
struct dfence_flow_limits {
	u32 flows;
	u32 idle[DFENCE_FLOW_STATES];
};

/**
 * struct dfence_flow_usage - how full the table is
 * @flows: flows in it
 * @memory: bytes that it takes
 * @created: flows since the module was loaded
 * @evicted: of them those that ended because of the limit
 * @errors: packets that were judged without a flow for lack of memory
 */
struct dfence_flow_usage {
	u32 flows;
	u64 memory;
	u64 created;
	u64 evicted;
	u64 errors;
};

/**
 * struct dfence_flow_cursor - where a listing stands; zeros to begin
 * @bucket: that is being listed
 * @id: of the last flow that was listed from it, or 0
 */
struct dfence_flow_cursor {
	u32 bucket;
	u64 id;
};

/**
 * struct dfence_flow_info - a flow as a listing sees it
 * @flow: copy; its lists and @flow.key.app are of no use
 * @app: name of the application
 */
struct dfence_flow_info {
	struct dfence_flow flow;
	char app[DRONEFENCE_NAME_MAX + 1];
};

int dfence_flow_setup(void);
void dfence_flow_cleanup(void);
struct dfence_flow *dfence_flow_find(const struct dfence_flow_key *key,
				     struct dfence_flow_packet *packet);
struct dfence_flow *dfence_flow_create(const struct dfence_flow_key *key,
				       const struct dfence_flow_packet *packet);
void dfence_flow_count(struct dfence_flow *flow,
		       const struct dfence_flow_packet *packet);
void dfence_origin_tell(struct dfence_event *event,
			const struct dfence_origin *origin);
void dfence_flow_sweep(u32 generation);
bool dfence_flow_next(struct dfence_flow_cursor *cursor,
		      struct dfence_flow_info *info);
void dfence_flow_limits(struct dfence_flow_limits *result);
void dfence_flow_set_limits(const struct dfence_flow_limits *wanted);
void dfence_flow_usage(struct dfence_flow_usage *usage);

#endif /* DFENCE_FLOW_H */
