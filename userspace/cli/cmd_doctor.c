// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence doctor: is each application enforced, and if not, why; and the ways
 * out, with what is true of them on this machine.
 */

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

#include "anchor.h"
#include "cli.h"
#include "health.h"
#include "hooks.h"
#include "loading.h"
#include "ways.h"

/**
 * struct visit - what doctor looks at
 * @loaded: the module is
 * @hooks: packets are being judged
 * @sealed: nobody can put another policy into force than a permit lists
 * @now: what ages are counted to
 * @has_policy: @policy holds
 * @policy: in force
 * @apps: of the policy in force
 * @inventory: the machine
 * @loading: the kernel, and the module that was built for it
 * @open_defaults: applications whose profile allows by default
 */
struct visit {
	bool loaded, hooks, has_policy, sealed;
	time_t now;
	struct df_policy_info policy;
	struct df_apps apps;
	struct df_inventory inventory;
	struct df_loading loading;
	char open_defaults[DF_HERE_MAX];
};

/* A default that allows: remember who has that profile. */
static int add_default(const struct df_rule_info *rule, void *arg)
{
	struct visit *visit = arg;
	size_t i, used;

	if (rule->index || rule->verdict != DFENCE_VERDICT_ALLOW)
		return 0;
	for (i = 0; i < visit->apps.count; i++) {
		if (strcmp(visit->apps.list[i].profile, rule->profile))
			continue;
		used = strlen(visit->open_defaults);
		snprintf(visit->open_defaults + used,
			 sizeof(visit->open_defaults) - used, "%s%s",
			 used ? ", " : "", visit->apps.list[i].name);
	}
	return 0;
}

static int ask_module(struct df_client *client, struct visit *visit)
{
	struct df_status status;
	int err = df_client_status(client, &status);

	visit->loaded = true;
	visit->hooks = !err && status.hooks;
	visit->sealed = !err && status.sealed;
	if (!err)
		err = df_client_policy(client, &visit->policy);
	visit->has_policy = !err;
	if (err == -ENOENT)
		err = 0;
	return err ?: df_apps_read(client, &visit->apps) ?:
	       df_client_rules(client, add_default, visit);
}

/* A module that is not there is a result, not an error. */
static enum df_exit examine(struct visit *visit)
{
	struct df_client *client;
	enum df_exit status = DF_EXIT_OK;
	int err = df_client_open(&client);

	if (!err)
		err = ask_module(client, visit);
	if (err && (visit->loaded || err != -ENOENT))
		status = client_failed(client, err);
	df_client_close(client);
	if (status)
		return status;
	err = df_inventory_read(&visit->inventory, "", &visit->apps);
	if (err) {
		complain("processes and cgroups cannot be listed: %s",
			 strerror(-err));
		return DF_EXIT_FAILED;
	}
	err = df_loading_look("", &visit->loading);
	if (!err)
		return DF_EXIT_OK;
	complain("the kernel's modules cannot be looked at: %s", strerror(-err));
	return DF_EXIT_FAILED;
}

static json_t *json_ills(unsigned int ills)
{
	json_t *json = json_array();
	int ill;

	for (ill = 0; json && ill < DF_ILLS; ill++)
		if (ills >> ill & 1)
			json_array_append_new(json, json_string(df_ill_text(ill)));
	return json;
}

static json_t *json_health(const struct visit *visit, const char *only)
{
	json_t *json = json_array(), *app;
	unsigned int ills;
	size_t i;

	for (i = 0; json && i < visit->apps.count; i++) {
		const char *name = visit->apps.list[i].name;

		if (only && strcmp(only, name))
			continue;
		ills = df_health_of(&visit->inventory, (int)i, visit->hooks);
		app = json_pack("{s:s, s:b, s:I, s:o}", "name", name, "enforced",
				!ills, "processes",
				(json_int_t)df_inventory_count(&visit->inventory,
							       (int)i, -1),
				"reasons", json_ills(ills));
		json_array_append_new(json, app);
	}
	return json;
}

