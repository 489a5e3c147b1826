// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is an application: by the path of the cgroup that created the socket,
 * whenever that cgroup appears. Everything is denied to the application, so a
 * packet that passes was taken for somebody else's. Correctness.
 *
 * vm: --module nf_tables? --module nft_queue? --module nfnetlink_queue? --bin nft
 * vm: --timeout 1500
 * apt: nftables
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

/* After the libc's own words for the same. */
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#define PORT 4711
#define USER_SCOPE CGROUPS "/user.slice/user-1000.slice/user@1000.service/app.slice/app-qgc-17.scope"

FIXTURE(identity) {
	uint32_t generation;
};

FIXTURE_SETUP(identity)
{
	self->generation = apply_policy(
		"profiles: { p: { rules: [], default: deny } }\n"
		"applications:\n"
		"  app:\n"
		"    match:\n"
		"      - cgroup: /dronefence.slice/app\n"
		"      - cgroup: /dronefence.slice/late*\n"
		"      - cgroup: /user.slice/**/app-qgc-*.scope\n"
		"    profile: p\n"
		"  second: { match: { cgroup: /dronefence.slice/** }, profile: p }\n");
}

FIXTURE_TEARDOWN(identity)
{
}

/* Send a datagram; 0, or the errno that the sender sees. */
static int send_one(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, PORT, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return RUN_FAILED;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

static int send_from(const char *cgroup)
{
	return run_in(cgroup, send_one, NULL);
}

TEST_F(identity, registered_is_judged_and_others_are_not)
{
	EXPECT_EQ(EPERM, send_from(APP));
	EXPECT_EQ(0, send_from(OTHER));
	EXPECT_EQ(0, send_from(CGROUPS));
}

TEST_F(identity, cgroup_made_after_the_policy)
{
	ASSERT_EQ(0, make_cgroup(CGROUPS "/dronefence.slice/late-1"));
	EXPECT_EQ(EPERM, send_from(CGROUPS "/dronefence.slice/late-1"));
	EXPECT_EQ(0, rmdir(CGROUPS "/dronefence.slice/late-1"));
}

TEST_F(identity, cgroup_removed_and_made_again)
{
	const char *late = CGROUPS "/dronefence.slice/late-2";
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, make_cgroup(late));
		EXPECT_EQ(EPERM, send_from(late));
		ASSERT_EQ(0, rmdir(late));
	}
}

/* What had the name of an application before must not lend it its answer. */
TEST_F(identity, name_of_a_bystander_reused)
{
	const char *path = CGROUPS "/x/app-qgc-1.scope";

	ASSERT_EQ(0, make_cgroup(path));
	EXPECT_EQ(0, send_from(path));
	EXPECT_EQ(0, rmdir(path));
	ASSERT_EQ(0, make_cgroup(CGROUPS "/user.slice/app-qgc-1.scope"));
	EXPECT_EQ(EPERM, send_from(CGROUPS "/user.slice/app-qgc-1.scope"));
	rmdir(CGROUPS "/user.slice/app-qgc-1.scope");
	rmdir(CGROUPS "/x");
}

TEST_F(identity, descendants_belong_to_it)
{
	ASSERT_EQ(0, make_cgroup(APP "/child/grandchild"));
	EXPECT_EQ(EPERM, send_from(APP "/child/grandchild"));
	rmdir(APP "/child/grandchild");
	rmdir(APP "/child");
}

TEST_F(identity, user_units)
{
	ASSERT_EQ(0, make_cgroup(USER_SCOPE));
	EXPECT_EQ(EPERM, send_from(USER_SCOPE));
}

