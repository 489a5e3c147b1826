// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The receiving side: everything that the world is to who sends to it. It
 * answers on a port by each protocol that this kernel has, and counts payload
 * in the frames that arrive at its devices, in whatever they are wrapped.
 *
 * usage: world PORT FOLDER
 *
 * A payload repeats a mark of 8 bytes, "<wNNNNx>". How many bytes of it came is
 * in the file NNNNx of the folder. What was sent twice counts twice.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dccp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MARK 8
#define MARKS 10000
#define KINDS 26

static uint64_t heard[MARKS][KINDS];
static const char *folder;

/* The same bytes again and again, so any of them tells what is around it. */
static size_t run_length(const char *buf, size_t len, size_t *at)
{
	const char *mark = buf + *at;
	size_t from = *at, to = *at + MARK;

	while (from && buf[from - 1] == mark[(MARK - (*at - from) % MARK - 1) % MARK])
		from--;
	while (to < len && buf[to] == mark[(to - *at) % MARK])
		to++;
	*at = to;
	return to - from;
}

static int mark_number(const char *p)
{
	int i, n = 0;

	if (p[0] != '<' || p[1] != 'w' || p[7] != '>' || p[6] < 'a' ||
	    p[6] > 'z')
		return -1;
	for (i = 2; i < 6; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		n = 10 * n + p[i] - '0';
	}
	return n;
}

static void tell(int number, char kind)
{
	char path[256], text[32];
	int fd, len;

	snprintf(path, sizeof(path), "%s/%04d%c", folder, number, kind);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	len = snprintf(text, sizeof(text), "%llu\n",
		       (unsigned long long)heard[number][kind - 'a']);
	if (fd < 0 || pwrite(fd, text, len, 0) != len) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static void count(const char *buf, size_t len)
{
	size_t at = 0;

	while (at + MARK <= len) {
		int number = mark_number(buf + at);
		char kind = buf[at + 6];

		if (number < 0) {
			at++;
			continue;
		}
		heard[number][kind - 'a'] += run_length(buf, len, &at);
		tell(number, kind);
	}
}

/* Devices of the world itself repeat what it says. */
static void hear(int ear)
{
	static char buf[131072];
	struct sockaddr_ll from = { 0 };
	socklen_t size = sizeof(from);
	char name[IF_NAMESIZE] = "";
	ssize_t len = recvfrom(ear, buf, sizeof(buf), 0,
			       (struct sockaddr *)&from, &size);

	if (len <= 0 || from.sll_pkttype == PACKET_OUTGOING)
		return;
	if (strcmp(if_indextoname(from.sll_ifindex, name) ?: "lo", "lo"))
		count(buf, len);
}

/* A protocol that the kernel does not have is left out. */
static int open_door(int type, int protocol, int port)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, type | SOCK_NONBLOCK, protocol), on = 1, off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (protocol == IPPROTO_DCCP)
		setsockopt(fd, SOL_DCCP, DCCP_SOCKOPT_SERVICE, &(int){ 0 },
			   sizeof(int));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    (type != SOCK_DGRAM && listen(fd, 128))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void watch(int epoll, int fd, bool listens)
{
	struct epoll_event event = {
		.events = EPOLLIN, .data.u64 = (uint64_t)listens << 32 | fd,
	};

	if (fd >= 0)
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(int epoll, int fd, bool listens)
{
	static char buf[65536];
	ssize_t len;

	if (listens) {
		watch(epoll, accept4(fd, NULL, NULL, SOCK_NONBLOCK), false);
		return;
	}
	do {
		len = recv(fd, buf, sizeof(buf), 0);
	} while (len > 0);
	if (!len || (errno != EAGAIN && errno != EINTR))
		close(fd);
}

int main(int argc, char **argv)
{
	int ear = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	int epoll = epoll_create1(EPOLL_CLOEXEC), size = 64 << 20, port;
	struct epoll_event event;

	if (argc != 3 || ear < 0 || epoll < 0)
		return 1;
	port = atoi(argv[1]);
	folder = argv[2];
	setsockopt(ear, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	watch(epoll, ear, false);
	watch(epoll, open_door(SOCK_DGRAM, IPPROTO_UDP, port), false);
	watch(epoll, open_door(SOCK_DGRAM, IPPROTO_UDPLITE, port), false);
	watch(epoll, open_door(SOCK_STREAM, IPPROTO_TCP, port), true);
	watch(epoll, open_door(SOCK_STREAM, IPPROTO_SCTP, port), true);
	watch(epoll, open_door(SOCK_DCCP, IPPROTO_DCCP, port), true);
	watch(epoll, open_door(SOCK_STREAM, IPPROTO_MPTCP, port + 1), true);
	tell(0, 'a');
	while (epoll_wait(epoll, &event, 1, -1) == 1 || errno == EINTR) {
		int fd = (uint32_t)event.data.u64;

		if (fd == ear)
			hear(ear);
		else
			serve(epoll, fd, event.data.u64 >> 32);
	}
	return 1;
}
