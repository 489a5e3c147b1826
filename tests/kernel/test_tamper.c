// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user without rights tries against the fence itself: it is refused, and
 * there is a record of it: of the module, of the daemon, or, where the kernel refuses
 * before either of them hears of it, of the kernel's audit system with our rules.
 * Correctness, and a flood.
 *
 * vm: --timeout 600 --file userspace/audit/dronefence.rules:/rules
 * vm: --file build/audit/sbin/auditctl:/usr/lib/audit/auditctl
 * vm: --file build/audit/lib/x86_64-linux-gnu:/usr/lib/audit/lib
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define USER 1000

/* What the module records at once, and what it does in a minute after it. */
#define BURST 50
#define SLACK 10

static const char policy[] =
	"profiles:\n"
	"  none: { default: deny, log: all }\n"
	"applications:\n"
	"  app: { match: { cgroup: /dronefence.slice/app }, profile: none }\n";

static int family, group;

static int become(uid_t uid)
{
	/* Who gives up rights does not own his /proc/self any more. */
	return setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	       setresuid(uid, uid, uid) || prctl(PR_SET_DUMPABLE, 1);
}

static int become_root_of_a_namespace(uid_t uid, int more)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", uid);
	return become(uid) || unshare(CLONE_NEWUSER | more) ||
	       write_file("/proc/self/uid_map", map);
}

