/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to the kernel module over generic netlink. */
#ifndef DF_CLIENT_H
#define DF_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/dronefence.h>

#include "addr.h"
#include "image.h"
#include "progress.h"

struct df_client;

/* Longest text of df_client_error(), the final NUL included. */
#define DF_CLIENT_ERROR_MAX 512

/**
 * struct df_counters - packets and bytes by what became of them
 * @packets: judged
 * @bytes: of these, IP header included
 * @allowed_packets: passed by verdict
 * @allowed_bytes: of these
 * @denied_packets: refused with an error
 * @denied_bytes: of these
 * @dropped_packets: discarded silently
 * @dropped_bytes: of these
 * @audited_packets: passed although the verdict was deny or drop
 * @audited_bytes: of these
 */
struct df_counters {
	uint64_t packets, bytes;
	uint64_t allowed_packets, allowed_bytes;
	uint64_t denied_packets, denied_bytes;
	uint64_t dropped_packets, dropped_bytes;
	uint64_t audited_packets, audited_bytes;
};

/**
 * struct df_totals - flows, and the packets that went by them
 * @flows: how many; 0 where the totals are of one flow
 * @packets: that passed
 * @bytes: of these, IP header included
 * @refused_packets: that did not pass
 * @refused_bytes: of these
 */
struct df_totals {
	uint64_t flows;
	uint64_t packets, bytes;
	uint64_t refused_packets, refused_bytes;
};

/* Bytes for the name of a key, with the NUL. */
#define DF_KEY_NAME_SIZE 128

/**
 * struct df_seal_info - the seal of the module
 * @serial: of the permit that holds
 * @permitted: images that it lists
 * @keys: names of the keys that may sign permits
 * @key_count: of @keys; 0 where all may that the kernel trusts
 */
struct df_seal_info {
	uint64_t serial;
	uint32_t permitted;
	char keys[DRONEFENCE_MAX_CERTIFICATES][DF_KEY_NAME_SIZE];
	size_t key_count;
};

/**
 * struct df_status - state of the module
 * @version: of the module
 * @instance: random number of this load of the module
 * @generation: of the active policy, 0 while none was committed
 * @hooks: packets are being judged
 * @counters: all applications since the module was loaded
 * @bystander_packets: packets of other programs that were let pass
 * @event_next: sequence number of the next event
 * @event_oldest: lowest sequence number that is still held
 * @event_suppressed: packets that the rate limit kept from being recorded
 * @log_suppressed: events that the rate limit kept out of the kernel log
 * @cgroup_misses: cgroups that were resolved by path
 * @cgroup_errors: of these not cached for lack of memory
 * @transaction: netlink port of the open transaction, or 0
 * @flows: flows that are kept
 * @flow_limit: most flows that are kept
 * @flow_memory: bytes of kernel memory for flows
 * @flows_created: flows since the module was loaded
 * @flows_evicted: of these ended before their time because of the limit
 * @flow_errors: packets that were judged without a flow for lack of memory
 * @forward_bystander_packets: forwarded packets that no selector is for
 * @sockets_waiting: condemned sockets that are not ended yet
 * @sockets_condemned: since the module was loaded
 * @sockets_closed: of these ended by the module
 * @socket_errors: refused packets whose socket could not be condemned
 * @socket_packets: of condemned sockets that would else have passed
 * @requests_refused: for want of CAP_NET_ADMIN, or because of the seal
 * @refusals_suppressed: those of them that were not recorded
 * @pins: files that are pinned
 * @pinned_copies: of these with a digest
 * @unread_programs: that may have been copies of these and could not be read
 * @sealed: only what a permit lists can be in force, and the rest of @seal holds
 * @seal: see &struct df_seal_info
 */
