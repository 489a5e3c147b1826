// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence history, rollback and confirm: what was in force, and the way back. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "confirm.h"
#include "event.h"
#include "hex.h"

/* Digits of a digest that people compare. */
#define SHORT 12

/**
 * struct shown - what history shows
 * @history: what is kept
 * @policy: in force
 * @has_policy: @policy holds
 * @pending: what waits
 * @waits: @pending holds
 */
struct shown {
	struct df_history history;
	struct df_policy_info policy;
	bool has_policy;
	struct df_pending pending;
	bool waits;
};

static enum df_exit history_failed(const struct cli *cli, int err)
{
	complain("%s: %s", cli->history, err == -EINVAL ?
		 "the history of policies is damaged" : df_cache_problem(err));
	return err == -EINVAL ? DF_EXIT_BROKEN :
	       err == -EACCES ? DF_EXIT_PERMISSION : DF_EXIT_FAILED;
}

/**
 * read_pending() - look whether the policy in force waits to be confirmed
 * @cli: options
 * @client: open
 * @pending: result
 *
 * Return: true if it does.
 */
bool read_pending(const struct cli *cli, struct df_client *client,
		  struct df_pending *pending)
{
	return cli->history && !df_pending_read(cli->history, pending) &&
	       df_pending_holds(pending, client) == 1;
}

/* Without the module nothing is in force, and the history still there. */
static enum df_exit ask_kernel(const struct cli *cli, struct shown *shown)
{
	enum df_exit status = DF_EXIT_OK;
	struct df_client *client;
	int err = df_client_open(&client);

	if (!err)
		err = df_client_policy(client, &shown->policy);
	shown->has_policy = !err;
	if (err && err != -ENOENT)
		status = client_failed(client, err);
	else if (!err)
		shown->waits = read_pending(cli, client, &shown->pending);
	df_client_close(client);
	return status;
}

static bool in_force(const struct shown *shown,
		     const struct df_history_entry *entry)
{
	return shown->has_policy && !memcmp(shown->policy.digest, entry->digest,
					    sizeof(entry->digest));
}

/* Negative if the time is over. */
static int64_t seconds_left(const struct df_pending *pending)
{
	return (int64_t)pending->deadline - (int64_t)df_boottime();
}

static json_t *json_digest(const uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	char text[DF_HEX_DIGEST];

	df_hex(digest, DRONEFENCE_DIGEST_LEN, text);
	return json_string(text);
}

static json_t *json_entry(const struct shown *shown,
			  const struct df_history_entry *entry)
{
	char time[32], geo[32];

	format_time(entry->time, time);
	format_time(entry->geo_date, geo);
	return json_pack("{s:I, s:b, s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o}",
			 "number", (json_int_t)entry->number,
			 "in_force", in_force(shown, entry), "time", time,
			 "uid", (json_int_t)entry->uid,
			 "cause", df_cause_name(entry->cause),
			 "name", entry->name, "file", json_text(entry->file),
			 "digest", json_digest(entry->digest),
			 "source_digest", json_digest(entry->source_digest),
			 "geo_digest", json_digest(entry->geo_digest),
			 "geo_date", entry->geo_date ? json_string(geo) :
			 json_null());
}

static json_t *json_waits(const struct shown *shown)
{
	if (!shown->waits)
		return json_null();
	return json_pack("{s:o, s:o, s:I}",
			 "digest", json_digest(shown->pending.digest),
			 "before", json_digest(shown->pending.before),
			 "seconds_left",
			 (json_int_t)seconds_left(&shown->pending));
}

static enum df_exit print_history_json(const struct shown *shown)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < shown->history.count; i++)
		json_add(&list, json_entry(shown, &shown->history.list[i]));
	return print_json(json_pack("{s:o, s:o}", "policies", list, "waits",
				    json_waits(shown)));
}

static void print_entry(const struct shown *shown,
			const struct df_history_entry *entry)
{
	char time[32], geo_time[32] = "none", file[4 * PATH_MAX + 1];
	char digest[DF_HEX_DIGEST], geo[DF_HEX_DIGEST];

	format_time(entry->time, time);
	if (entry->geo_date)
		format_time(entry->geo_date, geo_time);
	df_hex(entry->digest, sizeof(entry->digest), digest);
	df_hex(entry->geo_digest, sizeof(entry->geo_digest), geo);
	df_escape(entry->file, sizeof(entry->file), "", file, sizeof(file));
	printf("%c %u  %s  %s by uid %u  %s\n", in_force(shown, entry) ? '*' : ' ',
	       entry->number, time, df_cause_name(entry->cause), entry->uid,
	       entry->name);
	printf("     digest %.*s, geo data %.*s of %s, from %s\n", SHORT,
	       digest, SHORT, geo, geo_time, file);
}

/**
 * warn_pending() - tell that a policy waits to be confirmed
 * @pending: it is in force
 */
void warn_pending(const struct df_pending *pending)
{
	int64_t left = seconds_left(pending);

	if (left >= 0)
		complain("the policy in force goes in %" PRId64 " seconds, unless: dronefence confirm",
			 left);
	else
		complain("the policy in force was not confirmed in time, and is still there: dronefence rollback, or dronefence confirm");
}

