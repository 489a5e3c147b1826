// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Forwarded packets: what a device behind the laptop sends is judged by the
 * application that a selector gives it to, and the device is told. Rules for
 * the outgoing interface, forwarded and local. Correctness.
 *
 *	namespace "phone"                 the laptop               "world"
 *	eth0 10.42.0.2, fd00:42::2 <----> wlan1 10.42.0.1
 *	     02:00:5e:10:00:01                  veth0 <----------> veth1
 *	namespace "tablet"                      wg0 10.8.0.1 <---> wg1 10.8.0.2
 *	eth0 10.43.0.2, fd00:43::2 <----> wlan2 10.43.0.1
 *	                                  tun0 10.44.0.1
 *
 * The world has a server on each of its addresses: UDP that echoes, TCP that
 * accepts.
 *
 * vm: --module tun --timeout 900
 * vm: --bin nft --module nf_tables --module nft_chain_nat --module nft_masq
 * apt: nftables
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define MAC "02:00:5e:10:00:01"

/* How long to wait for what must come, and for what must not; ms. */
#define PATIENCE 20000
#define SILENCE 700

/* What an attempt found: an error of the network, or one of these. */
#define PASSED 0
#define SILENT 10000

/**
 * struct attempt - something that a device sends, and waits for an answer to
 * @netns: of the device
 * @to: destination
 * @type: SOCK_STREAM, SOCK_DGRAM, or SOCK_RAW for an ICMP echo
 * @patience: ms
 */
struct attempt {
	const char *netns;
	const char *to;
	int type;
	int patience;
};

static int wait_for(int fd, short events, int patience)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int error = 0;
	socklen_t len = sizeof(error);

	if (poll(&pollfd, 1, patience) == 0)
		return SILENT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return RUN_FAILED;
	return error;
}

static int ping(int fd, int family, int patience)
{
	uint8_t echo[16] = { family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO };

	if (family == AF_INET6) {
		struct icmp6_filter filter;

		ICMP6_FILTER_SETBLOCKALL(&filter);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
		setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
			   sizeof(filter));
	} else {
		/* The checksum of all zeros but the type. */
		echo[2] = 0xf7;
		echo[3] = 0xff;
	}
	if (send(fd, echo, sizeof(echo), 0) < 0)
		return errno;
	return wait_for(fd, POLLIN, patience);
}

static int datagram(int fd, int patience)
{
	if (send(fd, "x", 1, 0) < 0)
		return errno;
	return wait_for(fd, POLLIN, patience);
}

static int attempt(void *arg)
{
	const struct attempt *a = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(a->to, PORT, &sa);
	int family = sa.ss_family, protocol = 0, fd;

	if (a->netns && enter_netns(a->netns))
		return RUN_FAILED;
	if (a->type == SOCK_RAW)
		protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	fd = socket(family, a->type | SOCK_NONBLOCK, protocol);
	if (fd < 0)
		return RUN_FAILED;
	if (connect(fd, (struct sockaddr *)&sa, len) && errno != EINPROGRESS)
		return errno;
	if (a->type == SOCK_STREAM)
		return wait_for(fd, POLLOUT, a->patience);
	return a->type == SOCK_RAW ? ping(fd, family, a->patience) :
				     datagram(fd, a->patience);
}

/* What comes of it, from a process of no application. */
static int try(const char *netns, const char *to, int type, int patience)
{
	struct attempt a = { netns, to, type, patience };

	return run_in(OTHER, attempt, &a);
}

/*
 * What the phone's TCP has sent again so far: the first packet of a connection
 * when the answer takes a second.
 */
static int read_resent(void *arg)
{
	char names[2048], values[2048];
	char *name, *value, *name_end, *value_end;
	FILE *f = enter_netns(arg) ? NULL : fopen("/proc/thread-self/net/snmp", "r");
	int resent = RUN_FAILED;

	/* A line of names, a line of values. */
	while (f && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f)) {
		if (strncmp(names, "Tcp:", 4))
			continue;
		name = strtok_r(names, " ", &name_end);
		value = strtok_r(values, " ", &value_end);
		while (name && value) {
			if (!strcmp(name, "RetransSegs"))
				resent = atoi(value);
			name = strtok_r(NULL, " ", &name_end);
			value = strtok_r(NULL, " ", &value_end);
		}
	}
	return resent;
}

static uint64_t resent(void)
{
	return run_in(OTHER, read_resent, "phone");
}

/* What comes of it, from the application on the laptop itself. */
static int try_local(const char *to, int type)
{
	struct attempt a = { NULL, to, type, PATIENCE };

	return run_in(APP, attempt, &a);
}

