// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence apps: what the selectors of each application match right now, and
 * where they match nothing, why. The text is printed from the JSON document.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "inventory.h"

/* Processes that are named for a selector; the others are counted. */
#define SOME 4

/* Strays that are named for an application. */
#define STRAYS 32

static json_t *json_process(const struct df_proc *proc)
{
	return json_pack("{s:i, s:o}", "pid", (int)proc->pid, "comm",
			 json_text(proc->comm));
}

static json_t *json_some(const struct df_inventory *inventory, int app, int s)
{
	const struct df_proc *procs = inventory->procs.list;
	json_t *some = json_array();
	size_t i;

	for (i = 0; some && i < inventory->procs.count &&
	     json_array_size(some) < SOME; i++)
		if (df_inventory_inside(inventory, i, app, s))
			json_array_append_new(some, json_process(&procs[i]));
	return some;
}

/* Processes of a selector in a topmost cgroup, or below it. */
static size_t count_in(const struct df_inventory *inventory, int app, int s,
		       const char *path)
{
	size_t len = strlen(path), count = 0, i;

	for (i = 0; i < inventory->procs.count; i++)
		count += df_inventory_inside(inventory, i, app, s) &&
			 inventory->proc_seen[i].top == len &&
			 !strncmp(inventory->procs.list[i].cgroup, path, len);
	return count;
}

static json_t *json_cgroups(const struct df_inventory *inventory, int app,
			    int s)
{
	json_t *cgroups = json_array(), *cgroup;
	size_t i;

	for (i = 0; cgroups && i < inventory->cgroups.count; i++) {
		const struct df_seen *seen = &inventory->cgroup_seen[i];
		const char *path = inventory->cgroups.list[i];

		if (seen->owner.app != app || seen->owner.selector != s ||
		    seen->top != strlen(path))
			continue;
		cgroup = json_pack("{s:o, s:I}", "path", json_text(path),
				   "processes",
				   (json_int_t)count_in(inventory, app, s, path));
		json_array_append_new(cgroups, cgroup);
	}
	return cgroups;
}

static json_t *json_files(const struct df_inventory *inventory,
			  const char *pattern)
{
	json_t *list = json_array();
	struct df_files files;
	size_t i;

	df_files_find(inventory->root, pattern, &files);
	for (i = 0; list && i < DF_FILES_MAX && files.list[i]; i++)
		json_array_append_new(list, json_text(files.list[i]));
	list = json_pack("{s:o, s:I, s:b}", "files", list, "file-count",
			 (json_int_t)files.count, "files-complete", !files.gap);
	df_files_free(&files);
	return list;
}

static json_t *json_links(const struct df_inventory *inventory,
			  const struct df_selector *selector)
{
	struct df_links links;

	if (!*selector->in)
		return json_object();
	df_links_find(inventory->root, selector->in, &links);
	return json_pack("{s:I, s:I}", "interfaces", (json_int_t)links.count,
			 "up", (json_int_t)links.up);
}

/* What depends on the kind of the selector. */
static json_t *json_matched(const struct df_inventory *inventory, int app, int s)
{
	const struct df_selector *selector =
		&inventory->apps->list[app].selectors[s];

	switch (selector->type) {
	case DFENCE_SELECTOR_CGROUP:
		return json_pack("{s:o}", "cgroups",
				 json_cgroups(inventory, app, s));
	case DFENCE_SELECTOR_EXECUTABLE:
		return json_files(inventory, selector->pattern);
	case DFENCE_SELECTOR_FORWARD:
		return json_links(inventory, selector);
	case DFENCE_SELECTOR_USER:
		break;
	}
	return json_object();
}

static json_t *json_one(const struct df_inventory *inventory, int app, int s)
{
	const struct df_application_info *info = &inventory->apps->list[app];
	const struct df_selector *selector = &info->selectors[s];
	json_t *json = json_selector(selector);
	char why[DF_WHY_MAX];
	bool nothing = df_inventory_why(inventory, app, s, why);

	json_object_set_new(json, "implied",
			    json_boolean(df_selector_implied(info, selector)));
	json_object_update_new(json, json_matched(inventory, app, s));
	if (selector->type != DFENCE_SELECTOR_FORWARD) {
		size_t count = df_inventory_count(inventory, app, s);

		json_object_set_new(json, "processes",
				    json_integer((json_int_t)count));
		json_object_set_new(json, "some", json_some(inventory, app, s));
	}
	json_object_set_new(json, "why", json_text(nothing ? why : NULL));
	return json;
}

static json_t *json_stray(const struct df_proc *proc)
{
	return json_pack("{s:i, s:o, s:o, s:o}", "pid", (int)proc->pid,
			 "comm", json_text(proc->comm), "executable",
			 json_text(proc->exe), "cgroup",
			 json_text(proc->cgroup));
}

static json_t *json_strays(const struct df_inventory *inventory, int app)
{
	json_t *strays = json_array();
	size_t i;

	for (i = 0; strays && i < inventory->procs.count; i++)
		if (inventory->proc_seen[i].program.app == app &&
		    df_inventory_stray(inventory, i))
			json_array_append_new(strays,
					      json_stray(&inventory->procs.list[i]));
	return strays;
}

