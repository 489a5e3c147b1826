/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups of version 2 that there are. */
#ifndef DF_CGROUPS_H
#define DF_CGROUPS_H

#include <stddef.h>

/**
 * struct df_cgroups - paths of all cgroups
 * @list: "/" for the root; a cgroup comes before those below it
 * @count: how many
 */
struct df_cgroups {
	char **list;
	size_t count;
};

int df_cgroups_read(const char *root, struct df_cgroups *cgroups);
void df_cgroups_free(struct df_cgroups *cgroups);

#endif
