// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the addresses, the protocol and the ports of an outgoing packet, and
 * say what it hides. Nothing in a packet can be trusted to be well formed: raw
 * sockets write their own headers.
 */

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "eval.h"
#include "packet.h"

static bool protocol_has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/*
 * Read the ports behind @offset. A fragment that is not the first one has no
 * transport header, and one that is cut off before the ports shows none.
 */
static void parse_ports(const struct sk_buff *skb, int offset, bool fragment,
			struct dfence_packet *packet)
{
	const __be32 *ports;
	__be32 buffer;

	if (!protocol_has_ports(packet->protocol))
		return;
	ports = fragment ? NULL : skb_header_pointer(skb, offset,
						     sizeof(buffer), &buffer);
	if (!ports) {
		packet->hidden |= DFENCE_HIDDEN_PORTS;
		return;
	}
	packet->has_ports = true;
	packet->ports = ntohl(*ports);
}

static void parse_tcp_flags(const struct sk_buff *skb, int offset,
			    struct dfence_packet *packet)
{
	const struct tcphdr *tcp = NULL;
	struct tcphdr buffer;

	if (packet->protocol != IPPROTO_TCP)
		return;
	if (packet->has_ports)
		tcp = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	packet->tcp_syn = !tcp || tcp->syn;
	packet->tcp_open = tcp && tcp->syn && !tcp->ack;
	packet->tcp_answer = tcp && tcp->syn && tcp->ack;
	packet->tcp_fin = tcp && tcp->fin;
	packet->tcp_rst = tcp && tcp->rst;
	packet->tcp_sequence = tcp ? ntohl(tcp->seq) : 0;
}

/* Does an IPv4 header carry a source route, which hides the destination? */
static bool has_source_route(const struct sk_buff *skb, const struct iphdr *ip)
{
	int end = ip->ihl * 4, at = sizeof(*ip);
	u8 buffer[MAX_IPOPTLEN];
	const u8 *options;

	options = skb_header_pointer(skb, skb_network_offset(skb) + at,
				     end - at, buffer);
	if (!options)
		return true;
	for (end -= at, at = 0; at < end; ) {
		u8 type = options[at];

		if (type == IPOPT_END)
			return false;
		if (type == IPOPT_NOOP) {
			at++;
			continue;
		}
		if (type == IPOPT_LSRR || type == IPOPT_SSRR)
			return true;
		/* What cannot be read may be one. */
		if (at + 1 >= end || options[at + 1] < 2)
			return true;
		at += options[at + 1];
	}
	return false;
}

static void parse_ipv4(const struct sk_buff *skb, struct dfence_packet *packet)
{
	const struct iphdr *ip = ip_hdr(skb);
	int offset = skb_network_offset(skb) + ip->ihl * 4;

	packet->saddr = (const u8 *)&ip->saddr;
	packet->daddr = (const u8 *)&ip->daddr;
	packet->protocol = ip->protocol;
	if (ip->ihl < 5) {
		packet->hidden = DFENCE_HIDDEN_PROTOCOL | DFENCE_HIDDEN_PORTS;
		return;
	}
	if (ip->ihl > 5 && has_source_route(skb, ip))
		packet->hidden |= DFENCE_HIDDEN_DESTINATION;
	parse_ports(skb, offset, ip->frag_off & htons(IP_OFFSET), packet);
	parse_tcp_flags(skb, offset, packet);
}

static void parse_ipv6(const struct sk_buff *skb, struct dfence_packet *packet)
{
	unsigned int offset = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	unsigned short fragment = 0;
	int protocol = ip->nexthdr;

	packet->saddr = (const u8 *)&ip->saddr;
	packet->daddr = (const u8 *)&ip->daddr;

	if (unlikely(ipv6_ext_hdr(ip->nexthdr))) {
		offset = 0;
		/* A routing header sends the packet on to an address in it. */
		if (ipv6_find_hdr(skb, &offset, NEXTHDR_ROUTING, NULL,
				  NULL) >= 0)
			packet->hidden |= DFENCE_HIDDEN_DESTINATION;
		offset = 0;
		protocol = ipv6_find_hdr(skb, &offset, -1, &fragment, NULL);
	}
	if (protocol < 0) {
		packet->protocol = ip->nexthdr;
		packet->hidden = DFENCE_HIDDEN_PROTOCOL | DFENCE_HIDDEN_PORTS |
				 DFENCE_HIDDEN_DESTINATION;
		return;
	}
	packet->protocol = protocol;
	parse_ports(skb, offset, fragment, packet);
	parse_tcp_flags(skb, offset, packet);
}

/**
 * dfence_packet_parse() - see what a packet shows
 * @skb: at LOCAL_OUT: the network header is set and linear
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6, the hook's own word for it
 * @packet: result; points into @skb
 *
 * Context: any; does not sleep.
 */
void dfence_packet_parse(const struct sk_buff *skb, u8 pf,
			 struct dfence_packet *packet)
{
	*packet = (struct dfence_packet) { .pf = pf };
	if (pf == NFPROTO_IPV6)
		parse_ipv6(skb, packet);
	else
		parse_ipv4(skb, packet);
}
