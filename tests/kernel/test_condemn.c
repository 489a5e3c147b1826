// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets that are ended: those of other programs that an application sends
 * with, and its own connections that a new policy denies. Nothing may arrive
 * of what was refused, also not later in another's name; and every socket that
 * gives no cause stays. Correctness, and what happens when the table is full.
 *
 * vm: --timeout 900
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define MIB 1048576
#define TABLE 256		/* sockets that wait for their end at a time */
#define PATIENCE 60000		/* ms; only how long we look */
#define TIMERS 2000000		/* us; several retransmission timers of 200 ms */

#define APPLICATIONS \
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n"

static const char policy[] =
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - { deny: { located-in: CN }, log: new }\n"
	"    default: allow\n"
	APPLICATIONS;

static const char silent[] =
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - { drop: { located-in: CN }, log: new }\n"
	"    default: allow\n"
	APPLICATIONS;

static const char by_interface[] =
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - { deny: { located-in: CN }, out-interface: veth0, log: new }\n"
	"    default: allow\n"
	APPLICATIONS;

static const char everything_allowed[] =
	"profiles: { p: { default: allow } }\n"
	APPLICATIONS;

/* What the processes of a test have in common. */
struct job {
	const char *to;
	bool pass;		/* by SCM_RIGHTS, else inherited */
	int fd;
	pid_t app;
	int app_errno;		/* what the application's write ended with */
	int lender_errno;
	unsigned int state;	/* of TCP, when the lender looked last */
	long died_after;	/* us since the application began to write */
	int waiting;		/* bytes that were written, and not sent yet */
};

static struct job *job;

FIXTURE(condemn) {
	struct df_client *client;
	struct df_status before;
	int listener4, listener6;
};

static int world_listener(int family)
{
	int fd = world_socket(family, SOCK_STREAM, 0), on = 1;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	bind_any(fd, family, PORT);
	return listen(fd, 512) ? -1 : fd;
}

FIXTURE_SETUP(condemn)
{
	apply_policy(policy);
	self->client = open_client();
	self->before = module_status();
	self->listener4 = world_listener(AF_INET);
	self->listener6 = world_listener(AF_INET6);
	memset(job, 0, sizeof(*job));
}

FIXTURE_TEARDOWN(condemn)
{
	df_client_close(self->client);
	close(self->listener4);
	close(self->listener6);
}

/* What is not asked for in the tests of a socket that is ended. */
static bool sockets_grew_by(const struct df_status *before, unsigned int count)
{
	struct df_status now;
	int i;

	for (i = 0; i < PATIENCE / 10; i++) {
		now = module_status();
		if (!now.sockets_waiting &&
		    now.sockets_closed == before->sockets_closed + count)
			break;
		usleep(10000);
	}
	return !now.sockets_waiting &&
	       now.sockets_closed == before->sockets_closed + count &&
	       now.sockets_condemned == before->sockets_condemned + count;
}

