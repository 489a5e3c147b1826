// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose forwarded packets: each part of a selector, all of them together, the
 * order, and prefixes bit by bit.
 */

#include <kunit/test.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>

#include "forwarded.h"
#include "identity.h"

static const u8 mac_one[ETH_ALEN] = { 2, 0, 0x5e, 0x10, 0, 1 };
static const u8 mac_two[ETH_ALEN] = { 2, 0, 0x5e, 0x10, 0, 2 };

static int forwarded_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct dfence_forward),
				   GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void forwarded_exit(struct kunit *test)
{
	dfence_forward_free(test->priv);
}

static void add(struct kunit *test, const char *in, const char *source,
		u8 prefix, const u8 *mac, u16 app)
{
	struct dfence_forward_selector selector = { .app = app };

	strscpy(selector.in, in, sizeof(selector.in));
	if (source) {
		selector.pf = prefix > 32 ? NFPROTO_IPV6 : NFPROTO_IPV4;
		selector.prefix = prefix;
		memcpy(selector.source, source, prefix > 32 ? 16 : 4);
	}
	selector.has_mac = mac;
	if (mac)
		memcpy(selector.mac, mac, ETH_ALEN);
	KUNIT_ASSERT_EQ(test, 0, dfence_forward_add(test->priv, &selector));
}

static u16 ask(struct kunit *test, const char *in, const char *source,
	       const u8 *mac)
{
	const struct dfence_forward_packet packet = {
		.in = in, .pf = NFPROTO_IPV4, .source = (const u8 *)source,
		.mac = mac,
	};

	return dfence_forward_lookup(test->priv, &packet);
}

static void nobody(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, "eth0", "\1\2\3\4", NULL));
}

static void first_match_wins(struct kunit *test)
{
	add(test, "wlan1", NULL, 0, mac_one, 1);
	add(test, "wlan*", "\12\52\0\0", 16, NULL, 2);
	add(test, "", NULL, 0, mac_two, 3);
	add(test, "wlan1", NULL, 0, NULL, 4);
	KUNIT_EXPECT_EQ(test, 1, ask(test, "wlan1", "\12\52\0\2", mac_one));
	KUNIT_EXPECT_EQ(test, 2, ask(test, "wlan1", "\12\52\0\2", mac_two));
	KUNIT_EXPECT_EQ(test, 2, ask(test, "wlan1", "\12\52\0\2", NULL));
	KUNIT_EXPECT_EQ(test, 3, ask(test, "eth0", "\12\52\0\2", mac_two));
	KUNIT_EXPECT_EQ(test, 4, ask(test, "wlan1", "\12\53\0\2", NULL));
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP,
			ask(test, "eth0", "\12\52\0\2", mac_one));
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, "", "\12\52\0\2", NULL));
}

/* Every prefix of an address: a packet that differs in one bit. */
static void prefixes(struct kunit *test)
{
	struct dfence_forward *forward = test->priv;
	u8 prefix, bit;

	for (prefix = 0; prefix <= 32; prefix++) {
		add(test, "", "\0\0\0\0", prefix, NULL, prefix);
		for (bit = 0; bit < 32; bit++) {
			char source[4] = { };

			source[bit / 8] = 0x80 >> bit % 8;
			KUNIT_EXPECT_EQ(test,
					bit < prefix ? DFENCE_NO_APP : prefix,
					ask(test, "x", source, NULL));
		}
		dfence_forward_free(forward);
	}
}

static void families_are_apart(struct kunit *test)
{
	static const char address[16] = { 0x20, 1 };
	const struct dfence_forward_packet packet = {
		.in = "x", .pf = NFPROTO_IPV6, .source = (const u8 *)address,
	};

	add(test, "", "\40\1\0\0", 16, NULL, 4);
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP,
			dfence_forward_lookup(test->priv, &packet));
	add(test, "", address, 127, NULL, 6);
	KUNIT_EXPECT_EQ(test, 6, dfence_forward_lookup(test->priv, &packet));
	KUNIT_EXPECT_EQ(test, 4, ask(test, "x", "\40\1\1\1", NULL));
}

static void grows(struct kunit *test)
{
	struct dfence_forward *forward = test->priv;
	char in[DRONEFENCE_IFNAME_MAX + 1];
	u16 i;

	for (i = 0; i < 1000; i++) {
		snprintf(in, sizeof(in), "eth%u", i);
		add(test, in, NULL, 0, NULL, i);
	}
	KUNIT_EXPECT_EQ(test, 1000U, forward->count);
	KUNIT_EXPECT_EQ(test, 999, ask(test, "eth999", "\1\2\3\4", NULL));
	KUNIT_EXPECT_EQ(test, 99, ask(test, "eth99", "\1\2\3\4", NULL));
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, "eth", "\1\2\3\4", NULL));
}

static struct kunit_case forwarded_cases[] = {
	KUNIT_CASE(nobody),
	KUNIT_CASE(first_match_wins),
	KUNIT_CASE(prefixes),
	KUNIT_CASE(families_are_apart),
	KUNIT_CASE(grows),
	{}
};

static struct kunit_suite forwarded_suite = {
	.name = "dfence_forwarded",
	.init = forwarded_init,
	.exit = forwarded_exit,
	.test_cases = forwarded_cases,
};

kunit_test_suite(forwarded_suite);