static int open_netlink(void)
{
	struct timeval timeout = { .tv_sec = 20 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

/**
 * struct request - a request without attributes, or with one that nobody knows
 * @header: of netlink
 * @genl: of generic netlink
 * @unknown: not part of it unless it is malformed
 */
struct request {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	struct nlattr unknown;
};

/* The negative errno of the kernel, 0 for none, RUN_FAILED for no answer. */
static int request(int fd, uint8_t command, int flags, bool malformed)
{
	struct request request = {
		.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
		.header.nlmsg_type = family,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.genl = { .cmd = command, .version = DFENCE_GENL_VERSION },
		.unknown = { .nla_len = NLA_HDRLEN, .nla_type = 999 },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[8192];
	} answer;

	if (malformed)
		request.header.nlmsg_len += NLA_HDRLEN;
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return RUN_FAILED;
	do {
		if (recv(fd, &answer, sizeof(answer), 0) < 0)
			return RUN_FAILED;
	} while (answer.header.nlmsg_type >= NLMSG_MIN_TYPE);
	return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : 0;
}

/*
 * Every command that the family has, once as a request and once as a dump: it is
 * one of them. Returns how many were refused for want of rights, or RUN_FAILED if
 * any was not.
 */
static int request_all(int fd)
{
	int command, refused = 0;

	for (command = 1; command <= DFENCE_CMD_MAX; command++) {
		int once, dump;

		/* What the module itself sends. */
		if (command == DFENCE_CMD_EVENT_NTF)
			continue;
		once = request(fd, command, 0, false);
		dump = request(fd, command, NLM_F_DUMP, false);
		if ((once != -EPERM || dump != -EOPNOTSUPP) &&
		    (once != -EOPNOTSUPP || dump != -EPERM)) {
			fprintf(stderr, "command %d: %d and %d\n", command, once, dump);
			return RUN_FAILED;
		}
		refused++;
	}
	return refused;
}

static int request_all_as_user(void *arg)
{
	return become(USER) ? RUN_FAILED : request_all(open_netlink());
}

static int request_all_in_namespace(void *arg)
{
	return become_root_of_a_namespace(USER, 0) ? RUN_FAILED :
	       request_all(open_netlink());
}

/* With the network namespace the family is gone as well. */
static int request_elsewhere(void *arg)
{
	return become_root_of_a_namespace(USER, CLONE_NEWNET) ? RUN_FAILED :
	       request(open_netlink(), DFENCE_CMD_STATUS_GET, 0, false);
}

static int request_with_a_socket_of_root(void *arg)
{
	int fd = open_netlink();

	return become(USER) ? RUN_FAILED :
	       request(fd, DFENCE_CMD_EVENT_GET, NLM_F_DUMP, false);
}

/* Root sends, with a socket that it was given. */
static int request_with_a_socket_of_a_user(void *arg)
{
	int fd;

	if (seteuid(USER))
		return RUN_FAILED;
	fd = open_netlink();
	if (seteuid(0))
		return RUN_FAILED;
	return request(fd, DFENCE_CMD_POLICY_BEGIN, 0, false);
}

static int request_malformed(void *arg)
{
	return become(USER) ? RUN_FAILED :
	       request(open_netlink(), DFENCE_CMD_STATUS_GET, 0, true);
}

static int join_events(void *arg)
{
	int fd;

	if (become(USER))
		return RUN_FAILED;
	fd = open_netlink();
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			  sizeof(group)) ? errno : 0;
}

/**
 * struct refusals - those that were recorded since the test began
 * @count: how many
 * @commands: which
 * @last: the last one
 * @verdicts: other records that came between
 */
struct refusals {
	int count;
	uint64_t commands;
	struct df_event last;
	int verdicts;
};

static int add_refusal(const struct df_event *event, void *arg)
{
	struct refusals *refusals = arg;

	if (event->type == DFENCE_EVENT_VERDICT)
		refusals->verdicts++;
	if (event->type != DFENCE_EVENT_REQUEST_REFUSED)
		return 0;
	refusals->count++;
	refusals->commands |= 1ull << event->command;
	refusals->last = *event;
	return 0;
}

FIXTURE(tamper) {
	struct df_client *client;
	struct df_status before;
};

FIXTURE_SETUP(tamper)
{
	apply_policy(policy);
	self->client = open_client();
	self->before = module_status();
}

FIXTURE_TEARDOWN(tamper)
{
	df_client_close(self->client);
}

static struct refusals recorded(FIXTURE_DATA(tamper) *self)
{
	struct refusals refusals = { 0 };

	df_client_events(self->client, self->before.event_next, add_refusal,
			 &refusals);
	return refusals;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now - before;
}

#define SINCE(field)	grown(module_status().field, self->before.field)

static uint64_t cgroup_number(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

static const uint64_t all_commands = (2ull << DFENCE_CMD_MAX) - 2 -
				     (1ull << DFENCE_CMD_EVENT_NTF);

TEST_F(tamper, every_command)
{
	struct refusals refusals;

	EXPECT_EQ(DFENCE_CMD_MAX - 1,
		  run_in(APP, request_all_as_user, NULL));
	refusals = recorded(self);
	EXPECT_EQ(DFENCE_CMD_MAX - 1, refusals.count);
	EXPECT_EQ(all_commands, refusals.commands);
	EXPECT_EQ(DFENCE_CMD_MAX - 1, SINCE(requests_refused));
	EXPECT_EQ(0, SINCE(refusals_suppressed));
	EXPECT_EQ(0, SINCE(generation));
	EXPECT_EQ(USER, refusals.last.uid);
	EXPECT_LT(1, refusals.last.pid);
	EXPECT_STREQ("test_tamper", refusals.last.comm);
	EXPECT_EQ(cgroup_number(APP), refusals.last.cgroup);
	EXPECT_EQ(module_status().generation, refusals.last.generation);
	EXPECT_EQ(self->before.requests_refused + DFENCE_CMD_MAX - 1,
		  refusals.last.refusal);
}

TEST_F(tamper, every_command_as_root_of_a_namespace)
{
	struct refusals refusals;

	EXPECT_EQ(DFENCE_CMD_MAX - 1,
		  run_in(OTHER, request_all_in_namespace, NULL));
	refusals = recorded(self);
	EXPECT_EQ(DFENCE_CMD_MAX - 1, refusals.count);
	EXPECT_EQ(all_commands, refusals.commands);
	EXPECT_EQ(USER, refusals.last.uid);
	EXPECT_EQ(cgroup_number(OTHER), refusals.last.cgroup);
}

TEST_F(tamper, elsewhere)
{
	EXPECT_EQ(-ENOENT, run_in(OTHER, request_elsewhere, NULL));
	EXPECT_EQ(0, SINCE(requests_refused));
}

/* Both must have the right: who sends, and who opened the socket. */
TEST_F(tamper, borrowed_sockets)
{
	EXPECT_EQ(-EPERM, run_in(OTHER, request_with_a_socket_of_root, NULL));
	EXPECT_EQ(USER, recorded(self).last.uid);
	EXPECT_EQ(-EPERM, run_in(OTHER, request_with_a_socket_of_a_user, NULL));
	EXPECT_EQ(0, recorded(self).last.uid);
	EXPECT_EQ(2, recorded(self).count);
	EXPECT_EQ(2, SINCE(requests_refused));
}

/* Refused before, and by others: no record of the module. */
TEST_F(tamper, what_is_not_recorded)
{
	EXPECT_EQ(-EINVAL, run_in(OTHER, request_malformed, NULL));
	EXPECT_EQ(EPERM, run_in(OTHER, join_events, NULL));
	EXPECT_EQ(0, SINCE(requests_refused));
}

/* Root asks, and nothing of it counts as refused. */
TEST_F(tamper, root_is_not_refused)
{
	int fd = open_netlink();

	EXPECT_EQ(0, request(fd, DFENCE_CMD_STATUS_GET, 0, false));
	EXPECT_EQ(-ENOENT, request(fd, DFENCE_CMD_POLICY_ABORT, 0, false));
	EXPECT_EQ(0, request(fd, DFENCE_CMD_RULE_GET, NLM_F_DUMP, false));
	EXPECT_EQ(0, request(fd, DFENCE_CMD_FLOW_GET, NLM_F_DUMP, false));
	EXPECT_EQ(-EINVAL, request(fd, DFENCE_CMD_STATUS_GET, 0, true));
	EXPECT_EQ(0, SINCE(requests_refused));
	close(fd);
}

static int send_once(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, 4711, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

/*
 * The records of the audit system, from the socket on which it sends them to who
 * may read along: the kernel log has a limit.
 */
static int audit = -1;

static int open_audit(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int size = 4 << 20;

	audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	setsockopt(audit, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return audit < 0 || bind(audit, (struct sockaddr *)&sa, sizeof(sa));
}

/* Wait for a record of @type with both words; 10 s, or as long as none came. */
static bool audited(int type, const char *word1, const char *word2, int ms)
{
	struct {
		struct nlmsghdr header;
		char text[9000];
	} record;
	struct pollfd poll_fd = { .fd = audit, .events = POLLIN };

	while (poll(&poll_fd, 1, ms) > 0) {
		ssize_t len = recv(audit, &record, sizeof(record) - 1, 0);

		if (len < (ssize_t)NLMSG_HDRLEN)
			continue;
		((char *)&record)[len] = '\0';
		if (record.header.nlmsg_type == type &&
		    strstr(record.text, word1) && strstr(record.text, word2))
			return true;
	}
	return false;
}

static void forget_audit(void)
{
	char text[9000];

	usleep(100000);
	while (recv(audit, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
}

/**
 * struct attack - something that must be refused and recorded
 * @name: what the process calls itself, by which its record is found
 * @try: the errno, 0 if it was not refused
 * @error: that is expected
 * @key: of the rule that records it, NULL for none
 */
struct attack {
	const char *name;
	int (*try)(void);
	int error;
	const char *key;
};

static int open_for_writing(const char *path)
{
	return open(path, O_WRONLY) < 0 ? errno : 0;
}

static int write_to(const char *path)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return RUN_FAILED;
	return write(fd, "0", 1) < 0 ? errno : 0;
}

static int clone_into(const char *path)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
		.cgroup = open(path, O_RDONLY | O_DIRECTORY),
	};
	long child = syscall(__NR_clone3, &args, sizeof(args));

	if (!child)
		_exit(0);
	return child < 0 ? errno : 0;
}

/* One that belongs to the user, as below user@.service. */
#define OWN CGROUPS "/own"

static int leave_procs(void)
{
	return open_for_writing(CGROUPS "/cgroup.procs");
}

static int leave_threads(void)
{
	return open_for_writing(CGROUPS "/cgroup.threads");
}

static int leave_clone(void)
{
	return clone_into(CGROUPS);
}

static int leave_own_procs(void)
{
	return write_to(OWN "/cgroup.procs");
}

static int leave_own_threads(void)
{
	return write_to(OWN "/cgroup.threads");
}

static int leave_own_clone(void)
{
	return clone_into(OWN);
}

static int leave_rename(void)
{
	return rename(APP, APP ".renamed") ? errno : 0;
}

static int leave_rmdir(void)
{
	return rmdir(APP) ? errno : 0;
}

static int leave_mkdir(void)
{
	return mkdir(APP "/below", 0755) ? errno : 0;
}

/* As root of a namespace, by a mount of his own. */
static int leave_mount(void)
{
	if (become_root_of_a_namespace(USER, CLONE_NEWNS | CLONE_NEWCGROUP) ||
	    mount("cgroup2", "/mnt", "cgroup2", 0, NULL))
		return RUN_FAILED;
	return open_for_writing("/mnt/cgroup.procs");
}

static const struct attack leaving[] = {
	{ "leave-procs", leave_procs, EACCES, "dronefence-cgroup" },
	{ "leave-threads", leave_threads, EACCES, "dronefence-cgroup" },
	{ "leave-clone", leave_clone, EACCES, "dronefence-cgroup" },
	{ "own-procs", leave_own_procs, EACCES, "dronefence-cgroup" },
	{ "own-threads", leave_own_threads, EACCES, "dronefence-cgroup" },
	{ "own-clone", leave_own_clone, EACCES, "dronefence-cgroup" },
	{ "leave-rename", leave_rename, EACCES, "dronefence-cgroup" },
	{ "leave-rmdir", leave_rmdir, EACCES, "dronefence-cgroup" },
	{ "leave-mkdir", leave_mkdir, EACCES, "dronefence-cgroup" },
	{ "leave-mount", leave_mount, EACCES, "dronefence-cgroup" },
};

static int try_attack(void *arg)
{
	const struct attack *attack = arg;

	prctl(PR_SET_NAME, attack->name);
	if (attack->try != leave_mount && become(USER))
		return RUN_FAILED;
	return attack->try();
}

/* Refused, with the errno, and recorded with the key. */
static bool refused_and_recorded(const struct attack *attack)
{
	char comm[64], key[64];
	bool refused, found;
	int result;

	forget_audit();
	snprintf(comm, sizeof(comm), "comm=\"%s\"", attack->name);
	snprintf(key, sizeof(key), "key=\"%s\"", attack->key ?: "");
	result = run_in(APP, try_attack, (void *)attack);
	refused = result == attack->error;
	found = !attack->key || audited(AUDIT_SYSCALL, comm, key, 10000);
	if (!refused || !found)
		fprintf(stderr, "%s: %s, %srecorded\n", attack->name,
			result < 0 ? "failed" : strerror(result),
			found ? "" : "not ");
	return refused && found;
}

TEST_F_TIMEOUT(tamper, leaving_the_cgroup, 300)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leaving); i++)
		EXPECT_TRUE(refused_and_recorded(&leaving[i]));
	/* The application is where it was. */
	EXPECT_EQ(EPERM, run_in(APP, send_once, NULL));
}

