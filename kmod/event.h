/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_EVENT_H
#define DFENCE_EVENT_H

#include <linux/if.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "stats.h"

/* Events that are kept for a reader that was away. */
#define DFENCE_EVENT_RING	8192

/**
 * struct dfence_event - one audit record
 * @seq: 1, 2, 3 ... since the module was loaded; set when recorded
 * @time: ns since 1970; set when recorded
 * @boottime: ns since boot, suspend included; set when recorded
 * @suppressed: packets that the rate limit kept out before; set when recorded
 * @type: enum dfence_event_type
 * @generation: of the policy
 * @quiet: not for the kernel log
 * @verdict: enum dfence_verdict; from here on not for DFENCE_EVENT_POLICY
 * @mode: enum dfence_mode
 * @reason: enum dfence_reason
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @protocol: IP protocol number
 * @has_ports: @sport and @dport hold
 * @forwarded: @in holds, and @pid, @uid, @cgroup and @comm do not
 * @has_mac: @mac holds
 * @votes_len: bytes in @votes
 * @sport: host order
 * @dport: host order; without @has_ports 0, or the ethertype of a frame that is
 *	no IP packet
 * @rule: position in the profile from 1, 0 for the default
 * @pid: process that sent it, 0 where the kernel did for it
 * @uid: owner of the socket, in the initial user namespace
 * @netns: inode number of the network namespace
 * @length: bytes, IP header included; not for DFENCE_EVENT_FLOW_END
 * @flow: number of the flow, 0 for none
 * @end: enum dfence_flow_end; from here on only for DFENCE_EVENT_FLOW_END
 * @start: first packet of the flow, ns since boot
 * @last: last packet of the flow, ns since boot
 * @totals: what went through the flow
 * @place_error: enum dfence_place_error; only for DFENCE_EVENT_PLACED and
 *	DFENCE_EVENT_PLACE_FAILED, which have beside it @app, @mode, @pid, @uid,
 *	@comm and @cgroup of the process
 * @cgroup: id of the cgroup that created the socket; of a program that was
 *	executed: where it was
 * @closed: enum dfence_closed; only for DFENCE_EVENT_SOCKET_CLOSED
 * @command: enum dfence_cmd; only for DFENCE_EVENT_REQUEST_REFUSED, which has
 *	beside it @pid, @uid, @comm and @cgroup of the process
 * @refusal: number of the refused request
 * @refused: enum dfence_refused, why it was
 * @serial: of a permit; only for DFENCE_EVENT_SEALED, which has beside it @pid, @uid
 *	and @comm of the process
 * @permitted: images that the permit lists
 * @saddr: 4 or 16 bytes, network order
 * @daddr: 4 or 16 bytes, network order
 * @country: two letters or nothing
 * @votes: two letters for each country source
 * @app: name of the application; of the policy for DFENCE_EVENT_POLICY
 * @set: name of the set that matched, or nothing
 * @comm: name of the task, as the task chose it
 * @ifname: outgoing interface
 * @in: incoming interface of a forwarded packet
 * @mac: source address of its link layer
 * @digest: only for DFENCE_EVENT_POLICY
 *
 * Names are copied: an event outlives the policy it speaks of.
 */
struct dfence_event {
	u64 seq;
	u64 time;
	u64 boottime;
	u32 suppressed;
	u8 type;
	u32 generation;
	bool quiet;
	u8 verdict;
	u8 mode;
	u8 reason;
	u8 pf;
	u8 protocol;
	bool has_ports;
	bool forwarded;
	bool has_mac;
	u8 votes_len;
	u16 sport;
	u16 dport;
	u32 rule;
	u32 pid;
	u32 uid;
	u32 netns;
	u32 length;
	u64 flow;
	u8 end;
	u64 start;
	u64 last;
	struct dfence_totals totals;
	u8 place_error;
	u64 cgroup;
	u8 closed;
	u8 command;
	u64 refusal;
	u8 refused;
	u64 serial;
	u32 permitted;
	u8 saddr[16];
	u8 daddr[16];
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	char votes[DRONEFENCE_VOTES_MAX];
	char app[DRONEFENCE_NAME_MAX + 1];
	char set[DRONEFENCE_NAME_MAX + 1];
	char comm[TASK_COMM_LEN];
	char ifname[IFNAMSIZ];
	char in[IFNAMSIZ];
	u8 mac[DRONEFENCE_MAC_LEN];
	u8 digest[DRONEFENCE_DIGEST_LEN];
};

/**
 * struct dfence_event_state - where the ring stands
 * @next: sequence number of the next event
 * @oldest: lowest sequence number still held; @next if there is none
 * @suppressed: packets that the rate limit kept from being recorded
 * @log_suppressed: events that the rate limit kept out of the kernel log
 * @refusals: requests that were refused
 * @refusals_suppressed: those of them that were not recorded
 */
struct dfence_event_state {
	u64 next;
	u64 oldest;
	u64 suppressed;
	u64 log_suppressed;
	u64 refusals;
	u64 refusals_suppressed;
};

int dfence_event_setup(void);
void dfence_event_cleanup(void);
void dfence_event_listen(struct delayed_work *work);
bool dfence_event_admit(bool limited);
bool dfence_event_admit_refusal(u64 *number);
void dfence_event_record(struct dfence_event *event);
bool dfence_event_read(u64 since, struct dfence_event *event);
void dfence_event_state(struct dfence_event_state *state);

#endif /* DFENCE_EVENT_H */
