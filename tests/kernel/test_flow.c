// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flow table: what is remembered, when it ends, and that every packet is
 * in the totals of exactly one flow. Correctness, and what a flood of
 * destinations does.
 *
 * vm: --parallel --timeout 900
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define IP_UDP 28	/* bytes of the headers of an IPv4 datagram */
#define FLOOD 200000
#define FIRST 0x08080810	/* 8.8.8.16, US */

#define APPLICATIONS \
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n"

static const char policy[] =
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - { deny: { located-in: CN }, log: new }\n"
	"      - { allow: any, log: new }\n"
	"    default: deny\n"
	APPLICATIONS;

static const char everything_allowed[] =
	"profiles: { p: { default: allow, log: new } }\n"
	APPLICATIONS;

static const char nobody[] =
	"profiles: { p: { default: deny } }\n"
	"applications: { else: { match: { cgroup: /nowhere }, profile: p } }\n";

static const struct df_limits defaults = {
	.value = { 65536, 120, 8100, 130, 60, 60 },
	.given = { true, true, true, true, true, true },
};

FIXTURE(flow) {
	struct df_client *client;
	uint64_t first_event;
};

FIXTURE_SETUP(flow)
{
	/* Without the application no flow of another test is left. */
	apply_policy(nobody);
	apply_policy(policy);
	self->client = open_client();
	ASSERT_EQ(0, df_client_set_limits(self->client, &defaults));
	self->first_event = module_status().event_next;
}

FIXTURE_TEARDOWN(flow)
{
	df_client_close(self->client);
}

static int set_limit(struct df_client *client, enum df_limit which,
		     uint32_t value)
{
	struct df_limits limits = { 0 };

	limits.value[which] = value;
	limits.given[which] = true;
	return df_client_set_limits(client, &limits);
}

/* What a listing saw. */
struct list {
	unsigned int count;
	struct df_flow flow[4];	/* the first ones */
	uint8_t *seen;		/* by number of the flow, if wanted */
	bool twice;
};

static int list_one(const struct df_flow *flow, void *arg)
{
	struct list *list = arg;

	if (list->count < 4)
		list->flow[list->count] = *flow;
	list->count++;
	if (list->seen)
		list->twice |= list->seen[flow->id]++;
	return 0;
}

static struct list list_flows(struct df_client *client, int verdict)
{
	struct df_flow_filter filter = { .application = "app", .verdict = verdict };
	struct list list = { 0 };

	if (df_client_flows(client, &filter, list_one, &list))
		list.count = -1;
	return list;
}

/* The ends of flows since a sequence number. */
struct ends {
	unsigned int count;
	unsigned int news;
	struct df_event last;
	struct df_event verdict;
};

static int end_one(const struct df_event *event, void *arg)
{
	struct ends *ends = arg;

	if (event->type == DFENCE_EVENT_FLOW_END) {
		ends->count++;
		ends->last = *event;
	} else if (event->type == DFENCE_EVENT_VERDICT) {
		ends->news++;
		ends->verdict = *event;
	}
	return 0;
}

static struct ends ends_since(struct df_client *client, uint64_t since)
{
	struct ends ends = { 0 };

	df_client_events(client, since, end_one, &ends);
	return ends;
}

static struct ends wait_for_end(struct df_client *client, uint64_t since)
{
	struct ends ends = ends_since(client, since);
	int i;

	for (i = 0; i < 300 && !ends.count; i++) {
		usleep(100000);
		ends = ends_since(client, since);
	}
	return ends;
}

/* What to send, in a process of the application. */
struct job {
	const char *to;
	int count;
	uint32_t first;		/* address, for a range of them */
	int fd;
	int refused;
};

static struct job *job;

/* The pipes of a conversation between the test and its application. */
static int to_app[2], from_app[2];

