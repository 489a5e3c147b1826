// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Evidence: what is logged and when, the same on every way out of the kernel,
 * complete or with the exact number of what is missing. Correctness.
 */

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define SOURCE_PORT 5555
#define RING 8192
#define LOG_SIZE (8 << 20)

FIXTURE(events) {
	struct df_client *client;
	struct df_client *live;
	uint32_t generation;
	struct df_status before;
};

FIXTURE_SETUP(events)
{
	/* No flow of another test is known then, and none will end. */
	apply_policy("profiles: { p: { default: deny } }\n"
		     "applications: { else: { match: { cgroup: /nowhere }, profile: p } }\n");
	self->generation = apply_policy(
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - { deny: { located-in: CN }, log: new }\n"
		"      - { allow: 8.8.8.8, log: all, protocol: tcp }\n"
		"      - { deny: 8.8.8.8, log: none }\n"
		"      - { drop: any, protocol: 253 }\n"
		"    default: deny\n"
		"    log: new\n"
		"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n");
	self->client = open_client();
	self->live = open_client();
	ASSERT_EQ(0, df_client_subscribe(self->live));
	self->before = module_status();
}

FIXTURE_TEARDOWN(events)
{
	df_client_close(self->live);
	df_client_close(self->client);
}

/* Who sends, and what. */
struct datagram {
	const char *to;
	const char *comm;
	int uid;
	pid_t pid;
};

static struct datagram *shared;