static const struct {
	const char *cn;
	const char *us;
	int unreachable;
} families[] = {
	{ CN4, US4, EHOSTUNREACH },
	{ CN6, US6, EACCES },
};

static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW };

static int denied(int family, int type)
{
	return type == SOCK_STREAM ? ECONNREFUSED : families[family].unreachable;
}

/* Apply: what the application @match is sends to China gets a verdict. */
static void apply(const char *match, const char *verdict, const char *mode)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "profiles:\n"
		 "  p: { rules: [ { %s: { located-in: CN }, log: new } ], default: allow }\n"
		 "applications:\n"
		 "  phone: { match: %s, profile: p, mode: %s }\n",
		 verdict, match, mode);
	apply_policy(text);
}

/* The last packets of a connection come by after its program has ended. */
static bool settles(const char *app)
{
	int i;

	for (i = 0; i < 300 && !flows_add_up(app); i++)
		usleep(100000);
	return i < 300;
}

/* No application, so that counters and flows of another test are gone. */
static void apply_nothing(void)
{
	apply_policy("profiles: { p: { default: deny } }\n");
}

FIXTURE(forward) {
	uint64_t first_event;
};

FIXTURE_SETUP(forward)
{
	apply_nothing();
	self->first_event = module_status().event_next;
}

FIXTURE_TEARDOWN(forward)
{
	apply_nothing();
}

/* Without a fence everything gets through, or the rest shows nothing. */
TEST_F_TIMEOUT(forward, the_world_is_there, 300)
{
	size_t f, t;

	for (f = 0; f < ARRAY_SIZE(families); f++) {
		for (t = 0; t < ARRAY_SIZE(types); t++) {
			EXPECT_EQ(PASSED, try("phone", families[f].cn, types[t],
					      PATIENCE));
			EXPECT_EQ(PASSED, try("tablet", families[f].us, types[t],
					      PATIENCE));
		}
	}
}

FIXTURE(verdict) {
	uint64_t first_event;
};

FIXTURE_VARIANT(verdict) {
	const char *match;
};

/* All of these are the phone, and none is the tablet. */
FIXTURE_VARIANT_ADD(verdict, interface) {
	.match = "{ in-interface: wlan1 }",
};

FIXTURE_VARIANT_ADD(verdict, interface_pattern) {
	.match = "{ in-interface: \"w*1\" }",
};

FIXTURE_VARIANT_ADD(verdict, source) {
	.match = "[ { source: 10.42.0.0/24 }, { source: \"fd00:42::/64\" } ]",
};

FIXTURE_VARIANT_ADD(verdict, odd_prefix) {
	.match = "[ { source: 10.42.0.0/30 }, { source: \"fd00:42::/63\" } ]",
};

FIXTURE_VARIANT_ADD(verdict, mac) {
	.match = "{ mac: \"" MAC "\" }",
};

FIXTURE_VARIANT_ADD(verdict, combined) {
	.match = "[ { in-interface: wlan1, mac: \"" MAC "\", source: 10.42.0.2 }, { in-interface: wlan1, mac: \"" MAC "\", source: \"fd00:42::2\" } ]",
};

FIXTURE_SETUP(verdict)
{
	apply_nothing();
}

FIXTURE_TEARDOWN(verdict)
{
	apply_nothing();
}

/* Told at once, whatever it sends; the tablet is not concerned. */
TEST_F_TIMEOUT(verdict, deny, 300)
{
	uint64_t before = resent();
	struct df_counters c;
	size_t f, t;

	ASSERT_NE((uint64_t)RUN_FAILED, before);
	apply(variant->match, "deny", "enforce");
	for (f = 0; f < ARRAY_SIZE(families); f++) {
		for (t = 0; t < ARRAY_SIZE(types); t++) {
			EXPECT_EQ(denied(f, types[t]),
				  try("phone", families[f].cn, types[t], PATIENCE));
			EXPECT_EQ(PASSED, try("phone", families[f].us, types[t],
					      PATIENCE));
		}
		EXPECT_EQ(PASSED, try("tablet", families[f].cn, SOCK_STREAM,
				      PATIENCE));
		EXPECT_EQ(PASSED, try("tablet", families[f].cn, SOCK_DGRAM,
				      PATIENCE));
	}
	c = app_counters("phone");
	EXPECT_LE(6, c.denied_packets);
	EXPECT_GE(6 + resent() - before, c.denied_packets);
	EXPECT_LE(6, c.allowed_packets);
	EXPECT_EQ(0, c.dropped_packets + c.audited_packets);
	EXPECT_TRUE(settles("phone"));
}

