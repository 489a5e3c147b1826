// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An application runs while a process is in a cgroup that is its, or is a user's
 * that is. The cgroups are asked every few seconds; the anchor of an application,
 * a thread of the kernel, keeps its cgroup populated and is no process of it. What
 * begins and ends between two looks is not seen here, but in the records of what
 * it sent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "cgroups.h"
#include "procs.h"
#include "running.h"

static bool has_user(const struct df_apps *apps)
{
	size_t a, s;

	for (a = 0; a < apps->count; a++)
		for (s = 0; s < apps->list[a].selector_count; s++)
			if (apps->list[a].selectors[s].type ==
			    DFENCE_SELECTOR_USER)
				return true;
	return false;
}

/* Is anybody in it beside the anchor? Its threads may be in others. */
static bool is_populated(const char *root, const char *cgroup, uint32_t anchor)
{
	char path[DF_TREE_PATH + 32];
	bool found = false;
	unsigned int pid;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s/cgroup.procs", root, cgroup);
	file = fopen(path, "re");
	while (file && !found && fscanf(file, "%u", &pid) == 1)
		found = pid != anchor;
	if (file)
		fclose(file);
	return found;
}

static int look_at_cgroups(const struct df_apps *apps, bool *runs)
{
	const char *root = df_cgroup_root();
	struct df_cgroups cgroups;
	int err = df_cgroups_read("", &cgroups);
	size_t i;

	for (i = 0; !err && root && i < cgroups.count; i++) {
		const char *path = cgroups.list[i];
		int app = df_apps_owner(apps, DFENCE_SELECTOR_CGROUP, path).app;

		if (app >= 0 && !runs[app])
			runs[app] = is_populated(root, path,
						 apps->list[app].anchor);
	}
	df_cgroups_free(&cgroups);
	return err;
}

static int look_at_users(const struct df_apps *apps, bool *runs)
{
	struct df_procs procs;
	int err = df_procs_read("", &procs), app;
	size_t i;

	for (i = 0; !err && i < procs.count; i++) {
		const struct df_proc *proc = &procs.list[i];

		/* The cgroup comes first, as in the kernel. */
		if (df_apps_owner(apps, DFENCE_SELECTOR_CGROUP, proc->cgroup).app >= 0)
			continue;
		app = df_apps_user(apps, proc->uid).app;
		if (app >= 0)
			runs[app] = true;
	}
	df_procs_free(&procs);
	return err;
}

/**
 * df_running_read() - look which applications have processes
 * @apps: of the policy in force
 * @runs: result, one for each of them; false before
 *
 * Return: 0; a negative errno, then @runs does not hold.
 */
int df_running_read(const struct df_apps *apps, bool *runs)
{
	int err = look_at_cgroups(apps, runs);

	if (!err && has_user(apps))
		err = look_at_users(apps, runs);
	return err;
}

static bool knows(const struct df_running *running, const char *name)
{
	size_t i;

	for (i = 0; i < running->count; i++)
		if (!strcmp(running->names[i], name))
			return true;
	return false;
}

static void tell(struct df_running *running, const char *name, bool runs)
{
	struct df_app_note note = { .runs = runs };

	strcpy(note.application, name);
	running->tell(&note, running->arg);
}

/**
 * df_running_compare() - tell what has changed since the last look
 * @running: the last look
 * @apps: of the policy in force
 * @runs: for each of them whether it has processes
 *
 * An application that the policy has no more is forgotten without a word: nobody
 * knows whether it still runs.
 *
 * Return: 0; -ENOMEM, then nothing was told.
 */
int df_running_compare(struct df_running *running, const struct df_apps *apps,
		       const bool *runs)
{
	char (*names)[DRONEFENCE_NAME_MAX + 1];
	size_t count = 0, i;

	names = calloc(apps->count + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (i = 0; i < apps->count; i++) {
		const char *name = apps->list[i].name;

		if (runs[i] != knows(running, name))
			tell(running, name, runs[i]);
		if (runs[i])
			strcpy(names[count++], name);
	}
	free(running->names);
	running->names = names;
	running->count = count;
	return 0;
}

/**
 * df_running_look() - look, and tell what has changed
 * @running: zero at first, but for @tell and @arg
 * @apps: of the policy in force
 *
 * Return: 0; a negative errno, then nothing was told.
 */
int df_running_look(struct df_running *running, const struct df_apps *apps)
{
	bool *runs = calloc(apps->count + 1, sizeof(*runs));
	int err = runs ? df_running_read(apps, runs) : -ENOMEM;

	if (!err)
		err = df_running_compare(running, apps, runs);
	free(runs);
	return err;
}

/**
 * df_running_free() - give the memory back
 * @running: of any state
 */
void df_running_free(struct df_running *running)
{
	free(running->names);
	running->names = NULL;
	running->count = 0;
}