static int send_some(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(job->to, PORT, &sa);
	int i, fd = socket(sa.ss_family, SOCK_DGRAM, 0), refused = 0;

	for (i = 0; i < job->count; i++)
		refused += sendto(fd, "12", 2, 0, (struct sockaddr *)&sa, len) != 2;
	return refused;
}

/* One datagram to each of many addresses. */
static int send_around(void *arg)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int i, fd = socket(AF_INET, SOCK_DGRAM, 0);

	job->refused = 0;
	bind_any(fd, AF_INET, 5000);
	for (i = 0; i < job->count; i++) {
		sa.sin_addr.s_addr = htonl(job->first + i);
		if (sendto(fd, "1", 1, 0, (struct sockaddr *)&sa, sizeof(sa)) != 1)
			job->refused += errno == EPERM;
	}
	return 0;
}

TEST_F(flow, remembers_and_counts)
{
	struct list list;
	struct ends ends;

	*job = (struct job){ .to = US4, .count = 5 };
	ASSERT_EQ(0, run_in(APP, send_some, NULL));
	list = list_flows(self->client, -1);
	ASSERT_EQ(1, list.count);
	EXPECT_EQ(5, list.flow[0].totals.packets);
	EXPECT_EQ(5 * (IP_UDP + 2), list.flow[0].totals.bytes);
	EXPECT_EQ(0, list.flow[0].totals.refused_packets);
	EXPECT_EQ(DFENCE_FLOW_UDP, list.flow[0].state);
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, list.flow[0].verdict);
	EXPECT_EQ(2, list.flow[0].rule);
	EXPECT_EQ(PORT, list.flow[0].dport);
	EXPECT_STREQ("US", list.flow[0].country);
	EXPECT_LE(list.flow[0].start, list.flow[0].last);
	/* The flow was news, not each packet. */
	ends = ends_since(self->client, self->first_event);
	EXPECT_EQ(1, ends.news);
	EXPECT_EQ(list.flow[0].id, ends.verdict.flow);
	EXPECT_TRUE(flows_add_up("app"));
}

TEST_F(flow, remembers_what_it_refuses)
{
	struct list list;

	*job = (struct job){ .to = CN6, .count = 3 };
	ASSERT_EQ(3, run_in(APP, send_some, NULL));
	list = list_flows(self->client, DFENCE_VERDICT_DENY);
	ASSERT_EQ(1, list.count);
	EXPECT_EQ(0, list.flow[0].totals.packets);
	EXPECT_EQ(3, list.flow[0].totals.refused_packets);
	EXPECT_STREQ("CN", list.flow[0].set);
	EXPECT_EQ(0, list_flows(self->client, DFENCE_VERDICT_ALLOW).count);
	EXPECT_EQ(0, list_flows(self->client, DFENCE_VERDICT_DROP).count);
	EXPECT_EQ(1, ends_since(self->client, self->first_event).news);
	EXPECT_TRUE(flows_add_up("app"));
}

/* A listing without a filter sees every application, with another's none. */
TEST_F(flow, is_filtered_by_application)
{
	struct df_flow_filter filter = { .verdict = -1 };
	struct list list = { 0 };

	*job = (struct job){ .to = US4, .count = 1 };
	ASSERT_EQ(0, run_in(APP, send_some, NULL));
	ASSERT_EQ(0, df_client_flows(self->client, &filter, list_one, &list));
	EXPECT_EQ(1, list.count);
	filter.application = "appl";
	list.count = 0;
	ASSERT_EQ(0, df_client_flows(self->client, &filter, list_one, &list));
	EXPECT_EQ(0, list.count);
}

TEST_F(flow, of_another_program_does_not_exist)
{
	*job = (struct job){ .to = US4, .count = 3 };
	ASSERT_EQ(0, run_in(OTHER, send_some, NULL));
	EXPECT_EQ(0, module_status().flows);
}

