// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose is each cgroup and each process, by the rules of the kernel. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inventory.h"

static bool same(struct df_owner a, struct df_owner b)
{
	return a.app == b.app && a.selector == b.selector;
}

/* How much of a path is the topmost cgroup of the same owner. */
static size_t find_top(const struct df_apps *apps, const char *path,
		       struct df_owner owner)
{
	size_t top = strlen(path), i;
	char *above = strdup(path);

	for (i = top; above && i-- > 0;) {
		if (path[i] != '/')
			continue;
		above[i ? i : 1] = '\0';
		if (!same(owner, df_apps_owner(apps, DFENCE_SELECTOR_CGROUP,
					       above)))
			break;
		top = i ? i : 1;
	}
	free(above);
	return top;
}

static struct df_seen look(const struct df_apps *apps, const char *cgroup,
			   const char *exe)
{
	struct df_seen seen = {
		.owner = df_apps_owner(apps, DFENCE_SELECTOR_CGROUP, cgroup),
		.program = df_apps_owner(apps, DFENCE_SELECTOR_EXECUTABLE, exe),
	};

	if (seen.owner.app >= 0)
		seen.top = find_top(apps, cgroup, seen.owner);
	return seen;
}

/* Where no cgroup says whose a process is, the kernel asks for its user. */
static struct df_seen look_at_process(const struct df_apps *apps,
				      const struct df_proc *proc)
{
	struct df_seen seen = look(apps, proc->cgroup, proc->exe);

	if (seen.owner.app < 0)
		seen.owner = df_apps_user(apps, proc->uid);
	return seen;
}

/**
 * df_inventory_read() - look at the machine
 * @inventory: result; free it in any case
 * @root: folder that stands for the machine's root, "" for itself
 * @apps: applications of the policy; they must outlive @inventory
 *
 * Return: 0 or a negative errno, -ENOENT if there is no cgroup v2.
 */
int df_inventory_read(struct df_inventory *inventory, const char *root,
		      const struct df_apps *apps)
{
	size_t i;
	int err;

	*inventory = (struct df_inventory){ .root = root, .apps = apps };
	err = df_cgroups_read(root, &inventory->cgroups) ?:
	      df_procs_read(root, &inventory->procs);
	if (err)
		return err;
	inventory->cgroup_seen = calloc(inventory->cgroups.count + 1,
					sizeof(struct df_seen));
	inventory->proc_seen = calloc(inventory->procs.count + 1,
				      sizeof(struct df_seen));
	if (!inventory->cgroup_seen || !inventory->proc_seen)
		return -ENOMEM;
	for (i = 0; i < inventory->cgroups.count; i++)
		inventory->cgroup_seen[i] = look(apps, inventory->cgroups.list[i],
						 NULL);
	for (i = 0; i < inventory->procs.count; i++)
		inventory->proc_seen[i] =
			look_at_process(apps, &inventory->procs.list[i]);
	return 0;
}

/**
 * df_inventory_free() - free what df_inventory_read() found
 * @inventory: from there
 */
void df_inventory_free(struct df_inventory *inventory)
{
	df_cgroups_free(&inventory->cgroups);
	df_procs_free(&inventory->procs);
	free(inventory->cgroup_seen);
	free(inventory->proc_seen);
	memset(inventory, 0, sizeof(*inventory));
}

/**
 * df_inventory_inside() - is a process matched by a selector
 * @inventory: from df_inventory_read()
 * @proc: index of the process
 * @app: index of an application
 * @selector: index of its selector, not for forwarded packets; -1 for any but
 *	those for executables
 *
 * Return: true if it is.
 */
bool df_inventory_inside(const struct df_inventory *inventory, size_t proc,
			 int app, int selector)
{
	const struct df_seen *seen = &inventory->proc_seen[proc];
	const struct df_selector *s = inventory->apps->list[app].selectors;

	if (selector >= 0 && s[selector].type == DFENCE_SELECTOR_EXECUTABLE)
		return seen->program.app == app &&
		       seen->program.selector == selector;
	return seen->owner.app == app &&
	       (selector < 0 || seen->owner.selector == selector);
}

/**
 * df_inventory_stray() - does a process run a program outside its application
 * @inventory: from df_inventory_read()
 * @proc: index of the process
 *
 * One that is in another application is no stray: it stays where it is, and its
 * packets are judged.
 *
 * Return: true if it does, and its packets pass.
 */
bool df_inventory_stray(const struct df_inventory *inventory, size_t proc)
{
	const struct df_seen *seen = &inventory->proc_seen[proc];

	return seen->program.app >= 0 && seen->owner.app < 0;
}

/**
 * df_inventory_count() - how many processes does a selector match
 * @inventory: from df_inventory_read()
 * @app: index of an application
 * @selector: as of df_inventory_inside()
 *
 * Return: their number.
 */
size_t df_inventory_count(const struct df_inventory *inventory, int app,
			  int selector)
{
	size_t count = 0, i;

	for (i = 0; i < inventory->procs.count; i++)
		count += df_inventory_inside(inventory, i, app, selector);
	return count;
}
