// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tell the sender of a forwarded packet that it is denied: there is no call
 * that could fail, so it gets a packet back. The kernel's own code for this
 * says nothing where an answer would do harm: to a RST, to an ICMP error, to a
 * later fragment, to a broadcast, to what has a wrong checksum.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/netfilter.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "reject.h"

/**
 * dfence_reject() - answer a forwarded packet that is denied
 * @skb: the packet; stays the caller's
 * @state: of the hook that sees it
 * @protocol: IP protocol number of the transport header
 *
 * TCP gets a reset, which ends connect() at once, the rest an ICMP error. What
 * cannot be sent, for lack of memory or of a route, is not sent: the packet is
 * refused in any case.
 *
 * Context: RCU read side; any but hard interrupt.
 */
void dfence_reject(struct sk_buff *skb, const struct nf_hook_state *state,
		   u8 protocol)
{
	bool tcp = protocol == IPPROTO_TCP;

	if (state->pf == NFPROTO_IPV4) {
		if (tcp)
			nf_send_reset(state->net, NULL, skb, state->hook);
		else
			nf_send_unreach(skb, ICMP_PKT_FILTERED, state->hook);
		return;
	}
#if IS_ENABLED(CONFIG_IPV6)
	if (tcp)
		nf_send_reset6(state->net, NULL, skb, state->hook);
	else
		nf_send_unreach6(state->net, skb, ICMPV6_ADM_PROHIBITED,
				 state->hook);
#endif
}
