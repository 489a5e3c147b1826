/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which applications have processes. */
#ifndef DF_RUNNING_H
#define DF_RUNNING_H

#include <stdbool.h>
#include <stddef.h>

#include "apps.h"
#include "record.h"

/**
 * struct df_running - applications that had processes at the last look
 * @names: theirs
 * @count: how many
 * @tell: called for each one that has begun or ended to run
 * @arg: for @tell
 */
struct df_running {
	char (*names)[DRONEFENCE_NAME_MAX + 1];
	size_t count;
	void (*tell)(const struct df_app_note *note, void *arg);
	void *arg;
};

int df_running_read(const struct df_apps *apps, bool *runs);
int df_running_compare(struct df_running *running, const struct df_apps *apps,
		       const bool *runs);
int df_running_look(struct df_running *running, const struct df_apps *apps);
void df_running_free(struct df_running *running);

#endif
