// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Placing programs
 *
 * A policy can name the programs of an application by path. When a process has
 * executed such a file, and before the first instruction of it runs, the process
 * is moved into the cgroup of the application. From then on it is recognised
 * like any other: nothing here is asked when packets are judged, and what it
 * starts inherits the cgroup. No user space takes part.
 *
 * The tracepoint comes when the new image is in place; it must not sleep. What
 * has to sleep is left to a work of the task itself, which the kernel runs on
 * the way back to user mode. A process that cannot be placed would run outside
 * of the fence, so it is killed: the signal is acted upon on the same way back.
 * Only where the application is in audit mode it goes on, because audit mode
 * stands in nobody's way.
 *
 * A process that belongs to an application already stays where it is, whatever
 * it executes: what an application starts is the application, and it must not
 * come by another profile by executing the program of another. The same goes for
 * one that is an application's by its user.
 *
 * The path is that of the file itself, behind symbolic links, as the process
 * sees it: below its own root and in its own mount namespace. For a script it is
 * the path of the interpreter. A path longer than 4 KiB matches nothing.
 *
 * Where no path matches, the file itself may be pinned, see pins.c: then it is the
 * application's program under any name. And where some pin has a digest, a file of
 * that size may be a copy. To know it the file has to be read, which is left to a
 * work of the task as well. While it is not read it is nobody's: if it cannot be, it
 * goes on, because most such files are somebody else's, and that is counted.
 */

#define pr_fmt(fmt) "dronefence: " fmt

#include <linux/atomic.h>
#include <linux/binfmts.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/tracepoint.h>
#include <linux/wait_bit.h>

#include "anchor.h"
#include "digest.h"
#include "event.h"
#include "pattern.h"
#include "pins.h"
#include "place.h"
#include "policy.h"

/**
 * struct placement - a process on its way into the cgroup of an application
 * @work: of that process
 * @anchor: where to, with a reference
 * @event: filled in but for the result
 */
struct placement {
	struct callback_head work;
	struct dfence_anchor *anchor;
	struct dfence_event event;
};

/**
 * struct candidate - a process whose program may be the copy of a pinned one
 * @work: of that process
 * @file: the program, with a reference
 * @size: of @file when it was executed
 */
struct candidate {
	struct callback_head work;
	struct file *file;
	loff_t size;
};

struct exec_path {
	char path[PATH_MAX];
};

/* Paths are built in a buffer of the CPU: nothing to allocate for bystanders. */
static struct exec_path __percpu *exec_paths;

static struct tracepoint *exec_tracepoint;

/* Placements and candidates under way; the module must not go before the last one is done. */
static atomic_t pending = ATOMIC_INIT(0);

/* Which application's program is @file? DFENCE_NO_APP if it is of none. */
static u16 match_file(const struct dfence_policy *policy, struct file *file)
{
	struct exec_path *buf = get_cpu_ptr(exec_paths);
	const char *path = file_path(file, buf->path, sizeof(buf->path));
	const struct dfence_executable *executable;
	u16 app = DFENCE_NO_APP;

	if (!IS_ERR(path) && *path == '/') {
		list_for_each_entry(executable, &policy->executables, list) {
			if (dfence_pattern_match(executable->pattern, path)) {
				app = executable->app;
				break;
			}
		}
	}
	put_cpu_ptr(exec_paths);
	return app;
}

/* The application of that name, if programs of it are placed; or DFENCE_NO_APP. */
static u16 find_app(const struct dfence_policy *policy, const char *name)
{
	u16 i;

	for (i = 0; name && i < policy->have.apps; i++)
		if (!strcmp(policy->apps[i].name, name))
			return policy->apps[i].anchor ? i : DFENCE_NO_APP;
	return DFENCE_NO_APP;
}

static void fill_event(struct dfence_event *event,
		       const struct dfence_policy *policy,
		       const struct dfence_app *app)
{
	memset(event, 0, sizeof(*event));
	event->generation = policy->generation;
	event->mode = app->mode;
	event->pid = task_tgid_nr(current);
	event->uid = from_kuid(&init_user_ns, current_uid());
	event->cgroup = cgroup_id(task_dfl_cgroup(current));
	strscpy(event->app, app->name, sizeof(event->app));
	memcpy(event->comm, current->comm, sizeof(event->comm));
}

/*
 * Count and record how it ended; who should be refused things and is not in the
 * fence must not run.
 */