/* What is no attack leaves no record: root, and a refusal elsewhere. */
static int try_harmless(void *arg)
{
	prctl(PR_SET_NAME, "harmless");
	if (open_for_writing(CGROUPS "/cgroup.procs") || become(USER) ||
	    open_for_writing("/rules") != EACCES)
		return RUN_FAILED;
	return 0;
}

TEST_F(tamper, others_leave_no_record)
{
	forget_audit();
	EXPECT_EQ(0, run_in(OTHER, try_harmless, NULL));
	EXPECT_FALSE(audited(AUDIT_SYSCALL, "comm=\"harmless\"", "key=\"dronefence",
			     1000));
}

/* As a line of its own, with a field of its own: neither is to come of it. */
static int send_as_another(void *arg)
{
	return prctl(PR_SET_NAME, "x uid=0\n\"y") ? RUN_FAILED : send_once(NULL);
}

static int set_audit(const char *value)
{
	return shell("echo %s >/sys/module/dronefence/parameters/audit", value);
}

TEST_F(tamper, reaches_the_audit_system_where_that_is_wanted)
{
	forget_audit();
	EXPECT_EQ(EPERM, run_in(APP, send_once, NULL));
	EXPECT_FALSE(audited(AUDIT_KERNEL_OTHER, "dronefence", "", 500));
	ASSERT_EQ(0, set_audit("1"));
	EXPECT_EQ(EPERM, run_in(APP, send_as_another, NULL));
	EXPECT_TRUE(audited(AUDIT_KERNEL_OTHER, "dronefence: verdict=deny",
			    " comm=x\\x20uid\\x3d0\\x0a\\x22y uid=0 ", 10000));
	EXPECT_LT(0, run_in(OTHER, request_all_as_user, NULL));
	EXPECT_TRUE(audited(AUDIT_KERNEL_OTHER, "dronefence: refused=policy-begin ",
			    " uid=1000 ", 10000));
	apply_policy(policy);
	EXPECT_TRUE(audited(AUDIT_KERNEL_OTHER, "dronefence: policy=", " digest=",
			    10000));
	ASSERT_EQ(0, set_audit("0"));
	forget_audit();
	EXPECT_EQ(EPERM, run_in(APP, send_once, NULL));
	EXPECT_FALSE(audited(AUDIT_KERNEL_OTHER, "dronefence", "", 500));
}