static enum df_exit print_history(const struct shown *shown)
{
	size_t i;

	for (i = 0; i < shown->history.count; i++)
		print_entry(shown, &shown->history.list[i]);
	if (!shown->has_policy)
		complain("no policy is in force");
	else if (!df_history_find(&shown->history, shown->policy.digest))
		complain("the policy in force, %s, is not in the history",
			 shown->policy.name);
	if (shown->waits)
		warn_pending(&shown->pending);
	return DF_EXIT_OK;
}

/**
 * cmd_history() - list the policies that were in force last
 * @cli: options
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK; DF_EXIT_BROKEN if the list is damaged.
 */
enum df_exit cmd_history(const struct cli *cli, int argc, char **argv)
{
	struct shown shown = { 0 };
	int err = df_history_read(cli->history, &shown.history);
	enum df_exit status;

	if (err)
		return history_failed(cli, err);
	status = ask_kernel(cli, &shown);
	if (status)
		return status;
	return cli->json ? print_history_json(&shown) : print_history(&shown);
}

/* Does the file hold what the policy was compiled from? */
static bool holds(const char *path, const struct df_history_entry *entry,
		  bool *valid)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(path, &diags);
	bool same = policy && !memcmp(policy->digest, entry->source_digest,
				      sizeof(policy->digest));

	*valid = policy;
	df_policy_free(policy);
	df_diags_free(&diags);
	return same;
}

/* A way back that the next boot undoes must not come as a surprise. */
static void hint(const struct cli *cli, const struct df_history_entry *entry)
{
	bool valid, other;

	if (holds(cli->policy, entry, &valid))
		return;
	complain(valid ? "%s holds another policy, which comes into force at the next boot" :
		 "%s holds no valid policy: after the next boot none is in force",
		 cli->policy);
	if (*entry->file && holds(entry->file, entry, &other))
		complain("the text of this one is still in %s", entry->file);
}

static enum df_exit print_rollback(const struct cli *cli,
				   const struct df_applied *applied,
				   const struct df_history_entry *entry)
{
	if (cli->json)
		return print_json(json_pack("{s:I, s:I, s:s}", "number",
					    (json_int_t)entry->number,
					    "generation",
					    (json_int_t)applied->generation,
					    "name", entry->name));
	printf("policy %u, %s, is in force again as generation %u\n",
	       entry->number, entry->name, applied->generation);
	return DF_EXIT_OK;
}

static enum df_exit roll_back(const struct cli *cli, struct df_client *client,
			      const struct df_switches *switches,
			      uint32_t number)
{
	const struct df_build_options options = {
		.geo = cli->geo, .cache = cli->cache, .history = cli->history,
		.switches = switches,
		.trust = { DF_TRUST_DIR, DF_TRUST_LAST },
	};
	struct df_history_entry entry = { 0 };
	struct df_applied applied = { 0 };
	struct df_diags diags = { 0 };
	enum df_exit status = df_rollback(client, number, &options, &diags,
					  &applied, &entry);

	df_diags_print(&diags, stderr, cli->color);
	df_diags_free(&diags);
	if (status) {
		complain("nothing was changed");
		return status;
	}
	status = print_rollback(cli, &applied, &entry);
	hint(cli, &entry);
	return status ?: (applied.incomplete ? DF_EXIT_FAILED : DF_EXIT_OK);
}

/**
 * cmd_rollback() - put a policy that was in force into force again
 * @cli: options
 * @argc: 0 or 1
 * @argv: its number in the history; without one the policy before
 *
 * Return: see df_rollback(); DF_EXIT_FAILED also where only the cgroups of its
 * programs could not be set up.
 */
enum df_exit cmd_rollback(const struct cli *cli, int argc, char **argv)
{
	struct df_switches switches;
	struct df_client *client;
	uint32_t number = 0;
	enum df_exit status;

	if (argc && !parse_count(argv[0], UINT32_MAX, &number)) {
		complain("\"%s\" is no number of the history", argv[0]);
		return DF_EXIT_USAGE;
	}
	status = read_switches(&switches) ?: client_open(&client);
	if (!status) {
		status = roll_back(cli, client, &switches, number);
		df_client_close(client);
	}
	df_switches_free(&switches);
	return status;
}

/**
 * cmd_confirm() - let the policy in force stay
 * @cli: options
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if none waits.
 */
enum df_exit cmd_confirm(const struct cli *cli, int argc, char **argv)
{
	const struct df_trust trust = { .last = DF_TRUST_LAST };
	struct df_diags diags = { 0 };
	struct df_client *client;
	enum df_exit status = client_open(&client);

	if (status)
		return status;
	status = df_confirm(client, cli->history, &trust, &diags);
	df_diags_print(&diags, stderr, cli->color);
	df_diags_free(&diags);
	df_client_close(client);
	if (!status && !cli->json)
		puts("the policy in force stays");
	else if (!status)
		status = print_json(json_pack("{s:b}", "confirmed", 1));
	return status;
}
