// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic whose size is known, and who counts what arrives:
 *
 *	traffic serve PORT FILE		FILE always holds "CONNECTIONS BYTES
 *					DATAGRAMS BYTES": TCP PORT is read to the
 *					end, TCP PORT+1 gets a byte and is closed,
 *					UDP PORT is counted
 *	traffic connect ADDR PORT N	N connections to PORT+1 of it, one after
 *					the other, each ended by a reset
 *	traffic tcp ADDR PORT BYTES	one connection
 *	traffic udp ADDR PORT N SIZE	N datagrams from one socket
 *	traffic gso ADDR PORT N SIZE	N times ten datagrams, cut up on their way
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define SEGMENTS 10
#define CONNECTIONS 16

static unsigned long long connections, stream_bytes, datagrams, datagram_bytes;
static char data[65536];

static int bound(int type, int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	};
	int one = 1, size = 8 << 20, fd = socket(AF_INET, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    (type == SOCK_STREAM && listen(fd, 1024)))
		err(1, "port %d", port);
	return fd;
}

static void report(const char *path)
{
	char new[256];
	FILE *file;

	snprintf(new, sizeof(new), "%s.new", path);
	file = fopen(new, "w");
	if (!file)
		err(1, "%s", new);
	fprintf(file, "%llu %llu %llu %llu\n", connections, stream_bytes,
		datagrams, datagram_bytes);
	fclose(file);
	rename(new, path);
}

static void take_short(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	connections++;
	send(fd, "", 1, MSG_NOSIGNAL);
	close(fd);
}

static void take_datagram(int fd)
{
	ssize_t length = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	if (length < 0)
		return;
	datagrams++;
	datagram_bytes += (unsigned long long)length;
}

static void take_stream(struct pollfd *pfd)
{
	ssize_t length = read(pfd->fd, data, sizeof(data));

	if (length > 0) {
		stream_bytes += (unsigned long long)length;
		return;
	}
	close(pfd->fd);
	pfd->fd = -1;
}

static void take_connection(int listener, struct pollfd *pfds)
{
	int fd = accept(listener, NULL, NULL), i;

	for (i = 0; i < CONNECTIONS && pfds[i].fd >= 0; i++)
		;
	if (i == CONNECTIONS)
		close(fd);
	else
		pfds[i].fd = fd;
}

static void serve(int port, const char *path)
{
	struct pollfd pfds[3 + CONNECTIONS];
	int i;

	for (i = 0; i < 3 + CONNECTIONS; i++)
		pfds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	pfds[0].fd = bound(SOCK_STREAM, port);
	pfds[1].fd = bound(SOCK_STREAM, port + 1);
	pfds[2].fd = bound(SOCK_DGRAM, port);
	report(path);
	for (;;) {
		if (!poll(pfds, 3 + CONNECTIONS, 50)) {
			report(path);
			poll(pfds, 3 + CONNECTIONS, -1);
		}
		for (i = 3; i < 3 + CONNECTIONS; i++)
			if (pfds[i].fd >= 0 && pfds[i].revents)
				take_stream(&pfds[i]);
		if (pfds[0].revents)
			take_connection(pfds[0].fd, pfds + 3);
		if (pfds[1].revents)
			take_short(pfds[1].fd);
		if (pfds[2].revents)
			take_datagram(pfds[2].fd);
	}
}

static int connected(int type, const struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		err(1, "connect");
	return fd;
}

/* An end by reset leaves nothing behind in TIME_WAIT, where there is room for few. */
static void connect_shortly(struct sockaddr_in addr, unsigned long count)
{
	struct linger reset = { .l_onoff = 1 };
	char byte;

	addr.sin_port = htons((uint16_t)(ntohs(addr.sin_port) + 1));
	while (count--) {
		int fd = connected(SOCK_STREAM, &addr);

		if (read(fd, &byte, 1) < 0)
			err(1, "read");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
}

static void stream(const struct sockaddr_in *addr, unsigned long bytes)
{
	int fd = connected(SOCK_STREAM, addr);

	while (bytes) {
		ssize_t sent = write(fd, data, bytes < sizeof(data) ? bytes :
				     sizeof(data));

		if (sent < 0)
			err(1, "write");
		bytes -= (unsigned long)sent;
	}
	/* Until the other side has read all of it. */
	shutdown(fd, SHUT_WR);
	if (read(fd, data, 1) < 0)
		err(1, "read");
	close(fd);
}

static void send_datagrams(const struct sockaddr_in *addr, unsigned long count,
			   int size, int segments)
{
	int fd = connected(SOCK_DGRAM, addr);

	if (segments > 1 &&
	    setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)))
		err(1, "UDP_SEGMENT");
	while (count--) {
		if (send(fd, data, (size_t)(size * segments), 0) < 0)
			err(1, "send");
		/* The other side has little room. */
		if (count % 50 == 0)
			usleep(20000);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	unsigned long count;

	if (argc == 4 && !strcmp(argv[1], "serve"))
		serve(atoi(argv[2]), argv[3]);
	if (argc < 5 || inet_pton(AF_INET, argv[2], &addr.sin_addr) != 1)
		errx(2, "usage: see traffic.c");
	addr.sin_port = htons((uint16_t)atoi(argv[3]));
	count = strtoul(argv[4], NULL, 10);
	if (!strcmp(argv[1], "connect"))
		connect_shortly(addr, count);
	else if (!strcmp(argv[1], "tcp"))
		stream(&addr, count);
	else if (!strcmp(argv[1], "udp") && argc == 6)
		send_datagrams(&addr, count, atoi(argv[5]), 1);
	else if (!strcmp(argv[1], "gso") && argc == 6)
		send_datagrams(&addr, count, atoi(argv[5]), SEGMENTS);
	else
		errx(2, "usage: see traffic.c");
	return 0;
}
