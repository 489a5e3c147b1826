// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "when.h"

#define NS_PER_SEC 1000000000ll

/* A hundred years: nobody means more, and as ns it does not overflow. */
#define AGO_MAX (100ll * 366 * 86400)

static const struct {
	const char *name;
	int64_t seconds;
} units[] = {
	{ "s", 1 }, { "sec", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 },
	{ "d", 86400 }, { "w", 7 * 86400 },
};

/**
 * df_when_length() - read a length of time
 * @text: "2h", and so with s, sec, m, min, d and w
 * @seconds: result, at most a hundred years
 *
 * Return: true if it is one.
 */
bool df_when_length(const char *text, int64_t *seconds)
{
	int64_t number = 0;
	size_t i;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		number = number * 10 + (*text - '0');
		if (number > AGO_MAX)
			return false;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name))
			continue;
		*seconds = number * units[i].seconds;
		return *seconds <= AGO_MAX;
	}
	return false;
}

/* A day of local time, so many days after today. */
static bool parse_day(const char *text, time_t now, time_t *seconds)
{
	bool yesterday = !strcmp(text, "yesterday");
	struct tm tm;

	if ((!yesterday && strcmp(text, "today")) || !localtime_r(&now, &tm))
		return false;
	tm.tm_mday -= yesterday;
	tm.tm_hour = 0;
	tm.tm_min = 0;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	*seconds = mktime(&tm);
	return true;
}

/* ".123456789": of a time as the records have it. */
static const char *parse_fraction(const char *text, int64_t *ns)
{
	int64_t unit = NS_PER_SEC / 10;

	*ns = 0;
	if (*text != '.' || !isdigit((unsigned char)text[1]))
		return text;
	for (text++; isdigit((unsigned char)*text); text++, unit /= 10)
		*ns += unit * (*text - '0');
	return text;
}

static const char *parse_date(const char *text, struct tm *tm)
{
	static const char *const formats[] = {
		"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M", "%Y-%m-%d",
	};
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *rest;

		memset(tm, 0, sizeof(*tm));
		rest = strptime(text, formats[i], tm);
		if (rest)
			return rest;
	}
	return NULL;
}

static bool parse_absolute(const char *text, int64_t *ns)
{
	struct tm tm;
	const char *rest = parse_date(text, &tm);
	int64_t fraction;
	bool utc;

	if (!rest)
		return false;
	rest = parse_fraction(rest, &fraction);
	utc = *rest == 'Z';
	tm.tm_isdst = -1;
	/* Years until 2262 have a number of ns. */
	return !rest[utc] &&
	       !__builtin_mul_overflow(utc ? timegm(&tm) : mktime(&tm), NS_PER_SEC,
				       ns) &&
	       !__builtin_add_overflow(*ns, fraction, ns);
}

/**
 * df_when_parse() - read a point in time
 * @text: "2026-11-20", "2026-11-20 12:13", "2026-11-20T12:13:14.5", in local
 *	time, or with a Z behind in UTC; "2h" for two hours ago, and so with s,
 *	min, d and w; "now", "today" and "yesterday"
 * @now: ns since 1970
 * @ns: result, ns since 1970
 *
 * Return: 0 or -EINVAL.
 */
int df_when_parse(const char *text, int64_t now, int64_t *ns)
{
	int64_t ago;
	time_t day;

	if (!strcmp(text, "now"))
		*ns = now;
	else if (parse_day(text, (time_t)(now / NS_PER_SEC), &day))
		*ns = (int64_t)day * NS_PER_SEC;
	else if (df_when_length(text, &ago))
		*ns = now - ago * NS_PER_SEC;
	else if (!parse_absolute(text, ns))
		return -EINVAL;
	return 0;
}
