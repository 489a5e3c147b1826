// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What arrives in this network namespace, by a packet socket on every interface that it
 * has or gets: in front of the firewall, which may be asked as well. For each address
 * there is a line in a file with the packets that it was sent, and one with those that
 * the socket had no room for.
 *
 * usage: witness FILE ADDRESS...
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ROOM (16 << 20)

/* All lines have one length, so that each can be written over. */
#define LINE 32

static void note(int file, int line, const char *what, unsigned long count)
{
	char text[LINE + 1];

	snprintf(text, sizeof(text), "%-15s %*lu\n", what, LINE - 17, count);
	if (pwrite(file, text, LINE, (off_t)line * LINE) != LINE)
		err(1, "write");
}

static int open_socket(void)
{
	const struct timeval second = { .tv_sec = 1 };
	const int room = ROOM;
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)))
		err(1, "packet socket");
	return fd;
}

/* Since it was asked last. */
static unsigned long dropped(int fd)
{
	struct tpacket_stats stats = { 0 };
	socklen_t length = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length))
		err(1, "statistics");
	return stats.tp_drops;
}

/* Return: where to, 0 where nothing came, or nothing that came in. */
static in_addr_t next(int fd)
{
	struct sockaddr_ll from = { 0 };
	socklen_t length = sizeof(from);
	struct iphdr ip;
	ssize_t size = recvfrom(fd, &ip, sizeof(ip), MSG_TRUNC,
				(struct sockaddr *)&from, &length);

	if (size < 0 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
		err(1, "read");
	if (size < (ssize_t)sizeof(ip) || from.sll_pkttype == PACKET_OUTGOING)
		return 0;
	return ip.daddr;
}

int main(int argc, char **argv)
{
	unsigned long counts[argc], lost = 0, seen = 0;
	int fd = open_socket(), file, i;

	if (argc < 3)
		errx(2, "usage: witness FILE ADDRESS...");
	file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file < 0)
		err(1, "%s", argv[1]);
	for (i = 2; i < argc; i++)
		note(file, i - 2, argv[i], counts[i] = 0);
	for (;;) {
		in_addr_t to = next(fd);

		for (i = 2; to && i < argc; i++)
			if (to == inet_addr(argv[i]))
				note(file, i - 2, argv[i], ++counts[i]);
		if (!to || !(++seen % 256)) {
			lost += dropped(fd);
			note(file, argc - 2, "lost", lost);
		}
	}
}
