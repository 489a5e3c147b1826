// SPDX-License-Identifier: GPL-2.0-or-later
/* One look at all processes. Whoever ends meanwhile is left out. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"
#include "procs.h"

/**
 * df_tree_line() - the first line of a file
 * @root: folder that stands for the machine's root, "" for itself
 * @file: absolute path
 * @buf: result, without the end of the line; "" on failure
 * @size: bytes in @buf
 *
 * Return: true if there is one.
 */
bool df_tree_line(const char *root, const char *file, char *buf, size_t size)
{
	char path[DF_TREE_PATH];
	bool found;
	FILE *in;

	*buf = '\0';
	snprintf(path, sizeof(path), "%s%s", root, file);
	in = fopen(path, "re");
	if (!in)
		return false;
	found = fgets(buf, (int)size, in);
	fclose(in);
	buf[strcspn(buf, "\n")] = '\0';
	return found;
}

/* The target of a link of a process; NULL with errno. */
static char *read_link(const char *folder, const char *name)
{
	char path[DF_TREE_PATH + 16], target[4200];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	return strdup(target);
}

/* The same of what it executes, for which somebody else may be asked. */
static char *read_exe(const char *root, const char *folder, pid_t pid)
{
	char exe[4200];
	int err;

	if (*root)
		return read_link(folder, "exe");
	err = df_proc_exe(pid, exe, sizeof(exe));
	errno = -err;
	return err ? NULL : strdup(exe);
}

/* What is removed is shown with a remark behind its path. */
static char *cut_deleted(char *path)
{
	char *end = path ? strstr(path, " (deleted)") : NULL;

	if (end && !end[strlen(" (deleted)")])
		*end = '\0';
	return path;
}

/* Numbers with one blank between them, whatever was there. */
static char *read_groups(const char *text)
{
	char *groups = malloc(strlen(text) + 3), *to = groups;

	if (!groups)
		return NULL;
	*to++ = ' ';
	for (; *text; text++) {
		bool blank = isspace((unsigned char)*text);

		if (!blank)
			*to++ = *text;
		else if (to[-1] != ' ')
			*to++ = ' ';
	}
	if (to[-1] != ' ')
		*to++ = ' ';
	*to = '\0';
	return groups;
}

/**
 * struct life - what of /proc/PID/status tells processes from others
 * @zombie: its first thread has ended
 * @threads: how many it has
 */
struct life {
	bool zombie;
	unsigned int threads;
};

static void read_status_line(struct df_proc *proc, struct life *life,
			     const char *line)
{
	unsigned long long bits;
	unsigned int id;

	if (!strncmp(line, "State:\tZ", 8))
		life->zombie = true;
	else if (sscanf(line, "Threads: %u", &id) == 1)
		life->threads = id;
	else if (sscanf(line, "Uid: %*u %u", &id) == 1)
		proc->uid = id;
	else if (sscanf(line, "Gid: %*u %u", &id) == 1)
		proc->gid = id;
	else if (sscanf(line, "CapEff: %llx", &bits) == 1)
		proc->capabilities = bits;
	else if (!strncmp(line, "Groups:", 7) && !proc->groups)
		proc->groups = read_groups(line + 7);
}

static bool read_status(struct df_proc *proc, struct life *life,
			const char *folder)
{
	char path[DF_TREE_PATH + 16], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/status", folder);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (getline(&line, &size, file) > 0)
		read_status_line(proc, life, line);
	free(line);
	fclose(file);
	return true;
}

/* The line about version 2; a cgroup may have any name but one with a newline. */
static char *read_cgroup(const char *folder)
{
	char path[DF_TREE_PATH + 16], *line = NULL, *found = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup", folder);
	file = fopen(path, "re");
	while (file && !found && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::/", 4))
			found = cut_deleted(strdup(line + 3));
	}
	if (file)
		fclose(file);
	free(line);
	return found;
}

static bool is_foreign(const char *folder, const char *userns)
{
	char *own = read_link(folder, "ns/user");
	bool foreign = own && userns && strcmp(own, userns);

	free(own);
	return foreign;
}

static void free_proc(struct df_proc *proc)
{
	free(proc->exe);
	free(proc->groups);
	free(proc->cgroup);
}

/*
 * False for what is none: a thread of the kernel, or one that has ended. Both
 * have no executable, but neither has a process whose first thread alone ended.
 */
static bool read_proc(struct df_proc *proc, const char *root, const char *pid,
		      const char *userns)
{
	char folder[DF_TREE_PATH], comm[64];
	struct life life = { 0 };
	bool executes;

	memset(proc, 0, sizeof(*proc));
	proc->pid = atoi(pid);
	snprintf(folder, sizeof(folder), "%s/proc/%s", root, pid);
	proc->exe = cut_deleted(read_exe(root, folder, proc->pid));
	executes = proc->exe || errno == EACCES;
	if (!read_status(proc, &life, folder) ||
	    (!executes && (!life.zombie || life.threads < 2))) {
		free_proc(proc);
		return false;
	}
	snprintf(comm, sizeof(comm), "/proc/%.16s/comm", pid);
	df_tree_line(root, comm, proc->comm, sizeof(proc->comm));
	proc->cgroup = read_cgroup(folder);
	proc->own_userns = is_foreign(folder, userns);
	return true;
}

static int add(struct df_procs *procs, const struct df_proc *proc)
{
	struct df_proc *list = reallocarray(procs->list, procs->count + 1,
					    sizeof(*list));

	if (!list)
		return -ENOMEM;
	procs->list = list;
	list[procs->count++] = *proc;
	return 0;
}

/**
 * df_procs_read() - look at all processes
 * @root: folder that stands for the machine's root, "" for itself
 * @procs: result; free it in any case
 *
 * Return: 0 or a negative errno.
 */
int df_procs_read(const char *root, struct df_procs *procs)
{
	char path[DF_TREE_PATH], *userns;
	struct dirent *entry;
	struct df_proc proc;
	int err = 0;
	DIR *dir;

	memset(procs, 0, sizeof(*procs));
	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	if (!dir)
		return -errno;
	snprintf(path, sizeof(path), "%s/proc/1", root);
	userns = read_link(path, "ns/user");
	while (!err && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name) ||
		    !read_proc(&proc, root, entry->d_name, userns))
			continue;
		err = add(procs, &proc);
		if (err)
			free_proc(&proc);
	}
	closedir(dir);
	free(userns);
	return err;
}

/**
 * df_procs_free() - free what df_procs_read() found
 * @procs: from there
 */
void df_procs_free(struct df_procs *procs)
{
	size_t i;

	for (i = 0; i < procs->count; i++)
		free_proc(&procs->list[i]);
	free(procs->list);
	memset(procs, 0, sizeof(*procs));
}