static void finish(struct dfence_event *event, struct dfence_anchor *anchor,
		   enum dfence_place_error error)
{
	event->type = error ? DFENCE_EVENT_PLACE_FAILED : DFENCE_EVENT_PLACED;
	event->place_error = error;
	if (error) {
		if (event->mode != DFENCE_MODE_AUDIT)
			send_sig(SIGKILL, current, 1);
		atomic64_inc(&anchor->failed);
	} else {
		atomic64_inc(&anchor->placed);
	}
	dfence_event_record(event);
}

/*
 * Is @cgroup one of the application that @anchor is of? Also if the policy in
 * force has no such application: it is not registered any more then.
 */
static bool is_inside(const struct dfence_policy *policy,
		      const struct dfence_anchor *anchor, struct cgroup *cgroup)
{
	u16 i;

	for (i = 0; policy && i < policy->have.apps; i++)
		if (policy->apps[i].anchor == anchor)
			return dfence_identity_lookup(&policy->identity,
						      cgroup) == i;
	return true;
}

static enum dfence_place_error attach(const struct dfence_anchor *anchor)
{
	bool anchored, inside;

	rcu_read_lock();
	anchored = is_inside(rcu_dereference(dfence_active_policy), anchor,
			     dfence_anchor_cgroup(anchor));
	rcu_read_unlock();
	if (!anchored)
		return DFENCE_PLACE_ERROR_ANCHOR;
	if (cgroup_attach_task_all(anchor->task, current))
		return DFENCE_PLACE_ERROR_ATTACH;
	/* Whatever happened meanwhile to the anchor or the policy. */
	rcu_read_lock();
	inside = is_inside(rcu_dereference(dfence_active_policy), anchor,
			   task_dfl_cgroup(current));
	rcu_read_unlock();
	return inside ? DFENCE_PLACE_ERROR_NONE : DFENCE_PLACE_ERROR_ANCHOR;
}

static void done(void)
{
	if (atomic_dec_and_test(&pending))
		wake_up_var(&pending);
}

/* In the process itself, on its way back to user mode. */
static void place(struct callback_head *work)
{
	struct placement *placement = container_of(work, struct placement, work);

	/* One that was killed meanwhile comes by here too; it cannot be moved. */
	if (!(current->flags & PF_EXITING))
		finish(&placement->event, placement->anchor,
		       attach(placement->anchor));
	dfence_anchor_put(placement->anchor);
	kfree(placement);
	done();
}

static void refuse(const struct dfence_policy *policy,
		   const struct dfence_app *app)
{
	struct dfence_event event;

	fill_event(&event, policy, app);
	finish(&event, app->anchor, DFENCE_PLACE_ERROR_MEMORY);
}

/* Under RCU, which holds the policy, which holds the anchor. */
static void start(const struct dfence_policy *policy,
		  const struct dfence_app *app)
{
	struct placement *placement = kmalloc(sizeof(*placement),
					      GFP_ATOMIC | __GFP_NOWARN);

	if (!placement) {
		refuse(policy, app);
		return;
	}
	fill_event(&placement->event, policy, app);
	placement->anchor = app->anchor;
	refcount_inc(&placement->anchor->refs);
	init_task_work(&placement->work, place);
	atomic_inc(&pending);
	/* It fails only for one that dies; "place" does not move that either. */
	if (task_work_add(current, &placement->work, TWA_RESUME)) {
		refcount_dec(&placement->anchor->refs);
		kfree(placement);
		atomic_dec(&pending);
	}
}

/*
 * Does the current process, which executes a program of @app, stay where it is?
 * Of one that is in @app by its user the cgroup holds more than the user does.
 */
static bool stays(const struct dfence_policy *policy, u16 app)
{
	const struct dfence_identity *identity = &policy->identity;
	u16 by_user;

	if (dfence_identity_lookup(identity, task_dfl_cgroup(current)) !=
	    DFENCE_NO_APP)
		return true;
	by_user = dfence_users_lookup(&identity->users, current_fsuid());
	return by_user != DFENCE_NO_APP && by_user != app;
}

/* To whose anchor the current process goes, with a reference; or NULL. */
static struct dfence_anchor *claim(const struct candidate *candidate,
				   const u8 digest[DRONEFENCE_DIGEST_LEN],
				   struct dfence_event *event)
{
	const struct dfence_policy *policy;
	struct dfence_anchor *anchor = NULL;
	u16 app = DFENCE_NO_APP;

	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	if (policy)
		app = find_app(policy,
			       dfence_pins_find_copy(file_inode(candidate->file),
						     candidate->size, digest));
	if (app != DFENCE_NO_APP && !stays(policy, app)) {
		fill_event(event, policy, &policy->apps[app]);
		anchor = policy->apps[app].anchor;
		refcount_inc(&anchor->refs);
	}
	rcu_read_unlock();
	return anchor;
}

