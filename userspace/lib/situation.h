/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the fence stands: everything that is known at one time, and one word. */
#ifndef DF_SITUATION_H
#define DF_SITUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps.h"
#include "client.h"
#include "degraded.h"

/* Longest reason, the final NUL included. */
#define DF_REASON_SIZE 320

/**
 * enum df_light - the word for a pilot, the worst first
 * @DF_LIGHT_OPEN: nothing is fenced: no module, no policy, no application
 * @DF_LIGHT_DEGRADED: fenced, but something went wrong
 * @DF_LIGHT_AUDIT: at least one application is only recorded
 * @DF_LIGHT_SEALED: every application is enforced
 * @DF_LIGHTS: how many
 */
enum df_light {
	DF_LIGHT_OPEN,
	DF_LIGHT_DEGRADED,
	DF_LIGHT_AUDIT,
	DF_LIGHT_SEALED,
	DF_LIGHTS,
};

/**
 * struct df_situation - what module and machine say
 * @time: when they were asked; ns of CLOCK_MONOTONIC
 * @loaded: the module is; if not nothing else holds
 * @status: of the module
 * @has_policy: @policy holds
 * @policy: in force
 * @apps: its applications
 * @ills: for each of them what df_health_of() says
 * @processes: for each of them how many it has
 * @daemon: the daemon runs
 * @keeper: and who looks after programs for it
 * @degraded: what is in force is not what the policy file says, and why; else ""
 */
struct df_situation {
	uint64_t time;
	bool loaded;
	struct df_status status;
	bool has_policy;
	struct df_policy_info policy;
	struct df_apps apps;
	unsigned int *ills;
	size_t *processes;
	bool daemon;
	bool keeper;
	char degraded[DF_DEGRADED_SIZE];
};

int df_situation_read(struct df_client *client, const char *root,
		      struct df_situation *situation);
void df_situation_free(struct df_situation *situation);

enum df_light df_light_of(const struct df_situation *situation);
const char *df_light_name(enum df_light light);
void df_light_reasons(const struct df_situation *situation,
		      void (*each)(const char *reason, void *arg), void *arg);

#endif
