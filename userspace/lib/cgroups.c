// SPDX-License-Identifier: GPL-2.0-or-later
/* A walk through the tree of cgroups. */

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "cgroups.h"
#include "procs.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add(struct df_cgroups *cgroups, const char *path)
{
	char **list = reallocarray(cgroups->list, cgroups->count + 1,
				   sizeof(*list));

	if (!list)
		return -ENOMEM;
	cgroups->list = list;
	list[cgroups->count] = strdup(*path ? path : "/");
	return list[cgroups->count] ? (cgroups->count++, 0) : -ENOMEM;
}

/**
 * df_cgroups_read() - list all cgroups
 * @root: folder that stands for the machine's root, "" for itself
 * @cgroups: result; free it in any case
 *
 * One that is removed meanwhile is left out.
 *
 * Return: 0; -ENOENT if there is no cgroup v2; another negative errno.
 */
int df_cgroups_read(const char *root, struct df_cgroups *cgroups)
{
	char path[DF_TREE_PATH], *paths[] = { path, NULL };
	const char *mount = *root ? "/sys/fs/cgroup" : df_cgroup_root();
	FTSENT *entry;
	FTS *fts;
	int err = 0;

	memset(cgroups, 0, sizeof(*cgroups));
	if (!mount)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s%s", root, mount);
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name);
	if (!fts)
		return -errno;
	while (!err && (entry = fts_read(fts)))
		if (entry->fts_info == FTS_D)
			err = add(cgroups, entry->fts_path + strlen(path));
	fts_close(fts);
	return err;
}

/**
 * df_cgroups_free() - free what df_cgroups_read() found
 * @cgroups: from there
 */
void df_cgroups_free(struct df_cgroups *cgroups)
{
	size_t i;

	for (i = 0; i < cgroups->count; i++)
		free(cgroups->list[i]);
	free(cgroups->list);
	memset(cgroups, 0, sizeof(*cgroups));
}
