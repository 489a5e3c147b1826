// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leave the control group by every way that there is, and send then.
 *
 * usage: leave CGROUP...	groups to go to, the root and an own one among them
 */

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

static void try_write(const char *folder, const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, "0", 1) < 0)
		fprintf(stderr, "%s: refused\n", path);
	close(fd);
}

/* Write to a file that somebody opened who may. */
static void try_threads(const char *folder)
{
	try_write(folder, "cgroup.procs");
	try_write(folder, "cgroup.threads");
}

/* A child that is born elsewhere. */
static void try_clone(const char *folder)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD };
	int fd = open(folder, O_RDONLY | O_DIRECTORY);
	long child;

	if (fd < 0)
		return;
	args.cgroup = fd;
	child = syscall(__NR_clone3, &args, sizeof(args));
	if (!child) {
		attempt("udp");
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	close(fd);
}

/* Make the own group another one. */
static void try_names(const char *own)
{
	char path[512];

	snprintf(path, sizeof(path), "%s.renamed", own);
	if (!rename(own, path) || !rmdir(own))
		fprintf(stderr, "%s: renamed or removed\n", own);
	snprintf(path, sizeof(path), "%s/below", own);
	if (!mkdir(path, 0755))
		try_write(path, "cgroup.procs");
}

/* A namespace and a mount of its own, where it is root. */
static void try_namespace(void)
{
	char folder[] = "/tmp/cgroupXXXXXX";

	enter_user_namespace(CLONE_NEWNS | CLONE_NEWCGROUP);
	if (!mkdtemp(folder) || mount("cgroup2", folder, "cgroup2", 0, NULL))
		return;
	try_threads(folder);
	try_names(folder);
	attempt("udp");
	umount(folder);
	rmdir(folder);
}

static void own_group(char *path, size_t size)
{
	char line[400] = "";
	FILE *file = fopen("/proc/self/cgroup", "r");

	must(file && fgets(line, sizeof(line), file), "/proc/self/cgroup");
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, size, "/sys/fs/cgroup%s", strchr(line, '/') ?: "");
}

int main(int argc, char **argv)
{
	char own[512];
	int i;

	own_group(own, sizeof(own));
	try_names(own);
	for (i = 1; i < argc; i++) {
		try_threads(argv[i]);
		try_clone(argv[i]);
	}
	attempt("udp");
	if (!fork()) {
		try_namespace();
		_exit(0);
	}
	wait(NULL);
	return 0;
}
