// SPDX-License-Identifier: GPL-2.0-or-later
/* See fence.h. Whatever goes wrong in here ends the test program: Bail out. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "fence.h"

#define GEO_DIR "/tmp/geo"

static void bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

/* Run a command line; its status. */
int shell(const char *fmt, ...)
{
	char line[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return system(line);
}

static void must(const char *line)
{
	if (shell("%s", line))
		bail(line);
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t len = strlen(text);
	int err = fd < 0 || write(fd, text, len) != len ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static void setup_network(void)
{
	must("ip link set lo up");
	must("ip netns add world");
	must("ip link add veth0 type veth peer name veth1 netns world");
	must("ip addr add 10.9.0.1/24 dev veth0");
	must("ip -6 addr add fd00:9::1/64 dev veth0 nodad");
	must("ip link set veth0 up");
	must("ip -n world link set lo up");
	must("ip -n world addr add 10.9.0.2/24 dev veth1");
	must("ip -n world -6 addr add fd00:9::2/64 dev veth1 nodad");
	must("ip -n world link set veth1 up");
	must("ip route add default via 10.9.0.2");
	must("ip -6 route add default via fd00:9::2");
	must("for a in " CN4 " " US4 " " DRONE "; do ip -n world addr add $a/32 dev lo; done");
	must("for a in " CN6 " " US6 "; do ip -n world -6 addr add $a/128 dev lo nodad; done");
	/* One packet before the tests, so that none of them waits for ARP. */
	must("ping -q -c 1 -W 5 10.9.0.2 >/dev/null");
	must("ping -q -c 1 -W 5 fd00:9::2 >/dev/null");
}

/* A small world: what the tests send to is in two countries. */
static void setup_geo(void)
{
	must("mkdir -p " GEO_DIR);
	if (write_file(GEO_DIR "/geoip",
		       "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
		       "134744064,134744319,US\n"	/* 8.8.8.0/24 */
		       "3741646848,3741712383,CN\n") ||	/* 223.5.0.0/16 */
	    write_file(GEO_DIR "/geoip6",
		       "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
		       "2001:4860::,2001:4860:ffff:ffff:ffff:ffff:ffff:ffff,US\n"
		       "2400:3200::,2400:3200:ffff:ffff:ffff:ffff:ffff:ffff,CN\n"))
		bail(GEO_DIR);
}

/* Everything the tests take for granted. Once in each program, first. */
void fence_setup(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	setup_network();
	setup_geo();
	must("modprobe dronefence");
	if (make_cgroup(APP) || make_cgroup(OTHER))
		bail("cgroup");
}

struct df_client *open_client(void)
{
	struct df_client *client;
	int err = df_client_open(&client);

	if (err) {
		errno = -err;
		bail("netlink");
	}
	return client;
}

/*
 * Apply a policy; "geo" is added, and what is in "applications" comes as it
 * is. Returns an exit status of the tools.
 */
int load_policy(const char *yaml, uint32_t *generation)
{
	struct df_build_options options = { .geo.now = time(NULL) };
	struct df_applied applied = { 0 };
	struct df_client *client = open_client();
	struct df_diags diags = { 0 };
	char text[16384];
	int status;

	snprintf(text, sizeof(text),
		 "version: 1\nname: test\n"
		 "geo: { country: \"tor-geoipdb:" GEO_DIR "\", max-age: none }\n%s",
		 yaml);
	if (write_file(POLICY, text))
		bail(POLICY);
	status = df_apply_file(client, POLICY, &options, &diags, &applied);
	if (generation)
		*generation = applied.generation;
	if (status)
		df_diags_print(&diags, stderr, false);
	df_diags_free(&diags);
	df_client_close(client);
	return status;
}

/* Apply a policy that is right. */
uint32_t apply_policy(const char *yaml)
{
	uint32_t generation = 0;

	errno = 0;
	if (load_policy(yaml, &generation))
		bail("policy");
	return generation;
}

struct find {
	const char *name;
	struct df_application_info info;
};

static int find_app(const struct df_application_info *info, void *arg)
{
	struct find *find = arg;

	if (!strcmp(info->name, find->name))
		find->info = *info;
	return 0;
}

struct df_application_info app_info(const char *app)
{
	struct df_client *client = open_client();
	struct find find = { .name = app };

	if (df_client_applications(client, find_app, &find))
		bail("counters");
	df_client_close(client);
	return find.info;
}

struct df_counters app_counters(const char *app)
{
	return app_info(app).counters;
}

static int sum_flow(const struct df_flow *flow, void *arg)
{
	struct df_totals *sum = arg;

	sum->packets += flow->totals.packets;
	sum->bytes += flow->totals.bytes;
	sum->refused_packets += flow->totals.refused_packets;
	sum->refused_bytes += flow->totals.refused_bytes;
	return 0;
}

/*
 * Are the packets of an application those in its flows now, in its flows that
 * ended, and those without a flow? It sends nothing meanwhile.
 */
bool flows_add_up(const char *app)
{
	struct df_flow_filter filter = { .application = app, .verdict = -1 };
	struct df_client *client = open_client();
	const struct df_counters *c;
	struct df_application_info info;
	struct df_totals sum;

	/* Again if one of them ended while they were listed. */
	do {
		info = app_info(app);
		memset(&sum, 0, sizeof(sum));
		if (df_client_flows(client, &filter, sum_flow, &sum))
			bail("flows");
	} while (app_info(app).ended.flows != info.ended.flows);
	df_client_close(client);
	c = &info.counters;
	sum.packets += info.ended.packets + info.unlisted.packets;
	sum.bytes += info.ended.bytes + info.unlisted.bytes;
	sum.refused_packets += info.ended.refused_packets +
			       info.unlisted.refused_packets;
	sum.refused_bytes += info.ended.refused_bytes +
			     info.unlisted.refused_bytes;
	return sum.packets == c->allowed_packets + c->audited_packets &&
	       sum.bytes == c->allowed_bytes + c->audited_bytes &&
	       sum.refused_packets == c->denied_packets + c->dropped_packets &&
	       sum.refused_bytes == c->denied_bytes + c->dropped_bytes;
}

struct df_status module_status(void)
{
	struct df_client *client = open_client();
	struct df_status status;

	if (df_client_status(client, &status))
		bail("status");
	df_client_close(client);
	return status;
}

/* Make a cgroup and its ancestors. */
int make_cgroup(const char *path)
{
	return shell("mkdir -p '%s'", path) ? -1 : 0;
}

/* Call @fn in a child in a cgroup; its result, or RUN_FAILED. */
int run_in(const char *cgroup, int (*fn)(void *arg), void *arg)
{
	int result = RUN_FAILED, pipes[2];
	char procs[8192];
	pid_t child;

	if (pipe(pipes))
		return RUN_FAILED;
	child = fork();
	if (!child) {
		snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
		if (!write_file(procs, "0"))
			result = fn(arg);
		if (write(pipes[1], &result, sizeof(result)) < 0)
			_exit(1);
		_exit(0);
	}
	close(pipes[1]);
	if (child < 0 || read(pipes[0], &result, sizeof(result)) != sizeof(result))
		result = RUN_FAILED;
	close(pipes[0]);
	waitpid(child, NULL, 0);
	return result;
}

static int rewrite_as_user(void *arg)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) ||
	       write_file("/proc/self/uid_map", "0 0 1") ||
	       shell("nft 'table ip t { chain c { type filter hook output priority 0; ip daddr set " US4 " ; }; }' 2>/dev/null");
}

