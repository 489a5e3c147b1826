// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPv4 addresses inside IPv6 addresses: the same file that runs in the kernel.
 * Correctness.
 */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "embedded.h"

struct address {
	const char *text;
	const char *inner[DFENCE_EMBEDDED_MAX];
};

static const struct address addresses[] = {
	{ "::ffff:223.5.5.5", { "223.5.5.5" } },
	{ "::223.5.5.5", { "223.5.5.5" } },
	{ "64:ff9b::223.5.5.5", { "223.5.5.5" } },
	{ "2002:df05:505::1", { "223.5.5.5" } },
	/* server 8.8.8.8, peer 223.5.5.5 */
	{ "2001:0:808:808:8000:63bf:20fa:fafa", { "8.8.8.8", "223.5.5.5" } },
	{ "2400:3200::5efe:df05:505", { "223.5.5.5" } },
	{ "2400:3200::200:5efe:df05:505", { "223.5.5.5" } },
	{ "fe80::5efe:192.168.42.1", { "192.168.42.1" } },
	{ "2002:df05:505::5efe:808:808", { "223.5.5.5", "8.8.8.8" } },
	{ "2001:0:808:808:0:5efe:20fa:fafa",
	  { "8.8.8.8", "223.5.5.5", "32.250.250.250" } },
	{ "2002:c0a8:2a01::1", { "192.168.42.1" } },

	{ "::", { NULL } },
	{ "::1", { NULL } },
	{ "::0.1.2.3", { NULL } },
	{ "::ffff:0.0.0.0", { NULL } },
	{ "::fffe:223.5.5.5", { NULL } },
	{ "::1:0:223.5.5.5", { NULL } },
	{ "64:ff9b:1::223.5.5.5", { NULL } },
	{ "64:ff9b:0:0:0:1:df05:505", { NULL } },
	{ "2003:df05:505::1", { NULL } },
	{ "2001:1:808:808:8000:63bf:20fa:fafa", { NULL } },
	{ "2001:4860:4860::8888", { NULL } },
	{ "2400:3200::100:5efe:df05:505", { NULL } },
	{ "2400:3200::5eff:df05:505", { NULL } },
	{ "ff02::1", { NULL } },
	{ "fd00:9::2", { NULL } },
};

static void test_forms(void **state)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		const struct address *a = &addresses[i];
		u32 found[DFENCE_EMBEDDED_MAX];
		uint8_t bytes[16];
		u32 count;

		assert_int_equal(inet_pton(AF_INET6, a->text, bytes), 1);
		count = dfence_embedded_ipv4(bytes, found);
		for (j = 0; j < DFENCE_EMBEDDED_MAX && a->inner[j]; j++) {
			if (j >= count ||
			    found[j] != ntohl(inet_addr(a->inner[j])))
				fail_msg("%s: not %s", a->text, a->inner[j]);
		}
		if (count != j)
			fail_msg("%s: %u addresses", a->text, count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