/* In the process itself, on its way back to user mode. */
static void examine(struct callback_head *work)
{
	struct candidate *candidate = container_of(work, struct candidate, work);
	u8 digest[DRONEFENCE_DIGEST_LEN];
	struct dfence_anchor *anchor;
	struct dfence_event event;
	int err = -EINTR;

	if (!(current->flags & PF_EXITING))
		err = dfence_digest_file(candidate->file, candidate->size,
					 digest);
	anchor = err ? NULL : claim(candidate, digest, &event);
	if (anchor) {
		finish(&event, anchor, attach(anchor));
		dfence_anchor_put(anchor);
	}
	/* Whoever is killed while it is read will run nothing. */
	if (err && err != -EINTR)
		dfence_pins_unread();
	fput(candidate->file);
	kfree(candidate);
	done();
}

/* Have a program read, if it may be a copy. Under RCU. */
static void consider(const struct dfence_policy *policy, struct file *file)
{
	loff_t size = i_size_read(file_inode(file));
	struct candidate *candidate;

	if (!dfence_pins_has_size(size) ||
	    dfence_identity_lookup(&policy->identity,
				   task_dfl_cgroup(current)) != DFENCE_NO_APP)
		return;
	candidate = kmalloc(sizeof(*candidate), GFP_ATOMIC | __GFP_NOWARN);
	if (!candidate) {
		dfence_pins_unread();
		return;
	}
	candidate->file = get_file(file);
	candidate->size = size;
	init_task_work(&candidate->work, examine);
	atomic_inc(&pending);
	/* It fails only for one that dies. */
	if (task_work_add(current, &candidate->work, TWA_RESUME)) {
		fput(candidate->file);
		kfree(candidate);
		atomic_dec(&pending);
	}
}

static void executed(void *data, struct task_struct *task, pid_t old_pid,
		     struct linux_binprm *bprm)
{
	const struct dfence_policy *policy;
	u16 app;

	/* The first process belongs to the machine, whatever a pattern says. */
	if (is_global_init(task))
		return;
	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	app = policy ? match_file(policy, bprm->file) : DFENCE_NO_APP;
	if (policy && app == DFENCE_NO_APP)
		app = find_app(policy,
			       dfence_pins_find(file_inode(bprm->file)));
	if (policy && app == DFENCE_NO_APP)
		consider(policy, bprm->file);
	else if (policy && !stays(policy, app))
		start(policy, &policy->apps[app]);
	rcu_read_unlock();
}

static void find_tracepoint(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "sched_process_exec"))
		exec_tracepoint = tp;
}

/**
 * dfence_place_setup() - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 */
int __init dfence_place_setup(void)
{
	if (IS_ENABLED(CONFIG_TRACEPOINTS))
		for_each_kernel_tracepoint(find_tracepoint, NULL);
	exec_paths = alloc_percpu(struct exec_path);
	return exec_paths ? 0 : -ENOMEM;
}

/**
 * dfence_place_cleanup() - once, when placing was disabled for good
 *
 * Waits for the placements under way. Only one that a debugger holds where it
 * was executed can take long, and one whose program is read.
 *
 * Context: process; may sleep.
 */
void dfence_place_cleanup(void)
{
	while (!wait_var_event_timeout(&pending, !atomic_read(&pending),
				       10 * HZ))
		pr_warn("waiting for %d programs that were executed and are read, or held by a debugger\n",
			atomic_read(&pending));
	/* Who was the last one may be still in its last instructions. */
	synchronize_rcu_tasks();
	free_percpu(exec_paths);
}

/**
 * dfence_place_enable() - look at every program that is executed
 *
 * Context: process; may sleep. The caller remembers that it is enabled.
 * Return: 0; -EOPNOTSUPP where the kernel has no such tracepoint; -ENOMEM.
 */
int dfence_place_enable(void)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !exec_tracepoint)
		return -EOPNOTSUPP;
	return tracepoint_probe_register(exec_tracepoint, (void *)executed, NULL);
}

/**
 * dfence_place_disable() - the reverse of dfence_place_enable()
 *
 * Returns when nothing looks any more; placements may be under way still.
 *
 * Context: process; may sleep.
 */
void dfence_place_disable(void)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return;
	tracepoint_probe_unregister(exec_tracepoint, (void *)executed, NULL);
	tracepoint_synchronize_unregister();
}
