// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence limits: show them, or change some of them. */

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "suggest.h"

static const char *unit_of(int limit)
{
	return limit == DF_LIMIT_FLOWS ? "flows" : "seconds";
}

static int find_limit(const char *name, size_t length)
{
	int i;

	for (i = 0; i < DF_LIMITS; i++)
		if (strlen(df_limit_name(i)) == length &&
		    !strncmp(df_limit_name(i), name, length))
			return i;
	return -1;
}

static void unknown_limit(const char *name)
{
	struct df_suggestion suggestion = { .word = name };
	int i;

	for (i = 0; i < DF_LIMITS; i++)
		df_suggest(&suggestion, df_limit_name(i));
	if (suggestion.best)
		complain("there is no limit \"%s\"; did you mean \"%s\"?", name,
			 suggestion.best);
	else
		complain("there is no limit \"%s\"; see: dronefence limits", name);
}

/* Seconds in a unit, 0 for none of ours. */
static uint64_t unit_seconds(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(units[i].name, unit))
			return units[i].seconds;
	return 0;
}

/* Any number that is too large for a limit is UINT64_MAX. */
static bool parse_value(int limit, const char *text, uint64_t *value)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t factor = limit == DF_LIMIT_FLOWS ? !text[digits] :
						    unit_seconds(text + digits);

	if (!digits || !factor) {
		complain("%s: \"%s\" is not %s", df_limit_name(limit), text,
			 limit == DF_LIMIT_FLOWS ? "a number" :
			 "a time; expected a number and s, m, h or d, such as 90s");
		return false;
	}
	/* Twelve digits of the largest unit still fit. */
	*value = digits > 12 ? UINT64_MAX : strtoull(text, NULL, 10) * factor;
	return true;
}

/* "name=value" */
static bool parse_limit(const char *text, struct df_limits *limits)
{
	const char *equals = strchr(text, '=');
	char *name;
	uint64_t value;
	int limit;

	if (!equals) {
		complain("\"%s\" is not NAME=VALUE", text);
		return false;
	}
	limit = find_limit(text, equals - text);
	if (limit < 0) {
		name = strndup(text, equals - text);
		unknown_limit(name ?: text);
		free(name);
		return false;
	}
	if (!parse_value(limit, equals + 1, &value))
		return false;
	if (!value || value > df_limit_max(limit)) {
		complain("%s: %s is out of range; expected 1 to %u %s",
			 df_limit_name(limit), equals + 1, df_limit_max(limit),
			 unit_of(limit));
		return false;
	}
	if (limits->given[limit]) {
		complain("%s is given twice", df_limit_name(limit));
		return false;
	}
	limits->given[limit] = true;
	limits->value[limit] = value;
	return true;
}

static enum df_exit print_limits(const struct cli *cli,
				 const struct df_limits *limits)
{
	json_t *json = cli->json ? json_object() : NULL;
	int i;

	for (i = 0; i < DF_LIMITS; i++) {
		if (!limits->given[i])
			continue;
		if (json)
			json_object_set_new(json, df_limit_name(i),
					    json_integer(limits->value[i]));
		else if (!cli->json)
			printf("%-21s %u %s\n", df_limit_name(i),
			       limits->value[i], unit_of(i));
	}
	return cli->json ? print_json(json) : DF_EXIT_OK;
}

/**
 * cmd_limits() - show the limits of the module, after changing some
 * @cli: options
 * @argc: 0 or more
 * @argv: NAME=VALUE each; all are set or none
 *
 * Return: DF_EXIT_OK, DF_EXIT_USAGE for a limit that there is not or a value
 * that it cannot have.
 */
enum df_exit cmd_limits(const struct cli *cli, int argc, char **argv)
{
	struct df_limits wanted = { 0 }, limits;
	struct df_client *client;
	enum df_exit status;
	int i, err = 0;

	for (i = 0; i < argc; i++)
		if (!parse_limit(argv[i], &wanted))
			return DF_EXIT_USAGE;
	status = client_open(&client);
	if (status)
		return status;
	if (argc)
		err = df_client_set_limits(client, &wanted);
	if (!err)
		err = df_client_limits(client, &limits);
	if (err)
		status = client_failed(client, err);
	else
		status = print_limits(cli, &limits);
	df_client_close(client);
	return status;
}
