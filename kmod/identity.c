// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Identity
 *
 * An application is recognised by the path of the cgroup v2 that created the
 * socket. A policy names cgroups by pattern, not by id, so the answer is found
 * when the first packet of an unseen cgroup comes by, and it holds for cgroups
 * that did not exist when the policy was applied.
 *
 * Answers are cached by cgroup id, which is never used twice on a 64-bit
 * kernel. A cgroup v2 cannot be renamed or moved to another parent, so an
 * answer stays right as long as the policy does; the cache belongs to the
 * policy and goes with it. A slot is one word with the id and the answer, so it
 * is read and written without a lock and nothing is ever allocated. An answer
 * has its place in one group of eight slots, which is one line of the CPU's
 * cache; where all are taken, a new answer replaces one of them, whichever. The
 * groups are chosen with a secret, so that nobody can make cgroups that push a
 * given other one out. The cache is never needed to be right.
 *
 * What no pattern matches can still be an application's by its user. Whether a
 * policy has selectors by user at all is in the answer for the cgroup, so that
 * nobody asks where there are none.
 */

#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "identity.h"
#include "pattern.h"
#include "stats.h"

/*
 * Paths are built in a buffer of the CPU, so that resolving a cgroup never
 * depends on memory being free. Bottom halves are off while it is in use.
 */
#define PATH_SIZE	4096

struct path_buffer {
	char path[PATH_SIZE];
};

static struct path_buffer __percpu *path_buffers;

u64 dfence_identity_seed __read_mostly;

/**
 * dfence_identity_setup() - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 */
int __init dfence_identity_setup(void)
{
	dfence_identity_seed = get_random_u64();
	path_buffers = alloc_percpu(struct path_buffer);
	return path_buffers ? 0 : -ENOMEM;
}

/**
 * dfence_identity_cleanup() - once, when nothing can look up any more
 */
void dfence_identity_cleanup(void)
{
	free_percpu(path_buffers);
}

/**
 * dfence_identity_init() - make an empty one
 * @identity: uninitialised
 *
 * Return: 0 or -ENOMEM.
 */
int dfence_identity_init(struct dfence_identity *identity)
{
	memset(identity, 0, sizeof(*identity));
	identity->slots = kvcalloc(DFENCE_IDENTITY_SLOTS,
				   sizeof(*identity->slots),
				   GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	return identity->slots ? 0 : -ENOMEM;
}

/**
 * dfence_identity_add() - append a selector
 * @identity: not published yet
 * @pattern: passed dfence_pattern_check(); copied
 * @app: index of the application
 *
 * Return: 0 or -ENOMEM.
 */
int dfence_identity_add(struct dfence_identity *identity, const char *pattern,
			u16 app)
{
	struct dfence_selector *selector;

	if (identity->count == identity->capacity) {
		u32 capacity = max(16U, 2 * identity->capacity);
		struct dfence_selector *grown;

		grown = kvmalloc_array(capacity, sizeof(*grown),
				       GFP_KERNEL_ACCOUNT);
		if (!grown)
			return -ENOMEM;
		if (identity->count)
			memcpy(grown, identity->selectors,
			       identity->count * sizeof(*grown));
		kvfree(identity->selectors);
		identity->selectors = grown;
		identity->capacity = capacity;
	}

	selector = &identity->selectors[identity->count];
	selector->pattern = kstrdup(pattern, GFP_KERNEL_ACCOUNT);
	if (!selector->pattern)
		return -ENOMEM;
	selector->app = app;
	identity->count++;
	return 0;
}

/**
 * dfence_identity_free() - give the memory back
 * @identity: initialised or zeroed; no packet uses it any more
 *
 * Context: process; may sleep.
 */
void dfence_identity_free(struct dfence_identity *identity)
{
	u32 i;

	kvfree(identity->slots);
	for (i = 0; i < identity->count; i++)
		kfree(identity->selectors[i].pattern);
	kvfree(identity->selectors);
	dfence_users_free(&identity->users);
	memset(identity, 0, sizeof(*identity));
}

/*
 * Does the path of the cgroup at @level above @cgroup fit into @path? Kernels
 * say in different ways that it was cut: with an error, with the length that
 * it would have, or (6.1) with the length that is left of it.
 */
static bool path_fits(struct cgroup *cgroup, int level, char *path)
{
	int len = cgroup_path(cgroup_ancestor(cgroup, level), path, PATH_SIZE);

	return len >= 0 && len < PATH_SIZE - 1;
}

/*
 * Path of the cgroup or, where an unprivileged user has nested it deeper than
 * a path can say, of its lowest ancestor that has one. Descendants belong to
 * whom their ancestors belong to, so nesting deeper is no way out.
 */
static void path_of(struct cgroup *cgroup, char *path)
{
	int low = 0, high = cgroup->level;

	if (path_fits(cgroup, high, path))
		return;
	while (low < high) {
		int middle = (low + high) / 2;

		if (path_fits(cgroup, middle + 1, path))
			low = middle + 1;
		else
			high = middle;
	}
	path_fits(cgroup, low, path);
}

static u16 resolve(const struct dfence_identity *identity,
		   struct cgroup *cgroup)
{
	u16 app = identity->users.count ? DFENCE_ASK_USER : DFENCE_NO_APP;
	char *path;
	u32 i;

	local_bh_disable();
	path = this_cpu_ptr(path_buffers)->path;
	path_of(cgroup, path);
	for (i = 0; i < identity->count; i++) {
		if (dfence_pattern_match(identity->selectors[i].pattern, path)) {
			app = identity->selectors[i].app;
			break;
		}
	}
	local_bh_enable();
	return app;
}

/* The place for an answer: a free slot of the group, or a victim. */
static u64 *choose_slot(u64 *group)
{
	int i;

	for (i = 0; i < DFENCE_IDENTITY_WAYS; i++)
		if (!READ_ONCE(group[i]))
			return &group[i];
	return &group[this_cpu_read(dfence_stats.cgroup_misses) %
		      DFENCE_IDENTITY_WAYS];
}

/**
 * dfence_identity_resolve() - find an answer that is not in the cache
 * @identity: of a published policy
 * @cgroup: see dfence_identity_answer()
 *
 * Context: RCU read side; any but hard interrupt.
 * Return: see dfence_identity_answer().
 */
u16 dfence_identity_resolve(const struct dfence_identity *identity,
			    struct cgroup *cgroup)
{
	u64 id = cgroup_id(cgroup);
	u16 app = resolve(identity, cgroup);

	this_cpu_inc(dfence_stats.cgroup_misses);
	/* Larger only after 2^47 cgroups: it would not fit beside the answer. */
	if (id > U64_MAX >> 16) {
		this_cpu_inc(dfence_stats.cgroup_errors);
		return app;
	}
	WRITE_ONCE(*choose_slot(dfence_identity_group(identity, id)),
		   id << 16 | app);
	return app;
}
