// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Applications by user: whoever opened a socket, whoever sends with it, and that
 * a cgroup selector comes first. Correctness.
 *
 * vm: --module nf_tables? --bin nft --bin build/tests/place_probe
 * vm: --module rxrpc? --module pcbc? --module fcrypt?
 * apt: nftables
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

/* After the libc's own words for the same. */
#include <linux/rxrpc.h>

#define PORT 4711
#define PILOT 4001
#define GUEST 4002
#define STRANGER 4003
#define PROGRAM "/opt/user/tool"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const char policy[] =
	"profiles:\n"
	"  none: { default: deny, log: all }\n"
	"  not-cn: { rules: [ { deny: { located-in: CN } } ], default: allow }\n"
	"applications:\n"
	"  pilot: { match: { user: 4001 }, profile: none }\n"
	"  guest: { match: { user: 4002 }, profile: not-cn }\n"
	"  app: { match: { cgroup: /dronefence.slice/app }, profile: none }\n";

FIXTURE(user) {
	struct df_client *client;
	struct df_status before;
};

FIXTURE_SETUP(user)
{
	apply_policy(policy);
	self->client = open_client();
	self->before = module_status();
}

FIXTURE_TEARDOWN(user)
{
	df_client_close(self->client);
}

/* Who opens a socket, who sends with it, what, and where to. */
struct attempt {
	uid_t opens;
	uid_t sends;
	int type;
	int protocol;
	const char *to;
};

/* The errno that the sender sees, or 0. Root keeps its capabilities. */
static int send_as(void *arg)
{
	const struct attempt *attempt = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(attempt->to ?: US4, PORT, &sa);
	int fd;

	setfsuid(attempt->opens);
	fd = socket(sa.ss_family, attempt->type ?: SOCK_DGRAM,
		    attempt->protocol);
	if (fd < 0)
		return RUN_FAILED;
	setfsuid(attempt->sends);
	return connect(fd, (struct sockaddr *)&sa, len) ||
	       send(fd, "x", 1, 0) < 0 ? errno : 0;
}

static int try(const char *cgroup, uid_t opens, uid_t sends, const char *to)
{
	struct attempt attempt = { .opens = opens, .sends = sends, .to = to };

	return run_in(cgroup, send_as, &attempt);
}

/* As a login would do it. */
static int send_as_nobody_else(void *arg)
{
	struct attempt attempt = { .opens = *(uid_t *)arg, .sends = *(uid_t *)arg };

	if (setresuid(attempt.opens, attempt.opens, attempt.opens))
		return RUN_FAILED;
	return send_as(&attempt);
}

TEST_F(user, is_judged_and_others_are_not)
{
	uint64_t packets = app_counters("pilot").packets;
	uid_t pilot = PILOT, stranger = STRANGER;

	EXPECT_EQ(EPERM, try(OTHER, PILOT, PILOT, US4));
	EXPECT_EQ(EPERM, try(OTHER, PILOT, PILOT, US6));
	EXPECT_EQ(EPERM, run_in(CGROUPS, send_as_nobody_else, &pilot));
	EXPECT_EQ(0, try(OTHER, STRANGER, STRANGER, US4));
	EXPECT_EQ(0, run_in(OTHER, send_as_nobody_else, &stranger));
	EXPECT_EQ(0, try(OTHER, 0, 0, US4));
	EXPECT_EQ(0, try(OTHER, GUEST, GUEST, US4));
	EXPECT_EQ(EPERM, try(OTHER, GUEST, GUEST, CN4));
	EXPECT_EQ(packets + 3, app_counters("pilot").packets);
	EXPECT_LE(self->before.bystander_packets + 3,
		  module_status().bystander_packets);
}

TEST_F(user, cgroup_comes_first)
{
	uint64_t app = app_counters("app").packets;
	uint64_t guest = app_counters("guest").packets;

	/* "guest" might send there. */
	EXPECT_EQ(EPERM, try(APP, GUEST, GUEST, US4));
	EXPECT_EQ(EPERM, try(APP, 0, 0, US4));
	EXPECT_EQ(app + 2, app_counters("app").packets);
	EXPECT_EQ(guest, app_counters("guest").packets);
}