static int send_datagram(void *arg)
{
	struct datagram *d = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(d->to, PORT, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM, 0);

	d->pid = getpid();
	prctl(PR_SET_NAME, d->comm);
	bind_any(fd, sa.ss_family, SOURCE_PORT);
	if (d->uid && fchown(fd, d->uid, -1))
		return RUN_FAILED;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

static unsigned int own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

static char *log_buffer(void)
{
	static char *buf;

	if (!buf)
		buf = malloc(LOG_SIZE);
	return buf;
}

/* The first line of the fence behind a mark, without the time. */
static char *logged_line(const char *mark)
{
	char *line;

	kernel_log(mark, log_buffer(), LOG_SIZE);
	line = strstr(log_buffer(), "dronefence: verdict=");
	if (line && strchr(line, '\n'))
		*strchr(line, '\n') = '\0';
	return line;
}

TEST_F(events, line_in_the_kernel_log)
{
	char expected[512];

	*shared = (struct datagram){ .to = CN4, .comm = "mapper" };
	kernel_log_mark("mark-line4");
	ASSERT_EQ(EPERM, run_in(APP, send_datagram, shared));
	snprintf(expected, sizeof(expected),
		 "dronefence: verdict=deny app=app mode=enforce reason=located-in set=CN country=CN votes=CN rule=1 gen=%u proto=udp src=10.9.0.1:5555 dst=223.5.5.5:4711 len=29 pid=%d comm=mapper uid=0 if=veth0 netns=%u flow=%llu seq=%llu suppressed=0",
		 self->generation, shared->pid, own_netns(),
		 (unsigned long long)self->before.flows_created + 1,
		 (unsigned long long)self->before.event_next);
	EXPECT_STREQ(expected, logged_line("mark-line4"));
}

TEST_F(events, line_for_ipv6)
{
	char expected[512];

	*shared = (struct datagram){ .to = CN6, .comm = "mapper" };
	kernel_log_mark("mark-line6");
	ASSERT_EQ(EPERM, run_in(APP, send_datagram, shared));
	snprintf(expected, sizeof(expected),
		 "dronefence: verdict=deny app=app mode=enforce reason=located-in set=CN country=CN votes=CN rule=1 gen=%u proto=udp src=[fd00:9::1]:5555 dst=[2400:3200::1]:4711 len=49 pid=%d comm=mapper uid=0 if=veth0 netns=%u flow=%llu seq=%llu suppressed=0",
		 self->generation, shared->pid, own_netns(),
		 (unsigned long long)self->before.flows_created + 1,
		 (unsigned long long)self->before.event_next);
	EXPECT_STREQ(expected, logged_line("mark-line6"));
}

/* The name is the suspect's: no blank, no second field, no second line. */
TEST_F(events, hostile_task_name)
{
	char *line;

	*shared = (struct datagram){ .to = CN4, .comm = "a uid=0\n\"\\\x80" };
	kernel_log_mark("mark-comm");
	ASSERT_EQ(EPERM, run_in(APP, send_datagram, shared));
	line = logged_line("mark-comm");
	ASSERT_NE(NULL, line);
	EXPECT_NE(NULL, strstr(line, " comm=a\\x20uid\\x3d0\\x0a\\x22\\x5c\\x80 uid=0 if="));
}

static struct df_event found;
static int found_count;

static int keep_event(const struct df_event *event, void *arg)
{
	if (event->type == DFENCE_EVENT_VERDICT) {
		found = *event;
		found_count++;
	}
	return 0;
}

static void check_event(struct __test_metadata *_metadata,
			const FIXTURE_DATA(events) *self)
{
	char addr[DF_NET_STRLEN];

	EXPECT_EQ(self->before.event_next, found.seq);
	EXPECT_EQ(DFENCE_EVENT_VERDICT, found.type);
	EXPECT_EQ(self->generation, found.generation);
	EXPECT_STREQ("app", found.application);
	EXPECT_EQ(DFENCE_VERDICT_DENY, found.verdict);
	EXPECT_EQ(DFENCE_MODE_ENFORCE, found.mode);
	EXPECT_EQ(DFENCE_REASON_LOCATED_IN, found.reason);
	EXPECT_STREQ("CN", found.set);
	EXPECT_STREQ("CN", found.country);
	EXPECT_STREQ("CN", found.votes);
	EXPECT_EQ(1, found.rule);
	EXPECT_EQ(shared->pid, found.pid);
	EXPECT_STREQ("mapper", found.comm);
	EXPECT_EQ(1000, found.uid);
	EXPECT_EQ(IPPROTO_UDP, found.protocol);
	df_addr_format(found.family, found.saddr, addr);
	EXPECT_STREQ("10.9.0.1", addr);
	df_addr_format(found.family, found.daddr, addr);
	EXPECT_STREQ(CN4, addr);
	EXPECT_TRUE(found.has_ports);
	EXPECT_EQ(SOURCE_PORT, found.sport);
	EXPECT_EQ(PORT, found.dport);
	EXPECT_EQ(own_netns(), found.netns);
	EXPECT_STREQ("veth0", found.ifname);
	EXPECT_EQ(29, found.length);
	EXPECT_EQ(0, found.suppressed);
	EXPECT_NE(0, found.cgroup);
	EXPECT_EQ(self->before.flows_created + 1, found.flow);
	EXPECT_NE(0, found.time);
	EXPECT_NE(0, found.boottime);
}

TEST_F(events, live_and_held)
{
	*shared = (struct datagram){ .to = CN4, .comm = "mapper", .uid = 1000 };
	ASSERT_EQ(EPERM, run_in(APP, send_datagram, shared));

	found_count = 0;
	while (!found_count)
		ASSERT_EQ(0, df_client_receive(self->live, keep_event, NULL));
	check_event(_metadata, self);

	memset(&found, 0, sizeof(found));
	found_count = 0;
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      keep_event, NULL));
	EXPECT_EQ(1, found_count);
	check_event(_metadata, self);
}

static int keep_policy(const struct df_event *event, void *arg)
{
	if (event->type == DFENCE_EVENT_POLICY)
		found = *event;
	return 0;
}

TEST_F(events, policy_change)
{
	struct df_policy_info info;

	ASSERT_EQ(0, df_client_policy(self->client, &info));
	memset(&found, 0, sizeof(found));
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next - 1,
				      keep_policy, NULL));
	EXPECT_EQ(self->before.event_next - 1, found.seq);
	EXPECT_EQ(self->generation, found.generation);
	EXPECT_STREQ("test", found.policy_name);
	EXPECT_EQ(0, memcmp(info.digest, found.digest, sizeof(info.digest)));
	EXPECT_EQ(getpid(), found.pid);
}