TEST_F_TIMEOUT(verdict, drop, 300)
{
	struct df_counters c;
	size_t f, t;

	apply(variant->match, "drop", "enforce");
	for (f = 0; f < ARRAY_SIZE(families); f++) {
		for (t = 0; t < ARRAY_SIZE(types); t++)
			EXPECT_EQ(SILENT, try("phone", families[f].cn, types[t],
					      SILENCE));
		EXPECT_EQ(PASSED, try("tablet", families[f].cn, SOCK_DGRAM,
				      PATIENCE));
	}
	c = app_counters("phone");
	EXPECT_LE(6, c.dropped_packets);
	EXPECT_EQ(0, c.denied_packets + c.audited_packets);
	EXPECT_TRUE(settles("phone"));
}

TEST_F_TIMEOUT(verdict, audit, 300)
{
	struct df_counters c;
	size_t f, t;

	apply(variant->match, "deny", "audit");
	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (t = 0; t < ARRAY_SIZE(types); t++)
			EXPECT_EQ(PASSED, try("phone", families[f].cn, types[t],
					      PATIENCE));
	c = app_counters("phone");
	EXPECT_LE(6, c.audited_packets);
	EXPECT_EQ(0, c.denied_packets + c.dropped_packets);
	EXPECT_TRUE(settles("phone"));
}

/* Each of these names something that the phone is not. */
TEST_F_TIMEOUT(forward, all_that_a_selector_names_must_match, 300)
{
	static const char * const others[] = {
		"{ in-interface: wlan }",
		"{ in-interface: wlan2, mac: \"" MAC "\" }",
		"{ in-interface: wlan1, mac: \"02:00:5e:10:00:02\" }",
		"{ in-interface: wlan1, source: 10.42.0.3 }",
		"{ mac: \"" MAC "\", source: 10.42.0.4/30 }",
		"{ in-interface: wlan1, source: \"fd00:42::/64\" }",
		"{ cgroup: /nowhere }",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		apply(others[i], "deny", "enforce");
		EXPECT_EQ(PASSED, try("phone", CN4, SOCK_STREAM, PATIENCE)) {
			TH_LOG("%s", others[i]);
		}
	}
}

/* The first application of the policy that a packet matches has it. */
TEST_F_TIMEOUT(forward, order_of_the_policy, 300)
{
	uint64_t before = resent(), refused;

	ASSERT_NE((uint64_t)RUN_FAILED, before);
	apply_policy("profiles: { no: { default: deny }, yes: { default: allow } }\n"
		     "applications:\n"
		     "  one: { match: { source: 10.42.0.0/24 }, profile: no }\n"
		     "  two: { match: [ { in-interface: wlan1 }, { cgroup: /dronefence.slice/app } ], profile: yes }\n");
	EXPECT_EQ(ECONNREFUSED, try("phone", US4, SOCK_STREAM, PATIENCE));
	EXPECT_EQ(PASSED, try("phone", US6, SOCK_STREAM, PATIENCE));
	EXPECT_EQ(PASSED, try_local(US4, SOCK_DGRAM));
	refused = app_counters("one").denied_packets;
	EXPECT_LE(1, refused);
	EXPECT_GE(1 + resent() - before, refused);
	EXPECT_LE(3, app_counters("two").allowed_packets);
	EXPECT_TRUE(settles("two"));
}

/* Nobody looks at what is forwarded unless a policy asks for it. */
TEST_F_TIMEOUT(forward, hook_only_while_it_is_needed, 300)
{
	uint64_t before = module_status().forward_bystander_packets;

	EXPECT_EQ(PASSED, try("phone", US4, SOCK_DGRAM, PATIENCE));
	apply("{ cgroup: /dronefence.slice/app }", "deny", "enforce");
	EXPECT_EQ(PASSED, try("phone", US4, SOCK_DGRAM, PATIENCE));
	EXPECT_EQ(before, module_status().forward_bystander_packets);

	/* What the tablet sends, and what it gets. */
	apply("{ in-interface: wlan1 }", "deny", "enforce");
	EXPECT_EQ(PASSED, try("tablet", US4, SOCK_DGRAM, PATIENCE));
	EXPECT_EQ(before + 2, module_status().forward_bystander_packets);

	apply("{ cgroup: /dronefence.slice/app }", "deny", "enforce");
	EXPECT_EQ(PASSED, try("tablet", US4, SOCK_DGRAM, PATIENCE));
	EXPECT_EQ(before + 2, module_status().forward_bystander_packets);
}

