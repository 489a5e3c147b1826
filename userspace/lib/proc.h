/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc says of processes. */
#ifndef DF_PROC_H
#define DF_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Longest line of df_proc_cgroup(), the final NUL included. */
#define DF_PROC_LINE 512

bool df_proc_stat(pid_t pid, pid_t *parent, unsigned long long *start);
bool df_proc_cgroup(pid_t pid, char line[DF_PROC_LINE]);
bool df_proc_fsuid(pid_t pid, uid_t *uid);

int df_proc_exe(pid_t pid, char *exe, size_t size);
void df_proc_ask_exe(int (*ask)(pid_t pid, char *exe, size_t size, void *arg),
		     void *arg);

#endif
