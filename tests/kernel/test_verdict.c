// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every verdict, in both modes, for both families and every kind of packet:
 * what the sender is told, and what arrives. Correctness.
 *
 * That nothing arrives is shown without waiting: a packet of another program
 * follows on the same path, and what was before it would have come before it.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define RAW_PROTOCOL 253

/* What a sender says, and what comes behind it. */
#define FROM_APP 'A'
#define SENTINEL 'S'

FIXTURE(verdict) {
	struct df_counters before;
};

FIXTURE_VARIANT(verdict) {
	const char *verdict;
	const char *mode;
	int family;
	bool arrives;
	int tcp_error;
	int other_error;
};

#define VARIANT(v, m, f, ok, tcp, other)				\
	FIXTURE_VARIANT_ADD(verdict, v##_##m##_##f) {			\
		.verdict = #v, .mode = #m, .family = f, .arrives = ok,	\
		.tcp_error = tcp, .other_error = other,			\
	}

VARIANT(allow, enforce, AF_INET, true, EINPROGRESS, 0);
VARIANT(allow, enforce, AF_INET6, true, EINPROGRESS, 0);
VARIANT(allow, audit, AF_INET, true, EINPROGRESS, 0);
VARIANT(allow, audit, AF_INET6, true, EINPROGRESS, 0);
VARIANT(deny, enforce, AF_INET, false, ECONNREFUSED, EPERM);
VARIANT(deny, enforce, AF_INET6, false, ECONNREFUSED, EPERM);
VARIANT(deny, audit, AF_INET, true, EINPROGRESS, 0);
VARIANT(deny, audit, AF_INET6, true, EINPROGRESS, 0);
VARIANT(drop, enforce, AF_INET, false, EINPROGRESS, 0);
VARIANT(drop, enforce, AF_INET6, false, EINPROGRESS, 0);
VARIANT(drop, audit, AF_INET, true, EINPROGRESS, 0);
VARIANT(drop, audit, AF_INET6, true, EINPROGRESS, 0);

FIXTURE_SETUP(verdict)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "profiles: { p: { rules: [ { %s: { located-in: CN } } ], default: allow } }\n"
		 "applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p, mode: %s } }\n",
		 variant->verdict, variant->mode);
	apply_policy(yaml);
	self->before = app_counters("app");
}

FIXTURE_TEARDOWN(verdict)
{
}

static const char *cn(int family)
{
	return family == AF_INET6 ? CN6 : CN4;
}

/* One message of a kind; @text is its payload. Returns 0 or an errno. */
struct message {
	int family;
	int type;
	int protocol;
	bool connected;
	bool echo;
	char text;
};

static size_t fill_packet(const struct message *m, uint8_t *packet)
{
	struct icmphdr *echo4 = (struct icmphdr *)packet;
	size_t len = 8;

	memset(packet, 0, 16);
	packet[len++] = m->text;
	if (!m->echo)
		return len;
	echo4->type = m->family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	if (m->family == AF_INET) {
		uint32_t sum = htons(ICMP_ECHO << 8) + htons(m->text << 8);

		echo4->checksum = ~(sum + (sum >> 16));
	}
	return len;
}

static int send_message(void *arg)
{
	const struct message *m = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(cn(m->family),
				  m->type == SOCK_RAW ? 0 : PORT, &sa);
	int fd = socket(m->family, m->type, m->protocol), err = 0;
	uint8_t packet[16];
	size_t size = fill_packet(m, packet);

	if (fd < 0)
		return RUN_FAILED;
	if (m->connected) {
		if (connect(fd, (struct sockaddr *)&sa, len))
			return RUN_FAILED;
		if (send(fd, packet, size, 0) < 0)
			err = errno;
	} else if (sendto(fd, packet, size, 0, (struct sockaddr *)&sa, len) < 0) {
		err = errno;
	}
	close(fd);
	return err;
}

/*
 * Read until the sentinel. Returns whether a message of the application came
 * before it, or -1 if no sentinel came.
 */
static int arrived(int fd, int family, int type)
{
	uint8_t packet[256];
	bool seen = false;

	for (;;) {
		ssize_t len = recv(fd, packet, sizeof(packet), 0);
		const uint8_t *payload = packet;

		if (len < 0)
			return -1;
		/* Raw sockets of IPv4 deliver the IP header as well. */
		if (type == SOCK_RAW && family == AF_INET)
			payload += (packet[0] & 15) * 4;
		if (payload + 9 > packet + len)
			continue;
		if (payload[8] == SENTINEL)
			return seen;
		if (payload[8] == FROM_APP)
			seen = true;
	}
}

static void check_counters(struct __test_metadata *_metadata,
			   const struct df_counters *before,
			   const FIXTURE_VARIANT(verdict) *variant)
{
	struct df_counters after = app_counters("app");

	if (!strcmp(variant->verdict, "allow")) {
		EXPECT_LT(before->allowed_packets, after.allowed_packets);
	} else if (!strcmp(variant->mode, "audit")) {
		EXPECT_LT(before->audited_packets, after.audited_packets);
	} else if (!strcmp(variant->verdict, "deny")) {
		EXPECT_LT(before->denied_packets, after.denied_packets);
	} else {
		EXPECT_LT(before->dropped_packets, after.dropped_packets);
	}
	EXPECT_EQ(after.packets, after.allowed_packets + after.denied_packets +
		  after.dropped_packets + after.audited_packets);
}

