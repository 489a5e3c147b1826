/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_IDENTITY_H
#define DFENCE_IDENTITY_H

#include <linux/bits.h>
#include <linux/cgroup.h>
#include <linux/types.h>

/* No application. */
#define DFENCE_NO_APP	0xffff

/* Slots of the cache: groups of some that a cgroup can be in. */
#define DFENCE_IDENTITY_BITS	12
#define DFENCE_IDENTITY_WAYS	4
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

struct dfence_identity_entry;

/**
 * struct dfence_identity - selectors, and the cgroups they were resolved for
 * @selectors: in the order of the applications; the first match wins
 * @count: number of @selectors
 * @capacity: room in @selectors
 * @slots: answers by cgroup id, written by packets at any time
 */
struct dfence_identity {
	struct dfence_selector *selectors;
	u32 count;
	u32 capacity;
	struct dfence_identity_entry __rcu **slots;
};

int dfence_identity_init(struct dfence_identity *identity);
int dfence_identity_add(struct dfence_identity *identity, const char *pattern,
			u16 app);
void dfence_identity_free(struct dfence_identity *identity);
u16 dfence_identity_lookup(struct dfence_identity *identity,
			   struct cgroup *cgroup);
int dfence_identity_setup(void);
void dfence_identity_cleanup(void);

#endif /* DFENCE_IDENTITY_H */