/* A file of root's that a user sends with, the reverse, and two users. */
TEST_F(user, lent_sockets)
{
	EXPECT_EQ(EPERM, try(OTHER, 0, PILOT, US4));
	EXPECT_EQ(EPERM, try(OTHER, PILOT, 0, US4));
	EXPECT_EQ(EPERM, try(OTHER, STRANGER, PILOT, US4));
	EXPECT_EQ(EPERM, try(OTHER, GUEST, PILOT, US4));
	EXPECT_EQ(EPERM, try(OTHER, PILOT, GUEST, US4));
	EXPECT_EQ(0, try(OTHER, GUEST, GUEST, US4));
}

struct sock_of {
	const char *opens_in;
	const char *sends_in;
	uid_t opens;
	uid_t sends;
};

static int send_from_elsewhere(void *arg)
{
	const struct sock_of *s = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, PORT, &sa);
	char procs[256];
	int fd;

	setfsuid(s->opens);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	setfsuid(0);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", s->sends_in);
	if (fd < 0 || write_file(procs, "0"))
		return RUN_FAILED;
	setfsuid(s->sends);
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

/* The user of a process that is in another cgroup than the socket's creator. */
TEST_F(user, lent_across_cgroups)
{
	struct sock_of s = { OTHER, CGROUPS, 0, PILOT };

	EXPECT_EQ(EPERM, run_in(OTHER, send_from_elsewhere, &s));
	s = (struct sock_of){ OTHER, CGROUPS, 0, STRANGER };
	EXPECT_EQ(0, run_in(OTHER, send_from_elsewhere, &s));
	s = (struct sock_of){ OTHER, APP, GUEST, GUEST };
	EXPECT_EQ(EPERM, run_in(OTHER, send_from_elsewhere, &s));
	s = (struct sock_of){ APP, OTHER, STRANGER, STRANGER };
	EXPECT_EQ(EPERM, run_in(APP, send_from_elsewhere, &s));
}

static int last_verdict(const struct df_event *event, void *arg)
{
	if (event->type == DFENCE_EVENT_VERDICT)
		*(struct df_event *)arg = *event;
	return 0;
}

static const struct df_event *
last_event(const struct __test_metadata *_metadata, FIXTURE_DATA(user) *self)
{
	static struct df_event event;

	memset(&event, 0, sizeof(event));
	df_client_events(self->client, self->before.event_next, last_verdict,
			 &event);
	return &event;
}

/* The user that made it the application's, whichever of the two that was. */
TEST_F(user, is_recorded)
{
	const struct df_event *event;

	EXPECT_EQ(EPERM, try(OTHER, PILOT, 0, US4));
	event = last_event(_metadata, self);
	EXPECT_STREQ("pilot", event->application);
	EXPECT_EQ(PILOT, event->uid);
	EXPECT_EQ(EPERM, try(OTHER, STRANGER, PILOT, US4));
	event = last_event(_metadata, self);
	EXPECT_STREQ("pilot", event->application);
	EXPECT_EQ(PILOT, event->uid);
	EXPECT_EQ(EPERM, try(APP, GUEST, GUEST, US4));
	event = last_event(_metadata, self);
	EXPECT_STREQ("app", event->application);
	EXPECT_EQ(GUEST, event->uid);
}

/* The kernel opens the sockets below an MPTCP connection. */
TEST_F(user, mptcp)
{
	struct attempt attempt = {
		.opens = PILOT, .sends = PILOT,
		.type = SOCK_STREAM, .protocol = IPPROTO_MPTCP,
	};
	uint64_t packets = app_counters("pilot").packets;
	int result = run_in(OTHER, send_as, &attempt);

	if (result == RUN_FAILED)
		SKIP(return, "the kernel has no MPTCP");
	EXPECT_EQ(ECONNREFUSED, result);
	EXPECT_LT(packets, app_counters("pilot").packets);
	/* A closed port answers; that is no verdict. */
	attempt.opens = STRANGER;
	attempt.sends = STRANGER;
	packets = app_counters("pilot").packets;
	EXPECT_EQ(ECONNREFUSED, run_in(OTHER, send_as, &attempt));
	EXPECT_EQ(packets, app_counters("pilot").packets);
}