/* A policy that comes into force in the middle holds for the next packet. */
static int send_under_two_policies(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, PORT, &sa);
	char byte;
	int fd;

	if (enter_netns("phone"))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (connect(fd, (struct sockaddr *)&sa, len) ||
	    datagram(fd, PATIENCE) != PASSED || recv(fd, &byte, 1, 0) != 1)
		return RUN_FAILED;
	/* Its own namespace is no place for netlink requests. */
	if (write(((int *)arg)[0], "x", 1) != 1 ||
	    read(((int *)arg)[1], &byte, 1) != 1)
		return RUN_FAILED;
	return datagram(fd, PATIENCE);
}

TEST_F_TIMEOUT(forward, another_policy_in_the_middle_of_a_flow, 300)
{
	int to[2], from[2], pair[2], status;
	char byte;
	pid_t child;

	ASSERT_EQ(0, pipe(to));
	ASSERT_EQ(0, pipe(from));
	pair[0] = from[1];
	pair[1] = to[0];
	apply("{ in-interface: wlan1 }", "allow", "enforce");
	child = fork();
	if (!child)
		_exit(send_under_two_policies(pair) == EHOSTUNREACH ? 0 : 1);
	ASSERT_EQ(1, read(from[0], &byte, 1));
	apply("{ in-interface: wlan1 }", "deny", "enforce");
	ASSERT_EQ(1, write(to[1], "x", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(settles("phone"));
}

/* What somebody far away opens to the phone: its answer is judged. */
static int connect_from_china(void *arg)
{
	struct sockaddr_storage from, to;
	socklen_t len = make_addr(arg, 0, &from);
	int fd;

	make_addr(from.ss_family == AF_INET6 ? "fd00:42::2" : "10.42.0.2", 80, &to);
	if (enter_netns("world"))
		return RUN_FAILED;
	fd = socket(from.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(fd, (struct sockaddr *)&from, len))
		return RUN_FAILED;
	if (connect(fd, (struct sockaddr *)&to, len) && errno != EINPROGRESS)
		return errno;
	return wait_for(fd, POLLOUT, strcmp(arg, US4) ? SILENCE : PATIENCE);
}

TEST_F_TIMEOUT(forward, answers_of_a_listener, 300)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr("::", 80, &sa);
	int home, fd;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, enter_netns("phone"));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&sa, len));
	ASSERT_EQ(0, listen(fd, 8));
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));

	apply("{ in-interface: wlan1 }", "deny", "enforce");
	EXPECT_EQ(SILENT, run_in(OTHER, connect_from_china, CN4));
	EXPECT_EQ(SILENT, run_in(OTHER, connect_from_china, CN6));
	EXPECT_LE(2, app_counters("phone").denied_packets);
	EXPECT_LE(2, app_info("phone").unlisted.refused_packets);
	EXPECT_EQ(PASSED, run_in(OTHER, connect_from_china, US4));
	EXPECT_TRUE(settles("phone"));
	close(fd);
}

struct found {
	int verdicts;
	int ends;
	struct df_event event;
};

static int find_event(const struct df_event *event, void *arg)
{
	struct found *found = arg;

	if (strcmp(event->application, "phone"))
		return 0;
	found->verdicts += event->type == DFENCE_EVENT_VERDICT;
	found->ends += event->type == DFENCE_EVENT_FLOW_END;
	found->event = *event;
	return 0;
}

static int find_flow(const struct df_flow *flow, void *arg)
{
	*(struct df_flow *)arg = *flow;
	return 0;
}

TEST_F_TIMEOUT(forward, events_say_where_from, 300)
{
	static const uint8_t mac[] = { 2, 0, 0x5e, 0x10, 0, 1 };
	struct df_flow_filter filter = { .application = "phone", .verdict = -1 };
	struct df_client *client = open_client();
	struct found found = { 0 };
	static char log[1 << 20];
	struct df_flow flow = { 0 };

	kernel_log_mark("test_forward: events\n");
	apply("{ in-interface: wlan1 }", "deny", "enforce");
	EXPECT_EQ(EHOSTUNREACH, try("phone", CN4, SOCK_DGRAM, PATIENCE));

	ASSERT_EQ(0, df_client_flows(client, &filter, find_flow, &flow));
	EXPECT_TRUE(flow.forwarded);
	EXPECT_STREQ("wlan1", flow.in);
	EXPECT_TRUE(flow.has_mac && !memcmp(mac, flow.mac, sizeof(mac)));

	ASSERT_EQ(0, df_client_events(client, self->first_event, find_event,
				      &found));
	EXPECT_EQ(1, found.verdicts);
	EXPECT_TRUE(found.event.forwarded);
	EXPECT_STREQ("wlan1", found.event.in);
	EXPECT_STREQ("veth0", found.event.ifname);
	EXPECT_TRUE(found.event.has_mac &&
		    !memcmp(mac, found.event.mac, sizeof(mac)));
	kernel_log("test_forward: events", log, sizeof(log));
	EXPECT_NE(NULL, strstr(log, " pid=- comm=- uid=- if=veth0 in=wlan1 mac=" MAC " netns="));

	/* Its end says so, too. */
	apply_nothing();
	memset(&found, 0, sizeof(found));
	ASSERT_EQ(0, df_client_events(client, self->first_event, find_event,
				      &found));
	EXPECT_EQ(1, found.ends);
	EXPECT_TRUE(found.event.forwarded);
	EXPECT_STREQ("wlan1", found.event.in);
	df_client_close(client);
}