TEST_F(flow, ends_when_idle)
{
	struct ends ends;

	*job = (struct job){ .to = US4, .count = 4 };
	ASSERT_EQ(0, run_in(APP, send_some, NULL));
	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_UDP, 1));
	ends = wait_for_end(self->client, self->first_event);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_IDLE, ends.last.end);
	EXPECT_EQ(4, ends.last.totals.packets);
	EXPECT_EQ(4 * (IP_UDP + 2), ends.last.totals.bytes);
	EXPECT_EQ(ends.verdict.flow, ends.last.flow);
	EXPECT_EQ(0, strcmp(ends.verdict.comm, ends.last.comm));
	EXPECT_EQ(ends.verdict.pid, ends.last.pid);
	EXPECT_EQ(0, module_status().flows);
	EXPECT_TRUE(flows_add_up("app"));
}

/* Idle is counted from the last packet, not from the first. */
TEST_F(flow, lives_as_long_as_it_is_used)
{
	uint64_t id = 0;
	int i;

	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_UDP, 10));
	for (i = 0; i < 24; i++) {
		*job = (struct job){ .first = FIRST, .count = 1 };
		ASSERT_EQ(0, run_in(APP, send_around, NULL));
		id = id ?: list_flows(self->client, -1).flow[0].id;
		usleep(500000);
	}
	EXPECT_EQ(id, list_flows(self->client, -1).flow[0].id);
	EXPECT_EQ(0, ends_since(self->client, self->first_event).count);
}

/* Another application comes and goes; this one's flows stay. */
TEST_F(flow, stays_when_another_application_goes)
{
	struct list before, after;

	apply_policy("profiles: { p: { default: allow } }\n"
		     "applications:\n"
		     "  app: { match: { cgroup: /dronefence.slice/app }, profile: p }\n"
		     "  more: { match: { cgroup: /other }, profile: p }\n");
	*job = (struct job){ .to = US4, .count = 1 };
	ASSERT_EQ(0, run_in(APP, send_some, NULL));
	ASSERT_EQ(0, run_in(OTHER, send_some, NULL));
	before = list_flows(self->client, -1);
	EXPECT_EQ(2, module_status().flows);
	apply_policy(policy);
	after = list_flows(self->client, -1);
	ASSERT_EQ(1, after.count);
	EXPECT_EQ(before.flow[0].id, after.flow[0].id);
	EXPECT_EQ(1, module_status().flows);
}

/*
 * The same ports by another protocol, and hidden, are other flows. UDP-Lite by hand: newer
 * kernels have none.
 */
static int send_alike(void *arg)
{
	uint8_t route[] = { 1, 131, 7, 4, 8, 8, 8, 8 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int lite = socket(AF_INET, SOCK_RAW, IPPROTO_UDPLITE);
	const uint16_t head[4] = { htons(5000), htons(PORT), htons(8) };
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, PORT, &sa);

	bind_any(fd, AF_INET, 5000);
	if (sendto(fd, "1", 1, 0, (struct sockaddr *)&sa, len) != 1 ||
	    sendto(lite, head, sizeof(head), 0, (struct sockaddr *)&sa, len) != sizeof(head) ||
	    setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route)))
		return RUN_FAILED;
	/* The policy denies what hides its destination. */
	return sendto(fd, "1", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

TEST_F(flow, takes_no_verdict_of_what_only_looks_alike)
{
	ASSERT_EQ(EPERM, run_in(APP, send_alike, NULL));
	EXPECT_EQ(2, list_flows(self->client, DFENCE_VERDICT_ALLOW).count);
	EXPECT_EQ(1, list_flows(self->client, DFENCE_VERDICT_DENY).count);
}

TEST_F(flow, ends_with_its_application)
{
	struct ends ends;

	*job = (struct job){ .to = US4, .count = 2 };
	ASSERT_EQ(0, run_in(APP, send_some, NULL));
	apply_policy(nobody);
	ends = ends_since(self->client, self->first_event);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_POLICY, ends.last.end);
	EXPECT_STREQ("app", ends.last.application);
	EXPECT_EQ(2, ends.last.totals.packets);
	EXPECT_EQ(0, module_status().flows);
}