/* What each kind of log records. */
static uint64_t recorded(const FIXTURE_DATA(events) *self)
{
	return module_status().event_next - self->before.event_next;
}

TEST_F(events, log_none)
{
	*shared = (struct datagram){ .to = US4, .comm = "mapper" };
	EXPECT_EQ(EPERM, run_in(APP, send_datagram, shared));
	EXPECT_EQ(0, recorded(self));
}

TEST_F(events, log_default)
{
	*shared = (struct datagram){ .to = "10.9.0.2", .comm = "mapper" };
	EXPECT_EQ(EPERM, run_in(APP, send_datagram, shared));
	EXPECT_EQ(1, recorded(self));
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      keep_event, NULL));
	EXPECT_EQ(DFENCE_REASON_DEFAULT, found.reason);
	EXPECT_EQ(0, found.rule);
	EXPECT_STREQ("", found.set);
	EXPECT_STREQ("", found.country);
}

/* "all" is every packet of a connection; the policy above allows it. */
static int talk(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, PORT, &sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char c;

	if (connect(fd, (struct sockaddr *)&sa, len) ||
	    send(fd, "x", 1, 0) != 1 || recv(fd, &c, 1, 0) != 0)
		return RUN_FAILED;
	return 0;
}

static int serve(int listener)
{
	int fd = accept(listener, NULL, NULL);
	char c;
	int ok = recv(fd, &c, 1, 0) == 1;

	close(fd);
	return ok ? 0 : 1;
}

TEST_F(events, log_all)
{
	int fd = world_socket(AF_INET, SOCK_STREAM, 0);
	struct df_counters before = app_counters("app");
	pid_t child;

	bind_any(fd, AF_INET, PORT);
	ASSERT_EQ(0, listen(fd, 8));
	child = fork();
	if (!child)
		_exit(serve(fd));
	EXPECT_EQ(0, run_in(APP, talk, NULL));
	waitpid(child, NULL, 0);
	/* SYN, ACK, data and more; every one of them an event. */
	EXPECT_LE(3, recorded(self));
	EXPECT_EQ(app_counters("app").packets - before.packets, recorded(self));
	close(fd);
}

/* TCP packets by hand; each source port is a flow of its own. */
static int send_tcp(int fd, const char *to, uint16_t source, bool syn)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(to, 0, &sa);
	uint8_t packet[40] = { 0 };
	struct iphdr *ip = (struct iphdr *)packet;
	struct tcphdr *tcp = (struct tcphdr *)(packet + 20);

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	ip->daddr = ((struct sockaddr_in *)&sa)->sin_addr.s_addr;
	tcp->source = htons(source);
	tcp->dest = htons(PORT);
	tcp->doff = 5;
	tcp->syn = syn;
	tcp->ack = !syn;
	return sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&sa,
		      len) < 0 ? errno : 0;
}

static int send_syn_and_ack(void *arg)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (send_tcp(fd, CN4, SOURCE_PORT, true) != ECONNREFUSED ||
	    send_tcp(fd, CN4, SOURCE_PORT, false) != ECONNREFUSED ||
	    send_tcp(fd, CN4, SOURCE_PORT, false) != ECONNREFUSED)
		return RUN_FAILED;
	return 0;
}

TEST_F(events, log_new_is_the_flow)
{
	ASSERT_EQ(0, run_in(APP, send_syn_and_ack, NULL));
	EXPECT_EQ(1, recorded(self));
}

/*
 * A SYN-ACK is logged like a SYN, but its number is up to whoever connects, so
 * it is under the limit; the SYN of the application is not.
 */
