// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens a connection, says so, and sends when it is told to: it may have come
 * under a fence meanwhile.
 *
 * usage: keep tcp|udp
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

int main(int argc, char **argv)
{
	char path[256], pid[32];
	int fd, i;

	if (argc != 2)
		skip("usage");
	fd = open_connection(strcmp(argv[1], "udp") ? SOCK_STREAM : SOCK_DGRAM, 0);
	snprintf(pid, sizeof(pid), "%d\n", getpid());
	snprintf(path, sizeof(path), "%s.ready", way("WAY_SOCKET"));
	must(close(open(path, O_WRONLY | O_CREAT, 0644)) == 0, path);
	write_file(path, pid);
	snprintf(path, sizeof(path), "%s.go", way("WAY_SOCKET"));
	for (i = 0; i < 1000 && access(path, F_OK); i++)
		usleep(10000);
	send_all(fd);
	return 0;
}
