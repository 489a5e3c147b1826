/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that run, as /proc shows them. */
#ifndef DF_PROCS_H
#define DF_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest path below a root, the final NUL included. */
#define DF_TREE_PATH 4352

/**
 * struct df_proc - a process
 * @pid: its number
 * @uid: effective user
 * @gid: effective group
 * @capabilities: effective ones, a bit for each
 * @own_userns: it is in a user namespace other than that of the first process,
 *	so @capabilities hold only in there
 * @comm: name of its main thread, as that chose it
 * @exe: path of the file that it executes, NULL where it may not be read
 * @groups: the others, as numbers with a blank before and behind each
 * @cgroup: path of its cgroup, NULL where it has none of version 2
 */
struct df_proc {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	uint64_t capabilities;
	bool own_userns;
	char comm[16];
	char *exe;
	char *groups;
	char *cgroup;
};

/**
 * struct df_procs - all of them, without the threads of the kernel
 * @list: in the order of /proc
 * @count: how many
 */
struct df_procs {
	struct df_proc *list;
	size_t count;
};

int df_procs_read(const char *root, struct df_procs *procs);
void df_procs_free(struct df_procs *procs);

bool df_tree_line(const char *root, const char *file, char *buf, size_t size);

#endif