static int send_syn_acks(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, 0, &sa);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), i;
	uint8_t packet[40] = { 0x45 };
	struct tcphdr *tcp = (struct tcphdr *)(packet + 20);

	packet[8] = 64;
	packet[9] = IPPROTO_TCP;
	memcpy(packet + 16, &((struct sockaddr_in *)&sa)->sin_addr, 4);
	tcp->doff = 5;
	tcp->syn = 1;
	tcp->ack = 1;
	for (i = 0; i < *(int *)arg; i++) {
		tcp->dest = htons(i);
		if (sendto(fd, packet, sizeof(packet), 0,
			   (struct sockaddr *)&sa, len) >= 0 ||
		    errno != ECONNREFUSED)
			return RUN_FAILED;
	}
	return 0;
}

/*
 * The documented limit, of records since @begin, on a machine of any speed; and a few
 * that something else of the application may make. Of many sent at once it is few.
 */
static uint64_t may_be_recorded(time_t begin)
{
	return 2000 + 500 * (time(NULL) - begin + 2) + 5;
}

TEST_F_TIMEOUT(events, syn_ack_is_under_the_limit, 300)
{
	struct df_status after;
	uint64_t seen;
	int packets = 20000;
	time_t begin = time(NULL);

	ASSERT_EQ(0, run_in(APP, send_syn_acks, &packets));
	after = module_status();
	EXPECT_LT(0, recorded(self));
	EXPECT_GE(may_be_recorded(begin), recorded(self));
	/* None is missing. Something else of the application may be among them. */
	seen = recorded(self) + after.event_suppressed -
	       self->before.event_suppressed;
	EXPECT_LE(packets, seen);
	EXPECT_GE(packets + 5, seen);
}

/* A source route hides where the packet goes; the event says that. */
static int send_source_routed(void *arg)
{
	uint8_t option[] = { 1, 131, 7, 4, 8, 8, 8, 8 };
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, PORT, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, option, sizeof(option)))
		return RUN_FAILED;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

TEST_F(events, reason_hidden)
{
	ASSERT_EQ(EPERM, run_in(APP, send_source_routed, NULL));
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      keep_event, NULL));
	EXPECT_EQ(DFENCE_REASON_HIDDEN, found.reason);
	EXPECT_EQ(1, found.rule);
	EXPECT_STREQ("", found.set);
}

/* Flags that cannot be read count as a SYN. */
static int send_fragment(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, 0, &sa);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	uint8_t packet[44] = { 0 };
	struct iphdr *ip = (struct iphdr *)packet;

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	ip->frag_off = htons(2);
	ip->daddr = ((struct sockaddr_in *)&sa)->sin_addr.s_addr;
	return sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&sa,
		      len) < 0 ? errno : 0;
}

TEST_F(events, log_new_of_a_tcp_fragment)
{
	EXPECT_EQ(ECONNREFUSED, run_in(APP, send_fragment, NULL));
	EXPECT_EQ(1, recorded(self));
}

/* The SYN-ACK of a listener leaves in a soft interrupt: of nobody's task. */
static int listen_and_connect(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr("10.9.0.1", PORT, &sa);
	uint64_t before = app_counters("app").packets;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	bind_any(fd, AF_INET, PORT);
	if (listen(fd, 1))
		return RUN_FAILED;
	/* Neither this socket is the application's, nor who connects. */
	if (write_file(OTHER "/cgroup.procs", "0"))
		return RUN_FAILED;
	connect(*(int *)arg, (struct sockaddr *)&sa, len);
	/* Tried again until it is judged, as long as somebody listens. */
	while (app_counters("app").packets == before)
		usleep(1000);
	return 0;
}

TEST_F(events, no_task_in_a_soft_interrupt)
{
	int fd = world_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ASSERT_EQ(0, run_in(APP, listen_and_connect, &fd));
	found.pid = 1;
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      keep_event, NULL));
	EXPECT_EQ(IPPROTO_TCP, found.protocol);
	EXPECT_EQ(PORT, found.sport);
	EXPECT_EQ(0, found.pid);
	EXPECT_STREQ("", found.comm);
	close(fd);
}