struct df_status {
	char version[64];
	uint64_t instance;
	uint32_t generation;
	bool hooks;
	struct df_counters counters;
	uint64_t bystander_packets;
	uint64_t event_next, event_oldest, event_suppressed, log_suppressed;
	uint64_t cgroup_misses, cgroup_errors;
	uint32_t transaction;
	uint32_t flows, flow_limit;
	uint64_t flow_memory;
	uint64_t flows_created, flows_evicted, flow_errors;
	uint64_t forward_bystander_packets;
	uint32_t sockets_waiting;
	uint64_t sockets_condemned, sockets_closed;
	uint64_t socket_errors, socket_packets;
	uint64_t requests_refused, refusals_suppressed;
	uint32_t pins, pinned_copies;
	uint64_t unread_programs;
	bool sealed;
	struct df_seal_info seal;
};

/**
 * struct df_policy_info - summary of the active policy
 * @name: of the policy
 * @generation: its number
 * @sets: number of sets
 * @zones: number of zones
 * @ranges4: number of IPv4 ranges
 * @ranges6: number of IPv6 ranges
 * @profiles: number of profiles
 * @rules: number of rules of all profiles
 * @applications: number of applications
 * @source_digest: SHA-256 of the policy's files
 * @geo_digest: SHA-256 over the geo data
 * @digest: SHA-256 of the transfer
 * @geo_date: of the oldest geo source, seconds since 1970, 0 for none
 * @time: when it became active, ns since 1970
 * @memory: bytes of kernel memory
 */
struct df_policy_info {
	char name[DRONEFENCE_NAME_MAX + 1];
	uint32_t generation;
	uint32_t sets, zones, ranges4, ranges6, profiles, rules, applications;
	uint8_t source_digest[DRONEFENCE_DIGEST_LEN];
	uint8_t geo_digest[DRONEFENCE_DIGEST_LEN];
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	uint64_t geo_date;
	uint64_t time;
	uint64_t memory;
};

/**
 * struct df_application_info - an application of the active policy
 * @name: of the application
 * @profile: name of its profile
 * @mode: whether verdicts are carried out
 * @strays: what the daemon does with programs of it that run outside of it
 * @selectors: how it is recognised; cgroup patterns are valid during the
 *	callback, and marks are empty
 * @selector_count: how many
 * @counters: since it was first registered under this name; the sum of
 *	@ended, @unlisted and the flows that are kept
 * @ended: flows that ended
 * @unlisted: packets that were judged without a flow
 * @anchor: process that marks the cgroup where its programs are placed, or 0
 * @anchored: the anchor is in a cgroup of the application; else its programs are
 *	killed when they are started
 * @placed: programs that were placed
 * @place_failed: programs that were killed instead
 * @pins: files that are pinned for it
 */
struct df_application_info {
	char name[DRONEFENCE_NAME_MAX + 1];
	char profile[DRONEFENCE_NAME_MAX + 1];
	enum dfence_mode mode;
	enum dfence_strays strays;
	struct df_selector selectors[DRONEFENCE_MAX_APPLICATION_SELECTORS];
	size_t selector_count;
	struct df_counters counters;
	struct df_totals ended, unlisted;
	uint32_t anchor;
	bool anchored;
	uint64_t placed, place_failed;
	uint32_t pins;
};

/**
 * struct df_rule_info - a rule of the active policy
 * @profile: name of the profile
 * @index: position in the profile from 1, 0 for the default
 * @verdict: what happens on a match
 * @log: what is recorded
 * @sets: names of the destination sets; valid during the callback
 * @set_count: how many, 0 for any destination
 * @any_protocol: @protocols does not hold
 * @protocols: bit for each IP protocol number, bit 0 of byte 0 first
 * @ports: destination ports
 * @port_count: how many, 0 for any
 * @out: name or pattern of the outgoing interface, or ""
 * @origin: file and line
 * @counters: since the policy became active
 */
struct df_rule_info {
	char profile[DRONEFENCE_NAME_MAX + 1];
	uint32_t index;
	enum dfence_verdict verdict;
	enum dfence_log log;
	const char *sets[DRONEFENCE_MAX_RULE_SETS];
	size_t set_count;
	bool any_protocol;
	uint8_t protocols[DRONEFENCE_PROTOCOLS_LEN];
	struct df_ports ports[DRONEFENCE_MAX_RULE_PORTS];
	size_t port_count;
	char out[DRONEFENCE_IFNAME_MAX + 1];
	char origin[DRONEFENCE_ORIGIN_MAX + 1];
	struct df_counters counters;
};

