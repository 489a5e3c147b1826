// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run a command as a user, for so many seconds at most.
 *
 * usage: limited SECONDS UID COMMAND...
 */

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attempt.h"

int main(int argc, char **argv)
{
	uid_t uid;

	must(argc > 3, "usage");
	uid = atoi(argv[2]);
	must(!uid || (!setgroups(0, NULL) && !setgid(uid) && !setuid(uid)), "user");
	alarm(atoi(argv[1]));
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return SKIP;
}
