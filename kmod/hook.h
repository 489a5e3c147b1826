/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_HOOK_H
#define DFENCE_HOOK_H

#include <linux/types.h>

int dfence_hooks_enable(void);
void dfence_hooks_disable(void);
int dfence_forward_hooks_enable(void);
void dfence_forward_hooks_disable(void);

#endif /* DFENCE_HOOK_H */
