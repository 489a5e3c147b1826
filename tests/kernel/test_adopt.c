// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence adopt: a program that runs already, with sockets that it opened
 * before, becomes an application. All of them end, and none of others does.
 *
 * vm: --module tcp_diag --module udp_diag --timeout 600 --bin strace
 * apt: strace
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 4711
#define SOCKETS 100	/* a quarter each: TCP and UDP, IPv4 and IPv6 */
#define APP_PROCS APP "/cgroup.procs"

static const char policy[] =
	"profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"
	"applications:\n"
	"  app: { match: { cgroup: /dronefence.slice/app }, profile: p }\n"
	"  other: { match: { cgroup: /dronefence.slice/elsewhere }, profile: p }\n"
	"  taken: { match: { cgroup: /dronefence.slice/tak* }, profile: p }\n"
	"  taken2: { match: { cgroup: /dronefence.slice/taken2 }, profile: p }\n";

/* What a process found when it was asked. */
struct report {
	int ready;
	int alive;
	int child;	/* pid of its child */
	int child_alive;
};

static struct report *mine, *others;

static int open_one(int i)
{
	static const char * const to[] = { US4, US6 };
	struct sockaddr_storage sa;
	socklen_t len = make_addr(to[i % 2], PORT, &sa);
	int fd = socket(sa.ss_family, i % 4 < 2 ? SOCK_STREAM : SOCK_DGRAM, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Connected as it was: TCP in its state, UDP to its peer. */
static bool is_alive(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getpeername(fd, (struct sockaddr *)&sa, &len))
		return false;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
		return true;
	return info.tcpi_state == TCP_ESTABLISHED;
}

static int count_alive(const int *fds, int count)
{
	int i, alive = 0;

	for (i = 0; i < count; i++)
		alive += is_alive(fds[i]);
	return alive;
}

/* A program with a child: the first half of the sockets is the child's. */
static void hold_sockets(struct report *report, int half, int done)
{
	int fds[SOCKETS / 2], i;
	char byte;

	for (i = 0; i < SOCKETS / 2; i++) {
		fds[i] = open_one(i);
		if (fds[i] < 0)
			_exit(1);
	}
	__atomic_add_fetch(&report->ready, 1, __ATOMIC_SEQ_CST);
	if (read(done, &byte, 1) != 1)
		_exit(1);
	*(half ? &report->child_alive : &report->alive) = count_alive(fds, SOCKETS / 2);
	_exit(0);
}

static pid_t start(struct report *report, int done[2])
{
	pid_t child, parent = fork();

	if (parent)
		return parent;
	close(done[1]);
	child = fork();
	if (!child)
		hold_sockets(report, 1, done[0]);
	report->child = child;
	if (!fork())
		hold_sockets(report, 0, done[0]);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static void finish(pid_t child, int done[2])
{
	if (write(done[1], "..", 2) == 2)
		waitpid(child, NULL, 0);
	close(done[0]);
	close(done[1]);
}

static bool is_in(const char *procs, pid_t pid)
{
	return !shell("grep -qx %d %s", pid, procs);
}

/* Run adopt; its status, and what it printed. */
static int adopt(char *out, size_t size, const char *args)
{
	char line[256];
	FILE *pipe;
	size_t n;

	snprintf(line, sizeof(line), "dronefence adopt %s 2>&1", args);
	pipe = popen(line, "r");
	n = fread(out, 1, size - 1, pipe);
	out[n] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

FIXTURE(adopt) {
	int listener[2];
	int datagrams[2];
};

FIXTURE_SETUP(adopt)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int i, on = 1;

	apply_policy(policy);
	for (i = 0; i < 2; i++) {
		self->listener[i] = world_socket(families[i], SOCK_STREAM, 0);
		self->datagrams[i] = world_socket(families[i], SOCK_DGRAM, 0);
		if (i) {
			setsockopt(self->listener[i], IPPROTO_IPV6, IPV6_V6ONLY,
				   &on, sizeof(on));
			setsockopt(self->datagrams[i], IPPROTO_IPV6, IPV6_V6ONLY,
				   &on, sizeof(on));
		}
		bind_any(self->listener[i], families[i], PORT);
		bind_any(self->datagrams[i], families[i], PORT);
		ASSERT_EQ(0, listen(self->listener[i], 512));
	}
	memset(mine, 0, sizeof(*mine));
	memset(others, 0, sizeof(*others));
}

FIXTURE_TEARDOWN(adopt)
{
	int i;

	for (i = 0; i < 2; i++) {
		close(self->listener[i]);
		close(self->datagrams[i]);
	}
}

static void wait_for(int *value, int wanted)
{
	while (__atomic_load_n(value, __ATOMIC_SEQ_CST) != wanted)
		usleep(10000);
}

TEST_F_TIMEOUT(adopt, ends_what_was_opened_before, 300)
{
	int done[2], done_others[2];
	char args[64], out[1024];
	pid_t app, other;

	ASSERT_EQ(0, pipe(done));
	ASSERT_EQ(0, pipe(done_others));
	app = start(mine, done);
	other = start(others, done_others);
	wait_for(&mine->ready, 2);
	wait_for(&others->ready, 2);

	snprintf(args, sizeof(args), "%d app", app);
	EXPECT_EQ(0, adopt(out, sizeof(out), args));
	EXPECT_STREQ("3 processes are in /dronefence.slice/app now, 100 sockets were ended\n", out);
	EXPECT_TRUE(is_in(APP_PROCS, app));
	EXPECT_TRUE(is_in(APP_PROCS, mine->child));
	EXPECT_FALSE(is_in(APP_PROCS, other));
	/* There is nothing left to do. */
	EXPECT_EQ(0, adopt(out, sizeof(out), args));
	EXPECT_STREQ("3 processes are in /dronefence.slice/app now, 0 sockets were ended\n", out);
	finish(app, done);
	finish(other, done_others);
	EXPECT_EQ(0, mine->alive + mine->child_alive);
	EXPECT_EQ(SOCKETS, others->alive + others->child_alive);
}

/* In a namespace of its own; what the application opened itself is not touched. */
static int open_and_wait(void *arg)
{
	int *done = arg, fd, old;
	struct sockaddr_storage sa;
	socklen_t len = make_addr("127.0.0.1", PORT, &sa);
	char byte;

	close(done[1]);
	if (unshare(CLONE_NEWNET) || shell("ip link set lo up"))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(fd, (struct sockaddr *)&sa, len))
		return RUN_FAILED;
	if (write_file(CGROUPS "/other/cgroup.procs", "0"))
		return RUN_FAILED;
	old = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(old, (struct sockaddr *)&sa, len))
		return RUN_FAILED;
	mine->child = getpid();
	mine->ready = 1;
	if (read(done[0], &byte, 1) != 1)
		return RUN_FAILED;
	return is_alive(fd) + 2 * is_alive(old);
}