/**
 * struct df_explanation - what the kernel would do, and why
 * @verdict: what the policy says
 * @log: what would be recorded
 * @mode: whether the verdict would be carried out
 * @reason: why
 * @set: the set that matched, or ""
 * @rule: position in the profile from 1, 0 for the default
 * @origin: file and line
 * @profile: name of the profile
 * @zone: of the address
 * @country: two letters, or "" for unknown
 * @votes: two letters for each country source
 * @generation: of the policy
 * @out_wanted: a rule asks for the outgoing interface, which was not named:
 *	one that denies was taken to match, and one that allows was not
 */
struct df_explanation {
	enum dfence_verdict verdict;
	enum dfence_log log;
	enum dfence_mode mode;
	enum dfence_reason reason;
	char set[DRONEFENCE_NAME_MAX + 1];
	uint32_t rule;
	char origin[DRONEFENCE_ORIGIN_MAX + 1];
	char profile[DRONEFENCE_NAME_MAX + 1];
	uint32_t zone;
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	char votes[DRONEFENCE_VOTES_MAX + 1];
	uint32_t generation;
	bool out_wanted;
};

/**
 * struct df_event - one audit record; see Documentation/events.rst
 * @seq: sequence number
 * @type: which members hold
 * @time: ns since 1970
 * @boottime: ns since boot, suspend included
 * @generation: of the policy
 * @application: its name; from here on only for DFENCE_EVENT_VERDICT,
 *	DFENCE_EVENT_FLOW_END and DFENCE_EVENT_SOCKET_CLOSED, but for @pid,
 *	@comm and @uid of whoever changed the policy, and @suppressed
 * @verdict: what the policy says
 * @mode: whether that was carried out
 * @reason: why
 * @set: the set that matched, or ""
 * @rule: position in the profile from 1, 0 for the default
 * @pid: process that sent it, 0 where the kernel did for it
 * @comm: name of the task, as the task chose it
 * @uid: owner of the socket
 * @protocol: IP protocol number
 * @family: of the addresses
 * @saddr: source
 * @daddr: destination
 * @has_ports: @sport and @dport hold
 * @sport: source port
 * @dport: destination port
 * @ethertype: of a frame that is no IP packet, else 0
 * @country: two letters, or "" for unknown
 * @votes: two letters for each country source
 * @netns: inode number of the network namespace
 * @cgroup: id of the cgroup that created the socket
 * @ifname: outgoing interface
 * @length: bytes of the packet; 0 for the end of a flow
 * @suppressed: packets that the rate limit kept out before this one
 * @flow: number of the flow, 0 for none
 * @end: why the flow ended; from here on only for DFENCE_EVENT_FLOW_END
 * @start: first packet of the flow, ns since 1970
 * @last: last packet of the flow, ns since 1970
 * @totals: of the flow
 * @forwarded: @in holds, and @pid, @comm, @uid and @cgroup do not
 * @in: incoming interface
 * @has_mac: @mac holds
 * @mac: address of the link layer that it is from
 * @place_error: why a program was killed; for DFENCE_EVENT_PLACED and
 *	DFENCE_EVENT_PLACE_FAILED, as are @application, @mode, @pid, @comm, @uid,
 *	and @cgroup: where the program was when it was executed
 * @closed: why the socket was ended; only for DFENCE_EVENT_SOCKET_CLOSED
 * @command: what was asked for; only for DFENCE_EVENT_REQUEST_REFUSED, as is
 *	@refusal, and beside them @pid, @comm, @uid and @cgroup
 * @refusal: number of the refused request
 * @refused: why it was refused
 * @serial: of the permit; only for DFENCE_EVENT_SEALED, as is @permitted, and beside
 *	them @pid, @comm and @uid
 * @permitted: images that the permit lists
 * @policy_name: only for DFENCE_EVENT_POLICY
 * @digest: only for DFENCE_EVENT_POLICY
 */
