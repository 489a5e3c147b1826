// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's cgroup patterns, the same file that runs in the kernel:
 * correctness by table, and against a slow matcher that tries everything.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pattern.h"

static const struct {
	const char *pattern;
	const char *path;
	bool match;
} cases[] = {
	{ "/", "/", true },
	{ "/", "/a/b", true },
	{ "/a", "/a", true },
	{ "/a", "/", false },
	{ "/a", "/b", false },
	{ "/a", "/ab", false },
	{ "/ab", "/a", false },
	/* descendants */
	{ "/a", "/a/b", true },
	{ "/a", "/a/b/c", true },
	{ "/a/b", "/a", false },
	{ "/a/b", "/a/b", true },
	{ "/a/b", "/a/bc", false },
	{ "/b", "/a/b", false },
	/* within a component */
	{ "/a*", "/a", true },
	{ "/a*", "/abc/d", true },
	{ "/*", "/", false },
	{ "/*", "/x", true },
	{ "/*c", "/abc", true },
	{ "/*c", "/abcd", false },
	{ "/a*c*e", "/abcde", true },
	{ "/a*c*e", "/abcd", false },
	{ "/*a*", "/xax", true },
	{ "/a*/b", "/a/x/b", false },
	{ "/a*b", "/a/b", false },
	{ "/?", "/a", true },
	{ "/?", "/ab", false },
	{ "/a?c", "/abc", true },
	{ "/a?c", "/a/c", false },
	{ "/[ab]", "/a", true },
	{ "/[ab]", "/c", false },
	{ "/[a-c]x", "/bx", true },
	{ "/[a-c]x", "/dx", false },
	{ "/[!a-c]", "/d", true },
	{ "/[^a-c]", "/b", false },
	{ "/[]]", "/]", true },
	{ "/[!]]", "/]", false },
	{ "/[a-]", "/-", true },
	{ "/[*]", "/*", true },
	{ "/[*]", "/a", false },
	/* a backslash is a backslash: systemd writes them */
	{ "/app-a\\x2db.scope", "/app-a\\x2db.scope", true },
	{ "/app-a\\x2db.scope", "/app-a-b.scope", false },
	/* any number of components */
	{ "/**", "/", true },
	{ "/**", "/a/b", true },
	{ "/**/a", "/a", true },
	{ "/**/a", "/x/y/a/z", true },
	{ "/**/a", "/x/y/ab", false },
	{ "/a/**/b", "/a/b", true },
	{ "/a/**/b", "/a/x/y/b", true },
	{ "/a/**/b", "/b/a", false },
	{ "/a/**", "/a", true },
	{ "/**/a/**/b", "/x/a/a/y/b/c", true },
	{ "/**/a/**/b", "/x/b/y/a", false },
	{ "/**/a/b", "/a/x/a/b", true },
	{ "/**/**/a", "/a", true },
	/* any number of slices, and nothing else */
	{ "/**.slice/a", "/a/b", true },
	{ "/**.slice/a", "/x.slice/a", true },
	{ "/**.slice/a", "/x.slice/y.slice/a", true },
	{ "/**.slice/a", "/x.slice/y.slice", false },
	{ "/**.slice/a", "/x.slice/y.service/a", false },
	{ "/**.slice/a", "/x.service/y.slice/a", false },
	{ "/**.slice/a", "/x.slicer/a", false },
	{ "/**.slice/a", "/slice/a", false },
	{ "/**.slice/a", "/", false },
	{ "/**.slice/*.slice/b", "/x.slice/y.slice/b", true },
	{ "/**.slice/a/**/b", "/x.slice/a/y/b", true },
	{ "/**.slice/a/**/b", "/x.slice/y/a/b", false },
	/* as they are used */
	{ "/**.slice/getty@*.service", "/system.slice/system-getty.slice/getty@tty1.service", true },
	{ "/**.slice/a.service",
	  "/user.slice/user-1000.slice/user@1000.service/app.slice/a.service", false },
	{ "/user.slice/**/app-org.mavlink.qgroundcontrol-*.scope",
	  "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.mavlink.qgroundcontrol-42.scope/x", true },
	{ "/user.slice/**/app-org.mavlink.qgroundcontrol-*.scope",
	  "/user.slice/user-1000.slice/session-1.scope", false },
	{ "/**/dronefence-fleet.*.scope", "/dronefence.slice/dronefence-fleet.7.scope", true },
	{ "/**/dronefence-fleet.*.scope", "/dronefence.slice/dronefence-fleet-server.7.scope", false },
};

static void table(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_null(dfence_pattern_check(cases[i].pattern));
		if (dfence_pattern_match(cases[i].pattern, cases[i].path) !=
		    cases[i].match)
			fail_msg("%s and %s", cases[i].pattern, cases[i].path);
	}
}