/* TCP: a listener in the world, and a connection of the application to it. */
static int listener;

static int world_listener(void)
{
	int fd = world_socket(AF_INET, SOCK_STREAM, 0);

	bind_any(fd, AF_INET, PORT);
	listen(fd, 64);
	return fd;
}

static int connect_from(uint16_t port, const char *to)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage sa;
	socklen_t len = make_addr(to, PORT, &sa);

	if (port)
		bind_any(fd, AF_INET, port);
	if (connect(fd, (struct sockaddr *)&sa, len))
		return -errno;
	return fd;
}

static void abort_on_close(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static int connect_and_close(void *arg)
{
	int fd = connect_from(0, US4);

	if (fd < 0)
		return fd;
	if (write(fd, "hello", 5) != 5)
		return RUN_FAILED;
	if (job->count)
		abort_on_close(fd);
	return close(fd);
}

TEST_F(flow, ends_after_a_fin)
{
	struct ends ends;
	int fd;

	*job = (struct job){ 0 };
	listener = world_listener();
	ASSERT_EQ(0, run_in(APP, connect_and_close, NULL));
	fd = accept(listener, NULL, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(DFENCE_FLOW_TCP_CLOSING,
		  list_flows(self->client, -1).flow[0].state);
	EXPECT_EQ(0, ends_since(self->client, self->first_event).count);
	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_TCP_CLOSING, 1));
	ends = wait_for_end(self->client, self->first_event);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(1, ends.news);
	EXPECT_EQ(DFENCE_FLOW_END_CLOSED, ends.last.end);
	/* SYN, ACK, data, FIN at least */
	EXPECT_LE(4, ends.last.totals.packets);
	EXPECT_TRUE(flows_add_up("app"));
	close(fd);
	close(listener);
}

TEST_F(flow, ends_with_a_reset_at_once)
{
	struct ends ends;

	*job = (struct job){ .count = 1 };
	listener = world_listener();
	ASSERT_EQ(0, run_in(APP, connect_and_close, NULL));
	ends = ends_since(self->client, self->first_event);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_RESET, ends.last.end);
	EXPECT_EQ(0, module_status().flows);
	EXPECT_TRUE(flows_add_up("app"));
	close(listener);
}

/* Aborted by the other side: the kernel sends nothing that would tell. */
static int connect_twice(void *arg)
{
	int i, fd;
	char c;

	for (i = 0; i < 2; i++) {
		fd = connect_from(5001, US4);
		if (fd < 0)
			return fd;
		/* Established, not only opened. */
		if (write(fd, "x", 1) != 1)
			return RUN_FAILED;
		if (read(fd, &c, 1) != -1 || errno != ECONNRESET)
			return RUN_FAILED;
		close(fd);
	}
	return 0;
}

static void abort_twice(void)
{
	int i, fd;
	char c;

	for (i = 0; i < 2; i++) {
		fd = accept(listener, NULL, NULL);
		abort_on_close(fd);
		if (read(fd, &c, 1) == 1)
			close(fd);
	}
}

TEST_F(flow, ends_when_its_ports_are_used_again)
{
	struct ends ends;
	pid_t child;

	listener = world_listener();
	child = fork();
	if (!child) {
		abort_twice();
		_exit(0);
	}
	ASSERT_EQ(0, run_in(APP, connect_twice, NULL));
	waitpid(child, NULL, 0);
	ends = ends_since(self->client, self->first_event);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(2, ends.news);
	EXPECT_EQ(DFENCE_FLOW_END_REUSED, ends.last.end);
	EXPECT_NE(ends.last.flow, ends.verdict.flow);
	EXPECT_EQ(1, module_status().flows);
	EXPECT_TRUE(flows_add_up("app"));
	close(listener);
}

