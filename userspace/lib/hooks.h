/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order netfilter's hooks see a packet. */
#ifndef DF_HOOKS_H
#define DF_HOOKS_H

#include <stddef.h>
#include <stdint.h>

/* Most hooks at one place that are kept, and the longest name, its NUL included. */
#define DF_HOOKS_MAX 32
#define DF_HOOK_NAME 160

/**
 * struct df_hook - one of them
 * @priority: the smallest comes first
 * @name: module or function, for nftables table and chain
 */
struct df_hook {
	int32_t priority;
	char name[DF_HOOK_NAME];
};

/**
 * struct df_hooks - all at one place, in their order
 * @list: as many as there is room for
 * @count: how many of them
 */
struct df_hooks {
	struct df_hook list[DF_HOOKS_MAX];
	size_t count;
};

int df_hooks_read(uint8_t family, uint32_t place, struct df_hooks *hooks);

#endif
