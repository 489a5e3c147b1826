// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policies are replaced while packets fly: what both deny never passes, what
 * both allow never fails. Concurrency: senders on both CPUs, IPv4 and IPv6.
 *
 * vm: --parallel --timeout 3600
 */

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define MAVLINK 14550
#define SWAPS 200
#define SWAPS_LONG 2000

static const char policy_a[] =
	"profiles: { p: { rules: [ { allow: local }, { deny: { located-in: CN } } ], default: allow } }\n"
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n";

static const char policy_b[] =
	"profiles:\n"
	"  q: { rules: [ { allow: any, protocol: sctp } ], default: deny }\n"
	"  p: { rules: [ { allow: [ local, { located-in: US } ] } ], default: deny }\n"
	"applications:\n"
	"  first: { match: { cgroup: /nowhere/** }, profile: q }\n"
	"  app: { match: { cgroup: /dronefence.slice/* }, profile: p }\n";

/* Counted by the senders, read by the test. */
struct tally {
	bool stop;
	uint64_t cn_tried;
	uint64_t cn_passed;
	uint64_t us_sent;
	uint64_t us_failed;
	uint64_t drone_sent;
	uint64_t drone_failed;
	uint64_t tcp_tried;
	uint64_t tcp_passed;
};

static struct tally *tally;

static void count(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static int udp_to(const char *addr, uint16_t port)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(addr, port, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM, 0);

	return connect(fd, (struct sockaddr *)&sa, len) ? -1 : fd;
}

static int send_datagrams(void *arg)
{
	int cn4 = udp_to(CN4, PORT), cn6 = udp_to(CN6, PORT);
	int us4 = udp_to(US4, PORT), us6 = udp_to(US6, PORT);

	while (!*(volatile bool *)&tally->stop) {
		count(&tally->cn_passed, send(cn4, "c", 1, MSG_DONTWAIT) == 1);
		count(&tally->cn_passed, send(cn6, "c", 1, MSG_DONTWAIT) == 1);
		count(&tally->cn_tried, 2);
		/* A full receiver answers with an ICMP error, not with EPERM. */
		count(&tally->us_failed, send(us4, "u", 1, 0) != 1 && errno == EPERM);
		count(&tally->us_failed, send(us6, "u", 1, 0) != 1 && errno == EPERM);
		count(&tally->us_sent, 2);
	}
	return 0;
}

static int send_mavlink(void *arg)
{
	int fd = udp_to(DRONE, MAVLINK);

	while (!*(volatile bool *)&tally->stop) {
		if (send(fd, "m", 1, 0) == 1)
			count(&tally->drone_sent, 1);
		else
			count(&tally->drone_failed, 1);
		usleep(1000);
	}
	return 0;
}

static int connect_tcp(void *arg)
{
	while (!*(volatile bool *)&tally->stop) {
		struct sockaddr_storage sa;
		socklen_t len = make_addr(CN4, PORT, &sa);
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		connect(fd, (struct sockaddr *)&sa, len);
		count(&tally->tcp_passed, errno != ECONNREFUSED);
		count(&tally->tcp_tried, 1);
		close(fd);
	}
	return 0;
}

static pid_t start(int (*fn)(void *), int cpu)
{
	pid_t child = fork();
	cpu_set_t set;

	if (child)
		return child;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	_exit(run_in(APP, fn, NULL) != 0);
}

/* Count what arrives at a socket, until nothing is waiting. */
static uint64_t drain(int fd)
{
	uint64_t count = 0;
	char buf[16];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		count++;
	return count;
}

static int receiver(int family, uint16_t port)
{
	int fd = world_socket(family, SOCK_DGRAM, 0), size = 64 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	bind_any(fd, family, port);
	return fd;
}

/*
 * The world's end of port 4711 is shared by CN and US. Only CN must stay
 * silent, so the payload tells them apart.
 */
static uint64_t drain_cn(int fd)
{
	uint64_t count = 0;
	char c;

	while (recv(fd, &c, 1, MSG_DONTWAIT) >= 0)
		count += c == 'c';
	return count;
}

FIXTURE(swap) {
	int unused;
};

FIXTURE_SETUP(swap)
{
}

FIXTURE_TEARDOWN(swap)
{
}

TEST_F_TIMEOUT(swap, what_both_deny_never_passes, 3000)
{
	int v4 = receiver(AF_INET, PORT), v6 = receiver(AF_INET6, PORT);
	int drone = receiver(AF_INET, MAVLINK);
	const char *is_long = getenv("DRONEFENCE_LONG");
	int swaps = times(is_long && *is_long ? SWAPS_LONG : SWAPS);
	int i, status, failed = 0;
	pid_t children[4];
	uint64_t cn = 0, mavlink = 0;

	apply_policy(policy_a);
	children[0] = start(send_datagrams, 0);
	children[1] = start(send_datagrams, 1);
	children[2] = start(connect_tcp, 0);
	children[3] = start(send_mavlink, 1);

	for (i = 0; i < swaps; i++) {
		apply_policy(i % 2 ? policy_a : policy_b);
		cn += drain_cn(v4) + drain_cn(v6);
		mavlink += drain(drone);
	}
	tally->stop = true;
	for (i = 0; i < 4; i++) {
		waitpid(children[i], &status, 0);
		failed += status != 0;
	}
	cn += drain_cn(v4) + drain_cn(v6);
	mavlink += drain(drone);

	TH_LOG("%d swaps: %llu datagrams and %llu connects to CN, %llu to US, %llu MAVLink",
	       swaps, (unsigned long long)tally->cn_tried,
	       (unsigned long long)tally->tcp_tried,
	       (unsigned long long)tally->us_sent,
	       (unsigned long long)tally->drone_sent);
	EXPECT_EQ(0, failed);
	EXPECT_LT(swaps, tally->cn_tried);
	EXPECT_LT(swaps / 2, tally->tcp_tried);
	EXPECT_EQ(0, tally->cn_passed);
	EXPECT_EQ(0, tally->tcp_passed);
	EXPECT_EQ(0, cn);
	EXPECT_EQ(0, tally->us_failed);
	EXPECT_EQ(0, tally->drone_failed);
	EXPECT_LT(0, tally->drone_sent);
	EXPECT_EQ(tally->drone_sent, mavlink);
}

int main(int argc, char **argv)
{
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	return test_harness_run(argc, argv);
}
