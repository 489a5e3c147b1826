/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc says of processes. */
#ifndef DF_PROC_H
#define DF_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* Longest line of df_proc_cgroup(), the final NUL included. */
#define DF_PROC_LINE 512

bool df_proc_stat(pid_t pid, pid_t *parent, unsigned long long *start);
bool df_proc_cgroup(pid_t pid, char line[DF_PROC_LINE]);
bool df_proc_fsuid(pid_t pid, uid_t *uid);

#endif
