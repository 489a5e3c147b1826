// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's interface patterns, the same file that runs in the kernel:
 * correctness by table, and against a slow matcher that tries everything.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ifname.h"

static const struct {
	const char *pattern;
	const char *name;
	bool match;
} cases[] = {
	{ "wlan1", "wlan1", true },
	{ "wlan1", "wlan", false },
	{ "wlan1", "wlan10", false },
	{ "wlan", "wlan1", false },
	{ "wlan*", "wlan", true },
	{ "wlan*", "wlan10", true },
	{ "wlan*", "xwlan1", false },
	{ "*", "", true },
	{ "*", "eth0", true },
	{ "**", "eth0", true },
	{ "e*0", "eth0", true },
	{ "e*0", "eth00", true },
	{ "e*0", "eth01", false },
	{ "*.100", "br0.100", true },
	{ "*a*a*b", "aaaaaaaab", true },
	{ "*a*a*b", "aaaaaaaac", false },
	{ "a", "", false },
	/* what is special elsewhere stands for itself */
	{ "eth?", "eth0", false },
	{ "eth?", "eth?", true },
	{ "eth[0]", "eth0", false },
	{ "eth[0]", "eth[0]", true },
	{ "eth\xc3", "eth\xc3", true },
};

static void matches_as_listed(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (dfence_ifname_match(cases[i].pattern, cases[i].name) !=
		    cases[i].match)
			fail_msg("%s and %s", cases[i].pattern, cases[i].name);
}

static bool slow_match(const char *pattern, const char *name)
{
	if (*pattern == '*')
		return slow_match(pattern + 1, name) ||
		       (*name && slow_match(pattern, name + 1));
	if (!*pattern || !*name)
		return *pattern == *name;
	return *pattern == *name && slow_match(pattern + 1, name + 1);
}

/* All texts of up to @max characters of an alphabet, one after the other. */
static bool next_text(char *text, size_t max, const char *alphabet)
{
	size_t i;

	for (i = 0; i < max; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		text[i] = at ? at[1] : alphabet[0];
		if (text[i])
			return true;
		text[i] = alphabet[0];
	}
	return false;
}

static void agrees_with_a_slow_matcher(void **state)
{
	char pattern[7] = "", name[6] = "";
	size_t matches = 0;

	while (next_text(pattern, 6, "ab*")) {
		memset(name, 0, sizeof(name));
		do {
			bool match = dfence_ifname_match(pattern, name);

			matches += match;
			if (match != slow_match(pattern, name))
				fail_msg("%s and %s", pattern, name);
		} while (next_text(name, 5, "ab"));
	}
	assert_true(matches > 1000);
}

static void checks_patterns(void **state)
{
	static const char * const good[] = {
		"a", "*", "wlan1", "wlan*", "br-0123456789ab", "eth0.100",
		"tun?", "[x]", "123456789012345", "...",
	};
	static const char * const bad[] = {
		"", ".", "..", "1234567890123456", "a b", "a\tb", "a/b", "a:1",
		"a\nb", "a\"b", "a\\b", "a=b", "\x7f", "\xc3\xa9", " ",
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (dfence_ifname_check(good[i]))
			fail_msg("%s is refused", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!dfence_ifname_check(bad[i]))
			fail_msg("%s is taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_as_listed),
		cmocka_unit_test(agrees_with_a_slow_matcher),
		cmocka_unit_test(checks_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
