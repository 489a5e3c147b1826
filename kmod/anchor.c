// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Anchors
 *
 * The kernel lets a module move a process only to where another process is. So
 * each application whose programs are to be placed has a thread of its own that
 * does nothing but be somewhere. User space puts it into the application's
 * cgroup, once, as it would any process. No user can end it, and while it is
 * there the cgroup cannot be removed.
 */

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "anchor.h"

static LIST_HEAD(all_anchors);
static DEFINE_MUTEX(all_anchors_lock);

static int wait_for_end(void *data)
{
	struct dfence_anchor *anchor = data;

	complete(&anchor->ready);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static struct dfence_anchor *anchor_new(const char *name)
{
	struct dfence_anchor *anchor = kzalloc(sizeof(*anchor),
					       GFP_KERNEL_ACCOUNT);

	if (!anchor)
		return NULL;
	refcount_set(&anchor->refs, 1);
	strscpy(anchor->name, name, sizeof(anchor->name));
	init_completion(&anchor->ready);
	anchor->task = kthread_run(wait_for_end, anchor, "dronefence/%s", name);
	if (IS_ERR(anchor->task)) {
		kfree(anchor);
		return NULL;
	}
	/* Before it has run nobody can put it anywhere: see cgroup_kthread_ready(). */
	wait_for_completion(&anchor->ready);
	return anchor;
}

/**
 * dfence_anchor_get() - the anchor of an application, by name
 * @name: of the application
 *
 * Context: process; may sleep.
 * Return: anchor with a reference, or NULL without memory.
 */
struct dfence_anchor *dfence_anchor_get(const char *name)
{
	struct dfence_anchor *anchor;

	mutex_lock(&all_anchors_lock);
	list_for_each_entry(anchor, &all_anchors, list) {
		if (!strcmp(anchor->name, name)) {
			refcount_inc(&anchor->refs);
			goto unlock;
		}
	}
	anchor = anchor_new(name);
	if (anchor)
		list_add_tail(&anchor->list, &all_anchors);
unlock:
	mutex_unlock(&all_anchors_lock);
	return anchor;
}

/**
 * dfence_anchor_put() - give a reference back
 * @anchor: from dfence_anchor_get(); NULL is allowed
 *
 * With the last one the thread leaves its cgroup, which can be removed then.
 *
 * Context: process; may sleep.
 */
void dfence_anchor_put(struct dfence_anchor *anchor)
{
	if (!anchor)
		return;
	if (!refcount_dec_and_mutex_lock(&anchor->refs, &all_anchors_lock))
		return;
	list_del(&anchor->list);
	mutex_unlock(&all_anchors_lock);
	kthread_stop(anchor->task);
	kfree(anchor);
}
