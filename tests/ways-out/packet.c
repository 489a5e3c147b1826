// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packet sockets: whole frames, or what goes into one, past IP.
 *
 * usage: packet raw|dgram [bypass]
 *	  packet ring
 *	  packet vlan
 *	  packet arp		a payload that is called ARP
 *	  packet reflect	an echo request to the machine itself, in the
 *				name of the destination, on the loopback device
 */

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"

#define HEADER 14
#define RING_FRAME 2048
#define RING_FRAMES 8

static uint16_t ethertype(void)
{
	return htons(way_is_ipv6() ? ETH_P_IPV6 : ETH_P_IP);
}

static struct sockaddr_ll device_address(const char *device)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_halen = 6,
		.sll_protocol = ethertype(),
		.sll_ifindex = if_nametoindex(device),
	};

	must(to.sll_ifindex, device);
	next_hop(to.sll_addr);
	return to;
}

static size_t build_frame(uint8_t *frame, bool vlan)
{
	uint16_t type = ethertype();
	size_t header = HEADER;

	memset(frame, 2, HEADER);
	next_hop(frame);
	if (vlan) {
		memcpy(frame + 12, "\x81\x00\x00\x07", 4);
		header += 4;
	}
	memcpy(frame + header - 2, &type, 2);
	return header + build_udp(frame + header, way("WAY_FROM"),
				  way("WAY_TO"), CHUNK);
}

static void send_frames(const char *what, bool bypass)
{
	struct sockaddr_ll to = device_address(way("WAY_DEVICE"));
	bool dgram = !strcmp(what, "dgram");
	int fd = make_socket(AF_PACKET, dgram ? SOCK_DGRAM : SOCK_RAW, 0), on = 1;
	uint8_t frame[CHUNK + 128];
	size_t left = way_size(), skipped = dgram ? HEADER : 0, len;

	if (bypass)
		must(!setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on,
				 sizeof(on)), "bypass");
	len = build_frame(frame, !strcmp(what, "vlan"));
	for (; left >= CHUNK; left -= CHUNK)
		sendto(fd, frame + skipped, len - skipped, 0,
		       (struct sockaddr *)&to, sizeof(to));
}

static void send_ring(void)
{
	struct sockaddr_ll to = device_address(way("WAY_DEVICE"));
	int fd = make_socket(AF_PACKET, SOCK_RAW, 0), i;
	struct tpacket_req ring = {
		.tp_block_size = RING_FRAME * RING_FRAMES, .tp_block_nr = 1,
		.tp_frame_size = RING_FRAME, .tp_frame_nr = RING_FRAMES,
	};
	size_t left = way_size();
	uint8_t *frames;

	must(!setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof(ring)),
	     "ring");
	frames = mmap(NULL, ring.tp_block_size, PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	must(frames != MAP_FAILED, "ring");
	must(!bind(fd, (struct sockaddr *)&to, sizeof(to)), "bind");
	while (left) {
		for (i = 0; i < RING_FRAMES && left; i++, left -= CHUNK) {
			struct tpacket_hdr *header =
				(void *)(frames + i * RING_FRAME);

			header->tp_len = build_frame(frames + i * RING_FRAME +
						     TPACKET_ALIGN(sizeof(*header)),
						     false);
			header->tp_status = TP_STATUS_SEND_REQUEST;
		}
		send(fd, NULL, 0, 0);
	}
}

/* IPv4, whose echo has no checksum over the addresses. */
static void reflect(void)
{
	struct sockaddr_ll to = device_address("lo");
	int fd = make_socket(AF_PACKET, SOCK_RAW, 0);
	uint8_t frame[CHUNK + 128] = { 0 };
	size_t left = way_size(), ip;
	uint16_t sum;

	frame[12] = 0x08;
	ip = HEADER + build_ip(frame + HEADER, IPPROTO_ICMP, way("WAY_TO"),
			       way("WAY_FROM"), 8 + CHUNK);
	frame[ip] = ICMP_ECHO;
	fill(frame + ip + 8, CHUNK);
	sum = checksum(frame + ip, 8 + CHUNK);
	memcpy(frame + ip + 2, &sum, 2);
	for (; left >= CHUNK; left -= CHUNK)
		sendto(fd, frame, ip + 8 + CHUNK, 0, (struct sockaddr *)&to,
		       sizeof(to));
}

static void send_arp(void)
{
	struct sockaddr_ll to = device_address(way("WAY_DEVICE"));
	int fd = make_socket(AF_PACKET, SOCK_DGRAM, 0);
	size_t left = way_size();
	uint8_t payload[CHUNK];

	to.sll_protocol = htons(ETH_P_ARP);
	fill(payload, sizeof(payload));
	for (; left >= CHUNK; left -= CHUNK)
		sendto(fd, payload, sizeof(payload), 0, (struct sockaddr *)&to,
		       sizeof(to));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		skip("usage");
	if (!strcmp(argv[1], "reflect"))
		reflect();
	else if (!strcmp(argv[1], "arp"))
		send_arp();
	else if (!strcmp(argv[1], "ring"))
		send_ring();
	else
		send_frames(argv[1], argc > 2);
	return 0;
}