static json_t *json_app(const struct df_inventory *inventory, int app)
{
	const struct df_application_info *info = &inventory->apps->list[app];
	json_t *selectors = json_array();
	int s;

	for (s = 0; selectors && s < (int)info->selector_count; s++)
		json_array_append_new(selectors, json_one(inventory, app, s));
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:I, s:o}", "name", info->name,
			 "profile", info->profile, "mode",
			 df_mode_name(info->mode), "processes",
			 (json_int_t)df_inventory_count(inventory, app, -1),
			 "selectors", selectors, "pins", (json_int_t)info->pins, "strays",
			 json_strays(inventory, app));
}

static json_t *json_apps(const struct df_inventory *inventory)
{
	json_t *apps = json_array();
	int app;

	for (app = 0; apps && app < (int)inventory->apps->count; app++)
		json_array_append_new(apps, json_app(inventory, app));
	return json_pack("{s:o}", "applications", apps);
}

static const char *text_of(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name)) ?: "-";
}

static json_int_t number_of(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

/* "2 processes: 17 qgc, 18 curl ..." */
static void print_processes(const json_t *json)
{
	json_int_t count = number_of(json, "processes");
	const json_t *some = json_object_get(json, "some"), *process;
	size_t i;

	if (!count)
		return;
	printf("        %" PRId64 " process%s:", (int64_t)count,
	       count == 1 ? "" : "es");
	json_array_foreach(some, i, process)
		printf("%s %d %s", i ? "," : "",
		       (int)number_of(process, "pid"), text_of(process, "comm"));
	puts((size_t)count > json_array_size(some) ? " ..." : "");
}

static void print_matched(const json_t *json)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(json, "cgroups"), i, entry)
		printf("        in %s: %d\n", text_of(entry, "path"),
		       (int)number_of(entry, "processes"));
	json_array_foreach(json_object_get(json, "files"), i, entry)
		printf("        file %s\n", json_string_value(entry));
	if (number_of(json, "file-count") > DF_FILES_MAX)
		printf("        and %d more files\n",
		       (int)number_of(json, "file-count") - DF_FILES_MAX);
	if (json_is_false(json_object_get(json, "files-complete")))
		puts("        too many files to look at all of them");
	if (json_object_get(json, "interfaces"))
		printf("        %d interfaces, %d up\n",
		       (int)number_of(json, "interfaces"),
		       (int)number_of(json, "up"));
}

static void print_one(const struct df_selector *selector, const json_t *json)
{
	const char *why = json_string_value(json_object_get(json, "why"));

	print_selector(selector);
	puts(json_is_true(json_object_get(json, "implied")) ? " (implied)" : "");
	print_matched(json);
	print_processes(json);
	if (why)
		printf("        nothing: %s\n", why);
}

static void print_strays(const json_t *strays)
{
	const json_t *stray;
	size_t i;

	json_array_foreach(strays, i, stray) {
		if (i == STRAYS) {
			printf("    and %zu strays more\n",
			       json_array_size(strays) - STRAYS);
			break;
		}
		printf("    stray: %d %s runs %s outside the application, in %s\n",
		       (int)number_of(stray, "pid"), text_of(stray, "comm"),
		       text_of(stray, "executable"), text_of(stray, "cgroup"));
	}
}

static void print_apps(const struct df_apps *apps, const json_t *json)
{
	const json_t *list = json_object_get(json, "applications"), *app;
	size_t i, s;

	json_array_foreach(list, i, app) {
		const struct df_application_info *info = &apps->list[i];
		const json_t *selectors = json_object_get(app, "selectors");

		printf("application %s: profile %s, %s, %d processes\n",
		       info->name, info->profile, df_mode_name(info->mode),
		       (int)number_of(app, "processes"));
		for (s = 0; s < info->selector_count; s++)
			print_one(&info->selectors[s],
				  json_array_get(selectors, s));
		if (info->pins)
			printf("    %u files pinned: recognised by any name\n",
			       info->pins);
		print_strays(json_object_get(app, "strays"));
	}
}

/**
 * read_apps() - the applications of the policy in force, or say why not
 * @client: open
 * @apps: result; free it in any case
 *
 * Return: DF_EXIT_OK; DF_EXIT_NOT_ENFORCING without a policy that has some.
 */
enum df_exit read_apps(struct df_client *client, struct df_apps *apps)
{
	int err = df_apps_read(client, apps);

	if (err)
		return client_failed(client, err);
	if (apps->count)
		return DF_EXIT_OK;
	complain("no policy with applications is in force");
	return DF_EXIT_NOT_ENFORCING;
}

static enum df_exit show(const struct cli *cli, const struct df_apps *apps)
{
	enum df_exit status = DF_EXIT_OK;
	struct df_inventory inventory;
	int err = df_inventory_read(&inventory, "", apps);
	json_t *json = NULL;

	if (!err) {
		json = json_apps(&inventory);
		err = json ? 0 : -ENOMEM;
	}
	if (err) {
		complain("processes and cgroups cannot be listed: %s",
			 strerror(-err));
		status = DF_EXIT_FAILED;
	} else if (cli->json) {
		status = print_json(json);
	} else {
		print_apps(apps, json);
		json_decref(json);
	}
	df_inventory_free(&inventory);
	return status;
}

/**
 * cmd_apps() - list what each application matches
 * @cli: options
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK; DF_EXIT_NOT_ENFORCING without a policy.
 */
enum df_exit cmd_apps(const struct cli *cli, int argc, char **argv)
{
	struct df_apps apps = { 0 };
	struct df_client *client;
	enum df_exit status = client_open(&client);

	if (status)
		return status;
	status = read_apps(client, &apps);
	df_client_close(client);
	if (!status)
		status = show(cli, &apps);
	df_apps_free(&apps);
	return status;
}