struct df_event {
	uint64_t seq;
	enum dfence_event_type type;
	uint64_t time;
	uint64_t boottime;
	uint32_t generation;
	char application[DRONEFENCE_NAME_MAX + 1];
	enum dfence_verdict verdict;
	enum dfence_mode mode;
	enum dfence_reason reason;
	char set[DRONEFENCE_NAME_MAX + 1];
	uint32_t rule;
	uint32_t pid;
	char comm[16];
	uint32_t uid;
	uint8_t protocol;
	enum df_family family;
	df_u128 saddr, daddr;
	bool has_ports;
	uint16_t sport, dport, ethertype;
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	char votes[DRONEFENCE_VOTES_MAX + 1];
	uint32_t netns;
	uint64_t cgroup;
	char ifname[16];
	uint32_t length;
	uint32_t suppressed;
	uint64_t flow;
	enum dfence_flow_end end;
	uint64_t start, last;
	struct df_totals totals;
	bool forwarded;
	char in[16];
	bool has_mac;
	uint8_t mac[DRONEFENCE_MAC_LEN];
	enum dfence_place_error place_error;
	enum dfence_closed closed;
	uint8_t command;
	uint64_t refusal;
	enum dfence_refused refused;
	uint64_t serial;
	uint32_t permitted;
	char policy_name[DRONEFENCE_NAME_MAX + 1];
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
};

/**
 * struct df_flow - a flow that the module keeps
 * @id: 1, 2, 3 ... since the module was loaded
 * @application: whose
 * @verdict: what the policy says
 * @mode: whether that is carried out
 * @reason: why
 * @set: the set that matched, or ""
 * @rule: position in the profile from 1, 0 for the default
 * @generation: of the policy that the verdict is from
 * @state: how far it is
 * @protocol: IP protocol number
 * @family: of the addresses
 * @saddr: source
 * @daddr: destination
 * @has_ports: @sport and @dport hold
 * @sport: source port
 * @dport: destination port
 * @ethertype: of a frame that is no IP packet, else 0
 * @country: two letters, or "" for unknown
 * @netns: inode number of the network namespace
 * @pid: process that sent the first packet, 0 where the kernel did for it
 * @comm: name of the task, as the task chose it
 * @uid: owner of the socket
 * @cgroup: id of the cgroup that created the socket
 * @start: first packet, ns since 1970
 * @last: last packet, ns since 1970
 * @totals: packets so far
 * @forwarded: @in holds, and @pid, @comm, @uid and @cgroup do not
 * @in: interface that the first packet came in by
 * @has_mac: @mac holds
 * @mac: address of the link layer that it is from
 */
struct df_flow {
	uint64_t id;
	char application[DRONEFENCE_NAME_MAX + 1];
	enum dfence_verdict verdict;
	enum dfence_mode mode;
	enum dfence_reason reason;
	char set[DRONEFENCE_NAME_MAX + 1];
	uint32_t rule;
	uint32_t generation;
	enum dfence_flow_state state;
	uint8_t protocol;
	enum df_family family;
	df_u128 saddr, daddr;
	bool has_ports;
	uint16_t sport, dport, ethertype;
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	uint32_t netns;
	uint32_t pid;
	char comm[16];
	uint32_t uid;
	uint64_t cgroup;
	uint64_t start, last;
	struct df_totals totals;
	bool forwarded;
	char in[16];
	bool has_mac;
	uint8_t mac[DRONEFENCE_MAC_LEN];
};

/**
 * struct df_flow_filter - which flows are wanted
 * @application: only its flows; NULL for all
 * @verdict: enum dfence_verdict, only flows of it; -1 for all
 */
struct df_flow_filter {
	const char *application;
	int verdict;
};

/**
 * struct df_pin - a file that is to be recognised under any name
 * @application: whose program it is
 * @fd: the file, opened in any way
 * @copies: @digest holds: copies of it are to be recognised too
 * @digest: SHA-256 of its contents
 */
struct df_pin {
	char application[DRONEFENCE_NAME_MAX + 1];
	int fd;
	bool copies;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
};

