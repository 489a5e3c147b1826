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
 * struct dfence_totals - what went through flows
 * @flows: how many
 * @packets: that passed
 * @bytes: of them, IP header included
 * @refused_packets: that did not
 * @refused_bytes: of them
 */
struct dfence_totals {
	u64 flows;
	u64 packets;
	u64 bytes;
	u64 refused_packets;
	u64 refused_bytes;
};

/**
 * struct dfence_stats - counters of the module, one copy for each CPU
 * @bystanders: packets of other programs
 * @cgroup_misses: cgroups resolved by path
 * @cgroup_errors: resolved but not cached for lack of memory
 * @forward_bystanders: forwarded packets that no selector is for
 */
struct dfence_stats {
	u64 bystanders;
	u64 cgroup_misses;
	u64 cgroup_errors;
	u64 forward_bystanders;
};

DECLARE_PER_CPU(struct dfence_stats, dfence_stats);

/**
 * struct dfence_app_counts - what is counted for an application
 * @counters: all its packets
 * @ended: flows that ended
 * @unlisted: packets that were judged without a flow
 */
struct dfence_app_counts {
	struct dfence_counters counters;
	struct dfence_totals ended;
	struct dfence_totals unlisted;
};

/**
 * struct dfence_app_stats - counters of an application
 * @list: in the list of all, under its lock
 * @refs: one for each policy that names the application
 * @name: of the application
 * @generation: of the newest policy that names the application
 * @counts: one copy for each CPU
 *
 * They belong to the name: a new policy with the same application goes on
 * counting where the last one stopped.
 */
struct dfence_app_stats {
	struct list_head list;
	refcount_t refs;
	char name[DRONEFENCE_NAME_MAX + 1];
	u32 generation;
	struct dfence_app_counts __percpu *counts;
};

struct dfence_app_stats *dfence_app_stats_get(const char *name);
void dfence_app_stats_put(struct dfence_app_stats *stats);
void dfence_counters_sum(struct dfence_counters *sum,
			 const struct dfence_counters __percpu *counters);
void dfence_app_stats_unlisted(struct dfence_app_stats *stats,
			       enum dfence_outcome outcome, u32 bytes);
void dfence_totals_add(struct dfence_totals __percpu *sum,
		       const struct dfence_totals *totals);
void dfence_app_counts_sum(struct dfence_app_counts *sum,
			   const struct dfence_app_stats *stats);
void dfence_applications_sum(struct dfence_counters *sum);
void dfence_stats_sum(struct dfence_stats *sum);

/**
 * dfence_counters_add() - count a packet
 * @counters: where
 * @outcome: what became of it
 * @bytes: its length, IP header included
 *
 * Context: bottom halves off.
 */
static inline void
dfence_counters_add(struct dfence_counters __percpu *counters,
		    enum dfence_outcome outcome, u32 bytes)
{
	__this_cpu_inc(counters->packets[outcome]);
	__this_cpu_add(counters->bytes[outcome], bytes);
}

/**
 * dfence_totals_count() - count a packet of a flow
 * @totals: where, under a lock of the caller
 * @outcome: what became of it
 * @bytes: its length, IP header included
 *
 * Context: any.
 */
static inline void dfence_totals_count(struct dfence_totals *totals,
				       enum dfence_outcome outcome, u32 bytes)
{
	if (outcome == DFENCE_OUTCOME_ALLOWED ||
	    outcome == DFENCE_OUTCOME_AUDITED) {
		totals->packets++;
		totals->bytes += bytes;
	} else {
		totals->refused_packets++;
		totals->refused_bytes += bytes;
	}
}

#endif /* DFENCE_STATS_H */