/* A refused connection is tried again from the same port. */
static int refused_twice(void *arg)
{
	int i, err;

	for (i = 0; i < 2; i++) {
		err = connect_from(5002, CN4);
		if (err != -ECONNREFUSED)
			return RUN_FAILED;
	}
	return 0;
}

TEST_F(flow, each_attempt_is_recorded)
{
	struct ends ends;

	ASSERT_EQ(0, run_in(APP, refused_twice, NULL));
	ends = ends_since(self->client, self->first_event);
	EXPECT_EQ(2, ends.news);
	EXPECT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_REUSED, ends.last.end);
	EXPECT_EQ(1, ends.last.totals.refused_packets);
	EXPECT_TRUE(flows_add_up("app"));
}

/* An established connection has the idle time of its state, not of the SYN. */
static int stay_connected(void *arg)
{
	int fd = connect_from(0, US4);

	if (fd < 0 || write(fd, "x", 1) != 1)
		return RUN_FAILED;
	sleep(6);
	abort_on_close(fd);
	return close(fd);
}

TEST_F(flow, established_has_its_own_idle_time)
{
	struct ends ends;

	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_TCP_OPENING, 1));
	listener = world_listener();
	ASSERT_EQ(0, run_in(APP, stay_connected, NULL));
	ends = ends_since(self->client, self->first_event);
	EXPECT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_RESET, ends.last.end);
	close(listener);
}

/*
 * A listener of the application, and a connection to it from far away: with
 * cookies the answer to a SYN has no socket.
 */
static int wait_for_connection(void *arg)
{
	int family = job->fd, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int i, peer = -1;

	bind_any(fd, family, PORT);
	if (listen(fd, 4) || write(from_app[1], "", 1) != 1)
		return RUN_FAILED;
	for (i = 0; i < job->count && peer < 0; i++) {
		usleep(100000);
		peer = accept(fd, NULL, NULL);
	}
	return peer >= 0;
}

static int connect_to_it(int family, const char *from, const char *to)
{
	struct sockaddr_storage sa;
	int fd = world_socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t len = make_addr(from, 0, &sa);
	pid_t child;
	int status;
	char c;

	if (pipe(from_app) || bind(fd, (struct sockaddr *)&sa, len))
		return -1;
	job->fd = family;
	/* Tenths of a second; to wait for what is denied takes them all. */
	job->count = !strcmp(from, US4) || !strcmp(from, US6) ? 200 : 20;
	child = fork();
	if (!child)
		_exit(run_in(APP, wait_for_connection, NULL));
	if (read(from_app[0], &c, 1) != 1)
		return -1;
	len = make_addr(to, PORT, &sa);
	connect(fd, (struct sockaddr *)&sa, len);
	waitpid(child, &status, 0);
	close(fd);
	return WEXITSTATUS(status);
}

TEST_F(flow, listener_answers_with_a_cookie)
{
	struct df_counters before = app_counters("app");

	ASSERT_EQ(0, write_file("/proc/sys/net/ipv4/tcp_syncookies", "2"));
	EXPECT_EQ(1, connect_to_it(AF_INET, US4, "10.9.0.1"));
	EXPECT_EQ(1, connect_to_it(AF_INET6, US6, "fd00:9::1"));
	EXPECT_EQ(before.denied_packets, app_counters("app").denied_packets);
	EXPECT_EQ(0, connect_to_it(AF_INET, CN4, "10.9.0.1"));
	EXPECT_LT(before.denied_packets, app_counters("app").denied_packets);
	before = app_counters("app");
	EXPECT_EQ(0, connect_to_it(AF_INET6, CN6, "fd00:9::1"));
	EXPECT_LT(before.denied_packets, app_counters("app").denied_packets);
	ASSERT_EQ(0, write_file("/proc/sys/net/ipv4/tcp_syncookies", "1"));
	EXPECT_TRUE(flows_add_up("app"));
}

