// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"

#define V6(high, low) (((df_u128)(high) << 64) | (low))

#define LOCAL4(a, b, c, d, bits) {					\
	.family = DF_IPV4, .prefix = (bits),				\
	.first = (uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d),	\
	.last = ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d)) |	\
		(uint32_t)(0xffffffffull >> (bits)),			\
}

#define LOCAL6(high, low, last_high, last_low, bits) {			\
	.family = DF_IPV6, .prefix = (bits),				\
	.first = V6(high, low), .last = V6(last_high, last_low),	\
}

/*
 * Loopback, private, link-local, multicast, broadcast and unspecified. Nothing
 * here is routed on the Internet, so no geo data says anything about it.
 */
const struct df_net df_local_networks[] = {
	LOCAL4(0, 0, 0, 0, 32),
	LOCAL4(10, 0, 0, 0, 8),
	LOCAL4(127, 0, 0, 0, 8),
	LOCAL4(169, 254, 0, 0, 16),
	LOCAL4(172, 16, 0, 0, 12),
	LOCAL4(192, 168, 0, 0, 16),
	LOCAL4(224, 0, 0, 0, 4),
	LOCAL4(255, 255, 255, 255, 32),
	LOCAL6(0, 0, 0, 0, 128),
	LOCAL6(0, 1, 0, 1, 128),
	LOCAL6(0xfc00ull << 48, 0, 0xfdffffffffffffffull, ~0ull, 7),
	LOCAL6(0xfe80ull << 48, 0, 0xfebfffffffffffffull, ~0ull, 10),
	LOCAL6(0xff00ull << 48, 0, ~0ull, ~0ull, 8),
};

const size_t df_local_network_count =
	sizeof(df_local_networks) / sizeof(df_local_networks[0]);

/**
 * df_addr_max() - the highest address
 * @family: of the address
 *
 * Return: all bits of an address of @family set.
 */
df_u128 df_addr_max(enum df_family family)
{
	return family == DF_IPV4 ? (df_u128)UINT32_MAX : ~(df_u128)0;
}

/**
 * df_addr_is_local() - does "local" mean this address
 * @family: of @addr
 * @addr: host order
 *
 * Return: true if it is in one of df_local_networks.
 */
bool df_addr_is_local(enum df_family family, df_u128 addr)
{
	size_t i;

	for (i = 0; i < df_local_network_count; i++) {
		const struct df_net *net = &df_local_networks[i];

		if (net->family == family && net->first <= addr &&
		    addr <= net->last)
			return true;
	}
	return false;
}

/**
 * df_addr_from_bytes() - read an address from a packet or an attribute
 * @family: of the address
 * @bytes: 4 or 16 bytes in network order
 *
 * Return: the address in host order.
 */
df_u128 df_addr_from_bytes(enum df_family family, const uint8_t *bytes)
{
	size_t i, size = family == DF_IPV4 ? 4 : 16;
	df_u128 addr = 0;

	for (i = 0; i < size; i++)
		addr = addr << 8 | bytes[i];
	return addr;
}

/**
 * df_addr_to_bytes() - write an address in network order
 * @family: of @addr
 * @addr: host order
 * @bytes: where to; the first 4 or all 16 bytes are written
 *
 * Return: the number of bytes written.
 */
size_t df_addr_to_bytes(enum df_family family, df_u128 addr, uint8_t bytes[16])
{
	size_t i, size = family == DF_IPV4 ? 4 : 16;

	for (i = size; i > 0; i--) {
		bytes[i - 1] = (uint8_t)addr;
		addr >>= 8;
	}
	return size;
}

/**
 * df_addr_parse() - read an address that a person wrote
 * @text: IPv4 in dotted decimal without leading zeros, or IPv6
 * @family: where to store the family
 * @addr: where to store the address, in host order
 *
 * Return: 0, or -EINVAL if @text is no address.
 */
int df_addr_parse(const char *text, enum df_family *family, df_u128 *addr)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*family = DF_IPV4;
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*family = DF_IPV6;
	else
		return -EINVAL;
	*addr = df_addr_from_bytes(*family, bytes);
	return 0;
}

