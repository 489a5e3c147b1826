/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving running processes into the cgroup of an application. */
#ifndef DF_ADOPT_H
#define DF_ADOPT_H

#include <stdbool.h>
#include <sys/types.h>

/* Longest text of @error, the final NUL included. */
#define DF_ADOPT_ERROR_MAX 256

/**
 * struct df_adopted - what df_adopt() did
 * @processes: that are in the cgroup now
 * @namespaces: network namespaces that they are in
 * @sockets: that were ended
 * @failed: processes that could not be moved, and sockets that could not be
 *	ended
 * @error: the first thing that went wrong, or ""
 */
struct df_adopted {
	unsigned int processes, namespaces, sockets, failed;
	char error[DF_ADOPT_ERROR_MAX];
};

int df_adopt_hold(pid_t pid);
bool df_adopt_held(int held);
int df_adopt(pid_t pid, int held, const char *cgroup,
	     struct df_adopted *result);

#endif
