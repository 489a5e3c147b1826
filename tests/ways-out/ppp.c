// SPDX-License-Identifier: GPL-2.0-or-later
/* A PPPoE session that nobody agreed to: a frame at the device, without rights. */

#include <arpa/inet.h>
#include <linux/if_pppox.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

int main(void)
{
	struct sockaddr_pppox sa = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OE,
		.sa_addr.pppoe = { .sid = htons(7) },
	};
	int fd = make_socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_OE);
	uint8_t frame[CHUNK + 64] = { 0, way_is_ipv6() ? 0x57 : 0x21 };
	size_t left = way_size(), len;

	next_hop(sa.sa_addr.pppoe.remote);
	snprintf(sa.sa_addr.pppoe.dev, IFNAMSIZ, "%s", way("WAY_DEVICE"));
	must(!connect(fd, (struct sockaddr *)&sa, sizeof(sa)), "PPP session");
	len = 2 + build_udp(frame + 2, way("WAY_FROM"), way("WAY_TO"), CHUNK);
	for (; left >= CHUNK; left -= CHUNK)
		send(fd, frame, len, 0);
	return 0;
}
