/* SPDX-License-Identifier: GPL-2.0-only */
/* Older kernels want the table of TCP's sockets with a lookup; there is but one. */
#ifndef DFENCE_COMPAT_NET_INET_HASHTABLES_H
#define DFENCE_COMPAT_NET_INET_HASHTABLES_H

#include_next <net/inet_hashtables.h>

typedef struct sock *dfence_lookup_t(const struct net *net, struct sk_buff *skb,
				     int doff, const __be32 saddr,
				     const __be16 sport, const __be32 daddr,
				     const unsigned short hnum, const int dif,
				     const int sdif);
typedef struct sock *dfence_lookup_in_t(struct net *net,
					struct inet_hashinfo *hashinfo,
					struct sk_buff *skb, int doff,
					const __be32 saddr, const __be16 sport,
					const __be32 daddr,
					const unsigned short hnum,
					const int dif, const int sdif);

static __always_inline struct sock *
dfence_lookup(void *function, struct net *net, __be32 saddr, __be16 sport,
	      __be32 daddr, unsigned short hnum, int dif)
{
	dfence_lookup_t *lookup = function;

	return lookup(net, NULL, 0, saddr, sport, daddr, hnum, dif, 0);
}

static __always_inline struct sock *
dfence_lookup_in(void *function, struct net *net, __be32 saddr, __be16 sport,
		 __be32 daddr, unsigned short hnum, int dif)
{
	dfence_lookup_in_t *lookup = function;

	return lookup(net, net->ipv4.tcp_death_row.hashinfo, NULL, 0, saddr,
		      sport, daddr, hnum, dif, 0);
}

/* Which of the two it is the compiler sees; there is no name to ask for. */
#define dfence_lookup_listener(net, saddr, sport, daddr, hnum, dif)		\
	_Generic(&__inet_lookup_listener, dfence_lookup_t *: dfence_lookup,	\
		 default: dfence_lookup_in)					\
		(__inet_lookup_listener, net, saddr, sport, daddr, hnum, dif)

#endif /* DFENCE_COMPAT_NET_INET_HASHTABLES_H */
