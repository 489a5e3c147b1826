// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once: traffic on both CPUs (TCP, UDP, new flows, ends) while
 * policies are swapped, flows and rules listed, namespaces and cgroups made and
 * removed, and limits changed. The kernel stays silent (the machine fails the
 * run if it does not), and in the end every packet is in exactly one total.
 * Concurrency.
 *
 * vm: --parallel --timeout 2400
 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define SECONDS 20
#define SECONDS_LONG 600

#define PROFILES \
	"profiles:\n" \
	"  p: { rules: [ { allow: local }, { deny: { located-in: CN } } ], default: allow }\n" \
	"  q: { rules: [ { drop: { located-in: US }, protocol: udp } ], default: allow, log: all }\n"

static const char * const policies[] = {
	PROFILES
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n",
	PROFILES
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: q } }\n",
	PROFILES
	"applications:\n"
	"  app: { match: { cgroup: /dronefence.slice/app }, profile: q, mode: audit }\n"
	"  more: { match: { cgroup: /other }, profile: p }\n",
};

/* How often each of them went round: a worker that stands still proves nothing. */
enum worker { KNOWN, AROUND, TCP, SERVE, LIST, GROUPS, SPACES, LIMITS, WORKERS };

static struct {
	volatile bool stop;
	uint64_t rounds[WORKERS];
	uint64_t failed[WORKERS];
} *shared;

static int listener;

static void tick(enum worker worker, bool failed)
{
	__atomic_fetch_add(&shared->rounds[worker], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shared->failed[worker], failed, __ATOMIC_RELAXED);
}

/* The same two destinations again and again. */
static int send_known(void *arg)
{
	struct sockaddr_storage us, cn;
	socklen_t us_len = make_addr(US4, PORT, &us);
	socklen_t cn_len = make_addr(CN6, PORT, &cn);
	int v4 = socket(AF_INET, SOCK_DGRAM, 0);
	int v6 = socket(AF_INET6, SOCK_DGRAM, 0);

	while (!shared->stop) {
		sendto(v4, "k", 1, MSG_DONTWAIT, (struct sockaddr *)&us, us_len);
		sendto(v6, "k", 1, MSG_DONTWAIT, (struct sockaddr *)&cn, cn_len);
		tick(KNOWN, false);
	}
	return 0;
}

/* Always another destination; some of them come back. */
static int send_around(void *arg)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint32_t i;

	for (i = 0; !shared->stop; i++) {
		sa.sin_addr.s_addr = htonl(0x0b000000 + (i * 2654435761u) % 100000);
		sendto(fd, "a", 1, MSG_DONTWAIT, (struct sockaddr *)&sa, sizeof(sa));
		tick(AROUND, false);
	}
	return 0;
}

/* Connections that end in every way there is. */
static int connect_tcp(void *arg)
{
	struct linger linger = { .l_onoff = 1 };
	struct timeval timeout = { .tv_sec = 2 };
	struct sockaddr_storage sa;
	char buf[2000] = "";
	int i, fd;

	for (i = 0; !shared->stop; i++) {
		socklen_t len = make_addr(i % 3 ? US4 : CN4, PORT, &sa);

		fd = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		if (!connect(fd, (struct sockaddr *)&sa, len)) {
			send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
			if (i % 2)
				recv(fd, buf, 1, 0);
			if (i % 5 == 4)
				setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger,
					   sizeof(linger));
		}
		close(fd);
		tick(TCP, false);
	}
	return 0;
}

static int serve(void *arg)
{
	char buf[500];
	int i, fd;

	for (i = 0; !shared->stop; i++) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			send(fd, "r", 1, MSG_NOSIGNAL);
		close(fd);
		tick(SERVE, false);
	}
	return 0;
}

static int ignore_flow(const struct df_flow *flow, void *arg)
{
	return 0;
}

static int ignore_app(const struct df_application_info *info, void *arg)
{
	return 0;
}

static int ignore_rule(const struct df_rule_info *info, void *arg)
{
	return 0;
}

static int ignore_event(const struct df_event *event, void *arg)
{
	return 0;
}

static int list_all(void *arg)
{
	struct df_flow_filter filter = { .verdict = -1 };
	struct df_client *client = open_client();
	struct df_status status;
	int err;

	while (!shared->stop) {
		err = df_client_flows(client, &filter, ignore_flow, NULL) ?:
		      df_client_applications(client, ignore_app, NULL) ?:
		      df_client_rules(client, ignore_rule, NULL) ?:
		      df_client_events(client, 1, ignore_event, NULL) ?:
		      df_client_status(client, &status);
		tick(LIST, err);
	}
	return 0;
}

static int send_once(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(arg, PORT, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM, 0);

	sendto(fd, "o", 1, MSG_DONTWAIT, (struct sockaddr *)&sa, len);
	return 0;
}

