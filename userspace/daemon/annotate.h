/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon knows beside the events of the kernel. */
#ifndef DF_ANNOTATE_H
#define DF_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bulk.h"
#include "facts.h"
#include "geo_who.h"
#include "places.h"
#include "record.h"
#include "who.h"

/* Policies that are remembered after they were replaced. */
#define DF_ANNOTATE_PAST 8

/**
 * struct df_annotate_past - a policy that came into force
 * @instance: of the kernel module
 * @generation: of the policy, 0 for none
 * @digest: of the policy
 */
struct df_annotate_past {
	uint64_t instance;
	uint32_t generation;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
};

/**
 * struct df_annotate - all that is known
 * @geo_root: prefix of the usual places of geo data, NULL for none
 * @cache: folder of compiled policies, "" for none
 * @geo: whose networks are whose
 * @geo_told: its problem was told
 * @who: processes and units
 * @places: the policy in force
 * @tried_instance: kernel module that @places were asked of last
 * @tried: generation that they were asked for last
 * @facts: beside that policy
 * @bulk: what was sent
 * @past: policies by generation
 */
struct df_annotate {
	const char *geo_root;
	char cache[4096];
	struct df_geo_who geo;
	bool geo_told;
	struct df_who who;
	struct df_places places;
	uint64_t tried_instance;
	uint32_t tried;
	struct df_facts facts;
	struct df_bulk bulk;
	struct df_annotate_past past[DF_ANNOTATE_PAST];
};

void df_annotate_init(struct df_annotate *annotate, const char *geo_root,
		      const char *cache);
void df_annotate_free(struct df_annotate *annotate);
const char *df_annotate_geo(struct df_annotate *annotate);
void df_annotate_policy(struct df_annotate *annotate, struct df_client *client,
			uint64_t instance, uint32_t generation);
void df_annotate_record(struct df_annotate *annotate, struct df_record *record);
bool df_annotate_bulk(struct df_annotate *annotate,
		      const struct df_record *record,
		      struct df_bulk_note *note);

#endif