/* A unit of the system is nobody else's of that name, nor the other way round. */
TEST_F(identity, units_by_name)
{
	static const char *const of_system[] = {
		CGROUPS "/system.slice/qgc.service/worker",
		CGROUPS "/qgc.service",
		CGROUPS "/a.slice/a-b.slice/a-b-c.slice/qgc@1.service",
		CGROUPS "/system.slice/_memory.service",
	};
	static const char *const of_user[] = {
		CGROUPS "/user.slice/user-7.slice/user@7.service/app.slice/mine.service",
		CGROUPS "/user.slice/user-7.slice/user@7.service/x/y.slice/mine.service",
	};
	static const char *const neither[] = {
		CGROUPS "/user.slice/user-7.slice/user@7.service/app.slice/qgc.service",
		CGROUPS "/user.slice/user-7.slice/user@7.service/qgc@1.service",
		CGROUPS "/system.slice/qgc.service.d",
		CGROUPS "/system.slice/mine.service",
		CGROUPS "/system.slice/docker.service/system.slice/qgc.service",
		CGROUPS "/user.slice/user-7.slice/session-1.scope/mine.service",
	};
	size_t i;

	apply_policy("profiles: { p: { rules: [], default: deny } }\n"
		     "applications:\n"
		     "  app:\n"
		     "    match:\n"
		     "      - unit: qgc.service\n"
		     "      - unit: qgc@*.service\n"
		     "      - unit: memory.service\n"
		     "      - user-unit: mine.service\n"
		     "    profile: p\n");
	for (i = 0; i < ARRAY_SIZE(of_system); i++) {
		ASSERT_EQ(0, make_cgroup(of_system[i]));
		EXPECT_EQ(EPERM, send_from(of_system[i]));
	}
	for (i = 0; i < ARRAY_SIZE(of_user); i++) {
		ASSERT_EQ(0, make_cgroup(of_user[i]));
		EXPECT_EQ(EPERM, send_from(of_user[i]));
	}
	for (i = 0; i < ARRAY_SIZE(neither); i++) {
		ASSERT_EQ(0, make_cgroup(neither[i]));
		EXPECT_EQ(0, send_from(neither[i]));
	}
}

TEST_F(identity, scope_of_dronefence_run)
{
	ASSERT_EQ(0, make_cgroup(CGROUPS "/a/b/dronefence-app.7.scope"));
	EXPECT_EQ(EPERM, send_from(CGROUPS "/a/b/dronefence-app.7.scope"));
	ASSERT_EQ(0, make_cgroup(CGROUPS "/a/b/dronefence-app-x.7.scope"));
	EXPECT_EQ(0, send_from(CGROUPS "/a/b/dronefence-app-x.7.scope"));
}

TEST_F(identity, similar_names_are_not_it)
{
	ASSERT_EQ(0, make_cgroup(CGROUPS "/app"));
	EXPECT_EQ(0, send_from(CGROUPS "/app"));
	ASSERT_EQ(0, make_cgroup(CGROUPS "/user.slice/xapp-qgc-1.scope"));
	EXPECT_EQ(0, send_from(CGROUPS "/user.slice/xapp-qgc-1.scope"));
	ASSERT_EQ(0, make_cgroup(CGROUPS "/dronefence.slicex"));
	EXPECT_EQ(0, send_from(CGROUPS "/dronefence.slicex"));
}

TEST_F(identity, first_application_that_matches)
{
	struct df_counters app = app_counters("app");
	struct df_counters second = app_counters("second");

	EXPECT_EQ(EPERM, send_from(APP));
	ASSERT_EQ(0, make_cgroup(CGROUPS "/dronefence.slice/elsewhere"));
	EXPECT_EQ(EPERM, send_from(CGROUPS "/dronefence.slice/elsewhere"));
	EXPECT_EQ(app.packets + 1, app_counters("app").packets);
	EXPECT_EQ(second.packets + 1, app_counters("second").packets);
}

/* A datagram of 1 byte has 29; a new policy goes on counting. */
TEST_F(identity, counters)
{
	struct df_counters before = app_counters("app"), after;

	EXPECT_EQ(EPERM, send_from(APP));
	after = app_counters("app");
	EXPECT_EQ(before.denied_packets + 1, after.denied_packets);
	EXPECT_EQ(before.denied_bytes + 29, after.denied_bytes);
	EXPECT_EQ(before.bytes + 29, after.bytes);
	apply_policy("profiles: { p: { rules: [], default: deny } }\n"
		     "applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n");
	before = app_counters("app");
	EXPECT_EQ(after.packets, before.packets);
	EXPECT_EQ(after.denied_bytes, before.denied_bytes);
}

