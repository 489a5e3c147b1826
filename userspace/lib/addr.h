/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and networks as numbers, both families alike. */
#ifndef DF_ADDR_H
#define DF_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address in host order; an IPv4 address uses the low 32 bits. */
__extension__ typedef unsigned __int128 df_u128;

enum df_family {
	DF_IPV4,
	DF_IPV6,
	DF_FAMILIES,
};

/**
 * struct df_net - a run of addresses
 * @family: DF_IPV4 or DF_IPV6
 * @prefix: length of the prefix as it was written
 * @first: lowest address
 * @last: highest address
 */
struct df_net {
	enum df_family family;
	unsigned int prefix;
	df_u128 first;
	df_u128 last;
};

/* Longest text of a network, the final NUL included. */
#define DF_NET_STRLEN 64

df_u128 df_addr_max(enum df_family family);
int df_addr_parse(const char *text, enum df_family *family, df_u128 *addr);
int df_net_parse(const char *text, struct df_net *net, const char **why);
void df_addr_format(enum df_family family, df_u128 addr, char buf[DF_NET_STRLEN]);
void df_net_format(const struct df_net *net, char buf[DF_NET_STRLEN]);
size_t df_addr_to_bytes(enum df_family family, df_u128 addr, uint8_t bytes[16]);
df_u128 df_addr_from_bytes(enum df_family family, const uint8_t *bytes);

/* Networks that "local" stands for. */
extern const struct df_net df_local_networks[];
extern const size_t df_local_network_count;
bool df_addr_is_local(enum df_family family, df_u128 addr);

#endif
