// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections of TCP, one after the other, for the benchmark.
 *
 * usage: connect PORT			accept and close, for ever
 *        connect PORT ADDRESS COUNT	that many; prints how many a second
 */

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void serve(const struct sockaddr_in *addr)
{
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const struct sockaddr *)addr, sizeof(*addr)) ||
	    listen(listener, 128))
		err(1, "listen");
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			close(fd);
	}
}

/*
 * The server closes first. An end by reset leaves no connection behind in
 * TIME_WAIT, of which there is room for few.
 */
static void connect_once(const struct sockaddr_in *addr)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	if (fd < 0 || connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		err(1, "connect");
	if (read(fd, &byte, 1) < 0)
		err(1, "read");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int i, count;
	double begin;

	if (argc != 2 && argc != 4)
		errx(2, "usage: connect PORT [ADDRESS COUNT]");
	addr.sin_port = htons(atoi(argv[1]));
	if (argc == 2)
		serve(&addr);
	if (inet_pton(AF_INET, argv[2], &addr.sin_addr) != 1)
		errx(2, "no address: %s", argv[2]);
	count = atoi(argv[3]);
	begin = now();
	for (i = 0; i < count; i++)
		connect_once(&addr);
	printf("%.1f\n", count / (now() - begin));
	return 0;
}
