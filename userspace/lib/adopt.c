// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process and its descendants become an application's.
 *
 * First they are moved, until a look at all processes finds no descendant that
 * is not: what a process forks once it is in the cgroup is in there too. Then
 * the sockets that they hold are ended, except for those that the cgroup itself
 * opened, after the move. Then everything again, until nothing new is found.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt.h"
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
 * @procs: file that takes processes into the cgroup
 * @cgroup: id of the cgroup
 * @line: what /proc/PID/cgroup says of a process in it, empty until one is
 * @list: adopted processes
 * @count: entries in @list
 * @room: entries that fit
 * @result: of the caller
 */
struct adoption {
	pid_t root;
	int procs;
	uint64_t cgroup;
	char line[512];
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

/* The line of /proc/PID/cgroup that is about cgroup v2. */
static bool read_cgroup(pid_t pid, char line[512])
{
	char path[64];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, 512, file))
		found = !strncmp(line, "0::", 3);
	if (file)
		fclose(file);
	return found;
}

/* Parent and start of a process; false if there is none. */
static bool read_stat(pid_t pid, pid_t *parent, unsigned long long *start)
{
	char path[64], buf[1024], *p;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (len <= 0)
		return false;
	buf[len] = '\0';
	/* Its name comes before, in brackets, and may hold anything. */
	p = strrchr(buf, ')');
	return p && sscanf(p + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			   parent, start) == 2;
}

static bool is_adopted(const struct adoption *a, pid_t pid,
		       unsigned long long start)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->list[i].pid == pid && (!start || a->list[i].start == start))
			return true;
	return false;
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
	char line[512];

	return *a->line && read_cgroup(pid, line) && !strcmp(line, a->line);
}

/* Move a process; 1 if it was not in the cgroup yet. */
static int move(struct adoption *a, pid_t pid, unsigned long long start)
{
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", pid);

	if (is_inside(a, pid)) {
		a->result->processes++;
		return remember(a, pid, start);
	}
	if (write(a->procs, number, (size_t)len) != len) {
		/* It has ended meanwhile. */
		if (errno == ESRCH)
			return 0;
		say(a->result, "process %d cannot be moved: %s", pid,
		    strerror(errno));
		/* Its children may be movable all the same. */
	} else {
		a->result->processes++;
		if (!*a->line && !read_cgroup(pid, a->line))
			*a->line = '\0';
	}
	return remember(a, pid, start) ?: 1;
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
		    !read_stat(pid, &parent, &start) ||
		    is_adopted(a, pid, start) ||
		    (pid != a->root && !is_adopted(a, parent, 0)))
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
static int add_process(pid_t pid, struct df_inodes *inodes)
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

static int enter(pid_t pid)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 || setns(fd, CLONE_NEWNET) ? -errno : 0;
	if (fd >= 0)
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
		/* Gone with its last process. */
		if (enter(a->list[i].pid))
			continue;
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
		err = add_process(a->list[i].pid, &inodes);
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

/**
 * df_adopt() - move a process and its descendants, and end their old sockets
 * @pid: the process
 * @cgroup: folder of the cgroup, which exists
 * @result: what was done, also where something failed
 *
 * Descendants whose parent has ended are nobody's child and are not found. The
 * caller's network namespace changes in between.
 *
 * Return: 0 if all was tried; -ESRCH if there is no such process, or another
 * negative errno. In both cases @result says what is wrong.
 */
int df_adopt(pid_t pid, const char *cgroup, struct df_adopted *result)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err = 0;
	struct adoption a = { .root = pid, .procs = -1, .result = result };
	unsigned long long start;
	struct stat st;
	char path[512];
	pid_t parent;

	memset(result, 0, sizeof(*result));
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	if (home >= 0 && !stat(cgroup, &st)) {
		a.cgroup = st.st_ino;
		a.procs = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (a.procs < 0) {
		err = -errno;
		say(result, "%s: %s", path, strerror(errno));
	} else if (!read_stat(pid, &parent, &start)) {
		err = -ESRCH;
		say(result, "there is no process %d", pid);
	} else {
		err = adopt(&a);
		if (err && !*result->error)
			say(result, "%s", strerror(-err));
		if (setns(home, CLONE_NEWNET) && !err)
			err = -errno;
	}
	if (a.procs >= 0)
		close(a.procs);
	if (home >= 0)
		close(home);
	free(a.list);
	return err;
}