static int send_fragment(void *arg)
{
	struct {
		struct iphdr ip;
		uint8_t body[24];
	} packet = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = 6 },
		.body = { 0x30, 0, 443 >> 8, 443 & 0xff },
	};
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, 0, &sa);
	int fd;

	if (enter_netns("phone"))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	packet.ip.frag_off = htons(*(int *)arg);
	packet.ip.daddr = ((struct sockaddr_in *)&sa)->sin_addr.s_addr;
	return sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&sa,
		      len) < 0 ? errno : 0;
}

/* A device writes the headers that it likes: what it hides counts against it. */
TEST_F_TIMEOUT(forward, fragments, 300)
{
	int first = IP_MF, later = 2;

	apply_policy("profiles:\n"
		     "  p: { rules: [ { allow: { located-in: US }, protocol: tcp, ports: [443] } ], default: deny }\n"
		     "applications: { phone: { match: { in-interface: wlan1 }, profile: p } }\n");
	EXPECT_EQ(0, run_in(OTHER, send_fragment, &first));
	EXPECT_EQ(1, app_counters("phone").allowed_packets);
	EXPECT_EQ(0, run_in(OTHER, send_fragment, &later));
	EXPECT_EQ(1, app_counters("phone").allowed_packets);
	EXPECT_EQ(1, app_counters("phone").denied_packets);
	EXPECT_TRUE(settles("phone"));
}

static int open_tun(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd;

	/* There is no such file before the module is there. */
	if (shell("modprobe tun"))
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	strcpy(ifr.ifr_name, "tun0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) ||
	    shell("ip addr add 10.44.0.1/24 dev tun0 && ip link set tun0 up"))
		return -1;
	return fd;
}

/* A packet that the tun device gets back, but IPv6 of the kernel itself. */
static ssize_t read_tun(int fd, void *buf, size_t size, int patience)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	ssize_t len;

	while (poll(&pollfd, 1, patience) > 0) {
		len = read(fd, buf, size);
		if (len < 1 || *(uint8_t *)buf >> 4 == 4)
			return len;
	}
	return 0;
}

static uint16_t ip_checksum(const struct iphdr *ip)
{
	const uint16_t *words = (const void *)ip;
	uint32_t sum = 0;
	int i;

	for (i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* A program with a tun device looks like a machine behind it. */
TEST_F_TIMEOUT(forward, tun, 300)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} packet = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = 17,
			.tot_len = htons(28) },
		.udp = { .source = htons(1234), .dest = htons(PORT),
			 .len = htons(8) },
	};
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
		uint8_t rest[1500];
	} answer;
	struct sockaddr_in sa;
	struct found found = { 0 };
	struct df_client *client = open_client();
	int fd = open_tun();

	ASSERT_LE(0, fd);
	make_addr("10.44.0.2", 0, (struct sockaddr_storage *)&answer);
	packet.ip.saddr = ((struct sockaddr_in *)&answer)->sin_addr.s_addr;
	make_addr(CN4, 0, (struct sockaddr_storage *)&answer);
	memcpy(&sa, &answer, sizeof(sa));
	packet.ip.daddr = sa.sin_addr.s_addr;
	packet.ip.check = ip_checksum(&packet.ip);

	/* First without the fence, so that a mistake in the packet shows. */
	ASSERT_EQ(sizeof(packet), write(fd, &packet, sizeof(packet)));
	ASSERT_LT(0, read_tun(fd, &answer, sizeof(answer), PATIENCE));
	EXPECT_EQ(17, answer.ip.protocol);

	apply("{ in-interface: \"tun*\" }", "deny", "enforce");
	ASSERT_EQ(sizeof(packet), write(fd, &packet, sizeof(packet)));
	ASSERT_LT(0, read_tun(fd, &answer, sizeof(answer), PATIENCE));
	EXPECT_EQ(IPPROTO_ICMP, answer.ip.protocol);
	EXPECT_EQ(ICMP_DEST_UNREACH, answer.icmp.type);
	EXPECT_EQ(ICMP_PKT_FILTERED, answer.icmp.code);
	EXPECT_EQ(1, app_counters("phone").denied_packets);
	ASSERT_EQ(0, df_client_events(client, self->first_event, find_event,
				      &found));
	EXPECT_STREQ("tun0", found.event.in);
	EXPECT_FALSE(found.event.has_mac);

	/* Such a packet has no MAC address that could match. */
	apply("{ in-interface: tun0, mac: \"" MAC "\" }", "deny", "enforce");
	ASSERT_EQ(sizeof(packet), write(fd, &packet, sizeof(packet)));
	ASSERT_LT(0, read_tun(fd, &answer, sizeof(answer), PATIENCE));
	EXPECT_EQ(17, answer.ip.protocol);

	apply("{ in-interface: tun0 }", "drop", "enforce");
	ASSERT_EQ(sizeof(packet), write(fd, &packet, sizeof(packet)));
	EXPECT_EQ(0, read_tun(fd, &answer, sizeof(answer), SILENCE));
	df_client_close(client);
	close(fd);
}