static int unload(void)
{
	return syscall(__NR_delete_module, "dronefence", O_NONBLOCK) ? errno : 0;
}

static int join(void)
{
	return setsockopt(open_netlink(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &group, sizeof(group)) ? errno : 0;
}

static int change_policy(void)
{
	return open_for_writing("/etc/dronefence/policy.yaml");
}

static int replace_policy(void)
{
	return rename("/etc/dronefence/policy.yaml", "/etc/dronefence/old") ?
	       errno : 0;
}

static const struct attack other_attacks[] = {
	{ "unload", unload, EPERM, "dronefence-module" },
	{ "join", join, EPERM, "dronefence-netlink" },
	{ "change-policy", change_policy, EACCES, "dronefence-policy" },
	{ "replace-policy", replace_policy, EACCES, "dronefence-policy" },
};

TEST_F_TIMEOUT(tamper, module_and_policy, 120)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(other_attacks); i++)
		EXPECT_TRUE(refused_and_recorded(&other_attacks[i]));
}

#define STATE "/var/lib/dronefence"
#define LOG "/var/log/dronefence/events.json"

static pid_t the_daemon;

static void end_daemon(void)
{
	kill(the_daemon, SIGKILL);
	waitpid(the_daemon, NULL, 0);
}

static bool logged(const char *what)
{
	int i;

	for (i = 0; i < 200; i++) {
		if (!shell("grep -q '%s' " LOG " 2>/dev/null", what))
			return true;
		usleep(100000);
	}
	return false;
}

