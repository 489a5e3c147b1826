/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each sink has got, kept over a restart of the daemon. */
#ifndef DF_STATE_H
#define DF_STATE_H

#include <stddef.h>

#include "backlog.h"

/**
 * struct df_state_entry - a sink as it stands in the state file
 * @name: of the sink, unique
 * @cursor: of the sink
 */
struct df_state_entry {
	const char *name;
	struct df_cursor *cursor;
};

int df_state_lock(const char *dir, int *fd);
int df_state_load(const char *dir, const struct df_state_entry *entries,
		  size_t count);
int df_state_save(const char *dir, const struct df_state_entry *entries,
		  size_t count);

#endif