/*
 * May root of a user namespace write other addresses into packets? Since 7.x only the
 * machine's root may, and he is not looked after: without this there is nothing to try.
 */
bool users_rewrite(void)
{
	return !run_in(OTHER, rewrite_as_user, NULL);
}

int enter_netns(const char *name)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 || setns(fd, CLONE_NEWNET) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

/* A socket in the world; reading from it ends after 20 s with EAGAIN. */
int world_socket(int family, int type, int protocol)
{
	struct timeval timeout = { .tv_sec = 20 };
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd = -1;

	if (home < 0 || enter_netns("world"))
		bail("world");
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0 || setns(home, CLONE_NEWNET))
		bail("socket in the world");
	close(home);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

socklen_t make_addr(const char *addr, uint16_t port, struct sockaddr_storage *sa)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *in = (struct sockaddr_in *)sa;

	memset(sa, 0, sizeof(*sa));
	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, addr, &in6->sin6_addr) != 1)
		bail(addr);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

/* Bind to all addresses; @port 0 for a free one. Returns the port. */
uint16_t bind_any(int fd, int family, uint16_t port)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(family == AF_INET6 ? "::" : "0.0.0.0", port,
				  &sa);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, len) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len))
		bail("bind");
	return ntohs(family == AF_INET6 ?
		     ((struct sockaddr_in6 *)&sa)->sin6_port :
		     ((struct sockaddr_in *)&sa)->sin_port);
}

/* As often as a kernel that checks itself has time for. */
int times(int count)
{
	const char *slow = getenv("DRONEFENCE_SLOW");

	return count / (slow && atoi(slow) > 1 ? atoi(slow) : 1);
}

/* Put a line into the kernel log, to find the place again. */
int kernel_log_mark(const char *mark)
{
	return write_file("/dev/kmsg", mark);
}

/* What the kernel logged behind a mark. */
size_t kernel_log(const char *since, char *buf, size_t size)
{
	int len = klogctl(3, buf, size - 1);
	char *at = NULL, *next;

	if (len < 0)
		bail("kernel log");
	buf[len] = '\0';
	for (next = buf; (next = strstr(next, since)); next++)
		at = next;
	if (!at)
		bail("mark in the kernel log");
	at += strlen(since);
	memmove(buf, at, strlen(at) + 1);
	return strlen(buf);
}
