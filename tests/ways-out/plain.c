// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plain way, and processes that are not those that were started.
 *
 * usage: plain tcp|udp [fork|double|daemon]
 */

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

/* In a child that lost its parent and its session. */
static void as_daemon(const char *how)
{
	setsid();
	if (fork())
		_exit(0);
	if (chdir("/"))
		_exit(0);
	attempt(how);
	_exit(0);
}

static void in_child(const char *how, const char *child)
{
	if (!strcmp(child, "daemon"))
		as_daemon(how);
	if (!strcmp(child, "double") && fork()) {
		wait(NULL);
		_exit(0);
	}
	attempt(how);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		skip("usage");
	if (argc == 2) {
		attempt(argv[1]);
		return 0;
	}
	if (!fork())
		in_child(argv[1], argv[2]);
	wait(NULL);
	return 0;
}