static int flood_syn(void *arg)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), i;

	for (i = 0; i < *(int *)arg; i++)
		if (send_tcp(fd, CN4, i + 1, true) != ECONNREFUSED)
			return RUN_FAILED;
	return 0;
}

struct sequence {
	uint64_t first;
	uint64_t last;
	uint64_t count;
	uint64_t suppressed;
	bool gap;
};

static int follow(const struct df_event *event, void *arg)
{
	struct sequence *s = arg;

	if (!s->count)
		s->first = event->seq;
	else if (event->seq != s->last + 1)
		s->gap = true;
	s->last = event->seq;
	s->count++;
	s->suppressed += event->suppressed;
	return 0;
}

/*
 * More events than the ring holds: what is left is the newest, without a hole,
 * and the first number tells how many are gone.
 */
TEST_F_TIMEOUT(events, ring_overrun_is_exact, 300)
{
	struct sequence s = { 0 };
	struct df_status after;
	int packets = RING + 500;

	ASSERT_EQ(0, run_in(APP, flood_syn, &packets));
	after = module_status();
	EXPECT_EQ(self->before.event_next + packets, after.event_next);
	EXPECT_EQ(after.event_next - RING, after.event_oldest);
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      follow, &s));
	EXPECT_EQ(RING, s.count);
	EXPECT_EQ(after.event_oldest, s.first);
	EXPECT_EQ(after.event_next - 1, s.last);
	EXPECT_FALSE(s.gap);
	/* 500 were pushed out: the numbers say so. */
	EXPECT_EQ(500, s.first - self->before.event_next);
}

/* Every destination port is a flow of its own. */
static int flood_udp(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, PORT, &sa);
	struct sockaddr_in *in = (struct sockaddr_in *)&sa;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;

	for (i = 0; i < *(int *)arg; i++) {
		in->sin_port = htons(i + 1);
		if (sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) >= 0 ||
		    errno != EPERM)
			return RUN_FAILED;
	}
	return 0;
}

/* Lines of the log behind a mark, and the sum of what they say was left out. */
static uint64_t count_lines(const char *mark, uint64_t *suppressed)
{
	const char *at = log_buffer();
	uint64_t lines = 0;

	kernel_log(mark, log_buffer(), LOG_SIZE);
	*suppressed = 0;
	while ((at = strstr(at, "dronefence: verdict="))) {
		const char *field = strstr(at, " suppressed=");

		lines++;
		*suppressed += field ? strtoull(field + 12, NULL, 10) : 0;
		at++;
	}
	return lines;
}

/*
 * What is not TCP is recorded under a limit. What is recorded and what is not add up
 * exactly, in the events and in the log.
 */
TEST_F_TIMEOUT(events, suppressed_is_exact, 300)
{
	uint64_t lines, suppressed;
	struct sequence s = { 0 };
	struct df_status after;
	/* Not more than are held, should a slow machine record them all. */
	int packets = 8000, one = 1;
	time_t begin;

	/* A first line takes what flows of other tests had suppressed. */
	sleep(1);
	ASSERT_EQ(0, run_in(APP, flood_udp, &one));
	self->before = module_status();

	kernel_log_mark("mark-flood");
	begin = time(NULL);
	ASSERT_EQ(0, run_in(APP, flood_udp, &packets));
	after = module_status();
	EXPECT_GE(may_be_recorded(begin), recorded(self));
	EXPECT_EQ(packets, recorded(self) + after.event_suppressed -
		  self->before.event_suppressed);

	/* The next event, and the next line, say what was left out before. */
	sleep(1);
	ASSERT_EQ(0, run_in(APP, flood_udp, &one));
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      follow, &s));
	EXPECT_EQ(packets + 1, s.count + s.suppressed);
	lines = count_lines("mark-flood", &suppressed);
	EXPECT_EQ(packets + 1, lines + suppressed);
	EXPECT_GT(packets / 2, lines);
}

int main(int argc, char **argv)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	return test_harness_run(argc, argv);
}
