// SPDX-License-Identifier: GPL-2.0-or-later
/* See attempt.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt.h"

void skip(const char *why)
{
	printf("%s\n", why);
	exit(SKIP);
}

/* What has nothing to do with sending did not work. */
void must(bool good, const char *what)
{
	if (good)
		return;
	printf("%s: %s\n", what, strerror(errno));
	exit(SKIP);
}

const char *way(const char *name)
{
	const char *value = getenv(name);

	if (!value || !*value)
		skip(name);
	return value;
}

size_t way_size(void)
{
	return strtoul(way("WAY_SIZE"), NULL, 10);
}

bool way_is_ipv6(void)
{
	return strchr(way("WAY_TO"), ':');
}

socklen_t address(const char *text, uint16_t port, struct sockaddr_storage *sa)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *in = (struct sockaddr_in *)sa;

	memset(sa, 0, sizeof(*sa));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	must(inet_pton(AF_INET6, text, &in6->sin6_addr) == 1, text);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

socklen_t destination(struct sockaddr_storage *sa)
{
	return address(way("WAY_TO"), atoi(way("WAY_PORT")), sa);
}

void next_hop(uint8_t mac[6])
{
	must(sscanf(way("WAY_MAC"), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac,
		    mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) == 6,
	     "WAY_MAC");
}

void fill(void *buf, size_t size)
{
	const char *mark = way("WAY_MARK");
	size_t i;

	for (i = 0; i < size; i++)
		((char *)buf)[i] = mark[i % 8];
}

/* A kernel without the protocol, or a user who may not, is no attempt. */
int make_socket(int family, int type, int protocol)
{
	struct timeval timeout = { .tv_sec = 3 };
	int fd = socket(family, type, protocol);

	must(fd >= 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	return fd;
}

/* To the destination; what becomes of it shows when something is sent. */
int open_connection(int type, int protocol)
{
	struct sockaddr_storage sa;
	socklen_t len = destination(&sa);
	int fd = make_socket(sa.ss_family, type, protocol);

	if (connect(fd, (struct sockaddr *)&sa, len))
		perror("connect");
	return fd;
}

/* The payload, in pieces that fit into a packet, whatever the answer is. */
void send_all(int fd)
{
	size_t left = way_size();
	char buf[CHUNK];

	fill(buf, sizeof(buf));
	while (left) {
		size_t size = left < sizeof(buf) ? left : sizeof(buf);
		ssize_t n = send(fd, buf, size, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ENOTCONN ||
			      errno == EAGAIN || errno == EBADF))
			break;
		left -= n > 0 ? (size_t)n : size;
	}
}

/* The plain attempt, by "tcp" or "udp". */
void attempt(const char *how)
{
	int fd = open_connection(strcmp(how, "udp") ? SOCK_STREAM : SOCK_DGRAM,
				 0);

	send_all(fd);
	close(fd);
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	     path);
	close(fd);
}

/* As root of a user namespace of its own, with @more namespaces. */
void enter_user_namespace(int more)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %d 1", geteuid());
	must(!unshare(CLONE_NEWUSER | more), "user namespace");
	write_file("/proc/self/uid_map", map);
}

static int unix_socket(struct sockaddr_un *sa)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strncpy(sa->sun_path, way("WAY_SOCKET"), sizeof(sa->sun_path) - 1);
	return make_socket(AF_UNIX, SOCK_STREAM, 0);
}

/* Wait for the other program; its connection. */
int listen_unix(void)
{
	struct sockaddr_un sa;
	int fd = unix_socket(&sa);

	unlink(sa.sun_path);
	must(!bind(fd, (struct sockaddr *)&sa, sizeof(sa)) &&
	     !chmod(sa.sun_path, 0666) && !listen(fd, 1), "Unix socket");
	return accept(fd, NULL, NULL);
}

/* The other program may not have come so far. */
int connect_unix(void)
{
	struct sockaddr_un sa;
	int fd = unix_socket(&sa), i;

	for (i = 0; i < 500; i++) {
		if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
			return fd;
		usleep(10000);
	}
	must(false, "Unix socket");
	return -1;
}

void send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = "", byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	must(sendmsg(to, &msg, 0) == 1, "SCM_RIGHTS");
}

int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	must(recvmsg(from, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg), "SCM_RIGHTS");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

uint16_t checksum(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* An IP header for a payload; how long the header is. */
size_t build_ip(uint8_t *packet, int protocol, const char *from, const char *to,
		size_t payload)
{
	uint16_t sum, len = htons(payload), all = htons(payload + 20);

	memset(packet, 0, 40);
	if (strchr(to, ':')) {
		packet[0] = 0x60;
		memcpy(packet + 4, &len, 2);
		packet[6] = protocol;
		packet[7] = 64;
		inet_pton(AF_INET6, from, packet + 8);
		inet_pton(AF_INET6, to, packet + 24);
		return 40;
	}
	packet[0] = 0x45;
	memcpy(packet + 2, &all, 2);
	packet[8] = 64;
	packet[9] = protocol;
	inet_pton(AF_INET, from, packet + 12);
	inet_pton(AF_INET, to, packet + 16);
	sum = checksum(packet, 20);
	memcpy(packet + 10, &sum, 2);
	return 20;
}

/* A whole datagram with so much of the payload. Nobody reads its checksum. */
size_t build_udp(uint8_t *packet, const char *from, const char *to,
		 size_t payload)
{
	uint16_t port = htons(atoi(way("WAY_PORT"))), len = htons(payload + 8);
	size_t ip = build_ip(packet, IPPROTO_UDP, from, to, payload + 8);

	memcpy(packet + ip, &port, 2);
	memcpy(packet + ip + 2, &port, 2);
	memcpy(packet + ip + 4, &len, 2);
	memset(packet + ip + 6, 0, 2);
	fill(packet + ip + 8, payload);
	return ip + 8 + payload;
}
