/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for a policy to be confirmed. */
#ifndef DF_CLI_GUARD_H
#define DF_CLI_GUARD_H

#include "apply.h"

int guard_start(const struct df_build_options *options);
int guard_arm(void *arg);

#endif
