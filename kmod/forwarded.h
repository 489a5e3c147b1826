/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_FORWARDED_H
#define DFENCE_FORWARDED_H

#include <linux/types.h>

#include "core.h"

/**
 * struct dfence_forward_selector - whose forwarded packets are an application's
 * @in: name or pattern of the incoming interface, or nothing
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6 of @source; 0 where any source will do
 * @prefix: length of the prefix of @source, in bits
 * @source: network, network order; the bits behind the prefix are 0
 * @has_mac: @mac holds
 * @mac: source address of the link layer
 * @app: index of the application
 *
 * All that it names must match.
 */
struct dfence_forward_selector {
	char in[DRONEFENCE_IFNAME_MAX + 1];
	u8 pf;
	u8 prefix;
	u8 source[16];
	bool has_mac;
	u8 mac[DRONEFENCE_MAC_LEN];
	u16 app;
};

/**
 * struct dfence_forward - selectors for forwarded packets
 * @selectors: in the order of the applications; the first match wins
 * @count: number of @selectors
 * @capacity: room in @selectors
 */
struct dfence_forward {
	struct dfence_forward_selector *selectors;
	u32 count;
	u32 capacity;
};

/**
 * struct dfence_forward_packet - what selectors ask a forwarded packet for
 * @in: name of the incoming interface, "" where nobody knows it
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @source: 4 or 16 bytes, network order
 * @mac: source address of the link layer, NULL where it has none
 */
struct dfence_forward_packet {
	const char *in;
	u8 pf;
	const u8 *source;
	const u8 *mac;
};

int dfence_forward_add(struct dfence_forward *forward,
		       const struct dfence_forward_selector *selector);
void dfence_forward_free(struct dfence_forward *forward);
u16 dfence_forward_lookup(const struct dfence_forward *forward,
			  const struct dfence_forward_packet *packet);

#endif /* DFENCE_FORWARDED_H */
