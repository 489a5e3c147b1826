/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force where the policy cannot be loaded. */
#ifndef DF_FALLBACK_H
#define DF_FALLBACK_H

#include "client.h"
#include "policy.h"

struct df_policy *df_fallback_load(struct df_diags *diags);
bool df_fallback_is(const struct df_policy_info *policy);

#endif
