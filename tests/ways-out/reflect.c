// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Send to the machine itself, in the name of the destination: the answer of the
 * machine goes there, and quotes what it got.
 *
 * usage: reflect ping		by a ping socket bound to a foreign address,
 *				which needs no right
 *	  reflect closed	by a UDP socket bound so, to a closed port
 *	  reflect echo		by a raw socket
 */

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

#define CLOSED_PORT 4799

/* A socket that has the destination as its own address. */
static int foreign_socket(int protocol)
{
	struct sockaddr_storage sa;
	socklen_t len = address(way("WAY_TO"), 0, &sa);
	bool six = sa.ss_family == AF_INET6;
	int fd = make_socket(sa.ss_family, SOCK_DGRAM, protocol), on = 1;

	must(!setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
			 six ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on)),
	     "freebind");
	must(!bind(fd, (struct sockaddr *)&sa, len), "bind to a foreign address");
	return fd;
}

static void send_to_self(int fd, const void *packet, size_t len, int port)
{
	struct sockaddr_storage sa;
	socklen_t sa_len = address(way("WAY_FROM"), port, &sa);
	size_t left = way_size();

	for (; left >= CHUNK; left -= CHUNK)
		sendto(fd, packet, len, 0, (struct sockaddr *)&sa, sa_len);
}

static size_t build_echo(uint8_t *packet)
{
	uint16_t sum;

	memset(packet, 0, 8);
	packet[0] = way_is_ipv6() ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	fill(packet + 8, CHUNK);
	sum = checksum(packet, 8 + CHUNK);
	memcpy(packet + 2, &sum, 2);
	return 8 + CHUNK;
}

/* The checksum of ICMPv6 covers the addresses too. */
static void sum_echo6(uint8_t *packet, size_t len)
{
	uint8_t pseudo[40 + 8 + CHUNK] = { 0 };
	uint16_t sum;

	memset(packet + 42, 0, 2);
	memcpy(pseudo, packet + 8, 32);
	pseudo[34] = len >> 8;
	pseudo[35] = len;
	pseudo[39] = IPPROTO_ICMPV6;
	memcpy(pseudo + 40, packet + 40, len);
	sum = checksum(pseudo, 40 + len);
	memcpy(packet + 42, &sum, 2);
}

static void reflect_raw(void)
{
	int fd = make_socket(way_is_ipv6() ? AF_INET6 : AF_INET, SOCK_RAW,
			     IPPROTO_RAW);
	uint8_t packet[CHUNK + 64];
	size_t ip, len = 8 + CHUNK;

	ip = build_ip(packet, way_is_ipv6() ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		      way("WAY_TO"), way("WAY_FROM"), len);
	build_echo(packet + ip);
	if (way_is_ipv6())
		sum_echo6(packet, len);
	send_to_self(fd, packet, ip + len, 0);
}

int main(int argc, char **argv)
{
	uint8_t packet[CHUNK + 64];
	int icmp = way_is_ipv6() ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (argc != 2)
		skip("usage");
	if (!strcmp(argv[1], "ping")) {
		size_t len = build_echo(packet);

		send_to_self(foreign_socket(icmp), packet, len, 0);
	} else if (!strcmp(argv[1], "closed")) {
		fill(packet, CHUNK);
		send_to_self(foreign_socket(0), packet, CHUNK, CLOSED_PORT);
	} else {
		reflect_raw();
	}
	return 0;
}