static void check_message(struct __test_metadata *_metadata,
			  const FIXTURE_DATA(verdict) *self,
			  const FIXTURE_VARIANT(verdict) *variant,
			  struct message m)
{
	int fd = world_socket(m.family, m.type, m.protocol);

	if (m.type == SOCK_DGRAM)
		bind_any(fd, m.family, PORT);
	m.text = FROM_APP;
	EXPECT_EQ(variant->other_error, run_in(APP, send_message, &m));
	m.text = SENTINEL;
	ASSERT_EQ(0, run_in(OTHER, send_message, &m));
	EXPECT_EQ(variant->arrives, arrived(fd, m.family, m.type));
	check_counters(_metadata, &self->before, variant);
	close(fd);
}

TEST_F_TIMEOUT(verdict, udp_unconnected, 120)
{
	check_message(_metadata, self, variant, (struct message){
		.family = variant->family, .type = SOCK_DGRAM });
}

TEST_F_TIMEOUT(verdict, udp_connected, 120)
{
	check_message(_metadata, self, variant, (struct message){
		.family = variant->family, .type = SOCK_DGRAM,
		.connected = true });
}

TEST_F_TIMEOUT(verdict, icmp_echo, 120)
{
	check_message(_metadata, self, variant, (struct message){
		.family = variant->family, .type = SOCK_RAW, .echo = true,
		.protocol = variant->family == AF_INET6 ? IPPROTO_ICMPV6 :
							  IPPROTO_ICMP });
}

TEST_F_TIMEOUT(verdict, raw_protocol, 120)
{
	check_message(_metadata, self, variant, (struct message){
		.family = variant->family, .type = SOCK_RAW,
		.protocol = RAW_PROTOCOL });
}

/* Begin to connect and say how that ended; never waits. */
static int try_connect(void *arg)
{
	int family = *(int *)arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(cn(family), PORT, &sa);
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return RUN_FAILED;
	if (connect(fd, (struct sockaddr *)&sa, len))
		return errno;
	return 0;
}

/* Connect, say the port, and wait to be accepted. */
static int full_connect(void *arg)
{
	int family = *(int *)arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(cn(family), PORT, &sa);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, len))
		return RUN_FAILED;
	return send(fd, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : RUN_FAILED;
}

/*
 * A denied connect() fails by itself at once: the socket does not block, so an
 * answer other than EINPROGRESS cannot have waited for anything.
 */
TEST_F_TIMEOUT(verdict, tcp_connect, 120)
{
	int family = variant->family, fd, accepted = 0;
	struct pollfd poll_fd = { .events = POLLIN };

	fd = world_socket(family, SOCK_STREAM, 0);
	bind_any(fd, family, PORT);
	ASSERT_EQ(0, listen(fd, 8));
	EXPECT_EQ(variant->tcp_error, run_in(APP, try_connect, &family));
	/* On the same path, so behind the application's SYN. */
	ASSERT_EQ(0, run_in(OTHER, full_connect, &family));

	poll_fd.fd = fd;
	while (poll(&poll_fd, 1, 0) == 1) {
		close(accept(fd, NULL, NULL));
		accepted++;
	}
	/* An aborted handshake leaves the queue, so at least the sentinel. */
	EXPECT_LE(1, accepted);
	if (!variant->arrives) {
		EXPECT_EQ(1, accepted);
	}
	check_counters(_metadata, &self->before, variant);
	close(fd);
}

/* To an allowed country everything goes on as if there were no fence. */
static int connect_us(void *arg)
{
	int family = *(int *)arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(family == AF_INET6 ? US6 : US4, PORT, &sa);
	int fd = socket(family, SOCK_STREAM, 0);
	char c = 0;

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, len) ||
	    send(fd, "x", 1, 0) != 1 || recv(fd, &c, 1, 0) != 1)
		return RUN_FAILED;
	return c;
}

static int echo_server(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);
	char c;

	if (fd < 0 || recv(fd, &c, 1, 0) != 1 || send(fd, "y", 1, 0) != 1)
		return RUN_FAILED;
	return 0;
}

TEST_F_TIMEOUT(verdict, elsewhere_untouched, 120)
{
	int family = variant->family;
	int fd = world_socket(family, SOCK_STREAM, 0);
	pid_t child;

	bind_any(fd, family, PORT);
	ASSERT_EQ(0, listen(fd, 8));
	child = fork();
	if (!child)
		_exit(run_in(OTHER, echo_server, &fd) ? 1 : 0);
	EXPECT_EQ('y', run_in(APP, connect_us, &family));
	waitpid(child, NULL, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	fence_setup();
	return test_harness_run(argc, argv);
}
