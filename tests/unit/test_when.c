// SPDX-License-Identifier: GPL-2.0-or-later
/* Points in time as people write them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "when.h"

#define SECOND 1000000000ll

/* 2026-11-20T12:13:14.5Z */
#define NOW (1795176794ll * SECOND + SECOND / 2)
#define MIDNIGHT (1795132800ll * SECOND)

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void assert_when(const char *text, int64_t want)
{
	int64_t ns = 0;

	if (df_when_parse(text, NOW, &ns) || ns != want)
		fail_msg("%s: %lld", text, (long long)ns);
}

static void reads_times_ago(void **state)
{
	set_zone("UTC");
	assert_when("now", NOW);
	assert_when("0s", NOW);
	assert_when("45s", NOW - 45 * SECOND);
	assert_when("30min", NOW - 1800 * SECOND);
	assert_when("30m", NOW - 1800 * SECOND);
	assert_when("2h", NOW - 7200 * SECOND);
	assert_when("3d", NOW - 3 * 86400 * SECOND);
	assert_when("1w", NOW - 7 * 86400 * SECOND);
}

static void reads_days(void **state)
{
	set_zone("UTC");
	assert_when("today", MIDNIGHT);
	assert_when("yesterday", MIDNIGHT - 86400 * SECOND);
	set_zone("XXX-2");
	assert_when("today", MIDNIGHT - 7200 * SECOND);
}

static void reads_dates(void **state)
{
	set_zone("UTC");
	assert_when("2026-11-20", MIDNIGHT);
	assert_when("2026-11-20 12:13", NOW - 14 * SECOND - SECOND / 2);
	assert_when("2026-11-20 12:13:14", NOW - SECOND / 2);
	assert_when("2026-11-20T12:13:14.5", NOW);
	assert_when("2026-11-20T12:13:14.500000000Z", NOW);
	set_zone("XXX-2");
	assert_when("2026-11-20T12:13:14.5Z", NOW);
	assert_when("2026-11-20T14:13:14.5", NOW);
	assert_when("2026-11-20Z", MIDNIGHT);
}

static void refuses_the_rest(void **state)
{
	static const char *const texts[] = {
		"", "2", "h", "2x", "-2h", "2 h", "2026", "2026-13-01",
		"2026-11-20x", "2026-11-20 25:00", "tomorrow", "2026-11-20T12:13:14.Z",
		"99999999999999999999h", "99999999999w", "today ", "2026-11-20ZZ",
		"2263-01-01", "9999-12-31", "1600-01-01Z", "6000w",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t ns;

		if (df_when_parse(texts[i], NOW, &ns) != -EINVAL)
			fail_msg("\"%s\" is %lld", texts[i], (long long)ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_times_ago),
		cmocka_unit_test(reads_days),
		cmocka_unit_test(reads_dates),
		cmocka_unit_test(refuses_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