/* A call of RxRPC, for which the kernel opens a socket of UDP. */
static int call_rxrpc(void *arg)
{
	char control[CMSG_SPACE(sizeof(unsigned long))] = "";
	struct sockaddr_rxrpc to = {
		.srx_family = AF_RXRPC, .srx_service = 1,
		.transport_type = SOCK_DGRAM,
	};
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct sockaddr_storage sa;
	int fd;

	to.transport_len = make_addr(US4, PORT, &sa);
	memcpy(&to.transport, &sa, to.transport_len);
	cmsg->cmsg_level = SOL_RXRPC;
	cmsg->cmsg_type = RXRPC_USER_CALL_ID;
	cmsg->cmsg_len = CMSG_LEN(sizeof(unsigned long));
	setfsuid(*(uid_t *)arg);
	fd = socket(AF_RXRPC, SOCK_DGRAM, PF_INET);
	if (fd < 0)
		return RUN_FAILED;
	/* A thread of the kernel may send it, and tell nobody. */
	sendmsg(fd, &msg, 0);
	return 0;
}

TEST_F(user, rxrpc)
{
	uint64_t denied = app_counters("pilot").denied_packets;
	uid_t pilot = PILOT, stranger = STRANGER;
	int i;

	shell("modprobe -qa pcbc fcrypt rxrpc");
	if (run_in(OTHER, call_rxrpc, &stranger) == RUN_FAILED)
		SKIP(return, "the kernel has no RxRPC");
	for (i = 0; i < 200 && module_status().bystander_packets ==
	     self->before.bystander_packets; i++)
		usleep(100000);
	EXPECT_EQ(denied, app_counters("pilot").denied_packets);
	EXPECT_LE(self->before.bystander_packets + 1,
		  module_status().bystander_packets);
	EXPECT_EQ(0, run_in(OTHER, call_rxrpc, &pilot));
	for (i = 0; i < 200 && app_counters("pilot").denied_packets == denied; i++)
		usleep(100000);
	EXPECT_LT(denied, app_counters("pilot").denied_packets);
}

static int send_frame(void *arg)
{
	struct sockaddr_ll sa = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex("veth0"), .sll_halen = 6,
	};
	static const uint8_t packet[28] = {
		0x45, 0, 0, 28, 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0,
		10, 9, 0, 1, 8, 8, 8, 8, 0, 9, 0, 9, 0, 8,
	};
	int fd;

	setfsuid(*(uid_t *)arg);
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (fd < 0)
		return RUN_FAILED;
	return sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&sa,
		      sizeof(sa)) < 0 ? errno : 0;
}

TEST_F(user, packet_sockets)
{
	uint64_t packets = app_counters("pilot").packets;
	uid_t pilot = PILOT, stranger = STRANGER;

	EXPECT_EQ(ENOBUFS, run_in(OTHER, send_frame, &pilot));
	EXPECT_EQ(packets + 1, app_counters("pilot").packets);
	EXPECT_EQ(0, run_in(OTHER, send_frame, &stranger));
	EXPECT_EQ(packets + 1, app_counters("pilot").packets);
}

/* A listener answers nobody that its user may not send to. */
struct listener {
	uid_t uid;
	int up[2], down[2];
};

static int listen_and_wait(void *arg)
{
	struct listener *l = arg;
	struct pollfd poll_fd = { .events = POLLIN };
	char byte;
	int fd;

	setfsuid(l->uid);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	bind_any(fd, AF_INET, PORT);
	if (fd < 0 || listen(fd, 8) || write(l->up[1], "r", 1) != 1 ||
	    read(l->down[0], &byte, 1) != 1)
		return RUN_FAILED;
	poll_fd.fd = fd;
	return poll(&poll_fd, 1, 0);
}

