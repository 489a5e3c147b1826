/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder "root" that looks like a machine: processes, cgroups, interfaces. */
#ifndef TREE_UTIL_H
#define TREE_UTIL_H

#include "policy_util.h"

/**
 * struct fake_proc - a process of the machine
 * @pid: its number
 * @uid: its user
 * @caps: effective capabilities
 * @comm: its name
 * @exe: what it executes, NULL for a thread of the kernel
 * @cgroup: where it is
 * @groups: its supplementary groups, NULL for none
 * @userns: its user namespace, NULL for the first one
 */
struct fake_proc {
	int pid;
	int uid;
	unsigned long long caps;
	const char *comm;
	const char *exe;
	const char *cgroup;
	const char *groups;
	const char *userns;
};

static inline void make_folder(const char *path)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "mkdir -p 'root%s'", path);
	assert_int_equal(system(command), 0);
}

__attribute__((format(printf, 2, 3)))
static inline void put_file(const char *path, const char *fmt, ...)
{
	char full[PATH_MAX], *slash;
	va_list args;
	FILE *file;

	snprintf(full, sizeof(full), "%s", path);
	slash = strrchr(full, '/');
	*slash = '\0';
	make_folder(full);
	snprintf(full, sizeof(full), "root%s", path);
	file = fopen(full, "we");
	assert_non_null(file);
	va_start(args, fmt);
	vfprintf(file, fmt, args);
	va_end(args);
	fclose(file);
}

static inline void put_program(const char *path)
{
	char full[FOUND_SIZE];

	put_file(path, "program");
	snprintf(full, sizeof(full), "root%s", path);
	assert_int_equal(chmod(full, 0755), 0);
}

static inline void put_link(int pid, const char *name, const char *target)
{
	char full[256];

	snprintf(full, sizeof(full), "root/proc/%d/%s", pid, name);
	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static inline void put_proc(const struct fake_proc *proc)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns", proc->pid);
	make_folder(path);
	snprintf(path, sizeof(path), "/proc/%d/comm", proc->pid);
	put_file(path, "%s\n", proc->comm);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", proc->pid);
	put_file(path, "1:name=systemd:/else\n0::%s\n", proc->cgroup);
	snprintf(path, sizeof(path), "/proc/%d/status", proc->pid);
	put_file(path, "Name:\t%s\nState:\tS (sleeping)\nUid:\t0\t%d\t0\t0\nGid:\t0\t%d\t0\t0\n"
		 "Groups:\t%s\nThreads:\t1\nCapEff:\t%016llx\n", proc->comm,
		 proc->uid, proc->uid, proc->groups ? proc->groups : "",
		 proc->caps);
	if (proc->exe)
		put_link(proc->pid, "exe", proc->exe);
	put_link(proc->pid, "ns/user", proc->userns ? proc->userns : "user:[1]");
}

#define PROC(...) put_proc(&(struct fake_proc){ __VA_ARGS__ })

static inline void clear_tree(void)
{
	assert_int_equal(system("rm -rf root; mkdir -p root/proc root/sys/fs/cgroup root/sys/class/net"), 0);
	PROC(.pid = 1, .comm = "init", .exe = "/sbin/init",
	     .cgroup = "/init.scope", .caps = -1ull);
	make_folder("/sys/fs/cgroup/init.scope");
}

static inline void put_interface(const char *name, unsigned int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/flags", name);
	put_file(path, "0x%x\n", flags);
}

#endif
