/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_ANCHOR_H
#define DFENCE_ANCHOR_H

#include <linux/atomic.h>
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/sched.h>

#include <uapi/linux/dronefence.h>

/**
 * struct dfence_anchor - marks the cgroup where programs are placed
 * @list: in the list of all, under its lock
 * @refs: one for each policy whose application has executables, one for each
 *	placement under way
 * @name: of the application
 * @ready: the thread has run
 * @task: the thread that is in the cgroup; ends with the last reference
 * @placed: programs that were placed
 * @failed: programs that could not be
 *
 * It belongs to the name: a new policy with the same application goes on with
 * the anchor where it is.
 */
struct dfence_anchor {
	struct list_head list;
	refcount_t refs;
	char name[DRONEFENCE_NAME_MAX + 1];
	struct completion ready;
	struct task_struct *task;
	atomic64_t placed;
	atomic64_t failed;
};

struct dfence_anchor *dfence_anchor_get(const char *name);
void dfence_anchor_put(struct dfence_anchor *anchor);

/**
 * dfence_anchor_cgroup() - where the anchor is
 * @anchor: with a reference
 *
 * Context: RCU read side.
 * Return: its cgroup; the root until somebody puts it elsewhere.
 */
static inline struct cgroup *
dfence_anchor_cgroup(const struct dfence_anchor *anchor)
{
	return task_dfl_cgroup(anchor->task);
}

#endif /* DFENCE_ANCHOR_H */