/* As the unit starts it: in a session and with folders of its own. */
static bool start_daemon(void)
{
	if (shell("rm -rf " STATE "/* " LOG))
		return false;
	the_daemon = fork();
	if (!the_daemon) {
		setsid();
		umask(0027);
		execlp("dronefenced", "dronefenced", "--no-policy", "--sink",
		       "none", "--json", LOG, NULL);
		_exit(9);
	}
	return logged("dronefenced .* started");
}

static bool lives(void)
{
	return !kill(the_daemon, 0) && waitpid(the_daemon, NULL, WNOHANG) == 0;
}

static int signal_daemon(void)
{
	int sig;

	for (sig = 0; sig <= SIGRTMAX; sig++)
		if (!kill(the_daemon, sig) || (errno != EPERM && errno != EINVAL))
			return RUN_FAILED;
	return kill(the_daemon, SIGKILL) ? errno : 0;
}

static int trace_daemon(void)
{
	return ptrace(PTRACE_ATTACH, the_daemon, NULL, NULL) ? errno : 0;
}

static int write_into_daemon(void)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };

	return process_vm_writev(the_daemon, &iov, 1, &iov, 1, 0) < 0 ? errno : 0;
}

static int limit_daemon(void)
{
	struct rlimit limit = { 0, 0 };

	return prlimit(the_daemon, RLIMIT_NOFILE, &limit, NULL) ? errno : 0;
}

