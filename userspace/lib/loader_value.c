// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "countries.h"
#include "ifname.h"
#include "loader.h"
#include "utf8.h"

#define DAY 86400u

/* Oldest age that can be asked for, in days: a hundred years. */
#define AGE_MAX 36500u

/**
 * df_load_choice() - read one of a few words
 * @l: the loader
 * @node: the text
 * @what: what is chosen, with its article
 * @name: names the values from 0 on
 * @count: number of values
 * @choice: where to store the value
 *
 * Return: true; false after an error was reported.
 */
bool df_load_choice(struct df_loader *l, const struct df_yaml *node,
		    const char *what, const char *(*name)(unsigned int),
		    unsigned int count, unsigned int *choice)
{
	const char *text = df_load_text(l, node, what);
	struct df_suggestion suggestion = { .word = text };
	char list[64] = "", buf[DF_QUOTE_SIZE];
	unsigned int i;
	size_t length = 0;

	if (!text)
		return false;
	for (i = 0; i < count; i++) {
		if (!strcmp(name(i), text)) {
			*choice = i;
			return true;
		}
		df_suggest(&suggestion, name(i));
		length += (size_t)snprintf(list + length, sizeof(list) - length,
					   "%s%s", !i ? "" :
					   i + 1 < count ? ", " : " or ",
					   name(i));
	}
	if (suggestion.best)
		df_load_error(l, &node->mark,
			      "'%s' is not %s; did you mean '%s'?",
			      df_quote(text, buf), what, suggestion.best);
	else
		df_load_error(l, &node->mark, "'%s' is not %s; expected %s",
			      df_quote(text, buf), what, list);
	return false;
}

static const char *bool_name(unsigned int value)
{
	return value ? "true" : "false";
}

/**
 * df_load_bool() - read true or false
 * @l: the loader
 * @node: the text
 * @what: what is true or false
 * @value: where to store it
 *
 * Return: true; false after an error was reported.
 */
bool df_load_bool(struct df_loader *l, const struct df_yaml *node,
		  const char *what, bool *value)
{
	unsigned int choice;

	if (!df_load_choice(l, node, what, bool_name, 2, &choice))
		return false;
	*value = choice;
	return true;
}

/* Returns 0, -EINVAL if it is no number, -ERANGE if it is above @max. */
static int parse_number(const char *text, uint64_t max, uint64_t *number)
{
	*number = 0;
	if (!*text || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	for (; *text; text++) {
		*number = 10 * *number + (uint64_t)(*text - '0');
		if (*number > max)
			return -ERANGE;
	}
	return 0;
}

/**
 * df_load_number() - read a decimal number
 * @l: the loader
 * @mark: where it was written
 * @text: the number, perhaps part of a value
 * @what: what it is
 * @min: smallest value
 * @max: largest value, at most UINT64_MAX / 16
 * @number: where to store it
 *
 * A leading zero is an error, because some programs read such a number as
 * octal and others do not.
 *
 * Return: true; false after an error was reported.
 */
bool df_load_number(struct df_loader *l, const struct df_mark *mark,
		    const char *text, const char *what, uint64_t min,
		    uint64_t max, uint64_t *number)
{
	int err = parse_number(text, max, number);
	char buf[DF_QUOTE_SIZE];

	if (err == -EINVAL)
		df_load_error(l, mark, "'%s' is not a number; expected %s",
			      df_quote(text, buf), what);
	else if (text[0] == '0' && text[1])
		df_load_error(l, mark, "'%s' has a leading zero; write '%s'",
			      df_quote(text, buf),
			      text + strspn(text, "0") -
			      (text[strspn(text, "0")] == '\0'));
	else if (err || *number < min)
		df_load_error(l, mark,
			      "%s is out of range; expected %s from %" PRIu64
			      " to %" PRIu64, df_quote(text, buf), what, min,
			      max);
	else
		return true;
	return false;
}

struct unit {
	char letter;
	unsigned int days;
	const char *what;
};

static const struct unit units[] = {
	{ 'd', 1, "an age in days" },
	{ 'w', 7, "an age in weeks" },
	{ 'm', 30, "an age in months" },
	{ 'y', 365, "an age in years" },
};

static const struct unit *find_unit(char letter)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == letter)
			return &units[i];
	return NULL;
}

/**
 * df_load_duration() - read an age: a number and d, w, m or y, or "none"
 * @l: the loader
 * @node: the text
 * @none: what "none" stands for
 * @seconds: where to store it; a month has 30 days and a year 365
 *
 * Return: true; false after an error was reported.
 */
bool df_load_duration(struct df_loader *l, const struct df_yaml *node,
		      uint64_t none, uint64_t *seconds)
{
	const char *text = df_load_text(l, node, "an age such as 60d");
	char digits[32], buf[DF_QUOTE_SIZE];
	const struct unit *unit;
	uint64_t number;
	size_t length;

	if (!text)
		return false;
	if (!strcmp(text, "none")) {
		*seconds = none;
		return true;
	}
	length = strlen(text) - 1;
	unit = find_unit(text[length]);
	if (!unit || !length || length >= sizeof(digits) ||
	    strspn(text, "0123456789") != length) {
		df_load_error(l, &node->mark,
			      "'%s' is not an age; expected a number and d, w, m or y (such as 60d), or none",
			      df_quote(text, buf));
		return false;
	}
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (!df_load_number(l, &node->mark, digits, unit->what, 1,
			    AGE_MAX / unit->days, &number))
		return false;
	*seconds = number * unit->days * DAY;
	return true;
}

