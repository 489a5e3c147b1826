// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a selector matches nothing, in one sentence. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "inventory.h"
#include "pattern.h"

__attribute__((format(printf, 2, 3)))
static bool say(char why[DF_WHY_MAX], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, DF_WHY_MAX, fmt, args);
	va_end(args);
	return true;
}

/* Another selector comes first for what this one matches too. */
static bool say_owner(const struct df_inventory *inventory, int app,
		      struct df_owner owner, const char *what, char *why)
{
	const struct df_application_info *list = inventory->apps->list;

	if (owner.app == app)
		return say(why, "%s is matched by %s before it, of the same application",
			   what, list[app].selectors[owner.selector].pattern);
	return say(why, "%s belongs to the application \"%s\", which comes before it in the policy",
		   what, list[owner.app].name);
}

static bool why_cgroup(const struct df_inventory *inventory, int app,
		       int selector, char *why)
{
	const struct df_selector *s =
		&inventory->apps->list[app].selectors[selector];
	const char *empty = NULL;
	size_t i, other = 0;
	bool taken = false;

	if (df_inventory_count(inventory, app, selector))
		return false;
	for (i = 0; i < inventory->cgroups.count; i++) {
		struct df_owner owner = inventory->cgroup_seen[i].owner;
		const char *path = inventory->cgroups.list[i];

		if (owner.app == app && owner.selector == selector) {
			empty = empty ?: path;
		} else if (!taken && dfence_pattern_match(s->pattern, path)) {
			taken = true;
			other = i;
		}
	}
	if (empty)
		return say(why, "the cgroup %s exists, but no process is in it",
			   empty);
	if (taken)
		return say_owner(inventory, app,
				 inventory->cgroup_seen[other].owner,
				 inventory->cgroups.list[other], why);
	return say(why, "no such cgroup exists");
}

/* No process runs it: is there a file at all? */
static bool why_files(const struct df_inventory *inventory, const char *pattern,
		      char *why)
{
	struct df_files files;
	int err = df_files_find(inventory->root, pattern, &files);

	if (err)
		say(why, "no running process has this executable");
	else if (!files.folder_exists)
		say(why, "no running process has this executable, and %s does not exist",
		    files.folder);
	else if (!files.count && !files.gap)
		say(why, "no running process has this executable, and no program on the disk matches");
	else
		say(why, "no running process has this executable");
	df_files_free(&files);
	return true;
}

static bool why_executable(const struct df_inventory *inventory, int app,
			   int selector, char *why)
{
	const struct df_selector *s =
		&inventory->apps->list[app].selectors[selector];
	size_t i;

	if (df_inventory_count(inventory, app, selector))
		return false;
	for (i = 0; i < inventory->procs.count; i++) {
		const char *exe = inventory->procs.list[i].exe;

		if (exe && *exe == '/' && dfence_pattern_match(s->pattern, exe))
			return say_owner(inventory, app,
					 inventory->proc_seen[i].program, exe,
					 why);
	}
	return why_files(inventory, s->pattern, why);
}

static bool why_forward(const struct df_inventory *inventory,
			const struct df_selector *s, char *why)
{
	struct df_links links;

	/* Whether packets of a source or a MAC address come, only they show. */
	if (!*s->in)
		return false;
	df_links_find(inventory->root, s->in, &links);
	if (!links.count)
		return say(why, "no such interface exists in this network namespace");
	if (!links.up)
		return say(why, "the interface %s is down", links.first);
	return false;
}

static bool why_user(const struct df_inventory *inventory, int app,
		     int selector, char *why)
{
	if (df_inventory_count(inventory, app, selector))
		return false;
	return say(why, "no process of this user runs outside the applications");
}

/**
 * df_inventory_why() - why does a selector match nothing
 * @inventory: from df_inventory_read()
 * @app: index of an application
 * @selector: index of its selector
 * @why: result, a sentence without full stop
 *
 * Return: false if it matches something, or nobody can tell.
 */
bool df_inventory_why(const struct df_inventory *inventory, int app,
		      int selector, char why[DF_WHY_MAX])
{
	const struct df_selector *s =
		&inventory->apps->list[app].selectors[selector];

	*why = '\0';
	switch (s->type) {
	case DFENCE_SELECTOR_CGROUP:
		return why_cgroup(inventory, app, selector, why);
	case DFENCE_SELECTOR_EXECUTABLE:
		return why_executable(inventory, app, selector, why);
	case DFENCE_SELECTOR_FORWARD:
		return why_forward(inventory, s, why);
	case DFENCE_SELECTOR_USER:
		return why_user(inventory, app, selector, why);
	}
	return false;
}