static int open_socket(int type, const char *to)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(to, PORT, &sa);
	int fd = socket(sa.ss_family, type, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

static unsigned int tcp_state(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_state;
}

/* Wait until a connection is over. */
static bool is_dead(int fd)
{
	struct pollfd poll_fd = { .fd = fd };

	return poll(&poll_fd, 1, PATIENCE) == 1 && tcp_state(fd) == TCP_CLOSE;
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

static int send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = "", byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(to, &msg, 0) == 1 ? 0 : -1;
}

static int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(from, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* Write until it fails or all is written; the errno, or 0. */
static int write_all(int fd, size_t size)
{
	static char buf[65536];
	ssize_t n;

	while (size) {
		n = send(fd, buf, size < sizeof(buf) ? size : sizeof(buf),
			 MSG_NOSIGNAL);
		if (n < 0)
			return errno;
		size -= n;
	}
	return 0;
}

/* The application: gets a connection and writes 1 MiB into it. */
static int use_connection(void *arg)
{
	int *link = arg, fd = job->fd;
	struct timespec begin, end;

	job->app = getpid();
	if (link) {
		close(fd);
		fd = receive_fd(*link);
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	job->app_errno = write_all(fd, MIB);
	/* Where nothing is refused it stays alive. */
	if (!job->app_errno || !is_dead(fd))
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	job->died_after = (end.tv_sec - begin.tv_sec) * 1000000 +
			  (end.tv_nsec - begin.tv_nsec) / 1000;
	return 0;
}

/* Another program: opens a connection and lends it. */
static int lend_connection(void *arg)
{
	int link[2];

	job->fd = open_socket(SOCK_STREAM, job->to);
	if (job->fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, link) ||
	    (job->pass && send_fd(link[0], job->fd)) ||
	    run_in(APP, use_connection, job->pass ? &link[1] : NULL))
		return RUN_FAILED;
	if (!job->app_errno)
		return 0;
	job->state = is_dead(job->fd) ? TCP_CLOSE : tcp_state(job->fd);
	job->lender_errno = write_all(job->fd, 1);
	return 0;
}

/* The last end of a socket that was recorded. */
struct found {
	unsigned int count;
	struct df_event last;
};

static int find_closed(const struct df_event *event, void *arg)
{
	struct found *found = arg;

	if (event->type == DFENCE_EVENT_SOCKET_CLOSED) {
		found->count++;
		found->last = *event;
	}
	return 0;
}

FIXTURE_VARIANT(condemn) {
	int family;
	const char *cn, *us;
};

FIXTURE_VARIANT_ADD(condemn, ipv4) {
	.family = AF_INET, .cn = CN4, .us = US4,
};

FIXTURE_VARIANT_ADD(condemn, ipv6) {
	.family = AF_INET6, .cn = CN6, .us = US6,
};

/* Lend a connection to the application that may not send there. */
static void lend_and_lose(struct __test_metadata *_metadata,
			  FIXTURE_DATA(condemn) *self, int family,
			  const char *to, bool pass)
{
	int conn;

	job->to = to;
	job->pass = pass;
	ASSERT_EQ(0, run_in(OTHER, lend_connection, NULL));
	conn = accept(family == AF_INET6 ? self->listener6 : self->listener4,
		      NULL, NULL);
	ASSERT_LE(0, conn);
	EXPECT_TRUE(job->app_errno == ECONNABORTED || job->app_errno == EPIPE);
	EXPECT_EQ(TCP_CLOSE, job->state);
	EXPECT_EQ(EPIPE, job->lender_errno);
	TH_LOG("dead %ld us after the first byte", job->died_after);
	usleep(TIMERS);
	EXPECT_EQ(0, drain(conn));
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
	close(conn);
}

TEST_F_TIMEOUT(condemn, passed_by_scm_rights, 200)
{
	struct found found = { 0 };

	lend_and_lose(_metadata, self, variant->family, variant->cn, true);
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      find_closed, &found));
	ASSERT_EQ(1, found.count);
	EXPECT_STREQ("app", found.last.application);
	EXPECT_EQ(DFENCE_CLOSED_LENT, found.last.closed);
	EXPECT_EQ(DFENCE_VERDICT_DENY, found.last.verdict);
	EXPECT_EQ(job->app, found.last.pid);
	EXPECT_EQ(PORT, found.last.dport);
	EXPECT_NE(0, found.last.flow);
	EXPECT_STREQ("CN", found.last.country);
}

TEST_F_TIMEOUT(condemn, inherited, 200)
{
	lend_and_lose(_metadata, self, variant->family, variant->cn, false);
}

/* To drop its packets would not keep them from being sent again either. */
TEST_F_TIMEOUT(condemn, of_a_silent_rule, 200)
{
	apply_policy(silent);
	lend_and_lose(_metadata, self, variant->family, variant->cn, true);
}

TEST_F_TIMEOUT(condemn, not_where_it_may_send, 200)
{
	char buf[4096];
	size_t sum = 0;
	ssize_t n;
	int conn;

	job->to = variant->us;
	job->pass = true;
	if (!fork())
		_exit(run_in(OTHER, lend_connection, NULL) != 0);
	conn = accept(variant->family == AF_INET6 ? self->listener6 :
		      self->listener4, NULL, NULL);
	ASSERT_LE(0, conn);
	while (sum < MIB && (n = recv(conn, buf, sizeof(buf), 0)) > 0)
		sum += n;
	EXPECT_EQ(MIB, sum);
	wait(NULL);
	EXPECT_EQ(0, job->app_errno);
	EXPECT_TRUE(sockets_grew_by(&self->before, 0));
	close(conn);
}