static json_t *json_ways(const struct visit *visit)
{
	struct df_machine machine = {
		.inventory = &visit->inventory,
		.open_defaults = visit->apps.count ? visit->open_defaults : NULL,
	};
	json_t *json = json_array(), *row;
	size_t i;

	for (i = 0; json && i < df_way_count; i++) {
		const struct df_way *way = &df_ways[i];
		char here[DF_HERE_MAX];
		enum df_way_state state = df_way_look(way, &machine, here);
		bool shut = state == DF_WAY_SHUT || state == DF_WAY_SHUT_HERE;

		row = json_pack("{s:s, s:s, s:s, s:o, s:s?}", "group",
				way->group, "way", way->way, "result",
				df_way_state_name(state), "here",
				json_text(*here ? here : NULL), "do",
				shut ? NULL : way->todo);
		json_array_append_new(json, row);
	}
	return json;
}

static json_t *json_loading(const struct visit *visit)
{
	const struct df_loading *loading = &visit->loading;
	char advice[DF_LOADING_SIZE];

	df_loading_advice(loading, advice);
	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:s?}",
			 "release", loading->release,
			 "secure-boot", df_secure_boot_name(loading->secure_boot),
			 "signed-only", loading->signed_only,
			 "module-built", loading->built,
			 "module-signer", json_text(*loading->signer ?
						    loading->signer : NULL),
			 "do", visit->loaded ? NULL : advice);
}

static json_t *json_hooks(uint8_t family, uint32_t place)
{
	struct df_hooks hooks;
	json_t *json;
	size_t i;

	/* That the kernel does not tell is told as null. */
	if (df_hooks_read(family, place, &hooks))
		return json_null();
	json = json_array();
	for (i = 0; json && i < hooks.count; i++)
		json_array_append_new(json, json_pack("{s:o, s:i}", "name",
						      json_text(hooks.list[i].name),
						      "priority",
						      (int)hooks.list[i].priority));
	return json;
}

static json_t *json_hook_order(void)
{
	return json_pack("{s:o, s:o, s:o, s:o}",
			 "ipv4-output", json_hooks(NFPROTO_IPV4, NF_INET_LOCAL_OUT),
			 "ipv4-postrouting",
			 json_hooks(NFPROTO_IPV4, NF_INET_POST_ROUTING),
			 "ipv6-output", json_hooks(NFPROTO_IPV6, NF_INET_LOCAL_OUT),
			 "ipv6-postrouting",
			 json_hooks(NFPROTO_IPV6, NF_INET_POST_ROUTING));
}

/* The oldest of those that the policy in force was made with. */
static json_t *json_geo_age(const struct visit *visit)
{
	return visit->has_policy && visit->policy.geo_date ?
	       json_integer(age_days(visit->now, visit->policy.geo_date)) :
	       json_null();
}

static json_t *json_visit(const struct cli *cli, const struct visit *visit)
{
	json_t *json = json_pack("{s:b, s:b, s:o, s:s?, s:o, s:o, s:b, s:b, s:b, s:o}",
				 "module", visit->loaded, "judging", visit->hooks,
				 "kernel", json_loading(visit),
				 "cgroup-v2", df_cgroup_root(),
				 "hook-order", json_hook_order(),
				 "geo-age-days", json_geo_age(visit),
				 "sealed", visit->sealed,
				 "daemon", df_daemon_runs(&visit->inventory.procs),
				 "keeper", df_keeper_runs(&visit->inventory.procs),
				 "applications",
				 json_health(visit, cli->application));

	if (cli->ways_out)
		json_object_set_new(json, "ways-out", json_ways(visit));
	return json;
}

