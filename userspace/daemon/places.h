/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the rules of the policy in force stand in its files. */
#ifndef DF_PLACES_H
#define DF_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps.h"
#include "client.h"
#include "record.h"

/**
 * struct df_place_rule - a rule, or the default of a profile
 * @profile: name of the profile
 * @index: position in it from 1, 0 for the default
 * @origin: file and line
 */
struct df_place_rule {
	char profile[DRONEFENCE_NAME_MAX + 1];
	uint32_t index;
	char origin[DRONEFENCE_ORIGIN_MAX + 1];
};

/**
 * struct df_places - applications and rules of a policy
 * @instance: load of the kernel module that the rest is from
 * @generation: of the policy, 0 for none
 * @digest: of the policy
 * @apps: its applications
 * @rules: sorted by profile and index
 * @count: how many
 */
struct df_places {
	uint64_t instance;
	uint32_t generation;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_apps apps;
	struct df_place_rule *rules;
	size_t count;
};

int df_places_load(struct df_places *places, struct df_client *client,
		   uint64_t instance);
void df_places_free(struct df_places *places);
void df_places_ask(const struct df_places *places, uint64_t instance,
		   const struct df_event *event, struct df_notes *notes);

#endif