static int try_listener(uid_t uid, int timeout)
{
	struct listener l = { .uid = uid };
	struct pollfd poll_fd = { .events = POLLOUT };
	struct sockaddr_storage sa;
	socklen_t len = make_addr("10.9.0.1", PORT, &sa);
	int connected;
	pid_t child;
	char byte;

	if (pipe(l.up) || pipe(l.down))
		return RUN_FAILED;
	child = fork();
	if (!child)
		_exit(run_in(OTHER, listen_and_wait, &l) < 0);
	if (read(l.up[0], &byte, 1) != 1)
		return RUN_FAILED;
	poll_fd.fd = world_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	connect(poll_fd.fd, (struct sockaddr *)&sa, len);
	connected = poll(&poll_fd, 1, timeout);
	if (write(l.down[1], "d", 1) != 1)
		return RUN_FAILED;
	waitpid(child, NULL, 0);
	return connected;
}

TEST_F_TIMEOUT(user, syn_ack_of_a_listener, 120)
{
	uint64_t denied = app_counters("pilot").denied_packets;

	EXPECT_EQ(1, try_listener(STRANGER, 20000));
	EXPECT_EQ(0, try_listener(PILOT, 500));
	EXPECT_LT(denied, app_counters("pilot").denied_packets);
}

static int become_root_of_a_namespace(uid_t uid)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", uid);
	/* Who gives up rights does not own his /proc/self any more. */
	return setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
	       prctl(PR_SET_DUMPABLE, 1) ||
	       unshare(CLONE_NEWUSER | CLONE_NEWNET) ||
	       write_file("/proc/self/uid_map", map);
}

/* Root of a user namespace is the user who made it; his IPv6 works. */
static int solicit(void *arg)
{
	int i;

	if (become_root_of_a_namespace(*(uid_t *)arg) ||
	    shell("ip link add nd0 type veth peer name nd1") ||
	    shell("ip link set nd0 up; ip link set nd1 up; ip link set lo up") ||
	    shell("ip -6 addr add fd00:77::1/64 dev nd0"))
		return RUN_FAILED;
	for (i = 0; i < 200; i++) {
		struct attempt attempt = { .to = "127.0.0.1" };

		if (!shell("grep -q 'Icmp6OutNeighborSolicits[[:space:]]*[1-9]' /proc/self/net/snmp6"))
			return send_as(&attempt);
		usleep(100000);
	}
	return RUN_FAILED;
}

TEST_F_TIMEOUT(user, in_a_user_namespace, 120)
{
	uint64_t packets = app_counters("pilot").packets;
	uid_t pilot = PILOT;

	EXPECT_EQ(EPERM, run_in(OTHER, solicit, &pilot));
	EXPECT_EQ(packets + 1, app_counters("pilot").packets);
}

/*
 * He writes another address behind the place where packets are judged first. The
 * kernel translates all of them before that place, whatever priority a rule has.
 */
static int send_translated(void *arg)
{
	struct attempt attempt = { .to = US4 };

	if (become_root_of_a_namespace(*(uid_t *)arg) ||
	    shell("ip link set lo up && ip link add d0 type dummy && ip addr add 10.1.0.1/24 dev d0 && ip link set d0 up && ip route add default dev d0"))
		return RUN_FAILED;
	if (send_as(&attempt) ||
	    shell("nft 'table ip t { chain c { type filter hook output priority 50; ip daddr " US4 " ip daddr set " CN4 " ; }; }'"))
		return RUN_FAILED;
	return send_as(&attempt);
}

TEST_F_TIMEOUT(user, second_look, 300)
{
	uid_t guest = GUEST, stranger = STRANGER;

	if (shell("modprobe nf_tables"))
		SKIP(return, "the kernel has no nftables");
	if (!users_rewrite())
		SKIP(return, "only the machine's root may write other addresses into packets here");
	EXPECT_EQ(EPERM, run_in(OTHER, send_translated, &guest));
	EXPECT_EQ(0, run_in(OTHER, send_translated, &stranger));
	EXPECT_TRUE(flows_add_up("guest"));
}

