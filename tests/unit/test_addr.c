// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static df_u128 number(uint64_t high, uint64_t low)
{
	return (df_u128)high << 64 | low;
}

static void assert_u128(df_u128 a, df_u128 b)
{
	assert_int_equal((uint64_t)(a >> 64), (uint64_t)(b >> 64));
	assert_int_equal((uint64_t)a, (uint64_t)b);
}

struct address {
	const char *text;
	enum df_family family;
	uint64_t high;
	uint64_t low;
	const char *shown;
};

static const struct address addresses[] = {
	{ "0.0.0.0", DF_IPV4, 0, 0, "0.0.0.0" },
	{ "1.2.3.4", DF_IPV4, 0, 0x01020304, "1.2.3.4" },
	{ "255.255.255.255", DF_IPV4, 0, 0xffffffff, "255.255.255.255" },
	{ "47.91.161.230", DF_IPV4, 0, 0x2f5ba1e6, "47.91.161.230" },
	{ "::", DF_IPV6, 0, 0, "::" },
	{ "::1", DF_IPV6, 0, 1, "::1" },
	{ "2400:3200::1", DF_IPV6, 0x2400320000000000, 1, "2400:3200::1" },
	{ "2001:DB8:0:0:0:0:0:a", DF_IPV6, 0x20010db800000000, 0xa,
	  "2001:db8::a" },
	{ "::ffff:1.2.3.4", DF_IPV6, 0, 0xffff01020304, "::ffff:1.2.3.4" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", DF_IPV6, UINT64_MAX,
	  UINT64_MAX, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};

static void parses_addresses(void **state)
{
	char text[DF_NET_STRLEN];
	enum df_family family;
	df_u128 addr;
	size_t i;

	for (i = 0; i < COUNT(addresses); i++) {
		const struct address *a = &addresses[i];

		assert_int_equal(df_addr_parse(a->text, &family, &addr), 0);
		assert_int_equal(family, a->family);
		assert_u128(addr, number(a->high, a->low));
		df_addr_format(family, addr, text);
		assert_string_equal(text, a->shown);
	}
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const texts[] = {
		"", " ", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4",
		"1.2.3.4 ", " 1.2.3.4", "1.2.3.4/8", "0x1.2.3.4", ":", ":::",
		"1::2::3", "12345::", "fe80::1%eth0", "[::1]", "localhost",
	};
	enum df_family family;
	df_u128 addr;
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		if (df_addr_parse(texts[i], &family, &addr) != -EINVAL)
			fail_msg("'%s' was taken as an address", texts[i]);
}

static void converts_bytes(void **state)
{
	static const uint8_t v6[16] = {
		0x24, 0x00, 0x32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
	};
	static const uint8_t v4[4] = { 47, 91, 161, 230 };
	uint8_t bytes[16];

	assert_u128(df_addr_from_bytes(DF_IPV4, v4), 0x2f5ba1e6);
	assert_u128(df_addr_from_bytes(DF_IPV6, v6),
		    number(0x2400320000000000, 1));
	memset(bytes, 0xee, sizeof(bytes));
	assert_int_equal(df_addr_to_bytes(DF_IPV4, 0x2f5ba1e6, bytes), 4);
	assert_memory_equal(bytes, v4, 4);
	assert_int_equal(bytes[4], 0xee);
	assert_int_equal(df_addr_to_bytes(DF_IPV6,
					  number(0x2400320000000000, 1),
					  bytes), 16);
	assert_memory_equal(bytes, v6, 16);
}

static void knows_the_highest(void **state)
{
	assert_u128(df_addr_max(DF_IPV4), 0xffffffff);
	assert_u128(df_addr_max(DF_IPV6), number(UINT64_MAX, UINT64_MAX));
}

struct network {
	const char *text;
	enum df_family family;
	unsigned int prefix;
	uint64_t first_high, first_low;
	uint64_t last_high, last_low;
	const char *shown;
};

static const struct network networks[] = {
	{ "0.0.0.0/0", DF_IPV4, 0, 0, 0, 0, 0xffffffff, "0.0.0.0/0" },
	{ "10.0.0.0/8", DF_IPV4, 8, 0, 0x0a000000, 0, 0x0affffff,
	  "10.0.0.0/8" },
	{ "128.0.0.0/1", DF_IPV4, 1, 0, 0x80000000, 0, 0xffffffff,
	  "128.0.0.0/1" },
	{ "192.168.1.2/31", DF_IPV4, 31, 0, 0xc0a80102, 0, 0xc0a80103,
	  "192.168.1.2/31" },
	{ "203.0.113.7", DF_IPV4, 32, 0, 0xcb007107, 0, 0xcb007107,
	  "203.0.113.7" },
	{ "203.0.113.7/32", DF_IPV4, 32, 0, 0xcb007107, 0, 0xcb007107,
	  "203.0.113.7" },
	{ "::/0", DF_IPV6, 0, 0, 0, UINT64_MAX, UINT64_MAX, "::/0" },
	{ "2001:db8:20::/48", DF_IPV6, 48, 0x20010db800200000, 0,
	  0x20010db80020ffff, UINT64_MAX, "2001:db8:20::/48" },
	{ "2001:db8::/64", DF_IPV6, 64, 0x20010db800000000, 0,
	  0x20010db800000000, UINT64_MAX, "2001:db8::/64" },
	{ "2001:db8::8/125", DF_IPV6, 125, 0x20010db800000000, 8,
	  0x20010db800000000, 15, "2001:db8::8/125" },
	{ "::1/128", DF_IPV6, 128, 0, 1, 0, 1, "::1" },
};

static void parses_networks(void **state)
{
	char text[DF_NET_STRLEN];
	struct df_net net;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT(networks); i++) {
		const struct network *n = &networks[i];

		assert_int_equal(df_net_parse(n->text, &net, &why), 0);
		assert_int_equal(net.family, n->family);
		assert_int_equal(net.prefix, n->prefix);
		assert_u128(net.first, number(n->first_high, n->first_low));
		assert_u128(net.last, number(n->last_high, n->last_low));
		df_net_format(&net, text);
		assert_string_equal(text, n->shown);
	}
}

