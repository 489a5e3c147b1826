// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process and its descendants become an application's.
 *
 * First they are moved, until a look at all processes finds no descendant that
 * is not: what a process forks once it is in the cgroup is in there too. Then
 * the sockets that they hold are ended, except for those that the cgroup itself
 * opened, after the move. Then everything again, until nothing new is found.
 *
 * The number of a process can be another's from one moment to the next, once it has
 * ended. So each is held by a pidfd, which tells whether it still lives: while it
 * does, its number is its own. The kernel takes numbers only into a cgroup, so it is
 * looked at before and after; who got the number in between is put back.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt.h"
#include "anchor.h"
#include "proc.h"
#include "sockdiag.h"

/* Rounds after which somebody forks faster than we look. */
#define ROUNDS 100

/**
 * struct process - an adopted process
 * @pid: its number
 * @start: when it began, which tells it from a later one of that number
 * @netns: inode of its network namespace, 0 if unknown
 */
struct process {
	pid_t pid;
	unsigned long long start;
	ino_t netns;
};

/**
 * struct adoption - the state of df_adopt()
 * @root: with which it begins
 * @root_start: when that began
 * @at: inode of the network namespace that this process is in
 * @procs: file that takes processes into the cgroup
 * @cgroup: id of the cgroup
 * @line: what /proc/PID/cgroup says of a process in it
 * @list: adopted processes
 * @count: entries in @list
 * @room: entries that fit
 * @result: of the caller
 */
struct adoption {
	pid_t root;
	unsigned long long root_start;
	ino_t at;
	int procs;
	uint64_t cgroup;
	char line[DF_PROC_LINE];
	struct process *list;
	size_t count, room;
	struct df_adopted *result;
};

__attribute__((format(printf, 2, 3)))
static void say(struct df_adopted *result, const char *fmt, ...)
{
	va_list args;

	result->failed++;
	if (*result->error)
		return;
	va_start(args, fmt);
	vsnprintf(result->error, sizeof(result->error), fmt, args);
	va_end(args);
}

/**
 * df_adopt_held() - does a process still run, and so is the one with its number
 * @held: of df_adopt_hold()
 *
 * Return: false once it has ended, waited for or not.
 */
bool df_adopt_held(int held)
{
	struct pollfd poll_fd = { .fd = held, .events = POLLIN };

	return !poll(&poll_fd, 1, 0);
}

/* Does a process that is held have this number and beginning? */
static bool is_held(int held, pid_t pid, unsigned long long start)
{
	unsigned long long found;
	pid_t parent;

	return df_proc_stat(pid, &parent, &found) && found == start &&
	       df_adopt_held(held);
}

/**
 * df_adopt_hold() - hold a process, so that no later one is taken for it
 * @pid: its number
 *
 * Return: a descriptor; -ESRCH if there is no such process; or another negative
 * errno.
 */
int df_adopt_hold(pid_t pid)
{
	int held = pidfd_open(pid, 0);

	/* A thread that is not the first of its process has a number, too. */
	if (held < 0)
		return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
	return held;
}

static bool is_adopted(const struct adoption *a, pid_t pid,
		       unsigned long long start)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->list[i].pid == pid && a->list[i].start == start)
			return true;
	return false;
}

/* Is the process that has this number now one that was adopted? */
static bool is_child_of_adopted(const struct adoption *a, pid_t parent)
{
	unsigned long long start;
	pid_t other;

	return df_proc_stat(parent, &other, &start) &&
	       is_adopted(a, parent, start);
}

