// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link to the aircraft: a registered program sends it one datagram after the
 * other, while policies of every mode replace each other, programs are placed
 * and adopted, the daemon is started and killed, and the module is unloaded and
 * loaded. None is refused, none is lost. Safety.
 *
 * vm: --parallel --timeout 2400 --bin build/tests/place_probe --module tcp_diag --module udp_diag
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define PORT 14550
#define COUNT 20000
#define COUNT_LONG 1000000

/* Datagrams under way at a time: fewer than the receiver has room for. */
#define WINDOW 500

/* Seconds without any arrival until what is under way counts as lost. */
#define PATIENCE 60

/* The module is unloaded in each of so many rounds. */
#define UNLOAD 4

#define PROGRAM "/opt/link/program"

#define APPLICATIONS(mode) \
	"applications:\n" \
	"  app: { match: { cgroup: /dronefence.slice/app }, profile: p, mode: " mode " }\n" \
	"  started: { match: { executable: " PROGRAM " }, profile: p, mode: " mode " }\n"

/* What may happen to the link, and whether a program is told that China is shut. */
static const struct {
	const char *yaml;
	bool refuses;
} policies[] = {
	{ "profiles: { p: { rules: [ { allow: local } ], default: deny } }\n"
	  APPLICATIONS("enforce"), true },
	{ "profiles: { p: { rules: [ { deny: { located-in: CN }, log: all } ], default: allow } }\n"
	  APPLICATIONS("enforce"), true },
	{ "profiles: { p: { default: drop, log: all } }\n"
	  APPLICATIONS("audit"), false },
	{ "profiles: { p: { rules: [ { allow: local, out-interface: veth0 } ], default: drop } }\n"
	  APPLICATIONS("enforce"), false },
};

#define POLICIES (sizeof(policies) / sizeof(*policies))

static struct {
	volatile bool stop;
	volatile uint64_t sent;
	volatile uint64_t received;
	volatile uint64_t refused;
} *link_state;

static uint64_t wanted(void)
{
	const char *is_long = getenv("DRONEFENCE_LONG");

	return is_long && *is_long ? COUNT_LONG : COUNT;
}

/* Wait until there is room; false if nothing arrives any more. */
static bool wait_for_room(uint64_t room)
{
	uint64_t seen = link_state->received;
	time_t since = time(NULL);

	while (link_state->sent - link_state->received > room) {
		usleep(100);
		if (link_state->received != seen) {
			seen = link_state->received;
			since = time(NULL);
		}
		if (time(NULL) - since > PATIENCE)
			return false;
	}
	return true;
}

/* The application. */
static int fly(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(DRONE, PORT, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char message[50] = "";

	while (!link_state->stop || link_state->sent < wanted()) {
		if (sendto(fd, message, sizeof(message), 0,
			   (struct sockaddr *)&sa, len) == sizeof(message))
			link_state->sent++;
		else
			link_state->refused++;
		if (!wait_for_room(WINDOW))
			return 1;
	}
	return !wait_for_room(0);
}

static void receive(int receiver)
{
	char message[100];

	for (;;)
		if (recv(receiver, message, sizeof(message), 0) > 0)
			link_state->received++;
}

/* A process with a socket of its own, that was there before. */
static void idle(void)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, 9, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (write_file(OTHER "/cgroup.procs", "0") ||
	    connect(fd, (struct sockaddr *)&sa, len))
		_exit(1);
	for (;;)
		pause();
}

static bool adopt(void)
{
	pid_t child = fork();
	int status;

	if (!child)
		idle();
	status = shell("dronefence adopt %d app >/dev/null", child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return !status;
}

static bool kill_daemon(void)
{
	pid_t child;
	int status;

	/* The children of the daemon are this process's own from then on. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	child = fork();
	if (!child) {
		setpgid(0, 0);
		execlp("dronefenced", "dronefenced", "--policy", POLICY,
		       "--sink", "syslog", "--state-dir", "/tmp/state", NULL);
		_exit(127);
	}
	sleep(1);
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
		return false;
	/* What it had begun, a policy that it loads, goes on to its end. */
	while (waitpid(-child, NULL, 0) > 0)
		;
	return true;
}

FIXTURE(link) {
	pid_t receiver;
};

FIXTURE_SETUP(link)
{
	int fd = world_socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	bind_any(fd, AF_INET, PORT);
	self->receiver = fork();
	if (!self->receiver)
		receive(fd);
	close(fd);
}

FIXTURE_TEARDOWN(link)
{
	kill(self->receiver, SIGKILL);
	waitpid(self->receiver, NULL, 0);
}

TEST_F_TIMEOUT(link, loses_nothing, 2300)
{
	int status, rounds = 0, i;
	pid_t flies;

	apply_policy(policies[0].yaml);
	flies = fork();
	if (!flies)
		_exit(run_in(APP, fly, NULL) != 0);

	while (link_state->sent < wanted() || rounds < UNLOAD) {
		for (i = 0; i < POLICIES; i++) {
			apply_policy(policies[i].yaml);
			status = shell("exec " PROGRAM);
			EXPECT_EQ(policies[i].refuses, WEXITSTATUS(status));
		}
		EXPECT_TRUE(adopt());
		EXPECT_TRUE(kill_daemon());
		if (rounds % UNLOAD == UNLOAD - 1)
			EXPECT_EQ(0, shell("rmmod dronefence && modprobe dronefence"));
		rounds++;
		if (waitpid(flies, &status, WNOHANG) == flies)
			break;
	}
	link_state->stop = true;
	ASSERT_EQ(flies, waitpid(flies, &status, 0));
	EXPECT_EQ(0, status);
	TH_LOG("%llu datagrams, %d rounds",
	       (unsigned long long)link_state->sent, rounds);
	EXPECT_LE(wanted(), link_state->sent);
	EXPECT_EQ(link_state->sent, link_state->received);
	EXPECT_EQ(0, link_state->refused);
}

int main(int argc, char **argv)
{
	link_state = mmap(NULL, sizeof(*link_state), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fence_setup();
	if (shell("mkdir -p /opt/link /tmp/state && cp /usr/bin/place_probe " PROGRAM))
		return 1;
	return test_harness_run(argc, argv);
}
