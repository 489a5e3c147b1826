/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the selectors of a policy match right now. */
#ifndef DF_INVENTORY_H
#define DF_INVENTORY_H

#include "apps.h"
#include "cgroups.h"
#include "procs.h"

/* Most files that are named for an executable pattern. */
#define DF_FILES_MAX 8

/* Longest sentence about what matches nothing, the final NUL included. */
#define DF_WHY_MAX 1024

/**
 * struct df_seen - a cgroup or a process, and whose it is
 * @owner: by its cgroup, else by its user
 * @top: bytes of the path of the topmost cgroup above it that is matched by the
 *	same selector
 * @program: of a process: by its executable
 */
struct df_seen {
	struct df_owner owner;
	size_t top;
	struct df_owner program;
};

/**
 * struct df_inventory - the machine as the policy in force sees it
 * @root: folder that stands for the machine's root, "" for itself
 * @apps: applications of the policy
 * @cgroups: that there are
 * @cgroup_seen: for each of them
 * @procs: that run
 * @proc_seen: for each of them
 */
struct df_inventory {
	const char *root;
	const struct df_apps *apps;
	struct df_cgroups cgroups;
	struct df_seen *cgroup_seen;
	struct df_procs procs;
	struct df_seen *proc_seen;
};

/**
 * struct df_files - files that a pattern matches
 * @list: the first of them
 * @count: how many; may be more than there is room for in @list
 * @gap: the folders are so large that not all of them were looked at
 * @folder: where they were looked for: what of the pattern is no pattern
 * @folder_exists: it does
 */
struct df_files {
	char *list[DF_FILES_MAX];
	size_t count;
	bool gap;
	char folder[DRONEFENCE_PATTERN_MAX + 1];
	bool folder_exists;
};

/**
 * struct df_links - interfaces that a pattern matches
 * @count: how many
 * @up: of these, number of those that are up
 * @first: name of the first, or ""
 */
struct df_links {
	unsigned int count, up;
	char first[DRONEFENCE_IFNAME_MAX + 1];
};

int df_inventory_read(struct df_inventory *inventory, const char *root,
		      const struct df_apps *apps);
void df_inventory_free(struct df_inventory *inventory);

bool df_inventory_inside(const struct df_inventory *inventory, size_t proc,
			 int app, int selector);
bool df_inventory_stray(const struct df_inventory *inventory, size_t proc);
size_t df_inventory_count(const struct df_inventory *inventory, int app,
			  int selector);

int df_files_find(const char *root, const char *pattern, struct df_files *files);
void df_files_free(struct df_files *files);
void df_links_find(const char *root, const char *pattern,
		   struct df_links *links);

bool df_inventory_why(const struct df_inventory *inventory, int app,
		      int selector, char why[DF_WHY_MAX]);

#endif
