// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Raw and ping sockets: packets with a header of their own, other protocols,
 * tunnels, fragments.
 *
 * usage: raw header|spoofed|echo|ping|fragments|later|tiny|options
 *	  raw protocol NUMBER	raw tunnel NUMBER
 */

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

#define MORE_FRAGMENTS 0x2000

static struct sockaddr_storage to;
static socklen_t to_len;

/* Again if there is no room just now. */
static void send_packet(int fd, const void *packet, size_t len)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (sendto(fd, packet, len, 0, (struct sockaddr *)&to, to_len) >= 0 ||
		    errno != ENOBUFS)
			return;
		usleep(1000);
	}
}

/* The destination of a raw socket has no port. */
static int raw_socket(int type, int protocol)
{
	to_len = destination(&to);
	if (to.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&to)->sin6_port = 0;
	return make_socket(to.ss_family, type, protocol);
}

static void send_headers(const char *from)
{
	int fd = raw_socket(SOCK_RAW, IPPROTO_RAW);
	size_t left = way_size(), len;
	uint8_t packet[CHUNK + 64];

	len = build_udp(packet, from, way("WAY_TO"), CHUNK);
	for (; left >= CHUNK; left -= CHUNK)
		send_packet(fd, packet, len);
}

static void send_protocol(int protocol)
{
	int fd = raw_socket(SOCK_RAW, protocol);
	size_t left = way_size();
	uint8_t packet[CHUNK];

	fill(packet, sizeof(packet));
	for (; left >= CHUNK; left -= CHUNK)
		send_packet(fd, packet, sizeof(packet));
}

/* GRE puts the type of what it carries in front. */
static void send_tunnel(int protocol)
{
	int fd = raw_socket(SOCK_RAW, protocol);
	size_t left = way_size(), len = 0;
	uint8_t packet[CHUNK + 64] = { 0 };
	bool six = protocol == IPPROTO_IPV6;

	if (protocol == IPPROTO_GRE) {
		packet[2] = 0x08;
		len = 4;
	}
	len += build_udp(packet + len, six ? "fd00:9::1" : "10.9.0.1",
			 six ? "2400:3200::1" : "223.5.5.5", CHUNK);
	for (; left >= CHUNK; left -= CHUNK)
		send_packet(fd, packet, len);
}

static void send_echo(int type)
{
	bool six = way_is_ipv6();
	int fd = raw_socket(type, six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	uint8_t packet[8 + CHUNK] = { six ? ICMP6_ECHO_REQUEST : ICMP_ECHO };
	size_t left = way_size();
	uint16_t sum;

	fill(packet + 8, CHUNK);
	sum = checksum(packet, sizeof(packet));
	if (!six)
		memcpy(packet + 2, &sum, 2);
	for (; left >= CHUNK; left -= CHUNK)
		send_packet(fd, packet, sizeof(packet));
}

/*
 * One datagram in fragments of @size bytes from @first on: with @first behind
 * its start, one that is never whole.
 */
static void send_fragments4(size_t size, size_t first)
{
	int fd = raw_socket(SOCK_RAW, IPPROTO_RAW);
	size_t all = 8 + CHUNK, at, len, ip = 20;
	uint8_t whole[CHUNK + 64], packet[CHUNK + 64];
	uint16_t offset, id = htons(4711);

	build_udp(whole, way("WAY_FROM"), way("WAY_TO"), CHUNK);
	for (at = first; at < all; at += len) {
		len = all - at < size ? all - at : size;
		build_ip(packet, IPPROTO_UDP, way("WAY_FROM"), way("WAY_TO"), len);
		offset = htons((at / 8) | (at + len < all ? MORE_FRAGMENTS : 0));
		memcpy(packet + 4, &id, 2);
		memcpy(packet + 6, &offset, 2);
		memcpy(packet + ip, whole + ip + at, len);
		send_packet(fd, packet, ip + len);
	}
}

static void send_fragments6(size_t size, size_t first)
{
	int fd = raw_socket(SOCK_RAW, IPPROTO_RAW);
	size_t all = 8 + CHUNK, at, len, ip = 40;
	uint8_t whole[CHUNK + 64], packet[CHUNK + 128];
	uint16_t offset;

	build_udp(whole, way("WAY_FROM"), way("WAY_TO"), CHUNK);
	for (at = first; at < all; at += len) {
		len = all - at < size ? all - at : size;
		build_ip(packet, IPPROTO_FRAGMENT, way("WAY_FROM"),
			 way("WAY_TO"), len + 8);
		memset(packet + ip, 0, 8);
		packet[ip] = IPPROTO_UDP;
		offset = htons(at | (at + len < all));
		memcpy(packet + ip + 2, &offset, 2);
		packet[ip + 7] = 1;
		memcpy(packet + ip + 8, whole + ip + at, len);
		send_packet(fd, packet, ip + 8 + len);
	}
}

static void send_fragments(size_t size, size_t first)
{
	if (way_is_ipv6())
		send_fragments6(size, first);
	else
		send_fragments4(size, first);
}

/* Behind headers of options, or behind no-ops and a record of the route. */
static void send_options(void)
{
	static const uint8_t options[] = { 1, 7, 7, 4, 0, 0, 0, 0 };
	int fd = raw_socket(SOCK_RAW, IPPROTO_RAW);
	uint8_t whole[CHUNK + 64], packet[CHUNK + 128];
	size_t ip = way_is_ipv6() ? 40 : 20, body = 8 + CHUNK, more;
	size_t left = way_size();

	build_udp(whole, way("WAY_FROM"), way("WAY_TO"), CHUNK);
	more = ip == 40 ? 16 : sizeof(options);
	build_ip(packet, ip == 40 ? IPPROTO_DSTOPTS : IPPROTO_UDP,
		 way("WAY_FROM"), way("WAY_TO"), body + more);
	if (ip == 40) {
		memset(packet + ip, 0, more);
		packet[ip] = IPPROTO_DSTOPTS;
		memcpy(packet + ip + 2, "\1\4", 2);
		memcpy(packet + ip + 10, "\1\4", 2);
		packet[ip + 8] = IPPROTO_UDP;
	} else {
		packet[0] = 0x47;
		memcpy(packet + ip, options, more);
	}
	memcpy(packet + ip + more, whole + ip, body);
	for (; left >= CHUNK; left -= CHUNK)
		send_packet(fd, packet, ip + more + body);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(what, "header"))
		send_headers(way("WAY_FROM"));
	else if (!strcmp(what, "spoofed"))
		send_headers(way_is_ipv6() ? "2001:db8::7" : "198.51.100.7");
	else if (!strcmp(what, "protocol"))
		send_protocol(number);
	else if (!strcmp(what, "tunnel"))
		send_tunnel(number);
	else if (!strcmp(what, "echo"))
		send_echo(SOCK_RAW);
	else if (!strcmp(what, "ping"))
		send_echo(SOCK_DGRAM);
	else if (!strcmp(what, "fragments"))
		send_fragments(512, 0);
	else if (!strcmp(what, "later"))
		send_fragments(512, 512);
	else if (!strcmp(what, "tiny"))
		send_fragments(8, 0);
	else if (!strcmp(what, "options"))
		send_options();
	else
		skip("usage");
	return 0;
}
