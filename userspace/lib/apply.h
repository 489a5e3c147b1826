/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a policy file to a policy in force. */
#ifndef DF_APPLY_H
#define DF_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "diag.h"
#include "exit.h"
#include "geo.h"
#include "image.h"
#include "policy.h"
#include "progress.h"
#include "switch_request.h"
#include "trust.h"

/**
 * struct df_confirm_options - a policy that goes again unless it is confirmed
 * @seconds: until then; 0 if it is to stay
 * @armed: called when it is about to come into force, and the way back is on the disk;
 *	0, or a negative errno to have it not come into force
 * @arg: for @armed
 */
struct df_confirm_options {
	uint32_t seconds;
	int (*armed)(void *arg);
	void *arg;
};

/**
 * struct df_build_options - how to come by a compiled policy, and into force
 * @geo: where the geo data is, and what time it is
 * @cache: folder of compiled policies, NULL for none
 * @switches: what is switched, NULL to compile what the file says
 * @request: what is to be switched, and who asks, NULL for nothing
 * @trust: what is asked of a policy that is put into force
 * @history: folder of the policies that were in force, NULL for none
 * @confirm: only with @history
 * @keeper: somebody else sets up the cgroups where programs are placed
 * @progress: who wants to know how far it is
 */
struct df_build_options {
	struct df_geo_options geo;
	const char *cache;
	const struct df_switches *switches;
	const struct df_switch_request *request;
	struct df_trust trust;
	const char *history;
	struct df_confirm_options confirm;
	bool keeper;
	struct df_progress progress;
};

/**
 * struct df_build - a policy file, its geo data and what they compile to
 * @policy: the file; marks of the others point into it
 * @geo: the data that the policy names; without tables if @warm
 * @image: compiled
 * @warm: @image was compiled earlier, from the same files
 * @found: the signature, once it was asked for
 */
struct df_build {
	struct df_policy *policy;
	struct df_geo *geo;
	struct df_image *image;
	bool warm;
	struct df_signed found;
};

/**
 * struct df_applied - a policy that came into force
 * @generation: its number
 * @warm: it was compiled earlier, from the same files
 * @incomplete: programs of some application cannot be placed
 */
struct df_applied {
	uint32_t generation;
	bool warm;
	bool incomplete;
};

enum df_exit df_build_load(struct df_build *build, const char *path,
			   const struct df_build_options *options,
			   struct df_diags *diags);
void df_build_free(struct df_build *build);

enum df_exit df_exit_of_client(int err);
enum df_exit df_apply_file(struct df_client *client, const char *path,
			   const struct df_build_options *options,
			   struct df_diags *diags, struct df_applied *applied);

#endif
