/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pilot or an admin has switched, on top of the policy file. */
#ifndef DF_SWITCHES_H
#define DF_SWITCHES_H

#include "policy.h"

/* Where the daemon keeps them, and whoever applies a policy looks. */
#define DF_SWITCHES_PATH "/var/lib/dronefence/switches.json"

/* The profile that every policy has: what its own one allows, as far as it is local. */
#define DF_LOCAL_DATA_MODE "local-data-mode"

/* In place of an application: each that has no entry of its own. */
#define DF_SWITCH_ALL "*"

/**
 * struct df_switch - of one application
 * @application: name, or DF_SWITCH_ALL
 * @profile: that it has in place of its own, "" for its own
 * @unlocked_until: it is in audit mode until then; s of CLOCK_BOOTTIME, which goes on
 *	while the machine sleeps; 0 for not unlocked
 */
struct df_switch {
	char application[DRONEFENCE_NAME_MAX + 1];
	char profile[DRONEFENCE_NAME_MAX + 1];
	uint64_t unlocked_until;
};

struct df_switches {
	struct df_switch *list;
	size_t count;
};

int df_switches_load(const char *path, struct df_switches *switches);
int df_switches_save(const char *path, const struct df_switches *switches);
int df_switches_copy(struct df_switches *to, const struct df_switches *from);
void df_switches_free(struct df_switches *switches);
const struct df_switch *df_switches_of(const struct df_switches *switches,
				       const char *application);
struct df_switch *df_switches_entry(struct df_switches *switches,
				    const char *application);
bool df_switches_any(const struct df_switches *switches, uint64_t now);
bool df_switches_unlocked(const struct df_switches *switches);
bool df_switches_expire(struct df_switches *switches, uint64_t now);
bool df_switches_apply(const struct df_switches *switches, uint64_t now,
		       struct df_policy *policy, struct df_diags *diags);
uint64_t df_boottime(void);

#endif