static const struct {
	const char *pattern;
	const char *why;
} bad[] = {
	{ "", "pattern does not start with /" },
	{ "a/b", "pattern does not start with /" },
	{ "//", "pattern has an empty component" },
	{ "/a//b", "pattern has an empty component" },
	{ "/a/", "pattern has an empty component" },
	{ "/.", "pattern has a component . or .." },
	{ "/a/../b", "pattern has a component . or .." },
	{ "/a**", "pattern has ** beside other characters" },
	{ "/**a", "pattern has ** beside other characters" },
	{ "/**.slice", "pattern has ** beside other characters" },
	{ "/**.slice/", "pattern has an empty component" },
	{ "/a/**.slice/b", "pattern has ** beside other characters" },
	{ "/**.slice/**.slice/b", "pattern has ** beside other characters" },
	{ "/**.slices/a", "pattern has ** beside other characters" },
	{ "/***", "pattern has ** beside other characters" },
	{ "/[", "pattern has [ without ]" },
	{ "/[]", "pattern has [ without ]" },
	{ "/[!]", "pattern has [ without ]" },
	{ "/[a/b]", "pattern has [ without ]" },
	{ "/a\n", "pattern has a control character" },
	{ "/\x7f", "pattern has a control character" },
};

static void refused(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *why = dfence_pattern_check(bad[i].pattern);

		if (!why)
			fail_msg("%s was taken", bad[i].pattern);
		assert_string_equal(why, bad[i].why);
	}
}

/*
 * The slow matcher: patterns without classes, by definition and recursion.
 * A component is compared with a component, stars try every length.
 */
static bool slow_component(const char *p, size_t plen, const char *s, size_t slen)
{
	if (!plen)
		return !slen;
	if (*p == '*')
		return slow_component(p + 1, plen - 1, s, slen) ||
		       (slen && slow_component(p, plen, s + 1, slen - 1));
	return slen && (*p == '?' || *p == *s) &&
	       slow_component(p + 1, plen - 1, s + 1, slen - 1);
}

static bool slow_match(const char *p, const char *s)
{
	size_t plen = strcspn(p, "/"), slen = strcspn(s, "/");
	const char *pnext = p[plen] ? p + plen + 1 : p + plen;
	const char *snext = s[slen] ? s + slen + 1 : s + slen;

	if (!plen)
		return true;
	if (plen == 2 && p[0] == '*' && p[1] == '*')
		return slow_match(pnext, s) || (slen && slow_match(p, snext));
	if (plen == 8 && !memcmp(p, "**.slice", 8))
		return slow_match(pnext, s) ||
		       (slen && slow_component("*.slice", 7, s, slen) &&
			slow_match(p, snext));
	return slen && slow_component(p, plen, s, slen) && slow_match(pnext, snext);
}

static uint32_t random_state = 20261120;

static unsigned int random_below(unsigned int n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

/* A few letters only, so that much of it matches. */
static void random_text(char *buf, const char *letters, bool pattern)
{
	size_t components = random_below(5), i, k, len = 0;

	buf[len++] = '/';
	for (i = 0; i < components; i++) {
		if (i)
			buf[len++] = '/';
		if (!random_below(4) && (!pattern || (!i && components > 1))) {
			len += sprintf(buf + len, pattern ? "**.slice" : "a.slice");
			continue;
		}
		if (pattern && !random_below(3)) {
			buf[len++] = '*';
			buf[len++] = '*';
			continue;
		}
		for (k = random_below(4) + 1; k; k--) {
			char c = letters[random_below(strlen(letters))];

			/* Two stars beside each other are refused. */
			if (c == '*' && buf[len - 1] == '*')
				c = 'a';
			buf[len++] = c;
		}
	}
	buf[len] = '\0';
}

static void against_the_slow_matcher(void **state)
{
	char pattern[64], path[64];
	int i, matches = 0;

	for (i = 0; i < 1000000; i++) {
		bool expected;

		random_text(pattern, "ab*?", true);
		random_text(path, "ab", false);
		if (dfence_pattern_check(pattern))
			fail_msg("%s was refused", pattern);
		expected = slow_match(pattern + 1, path + 1);
		matches += expected;
		if (dfence_pattern_match(pattern, path) != expected)
			fail_msg("%s and %s: expected %d", pattern, path, expected);
	}
	/* Neither always nor never. */
	assert_in_range(matches, 200000, 800000);
}

/* What passes the check never reads past its end, whatever it is. */
static void any_pattern(void **state)
{
	char pattern[64], path[64];
	int i, taken = 0;

	for (i = 0; i < 1000000; i++) {
		random_text(pattern, "a*?[]!-^.\\\xff", true);
		random_text(path, "a-]\\\xff", false);
		if (dfence_pattern_check(pattern))
			continue;
		taken++;
		dfence_pattern_match(pattern, path);
	}
	assert_in_range(taken, 10000, 1000000);
}

/* The worst that fits: no more steps than components times letters. */
static void long_paths_end(void **state)
{
	static char pattern[512], path[4096];
	size_t i;

	for (i = 0; i + 2 < sizeof(path); i += 2)
		memcpy(path + i, "/a", 2);
	strcpy(pattern, "/**");
	for (i = 3; i + 10 < sizeof(pattern); i += 5)
		strcpy(pattern + i, "/a/**");
	strcat(pattern, "/b");
	assert_null(dfence_pattern_check(pattern));
	assert_false(dfence_pattern_match(pattern, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(refused),
		cmocka_unit_test(against_the_slow_matcher),
		cmocka_unit_test(any_pattern),
		cmocka_unit_test(long_paths_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
