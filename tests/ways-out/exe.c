// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Forge the name of the own executable: take the code off its file, and tell
 * the kernel of another one.
 *
 * usage: exe PATH
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "attempt.h"

/* The same bytes at the same place, but of no file. */
static void detach(char *from, size_t size)
{
	char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(copy != MAP_FAILED, "mmap");
	memcpy(copy, from, size);
	must(mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, from) == from,
	     "mremap");
}

static void detach_all(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from[16], to[16];
	char line[512];
	int count = 0, i;

	must(maps, "maps");
	while (fgets(line, sizeof(line), maps) && count < 16)
		if (strstr(line, path) &&
		    sscanf(line, "%lx-%lx", &from[count], &to[count]) == 2)
			count++;
	fclose(maps);
	for (i = 0; i < count; i++)
		detach((char *)from[i], to[i] - from[i]);
}

int main(int argc, char **argv)
{
	char self[256] = "", now[256] = "";
	int fd;

	must(argc == 2 && readlink("/proc/self/exe", self, sizeof(self) - 1) > 0,
	     "usage");
	fd = open(argv[1], O_RDONLY);
	must(fd >= 0, argv[1]);
	detach_all(self);
	must(!prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0), "prctl");
	must(readlink("/proc/self/exe", now, sizeof(now) - 1) > 0 &&
	     strcmp(self, now), "the name stays");
	attempt("tcp");
	return 0;
}
