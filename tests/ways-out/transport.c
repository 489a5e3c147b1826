// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transports that are neither TCP nor UDP, as far as this kernel has them.
 *
 * usage: transport sctp|dccp|udplite|mptcp|l2tp
 */

#include <linux/dccp.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

static void use_dccp(void)
{
	struct sockaddr_storage sa;
	socklen_t len = destination(&sa);
	int fd = make_socket(sa.ss_family, SOCK_DCCP, IPPROTO_DCCP), code = 0;

	setsockopt(fd, SOL_DCCP, DCCP_SOCKOPT_SERVICE, &code, sizeof(code));
	if (!connect(fd, (struct sockaddr *)&sa, len))
		send_all(fd);
	/* What waits for its turn is thrown away at the end. */
	usleep(300000);
}

/* The other side is one port on, see world.c. */
static void use_mptcp(void)
{
	struct sockaddr_storage sa;
	socklen_t len = destination(&sa);
	int fd = make_socket(sa.ss_family, SOCK_STREAM, IPPROTO_MPTCP);
	uint16_t *port = &((struct sockaddr_in *)&sa)->sin_port;

	*port = htons(ntohs(*port) + 1);
	if (!connect(fd, (struct sockaddr *)&sa, len))
		send_all(fd);
}

/* Behind the address stands the number of a connection, here 0. */
static void use_l2tp(void)
{
	struct sockaddr_storage sa, any = { 0 };
	socklen_t len = destination(&sa);
	int fd = make_socket(sa.ss_family, SOCK_DGRAM, 115);

	((struct sockaddr_in *)&sa)->sin_port = 0;
	if (sa.ss_family == AF_INET6)
		len = sizeof(struct sockaddr_in6) + 4;
	any.ss_family = sa.ss_family;
	must(!bind(fd, (struct sockaddr *)&any, len), "bind");
	if (!connect(fd, (struct sockaddr *)&sa, len))
		send_all(fd);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "dccp"))
		use_dccp();
	else if (!strcmp(what, "mptcp"))
		use_mptcp();
	else if (!strcmp(what, "l2tp"))
		use_l2tp();
	else if (!strcmp(what, "sctp"))
		send_all(open_connection(SOCK_STREAM, IPPROTO_SCTP));
	else if (!strcmp(what, "udplite"))
		send_all(open_connection(SOCK_DGRAM, IPPROTO_UDPLITE));
	else
		skip("usage");
	return 0;
}