/* One flow, sent by way of one interface, then another, then the first. */
static int send_along_routes(void *arg)
{
	struct attempt *a = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(a->to, PORT, &sa);
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int i, fd, result = 0;
	char byte;

	if (a->netns && enter_netns(a->netns))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (connect(fd, (struct sockaddr *)&sa, len) ||
	    setns(home, CLONE_NEWNET))
		return RUN_FAILED;
	for (i = 0; i < 3; i++) {
		int got = datagram(fd, PATIENCE);

		/* A digit for each: 1 passed, 2 refused. */
		result = 10 * result + (got == PASSED ? 1 : 2);
		if (got == PASSED && recv(fd, &byte, 1, 0) != 1)
			return RUN_FAILED;
		if (i == 0 && shell("ip route replace %s via 10.8.0.2 dev wg0", a->to))
			return RUN_FAILED;
		if (i == 1 && shell("ip route del %s", a->to))
			return RUN_FAILED;
	}
	return result;
}

static int count_flow(const struct df_flow *flow, void *arg)
{
	(*(int *)arg)++;
	return 0;
}

static int flows_of(const char *app)
{
	struct df_flow_filter filter = { .application = app, .verdict = -1 };
	struct df_client *client = open_client();
	int count = 0;

	if (df_client_flows(client, &filter, count_flow, &count))
		count = -1;
	df_client_close(client);
	return count;
}

TEST_F_TIMEOUT(forward, rule_for_the_outgoing_interface, 300)
{
	struct attempt phone = { .netns = "phone", .to = US4 };
	struct attempt local = { .to = US4 };

	apply_policy("profiles:\n"
		     "  only: { rules: [ { allow: any, out-interface: veth0 } ], default: deny }\n"
		     "  not: { rules: [ { deny: any, out-interface: \"wg*\" } ], default: allow }\n"
		     "applications:\n"
		     "  app: { match: { cgroup: /dronefence.slice/app }, profile: only }\n"
		     "  phone: { match: { in-interface: wlan1 }, profile: not }\n");
	EXPECT_EQ(121, run_in(OTHER, send_along_routes, &phone));
	EXPECT_EQ(2, app_counters("phone").allowed_packets);
	EXPECT_EQ(1, app_counters("phone").denied_packets);
	EXPECT_EQ(1, flows_of("phone"));
	EXPECT_TRUE(settles("phone"));

	EXPECT_EQ(121, run_in(APP, send_along_routes, &local));
	EXPECT_EQ(2, app_counters("app").allowed_packets);
	EXPECT_EQ(1, app_counters("app").denied_packets);
	EXPECT_EQ(1, flows_of("app"));
	EXPECT_TRUE(settles("app"));

	/* TCP as well, and what does not leave by veth0. */
	EXPECT_EQ(PASSED, try_local(US4, SOCK_STREAM));
	EXPECT_EQ(ECONNREFUSED, try_local("127.0.0.1", SOCK_STREAM));
	EXPECT_EQ(ECONNREFUSED, try_local("10.8.0.2", SOCK_STREAM));
	EXPECT_EQ(PASSED, try("phone", CN6, SOCK_STREAM, PATIENCE));
}

