// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network namespace of its own, whose packets a helper outside takes from a
 * tun device and sends by sockets of its own, as slirp4netns does.
 */

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

static const char configure[] =
	"ip link set lo up && ip addr add 10.77.0.1/24 dev tun0 && "
	"ip -6 addr add fd00:77::1/64 dev tun0 nodad && ip link set tun0 up && "
	"ip route add default dev tun0 && ip -6 route add default dev tun0";

static void inside(int link)
{
	struct ifreq ifr = { .ifr_name = "tun0",
			     .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun;

	enter_user_namespace(CLONE_NEWNET);
	tun = open("/dev/net/tun", O_RDWR);
	must(tun >= 0 && !ioctl(tun, TUNSETIFF, &ifr), "tun");
	send_fd(link, tun);
	must(!system(configure), "addresses");
	attempt("udp");
}

/* Datagrams to the destination: what is behind their headers goes on. */
static void forward(int tun)
{
	struct pollfd readable = { .fd = tun, .events = POLLIN };
	int fd = open_connection(SOCK_DGRAM, 0);
	uint8_t packet[2048];
	ssize_t n;

	while (poll(&readable, 1, 2000) == 1) {
		size_t header = way_is_ipv6() ? 48 : 28;

		n = read(tun, packet, sizeof(packet));
		if (n > (ssize_t)header)
			send(fd, packet + header, n - header, 0);
	}
}

int main(void)
{
	int link[2];
	pid_t child;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, link), "socketpair");
	child = fork();
	if (!child) {
		close(link[0]);
		inside(link[1]);
		sleep(2);
		_exit(0);
	}
	close(link[1]);
	forward(receive_fd(link[0]));
	kill(child, SIGKILL);
	wait(NULL);
	return 0;
}
