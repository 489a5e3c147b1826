// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes and cgroups of this machine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "anchor.h"
#include "cgroups.h"
#include "procs.h"
#include "who.h"

#define NS_PER_SEC 1000000000ull

static uint64_t since_boot(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* The id of a cgroup is the inode number of its folder. */
static bool cgroup_id(const char *path, uint64_t *id)
{
	const char *root = df_cgroup_root();
	char folder[DF_TREE_PATH];
	struct stat st;

	snprintf(folder, sizeof(folder), "%s%s", root ?: "", path);
	if (!root || stat(folder, &st))
		return false;
	*id = st.st_ino;
	return true;
}

/* Ask first and last whether it is the same one: then all between is of it. */
static bool look_at(uint32_t pid, struct df_who_look *look)
{
	unsigned long long start, again;
	char line[DF_PROC_LINE];
	pid_t parent;

	if (!df_proc_stat((pid_t)pid, &parent, &start) ||
	    !df_proc_cgroup((pid_t)pid, line))
		return false;
	line[strcspn(line, "\n")] = '\0';
	snprintf(look->path, sizeof(look->path), "%s", line + 3);
	if (!cgroup_id(look->path, &look->cgroup))
		look->cgroup = 0;
	if (df_proc_exe((pid_t)pid, look->exe, sizeof(look->exe)))
		look->exe[0] = '\0';
	look->until = since_boot();
	look->from = start * (NS_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK));
	return df_proc_stat((pid_t)pid, &parent, &again) && again == start;
}

static void walk(void (*each)(uint64_t cgroup, const char *path, void *arg),
		 void *arg)
{
	struct df_cgroups cgroups;
	uint64_t id;
	size_t i;

	df_cgroups_read("", &cgroups);
	for (i = 0; i < cgroups.count; i++)
		if (cgroup_id(cgroups.list[i], &id))
			each(id, cgroups.list[i], arg);
	df_cgroups_free(&cgroups);
}

const struct df_who_ops df_who_system = {
	.look = look_at,
	.walk = walk,
	.now = since_boot,
};