TEST_F_TIMEOUT(forward, explain_with_and_without_the_interface, 300)
{
	struct df_client *client = open_client();
	struct df_explanation x;
	enum df_family family;
	df_u128 addr;

	apply_policy("profiles:\n"
		     "  only: { rules: [ { allow: any, out-interface: veth0 } ], default: deny }\n"
		     "  not: { rules: [ { deny: any, out-interface: \"wg*\" } ], default: allow }\n"
		     "  plain: { default: allow }\n"
		     "applications:\n"
		     "  only: { profile: only }\n"
		     "  not: { profile: not }\n"
		     "  plain: { profile: plain }\n");
	ASSERT_EQ(0, df_addr_parse(US4, &family, &addr));
	ASSERT_EQ(0, df_client_explain_out(client, "only", family, addr, 17, PORT, "veth0", &x));
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict);
	EXPECT_FALSE(x.out_wanted);
	ASSERT_EQ(0, df_client_explain_out(client, "not", family, addr, 17, PORT, "wg7", &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	ASSERT_EQ(0, df_client_explain_out(client, "not", family, addr, 17, PORT, "veth0", &x));
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict);
	/* Unknown: against the sender. */
	ASSERT_EQ(0, df_client_explain(client, "only", family, addr, 17, PORT, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	EXPECT_TRUE(x.out_wanted);
	ASSERT_EQ(0, df_client_explain(client, "not", family, addr, 17, PORT, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	EXPECT_TRUE(x.out_wanted);
	ASSERT_EQ(0, df_client_explain(client, "plain", family, addr, 17, PORT, &x));
	EXPECT_FALSE(x.out_wanted);
	df_client_close(client);
}

static int show_selectors(const struct df_application_info *info, void *arg)
{
	struct df_application_info *copy = arg;

	*copy = *info;
	return 0;
}

TEST_F_TIMEOUT(forward, what_is_in_force_can_be_read, 300)
{
	struct df_client *client = open_client();
	struct df_application_info info = { 0 };
	const struct df_selector *s = info.selectors;

	apply("[ { in-interface: \"wl*\", mac: \"" MAC "\" }, { source: \"fd00:42::/63\" } ]",
	      "deny", "enforce");
	ASSERT_EQ(0, df_client_applications(client, show_selectors, &info));
	/* That of "dronefence run" comes first: cgroups are listed before. */
	ASSERT_EQ(3, info.selector_count);
	EXPECT_EQ(DFENCE_SELECTOR_CGROUP, s[0].type);
	EXPECT_EQ(DFENCE_SELECTOR_FORWARD, s[1].type);
	EXPECT_STREQ("wl*", s[1].in);
	EXPECT_TRUE(s[1].has_mac && s[1].mac[5] == 1);
	EXPECT_FALSE(s[1].has_source);
	EXPECT_TRUE(s[2].has_source && s[2].source.prefix == 63);
	EXPECT_FALSE(s[2].has_mac);
	df_client_close(client);
}

FIXTURE(nat) {
	int rules;
};

FIXTURE_SETUP(nat)
{
	apply_nothing();
	self->rules = shell("nft 'add table ip n; add chain ip n out { type nat hook postrouting priority 100; }; "
			    "add rule ip n out oifname veth0 masquerade'");
}

FIXTURE_TEARDOWN(nat)
{
	shell("nft delete table ip n");
	apply_nothing();
}

/* A hotspot that masquerades: the source is still the device's own. */
TEST_F_TIMEOUT(nat, judged_before_the_source_is_translated, 300)
{
	struct df_client *client = open_client();
	uint64_t since = module_status().event_next;
	uint64_t before = resent(), refused;
	struct found found = { 0 };

	ASSERT_EQ(0, self->rules);
	ASSERT_NE((uint64_t)RUN_FAILED, before);
	/* Without the way back, what is not translated gets no answer. */
	ASSERT_EQ(0, shell("ip -n world route del 10.42.0.0/24"));
	apply("{ source: 10.42.0.2 }", "deny", "enforce");
	EXPECT_EQ(PASSED, try("phone", US4, SOCK_DGRAM, PATIENCE));
	EXPECT_EQ(PASSED, try("phone", US4, SOCK_STREAM, PATIENCE));
	EXPECT_EQ(ECONNREFUSED, try("phone", CN4, SOCK_STREAM, PATIENCE));
	EXPECT_EQ(EHOSTUNREACH, try("phone", CN4, SOCK_DGRAM, PATIENCE));
	ASSERT_EQ(0, df_client_events(client, since, find_event, &found));
	EXPECT_EQ(2, found.verdicts);
	EXPECT_EQ(0x0a2a0002, (uint32_t)found.event.saddr);
	refused = app_counters("phone").denied_packets;
	EXPECT_LE(2, refused);
	EXPECT_GE(2 + resent() - before, refused);
	EXPECT_TRUE(settles("phone"));
	shell("ip -n world route add 10.42.0.0/24 via 10.9.0.1");
	df_client_close(client);
}

static int server_socket(const char *addr, int type)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(addr, PORT, &sa);
	int fd = socket(sa.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&sa, len) ||
	    (type == SOCK_STREAM && listen(fd, 64)))
		exit(1);
	return fd;
}

static void serve(struct pollfd *server)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	char buf[64];
	ssize_t size;
	int fd;

	fd = accept(server->fd, NULL, NULL);
	if (fd >= 0) {
		close(fd);
		return;
	}
	size = recvfrom(server->fd, buf, sizeof(buf), 0, (struct sockaddr *)&sa,
			&len);
	if (size >= 0)
		sendto(server->fd, buf, size, 0, (struct sockaddr *)&sa, len);
}

/* The servers of the world, until the test program ends. */
static pid_t start_world(void)
{
	static const char * const addrs[] = { CN4, US4, CN6, US6, DRONE };
	struct pollfd servers[2 * ARRAY_SIZE(addrs)] = { 0 };
	pid_t child = fork();
	size_t i;

	if (child)
		return child;
	if (enter_netns("world"))
		exit(1);
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		servers[2 * i].fd = server_socket(addrs[i], SOCK_DGRAM);
		servers[2 * i + 1].fd = server_socket(addrs[i], SOCK_STREAM);
	}
	for (i = 0; i < ARRAY_SIZE(servers); i++)
		servers[i].events = POLLIN;
	while (poll(servers, ARRAY_SIZE(servers), -1) >= 0)
		for (i = 0; i < ARRAY_SIZE(servers); i++)
			if (servers[i].revents)
				serve(&servers[i]);
	exit(1);
}