TEST_F_TIMEOUT(adopt, spares_what_the_cgroup_opened, 200)
{
	char args[64], out[1024];
	int done[2], status;
	pid_t child;

	ASSERT_EQ(0, pipe(done));
	child = fork();
	if (!child)
		_exit(run_in(APP, open_and_wait, done) & 0xff);
	wait_for(&mine->ready, 1);
	snprintf(args, sizeof(args), "%d app", mine->child);
	EXPECT_EQ(0, adopt(out, sizeof(out), args));
	EXPECT_STREQ("1 processes are in /dronefence.slice/app now, 1 sockets were ended\n", out);
	ASSERT_EQ(1, write(done[1], ".", 1));
	waitpid(child, &status, 0);
	EXPECT_EQ(1, WEXITSTATUS(status));
}

/* A family that keeps forking: all of it is in the cgroup in the end. */
static void fork_for_ever(void)
{
	pid_t child;

	setpgid(0, 0);
	for (;;) {
		child = fork();
		if (!child) {
			if (!fork())
				_exit(usleep(20000));
			wait(NULL);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

/* How many processes of a group there are, and are all in the cgroup. */
static int count_group(pid_t group, bool *all_in)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int count = 0;

	while ((entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		char path[300], line[256] = "";
		FILE *file;

		if (pid <= 0 || getpgid(pid) != group)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
		file = fopen(path, "r");
		/* It may have ended meanwhile. */
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
			;
		fclose(file);
		if (strncmp(line, "0::", 3))
			continue;
		count++;
		*all_in &= !strcmp(line, "0::/dronefence.slice/app\n");
	}
	closedir(proc);
	return count;
}

TEST_F_TIMEOUT(adopt, who_forks_meanwhile, 200)
{
	bool all_in = true;
	char args[64], out[1024];
	pid_t child = fork();
	int i;

	if (!child)
		fork_for_ever();
	setpgid(child, child);
	usleep(100000);
	snprintf(args, sizeof(args), "%d app", child);
	EXPECT_EQ(0, adopt(out, sizeof(out), args));
	for (i = 0; i < 20; i++) {
		EXPECT_LT(0, count_group(child, &all_in));
		usleep(10000);
	}
	EXPECT_TRUE(all_in);
	kill(-child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* A child with the number that another process had; its number, or -1. */
static pid_t fork_as(pid_t wanted)
{
	char text[32];
	pid_t child;
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%d", wanted - 1);
		if (write_file("/proc/sys/kernel/ns_last_pid", text))
			return -1;
		child = fork();
		if (!child)
			_exit(pause());
		if (child == wanted)
			return child;
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return -1;
}

/* "dronefence adopt" is held where it writes the number into cgroup.procs. */
static const char until_it_writes[] =
	"for i in $(seq 1000); do grep -q '^1 ' /proc/$(pidof dronefence)/syscall && exit 0; usleep 50000; done; exit 1";

/*
 * The process ends between the last look at it and the move, and another one
 * gets its number: it is not in the application's cgroup in the end.
 */
TEST_F_TIMEOUT(adopt, number_used_again, 200)
{
	pid_t old, other, strace;
	char line[256];

	if (access("/proc/sys/kernel/ns_last_pid", W_OK))
		SKIP(return, "the kernel lets nobody choose a number");
	old = fork();
	if (!old)
		_exit(pause());
	snprintf(line, sizeof(line),
		 "exec strace -o /dev/null -e trace=write -e inject=write:delay_enter=8000000:when=1 dronefence adopt %d app >/tmp/adopt.out 2>&1",
		 old);
	strace = fork();
	if (!strace) {
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(9);
	}
	ASSERT_EQ(0, shell(until_it_writes));
	kill(old, SIGKILL);
	waitpid(old, NULL, 0);
	other = fork_as(old);
	ASSERT_EQ(old, other);
	ASSERT_EQ(0, waitpid(strace, NULL, WNOHANG));
	EXPECT_FALSE(is_in(APP_PROCS, other));
	waitpid(strace, NULL, 0);
	EXPECT_FALSE(is_in(APP_PROCS, other));
	EXPECT_EQ(0, kill(other, 0));
	EXPECT_EQ(0, shell("grep -qx '0 processes are in /dronefence.slice/app now, 0 sockets were ended' /tmp/adopt.out"));
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

TEST_F(adopt, refusals)
{
	char args[64], out[1024];

	EXPECT_EQ(2, adopt(out, sizeof(out), "x app"));
	EXPECT_EQ(2, adopt(out, sizeof(out), "1 app"));
	EXPECT_EQ(2, adopt(out, sizeof(out), "4194304"));
	EXPECT_NE(NULL, strstr(out, "say which"));
	EXPECT_EQ(4, adopt(out, sizeof(out), "4194303 app"));
	EXPECT_NE(NULL, strstr(out, "there is no process 4194303"));
	EXPECT_EQ(4, adopt(out, sizeof(out), "4194303 nobody"));
	EXPECT_NE(NULL, strstr(out, "has no application \"nobody\""));
	/* A cgroup of that name would not be the application's. */
	snprintf(args, sizeof(args), "%d other", getpid());
	EXPECT_EQ(4, adopt(out, sizeof(out), args));
	EXPECT_NE(NULL, strstr(out, "does not take the cgroup /dronefence.slice/other"));
	snprintf(args, sizeof(args), "%d taken2", getpid());
	EXPECT_EQ(4, adopt(out, sizeof(out), args));
	EXPECT_NE(NULL, strstr(out, "belongs to the application \"taken\""));
	EXPECT_FALSE(is_in(APP_PROCS, getpid()));
	EXPECT_EQ(6, WEXITSTATUS(shell("setpriv --reuid 1000 --clear-groups dronefence adopt 2 app 2>/dev/null")));
}

int main(int argc, char **argv)
{
	mine = mmap(NULL, 2 * sizeof(*mine), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	others = mine + 1;
	fence_setup();
	return test_harness_run(argc, argv);
}