static int remember(struct adoption *a, pid_t pid, unsigned long long start)
{
	struct process *grown = a->list;
	char path[64];
	struct stat st;

	if (a->count == a->room) {
		a->room = a->room ? 2 * a->room : 64;
		grown = realloc(a->list, a->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		a->list = grown;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	a->list[a->count++] = (struct process){
		.pid = pid, .start = start,
		.netns = stat(path, &st) ? 0 : st.st_ino,
	};
	return 0;
}

static bool is_inside(const struct adoption *a, pid_t pid)
{
	char line[DF_PROC_LINE];

	return df_proc_cgroup(pid, line) && !strcmp(line, a->line);
}

static bool write_number(int procs, pid_t pid)
{
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", pid);

	return write(procs, number, (size_t)len) == len;
}

/*
 * A process ended while it was moved. Who has its number now, and is inside, was
 * moved in its place: it goes back to where its parent is, where it began.
 */
static void put_back(struct adoption *a, pid_t pid, unsigned long long start)
{
	const char *root = df_cgroup_root();
	char line[DF_PROC_LINE], path[600];
	unsigned long long found;
	pid_t parent;
	int procs;

	if (!df_proc_stat(pid, &parent, &found) || found == start ||
	    !is_inside(a, pid) || !root || !df_proc_cgroup(parent, line) ||
	    !strcmp(line, a->line))
		return;
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s%s/cgroup.procs", root, line + 3);
	procs = open(path, O_WRONLY | O_CLOEXEC);
	if (procs < 0 || !write_number(procs, pid))
		say(a->result, "process %d was moved in place of one that ended, and cannot be put back: %s",
		    pid, strerror(errno));
	if (procs >= 0)
		close(procs);
}

/* Move a process that is held; 1 if it was not in the cgroup yet. */
static int move_held(struct adoption *a, pid_t pid, unsigned long long start,
		     int held)
{
	if (is_inside(a, pid)) {
		a->result->processes++;
		return remember(a, pid, start);
	}
	if (!is_held(held, pid, start))
		return 0;
	if (!write_number(a->procs, pid)) {
		/* It has ended meanwhile. */
		if (errno == ESRCH)
			return 0;
		say(a->result, "process %d cannot be moved: %s", pid,
		    strerror(errno));
		/* Its children may be movable all the same. */
	} else {
		if (!df_adopt_held(held)) {
			put_back(a, pid, start);
			return 0;
		}
		a->result->processes++;
	}
	return remember(a, pid, start) ?: 1;
}

static int move(struct adoption *a, pid_t pid, unsigned long long start)
{
	int held = df_adopt_hold(pid), err;

	if (held < 0)
		return held == -ESRCH ? 0 : held;
	err = move_held(a, pid, start, held);
	close(held);
	return err;
}

/* Move every process whose parent was moved; how many were not inside yet. */
static int move_descendants(struct adoption *a)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0, moved;

	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name), parent;
		unsigned long long start;

		/* A shell that adopts itself has us as a child. */
		if (pid <= 0 || pid == getpid() ||
		    !df_proc_stat(pid, &parent, &start) ||
		    is_adopted(a, pid, start) ||
		    !(pid == a->root ? start == a->root_start :
				       is_child_of_adopted(a, parent)))
			continue;
		moved = move(a, pid, start);
		if (moved < 0) {
			found = moved;
			break;
		}
		found += moved;
	}
	closedir(proc);
	return found;
}

/* Add the sockets of one table of files. */
static int add_files(const char *path, struct df_inodes *inodes)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char target[64];
	int err = 0;

	/* It has ended meanwhile. */
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target,
					 sizeof(target) - 1);
		unsigned long long inode;

		if (len < 0)
			continue;
		target[len] = '\0';
		if (sscanf(target, "socket:[%llu]", &inode) == 1)
			err = df_inodes_add(inodes, inode);
	}
	closedir(dir);
	return err;
}

/* Each thread may have a table of its own. */
static int add_threads(pid_t pid, struct df_inodes *inodes)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		char files[352];

		if (*entry->d_name == '.')
			continue;
		snprintf(files, sizeof(files), "%s/%s/fd", path, entry->d_name);
		err = add_files(files, inodes);
	}
	closedir(dir);
	return err;
}

/* Nothing is added of another process that has the number now. */
static int add_process(const struct process *process, struct df_inodes *inodes)
{
	size_t count = inodes->count;
	int held = df_adopt_hold(process->pid), err = 0;

	if (held < 0)
		return held == -ESRCH ? 0 : held;
	if (is_held(held, process->pid, process->start))
		err = add_threads(process->pid, inodes);
	if (!df_adopt_held(held))
		inodes->count = count;
	close(held);
	return err;
}

/* -ENOENT if it went with its last process. */
static int enter(struct adoption *a, const struct process *process)
{
	char path[64];
	struct stat st;
	int fd, err = 0;

	if (process->netns == a->at)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ENOENT;
	if (fstat(fd, &st) || st.st_ino != process->netns)
		err = -ENOENT;
	else if (setns(fd, CLONE_NEWNET))
		err = -errno;
	else
		a->at = process->netns;
	close(fd);
	return err;
}