/* Open a socket as the application, leave, and let the cgroup go. */
static int send_from_removed(void *arg)
{
	const char *path = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, PORT, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || write_file(CGROUPS "/cgroup.procs", "0") || rmdir(path))
		return RUN_FAILED;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

/* Twice, because the first packet resolves a cgroup that no longer exists. */
TEST_F(identity, socket_outlives_its_cgroup)
{
	char path[] = CGROUPS "/dronefence.slice/late-3";

	ASSERT_EQ(0, make_cgroup(path));
	EXPECT_EQ(EPERM, run_in(path, send_from_removed, path));
	ASSERT_EQ(0, make_cgroup(path));
	EXPECT_EQ(EPERM, run_in(path, send_from_removed, path));
}

/*
 * Nest deeper than a path can say. The working folder goes down with it,
 * because a path of that length cannot be named either.
 */
static int send_from_the_deep(void *arg)
{
	char name[201];
	int i, fd;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (chdir(arg))
		return RUN_FAILED;
	for (i = 0; i < 40; i++)
		if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name))
			return RUN_FAILED;
	fd = open("cgroup.procs", O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return RUN_FAILED;
	return send_one(NULL);
}

TEST_F(identity, nested_deeper_than_a_path)
{
	EXPECT_EQ(EPERM, run_in(APP, send_from_the_deep, APP));
	EXPECT_EQ(0, run_in(OTHER, send_from_the_deep, OTHER));
}

/* One byte too long: what is left of the name is the name of an application. */
static int send_from_the_cut(void *arg)
{
	char name[201];
	int i, fd;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (chdir(CGROUPS "/user.slice"))
		return RUN_FAILED;
	for (i = 0; i < 21; i++) {
		/* 11 + 20 * 201 + 48 bytes, then 16 that fit and the 'x' */
		name[i < 20 ? 200 : 47] = '\0';
		if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name))
			return RUN_FAILED;
	}
	if ((mkdir("app-qgc-1.scopex", 0755) && errno != EEXIST) ||
	    chdir("app-qgc-1.scopex"))
		return RUN_FAILED;
	fd = open("cgroup.procs", O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return RUN_FAILED;
	return send_one(NULL);
}

TEST_F(identity, path_cut_within_a_name)
{
	ASSERT_EQ(0, make_cgroup(CGROUPS "/user.slice"));
	EXPECT_EQ(0, run_in(CGROUPS, send_from_the_cut, NULL));
}

/* Many cgroups, and then each again. */
TEST_F_TIMEOUT(identity, each_cgroup_is_resolved_once, 1200)
{
	uint64_t before = module_status().cgroup_misses;
	char path[128];
	int i, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < 60; i++) {
			snprintf(path, sizeof(path), "%s/many-%d", OTHER, i);
			mkdir(path, 0755);
			EXPECT_EQ(0, send_from(path));
			snprintf(path, sizeof(path), "%s/many-%d", APP, i);
			mkdir(path, 0755);
			EXPECT_EQ(EPERM, send_from(path));
		}
	}
	/* Each was resolved at its first packet, and not at every packet. */
	EXPECT_LE(before + 120, module_status().cgroup_misses);
	EXPECT_GT(before + 240, module_status().cgroup_misses);
}

/* The slot of the cache that a cgroup's answer goes into; its id is the inode. */
static unsigned int cache_slot(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino * 0x61C8864680B583EBULL >> (64 - 12);
}