struct bad_network {
	const char *text;
	int error;
	const char *why;
};

#define FOUR "an IPv4 address is four numbers from 0 to 255 without leading zeros"
#define MAPPED "no packet carries an IPv4-mapped address, write the IPv4 address"

static const struct bad_network bad_networks[] = {
	{ "", -EINVAL, "there is no address" },
	{ "/8", -EINVAL, "there is no address" },
	{ "10.0.0.0/33", -EINVAL, "the prefix length is a number from 0 to 32" },
	{ "10.0.0.0/-1", -EINVAL, "the prefix length is a number from 0 to 32" },
	{ "10.0.0.0/8/8", -EINVAL, "the prefix length is a number from 0 to 32" },
	{ "10.0.0.0/00", -EINVAL, "the prefix length is a number from 0 to 32" },
	{ "10.0.0.0/4294967304", -EINVAL,
	  "the prefix length is a number from 0 to 32" },
	{ "::/129", -EINVAL, "the prefix length is a number from 0 to 128" },
	{ "10.0.0.0/255.0.0.0", -EINVAL,
	  "the prefix length is a number of bits, not a mask" },
	{ "10.0.0.300", -EINVAL, FOUR },
	{ "192.168.1.*", -EINVAL,
	  "names of hosts are not looked up, write the address" },
	{ "example.org", -EINVAL,
	  "names of hosts are not looked up, write the address" },
	{ "1.2.3.4-1.2.3.9", -EINVAL, "a span of addresses is written as networks" },
	{ "fe80::1%1", -EINVAL, "an address here has no interface (%)" },
	{ "12345::", -EINVAL, "not an IPv6 address" },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222",
	  -EINVAL, "too long for an address" },
	{ "::ffff:1.2.3.4", -EINVAL, MAPPED },
	{ "::ffff:0:0/96", -EINVAL, MAPPED },
	{ "10.0.0.1/8", -ERANGE, "bits are set behind the prefix" },
	{ "2001:db8::1/64", -ERANGE, "bits are set behind the prefix" },
};

static void refuses_what_is_no_network(void **state)
{
	struct df_net net;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT(bad_networks); i++) {
		const struct bad_network *bad = &bad_networks[i];

		assert_int_equal(df_net_parse(bad->text, &net, &why),
				 bad->error);
		assert_string_equal(why, bad->why);
	}
}

static void corrects_host_bits(void **state)
{
	char text[DF_NET_STRLEN];
	struct df_net net;
	const char *why;

	assert_int_equal(df_net_parse("10.1.2.3/12", &net, &why), -ERANGE);
	df_net_format(&net, text);
	assert_string_equal(text, "10.0.0.0/12");
	assert_int_equal(df_net_parse("2001:db8::1/33", &net, &why), -ERANGE);
	df_net_format(&net, text);
	assert_string_equal(text, "2001:db8::/33");
}

/* Edges of everything that is local, and the neighbours that are not. */
static const char *const local[] = {
	"0.0.0.0", "10.0.0.0", "10.255.255.255", "127.0.0.1",
	"127.255.255.255", "169.254.0.0", "169.254.255.255", "172.16.0.0",
	"172.31.255.255", "192.168.0.0", "192.168.255.255", "224.0.0.0",
	"239.255.255.255", "255.255.255.255", "::", "::1", "fc00::",
	"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::",
	"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static const char *const public[] = {
	"0.0.0.1", "9.255.255.255", "11.0.0.0", "100.64.0.1",
	"126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
	"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
	"223.255.255.255", "240.0.0.0", "255.255.255.254", "47.91.161.230",
	"::2", "2400:3200::1", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"fe00::", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static bool is_local(const char *text)
{
	enum df_family family;
	df_u128 addr;

	assert_int_equal(df_addr_parse(text, &family, &addr), 0);
	return df_addr_is_local(family, addr);
}

static void knows_local_networks(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(local); i++)
		if (!is_local(local[i]))
			fail_msg("%s is not local", local[i]);
	for (i = 0; i < COUNT(public); i++)
		if (is_local(public[i]))
			fail_msg("%s is local", public[i]);
}

/* The table is written by hand; the parser must agree with it. */
static void local_networks_are_networks(void **state)
{
	size_t i;

	assert_int_equal(df_local_network_count, 13);
	for (i = 0; i < df_local_network_count; i++) {
		const struct df_net *net = &df_local_networks[i];
		char text[DF_NET_STRLEN];
		struct df_net parsed;
		const char *why;

		df_net_format(net, text);
		assert_int_equal(df_net_parse(text, &parsed, &why), 0);
		assert_int_equal(parsed.family, net->family);
		assert_int_equal(parsed.prefix, net->prefix);
		assert_u128(parsed.first, net->first);
		assert_u128(parsed.last, net->last);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_addresses),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(converts_bytes),
		cmocka_unit_test(knows_the_highest),
		cmocka_unit_test(parses_networks),
		cmocka_unit_test(refuses_what_is_no_network),
		cmocka_unit_test(corrects_host_bits),
		cmocka_unit_test(knows_local_networks),
		cmocka_unit_test(local_networks_are_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
