/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which events of the kernel are new, and when to fetch the ones missed. */
#ifndef DF_TRACKER_H
#define DF_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct df_tracker - where the daemon stands in the kernel's events
 * @instance: load of the kernel module that @next belongs to
 * @next: lowest sequence number not taken yet
 * @behind: events from @next on have to be fetched; live ones are not taken
 */
struct df_tracker {
	uint64_t instance;
	uint64_t next;
	bool behind;
};

bool df_tracker_live(struct df_tracker *tracker, uint64_t seq);
bool df_tracker_fetched(struct df_tracker *tracker, uint64_t seq);
bool df_tracker_status(struct df_tracker *tracker, uint64_t instance,
		       uint64_t event_next);

#endif
