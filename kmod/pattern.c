// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Cgroup path patterns
 *
 * A pattern is an absolute path. Within a component `*` stands for any run of
 * characters, `?` for one, `[a-z]` and `[!a-z]` for one of a class; a component
 * that is exactly `**` stands for any number of components, none included, and
 * `**.slice`, which only the first of several can be, for any number of slices:
 * components that end so. Below a slice of the system nobody but root makes
 * another one, so what follows is the system's, not what a user called so. A
 * backslash is an ordinary character, because systemd writes unit names such
 * as `app-a\x2db.scope`. A pattern matches a path when it matches the path or
 * one of its ancestors, so that the descendants of a cgroup belong to the
 * application too.
 *
 *	/dronefence.slice/qgc*   matches /dronefence.slice/qgc-1.scope/worker
 *	/user.slice/ ** /a.scope   (without the blanks) matches
 *	                         /user.slice/user-1.slice/x.service/a.scope/b
 *	/ **.slice/a.service   (without the blank) matches
 *	                         /system.slice/a.service but not
 *	                         /user.slice/user-1.slice/x.service/a.service
 *
 * Both levels, characters in a component and components in a path, use the
 * usual greedy match that falls back to the most recent star only. That is
 * enough: whatever an earlier star could still give up, the latest one can
 * take by itself. Slices come before every star, so there is none that they would
 * have to fall back to. A match costs at most (components) x (pattern) steps and no
 * stack, whatever path an unprivileged user builds.
 */

#include "pattern.h"

/* One past the last character of the component that starts at @p. */
static const char *component_end(const char *p)
{
	while (*p && *p != '/')
		p++;
	return p;
}

static const char *next_component(const char *end)
{
	return *end == '/' ? end + 1 : end;
}

static bool is_double_star(const char *p, const char *end)
{
	return end - p == 2 && p[0] == '*' && p[1] == '*';
}

/* Does `**.slice` begin here, with more behind it? */
static bool is_slices(const char *p, const char *end)
{
	static const char slices[] = "**.slice";

	return end - p == sizeof(slices) - 1 && *end &&
	       !memcmp(p, slices, sizeof(slices) - 1);
}

/*
 * Match one character against the class that starts behind '['. Returns the
 * position behind ']'. dfence_pattern_check() has made sure there is one.
 */
static const char *match_class(const char *p, char c, bool *matched)
{
	bool invert = *p == '!' || *p == '^';
	bool found = false;

	if (invert)
		p++;
	do {
		u8 low = *p++, high = low;

		if (p[0] == '-' && p[1] != ']') {
			high = p[1];
			p += 2;
		}
		found |= low <= (u8)c && (u8)c <= high;
	} while (*p != ']');

	*matched = found != invert;
	return p + 1;
}

/* Match one character of the pattern, which is not a star. */
static const char *match_one(const char *p, char c, bool *matched)
{
	switch (*p) {
	case '?':
		*matched = true;
		return p + 1;
	case '[':
		return match_class(p + 1, c, matched);
	default:
		*matched = *p == c;
		return p + 1;
	}
}

static bool match_component(const char *p, const char *pend,
			    const char *s, const char *send)
{
	const char *star = NULL, *retry = NULL;

	while (s < send) {
		bool matched = false;

		if (p < pend && *p == '*') {
			star = ++p;
			retry = s;
			continue;
		}
		if (p < pend)
			p = match_one(p, *s, &matched);
		if (matched) {
			s++;
			continue;
		}
		if (!star)
			return false;
		p = star;
		s = ++retry;
	}

	while (p < pend && *p == '*')
		p++;
	return p == pend;
}

/**
 * dfence_pattern_match() - does a cgroup belong to a pattern
 * @pattern: passed dfence_pattern_check()
 * @path: absolute path of the cgroup, "/" for the root
 *
 * Context: any; no locks, does not sleep.
 * Return: true if @pattern matches @path or one of its ancestors.
 */
bool dfence_pattern_match(const char *pattern, const char *path)
{
	const char *p = pattern + 1, *s = path + 1;
	const char *star = NULL, *retry = NULL;
	const char *slice = NULL, *slice_end = NULL;

	for (;;) {
		const char *pend = component_end(p);
		const char *send = component_end(s);

		if (p == pend)
			return true;
		if (is_double_star(p, pend) || is_slices(p, pend)) {
			/* One star of it is what each component must match. */
			slice = pend - p > 2 ? p + 1 : NULL;
			slice_end = pend;
			p = next_component(pend);
			star = p;
			retry = s;
			continue;
		}
		if (s == send)
			return false;
		if (match_component(p, pend, s, send)) {
			p = next_component(pend);
			s = next_component(send);
			continue;
		}
		if (!star)
			return false;
		if (slice && !match_component(slice, slice_end, retry,
					      component_end(retry)))
			return false;
		p = star;
		retry = next_component(component_end(retry));
		s = retry;
	}
}

/* Complain about a component, or return NULL. */
static const char *check_component(const char *p, const char *end)
{
	if (p == end)
		return "pattern has an empty component";
	if (p[0] == '.' && (end - p == 1 || (end - p == 2 && p[1] == '.')))
		return "pattern has a component . or ..";
	if (is_double_star(p, end))
		return NULL;

	for (; p < end; p++) {
		if ((u8)*p < ' ' || *p == 0x7f)
			return "pattern has a control character";
		if (p[0] == '*' && p + 1 < end && p[1] == '*')
			return "pattern has ** beside other characters";
		if (*p != '[')
			continue;
		p++;
		if (p < end && (*p == '!' || *p == '^'))
			p++;
		/* The first character of a class may be ']'. */
		p++;
		while (p < end && *p != ']')
			p++;
		if (p >= end)
			return "pattern has [ without ]";
	}
	return NULL;
}

/**
 * dfence_pattern_check() - is this a pattern
 * @pattern: NUL-terminated text from user space
 *
 * Return: NULL if it is, else what is wrong with it, a constant.
 */
const char *dfence_pattern_check(const char *pattern)
{
	const char *p = pattern + 1, *why;

	if (*pattern != '/')
		return "pattern does not start with /";
	if (!*p)
		return NULL;
	if (is_slices(p, component_end(p)))
		p = next_component(component_end(p));

	for (;;) {
		const char *end = component_end(p);

		why = check_component(p, end);
		if (why || !*end)
			return why;
		p = end + 1;
	}
}
