// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Interface name patterns
 *
 * The name of a network interface, in which `*` stands for any characters, none
 * included. Every other character is itself: Linux allows nearly all of them in
 * a name, brackets and question marks too.
 *
 * The match is the greedy one that falls back to the most recent star only, as
 * in pattern.c, and neither text has more than DRONEFENCE_IFNAME_MAX characters.
 */

#include "ifname.h"

/**
 * dfence_ifname_match() - does an interface belong to a pattern
 * @pattern: passed dfence_ifname_check()
 * @name: of the interface
 *
 * Context: any; no locks, does not sleep.
 * Return: true if it does.
 */
bool dfence_ifname_match(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool is_dots(const char *pattern)
{
	return !strcmp(pattern, ".") || !strcmp(pattern, "..");
}

/**
 * dfence_ifname_check() - is this a pattern for interfaces
 * @pattern: NUL-terminated text from user space
 *
 * Refused are also names that Linux allows and that could not stand in a log
 * line as they are; a star matches them.
 *
 * Return: NULL if it is, else what is wrong with it, a constant.
 */
const char *dfence_ifname_check(const char *pattern)
{
	const char *p;

	if (!*pattern)
		return "interface has no name";
	if (strlen(pattern) > DRONEFENCE_IFNAME_MAX)
		return "interface has a name that is longer than 15 characters";
	if (is_dots(pattern))
		return "no interface can have this name";
	for (p = pattern; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return "interface has a character that is not printable";
		if (strchr("/:\"\\=", *p))
			return "no interface can have a name with / : \" \\ or =";
	}
	return NULL;
}
