// SPDX-License-Identifier: GPL-2.0-or-later
/* An XDP socket: frames from memory to the device, without a driver's help. */

#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

#define FRAME 2048
#define FRAMES 64

static void set(int fd, int option, const void *value, socklen_t size)
{
	must(!setsockopt(fd, SOL_XDP, option, value, size), "XDP option");
}

static uint8_t *share_memory(int fd)
{
	uint8_t *memory = mmap(NULL, FRAME * FRAMES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)memory, .len = FRAME * FRAMES,
		.chunk_size = FRAME,
	};
	int size = FRAMES;

	must(memory != MAP_FAILED, "memory");
	set(fd, XDP_UMEM_REG, &umem, sizeof(umem));
	set(fd, XDP_UMEM_FILL_RING, &size, sizeof(size));
	set(fd, XDP_UMEM_COMPLETION_RING, &size, sizeof(size));
	set(fd, XDP_TX_RING, &size, sizeof(size));
	return memory;
}

static size_t build_frame(uint8_t *frame)
{
	uint16_t type = htons(way_is_ipv6() ? ETH_P_IPV6 : ETH_P_IP);

	memset(frame, 2, ETH_HLEN);
	next_hop(frame);
	memcpy(frame + 12, &type, 2);
	return ETH_HLEN + build_udp(frame + ETH_HLEN, way("WAY_FROM"),
				    way("WAY_TO"), CHUNK);
}

/* As many frames as the ring holds, which are the payload. */
static void fill_ring(int fd, uint8_t *memory)
{
	struct xdp_mmap_offsets offsets;
	socklen_t size = sizeof(offsets);
	struct xdp_desc *descs;
	uint8_t *ring;
	int i;

	must(!getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size),
	     "XDP offsets");
	ring = mmap(NULL, offsets.tx.desc + FRAMES * sizeof(*descs),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    XDP_PGOFF_TX_RING);
	must(ring != MAP_FAILED, "XDP ring");
	descs = (struct xdp_desc *)(ring + offsets.tx.desc);
	for (i = 0; i < FRAMES; i++) {
		descs[i].addr = i * FRAME;
		descs[i].len = build_frame(memory + i * FRAME);
	}
	__atomic_store_n((uint32_t *)(ring + offsets.tx.producer), FRAMES,
			 __ATOMIC_RELEASE);
}

int main(void)
{
	int fd = make_socket(AF_XDP, SOCK_RAW, 0), i;
	uint8_t *memory = share_memory(fd);
	struct sockaddr_xdp sa = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY,
		.sxdp_ifindex = if_nametoindex(way("WAY_DEVICE")),
	};

	fill_ring(fd, memory);
	must(!bind(fd, (struct sockaddr *)&sa, sizeof(sa)), "XDP bind");
	for (i = 0; i < 10; i++) {
		sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		usleep(10000);
	}
	return 0;
}