struct code_hint {
	const char *code;
	const char *hint;
};

/* Codes that occur in geo data or in habits, but are no countries. */
static const struct code_hint code_hints[] = {
	{ "UK", "did you mean 'GB' (United Kingdom)?" },
	{ "EU", "it is a union of countries, list its members" },
	{ "AP", "it stands for a region, list its countries" },
	{ "AN", "the Netherlands Antilles are now BQ, CW and SX" },
	{ "SU", "the Soviet Union is now RU and fourteen other countries" },
	{ "XK", "Kosovo has no code there; list networks or AS numbers" },
	{ "??", "an address without a known country is 'unknown'" },
};

static const char *find_hint(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(code_hints) / sizeof(code_hints[0]); i++)
		if (!strcmp(code_hints[i].code, code))
			return code_hints[i].hint;
	return NULL;
}

/**
 * df_load_hint_country() - report what only looks like no country
 * @l: the loader
 * @node: a text
 *
 * Return: true if @node is a country's name, or its code in lower case, and an
 * error was reported; false if nothing can be said.
 */
bool df_load_hint_country(struct df_loader *l, const struct df_yaml *node)
{
	const struct df_country *country = df_country_by_name(node->text);
	char code[3] = "";

	if (country) {
		df_load_error(l, &node->mark,
			      "a country is given by its code; did you mean '%s' (%s)?",
			      country->code, country->name);
		return true;
	}
	if (strlen(node->text) != 2)
		return false;
	code[0] = (char)toupper((unsigned char)node->text[0]);
	code[1] = (char)toupper((unsigned char)node->text[1]);
	if (!df_country_name(code))
		return false;
	df_load_error(l, &node->mark,
		      "country codes are upper case; did you mean '%s' (%s)?",
		      code, df_country_name(code));
	return true;
}

/**
 * df_load_country() - read a country code
 * @l: the loader
 * @node: a text
 * @country: where to store the code
 *
 * Return: true; false after an error was reported.
 */
bool df_load_country(struct df_loader *l, const struct df_yaml *node,
		     char country[3])
{
	const char *text = node->text, *hint = find_hint(text);
	char buf[DF_QUOTE_SIZE];
	size_t set;

	if (strlen(text) == 2 && df_country_name(text)) {
		memcpy(country, text, 3);
		return true;
	}
	if (hint)
		df_load_error(l, &node->mark,
			      "'%s' is not a country code of ISO 3166-1: %s",
			      text, hint);
	else if (df_find_set(l, text, &set))
		df_load_error(l, &node->mark,
			      "'%s' is a set, not a country code; a set goes under 'sets'",
			      df_quote(text, buf));
	else if (!df_load_hint_country(l, node))
		df_load_error(l, &node->mark,
			      "'%s' is not a country code of ISO 3166-1",
			      df_quote(text, buf));
	return false;
}

/**
 * df_load_asn() - read the number of an autonomous system
 * @l: the loader
 * @node: where it was written
 * @digits: its digits, part of the text of @node
 * @asn: where to store it
 *
 * Return: true; false after an error was reported.
 */
bool df_load_asn(struct df_loader *l, const struct df_yaml *node,
		 const char *digits, uint32_t *asn)
{
	uint64_t number;

	if (!df_load_number(l, &node->mark, digits, "an AS number", 1,
			    UINT32_MAX, &number))
		return false;
	*asn = (uint32_t)number;
	return true;
}

/**
 * df_load_network() - read a network or a single address
 * @l: the loader
 * @node: a text
 * @net: where to store it
 *
 * Return: true; false after an error was reported.
 */
bool df_load_network(struct df_loader *l, const struct df_yaml *node,
		     struct df_net *net)
{
	char meant[DF_NET_STRLEN], buf[DF_QUOTE_SIZE];
	const char *why;
	int err = df_net_parse(node->text, net, &why);

	if (!err)
		return true;
	if (err == -ERANGE) {
		df_net_format(net, meant);
		df_load_error(l, &node->mark,
			      "'%s' is not a network, %s; did you mean '%s'?",
			      df_quote(node->text, buf), why, meant);
	} else {
		df_load_error(l, &node->mark, "'%s' is not a network: %s",
			      df_quote(node->text, buf), why);
	}
	return false;
}

/**
 * df_load_ifname() - read a name or pattern of interfaces
 * @l: the loader
 * @node: a text
 * @name: where to store it
 *
 * Return: true; false after an error was reported.
 */
bool df_load_ifname(struct df_loader *l, const struct df_yaml *node,
		    char name[DRONEFENCE_IFNAME_MAX + 1])
{
	const char *why = dfence_ifname_check(node->text);

	if (why) {
		df_load_error(l, &node->mark, "%s", why);
		return false;
	}
	strcpy(name, node->text);
	return true;
}
