/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an application fenced, and if not, why. */
#ifndef DF_HEALTH_H
#define DF_HEALTH_H

#include "inventory.h"

/* Name of the process that looks after programs. */
#define DF_KEEPER_COMM "dronefence-keep"

/**
 * enum df_ill - why an application is not enforced
 * @DF_ILL_HOOKS: the module judges no packets
 * @DF_ILL_AUDIT: it is in audit mode
 * @DF_ILL_NOTHING: nothing is recognised as it
 * @DF_ILL_STRAYS: its programs run outside it
 * @DF_ILL_ANCHOR: there is no cgroup where its programs are placed
 * @DF_ILLS: how many
 */
enum df_ill {
	DF_ILL_HOOKS,
	DF_ILL_AUDIT,
	DF_ILL_NOTHING,
	DF_ILL_STRAYS,
	DF_ILL_ANCHOR,
	DF_ILLS,
};

unsigned int df_health_of(const struct df_inventory *inventory, int app,
			  bool hooks);
const char *df_ill_text(enum df_ill ill);
bool df_daemon_runs(const struct df_procs *procs);
bool df_keeper_runs(const struct df_procs *procs);

#endif