static int upload(void *arg)
{
	char buf[1024] = "", command;
	int fd = connect_from(0, job->to);

	if (fd < 0)
		return fd;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* No retransmission after the end, into the next test. */
	abort_on_close(fd);
	while (read(to_app[0], &command, 1) == 1 && command != 'q') {
		/* Where a policy denies it, it is reset. */
		if (send(fd, buf, sizeof(buf), MSG_NOSIGNAL) < 0 &&
		    errno != EAGAIN && errno != ECONNABORTED && errno != EPIPE)
			return -errno;
		if (write(from_app[1], "", 1) != 1)
			return RUN_FAILED;
	}
	return 0;
}

static pid_t start(int (*fn)(void *arg))
{
	pid_t child;

	if (pipe(to_app) || pipe(from_app))
		return -1;
	child = fork();
	if (!child) {
		close(to_app[1]);
		_exit(run_in(APP, fn, NULL) != 0);
	}
	close(to_app[0]);
	return child;
}

static bool tell(char command)
{
	char c;

	return write(to_app[1], &command, 1) == 1 &&
	       (command == 'q' || read(from_app[0], &c, 1) == 1);
}

static bool ended_well(pid_t child)
{
	int status = -1;

	tell('q');
	close(to_app[1]);
	waitpid(child, &status, 0);
	return !status;
}

static size_t drain(int fd)
{
	char buf[4096];
	size_t sum = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		sum += n;
	return sum;
}

TEST_F(flow, obeys_a_new_policy_with_its_next_packet)
{
	struct list before, after;
	struct ends ends;
	pid_t child;
	int fd, i;

	*job = (struct job){ .to = CN4 };
	apply_policy(everything_allowed);
	listener = world_listener();
	child = start(upload);
	fd = accept(listener, NULL, NULL);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(tell('w'));
	ASSERT_TRUE(tell('w'));
	usleep(200000);
	ASSERT_EQ(2048, drain(fd));
	before = list_flows(self->client, -1);
	ASSERT_EQ(1, before.count);

	apply_policy(policy);
	for (i = 0; i < 10; i++)
		ASSERT_TRUE(tell('w'));
	/* Time enough for what is sent again by the timer. */
	usleep(1500000);
	EXPECT_EQ(0, drain(fd));
	/* The connection is reset, and with it its flow ends. */
	after = list_flows(self->client, -1);
	EXPECT_EQ(0, after.count);
	/* Its beginning was news, and so was the other verdict; no more. */
	ends = ends_since(self->client, self->first_event);
	EXPECT_EQ(2, ends.news);
	EXPECT_EQ(DFENCE_VERDICT_DENY, ends.verdict.verdict);
	EXPECT_EQ(before.flow[0].id, ends.verdict.flow);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_RESET, ends.last.end);
	EXPECT_EQ(before.flow[0].id, ends.last.flow);
	EXPECT_EQ(before.flow[0].totals.packets, ends.last.totals.packets);
	EXPECT_LE(2, ends.last.totals.refused_packets);
	EXPECT_TRUE(ended_well(child));
	EXPECT_TRUE(flows_add_up("app"));
	close(fd);
	close(listener);
}

TEST_F_TIMEOUT(flow, goes_on_where_its_verdict_is_the_same, 800)
{
	const char *is_long = getenv("DRONEFENCE_LONG");
	int i, fd, swaps = is_long && *is_long ? 1000 : 50;
	struct list before, after;
	pid_t child;

	*job = (struct job){ .to = US4 };
	listener = world_listener();
	child = start(upload);
	fd = accept(listener, NULL, NULL);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(tell('w'));
	before = list_flows(self->client, -1);
	for (i = 0; i < swaps; i++) {
		char buf[1024];

		apply_policy(i % 2 ? policy : everything_allowed);
		ASSERT_TRUE(tell('w'));
		ASSERT_EQ(sizeof(buf), recv(fd, buf, sizeof(buf), MSG_WAITALL));
	}
	after = list_flows(self->client, -1);
	ASSERT_EQ(1, after.count);
	EXPECT_EQ(before.flow[0].id, after.flow[0].id);
	EXPECT_EQ(before.flow[0].start, after.flow[0].start);
	EXPECT_LE(swaps, after.flow[0].totals.packets);
	EXPECT_EQ(0, after.flow[0].totals.refused_packets);
	EXPECT_EQ(1, ends_since(self->client, self->first_event).news);
	EXPECT_TRUE(ended_well(child));
	EXPECT_TRUE(flows_add_up("app"));
	close(fd);
	close(listener);
}

