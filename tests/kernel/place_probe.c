// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What test_place starts: the first thing it does is to send to China.
 *
 *	place_probe			one datagram
 *	place_probe tcp PORT		one connection
 *	place_probe run PROGRAM ...	a child of it executes the program
 *	place_probe SCRIPT		as an interpreter: one datagram
 *
 * The exit status is 0 where that passed, 1 where it was refused, 3 where
 * something else went wrong; or that of the program.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int try(int type, int port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, type, 0);

	inet_pton(AF_INET, "223.5.5.5", &sa.sin_addr);
	if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)) &&
	    (type == SOCK_STREAM || send(fd, "x", 1, 0) == 1))
		return 0;
	return errno == EPERM || errno == ECONNREFUSED ? 1 : 3;
}

static int run(char **argv)
{
	pid_t child = fork();
	int status;

	if (!child) {
		execv(argv[0], argv);
		_exit(3);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 3;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "tcp"))
		return try(SOCK_STREAM, atoi(argv[2]));
	if (argc > 2 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	return try(SOCK_DGRAM, 9);
}
