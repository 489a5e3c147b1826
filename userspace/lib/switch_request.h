/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Somebody wants to switch something. */
#ifndef DF_SWITCH_REQUEST_H
#define DF_SWITCH_REQUEST_H

#include "switches.h"

/* Longest reason for unlocking, with the NUL. */
#define DF_SWITCH_REASON_MAX 129

/**
 * enum df_switch_what - what somebody wants
 * @DF_SWITCH_ON: another profile
 * @DF_SWITCH_OFF: the application's own profile again
 * @DF_SWITCH_UNLOCK: audit mode for some time
 * @DF_SWITCH_LOCK: the end of that
 */
enum df_switch_what {
	DF_SWITCH_ON,
	DF_SWITCH_OFF,
	DF_SWITCH_UNLOCK,
	DF_SWITCH_LOCK,
};

/**
 * struct df_switch_request - what somebody wants
 * @what: of all that
 * @root: he is root
 * @application: name, or DF_SWITCH_ALL
 * @profile: of @DF_SWITCH_ON
 * @seconds: of @DF_SWITCH_UNLOCK
 */
struct df_switch_request {
	enum df_switch_what what;
	bool root;
	char application[DRONEFENCE_NAME_MAX + 1];
	char profile[DRONEFENCE_NAME_MAX + 1];
	uint64_t seconds;
};

const char *df_switch_request(const struct df_switch_request *request,
			      uint64_t now, struct df_switches *switches);
bool df_switch_permitted(const struct df_switch_request *request,
			 const struct df_policy *policy,
			 struct df_diags *diags);

#endif
