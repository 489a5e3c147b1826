// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network namespaces, devices and cgroups come and go in large numbers, while
 * the application floods both CPUs and sends frames through devices that are
 * renamed, moved and removed under it. Then the module is unloaded, with
 * applications, flows and an open listing alive. Concurrency; that nothing was
 * lost or used after its end shows on kernels that check themselves.
 *
 * vm: --parallel --timeout 5400
 */

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define ROUNDS 20
#define ROUNDS_LONG 2000

/* A listing of so many does not fit into the buffer of its reader. */
#define FLOWS 20000

static const char policy[] =
	"profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n";

static struct {
	volatile bool stop;
	volatile uint64_t frames_passed;
	volatile uint64_t frames_refused;
} *shared;

/* Two destinations that stay and one that is always another. */
static int flood(void *arg)
{
	static const char * const fixed[] = { US4, CN4 };
	struct sockaddr_storage sa[2];
	struct sockaddr_in other = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;
	socklen_t len = 0;

	/* What comes and goes must get along. */
	nice(19);
	for (i = 0; i < 2; i++)
		len = make_addr(fixed[i], 9, &sa[i]);
	for (i = 0; !shared->stop; i++) {
		sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&sa[i % 2],
		       len);
		other.sin_addr.s_addr = htonl(0x0b000000 + i % FLOWS);
		sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&other,
		       sizeof(other));
	}
	return 0;
}

/* A frame with an IPv4 packet, past IP. */
static bool send_frame(int fd, int ifindex, const char *to)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_ifindex = ifindex,
		.sll_protocol = htons(ETH_P_IP),
		.sll_halen = ETH_ALEN,
	};
	uint8_t packet[28] = { 0x45, 0, 0, sizeof(packet), 0, 0, 0, 0, 64, 17 };

	inet_pton(AF_INET, "10.9.0.1", packet + 12);
	inet_pton(AF_INET, to, packet + 16);
	packet[25] = 8;
	return sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&ll,
		      sizeof(ll)) == sizeof(packet);
}

/* In a namespace of its own: a device, with frames while it changes. */
static int use_device(void *arg)
{
	int fd, ifindex, i;
	pid_t child;

	if (unshare(CLONE_NEWNET) ||
	    shell("ip link add d0 up type dummy"))
		return 1;
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	ifindex = if_nametoindex("d0");
	child = fork();
	if (!child) {
		for (i = 0; i < 20; i++) {
			send_frame(fd, ifindex, US4);
			send_frame(fd, ifindex, CN4);
		}
		_exit(0);
	}
	shared->frames_passed += send_frame(fd, ifindex, US4);
	shared->frames_refused += !send_frame(fd, ifindex, CN4);
	/* To where the tests run, under a name that is free there. */
	i = shell("printf 'link set %%s\\n' 'd0 down' 'd0 name d1' 'd1 up' "
		  "'d1 netns 1 name churn%d' | ip -batch -", getpid());
	send_frame(fd, ifindex, CN4);
	waitpid(child, NULL, 0);
	return i || shell("nsenter --net=/proc/1/ns/net ip link del churn%d",
			  getpid());
}

static int one_round(int number)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/n%d", APP, number % 7);
	return make_cgroup(path) || run_in(path, use_device, NULL) ||
	       rmdir(path);
}

static pid_t start_flood(int cpu)
{
	pid_t child = fork();
	cpu_set_t set;

	if (child)
		return child;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	_exit(run_in(APP, flood, NULL));
}

static int unload_meanwhile(const struct df_flow *flow, void *arg)
{
	int *refused = arg;

	/* Once, with the first of the flows. */
	if (*refused < 0)
		*refused = shell("rmmod dronefence 2>/dev/null") != 0;
	return 0;
}

static void close_listing_after_unload_was_refused(struct __test_metadata *_metadata)
{
	struct df_flow_filter filter = { .verdict = -1 };
	struct df_client *client = open_client();
	int refused = -1;

	EXPECT_EQ(0, df_client_flows(client, &filter, unload_meanwhile, &refused));
	EXPECT_EQ(1, refused);
	df_client_close(client);
}

FIXTURE(churn) {
	pid_t floods[2];
};

FIXTURE_SETUP(churn)
{
	int i;

	apply_policy(policy);
	for (i = 0; i < 2; i++)
		self->floods[i] = start_flood(i);
}

FIXTURE_TEARDOWN(churn)
{
}

TEST_F_TIMEOUT(churn, unloads_with_everything_alive, 5300)
{
	const char *is_long = getenv("DRONEFENCE_LONG");
	int rounds = is_long && *is_long ? ROUNDS_LONG : ROUNDS;
	int i, status, failed = 0;

	for (i = 0; i < rounds; i++)
		failed += one_round(i) != 0;
	EXPECT_EQ(0, failed);
	EXPECT_EQ(rounds, shared->frames_passed);
	EXPECT_EQ(rounds, shared->frames_refused);
	/* They must not end while they are waited for. */
	ASSERT_EQ(0, shell("dronefence limits idle-udp=3600s >/dev/null"));
	while (module_status().flows < FLOWS)
		usleep(100000);
	close_listing_after_unload_was_refused(_metadata);

	/* Under the flood. */
	EXPECT_EQ(0, shell("rmmod dronefence"));
	shared->stop = true;
	for (i = 0; i < 2; i++) {
		waitpid(self->floods[i], &status, 0);
		EXPECT_EQ(0, status);
	}
	TH_LOG("%d namespaces, devices and cgroups", rounds);
}

int main(int argc, char **argv)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	return test_harness_run(argc, argv);
}
