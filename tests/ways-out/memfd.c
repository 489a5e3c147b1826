// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run a program from memory, where it has no path.
 *
 * usage: memfd PROGRAM ARGUMENT...
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "attempt.h"

int main(int argc, char **argv)
{
	int from, to = memfd_create("program", MFD_CLOEXEC);

	must(argc > 1 && to >= 0, "memfd");
	from = open(argv[1], O_RDONLY | O_CLOEXEC);
	must(from >= 0, argv[1]);
	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	fexecve(to, argv + 1, environ);
	must(false, "exec");
	return 0;
}