TEST_F(flow, that_is_idle_longest_makes_room)
{
	uint64_t oldest_id, evicted = module_status().flows_evicted;
	struct ends ends;
	struct list list;
	int i, oldest = 0;

	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_FLOWS, 4));
	for (i = 0; i < 4; i++) {
		*job = (struct job){ .first = FIRST + i, .count = 1 };
		ASSERT_EQ(0, run_in(APP, send_around, NULL));
		usleep(50000);
	}
	/* The first is used again, within a second, so the second is the one. */
	*job = (struct job){ .first = FIRST, .count = 1 };
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	list = list_flows(self->client, -1);
	ASSERT_EQ(4, list.count);
	for (i = 0; i < 4; i++)
		if (list.flow[i].daddr == FIRST + 1)
			oldest = i;
	oldest_id = list.flow[oldest].id;

	*job = (struct job){ .first = FIRST + 4, .count = 1 };
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	ends = ends_since(self->client, self->first_event);
	ASSERT_EQ(1, ends.count);
	EXPECT_EQ(DFENCE_FLOW_END_EVICTED, ends.last.end);
	EXPECT_EQ(oldest_id, ends.last.flow);
	EXPECT_EQ(evicted + 1, module_status().flows_evicted);

	/* A lower limit holds at once. */
	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_FLOWS, 1));
	EXPECT_EQ(1, module_status().flows);
	EXPECT_EQ(evicted + 4, module_status().flows_evicted);
	EXPECT_TRUE(flows_add_up("app"));
}

TEST_F_TIMEOUT(flow, listing_has_each_once, 300)
{
	struct df_flow_filter filter = { .verdict = -1 };
	struct df_status status;
	struct list list = { 0 };

	*job = (struct job){ .first = 0x0a000000, .count = 5000 };
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	status = module_status();
	ASSERT_EQ(5000, status.flows);
	list.seen = calloc(status.flows_created + 1, 1);
	ASSERT_EQ(0, df_client_flows(self->client, &filter, list_one, &list));
	EXPECT_EQ(5000, list.count);
	EXPECT_FALSE(list.twice);
	free(list.seen);
}

static int hear_nothing(void *arg)
{
	return run_in(OTHER, send_some, NULL);
}

TEST_F_TIMEOUT(flow, flood_of_destinations_stays_in_its_limits, 600)
{
	struct df_status before = module_status(), after;
	const char *slow = getenv("DRONEFENCE_SLOW");
	int flood = FLOOD, limit = 65536;

	/* A kernel that checks itself has no time for so many. */
	if (slow && atoi(slow) > 1) {
		flood = 20000;
		limit = 6000;
	}
	ASSERT_EQ(0, set_limit(self->client, DF_LIMIT_FLOWS, limit));
	*job = (struct job){ .first = 0x0a000000, .count = flood };
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	EXPECT_EQ(0, job->refused);
	after = module_status();
	EXPECT_EQ(limit, after.flow_limit);
	EXPECT_EQ(limit, after.flows);
	EXPECT_EQ(before.flows_created + flood, after.flows_created);
	EXPECT_EQ(before.flows_evicted + flood - limit,
		  after.flows_evicted);
	/* 65,536 buckets, and less than 320 bytes a flow. */
	if (limit == 65536)
		EXPECT_GT((1 << 20) + 320ull * limit, after.flow_memory);
	EXPECT_TRUE(flows_add_up("app"));

	/* Verdicts are right, known or new, and nobody else notices. */
	*job = (struct job){ .first = 0xdf050000, .count = 1000 }; /* 223.5.0.0 */
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	EXPECT_EQ(1000, job->refused);
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	EXPECT_EQ(1000, job->refused);
	*job = (struct job){ .to = CN4, .count = 10 };
	EXPECT_EQ(0, hear_nothing(NULL));
	EXPECT_TRUE(flows_add_up("app"));
}