/* The lock with which another daemon could be kept from starting. */
static int lock_daemon_out(void)
{
	return open(STATE "/lock", O_RDONLY) < 0 ? errno : 0;
}

static int forget_state(void)
{
	return unlink(STATE "/state.json") ? errno : 0;
}

static int list_state(void)
{
	return open(STATE, O_RDONLY | O_DIRECTORY) < 0 ? errno : 0;
}

static const struct attack on_the_daemon[] = {
	{ "signal", signal_daemon, EPERM, "dronefence-signal" },
	{ "trace", trace_daemon, EPERM, "dronefence-ptrace" },
	{ "write-into", write_into_daemon, EPERM, "dronefence-ptrace" },
	{ "limit", limit_daemon, EPERM, "dronefence-ptrace" },
	{ "list-state", list_state, EACCES, "dronefence-policy" },
	/* What is below a folder that he may not enter the kernel never gets to. */
	{ "lock-out", lock_daemon_out, EACCES, NULL },
	{ "forget-state", forget_state, EACCES, NULL },
};

/* Not recorded by the rules: it happens all the time, and is harmless. */
static int read_log(void *arg)
{
	return become(USER) ? RUN_FAILED : open_for_writing(LOG);
}

TEST_F_TIMEOUT(tamper, stopping_the_daemon, 300)
{
	char target[32];
	size_t i;

	ASSERT_TRUE(start_daemon());
	for (i = 0; i < ARRAY_SIZE(on_the_daemon); i++)
		EXPECT_TRUE(refused_and_recorded(&on_the_daemon[i]));
	EXPECT_EQ(EACCES, run_in(APP, read_log, NULL));
	/* The record names whom the signal was for. */
	forget_audit();
	snprintf(target, sizeof(target), "opid=%d ", the_daemon);
	run_in(APP, try_attack, (void *)&on_the_daemon[0]);
	EXPECT_TRUE(audited(AUDIT_OBJ_PID, target, "ocomm=\"dronefenced\"", 10000));
	EXPECT_TRUE(lives());
	end_daemon();
}

/**
 * struct forged - an event that the module never sent
 * @header: of netlink
 * @genl: of generic netlink
 * @event: the nest
 * @seq_header: of the number
 * @seq: number of the event
 */
struct forged {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	struct nlattr event;
	struct nlattr seq_header;
	uint64_t seq;
} __attribute__((packed));

/* What is listed is listed while other sockets come and go: one may be missing. */
static int find_ports(uint32_t *ports, int max)
{
	FILE *file = fopen("/proc/net/netlink", "r");
	unsigned int protocol;
	char line[256];
	uint32_t port;
	int found = 0;

	while (file && found < max && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %u %u", &protocol, &port) == 2 &&
		    protocol == NETLINK_GENERIC &&
		    (port & 0x3fffff) == (uint32_t)the_daemon)
			ports[found++] = port;
	if (file)
		fclose(file);
	return found;
}

/*
 * To each netlink port of the daemon, with the number that it waits for; 0 or -errno,
 * -ENOENT where it does not have the two that it should.
 */
static int forge(int fd, uint64_t seq, int messages)
{
	struct forged forged = {
		.header = { .nlmsg_len = sizeof(forged), .nlmsg_type = family },
		.genl = { .cmd = DFENCE_CMD_EVENT_NTF, .version = 1 },
		.event = { .nla_type = DFENCE_A_QUERY_EVENT | NLA_F_NESTED,
			   .nla_len = 2 * NLA_HDRLEN + 8 },
		.seq_header = { .nla_type = DFENCE_A_EVENT_SEQ,
				.nla_len = NLA_HDRLEN + 8 },
		.seq = seq,
	};
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	uint32_t ports[8];
	int i, j, found = 0;

	for (i = 0; i < 100 && found < 2; i++) {
		found = find_ports(ports, ARRAY_SIZE(ports));
		if (found < 2)
			usleep(100000);
	}
	for (i = 0; i < found; i++) {
		sa.nl_pid = ports[i];
		for (j = 0; j < messages; j++)
			if (sendto(fd, &forged, sizeof(forged), 0,
				   (struct sockaddr *)&sa, sizeof(sa)) < 0)
				return -errno;
	}
	return found < 2 ? -ENOENT : 0;
}