/**
 * enum df_limit - a limit of the module
 * @DF_LIMIT_FLOWS: most flows that are kept
 * @DF_LIMIT_TCP_OPENING: from here on seconds without a packet after which a
 *	flow ends
 * @DF_LIMIT_TCP_ESTABLISHED: see enum dfence_flow_state
 * @DF_LIMIT_TCP_CLOSING: see there
 * @DF_LIMIT_UDP: see there
 * @DF_LIMIT_OTHER: see there
 * @DF_LIMITS: how many
 */
enum df_limit {
	DF_LIMIT_FLOWS,
	DF_LIMIT_TCP_OPENING,
	DF_LIMIT_TCP_ESTABLISHED,
	DF_LIMIT_TCP_CLOSING,
	DF_LIMIT_UDP,
	DF_LIMIT_OTHER,
	DF_LIMITS,
};

/**
 * struct df_limits - limits of the module
 * @value: by enum df_limit
 * @given: this one is to be set; the others stay as they are
 */
struct df_limits {
	uint32_t value[DF_LIMITS];
	bool given[DF_LIMITS];
};

/**
 * struct df_strangers - messages that did not come from the kernel
 * @count: how many were ignored
 * @port: netlink port of who sent the last; of most programs their process
 */
struct df_strangers {
	uint64_t count;
	uint32_t port;
};

/*
 * Every function returns 0 or a negative errno; df_client_error() then says
 * why in words, the kernel's own included. -ENOENT from df_client_open(): the
 * module is not loaded. -EPERM: CAP_NET_ADMIN is missing.
 */
int df_client_open(struct df_client **client);
void df_client_close(struct df_client *client);
const char *df_client_error(const struct df_client *client);
void df_client_strangers(struct df_client *client,
			 struct df_strangers *strangers);

int df_client_status(struct df_client *client, struct df_status *status);
int df_client_policy(struct df_client *client, struct df_policy_info *info);
int df_client_applications(struct df_client *client,
			   int (*each)(const struct df_application_info *, void *),
			   void *arg);
int df_client_rules(struct df_client *client,
		    int (*each)(const struct df_rule_info *, void *), void *arg);
int df_client_explain(struct df_client *client, const char *application,
		      enum df_family family, df_u128 addr, uint8_t protocol,
		      int port, struct df_explanation *explanation);
int df_client_explain_out(struct df_client *client, const char *application,
			  enum df_family family, df_u128 addr, uint8_t protocol,
			  int port, const char *out,
			  struct df_explanation *explanation);

int df_client_flows(struct df_client *client,
		    const struct df_flow_filter *filter,
		    int (*each)(const struct df_flow *, void *), void *arg);
const char *df_limit_name(enum df_limit limit);
uint32_t df_limit_max(enum df_limit limit);
int df_client_limits(struct df_client *client, struct df_limits *limits);
int df_client_set_limits(struct df_client *client,
			 const struct df_limits *limits);
int df_client_set_pins(struct df_client *client, const struct df_pin *pins,
		       size_t count, bool keep);

/**
 * struct df_blob - bytes that somebody else made
 * @data: the bytes
 * @size: how many
 */
struct df_blob {
	void *data;
	size_t size;
};

int df_client_seal(struct df_client *client, const struct df_blob *permit,
		   const struct df_blob *certificates, size_t count,
		   bool platform);

/* df_client_apply() - replace the active policy; see client_apply.c */
int df_client_apply(struct df_client *client, const struct df_image *image,
		    uint32_t expected_generation, const struct df_blob *permit,
		    const struct df_progress *progress, uint32_t *generation);
/* The digest that the kernel will compute over the same transfer. */
int df_image_digest(const struct df_image *image,
		    uint8_t digest[DRONEFENCE_DIGEST_LEN]);

/* Fetch what the kernel still holds from @since on. */
int df_client_events(struct df_client *client, uint64_t since,
		     int (*each)(const struct df_event *, void *), void *arg);
/* Live events on a socket of their own; ENOBUFS is reported by -ENOBUFS. */
int df_client_subscribe(struct df_client *client);
int df_client_fd(const struct df_client *client);
int df_client_receive(struct df_client *client,
		      int (*each)(const struct df_event *, void *), void *arg);

#endif
