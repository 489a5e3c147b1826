// SPDX-License-Identifier: GPL-2.0-only
/* Counters: one copy for each CPU, added up when somebody asks. */

#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "stats.h"

DEFINE_PER_CPU(struct dfence_stats, dfence_stats);

static LIST_HEAD(all_app_stats);
static DEFINE_MUTEX(all_app_stats_lock);

/* Packets of applications that are gone. Under the lock. */
static struct dfence_counters gone;

static void add_counters(struct dfence_counters *sum,
			 const struct dfence_counters *counters)
{
	int i;

	for (i = 0; i < DFENCE_OUTCOMES; i++) {
		sum->packets[i] += READ_ONCE(counters->packets[i]);
		sum->bytes[i] += READ_ONCE(counters->bytes[i]);
	}
}

static void sum_counters(struct dfence_counters *sum,
			 const struct dfence_app_stats *stats)
{
	int cpu;

	for_each_possible_cpu(cpu)
		add_counters(sum, &per_cpu_ptr(stats->counts, cpu)->counters);
}

/**
 * dfence_app_stats_get() - counters of an application, by name
 * @name: of the application
 *
 * Context: process; may sleep.
 * Return: counters with a reference, or NULL without memory.
 */
struct dfence_app_stats *dfence_app_stats_get(const char *name)
{
	struct dfence_app_stats *stats;

	mutex_lock(&all_app_stats_lock);
	list_for_each_entry(stats, &all_app_stats, list) {
		if (!strcmp(stats->name, name)) {
			refcount_inc(&stats->refs);
			goto unlock;
		}
	}

	stats = kzalloc(sizeof(*stats), GFP_KERNEL_ACCOUNT);
	if (!stats)
		goto unlock;
	stats->counts = alloc_percpu_gfp(struct dfence_app_counts,
					 GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!stats->counts) {
		kfree(stats);
		stats = NULL;
		goto unlock;
	}
	refcount_set(&stats->refs, 1);
	strscpy(stats->name, name, sizeof(stats->name));
	list_add_tail(&stats->list, &all_app_stats);
unlock:
	mutex_unlock(&all_app_stats_lock);
	return stats;
}

/**
 * dfence_app_stats_put() - give a reference back
 * @stats: from dfence_app_stats_get(); no packet uses it any more. NULL is
 *	allowed.
 *
 * Context: process; may sleep.
 */
void dfence_app_stats_put(struct dfence_app_stats *stats)
{
	if (!stats)
		return;
	if (!refcount_dec_and_mutex_lock(&stats->refs, &all_app_stats_lock))
		return;
	list_del(&stats->list);
	sum_counters(&gone, stats);
	mutex_unlock(&all_app_stats_lock);
	free_percpu(stats->counts);
	kfree(stats);
}

/**
 * dfence_counters_sum() - add up the copies of all CPUs
 * @sum: result
 * @counters: one copy for each CPU, may be counting
 *
 * Context: any.
 */
void dfence_counters_sum(struct dfence_counters *sum,
			 const struct dfence_counters __percpu *counters)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		add_counters(sum, per_cpu_ptr(counters, cpu));
}

/**
 * dfence_totals_add() - add totals to those of this CPU
 * @sum: where
 * @totals: what
 *
 * Context: bottom halves off.
 */
void dfence_totals_add(struct dfence_totals __percpu *sum,
		       const struct dfence_totals *totals)
{
	__this_cpu_add(sum->flows, totals->flows);
	__this_cpu_add(sum->packets, totals->packets);
	__this_cpu_add(sum->bytes, totals->bytes);
	__this_cpu_add(sum->refused_packets, totals->refused_packets);
	__this_cpu_add(sum->refused_bytes, totals->refused_bytes);
}

/**
 * dfence_app_stats_unlisted() - count a packet that has no flow
 * @stats: of its application
 * @outcome: what became of it
 * @bytes: its length, IP header included
 *
 * Context: bottom halves off.
 */
void dfence_app_stats_unlisted(struct dfence_app_stats *stats,
			       enum dfence_outcome outcome, u32 bytes)
{
	struct dfence_totals totals = { };

	dfence_totals_count(&totals, outcome, bytes);
	dfence_totals_add(&stats->counts->unlisted, &totals);
}

static void add_totals(struct dfence_totals *sum,
		       const struct dfence_totals *totals)
{
	sum->flows += READ_ONCE(totals->flows);
	sum->packets += READ_ONCE(totals->packets);
	sum->bytes += READ_ONCE(totals->bytes);
	sum->refused_packets += READ_ONCE(totals->refused_packets);
	sum->refused_bytes += READ_ONCE(totals->refused_bytes);
}

/**
 * dfence_app_counts_sum() - what was counted for an application
 * @sum: result
 * @stats: of the application, may be counting
 *
 * Context: any.
 */
void dfence_app_counts_sum(struct dfence_app_counts *sum,
			   const struct dfence_app_stats *stats)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	sum_counters(&sum->counters, stats);
	for_each_possible_cpu(cpu) {
		const struct dfence_app_counts *counts =
			per_cpu_ptr(stats->counts, cpu);

		add_totals(&sum->ended, &counts->ended);
		add_totals(&sum->unlisted, &counts->unlisted);
	}
}

/**
 * dfence_applications_sum() - packets of all applications there ever were
 * @sum: result
 *
 * Context: process; may sleep.
 */
void dfence_applications_sum(struct dfence_counters *sum)
{
	const struct dfence_app_stats *stats;

	mutex_lock(&all_app_stats_lock);
	*sum = gone;
	list_for_each_entry(stats, &all_app_stats, list)
		sum_counters(sum, stats);
	mutex_unlock(&all_app_stats_lock);
}

/**
 * dfence_stats_sum() - counters of the module, all CPUs together
 * @sum: result
 *
 * Context: any.
 */
void dfence_stats_sum(struct dfence_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct dfence_stats *stats = per_cpu_ptr(&dfence_stats, cpu);

		sum->bystanders += READ_ONCE(stats->bystanders);
		sum->cgroup_misses += READ_ONCE(stats->cgroup_misses);
		sum->cgroup_errors += READ_ONCE(stats->cgroup_errors);
		sum->forward_bystanders += READ_ONCE(stats->forward_bystanders);
	}
}