/* Executes a program, which ends with 1 where it may not send to China. */
static int execute(void *arg)
{
	uid_t uid = *(uid_t *)arg;
	pid_t child = fork();
	int status;

	if (!child) {
		if (setresuid(uid, uid, uid))
			_exit(9);
		execl(PROGRAM, PROGRAM, NULL);
		_exit(9);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ?
	       WEXITSTATUS(status) : RUN_FAILED;
}

/* A user's process does not get another profile by what it executes. */
TEST_F(user, is_not_placed_elsewhere)
{
	uid_t pilot = PILOT, guest = GUEST, stranger = STRANGER;
	struct df_application_info tool;
	uint64_t packets;

	apply_policy("profiles: { none: { default: deny }, all: { default: allow } }\n"
		     "applications:\n"
		     "  tool: { match: [ executable: " PROGRAM ", user: 4002 ], profile: all }\n"
		     "  pilot: { match: { user: 4001 }, profile: none }\n");
	packets = app_counters("pilot").packets;
	EXPECT_EQ(1, run_in(OTHER, execute, &pilot));
	EXPECT_EQ(packets + 1, app_counters("pilot").packets);
	EXPECT_EQ(0, app_info("tool").placed);
	/* Of nobody, and of the same application by its user. */
	EXPECT_EQ(0, run_in(OTHER, execute, &stranger));
	EXPECT_EQ(0, run_in(OTHER, execute, &guest));
	tool = app_info("tool");
	EXPECT_EQ(2, tool.placed);
	EXPECT_EQ(true, tool.anchored);
}

/* Each of many, and their neighbours; the next policy knows none of them. */
TEST_F_TIMEOUT(user, many_users, 300)
{
	char yaml[16384];
	size_t len;
	int i, j;

	len = snprintf(yaml, sizeof(yaml),
		       "profiles: { none: { default: deny } }\napplications:\n");
	for (i = 0; i < 20; i++) {
		len += snprintf(yaml + len, sizeof(yaml) - len,
				"  a%d: { profile: none, match: [", i);
		for (j = 0; j < 20; j++)
			len += snprintf(yaml + len, sizeof(yaml) - len,
					" user: %d,", 10000 - 2 * (i + 20 * j));
		len += snprintf(yaml + len, sizeof(yaml) - len, " ] }\n");
	}
	ASSERT_LT(len, sizeof(yaml) - 1);
	apply_policy(yaml);
	for (i = 0; i < 400; i += 21) {
		EXPECT_EQ(EPERM, try(OTHER, 10000 - 2 * i, 10000 - 2 * i, US4));
		EXPECT_EQ(0, try(OTHER, 10001 - 2 * i, 10001 - 2 * i, US4));
	}
	EXPECT_EQ(EPERM, try(OTHER, 10000 - 2 * 399, 0, US4));
	EXPECT_EQ(0, try(OTHER, 10000 - 2 * 400, 0, US4));
	EXPECT_EQ(21, app_info("a3").selector_count);
	apply_policy(policy);
	EXPECT_EQ(0, try(OTHER, 10000, 10000, US4));
}

TEST_F(user, is_shown)
{
	struct df_application_info info = app_info("pilot");

	EXPECT_EQ(2, info.selector_count);
	EXPECT_EQ(0, shell("dronefence show | grep -q '^    user 4001$'"));
	EXPECT_EQ(0, shell("dronefence --json show | tr -d ' \\n' | grep -q '{\"user\":4001}'"));
}

TEST_F(user, root_is_refused)
{
	EXPECT_NE(0, load_policy("profiles: { p: { default: deny } }\n"
				 "applications: { a: { match: { user: root }, profile: p } }\n",
				 NULL));
	EXPECT_EQ(self->before.generation, module_status().generation);
}

int main(int argc, char **argv)
{
	fence_setup();
	if (shell("mkdir -p /opt/user && cp /usr/bin/place_probe " PROGRAM))
		return 1;
	return test_harness_run(argc, argv);
}
