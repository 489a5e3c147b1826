/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last step of every way into force. */
#ifndef DF_FORCE_H
#define DF_FORCE_H

#include "apply.h"
#include "cache.h"
#include "facts.h"

/**
 * struct df_force - a policy that is to be put into force
 * @compiled: the policy
 * @file: where it was read from, NULL for what is built in
 * @cause: why
 * @expected: generation that is to be replaced
 */
struct df_force {
	const struct df_compiled *compiled;
	const char *file;
	enum df_cause cause;
	uint32_t expected;
};

int df_force_lock(const char *dir, int *fd);
enum df_exit df_force(struct df_client *client, const struct df_force *what,
		      const struct df_build_options *options,
		      struct df_diags *diags, struct df_applied *applied);
enum df_exit df_force_failed(struct df_client *client, int err,
			     struct df_diags *diags);

#endif
