// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make another process of the same user send. It is this program again, at the
 * same addresses, so that there is no code to bring along; any other would do.
 *
 * usage: trace wait	the other process, outside
 *	  trace into
 *	  trace me		whether a program may be traced at all
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

#define NAME "way-puppet"

/* How far numbers of processes may have come since it was started. */
#define AHEAD 100

static void dance(void)
{
	attempt("tcp");
	_exit(0);
}

static bool is_puppet(pid_t pid)
{
	char path[64], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, NAME "\n");
}

static bool seize(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL)) {
		perror("ptrace");
		return false;
	}
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.rip = (unsigned long)dance;
	regs.rsp = ((regs.rsp - 256) & ~0xful) - 8;
	/* It is in a system call that must not begin again. */
	regs.orig_rax = -1;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return true;
}

/* It may not have come so far; one that is hidden is guessed. */
static void into(void)
{
	int i;
	pid_t pid;

	for (i = 0; i < 30; i++, usleep(100000))
		for (pid = getpid() + AHEAD; pid > 1; pid--)
			if (is_puppet(pid)) {
				must(seize(pid), "ptrace");
				return;
			}
	for (pid = getpid() + AHEAD; pid > 1; pid--)
		if (!ptrace(PTRACE_ATTACH, pid, NULL, NULL))
			ptrace(PTRACE_DETACH, pid, NULL, NULL);
	must(false, "no process that could be traced");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "wait")) {
		prctl(PR_SET_NAME, NAME);
		/* As every program that may be debugged. */
		pause();
	} else if (argc == 2 && !strcmp(argv[1], "into")) {
		into();
		sleep(1);
	} else if (argc == 2 && !strcmp(argv[1], "me")) {
		must(!ptrace(PTRACE_TRACEME, 0, NULL, NULL), "ptrace");
	} else {
		skip("usage");
	}
	return 0;
}
