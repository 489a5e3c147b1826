// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the special-purpose address registries of IANA call not globally
 * reachable, as RFC 6890 set them up and RFC 8190, 8215, 9602 and 9637 changed
 * them. "local" of the policy is narrower: it is what a drone's link may need.
 */
#include <stddef.h>

#include "special.h"

/**
 * struct block - an entry of a registry
 * @family: of the addresses
 * @reachable: by the Internet, though a larger block around it is not
 * @bits: length of the prefix
 * @high: upper half of an IPv6 address; an IPv4 address
 * @low: lower half of an IPv6 address
 */
struct block {
	enum df_family family;
	bool reachable;
	unsigned int bits;
	uint64_t high;
	uint64_t low;
};

/* The first that fits decides. */
static const struct block blocks[] = {
	{ DF_IPV4, false, 8, 0x00000000, 0 },
	{ DF_IPV4, false, 10, 0x64400000, 0 },
	/* PCP and TURN anycast stand out of the IETF's own block. */
	{ DF_IPV4, true, 32, 0xc0000009, 0 },
	{ DF_IPV4, true, 32, 0xc000000a, 0 },
	{ DF_IPV4, false, 24, 0xc0000000, 0 },
	{ DF_IPV4, false, 24, 0xc0000200, 0 },
	{ DF_IPV4, false, 15, 0xc6120000, 0 },
	{ DF_IPV4, false, 24, 0xc6336400, 0 },
	{ DF_IPV4, false, 24, 0xcb007100, 0 },
	{ DF_IPV4, false, 4, 0xf0000000, 0 },
	{ DF_IPV6, false, 96, 0, 0xffff00000000 },
	{ DF_IPV6, false, 48, 0x0064ff9b0001ull << 16, 0 },
	{ DF_IPV6, false, 64, 0x0100ull << 48, 0 },
	{ DF_IPV6, false, 64, 0x0100000000000001, 0 },
	/* Teredo, anycast, AMT, AS112, ORCHIDv2 and drone remote ids. */
	{ DF_IPV6, true, 32, 0x20010000ull << 32, 0 },
	{ DF_IPV6, true, 128, 0x20010001ull << 32, 1 },
	{ DF_IPV6, true, 128, 0x20010001ull << 32, 2 },
	{ DF_IPV6, true, 128, 0x20010001ull << 32, 3 },
	{ DF_IPV6, true, 32, 0x20010003ull << 32, 0 },
	{ DF_IPV6, true, 48, 0x200100040112ull << 16, 0 },
	{ DF_IPV6, true, 28, 0x20010020ull << 32, 0 },
	{ DF_IPV6, true, 28, 0x20010030ull << 32, 0 },
	{ DF_IPV6, false, 23, 0x20010000ull << 32, 0 },
	{ DF_IPV6, false, 32, 0x20010db8ull << 32, 0 },
	{ DF_IPV6, false, 20, 0x3fffull << 48, 0 },
	{ DF_IPV6, false, 16, 0x5f00ull << 48, 0 },
};

#define BLOCKS (sizeof(blocks) / sizeof(blocks[0]))

static bool holds(const struct block *block, enum df_family family,
		  df_u128 addr)
{
	df_u128 first = block->high;
	unsigned int size = family == DF_IPV4 ? 32 : 128;

	if (block->family != family)
		return false;
	if (family == DF_IPV6)
		first = first << 64 | block->low;
	return (addr ^ first) >> (size - block->bits) == 0;
}

/**
 * df_addr_is_public() - may this address be of a server on the Internet
 * @family: of @addr
 * @addr: host order
 *
 * Where the registries say neither yes nor no, as of 6to4, it may.
 *
 * Return: false if it is local (see df_addr_is_local()) or not globally reachable.
 */
bool df_addr_is_public(enum df_family family, df_u128 addr)
{
	size_t i;

	if (df_addr_is_local(family, addr))
		return false;
	for (i = 0; i < BLOCKS; i++)
		if (holds(&blocks[i], family, addr))
			return blocks[i].reachable;
	return true;
}
