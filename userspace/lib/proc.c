// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

/**
 * df_proc_cgroup() - the line of /proc/PID/cgroup that is about cgroup v2
 * @pid: a process
 * @line: result, "0::" and the path
 *
 * Return: false if there is no such process.
 */
bool df_proc_cgroup(pid_t pid, char line[DF_PROC_LINE])
{
	char path[64];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, DF_PROC_LINE, file))
		found = !strncmp(line, "0::", 3);
	if (file)
		fclose(file);
	return found;
}

/**
 * df_proc_stat() - parent and beginning of a process
 * @pid: a process
 * @parent: result: number of its parent
 * @start: result: when it began, which tells it from a later one of that number
 *
 * Return: false if there is no such process.
 */
bool df_proc_stat(pid_t pid, pid_t *parent, unsigned long long *start)
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

/**
 * df_proc_fsuid() - as which user a process acts on files and opens sockets
 * @pid: a process
 * @uid: result
 *
 * Return: false if there is no such process.
 */
bool df_proc_fsuid(pid_t pid, uid_t *uid)
{
	char path[64], line[DF_PROC_LINE];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "Uid: %*u %*u %*u %u", uid) == 1;
	if (file)
		fclose(file);
	return found;
}

/* Who is asked for the executables of processes that may not be looked at. */
static int (*ask_exe)(pid_t pid, char *exe, size_t size, void *arg);
static void *ask_arg;

/**
 * df_proc_ask_exe() - have somebody asked who may look at more processes
 * @ask: called where df_proc_exe() may not look; returns as that. NULL for nobody
 * @arg: for @ask
 */
void df_proc_ask_exe(int (*ask)(pid_t pid, char *exe, size_t size, void *arg),
		     void *arg)
{
	ask_exe = ask;
	ask_arg = arg;
}

/**
 * df_proc_exe() - path of the file that a process executes
 * @pid: a process
 * @exe: result, with " (deleted)" behind it if the file is
 * @size: bytes in @exe
 *
 * Return: 0; -ENOENT for a thread of the kernel, or if there is no such process;
 * -EACCES; -ENAMETOOLONG; another negative errno.
 */
int df_proc_exe(pid_t pid, char *exe, size_t size)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	length = readlink(path, exe, size);
	if (length < 0 && errno == EACCES && ask_exe)
		return ask_exe(pid, exe, size, ask_arg);
	if (length < 0)
		return -errno;
	/* One that fills the buffer may be longer. */
	if ((size_t)length == size)
		return -ENAMETOOLONG;
	exe[length] = '\0';
	return 0;
}
