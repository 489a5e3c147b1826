// SPDX-License-Identifier: GPL-2.0-or-later
/* What keeps an application from being fenced. */

#include <string.h>

#include "health.h"
#include "owner.h"

static bool matches_anything(const struct df_inventory *inventory, int app)
{
	const struct df_application_info *info = &inventory->apps->list[app];
	char why[DF_WHY_MAX];
	int s;

	if (df_inventory_count(inventory, app, -1))
		return true;
	for (s = 0; s < (int)info->selector_count; s++)
		if (info->selectors[s].type == DFENCE_SELECTOR_FORWARD &&
		    !df_inventory_why(inventory, app, s, why))
			return true;
	return false;
}

static bool has_strays(const struct df_inventory *inventory, int app)
{
	size_t i;

	for (i = 0; i < inventory->procs.count; i++)
		if (inventory->proc_seen[i].program.app == app &&
		    df_inventory_stray(inventory, i))
			return true;
	return false;
}

/**
 * df_health_of() - why is an application not enforced
 * @inventory: from df_inventory_read()
 * @app: index of the application
 * @hooks: packets are being judged
 *
 * Return: a bit for each enum df_ill that it has, 0 if it is enforced.
 */
unsigned int df_health_of(const struct df_inventory *inventory, int app,
			  bool hooks)
{
	const struct df_application_info *info = &inventory->apps->list[app];
	unsigned int ills = 0;

	if (!hooks)
		ills |= 1u << DF_ILL_HOOKS;
	if (info->mode != DFENCE_MODE_ENFORCE)
		ills |= 1u << DF_ILL_AUDIT;
	if (!matches_anything(inventory, app))
		ills |= 1u << DF_ILL_NOTHING;
	if (has_strays(inventory, app))
		ills |= 1u << DF_ILL_STRAYS;
	if (info->anchor && !info->anchored)
		ills |= 1u << DF_ILL_ANCHOR;
	return ills;
}

/**
 * df_ill_text() - a reason in words
 * @ill: which
 *
 * Return: constant sentence without full stop.
 */
const char *df_ill_text(enum df_ill ill)
{
	static const char *const texts[DF_ILLS] = {
		[DF_ILL_HOOKS] = "the module judges no packets",
		[DF_ILL_AUDIT] = "it is in audit mode: what the policy denies passes",
		[DF_ILL_NOTHING] = "nothing that runs is recognised as it",
		[DF_ILL_STRAYS] = "its programs run outside it, and their packets pass",
		[DF_ILL_ANCHOR] = "there is no cgroup to place its programs in: they are killed when they are started, or run unfenced in audit mode",
	};

	return texts[ill];
}

/* Anybody can give himself the name; the users are not anybody's. */
static bool runs(const struct df_procs *procs, const char *name)
{
	size_t i;

	for (i = 0; i < procs->count; i++)
		if (!strcmp(procs->list[i].comm, name) &&
		    (!procs->list[i].uid ||
		     df_owner_is_daemon(procs->list[i].uid)))
			return true;
	return false;
}

/**
 * df_daemon_runs() - is there a daemon
 * @procs: that run
 *
 * Return: true if a process of root, or of the daemon's user, has its name.
 */
bool df_daemon_runs(const struct df_procs *procs)
{
	return runs(procs, "dronefenced");
}

/**
 * df_keeper_runs() - is there somebody who looks after programs for the daemon
 * @procs: that run
 *
 * Return: true if a process of root has its name.
 */
bool df_keeper_runs(const struct df_procs *procs)
{
	return runs(procs, DF_KEEPER_COMM);
}
