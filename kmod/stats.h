/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_STATS_H
#define DFENCE_STATS_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <uapi/linux/dronefence.h>

/* What became of a packet. */
enum dfence_outcome {
	DFENCE_OUTCOME_ALLOWED,
	DFENCE_OUTCOME_DENIED,
	DFENCE_OUTCOME_DROPPED,
	DFENCE_OUTCOME_AUDITED,
	DFENCE_OUTCOMES,
};

/**
 * struct dfence_counters - packets and bytes by what became of them
 * @packets: as the hook sees them, before segmentation
 * @bytes: IP header included
 */
struct dfence_counters {
	u64 packets[DFENCE_OUTCOMES];
	u64 bytes[DFENCE_OUTCOMES];
};

/**
 * struct dfence_stats - counters of the module, one copy for each CPU
 * @applications: packets of all applications
 * @bystanders: packets of other programs
 * @cgroup_misses: cgroups resolved by path
 * @cgroup_errors: resolved but not cached for lack of memory
 */
struct dfence_stats {
	struct dfence_counters applications;
	u64 bystanders;
	u64 cgroup_misses;
	u64 cgroup_errors;
};

DECLARE_PER_CPU(struct dfence_stats, dfence_stats);

/**
 * struct dfence_app_stats - counters of an application
 * @list: in the list of all, under its lock
 * @refs: one for each policy that names the application
 * @name: of the application
 * @counters: one copy for each CPU
 *
 * They belong to the name: a new policy with the same application goes on
 * counting where the last one stopped.
 */
struct dfence_app_stats {
	struct list_head list;
	refcount_t refs;
	char name[DRONEFENCE_NAME_MAX + 1];
	struct dfence_counters __percpu *counters;
};

struct dfence_app_stats *dfence_app_stats_get(const char *name);
void dfence_app_stats_put(struct dfence_app_stats *stats);
void dfence_counters_add(struct dfence_counters __percpu *counters,
			 enum dfence_outcome outcome, u32 bytes);
void dfence_counters_sum(struct dfence_counters *sum,
			 const struct dfence_counters __percpu *counters);
void dfence_stats_sum(struct dfence_stats *sum);

#endif /* DFENCE_STATS_H */
