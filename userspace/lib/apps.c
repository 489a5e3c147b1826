// SPDX-License-Identifier: GPL-2.0-or-later
/* Applications as the kernel lists them, and whose a path is. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps.h"
#include "pattern.h"

static void free_app(struct df_application_info *app)
{
	size_t i;

	for (i = 0; i < app->selector_count; i++)
		free(app->selectors[i].pattern);
}

/**
 * df_apps_add() - keep an application
 * @info: of df_client_applications()
 * @arg: struct df_apps
 *
 * Return: 0 or -ENOMEM.
 */
int df_apps_add(const struct df_application_info *info, void *arg)
{
	struct df_apps *apps = arg;
	struct df_application_info *app;
	size_t i;

	app = reallocarray(apps->list, apps->count + 1, sizeof(*app));
	if (!app)
		return -ENOMEM;
	apps->list = app;
	app += apps->count++;
	*app = *info;
	app->selector_count = 0;
	for (i = 0; i < info->selector_count; i++) {
		struct df_selector *selector = &app->selectors[i];

		if (selector->pattern)
			selector->pattern = strdup(selector->pattern);
		if (info->selectors[i].pattern && !selector->pattern)
			return -ENOMEM;
		app->selector_count++;
	}
	return 0;
}

/**
 * df_apps_read() - the applications of the policy in force
 * @client: open
 * @apps: result; free it in any case
 *
 * Return: 0 or a negative errno.
 */
int df_apps_read(struct df_client *client, struct df_apps *apps)
{
	memset(apps, 0, sizeof(*apps));
	return df_client_applications(client, df_apps_add, apps);
}

/**
 * df_apps_free() - free applications
 * @apps: from df_apps_read()
 */
void df_apps_free(struct df_apps *apps)
{
	size_t i;

	for (i = 0; i < apps->count; i++)
		free_app(&apps->list[i]);
	free(apps->list);
	memset(apps, 0, sizeof(*apps));
}

/**
 * df_apps_owner() - whose is a cgroup, or an executable
 * @apps: in the order of the policy
 * @type: which selectors count
 * @path: absolute path, NULL for none
 *
 * The first that matches has it, as in the kernel.
 *
 * Return: the owner.
 */
struct df_owner df_apps_owner(const struct df_apps *apps,
			      enum dfence_selector_type type, const char *path)
{
	size_t a, s;

	for (a = 0; path && *path == '/' && a < apps->count; a++) {
		const struct df_application_info *app = &apps->list[a];

		for (s = 0; s < app->selector_count; s++)
			if (app->selectors[s].type == type &&
			    dfence_pattern_match(app->selectors[s].pattern, path))
				return (struct df_owner){ (int)a, (int)s };
	}
	return (struct df_owner){ -1, -1 };
}

/**
 * df_apps_user() - whose is what belongs to nobody by its cgroup
 * @apps: in the order of the policy
 * @uid: user of the process
 *
 * Return: the owner.
 */
struct df_owner df_apps_user(const struct df_apps *apps, uid_t uid)
{
	size_t a, s;

	for (a = 0; a < apps->count; a++) {
		const struct df_application_info *app = &apps->list[a];

		for (s = 0; s < app->selector_count; s++)
			if (app->selectors[s].type == DFENCE_SELECTOR_USER &&
			    app->selectors[s].uid == uid)
				return (struct df_owner){ (int)a, (int)s };
	}
	return (struct df_owner){ -1, -1 };
}

/**
 * df_selector_implied() - does every application have this selector
 * @app: whose
 * @selector: of @app
 *
 * Return: true if nobody had to write it.
 */
bool df_selector_implied(const struct df_application_info *app,
			 const struct df_selector *selector)
{
	char run[DRONEFENCE_PATTERN_MAX + 1], place[DRONEFENCE_PATTERN_MAX + 1];

	if (selector->type != DFENCE_SELECTOR_CGROUP)
		return false;
	df_run_pattern(app->name, run, sizeof(run));
	df_place_pattern(app->name, place, sizeof(place));
	return !strcmp(selector->pattern, run) ||
	       (app->anchor && !strcmp(selector->pattern, place));
}
