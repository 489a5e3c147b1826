/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups where the kernel places programs by their executable. */
#ifndef DF_ANCHOR_H
#define DF_ANCHOR_H

#include "client.h"
#include "diag.h"

const char *df_cgroup_root(void);
int df_anchor_all(struct df_client *client, struct df_diags *diags);

#endif
