// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Send SYNs as fast as a raw socket can, each from another port and so a flow
 * of its own: syn_flood ADDRESS COUNT.
 */

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), i;
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet;

	if (argc != 3 || fd < 0 || inet_pton(AF_INET, argv[1], &sa.sin_addr) != 1)
		return 1;
	memset(&packet, 0, sizeof(packet));
	packet.ip.version = 4;
	packet.ip.ihl = 5;
	packet.ip.ttl = 64;
	packet.ip.protocol = IPPROTO_TCP;
	packet.ip.daddr = sa.sin_addr.s_addr;
	packet.tcp.dest = htons(80);
	packet.tcp.doff = 5;
	packet.tcp.syn = 1;
	for (i = 0; i < atoi(argv[2]); i++) {
		packet.tcp.source = htons(i + 1);
		sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&sa,
		       sizeof(sa));
	}
	return 0;
}