static int forge_as_user(void *arg)
{
	return become(USER) ? RUN_FAILED : forge(open_netlink(), 1, 1);
}

TEST_F_TIMEOUT(tamper, confusing_the_daemon, 300)
{
	uint64_t next = self->before.event_next;
	int fd = open_netlink();
	char seq[64];

	ASSERT_TRUE(start_daemon());
	snprintf(seq, sizeof(seq), "\"seq\":%" PRIu64 ",", next - 1);
	ASSERT_TRUE(logged(seq));
	EXPECT_EQ(-EPERM, run_in(APP, forge_as_user, NULL));
	/* Who has CAP_NET_ADMIN may send there; only the kernel is believed. */
	EXPECT_EQ(0, forge(fd, next, 20));
	EXPECT_TRUE(logged("of strangers were ignored: "));
	EXPECT_EQ(0, forge(fd, next, 20));
	EXPECT_EQ(EPERM, run_in(APP, send_once, NULL));
	snprintf(seq, sizeof(seq), "\"seq\":%" PRIu64 ",", next);
	EXPECT_TRUE(logged(seq));
	kill(the_daemon, SIGTERM);
	EXPECT_EQ(the_daemon, waitpid(the_daemon, NULL, 0));
	EXPECT_EQ(0, shell("[ \"$(grep -c 'of strangers' " LOG ")\" = 2 ]"));
	EXPECT_NE(0, shell("grep -q '\"type\":\"event\"' " LOG));
	close(fd);
}

#define FLOOD 3000

static int flood(void *arg)
{
	int i, fd = become(USER) ? -1 : open_netlink();

	for (i = 0; i < FLOOD; i++)
		if (request(fd, DFENCE_CMD_STATUS_GET, 0, false) != -EPERM)
			return RUN_FAILED;
	return FLOOD;
}

/* The last test that looks for records: it uses up what may be recorded. */
TEST_F_TIMEOUT(tamper, flood_is_counted, 120)
{
	struct refusals refusals;
	uint64_t suppressed;
	int i;

	EXPECT_EQ(FLOOD, run_in(OTHER, flood, NULL));
	EXPECT_EQ(FLOOD, SINCE(requests_refused));
	refusals = recorded(self);
	suppressed = SINCE(refusals_suppressed);
	EXPECT_EQ(FLOOD, refusals.count + suppressed);
	EXPECT_LT(0, refusals.count);
	EXPECT_GE(BURST + SLACK, refusals.count);
	/* Of what the fence refused packets for nothing is missing. */
	for (i = 0; i < 100; i++)
		EXPECT_EQ(EPERM, run_in(APP, send_once, NULL));
	EXPECT_EQ(100, recorded(self).verdicts);
	EXPECT_EQ(0, SINCE(event_suppressed));
	EXPECT_EQ(0, shell("dronefence status | grep -q '^requests .* refused'"));
}

static int resolve(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock || genl_connect(sock) < 0)
		return -1;
	family = genl_ctrl_resolve(sock, DFENCE_GENL_NAME);
	group = genl_ctrl_resolve_grp(sock, DFENCE_GENL_NAME, "events");
	nl_socket_free(sock);
	return family < 0 || group < 0 ? -1 : 0;
}

static const char load_rules[] =
	"export LD_LIBRARY_PATH=/usr/lib/audit/lib PATH=/usr/lib/audit:$PATH; auditctl -b 8192 >/dev/null && auditctl -R /rules >/dev/null && auditctl -e 1 >/dev/null";

/* Only what is started after the audit system is looked at by it. */
static int set_up_audit(void)
{
	return shell("mkdir -p /mnt /etc/dronefence " STATE " /var/log/dronefence && chmod 700 " STATE " && chmod 750 /var/log/dronefence && echo >/etc/dronefence/policy.yaml") ||
	       shell(load_rules) ||
	       make_cgroup(OWN) ||
	       shell("chown -R %d " OWN, USER) || open_audit();
}

int main(int argc, char **argv)
{
	fence_setup();
	if (resolve() || set_up_audit())
		return 1;
	return test_harness_run(argc, argv);
}