/* A device behind the laptop. */
static int add_device(const char *name, int net, const char *link)
{
	return shell("ip netns add %s && ip link add %s type veth peer name eth0 netns %s && "
		     "ip addr add 10.%d.0.1/24 dev %s && ip -6 addr add fd00:%d::1/64 dev %s nodad && "
		     "ip link set %s up && ip -n %s link set lo up && "
		     "ip -n %s link set eth0 address 02:00:5e:10:00:%02x && "
		     "ip -n %s addr add 10.%d.0.2/24 dev eth0 && "
		     "ip -n %s -6 addr add fd00:%d::2/64 dev eth0 nodad && "
		     "ip -n %s link set eth0 up && "
		     "ip -n %s route add default via 10.%d.0.1 && "
		     "ip -n %s -6 route add default via fd00:%d::1 && "
		     "ip -n world route add 10.%d.0.0/24 via 10.9.0.1 && "
		     "ip -n world -6 route add fd00:%d::/64 via fd00:9::1",
		     name, link, name, net, link, net, link, link, name, name,
		     net - 41, name, net, name, net, name, name, net, name, net,
		     net, net);
}

static int setup_devices(void)
{
	return write_file("/proc/sys/net/ipv4/ip_forward", "1") ||
	       write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1") ||
	       write_file("/proc/sys/net/ipv4/icmp_ratelimit", "0") ||
	       write_file("/proc/sys/net/ipv4/icmp_msgs_per_sec", "100000") ||
	       write_file("/proc/sys/net/ipv4/icmp_msgs_burst", "100000") ||
	       write_file("/proc/sys/net/ipv6/icmp/ratelimit", "0") ||
	       add_device("phone", 42, "wlan1") ||
	       add_device("tablet", 43, "wlan2") ||
	       shell("ip link add wg0 type veth peer name wg1 netns world && "
		     "ip addr add 10.8.0.1/24 dev wg0 && ip link set wg0 up && "
		     "ip -n world addr add 10.8.0.2/24 dev wg1 && ip -n world link set wg1 up && "
		     "ip -n world route add 10.44.0.0/24 via 10.9.0.1");
}

int main(int argc, char **argv)
{
	pid_t world;
	int status;

	fence_setup();
	world = start_world();
	if (world < 0 || setup_devices()) {
		printf("Bail out! the devices\n");
		return 1;
	}
	status = test_harness_run(argc, argv);
	kill(world, SIGKILL);
	return status;
}