static bool seen_before(const struct adoption *a, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (a->list[j].netns == a->list[i].netns)
			return true;
	return false;
}

/* In each network namespace once. */
static int end_in_namespaces(struct adoption *a, const struct df_inodes *inodes)
{
	struct df_sockets_ended ended = { 0 };
	unsigned int namespaces = 0;
	int err = 0;
	size_t i;

	for (i = 0; i < a->count && !err; i++) {
		if (!a->list[i].netns || seen_before(a, i))
			continue;
		err = enter(a, &a->list[i]);
		if (err && err != -ENOENT)
			say(a->result, "the network namespace of process %d cannot be entered: %s",
			    a->list[i].pid, strerror(-err));
		if (err) {
			err = 0;
			continue;
		}
		namespaces++;
		err = df_sockets_end(inodes, a->cgroup, &ended);
	}
	if (namespaces > a->result->namespaces)
		a->result->namespaces = namespaces;
	a->result->sockets += ended.ended;
	if (ended.failed) {
		say(a->result, "%u sockets cannot be ended", ended.failed);
		a->result->failed += ended.failed - 1;
	}
	if (err == -ENOENT)
		say(a->result, "the kernel cannot list sockets: tcp_diag and udp_diag are missing");
	else if (err)
		say(a->result, "sockets cannot be listed: %s", strerror(-err));
	return err;
}

static int end_sockets(struct adoption *a)
{
	struct df_inodes inodes = { 0 };
	int err = 0;
	size_t i;

	for (i = 0; i < a->count && !err; i++)
		err = add_process(&a->list[i], &inodes);
	df_inodes_sort(&inodes);
	if (!err && inodes.count)
		err = end_in_namespaces(a, &inodes);
	df_inodes_free(&inodes);
	return err;
}

/* Until a look finds nobody outside, and no old socket. */
static int adopt(struct adoption *a)
{
	unsigned int ended;
	int found, round, err;

	for (round = 0; round < ROUNDS; round++) {
		found = move_descendants(a);
		if (found < 0)
			return found;
		if (found)
			continue;
		ended = a->result->sockets;
		err = end_sockets(a);
		if (err || a->result->sockets == ended)
			return err;
	}
	say(a->result, "it starts processes faster than they can be moved");
	return -EAGAIN;
}

/* The cgroup as processes see it. */
static void set_line(struct adoption *a, const char *cgroup)
{
	const char *root = df_cgroup_root();
	size_t length = root ? strlen(root) : 0;

	if (!strncmp(cgroup, root ?: "", length))
		snprintf(a->line, sizeof(a->line), "0::%s\n", cgroup + length);
}

/**
 * df_adopt() - move a process and its descendants, and end their old sockets
 * @pid: the process
 * @held: of df_adopt_hold(), for the same; negative if there is none
 * @cgroup: folder of the cgroup, which exists
 * @result: what was done, also where something failed
 *
 * Descendants whose parent has ended are nobody's child and are not found. The
 * caller's network namespace changes in between.
 *
 * Return: 0 if all was tried; -ESRCH if there is no such process, or another
 * negative errno. In both cases @result says what is wrong.
 */
int df_adopt(pid_t pid, int held, const char *cgroup,
	     struct df_adopted *result)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err = 0;
	struct adoption a = { .root = pid, .procs = -1, .result = result };
	struct stat st, ns = { 0 };
	char path[512];
	pid_t parent;

	memset(result, 0, sizeof(*result));
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	if (home >= 0 && !fstat(home, &ns) && !stat(cgroup, &st)) {
		a.at = ns.st_ino;
		set_line(&a, cgroup);
		a.cgroup = st.st_ino;
		a.procs = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (a.procs < 0) {
		err = -errno;
		say(result, "%s: %s", path, strerror(errno));
	} else if (held < 0 || !df_proc_stat(pid, &parent, &a.root_start) ||
		   !df_adopt_held(held)) {
		err = -ESRCH;
		say(result, "there is no process %d", pid);
	} else {
		err = adopt(&a);
		if (err && !*result->error)
			say(result, "%s", strerror(-err));
		if (a.at != ns.st_ino && setns(home, CLONE_NEWNET) && !err)
			err = -errno;
	}
	if (a.procs >= 0)
		close(a.procs);
	if (home >= 0)
		close(home);
	free(a.list);
	return err;
}
