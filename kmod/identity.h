/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_IDENTITY_H
#define DFENCE_IDENTITY_H

#include <linux/bits.h>
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/types.h>

#include "users.h"

/* No application. */
#define DFENCE_NO_APP	0xffff

/* No cgroup selector matches, but there are selectors by user to be asked. */
#define DFENCE_ASK_USER	0xfffe

/* Slots of the cache: groups of some that a cgroup can be in. */
#define DFENCE_IDENTITY_BITS	12
#define DFENCE_IDENTITY_WAYS	8
#define DFENCE_IDENTITY_SLOTS	(BIT(DFENCE_IDENTITY_BITS) * DFENCE_IDENTITY_WAYS)

/**
 * struct dfence_selector - how an application is recognised
 * @pattern: cgroup path pattern, passed dfence_pattern_check()
 * @app: index of the application
 */
struct dfence_selector {
	char *pattern;
	u16 app;
};

/**
 * struct dfence_identity - selectors, and the cgroups they were resolved for
 * @selectors: in the order of the applications; the first match wins
 * @count: number of @selectors
 * @capacity: room in @selectors
 * @slots: answers by cgroup id, id << 16 | application, or 0; written by
 *	packets at any time
 * @users: asked where no cgroup selector matches
 */
struct dfence_identity {
	struct dfence_selector *selectors;
	u32 count;
	u32 capacity;
	u64 *slots;
	struct dfence_users users;
};

int dfence_identity_init(struct dfence_identity *identity);
int dfence_identity_add(struct dfence_identity *identity, const char *pattern,
			u16 app);
void dfence_identity_free(struct dfence_identity *identity);
u16 dfence_identity_resolve(const struct dfence_identity *identity,
			    struct cgroup *cgroup);
int dfence_identity_setup(void);
void dfence_identity_cleanup(void);

extern u64 dfence_identity_seed;

/**
 * dfence_identity_group() - where the answer for a cgroup may be
 * @identity: of a policy
 * @id: of the cgroup
 *
 * Return: DFENCE_IDENTITY_WAYS slots.
 */
static inline u64 *dfence_identity_group(const struct dfence_identity *identity,
					 u64 id)
{
	return identity->slots +
	       hash_64(id ^ dfence_identity_seed, DFENCE_IDENTITY_BITS) *
	       DFENCE_IDENTITY_WAYS;
}

/**
 * dfence_identity_answer() - to which application does a cgroup belong
 * @identity: of a published policy
 * @cgroup: on the default hierarchy, with a reference held by a socket or a
 *	task; it may be removed already
 *
 * Where a policy has selectors by user, that they are to be asked is the answer
 * itself. So who has none does not pay for them.
 *
 * Context: RCU read side; any but hard interrupt.
 * Return: index of the application; DFENCE_NO_APP; DFENCE_ASK_USER where that
 * depends on the user.
 */
static inline u16 dfence_identity_answer(const struct dfence_identity *identity,
					 struct cgroup *cgroup)
{
	u64 id = cgroup_id(cgroup);
	const u64 *group = dfence_identity_group(identity, id);
	int i;

	for (i = 0; i < DFENCE_IDENTITY_WAYS; i++) {
		u64 slot = READ_ONCE(group[i]);

		if (likely(slot >> 16 == id))
			return (u16)slot;
	}
	return dfence_identity_resolve(identity, cgroup);
}

/**
 * dfence_identity_lookup() - to which application does a cgroup belong
 * @identity: of a published policy
 * @cgroup: see dfence_identity_answer()
 *
 * Context: RCU read side; any but hard interrupt.
 * Return: index of the application or DFENCE_NO_APP, whoever is in the cgroup.
 */
static inline u16 dfence_identity_lookup(const struct dfence_identity *identity,
					 struct cgroup *cgroup)
{
	u16 app = dfence_identity_answer(identity, cgroup);

	return app == DFENCE_ASK_USER ? DFENCE_NO_APP : app;
}

#endif /* DFENCE_IDENTITY_H */
