// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Options that steer where a packet leaves, and addresses that look like others.
 *
 * usage: option device|mark|mapped
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

/* For which the machine has a route of its own. */
#define MARK 7

static void send_by(int option, const void *value, socklen_t size)
{
	struct sockaddr_storage sa;
	socklen_t len = destination(&sa);
	int fd = make_socket(sa.ss_family, SOCK_STREAM, 0);

	must(!setsockopt(fd, SOL_SOCKET, option, value, size), "option");
	if (!connect(fd, (struct sockaddr *)&sa, len))
		send_all(fd);
}

/* IPv4 by a socket of IPv6. */
static void send_mapped(void)
{
	struct sockaddr_storage sa;
	socklen_t len;
	char text[64];
	int fd;

	snprintf(text, sizeof(text), "::ffff:%s", way("WAY_TO"));
	len = address(text, atoi(way("WAY_PORT")), &sa);
	fd = make_socket(AF_INET6, SOCK_DGRAM, 0);
	if (!connect(fd, (struct sockaddr *)&sa, len))
		send_all(fd);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int mark = MARK;

	if (!strcmp(what, "device"))
		send_by(SO_BINDTODEVICE, way("WAY_DEVICE"),
			strlen(way("WAY_DEVICE")));
	else if (!strcmp(what, "mark"))
		send_by(SO_MARK, &mark, sizeof(mark));
	else if (!strcmp(what, "mapped"))
		send_mapped();
	else
		skip("usage");
	return 0;
}
