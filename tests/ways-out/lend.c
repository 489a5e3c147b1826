// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two programs and one socket. Those on the left run outside, as helpers.
 *
 * usage: lend give tcp|udp	lend use	a connected socket of the outsider
 *	  lend take		lend hand tcp|udp	a new one of the program
 *	  lend relay		lend feed	the outsider sends for the program
 *	  lend proxy		lend loopback		the same, over loopback
 *	  -			lend inherited FD	open when it was started
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

#define PROXY_PORT 4780

static int type_of(const char *how)
{
	return how && !strcmp(how, "udp") ? SOCK_DGRAM : SOCK_STREAM;
}

/* Until the other program has ended. */
static void wait_for_end(int link)
{
	char buf[64];

	while (read(link, buf, sizeof(buf)) > 0)
		;
}

/* It stays open for a while: what waits in it may be sent by a timer. */
static void give(const char *how)
{
	int fd = open_connection(type_of(how), 0);
	int link = listen_unix();

	send_fd(link, fd);
	wait_for_end(link);
	sleep(1);
}

static void use(void)
{
	int link = connect_unix();

	send_all(receive_fd(link));
}

static void take(void)
{
	int link = listen_unix(), fd = receive_fd(link);
	struct sockaddr_storage sa;
	socklen_t len = destination(&sa);

	if (!connect(fd, (struct sockaddr *)&sa, len))
		send_all(fd);
}

static void hand(const char *how)
{
	int link = connect_unix();

	send_fd(link, make_socket(way_is_ipv6() ? AF_INET6 : AF_INET,
				  type_of(how), 0));
	wait_for_end(link);
}

static void relay(int link)
{
	int fd = open_connection(SOCK_STREAM, 0);
	char buf[CHUNK];
	ssize_t n;

	while ((n = read(link, buf, sizeof(buf))) > 0)
		if (send(fd, buf, n, MSG_NOSIGNAL) < 0)
			break;
}

static socklen_t proxy_address(struct sockaddr_storage *sa)
{
	return address(way_is_ipv6() ? "::1" : "127.0.0.1", PROXY_PORT, sa);
}

static int proxy_listen(void)
{
	struct sockaddr_storage sa;
	socklen_t len = proxy_address(&sa);
	int fd = make_socket(sa.ss_family, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(!bind(fd, (struct sockaddr *)&sa, len) && !listen(fd, 1), "proxy");
	return accept(fd, NULL, NULL);
}

/* The proxy may not have come so far. */
static int proxy_connect(void)
{
	struct sockaddr_storage sa;
	socklen_t len = proxy_address(&sa);
	int i;

	for (i = 0; i < 100; i++) {
		int fd = make_socket(sa.ss_family, SOCK_STREAM, 0);

		if (!connect(fd, (struct sockaddr *)&sa, len))
			return fd;
		close(fd);
		usleep(10000);
	}
	must(false, "proxy");
	return -1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *how = argv[1] ? argv[2] : "";

	if (!strcmp(what, "give"))
		give(how);
	else if (!strcmp(what, "use"))
		use();
	else if (!strcmp(what, "take"))
		take();
	else if (!strcmp(what, "hand"))
		hand(how);
	else if (!strcmp(what, "relay"))
		relay(listen_unix());
	else if (!strcmp(what, "feed"))
		send_all(connect_unix());
	else if (!strcmp(what, "proxy"))
		relay(proxy_listen());
	else if (!strcmp(what, "loopback"))
		send_all(proxy_connect());
	else if (!strcmp(what, "inherited") && how)
		send_all(atoi(how));
	else
		skip("usage");
	return 0;
}
