// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other side of the demo: every server of its small Internet in one
 * process, and the aircraft. It counts what arrives, by the address it was sent
 * to, because what a sender believes is no evidence.
 *
 *	peer serve FILE [PORT...]
 *				HTTP on TCP 80, or on all of PORT, and MAVLink on
 *				UDP 14550, on every address; FILE always holds
 *				"ADDRESS BYTES DATAGRAMS"
 *	peer mavlink ADDR N	send N MAVLink heartbeats, 50 a second, and say how
 *				many of them the aircraft answered
 */

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HTTP "80"
#define MAVLINK 14550
#define HOSTS 32
#define CONNECTIONS 64
#define LISTENERS 8

/* What arrived at one address. */
struct host {
	char addr[INET6_ADDRSTRLEN];
	unsigned long bytes;
	unsigned long datagrams;
};

static struct host hosts[HOSTS];
static size_t host_count;

static struct host *find_host(const struct sockaddr_storage *sa)
{
	const struct in6_addr *addr = &((const struct sockaddr_in6 *)sa)->sin6_addr;
	char text[INET6_ADDRSTRLEN];
	size_t i;

	if (IN6_IS_ADDR_V4MAPPED(addr))
		inet_ntop(AF_INET, (const uint8_t *)addr + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	for (i = 0; i < host_count; i++)
		if (!strcmp(hosts[i].addr, text))
			return &hosts[i];
	if (host_count == HOSTS)
		exit(1);
	strcpy(hosts[host_count].addr, text);
	return &hosts[host_count++];
}

static void report(const char *path)
{
	char temporary[512];
	FILE *file;
	size_t i;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "w");
	if (!file)
		exit(1);
	for (i = 0; i < host_count; i++)
		fprintf(file, "%s %lu %lu\n", hosts[i].addr, hosts[i].bytes,
			hosts[i].datagrams);
	fclose(file);
	if (rename(temporary, path))
		exit(1);
}

static int open_socket(int type, uint16_t port)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, type, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* For datagrams: to which of the addresses? */
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    (type == SOCK_STREAM && listen(fd, CONNECTIONS))) {
		perror("peer");
		exit(1);
	}
	return fd;
}

/* A request that is being read. */
struct connection {
	struct host *host;
	size_t want;
	size_t got;
	bool body;
	char head[4096];
	size_t head_len;
};

static void answer(int fd)
{
	static const char text[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

	if (write(fd, text, sizeof(text) - 1) < 0)
		perror("peer: answer");
}

/* The head is complete: how much comes behind it? */
static void read_head(int fd, struct connection *c, const char *end)
{
	const char *length = strcasestr(c->head, "\ncontent-length:");
	const char *expect = strcasestr(c->head, "\nexpect: 100-continue");

	c->body = true;
	c->want = length ? strtoul(length + 16, NULL, 10) : 0;
	c->got = c->head_len - (end + 4 - c->head);
	if (expect && write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) < 0)
		perror("peer: continue");
}

/* Returns whether the connection is done with. */
static bool serve_connection(int fd, struct connection *c)
{
	static char buf[65536];
	char *to = c->body ? buf : c->head + c->head_len;
	size_t room = c->body ? sizeof(buf) : sizeof(c->head) - 1 - c->head_len;
	ssize_t len = read(fd, to, room);
	const char *end;

	if (len <= 0)
		return true;
	c->host->bytes += len;
	if (c->body) {
		c->got += len;
	} else {
		c->head_len += len;
		c->head[c->head_len] = '\0';
		end = strstr(c->head, "\r\n\r\n");
		if (!end)
			return c->head_len == sizeof(c->head) - 1;
		read_head(fd, c, end);
	}
	if (c->got < c->want)
		return false;
	answer(fd);
	return true;
}

static void accept_connection(int listener, struct pollfd *fds,
			      struct connection *connections)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd = accept(listener, NULL, NULL);
	size_t i;

	if (fd < 0)
		return;
	getsockname(fd, (struct sockaddr *)&sa, &len);
	for (i = 0; i < CONNECTIONS; i++) {
		if (fds[i].fd >= 0)
			continue;
		fds[i].fd = fd;
		fds[i].events = POLLIN;
		memset(&connections[i], 0, sizeof(connections[i]));
		connections[i].host = find_host(&sa);
		return;
	}
	close(fd);
}