/* Two that share a slot take turns; neither gets the other's answer. */
TEST_F_TIMEOUT(identity, cgroups_that_share_a_slot, 300)
{
	unsigned int slots[200], i, j, n;
	char app[128], other[128];

	for (n = 0; n < ARRAY_SIZE(slots); n++) {
		snprintf(app, sizeof(app), "%s/slot-%u", APP, n);
		ASSERT_EQ(0, mkdir(app, 0755));
		slots[n] = cache_slot(app);
	}
	for (i = 0; i < 20000; i++) {
		snprintf(other, sizeof(other), "%s/slot", OTHER);
		ASSERT_EQ(0, mkdir(other, 0755));
		for (j = 0; j < n && slots[j] != cache_slot(other); j++)
			;
		if (j < n)
			break;
		ASSERT_EQ(0, rmdir(other));
		/* Ids come in steps; another step now and then, to miss no slot. */
		if (i % 3 == 0 || i % 7 == 0) {
			ASSERT_EQ(0, mkdir(OTHER "/step", 0755));
			ASSERT_EQ(0, rmdir(OTHER "/step"));
		}
	}
	ASSERT_GT(n, j);
	snprintf(app, sizeof(app), "%s/slot-%u", APP, j);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, send_from(other));
		EXPECT_EQ(EPERM, send_from(app));
	}
	rmdir(other);
	for (i = 0; i < n; i++) {
		snprintf(app, sizeof(app), "%s/slot-%u", APP, i);
		rmdir(app);
	}
}

/* A listener of the application: it answers nobody it may not send to. */
static int listen_and_wait(void *arg)
{
	int *ready = arg, fd = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	bind_any(fd, AF_INET, PORT);
	if (fd < 0 || listen(fd, 8) || write(ready[1], "r", 1) != 1)
		return RUN_FAILED;
	/* Until the peer says it is done. */
	if (read(ready[2], &fd, 1) != 1)
		return RUN_FAILED;
	return poll(&poll_fd, 1, 0);
}

static int connect_from_world(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr("10.9.0.1", PORT, &sa);
	struct pollfd poll_fd = { .events = POLLOUT };

	poll_fd.fd = world_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	connect(poll_fd.fd, (struct sockaddr *)&sa, len);
	return poll(&poll_fd, 1, *(int *)arg);
}

static int try_listener(const char *cgroup, int timeout)
{
	int up[2], down[2], connected, both[3];
	pid_t child;

	if (pipe(up) || pipe(down))
		return RUN_FAILED;
	both[1] = up[1];
	both[2] = down[0];
	child = fork();
	if (!child)
		_exit(run_in(cgroup, listen_and_wait, both) < 0);
	if (read(up[0], &connected, 1) != 1)
		return RUN_FAILED;
	connected = connect_from_world(&timeout);
	if (write(down[1], "d", 1) != 1)
		return RUN_FAILED;
	waitpid(child, NULL, 0);
	return connected;
}

/*
 * SYN-ACK comes from a request socket, which has no cgroup of its own. The
 * counter tells that it was judged; the time is only how long we look.
 */
TEST_F_TIMEOUT(identity, syn_ack_of_a_listener, 120)
{
	struct df_counters before = app_counters("app");

	EXPECT_EQ(1, try_listener(OTHER, 20000));
	EXPECT_EQ(0, try_listener(APP, 500));
	EXPECT_LT(before.denied_packets, app_counters("app").denied_packets);
}

/* A connection that ends on this side first, and its port while that is remembered. */
static int leave_time_wait(void *arg)
{
	struct sockaddr_storage here, there;
	socklen_t len = make_addr("10.9.0.1", PORT, &here);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, left = 0, i;
	int fd = world_socket(AF_INET, SOCK_STREAM, 0);

	make_addr("10.9.0.2", PORT + 1, &there);
	bind_any(listener, AF_INET, PORT);
	if (listen(listener, 1) || bind(fd, (struct sockaddr *)&there, len) ||
	    connect(fd, (struct sockaddr *)&here, len) ||
	    close(accept(listener, NULL, NULL)) || close(fd) || close(listener))
		return RUN_FAILED;
	for (i = 0; i < 100 && !left; i++) {
		usleep(100000);
		left = !shell("awk '$4 == \"06\" { found = 1 } END { exit !found }' /proc/net/tcp");
	}
	fd = world_socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&there, len))
		return RUN_FAILED;
	/* What is left answers first, and then nobody. */
	if (!connect(fd, (struct sockaddr *)&here, len) || errno != ECONNREFUSED)
		return RUN_FAILED;
	close(fd);
	return left;
}

/*
 * A closed port is answered by the kernel's own socket, and what is left of a
 * connection by a TIME_WAIT socket: neither is an application, neither warns.
 */