static int send_datagram(void *arg)
{
	return send(job->fd, "x", 1, 0) < 0 ? errno : 0;
}

static int lend_datagrams(void *arg)
{
	struct pollfd poll_fd;
	socklen_t len = sizeof(job->lender_errno);
	int sent;

	job->fd = open_socket(SOCK_DGRAM, job->to);
	if (job->fd < 0)
		return RUN_FAILED;
	sent = run_in(APP, send_datagram, NULL);
	poll_fd = (struct pollfd){ .fd = job->fd };
	if (sent && poll(&poll_fd, 1, PATIENCE) == 1)
		getsockopt(job->fd, SOL_SOCKET, SO_ERROR, &job->lender_errno,
			   &len);
	return sent;
}

TEST_F_TIMEOUT(condemn, connected_datagrams, 200)
{
	job->to = variant->us;
	EXPECT_EQ(0, run_in(OTHER, lend_datagrams, NULL));
	EXPECT_EQ(0, job->lender_errno);
	EXPECT_TRUE(sockets_grew_by(&self->before, 0));
	job->to = variant->cn;
	EXPECT_EQ(EPERM, run_in(OTHER, lend_datagrams, NULL));
	EXPECT_EQ(ECONNABORTED, job->lender_errno);
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
}

static int send_to_cn(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(job->to, PORT, &sa);

	return sendto(job->fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ?
	       errno : 0;
}

/* Not connected there: the socket has other destinations. */
static int lend_a_socket_of_others(void *arg)
{
	const char *connected_to = arg;
	int err;

	job->fd = connected_to ? open_socket(SOCK_DGRAM, connected_to) :
		  socket(strchr(job->to, ':') ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	if (job->fd < 0)
		return RUN_FAILED;
	err = run_in(APP, send_to_cn, NULL);
	/* The lender may go on. */
	return err == EPERM ? send_to_cn(NULL) : RUN_FAILED;
}

TEST_F_TIMEOUT(condemn, not_datagrams_to_many, 200)
{
	job->to = variant->cn;
	EXPECT_EQ(0, run_in(OTHER, lend_a_socket_of_others, NULL));
	EXPECT_EQ(0, run_in(OTHER, lend_a_socket_of_others, (void *)variant->us));
	EXPECT_TRUE(sockets_grew_by(&self->before, 0));
}

static int connect_it(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(job->to, PORT, &sa);
	int fd = arg ? job->fd : socket(sa.ss_family, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&sa, len) ? errno : 0;
}

static int lend_unconnected(void *arg)
{
	job->fd = socket(strchr(job->to, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	return run_in(APP, connect_it, job);
}

TEST_F_TIMEOUT(condemn, not_what_fails_to_connect, 200)
{
	job->to = variant->cn;
	EXPECT_EQ(ECONNREFUSED, run_in(APP, connect_it, NULL));
	EXPECT_EQ(ECONNREFUSED, run_in(OTHER, lend_unconnected, NULL));
	EXPECT_TRUE(sockets_grew_by(&self->before, 0));
	/* Dropped, it would be sent again in the name of the lender. */
	apply_policy(silent);
	EXPECT_EQ(ECONNABORTED, run_in(OTHER, lend_unconnected, NULL));
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
}

/* A SYN that nobody answers is sent again by a timer. */
static int connect_for_long(void *arg)
{
	struct pollfd poll_fd = { .events = POLLOUT };
	struct sockaddr_storage sa;
	socklen_t len = make_addr(job->to, PORT, &sa), size = sizeof(int);
	int error = 0;

	poll_fd.fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (!connect(poll_fd.fd, (struct sockaddr *)&sa, len) ||
	    errno != EINPROGRESS || write(*(int *)arg, "r", 1) != 1 ||
	    poll(&poll_fd, 1, PATIENCE) < 0)
		return RUN_FAILED;
	getsockopt(poll_fd.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

TEST_F_TIMEOUT(condemn, what_a_new_policy_denies_to_connect, 200)
{
	const char *back = variant->family == AF_INET6 ? "fd00:9::1" : "10.9.0.1";
	int up[2], status;
	pid_t child;
	char byte;

	job->to = variant->cn;
	apply_policy(everything_allowed);
	ASSERT_EQ(0, shell("ip -n world route add blackhole %s", back));
	ASSERT_EQ(0, pipe(up));
	child = fork();
	if (!child)
		_exit(run_in(APP, connect_for_long, &up[1]) != ECONNABORTED);
	EXPECT_EQ(1, read(up[0], &byte, 1));
	apply_policy(policy);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
	EXPECT_EQ(0, shell("ip -n world route del blackhole %s", back));
}

/* Two connections of the application; how each ended. */
struct uploads {
	int start[2];
	int end[2];
};

static int upload_twice(void *arg)
{
	struct linger at_once = { .l_onoff = 1 };
	struct uploads *uploads = arg;
	int cn = open_socket(SOCK_STREAM, job->to);
	int us = open_socket(SOCK_STREAM, strchr(job->to, ':') ? US6 : US4);
	char byte;
	int i;

	if (cn < 0 || us < 0 || write_all(cn, 1) || write_all(us, 1) ||
	    write(uploads->end[1], "r", 1) != 1 ||
	    read(uploads->start[0], &byte, 1) != 1)
		return RUN_FAILED;
	/* Where it is told nothing, this is all that happens. */
	fcntl(cn, F_SETFL, O_NONBLOCK);
	for (i = 0; i < 20 && !job->app_errno; i++) {
		struct pollfd poll_fd = { .fd = cn };

		job->app_errno = write_all(cn, 1);
		if (!job->app_errno)
			poll(&poll_fd, 1, byte == 'd' ? PATIENCE : 50);
	}
	job->lender_errno = write_all(us, 1);
	/* No retransmission after the end, into the next test. */
	setsockopt(cn, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return tcp_state(us) == TCP_ESTABLISHED ? 0 : RUN_FAILED;
}

static void upload_under(struct __test_metadata *_metadata,
			 FIXTURE_DATA(condemn) *self, int family,
			 const char *to, const char *yaml)
{
	struct uploads uploads;
	int conns[2], status;
	pid_t child;
	char byte;

	job->to = to;
	apply_policy(everything_allowed);
	ASSERT_EQ(0, pipe(uploads.start));
	ASSERT_EQ(0, pipe(uploads.end));
	child = fork();
	if (!child)
		_exit(run_in(APP, upload_twice, &uploads) != 0);
	conns[0] = accept(family == AF_INET6 ? self->listener6 : self->listener4,
			  NULL, NULL);
	conns[1] = accept(family == AF_INET6 ? self->listener6 : self->listener4,
			  NULL, NULL);
	ASSERT_EQ(1, read(uploads.end[0], &byte, 1));
	ASSERT_EQ(1, recv(conns[0], &byte, 1, MSG_WAITALL));
	ASSERT_EQ(1, recv(conns[1], &byte, 1, MSG_WAITALL));
	apply_policy(yaml);
	ASSERT_EQ(1, write(uploads.start[1], yaml == policy ? "d" : "s", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, job->lender_errno);
	usleep(TIMERS);
	EXPECT_EQ(0, drain(conns[0]));
	EXPECT_EQ(1, drain(conns[1]));
	close(conns[0]);
	close(conns[1]);
}

TEST_F_TIMEOUT(condemn, what_a_new_policy_denies, 200)
{
	struct found found = { 0 };

	upload_under(_metadata, self, variant->family, variant->cn, policy);
	EXPECT_TRUE(job->app_errno == ECONNABORTED || job->app_errno == EPIPE);
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
	ASSERT_EQ(0, df_client_events(self->client, self->before.event_next,
				      find_closed, &found));
	ASSERT_EQ(1, found.count);
	EXPECT_EQ(DFENCE_CLOSED_POLICY, found.last.closed);
	EXPECT_TRUE(flows_add_up("app"));
}

TEST_F_TIMEOUT(condemn, not_what_a_new_policy_drops, 200)
{
	upload_under(_metadata, self, variant->family, variant->cn, silent);
	EXPECT_EQ(0, job->app_errno);
	EXPECT_TRUE(sockets_grew_by(&self->before, 0));
}

/* The route may come back; what another program opened has to go all the same. */
TEST_F_TIMEOUT(condemn, not_what_the_interface_denies, 200)
{
	upload_under(_metadata, self, variant->family, variant->cn, by_interface);
	EXPECT_EQ(0, job->app_errno);
	EXPECT_TRUE(sockets_grew_by(&self->before, 0));
	lend_and_lose(_metadata, self, variant->family, variant->cn, true);
}

/* Fill the connection, until the one who does not read makes it wait. */
static int fill_connection(void *arg)
{
	struct uploads *uploads = arg;
	int fd = open_socket(SOCK_STREAM, job->to), waiting = 0, before;
	char buf[4096] = "", byte;

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK))
		return RUN_FAILED;
	do {
		before = waiting;
		while (send(fd, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
			;
		usleep(300000);
		ioctl(fd, SIOCOUTQNSD, &waiting);
	} while (!waiting || waiting != before);
	job->waiting = waiting;
	if (write(uploads->end[1], "r", 1) != 1 ||
	    read(uploads->start[0], &byte, 1) != 1)
		return RUN_FAILED;
	return is_dead(fd) ? 0 : RUN_FAILED;
}

/* What was written and not sent when the policy came stays here. */
TEST_F_TIMEOUT(condemn, what_waits_when_a_policy_comes, 200)
{
	bool v6 = variant->family == AF_INET6;
	int listener = v6 ? self->listener6 : self->listener4;
	int size = 16384, conn, arrived = 0, status, i;
	struct uploads uploads;
	size_t sum = 0;
	pid_t child;
	char byte;

	job->to = variant->cn;
	apply_policy(everything_allowed);
	ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size,
				sizeof(size)));
	ASSERT_EQ(0, pipe(uploads.start));
	ASSERT_EQ(0, pipe(uploads.end));
	child = fork();
	if (!child)
		_exit(run_in(APP, fill_connection, &uploads) != 0);
	conn = accept(listener, NULL, NULL);
	ASSERT_EQ(1, read(uploads.end[0], &byte, 1));
	EXPECT_LT(0, job->waiting);
	ASSERT_EQ(0, ioctl(conn, FIONREAD, &arrived));

	apply_policy(policy);
	/* Now there is room, and it is told so. */
	for (i = 0; i < 20; i++) {
		sum += drain(conn);
		usleep(TIMERS / 20);
	}
	EXPECT_EQ(arrived, sum);
	TH_LOG("%d bytes had arrived, %d waited", arrived, job->waiting);
	ASSERT_EQ(1, write(uploads.start[1], "g", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
	close(conn);
}

/* A datagram socket that waits for an answer learns that none will come. */
static int receive_and_learn(void *arg)
{
	struct uploads *uploads = arg;
	int fd = open_socket(SOCK_DGRAM, job->to);
	char byte;

	if (fd < 0 || send(fd, "x", 1, 0) != 1 ||
	    write(uploads->end[1], "r", 1) != 1 ||
	    read(uploads->start[0], &byte, 1) != 1)
		return RUN_FAILED;
	job->app_errno = send(fd, "x", 1, 0) < 0 ? errno : 0;
	return recv(fd, &byte, 1, 0) < 0 ? errno : 0;
}

TEST_F_TIMEOUT(condemn, datagrams_that_a_new_policy_denies, 200)
{
	int world = world_socket(variant->family, SOCK_DGRAM, 0), status;
	struct uploads uploads;
	pid_t child;
	char byte;

	bind_any(world, variant->family, PORT);
	job->to = variant->cn;
	apply_policy(everything_allowed);
	ASSERT_EQ(0, pipe(uploads.start));
	ASSERT_EQ(0, pipe(uploads.end));
	child = fork();
	if (!child)
		_exit(run_in(APP, receive_and_learn, &uploads) == ECONNABORTED);
	ASSERT_EQ(1, read(uploads.end[0], &byte, 1));
	apply_policy(policy);
	ASSERT_EQ(1, write(uploads.start[1], "d", 1));
	waitpid(child, &status, 0);
	EXPECT_EQ(1, WEXITSTATUS(status));
	EXPECT_EQ(EPERM, job->app_errno);
	EXPECT_TRUE(sockets_grew_by(&self->before, 1));
	close(world);
}

/*
 * A namespace whose last process leaves with a condemned socket goes away: its
 * end of the cable takes the one outside with it.
 */
static int lend_in_a_namespace(void *arg)
{
	char command[64];
	int listener;

	if (unshare(CLONE_NEWNET))
		return RUN_FAILED;
	snprintf(command, sizeof(command), "nsenter -t %d -n true", getpid());
	if (shell("ip link set lo up; ip addr add " CN4 "/32 dev lo") ||
	    shell("ip -6 addr add " CN6 "/128 dev lo nodad") ||
	    shell("ip link add ns0 type veth peer name ns1 netns 1"))
		return RUN_FAILED;
	listener = socket(strchr(job->to, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	bind_any(listener, strchr(job->to, ':') ? AF_INET6 : AF_INET, PORT);
	listen(listener, 8);
	job->fd = open_socket(SOCK_STREAM, job->to);
	if (job->fd < 0)
		return RUN_FAILED;
	return run_in(APP, send_datagram, NULL);
}

TEST_F_TIMEOUT(condemn, namespace_goes_away, 200)
{
	int i;

	job->to = variant->cn;
	ASSERT_EQ(0, run_in(OTHER, lend_in_a_namespace, NULL));
	for (i = 0; i < PATIENCE / 100 && !shell("ip link show ns1 >/dev/null 2>&1"); i++)
		usleep(100000);
	EXPECT_GT(PATIENCE / 100, i);
	/* Whether the module or the other end closed it is a race. */
	EXPECT_EQ(self->before.sockets_condemned + 1,
		  module_status().sockets_condemned);
	EXPECT_EQ(0, module_status().sockets_waiting);
}

FIXTURE(table) {
	struct df_status before;
	int listener;
};

FIXTURE_SETUP(table)
{
	apply_policy(policy);
	self->before = module_status();
	self->listener = world_listener(AF_INET);
}

FIXTURE_TEARDOWN(table)
{
	close(self->listener);
}

/*
 * A full table. The end of a socket waits for its lock, and who sends keeps it
 * while a page that he sends from is fetched: here until the test provides it.
 */
#define SPARE 4
#define STALLED (TABLE + SPARE)

struct stall {
	int fds[STALLED];
	char *data;
	char *page;
	int faults;
	long page_size;
};

static struct stall stall;

static bool open_faults(void)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };

	stall.page_size = sysconf(_SC_PAGESIZE);
	stall.faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (stall.faults < 0 || ioctl(stall.faults, UFFDIO_API, &api))
		return false;
	stall.page = mmap(NULL, stall.page_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (unsigned long)stall.page;
	range.range.len = stall.page_size;
	return !ioctl(stall.faults, UFFDIO_REGISTER, &range);
}

static void provide_page(void)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)stall.page, stall.page_size },
	};

	ioctl(stall.faults, UFFDIO_ZEROPAGE, &zero);
}

#define MUCH (96 << 10)	/* more than one segment may hold, so that one is sent */

static void *send_and_stall(void *arg)
{
	int fd = stall.fds[(long)arg];
	struct iovec iov[2] = {
		{ .iov_base = stall.data, .iov_len = MUCH },
		{ .iov_base = stall.page, .iov_len = 1 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	sendmsg(fd, &msg, MSG_NOSIGNAL);
	/* What was not condemned for lack of room is so with a later packet. */
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1)
		usleep(10000);
	return NULL;
}

/* The application: tells when all threads hang, and goes on when told. */
static int stall_all(void *arg)
{
	struct uploads *pipes = arg;
	pthread_t threads[STALLED];
	pthread_attr_t attr;
	char byte;
	long i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	stall.data = calloc(1, MUCH);
	if (!open_faults())
		return 1;
	for (i = 0; i < STALLED; i++)
		if (pthread_create(&threads[i], &attr, send_and_stall, (void *)i))
			return RUN_FAILED;
	if (write(pipes->end[1], "r", 1) != 1 ||
	    read(pipes->start[0], &byte, 1) != 1)
		return RUN_FAILED;
	provide_page();
	for (i = 0; i < STALLED; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static int lend_many(void *arg)
{
	struct rlimit limit = { 4096, 4096 };
	int i, size = MIB, result;

	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0; i < STALLED; i++) {
		stall.fds[i] = open_socket(SOCK_STREAM, job->to);
		if (stall.fds[i] < 0)
			return RUN_FAILED;
		setsockopt(stall.fds[i], SOL_SOCKET, SO_SNDBUF, &size,
			   sizeof(size));
	}
	result = run_in(APP, stall_all, arg);
	for (i = 0; i < STALLED && !result; i++)
		if (!is_dead(stall.fds[i]))
			result = RUN_FAILED;
	return result;
}

/* Start the above; false where the kernel cannot do it. */
static bool fill_table(struct __test_metadata *_metadata,
		       FIXTURE_DATA(table) *self, struct uploads *pipes,
		       pid_t *child, int conns[STALLED])
{
	struct df_status now;
	int i, status;
	char byte;

	job->to = CN4;
	ASSERT_EQ(0, pipe(pipes->start));
	ASSERT_EQ(0, pipe(pipes->end));
	*child = fork();
	if (!*child) {
		close(pipes->end[0]);
		_exit(run_in(OTHER, lend_many, pipes) & 0xff);
	}
	close(pipes->end[1]);
	for (i = 0; i < STALLED; i++) {
		conns[i] = accept(self->listener, NULL, NULL);
		ASSERT_LE(0, conns[i]);
	}
	if (read(pipes->end[0], &byte, 1) != 1) {
		/* It says so; anything else is no reason to be content. */
		ASSERT_EQ(*child, waitpid(*child, &status, 0));
		ASSERT_EQ(1, WEXITSTATUS(status));
		return false;
	}
	for (i = 0; i < PATIENCE / 10; i++) {
		now = module_status();
		if (now.sockets_waiting == TABLE &&
		    now.socket_errors >= self->before.socket_errors + SPARE)
			break;
		usleep(10000);
	}
	EXPECT_EQ(TABLE, now.sockets_waiting);
	EXPECT_LE(self->before.socket_errors + SPARE, now.socket_errors);
	return true;
}

TEST_F_TIMEOUT(table, full, 400)
{
	struct uploads pipes;
	int conns[STALLED], status, i;
	size_t sum = 0;
	pid_t child;

	if (!fill_table(_metadata, self, &pipes, &child, conns))
		SKIP(return, "no userfaultfd");
	/* No room: refused all the same. */
	for (i = 0; i < STALLED; i++)
		sum += drain(conns[i]);
	EXPECT_EQ(0, sum);
	ASSERT_EQ(1, write(pipes.start[1], "g", 1));
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_TRUE(sockets_grew_by(&self->before, STALLED));
	for (i = 0; i < STALLED; i++)
		close(conns[i]);
}

/* The last one, because the module is loaded anew. */
TEST_F_TIMEOUT(table, unloaded_while_full, 400)
{
	struct uploads pipes;
	int conns[STALLED], status, i;
	pid_t child, rmmod;
	size_t sum = 0;

	if (!fill_table(_metadata, self, &pipes, &child, conns))
		SKIP(return, "no userfaultfd");
	rmmod = fork();
	if (!rmmod)
		_exit(shell("rmmod dronefence") != 0);
	/* It waits for the sockets, whatever this takes. */
	for (i = 0; i < 200 && shell("grep -q '^dronefence .* Unloading ' /proc/modules"); i++)
		usleep(100000);
	EXPECT_GT(200, i);
	usleep(500000);
	EXPECT_EQ(0, waitpid(rmmod, &status, WNOHANG));
	for (i = 0; i < STALLED; i++)
		sum += drain(conns[i]);
	EXPECT_EQ(0, sum);
	for (i = 0; i < STALLED; i++)
		close(conns[i]);
	ASSERT_EQ(1, write(pipes.start[1], "g", 1));
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	ASSERT_EQ(rmmod, waitpid(rmmod, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, shell("modprobe dronefence"));
	/* Nobody keeps a reference to a closed socket. */
	for (i = 0; i < PATIENCE / 100 && shell("grep -q '^TCP: inuse [0-9]* orphan 0 tw [0-9]* alloc [0-9] ' /proc/net/sockstat"); i++)
		usleep(100000);
	EXPECT_GT(PATIENCE / 100, i);
}

int main(int argc, char **argv)
{
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	return test_harness_run(argc, argv);
}
