// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: IPv4 addresses inside IPv6 addresses
 *
 * Some IPv6 addresses only say how to reach an IPv4 address. Where the packet
 * really goes is then a question to both: geo data knows such a prefix as a
 * whole, if at all, and not who is behind it.
 *
 *	::ffff:0:0/96	IPv4-mapped, as a translator may send it (RFC 4291)
 *	::/96		IPv4-compatible, which a tunnel of Linux still follows
 *			(RFC 4291); not :: and ::1
 *	64:ff9b::/96	translation, NAT64 (RFC 6052)
 *	2002::/16	6to4 (RFC 3056)
 *	2001::/32	Teredo (RFC 4380): of the server, and, inverted, of the
 *			peer
 *	iid ::5efe	ISATAP (RFC 5214), in any network
 *
 * A translation prefix that a network has chosen for itself cannot be told from
 * any other address.
 */

#include "embedded.h"

/**
 * struct form - how an IPv6 address holds an IPv4 address
 * @at: where @prefix is, in bytes
 * @mask: bits of @prefix that count, host order
 * @prefix: what the form is told by, four bytes in host order
 * @rest: and the eight bytes behind them, host order, where @long_prefix
 * @long_prefix: @rest counts
 * @inverted: the bits of the IPv4 address are
 * @from: where the IPv4 address is, in bytes
 */
struct form {
	u32 mask;
	u32 prefix;
	u64 rest;
	u8 at;
	u8 from;
	bool long_prefix;
	bool inverted;
};

static const struct form forms[] = {
	{ .mask = U32_MAX, .long_prefix = true, .rest = 0xffff, .from = 12 },
	{ .mask = U32_MAX, .long_prefix = true, .from = 12 },
	{ .mask = U32_MAX, .prefix = 0x0064ff9b, .long_prefix = true,
	  .from = 12 },
	{ .mask = 0xffff0000, .prefix = 0x20020000, .from = 2 },
	{ .mask = U32_MAX, .prefix = 0x20010000, .from = 4 },
	{ .mask = U32_MAX, .prefix = 0x20010000, .from = 12, .inverted = true },
	/* One bit says whether the IPv4 address is unique in the world. */
	{ .mask = 0xfdffffff, .prefix = 0x00005efe, .at = 8, .from = 12 },
};

static bool has_form(const u8 *address, const struct form *form)
{
	if ((dfence_get_be32(address + form->at) & form->mask) != form->prefix)
		return false;
	return !form->long_prefix || dfence_get_be64(address + 4) == form->rest;
}

/**
 * dfence_embedded_ipv4() - which IPv4 addresses an IPv6 address stands for
 * @address: 16 bytes, network order
 * @found: result, host order
 *
 * Addresses of 0.0.0.0/8 go nowhere and do not count: :: and ::1 look as if they
 * had one.
 *
 * Context: any; no locks, does not sleep.
 * Return: how many there are in @found.
 */
u32 dfence_embedded_ipv4(const u8 *address, u32 found[DFENCE_EMBEDDED_MAX])
{
	u32 count = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		u32 inner;

		if (!has_form(address, &forms[i]))
			continue;
		inner = dfence_get_be32(address + forms[i].from);
		if (forms[i].inverted)
			inner = ~inner;
		if (inner >> 24 && count < DFENCE_EMBEDDED_MAX)
			found[count++] = inner;
	}
	return count;
}