static int change_cgroups(void *arg)
{
	char path[128];
	int i, err;

	for (i = 0; !shared->stop; i++) {
		snprintf(path, sizeof(path), "%s/c%d", APP, i % 7);
		err = mkdir(path, 0755) ||
		      run_in(path, send_once, i % 2 ? US4 : CN6) || rmdir(path);
		tick(GROUPS, err);
	}
	return 0;
}

static int send_in_new_namespace(void *arg)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		return RUN_FAILED;
	close(fd);
	return send_once("127.0.0.1");
}

static int change_namespaces(void *arg)
{
	while (!shared->stop)
		tick(SPACES, run_in(APP, send_in_new_namespace, NULL));
	return 0;
}

static int set_limits(struct df_client *client, uint32_t flows, uint32_t idle)
{
	struct df_limits limits = {
		.value = { flows, idle, idle, idle, idle, idle },
		.given = { true, true, true, true, true, true },
	};

	return df_client_set_limits(client, &limits);
}

static int change_limits(void *arg)
{
	struct df_client *client = open_client();
	static const uint32_t flows[] = { 65536, 100, 5000, 1 };
	int i;

	for (i = 0; !shared->stop; i++) {
		tick(LIMITS, set_limits(client, flows[i % 4], 1 + i % 3));
		usleep(300000);
	}
	return 0;
}

static pid_t start(const char *cgroup, int (*fn)(void *), int cpu)
{
	pid_t child = fork();
	cpu_set_t set;

	if (child)
		return child;
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	_exit((cgroup ? run_in(cgroup, fn, NULL) : fn(NULL)) != 0);
}

/* Until nothing is sent any more: connections end by their timers. */
static bool wait_until_quiet(void)
{
	uint64_t packets = 0;
	int i;

	for (i = 0; i < 120; i++) {
		uint64_t now = app_counters("app").packets;

		if (i && now == packets)
			return true;
		packets = now;
		sleep(5);
	}
	return false;
}

/* On a slow machine it takes longer until everything has met everything. */
static bool enough(int swaps)
{
	int i;

	for (i = 0; i < WORKERS; i++)
		if (shared->rounds[i] <= 2)
			return false;
	return swaps > 5;
}

FIXTURE(race) {
	struct df_client *client;
};

FIXTURE_SETUP(race)
{
	self->client = open_client();
}

FIXTURE_TEARDOWN(race)
{
	df_client_close(self->client);
}

TEST_F_TIMEOUT(race, every_packet_in_one_total, 2300)
{
	static const char * const names[WORKERS] = {
		"known", "around", "tcp", "serve", "list", "cgroups",
		"namespaces", "limits",
	};
	const char *is_long = getenv("DRONEFENCE_LONG");
	time_t end = time(NULL) + (is_long && *is_long ? SECONDS_LONG : SECONDS);
	pid_t children[12];
	int i, n = 0, status, swaps = 0;

	apply_policy(policies[0]);
	listener = world_socket(AF_INET, SOCK_STREAM, 0);
	bind_any(listener, AF_INET, PORT);
	listen(listener, 100);

	children[n++] = start(NULL, serve, -1);
	children[n++] = start(APP, send_known, 0);
	children[n++] = start(APP, send_known, 1);
	children[n++] = start(APP, send_around, 0);
	children[n++] = start(APP, send_around, 1);
	children[n++] = start(APP, connect_tcp, 0);
	children[n++] = start(APP, connect_tcp, 1);
	children[n++] = start(OTHER, send_known, -1);
	children[n++] = start(NULL, list_all, -1);
	children[n++] = start(NULL, change_cgroups, -1);
	children[n++] = start(NULL, change_namespaces, -1);
	children[n++] = start(NULL, change_limits, -1);

	while (time(NULL) < end || !enough(swaps)) {
		apply_policy(policies[++swaps % 3]);
		usleep(20000);
	}
	shared->stop = true;
	/* It waits in accept(). */
	kill(children[0], SIGKILL);
	waitpid(children[0], &status, 0);
	for (i = 1; i < n; i++) {
		status = -1;
		waitpid(children[i], &status, 0);
		EXPECT_EQ(0, status);
	}
	close(listener);

	for (i = 0; i < WORKERS; i++) {
		TH_LOG("%s: %llu rounds", names[i],
		       (unsigned long long)shared->rounds[i]);
		EXPECT_EQ(0, shared->failed[i]);
	}
	TH_LOG("%d policies, %llu packets", swaps,
	       (unsigned long long)app_counters("app").packets);
	EXPECT_TRUE(wait_until_quiet());
	EXPECT_TRUE(flows_add_up("app"));
}

int main(int argc, char **argv)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	return test_harness_run(argc, argv);
}
