// SPDX-License-Identifier: GPL-2.0-or-later
/* RDS, which sends through a TCP socket that the kernel makes for itself. */

#include <unistd.h>

#include "attempt.h"

#ifndef AF_RDS
#define AF_RDS 21
#endif

int main(void)
{
	struct sockaddr_storage to, from;
	socklen_t len = destination(&to);
	int fd = make_socket(AF_RDS, SOCK_SEQPACKET, 0);
	size_t left = way_size();
	char buf[CHUNK];

	must(!bind(fd, (struct sockaddr *)&from,
		   address(way("WAY_FROM"), 0, &from)), "bind");
	fill(buf, sizeof(buf));
	for (; left >= CHUNK; left -= CHUNK)
		sendto(fd, buf, sizeof(buf), 0, (struct sockaddr *)&to, len);
	/* It connects when there is something to send. */
	sleep(3);
	return 0;
}