TEST_F(identity, reset_and_time_wait)
{
	struct df_status before = module_status();
	struct sockaddr_storage sa;
	socklen_t len = make_addr("10.9.0.1", 9, &sa);
	int fd = world_socket(AF_INET, SOCK_STREAM, 0);

	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&sa, len));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(before.counters.packets, module_status().counters.packets);
	close(fd);

	EXPECT_EQ(1, run_in(OTHER, leave_time_wait, NULL));
	EXPECT_EQ(before.counters.packets, module_status().counters.packets);
}

/*
 * IPv6 finds its neighbours through sockets that are made with the namespace,
 * in the cgroup of whoever makes it. They are not the application: a bystander
 * in there must be able to use IPv6.
 */
static int wait_for_solicitation(void)
{
	int i;

	for (i = 0; i < 200; i++) {
		if (!shell("grep -q 'Icmp6OutNeighborSolicits[[:space:]]*[1-9]' /proc/self/net/snmp6"))
			return 0;
		usleep(100000);
	}
	return RUN_FAILED;
}

static int make_namespace(void *arg)
{
	if (unshare(CLONE_NEWNET) || shell("ip link add nd0 type veth peer name nd1") ||
	    shell("ip link set nd0 up; ip link set nd1 up") ||
	    shell("ip -6 addr add fd00:77::1/64 dev nd0"))
		return RUN_FAILED;
	return wait_for_solicitation();
}

TEST_F_TIMEOUT(identity, neighbour_discovery_in_its_namespace, 120)
{
	struct df_counters before = app_counters("app");

	EXPECT_EQ(0, run_in(APP, make_namespace, NULL));
	EXPECT_EQ(before.packets, app_counters("app").packets);
}

/* Registered while its socket is open: from the next packet on. */
static int send_twice(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, PORT, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) != 1)
		return RUN_FAILED;
	apply_policy("profiles: { p: { rules: [], default: deny } }\n"
		     "applications: { new: { match: { cgroup: /other }, profile: p } }\n");
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

#define QUEUE 7

/* Send a request of one attribute about the queue to netfilter. */
static int ask_queue(int fd, int type, int attr, const void *data, size_t len)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfg;
		struct nlattr attr;
		uint8_t data[16];
	} msg = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(msg.nfg)) + NLA_HDRLEN +
				 NLA_ALIGN(len),
		.nlh.nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.nfg.res_id = htons(QUEUE),
		.attr = { .nla_len = NLA_HDRLEN + len, .nla_type = attr },
	};

	memcpy(msg.data, data, len);
	return send(fd, &msg, msg.nlh.nlmsg_len, 0) < 0;
}

/* As a firewall in user space does that lets everything pass. */
static int answer_queue(void *arg)
{
	struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = { .copy_mode = NFQNL_COPY_META };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	char buf[8192];

	if (ask_queue(fd, NFQNL_MSG_CONFIG, NFQA_CFG_CMD, &bind, sizeof(bind)) ||
	    ask_queue(fd, NFQNL_MSG_CONFIG, NFQA_CFG_PARAMS, &params,
		      sizeof(params)) || write(*(int *)arg, "r", 1) != 1)
		return RUN_FAILED;
	while (recv(fd, buf, sizeof(buf), 0) > 0) {
		struct nfqnl_msg_verdict_hdr verdict = {
			.verdict = htonl(NF_ACCEPT),
		};

		/* The first attribute begins with the number of the packet. */
		memcpy(&verdict.id, buf + NLMSG_LENGTH(sizeof(struct nfgenmsg)) +
		       NLA_HDRLEN, sizeof(verdict.id));
		if (((struct nlmsghdr *)buf)->nlmsg_type ==
		    (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) &&
		    ask_queue(fd, NFQNL_MSG_VERDICT, NFQA_VERDICT_HDR, &verdict,
			      sizeof(verdict)))
			break;
	}
	return RUN_FAILED;
}

static pid_t start_queue(const char *cgroup)
{
	int up[2];
	char byte;
	pid_t pid;

	if (pipe(up))
		return -1;
	pid = fork();
	if (!pid) {
		char procs[256];

		snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
		_exit(write_file(procs, "0") || answer_queue(&up[1]));
	}
	close(up[1]);
	if (read(up[0], &byte, 1) != 1)
		pid = -1;
	close(up[0]);
	return pid;
}

