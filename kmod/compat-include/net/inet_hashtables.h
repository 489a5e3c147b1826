/* SPDX-License-Identifier: GPL-2.0-only */
/* Older kernels want the table of TCP's sockets with a lookup; there is but one. */
#ifndef DFENCE_COMPAT_NET_INET_HASHTABLES_H
#define DFENCE_COMPAT_NET_INET_HASHTABLES_H

#include_next <net/inet_hashtables.h>

static inline struct sock *
dfence_lookup_listener(struct net *net, __be32 saddr, __be16 sport, __be32 daddr,
		       unsigned short hnum, int dif)
{
#ifdef DFENCE_LOOKUP_WANTS_TABLE
	return __inet_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo,
				      NULL, 0, saddr, sport, daddr, hnum, dif, 0);
#else
	return __inet_lookup_listener(net, NULL, 0, saddr, sport, daddr, hnum,
				      dif, 0);
#endif
}

#endif /* DFENCE_COMPAT_NET_INET_HASHTABLES_H */
