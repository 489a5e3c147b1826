// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets are copies of what was received already, made for the packets that
 * the filter lets through: nothing waits for them, and what does not fit is not
 * seen. They are of the IP protocols and not of all: so a packet that comes by
 * a VLAN, a bond or a bridge is seen once, where IP gets it, and nothing on
 * its way out is looked at.
 *
 * They are made by somebody with more rights than whoever reads them, so the filter
 * is locked: nobody can take it away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns_socket.h"

/* Largest packet that IP has. */
#define PACKET_MAX 65535

/* To this machine, UDP, no later fragment, from port 53. */
static struct sock_filter answers_only[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 16),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 7),
	/* IPv4 */
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 11),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 9, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
	BPF_JUMP(BPF_JMP | BPF_JA, 4, 0, 0),
	/* IPv6 */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 5),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 40),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, PACKET_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static int set_filter(int fd)
{
	const struct sock_fprog filter = {
		.len = sizeof(answers_only) / sizeof(*answers_only),
		.filter = answers_only,
	};
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		       sizeof(filter)) ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)))
		return -errno;
	return 0;
}

/* Of no protocol until the filter is there. */
static int open_socket(uint16_t protocol)
{
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = set_filter(fd);
	if (!err && bind(fd, (const struct sockaddr *)&all, sizeof(all)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/**
 * df_dns_sockets() - open sockets that get the answers of name servers
 * @fds: result, one for each family; to be closed
 *
 * Return: 0; -EPERM without CAP_NET_RAW; another negative errno. @fds has none then.
 */
int df_dns_sockets(int fds[DF_DNS_SOCKETS])
{
	fds[0] = open_socket(ETH_P_IP);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = open_socket(ETH_P_IPV6);
	if (fds[1] >= 0)
		return 0;
	close(fds[0]);
	return fds[1];
}
