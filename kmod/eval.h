/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_EVAL_H
#define DFENCE_EVAL_H

#include "core.h"

/**
 * struct dfence_ports - a range of ports
 * @first: lowest, host order
 * @last: highest, host order
 */
struct dfence_ports {
	u16 first;
	u16 last;
};

/**
 * struct dfence_rule - one rule of a profile
 * @verdict: enum dfence_verdict
 * @log: enum dfence_log
 * @any_protocol: @protocols is not used
 * @set_count: number of @sets; none means any destination
 * @port_count: number of @ports; none means any port, or no port at all
 * @sets: indexes of destination sets, one match is enough
 * @ports: destination ports, one match is enough
 * @protocols: bit for each IP protocol number, bit 0 of byte 0 first
 * @out: name or pattern of the outgoing interface; nothing means any
 * @origin: where it was written, for people; may be NULL
 */
struct dfence_rule {
	u8 verdict;
	u8 log;
	bool any_protocol;
	u16 set_count;
	u16 port_count;
	u16 *sets;
	struct dfence_ports *ports;
	u8 protocols[DRONEFENCE_PROTOCOLS_LEN];
	char out[DRONEFENCE_IFNAME_MAX + 1];
	char *origin;
};

/**
 * struct dfence_profile - ordered rules, and what holds where none matches
 * @verdict: enum dfence_verdict of the default
 * @log: enum dfence_log of the default
 * @by_device: a rule asks for the outgoing interface
 * @rule_count: number of @rules
 * @rules: the first that matches decides
 * @origin: where the default was written; may be NULL
 */
struct dfence_profile {
	u8 verdict;
	u8 log;
	bool by_device;
	u32 rule_count;
	struct dfence_rule *rules;
	char *origin;
};

/* What a packet does not show, see dfence_eval(). */
#define DFENCE_HIDDEN_DESTINATION	0x01
#define DFENCE_HIDDEN_PROTOCOL		0x02
#define DFENCE_HIDDEN_PORTS		0x04

/**
 * struct dfence_query - a packet, as far as rules speak of it
 * @sets: bitmap of the sets that the destination belongs to, bit 0 first
 * @protocol: IP protocol number
 * @has_ports: @dport holds
 * @hidden: DFENCE_HIDDEN_*
 * @dport: destination port, host order
 * @out: name of the outgoing interface; NULL if nobody knows it
 */
struct dfence_query {
	const u8 *sets;
	u8 protocol;
	bool has_ports;
	u8 hidden;
	u16 dport;
	const char *out;
};

#define DFENCE_NO_SET		0xffff
#define DFENCE_HIDDEN_SET	0xfffe	/* any of the rule's, nobody can tell */

/**
 * struct dfence_decision - what is to happen, and why
 * @verdict: enum dfence_verdict
 * @log: enum dfence_log
 * @set: index of the set that matched, DFENCE_NO_SET or DFENCE_HIDDEN_SET
 * @rule: position of the rule from 1, or 0 for the default
 */
struct dfence_decision {
	u8 verdict;
	u8 log;
	u16 set;
	u32 rule;
};

struct dfence_decision dfence_eval(const struct dfence_profile *profile,
				   const struct dfence_query *query);

/* Is bit @i of a bitmap set that came from user space, bit 0 first. */
static inline bool dfence_bit(const u8 *bitmap, u32 i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

#endif /* DFENCE_EVAL_H */