static void serve_datagram(int fd)
{
	char buf[2048], control[256];
	struct sockaddr_storage from;
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &msg, 0);
	struct cmsghdr *c;
	struct host *host;

	if (len < 0)
		return;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			to.sin6_addr = ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
	host = find_host((struct sockaddr_storage *)&to);
	host->bytes += len;
	host->datagrams++;
	/* The aircraft answers, from the address that was asked. */
	iov.iov_len = len;
	sendmsg(fd, &msg, 0);
}

static int serve(const char *path, char **ports, size_t count)
{
	static struct connection connections[CONNECTIONS];
	struct pollfd fds[CONNECTIONS + LISTENERS + 1];
	struct pollfd *listeners = fds + CONNECTIONS, *mavlink = listeners + count;
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		fds[i].fd = -1;
	for (i = 0; i < count; i++) {
		listeners[i].fd = open_socket(SOCK_STREAM, atoi(ports[i]));
		listeners[i].events = POLLIN;
	}
	mavlink->fd = open_socket(SOCK_DGRAM, MAVLINK);
	mavlink->events = POLLIN;
	report(path);

	while (poll(fds, CONNECTIONS + count + 1, -1) > 0) {
		for (i = 0; i < count; i++)
			if (listeners[i].revents)
				accept_connection(listeners[i].fd, fds, connections);
		if (mavlink->revents)
			serve_datagram(mavlink->fd);
		for (i = 0; i < CONNECTIONS; i++) {
			if (fds[i].fd < 0 || !fds[i].revents ||
			    !serve_connection(fds[i].fd, &connections[i]))
				continue;
			close(fds[i].fd);
			fds[i].fd = -1;
			fds[i].revents = 0;
		}
		report(path);
	}
	return 1;
}

/* MAVLink 1 heartbeat of a ground station; the checksum is X.25. */
static size_t heartbeat(uint8_t frame[17], uint8_t sequence)
{
	static const uint8_t payload[9] = { 0, 0, 0, 0, 6, 8, 0, 4, 3 };
	uint16_t crc = 0xffff;
	size_t i;

	memcpy(frame, (uint8_t[]){ 0xfe, 9, sequence, 255, 190, 0 }, 6);
	memcpy(frame + 6, payload, sizeof(payload));
	frame[15] = 50;		/* the extra byte of this message's checksum */
	for (i = 1; i < 16; i++) {
		uint8_t t = frame[i] ^ (crc & 0xff);

		t ^= t << 4;
		crc = crc >> 8 ^ t << 8 ^ t << 3 ^ t >> 4;
	}
	frame[15] = crc & 0xff;
	frame[16] = crc >> 8;
	return 17;
}

static int mavlink(const char *addr, int count)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(MAVLINK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i, answered = 0;
	uint8_t frame[17];

	inet_pton(AF_INET, addr, &sa.sin_addr);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return 1;
	for (i = 0; i < count; i++) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		if (send(fd, frame, heartbeat(frame, i), 0) < 0) {
			fprintf(stderr, "peer: %s\n", strerror(errno));
			return 1;
		}
		usleep(20000);
		while (poll(&poll_fd, 1, 0) == 1 &&
		       recv(fd, frame, sizeof(frame), MSG_DONTWAIT) > 0)
			answered++;
	}
	/* The last answers may still be on the way. */
	while (answered < count) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		if (poll(&poll_fd, 1, 2000) != 1 ||
		    recv(fd, frame, sizeof(frame), 0) < 0)
			break;
		answered++;
	}
	printf("%d of %d\n", answered, count);
	return answered == count ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2], (char *[]){ HTTP }, 1);
	if (argc > 3 && argc <= 3 + LISTENERS && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv + 3, argc - 3);
	if (argc == 4 && !strcmp(argv[1], "mavlink"))
		return mavlink(argv[2], atoi(argv[3]));
	fprintf(stderr, "usage: peer serve FILE [PORT...] | mavlink ADDR COUNT\n");
	return 2;
}
