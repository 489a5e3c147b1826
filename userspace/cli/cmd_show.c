// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence show: the policy in force, as the kernel has it. */

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>

#include "cli.h"

/**
 * json_selector() - a selector as an object
 * @selector: how an application is recognised
 *
 * Return: new object, or NULL without memory.
 */
json_t *json_selector(const struct df_selector *selector)
{
	char source[DF_NET_STRLEN], mac[DF_MAC_STRLEN];
	json_t *json = json_object();

	if (selector->pattern)
		json_object_set_new(json, df_selector_name(selector->type),
				    json_string(selector->pattern));
	if (selector->copies)
		json_object_set_new(json, "copies", json_true());
	if (selector->type == DFENCE_SELECTOR_USER)
		json_object_set_new(json, "user", json_integer(selector->uid));
	if (*selector->in)
		json_object_set_new(json, "in-interface",
				    json_string(selector->in));
	if (selector->has_source) {
		df_net_format(&selector->source, source);
		json_object_set_new(json, "source", json_string(source));
	}
	if (selector->has_mac) {
		df_mac_format(selector->mac, mac);
		json_object_set_new(json, "mac", json_string(mac));
	}
	return json;
}

/* With its name, if it has one on this machine. */
static void print_user(uint32_t uid)
{
	const struct passwd *user = getpwuid(uid);

	printf("    user %u", uid);
	if (user)
		printf(" (%s)", user->pw_name);
}

/**
 * print_selector() - a selector without the end of its line
 * @selector: how an application is recognised
 */
void print_selector(const struct df_selector *selector)
{
	char source[DF_NET_STRLEN], mac[DF_MAC_STRLEN];

	if (selector->pattern) {
		printf("    %s %s%s", df_selector_name(selector->type),
		       selector->pattern, selector->copies ? " and copies" : "");
		return;
	}
	if (selector->type == DFENCE_SELECTOR_USER) {
		print_user(selector->uid);
		return;
	}
	printf("    forwarded");
	if (*selector->in)
		printf(" in-interface %s", selector->in);
	if (selector->has_source) {
		df_net_format(&selector->source, source);
		printf(" source %s", source);
	}
	if (selector->has_mac) {
		df_mac_format(selector->mac, mac);
		printf(" mac %s", mac);
	}
}

/* Null where no program is placed. */
static json_t *json_placement(const struct df_application_info *info)
{
	if (!info->anchor)
		return json_null();
	return json_pack("{s:I, s:b, s:I, s:I}",
			 "anchor", (json_int_t)info->anchor,
			 "anchored", info->anchored,
			 "placed", (json_int_t)info->placed,
			 "failed", (json_int_t)info->place_failed);
}

static int json_app(const struct df_application_info *info, void *arg)
{
	json_t *selectors = json_array();
	size_t i;

	for (i = 0; selectors && i < info->selector_count; i++)
		json_array_append_new(selectors,
				      json_selector(&info->selectors[i]));
	return json_array_append_new(arg,
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", info->name,
			  "profile", info->profile, "mode",
			  df_mode_name(info->mode), "strays",
			  df_strays_name(info->strays), "selectors", selectors,
			  "counters", json_counters(&info->counters),
			  "ended", json_totals(&info->ended),
			  "unlisted", json_totals(&info->unlisted),
			  "placement", json_placement(info))) ?
	       -ENOMEM : 0;
}

static json_t *json_protocols(const struct df_rule_info *info)
{
	json_t *array;
	int p;

	if (info->any_protocol)
		return json_null();
	array = json_array();
	for (p = 0; array && p < 256; p++)
		if (info->protocols[p / 8] >> (p % 8) & 1)
			json_array_append_new(array, json_integer(p));
	return array;
}

static int json_rule(const struct df_rule_info *info, void *arg)
{
	json_t *sets = json_array(), *ports = json_array();
	size_t i;

	for (i = 0; sets && i < info->set_count; i++)
		json_array_append_new(sets, json_string(info->sets[i]));
	for (i = 0; ports && i < info->port_count; i++)
		json_array_append_new(ports,
				      json_pack("[i,i]", info->ports[i].first,
						info->ports[i].last));
	return json_array_append_new(arg,
		json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o}",
			  "profile", info->profile, "rule", (int)info->index,
			  "verdict", df_verdict_name(info->verdict),
			  "log", df_log_name(info->log), "sets", sets,
			  "protocols", json_protocols(info), "ports", ports,
			  "out-interface", *info->out ?
			  json_string(info->out) : json_null(),
			  "origin", info->origin, "counters",
			  json_counters(&info->counters))) ? -ENOMEM : 0;
}

static int show_json(struct df_client *client, enum df_exit *status)
{
	json_t *apps = json_array(), *rules = json_array();
	int err = apps && rules ? 0 : -ENOMEM;

	if (!err)
		err = df_client_applications(client, json_app, apps);
	if (!err)
		err = df_client_rules(client, json_rule, rules);
	if (err) {
		json_decref(apps);
		json_decref(rules);
		return err;
	}
	*status = print_json(json_pack("{s:o, s:o}", "applications", apps,
				       "rules", rules));
	return 0;
}

static int print_app(const struct df_application_info *info, void *arg)
{
	const struct df_counters *c = &info->counters;
	size_t i;

	printf("application %s: profile %s, %s\n", info->name, info->profile,
	       df_mode_name(info->mode));
	for (i = 0; i < info->selector_count; i++) {
		print_selector(&info->selectors[i]);
		putchar('\n');
	}
	if (info->anchor)
		printf("    programs: %" PRIu64 " placed, %" PRIu64 " failed%s\n",
		       info->placed, info->place_failed, info->anchored ? "" :
		       ", no cgroup to place them in");
	if (info->anchor)
		printf("    strays: %s\n", df_strays_name(info->strays));
	printf("    packets: %" PRIu64 " allowed, %" PRIu64 " denied, %" PRIu64
	       " dropped, %" PRIu64 " audited\n", c->allowed_packets,
	       c->denied_packets, c->dropped_packets, c->audited_packets);
	return 0;
}

static int print_rule(const struct df_rule_info *info, void *arg)
{
	if (!info->index) {
		printf("profile %s: default %s, log %s, %" PRIu64 " packets\n",
		       info->profile, df_verdict_name(info->verdict),
		       df_log_name(info->log), info->counters.packets);
		return 0;
	}
	printf("  %3u %-5s ", info->index, df_verdict_name(info->verdict));
	print_destinations(stdout, info);
	printf("  (log %s, %" PRIu64 " packets, %s)\n", df_log_name(info->log),
	       info->counters.packets, info->origin);
	return 0;
}

/**
 * cmd_show() - list applications and rules with their counters
 * @cli: options
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK; DF_EXIT_NOT_ENFORCING without a policy.
 */
enum df_exit cmd_show(const struct cli *cli, int argc, char **argv)
{
	struct df_policy_info policy;
	struct df_client *client;
	enum df_exit status = client_open(&client);
	int err;

	if (status)
		return status;
	err = df_client_policy(client, &policy);
	if (err == -ENOENT) {
		complain("no policy was applied");
		df_client_close(client);
		return DF_EXIT_NOT_ENFORCING;
	}
	if (!err && cli->json)
		err = show_json(client, &status);
	else if (!err)
		err = df_client_applications(client, print_app, NULL) ?:
		      df_client_rules(client, print_rule, NULL);
	if (err)
		status = client_failed(client, err);
	df_client_close(client);
	return status;
}
