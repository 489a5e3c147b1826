/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_PACKET_H
#define DFENCE_PACKET_H

#include <linux/skbuff.h>
#include <linux/types.h>

/**
 * struct dfence_packet - what a packet shows of itself
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @protocol: IP protocol number of the transport header
 * @hidden: DFENCE_HIDDEN_*
 * @has_ports: @ports holds
 * @tcp_syn: it has the SYN flag, or is TCP that does not show its flags
 * @tcp_open: it opens a TCP connection: SYN without ACK, both seen
 * @tcp_answer: it answers to one that does: SYN and ACK, both seen
 * @tcp_fin: it has the FIN flag
 * @tcp_rst: it has the RST flag
 * @tcp_sequence: of TCP, host order
 * @ports: source << 16 | destination, host order; without @has_ports 0, or the
 *	ethertype of a frame that is no IP packet
 * @saddr: source, points into the packet, network order
 * @daddr: destination, points into the packet, network order
 */
struct dfence_packet {
	u8 pf;
	u8 protocol;
	u8 hidden;
	bool has_ports;
	bool tcp_syn;
	bool tcp_open;
	bool tcp_answer;
	bool tcp_fin;
	bool tcp_rst;
	u32 tcp_sequence;
	u32 ports;
	const u8 *saddr;
	const u8 *daddr;
};

void dfence_packet_parse(const struct sk_buff *skb, u8 pf,
			 struct dfence_packet *packet);

#endif /* DFENCE_PACKET_H */