static const char *text_of(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static bool is_set(const json_t *json, const char *name)
{
	return json_is_true(json_object_get(json, name));
}

static void print_health(const json_t *app)
{
	const json_t *reasons = json_object_get(app, "reasons"), *reason;
	json_int_t count = json_integer_value(json_object_get(app, "processes"));
	size_t i;

	printf("%-21s %s, %d process%s\n", text_of(app, "name"),
	       is_set(app, "enforced") ? "enforced" : "not enforced",
	       (int)count, count == 1 ? "" : "es");
	json_array_foreach(reasons, i, reason)
		printf("%21s %s\n", "", json_string_value(reason));
}

static void print_way(const json_t *row)
{
	printf("%-9s %s\n", text_of(row, "result"), text_of(row, "way"));
	if (text_of(row, "here"))
		printf("%9s   %s\n", "", text_of(row, "here"));
	if (text_of(row, "do"))
		printf("%9s   to shut it: %s\n", "", text_of(row, "do"));
}

static void print_kernel(const json_t *kernel)
{
	if (text_of(kernel, "do"))
		printf("%21s %s\n", "", text_of(kernel, "do"));
	printf("kernel                %s, Secure Boot %s%s\n",
	       text_of(kernel, "release"), text_of(kernel, "secure-boot"),
	       is_set(kernel, "signed-only") ? ", takes signed modules only" : "");
}

static void print_hooks(const char *place, const json_t *hooks)
{
	const json_t *hook;
	size_t i;

	printf("  %-19s", place);
	json_array_foreach(hooks, i, hook)
		printf("%s %s", i ? "," : "", text_of(hook, "name"));
	puts(!json_is_array(hooks) ? " not told by this kernel" :
	     json_array_size(hooks) ? "" : " nobody");
}

static void print_hook_order(json_t *order)
{
	const char *place;
	json_t *hooks;

	puts("hooks, the first first");
	json_object_foreach(order, place, hooks)
		print_hooks(place, hooks);
}

static void print_geo_age(const json_t *json)
{
	json_int_t days = json_integer_value(json);

	if (json_is_integer(json))
		printf("geo data              %" JSON_INTEGER_FORMAT " days old%s\n",
		       days, days > OLD_GEO_DAYS ? ": fetch newer data" : "");
}

static void print_visit(const json_t *json)
{
	const json_t *row, *apps = json_object_get(json, "applications");
	const char *group = "";
	size_t i;

	printf("module                %s\n", !is_set(json, "module") ?
	       "not loaded: nothing is enforced" : is_set(json, "judging") ?
	       "loaded, judges packets" : "loaded, judges no packets");
	print_kernel(json_object_get(json, "kernel"));
	printf("cgroup v2             %s\n", text_of(json, "cgroup-v2") ?:
	       "not mounted: programs are recognised by their user only");
	print_hook_order(json_object_get(json, "hook-order"));
	print_geo_age(json_object_get(json, "geo-age-days"));
	if (is_set(json, "module"))
		printf("seal                  %s\n", is_set(json, "sealed") ?
		       "sealed: root too can put only what is permitted into force" :
		       "not sealed: root can put any policy into force");
	printf("daemon                %s\n", is_set(json, "daemon") ? "runs" :
	       "does not run: events stay in the kernel, verdicts do not need it");
	printf("keeper                %s\n", is_set(json, "keeper") ? "runs" :
	       "does not run: nobody looks for programs outside of their applications");
	json_array_foreach(apps, i, row)
		print_health(row);
	if (is_set(json, "module") && !json_array_size(apps))
		puts("no policy with applications is in force");
	json_array_foreach(json_object_get(json, "ways-out"), i, row) {
		if (strcmp(group, text_of(row, "group")))
			printf("\n%s\n", text_of(row, "group"));
		group = text_of(row, "group");
		print_way(row);
	}
}

/* Enforced are all that were asked for, and there is at least one. */
static enum df_exit health_exit(const json_t *json)
{
	const json_t *apps = json_object_get(json, "applications"), *app;
	size_t i;

	json_array_foreach(apps, i, app)
		if (!is_set(app, "enforced"))
			return DF_EXIT_NOT_ENFORCING;
	return json_array_size(apps) ? DF_EXIT_OK : DF_EXIT_NOT_ENFORCING;
}

static enum df_exit report(const struct cli *cli, const struct visit *visit)
{
	json_t *json = json_visit(cli, visit);
	enum df_exit status;

	if (!json)
		return print_json(NULL);
	status = health_exit(json);
	if (cli->application && visit->apps.count &&
	    !json_array_size(json_object_get(json, "applications"))) {
		complain("the policy in force has no application \"%s\"",
			 cli->application);
		json_decref(json);
		return DF_EXIT_NO_OBJECT;
	}
	if (cli->json)
		return print_json(json) ?: status;
	print_visit(json);
	json_decref(json);
	return status;
}

/**
 * cmd_doctor() - is each application enforced, and if not, why
 * @cli: options
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK if all are; DF_EXIT_NOT_ENFORCING if one is not, or there
 * is none; DF_EXIT_NO_OBJECT for an unknown application.
 */
enum df_exit cmd_doctor(const struct cli *cli, int argc, char **argv)
{
	struct visit visit = { .now = cli->geo.now };
	enum df_exit status = examine(&visit);

	if (!status)
		status = report(cli, &visit);
	df_inventory_free(&visit.inventory);
	df_apps_free(&visit.apps);
	return status;
}