/* What is wrong with a text that inet_pton() did not take. */
static const char *address_problem(const char *text)
{
	if (!*text)
		return "there is no address";
	if (strchr(text, '%'))
		return "an address here has no interface (%)";
	if (strchr(text, ':'))
		return "not an IPv6 address";
	if (strchr(text, '-'))
		return "a span of addresses is written as networks";
	if (strspn(text, "0123456789.") == strlen(text))
		return "an IPv4 address is four numbers from 0 to 255 without leading zeros";
	return "names of hosts are not looked up, write the address";
}

static const char *parse_prefix(const char *text, unsigned int max,
				unsigned int *prefix)
{
	size_t length = strlen(text);
	unsigned int i;

	if (strchr(text, '.') || strchr(text, ':'))
		return "the prefix length is a number of bits, not a mask";
	if (!length || length > 3 || strspn(text, "0123456789") != length ||
	    (length > 1 && text[0] == '0'))
		goto bad;
	for (*prefix = 0, i = 0; i < length; i++)
		*prefix = 10 * *prefix + (unsigned int)(text[i] - '0');
	if (*prefix <= max)
		return NULL;
bad:
	return max == 32 ? "the prefix length is a number from 0 to 32"
			 : "the prefix length is a number from 0 to 128";
}

/* Bits below the prefix. */
static df_u128 host_mask(enum df_family family, unsigned int prefix)
{
	unsigned int bits = family == DF_IPV4 ? 32 : 128;

	if (prefix == bits)
		return 0;
	return df_addr_max(family) >> prefix;
}

/* Sockets may use ::ffff:a.b.c.d, but what leaves them is an IPv4 packet. */
static bool is_mapped(const struct df_net *net)
{
	return net->family == DF_IPV6 && net->prefix >= 96 &&
	       net->first >> 32 == 0xffff;
}

static const char *split_prefix(const char *text, char *address, size_t size,
				const char **prefix)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);

	if (length >= size)
		return "too long for an address";
	memcpy(address, text, length);
	address[length] = '\0';
	*prefix = slash ? slash + 1 : NULL;
	return NULL;
}

/**
 * df_net_parse() - read a network or a single address that a person wrote
 * @text: an address, or an address, a slash and the length of the prefix
 * @net: where to store it
 * @why: where to store what is wrong with it, a constant; set on any error
 *
 * Return: 0; -EINVAL if @text is no network; -ERANGE if bits are set behind the
 * prefix: @net then is the network that was probably meant.
 */
int df_net_parse(const char *text, struct df_net *net, const char **why)
{
	char address[INET6_ADDRSTRLEN];
	const char *prefix;
	df_u128 addr, mask;

	*why = split_prefix(text, address, sizeof(address), &prefix);
	if (*why)
		return -EINVAL;
	if (df_addr_parse(address, &net->family, &addr)) {
		*why = address_problem(address);
		return -EINVAL;
	}

	net->prefix = net->family == DF_IPV4 ? 32 : 128;
	if (prefix)
		*why = parse_prefix(prefix, net->prefix, &net->prefix);
	if (*why)
		return -EINVAL;

	mask = host_mask(net->family, net->prefix);
	net->first = addr & ~mask;
	net->last = addr | mask;
	if (is_mapped(net)) {
		*why = "no packet carries an IPv4-mapped address, write the IPv4 address";
		return -EINVAL;
	}
	if (addr != net->first) {
		*why = "bits are set behind the prefix";
		return -ERANGE;
	}
	return 0;
}

/**
 * df_addr_format() - write an address for people
 * @family: of @addr
 * @addr: host order
 * @buf: where to
 */
void df_addr_format(enum df_family family, df_u128 addr, char buf[DF_NET_STRLEN])
{
	uint8_t bytes[16];

	df_addr_to_bytes(family, addr, bytes);
	inet_ntop(family == DF_IPV4 ? AF_INET : AF_INET6, bytes, buf,
		  DF_NET_STRLEN);
}

/**
 * df_net_format() - write a network for people
 * @net: first address and prefix count
 * @buf: where to; a single address gets no prefix length
 */
void df_net_format(const struct df_net *net, char buf[DF_NET_STRLEN])
{
	size_t length;

	df_addr_format(net->family, net->first, buf);
	if (net->prefix == (net->family == DF_IPV4 ? 32 : 128))
		return;
	length = strlen(buf);
	snprintf(buf + length, DF_NET_STRLEN - length, "/%u", net->prefix);
}