TEST_F(flow, limits_out_of_range_change_nothing)
{
	struct df_limits limits = defaults, now;

	limits.value[DF_LIMIT_FLOWS] = 1000;
	limits.value[DF_LIMIT_OTHER] = 0;
	EXPECT_EQ(-ERANGE, df_client_set_limits(self->client, &limits));
	limits.value[DF_LIMIT_OTHER] = DRONEFENCE_MAX_IDLE + 1;
	EXPECT_EQ(-ERANGE, df_client_set_limits(self->client, &limits));
	limits.value[DF_LIMIT_OTHER] = DRONEFENCE_MAX_IDLE;
	limits.value[DF_LIMIT_FLOWS] = DRONEFENCE_MAX_FLOWS + 1;
	EXPECT_EQ(-ERANGE, df_client_set_limits(self->client, &limits));
	limits.value[DF_LIMIT_FLOWS] = 0;
	EXPECT_EQ(-ERANGE, df_client_set_limits(self->client, &limits));
	ASSERT_EQ(0, df_client_limits(self->client, &now));
	EXPECT_EQ(0, memcmp(now.value, defaults.value, sizeof(now.value)));
}

/* The same addresses and ports in another namespace are another flow. */
static int send_from_elsewhere(void *arg)
{
	if (enter_netns("twin"))
		return RUN_FAILED;
	return send_around(NULL);
}

TEST_F(flow, belongs_to_its_namespace)
{
	struct list list;

	ASSERT_EQ(0, shell("ip netns add twin && ip -n twin link add name dummy7 type dummy && ip -n twin addr add 10.9.0.1/24 dev dummy7 && ip -n twin link set dummy7 up && ip -n twin route add default dev dummy7"));
	*job = (struct job){ .first = FIRST, .count = 1 };
	ASSERT_EQ(0, run_in(APP, send_around, NULL));
	ASSERT_EQ(0, run_in(APP, send_from_elsewhere, NULL));
	list = list_flows(self->client, -1);
	ASSERT_EQ(2, list.count);
	EXPECT_NE(list.flow[0].netns, list.flow[1].netns);
	EXPECT_EQ(list.flow[0].saddr, list.flow[1].saddr);
	EXPECT_EQ(list.flow[0].sport, list.flow[1].sport);
	EXPECT_EQ(list.flow[0].daddr, list.flow[1].daddr);
	EXPECT_EQ(0, shell("ip netns del twin"));
}

/* A socket that somebody else made, used by the application. */
static int send_with_it(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(job->to, PORT, &sa);

	return sendto(job->fd, "1", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

static int make_and_lend(void *arg)
{
	job->fd = socket(AF_INET, SOCK_DGRAM, 0);
	return run_in(APP, send_with_it, NULL);
}

TEST_F(flow, with_a_socket_of_another_program)
{
	struct list list;

	*job = (struct job){ .to = CN4 };
	EXPECT_EQ(EPERM, run_in(OTHER, make_and_lend, NULL));
	*job = (struct job){ .to = US4 };
	EXPECT_EQ(0, run_in(OTHER, make_and_lend, NULL));
	list = list_flows(self->client, -1);
	EXPECT_EQ(2, list.count);
	EXPECT_TRUE(flows_add_up("app"));
}

int main(int argc, char **argv)
{
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	return test_harness_run(argc, argv);
}