static void stop_queue(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int last_verdict(const struct df_event *event, void *arg)
{
	if (event->type == DFENCE_EVENT_VERDICT)
		*(struct df_event *)arg = *event;
	return 0;
}

/* Who answers for a packet that waited in user space is not who sends it. */
TEST_F_TIMEOUT(identity, handed_to_user_space, 120)
{
	struct df_event event = { .pid = 1 };
	struct df_client *client;
	struct df_status before;
	uint64_t packets;
	pid_t pid;
	int i;

	shell("modprobe -qa nf_tables nft_queue nfnetlink_queue");
	if (shell("nft 'table ip q { chain c { type filter hook output priority -150; udp dport %d queue num %d; }; }'",
		  PORT, QUEUE))
		SKIP(return, "the kernel has no queue to user space");

	/* The application's answers do not make it the application's. */
	pid = start_queue(APP);
	ASSERT_LT(0, pid);
	before = module_status();
	packets = app_counters("app").packets;
	EXPECT_EQ(0, send_from(OTHER));
	for (i = 0; i < 200 && module_status().bystander_packets == before.bystander_packets; i++)
		usleep(100000);
	EXPECT_EQ(packets, app_counters("app").packets);
	EXPECT_LT(before.bystander_packets, module_status().bystander_packets);
	stop_queue(pid);

	/* What the application sends is; nobody says that another one did. */
	apply_policy("profiles: { p: { default: deny, log: all } }\n"
		     "applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n");
	pid = start_queue(OTHER);
	ASSERT_LT(0, pid);
	before = module_status();
	packets = app_counters("app").denied_packets;
	EXPECT_EQ(0, send_from(APP));
	for (i = 0; i < 200 && app_counters("app").denied_packets == packets; i++)
		usleep(100000);
	EXPECT_EQ(packets + 1, app_counters("app").denied_packets);
	client = open_client();
	df_client_events(client, before.event_next, last_verdict, &event);
	df_client_close(client);
	EXPECT_EQ(0, event.pid);
	stop_queue(pid);
	shell("nft delete table ip q");
}

TEST_F(identity, registered_while_it_sends)
{
	EXPECT_EQ(EPERM, run_in(OTHER, send_twice, NULL));
}

/* No application, no hook: nobody's packets are even counted. */
TEST_F(identity, no_application_no_hook)
{
	struct df_status before, after;

	EXPECT_EQ(true, module_status().hooks);
	apply_policy("profiles: { }\napplications: { }\n");
	before = module_status();
	EXPECT_EQ(false, before.hooks);
	EXPECT_EQ(0, send_from(OTHER));
	EXPECT_EQ(0, send_from(APP));
	after = module_status();
	EXPECT_EQ(before.bystander_packets, after.bystander_packets);
	EXPECT_EQ(before.counters.packets, after.counters.packets);
}

/* A namespace that was there before the hooks, and one that comes later. */
static int send_in_namespace(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr("127.0.0.1", PORT, &sa);
	int fd;

	if (arg ? enter_netns(arg) : unshare(CLONE_NEWNET))
		return RUN_FAILED;
	if (shell("ip link set lo up"))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

TEST_F(identity, namespaces_before_and_after)
{
	char old[] = "old";

	apply_policy("profiles: { }\napplications: { }\n");
	ASSERT_EQ(0, shell("ip netns add old"));
	apply_policy("profiles: { p: { rules: [], default: deny } }\n"
		     "applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n");
	EXPECT_EQ(EPERM, run_in(APP, send_in_namespace, old));
	EXPECT_EQ(0, run_in(OTHER, send_in_namespace, old));
	EXPECT_EQ(EPERM, run_in(APP, send_in_namespace, NULL));
	EXPECT_EQ(0, run_in(OTHER, send_in_namespace, NULL));
	EXPECT_EQ(0, shell("ip netns del old"));
}

int main(int argc, char **argv)
{
	fence_setup();
	return test_harness_run(argc, argv);
}
