// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs are placed into the cgroup of their application when they are
 * executed, with nothing but the kernel: no daemon runs in this machine but where
 * a test is about that. What cannot be placed does not run. Correctness and
 * concurrency.
 *
 * vm: --parallel --timeout 2400 --bin build/tests/place_probe
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "anchor.h"
#include "fence.h"

#define STARTS 200
#define STARTS_LONG 1000
#define AT_ONCE 40

#define QGC "/opt/qgc/qgc"
#define BYSTANDER "/opt/qgc/bystander"
#define STRANGER "/opt/stranger"
#define SECOND "/opt/second/tool"
#define SLICE CGROUPS "/dronefence.slice"

#define PROFILES \
	"profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"

#define MATCH \
	"match: [ executable: /opt/qgc/qgc*, executable: /tmp/.mount_QGroun*/usr/bin/QGroundControl ]"

static const char policy[] =
	PROFILES
	"applications:\n"
	"  drone: { " MATCH ", profile: p }\n"
	"  second: { match: { executable: /opt/second }, profile: p }\n";

static const char audit[] =
	PROFILES
	"applications:\n"
	"  drone: { " MATCH ", profile: p, mode: audit }\n";

static const char without[] =
	PROFILES
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n";

/* Executed in a child, which ends with the status of the program. */
struct program {
	const char *path;
	const char *argv[6];
	const char *cgroup;	/* where it is started */
	bool traced;
};

static pid_t start(const struct program *program)
{
	char *argv[8] = { (char *)program->path };
	char procs[256];
	pid_t child;
	int i;

	for (i = 0; i < 6 && program->argv[i]; i++)
		argv[i + 1] = (char *)program->argv[i];
	child = fork();
	if (child)
		return child;
	snprintf(procs, sizeof(procs), "%s/cgroup.procs",
		 program->cgroup ?: OTHER);
	if (write_file(procs, "0"))
		_exit(4);
	if (program->traced)
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execv(program->path, argv);
	_exit(5);
}

/* Exit status, or 128 and the signal. */
static int finish(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return 6;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define KILLED (128 + SIGKILL)

static int run_program(const struct program *program)
{
	return finish(start(program));
}

static int run_path(const char *path)
{
	struct program program = { .path = path };

	return run_program(&program);
}

static int copy(const char *path)
{
	return shell("mkdir -p $(dirname %s) && cp /usr/bin/place_probe %s.new && mv %s.new %s",
		     path, path, path, path);
}

static struct df_event found;
static unsigned int found_count;

static int keep_place(const struct df_event *event, void *arg)
{
	if (event->type != DFENCE_EVENT_PLACED &&
	    event->type != DFENCE_EVENT_PLACE_FAILED)
		return 0;
	found = *event;
	found_count++;
	return 0;
}

static uint64_t cgroup_id(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

static int put_into(const char *cgroup, unsigned int pid)
{
	char procs[256], text[16];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
	snprintf(text, sizeof(text), "%u", pid);
	return write_file(procs, text);
}

/* Again into their cgroups; how many could not. */
static size_t anchor_again(void)
{
	struct df_client *client = open_client();
	struct df_diags diags = { 0 };
	size_t errors = df_anchor_all(client, &diags) ? 1000 : diags.errors;

	df_client_close(client);
	df_diags_free(&diags);
	return errors;
}

FIXTURE(place)
{
	uint64_t next;
	struct df_application_info before;
};

FIXTURE_SETUP(place)
{
	ASSERT_EQ(0, copy(QGC));
	ASSERT_EQ(0, copy(BYSTANDER));
	ASSERT_EQ(0, copy(STRANGER));
	ASSERT_EQ(0, copy(SECOND));
	apply_policy(policy);
	self->before = app_info("drone");
	self->next = module_status().event_next;
	memset(&found, 0, sizeof(found));
	found_count = 0;
}

FIXTURE_TEARDOWN(place)
{
}

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now - before;
}

/* What was counted for the application since the test began. */
#define SINCE(field)	grown(app_info("drone").field, self->before.field)

static void read_events(struct __test_metadata *_metadata, uint64_t since)
{
	struct df_client *client = open_client();

	found_count = 0;
	ASSERT_EQ(0, df_client_events(client, since, keep_place, NULL));
	df_client_close(client);
}

/* All of it: flows of earlier tests end at any time. */
static char printed[1 << 20];

TEST_F(place, by_path)
{
	char line[256];
	pid_t child;
	struct program program = { .path = QGC };

	kernel_log_mark("test_place: by_path\n");
	EXPECT_EQ(0, SINCE(placed));
	child = start(&program);
	EXPECT_EQ(1, finish(child));
	EXPECT_EQ(1, SINCE(placed));
	EXPECT_EQ(1, SINCE(counters.denied_packets));
	EXPECT_EQ(0, SINCE(place_failed));

	read_events(_metadata, self->next);
	EXPECT_EQ(1, found_count);
	EXPECT_EQ(DFENCE_EVENT_PLACED, found.type);
	EXPECT_EQ(DFENCE_PLACE_ERROR_NONE, found.place_error);
	EXPECT_STREQ("drone", found.application);
	EXPECT_STREQ("qgc", found.comm);
	EXPECT_EQ(child, found.pid);
	EXPECT_EQ(0, found.uid);
	EXPECT_EQ(cgroup_id(OTHER), found.cgroup);

	kernel_log("test_place: by_path\n", printed, sizeof(printed));
	snprintf(line, sizeof(line),
		 "place=done app=drone mode=enforce error=none gen=%u pid=%d comm=qgc uid=0 cgroup=%llu seq=%llu",
		 found.generation, child, (unsigned long long)found.cgroup,
		 (unsigned long long)found.seq);
	EXPECT_NE(NULL, strstr(printed, line));
}

/* A connection: refused at once, where another program's is accepted. */
TEST_F(place, first_packet_of_a_connection)
{
	int fd = world_socket(AF_INET, SOCK_STREAM, 0);
	char port[8];
	struct program program = { .path = QGC, .argv = { "tcp", port } };

	snprintf(port, sizeof(port), "%u", bind_any(fd, AF_INET, 0));
	ASSERT_EQ(0, listen(fd, 8));
	EXPECT_EQ(1, run_program(&program));
	program.path = BYSTANDER;
	EXPECT_EQ(0, run_program(&program));
	close(fd);
}

TEST_F(place, other_names)
{
	EXPECT_EQ(0, run_path(BYSTANDER));
	EXPECT_EQ(0, run_path(STRANGER));
	EXPECT_EQ(0, SINCE(placed));
	EXPECT_EQ(0, SINCE(counters.packets));

	/* The file counts, not the name that it is called by. */
	unlink("/opt/link");
	ASSERT_EQ(0, symlink(QGC, "/opt/link"));
	EXPECT_EQ(1, run_path("/opt/link"));
	unlink("/opt/qgc/qgc-link");
	ASSERT_EQ(0, symlink(STRANGER, "/opt/qgc/qgc-link"));
	EXPECT_EQ(0, run_path("/opt/qgc/qgc-link"));
	EXPECT_EQ(1, SINCE(placed));

	/* By a path that is no canonical one, and by a descriptor. */
	EXPECT_EQ(1, run_path("/opt/../opt/./qgc//qgc"));
	EXPECT_EQ(2, SINCE(placed));

	/* A pattern that names a folder. */
	EXPECT_EQ(1, run_path(SECOND));
	EXPECT_EQ(1, app_info("second").placed > 0);
	EXPECT_EQ(2, SINCE(placed));
}

static int exec_descriptor(void *arg)
{
	char *argv[] = { "harmless", NULL };
	int fd = open(QGC, O_PATH | O_CLOEXEC);

	fexecve(fd, argv, environ);
	return errno;
}

TEST_F(place, by_descriptor)
{
	pid_t child = fork();

	if (!child) {
		if (put_into(OTHER, getpid()))
			_exit(4);
		_exit(exec_descriptor(NULL));
	}
	EXPECT_EQ(1, finish(child));
	EXPECT_EQ(1, SINCE(placed));
}

TEST_F(place, children)
{
	struct program program = { .path = QGC, .argv = { "run", STRANGER } };

	EXPECT_EQ(1, run_program(&program));
	EXPECT_EQ(1, SINCE(placed));
	EXPECT_EQ(1, SINCE(counters.denied_packets));
	/* A bystander that starts it does not come along. */
	program = (struct program){ .path = STRANGER,
				    .argv = { "run", QGC } };
	EXPECT_EQ(1, run_program(&program));
	EXPECT_EQ(2, SINCE(placed));
	EXPECT_EQ(0, run_path(STRANGER));
}

/* What an application starts belongs to it, whatever it is. */
TEST_F(place, application_stays)
{
	struct program program = { .path = SECOND, .argv = { "run", QGC } };
	struct df_counters before = app_counters("second");

	EXPECT_EQ(1, run_program(&program));
	EXPECT_EQ(before.denied_packets + 1, app_counters("second").denied_packets);
	EXPECT_EQ(0, SINCE(placed));
	EXPECT_EQ(0, SINCE(counters.packets));
}

TEST_F(place, scripts)
{
	ASSERT_EQ(0, write_file("/opt/qgc/qgc-script", "#!" STRANGER "\n"));
	ASSERT_EQ(0, write_file("/opt/script", "#!" QGC "\n"));
	ASSERT_EQ(0, chmod("/opt/qgc/qgc-script", 0755));
	ASSERT_EQ(0, chmod("/opt/script", 0755));
	/* The interpreter is what is executed. */
	EXPECT_EQ(0, run_path("/opt/qgc/qgc-script"));
	EXPECT_EQ(0, SINCE(placed));
	EXPECT_EQ(1, run_path("/opt/script"));
	EXPECT_EQ(1, SINCE(placed));
}

TEST_F(place, renamed_over)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, copy(QGC));
		EXPECT_EQ(1, run_path(QGC));
	}
	EXPECT_EQ(3, SINCE(placed));
	/* By another name it is another program. */
	ASSERT_EQ(0, rename(QGC, "/opt/qgc/old"));
	EXPECT_EQ(0, run_path("/opt/qgc/old"));
	EXPECT_EQ(3, SINCE(placed));
}

#define MOUNT "/tmp/.mount_QGrounXyZ123"

TEST_F(place, appimage)
{
	ASSERT_EQ(0, shell("mkdir -p " MOUNT " && mount -t tmpfs none " MOUNT));
	ASSERT_EQ(0, copy(MOUNT "/usr/bin/QGroundControl"));
	ASSERT_EQ(0, copy(MOUNT "/usr/bin/other"));
	EXPECT_EQ(1, run_path(MOUNT "/usr/bin/QGroundControl"));
	EXPECT_EQ(0, run_path(MOUNT "/usr/bin/other"));
	EXPECT_EQ(1, SINCE(placed));
	ASSERT_EQ(0, umount(MOUNT));
}

/*
 * Run a program in a mount namespace of its own, with @from bound to @to; below
 * the root @to if that is what @path is below.
 */
static int exec_bound(const char *from, const char *to, const char *root,
		      const char *path)
{
	char *argv[] = { (char *)path, NULL };
	pid_t child = fork();

	if (!child) {
		if (put_into(OTHER, getpid()) || unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount(from, to, NULL, MS_BIND | MS_REC, NULL) ||
		    chroot(root) || chdir("/"))
			_exit(7);
		execv(path, argv);
		_exit(5);
	}
	return finish(child);
}

/* A path is what the process calls it: the documented limit of a pattern. */
TEST_F(place, namespaces)
{
	EXPECT_EQ(0, exec_bound(QGC, STRANGER, "/", STRANGER));
	EXPECT_EQ(0, SINCE(placed));
	EXPECT_EQ(1, exec_bound(STRANGER, QGC, "/", QGC));
	EXPECT_EQ(1, SINCE(placed));

	ASSERT_EQ(0, shell("mkdir -p /tmp/jail"));
	EXPECT_EQ(1, exec_bound("/", "/tmp/jail", "/tmp/jail", QGC));
	EXPECT_EQ(2, SINCE(placed));
	EXPECT_EQ(0, exec_bound("/", "/tmp/jail", "/tmp/jail", STRANGER));
	EXPECT_EQ(2, SINCE(placed));
}

/* Held by a debugger right where it was executed: not yet free to send. */
TEST_F(place, traced)
{
	struct program program = { .path = QGC, .traced = true };
	pid_t child = start(&program);
	int status;

	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGTRAP, WSTOPSIG(status));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, child, NULL, NULL));
	EXPECT_EQ(1, finish(child));
	EXPECT_EQ(1, SINCE(placed));
}

/* Many at a time; each is recognised with its first packet. */
static void start_many(struct __test_metadata *_metadata,
		       const FIXTURE_DATA(place) *self, const char *daemon)
{
	const char *is_long = getenv("DRONEFENCE_LONG");
	int total = times(is_long && *is_long ? STARTS_LONG : STARTS);
	int started, denied = 0, i;
	uint64_t next = module_status().event_next;
	uint64_t placed = SINCE(placed), packets = SINCE(counters.denied_packets);
	struct program program = { .path = QGC };
	pid_t children[AT_ONCE];
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (started = 0; started < total; started += AT_ONCE) {
		for (i = 0; i < AT_ONCE; i++)
			children[i] = start(&program);
		for (i = 0; i < AT_ONCE; i++)
			denied += finish(children[i]) == 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	TH_LOG("%s: %d starts in %ld s", daemon, started,
	       (long)(end.tv_sec - begin.tv_sec));
	EXPECT_EQ(started, denied);
	EXPECT_EQ(placed + started, SINCE(placed));
	EXPECT_EQ(packets + started, SINCE(counters.denied_packets));
	EXPECT_EQ(0, SINCE(counters.allowed_packets));
	EXPECT_EQ(0, SINCE(place_failed));
	read_events(_metadata, next);
	EXPECT_EQ(started, found_count);
}

/* Start the daemon; it has put the policy into force when this returns. */
static pid_t start_daemon(void)
{
	uint32_t generation = module_status().generation;
	pid_t child = fork();
	int i;

	if (!child) {
		execlp("dronefenced", "dronefenced", "--policy", POLICY,
		       "--sink", "syslog", "--state-dir", "/tmp/state", NULL);
		_exit(127);
	}
	for (i = 0; i < 600 && module_status().generation == generation; i++)
		usleep(100000);
	return i < 600 ? child : -1;
}

TEST_F_TIMEOUT(place, many_at_once, 900)
{
	pid_t daemon;

	start_many(_metadata, self, "no daemon");
	daemon = start_daemon();
	ASSERT_LT(0, daemon);
	start_many(_metadata, self, "daemon runs");
	kill(daemon, SIGSTOP);
	start_many(_metadata, self, "daemon is stopped");
	kill(daemon, SIGKILL);
	EXPECT_EQ(KILLED, finish(daemon));
	start_many(_metadata, self, "daemon was killed");
}

/* While its anchor is elsewhere, the application does not run; all else does. */
static void without_anchor(struct __test_metadata *_metadata,
			   const FIXTURE_DATA(place) *self, const char *cgroup)
{
	unsigned int anchor = app_info("drone").anchor;

	uint64_t next = module_status().event_next;
	uint64_t placed = SINCE(placed), failed = SINCE(place_failed);
	uint64_t packets = SINCE(counters.packets);

	ASSERT_NE(0, anchor);
	EXPECT_TRUE(app_info("drone").anchored);
	ASSERT_EQ(0, put_into(cgroup, anchor));
	EXPECT_FALSE(app_info("drone").anchored);
	EXPECT_EQ(KILLED, run_path(QGC));
	EXPECT_EQ(0, run_path(BYSTANDER));
	EXPECT_EQ(1, run_path(SECOND));
	EXPECT_EQ(packets, SINCE(counters.packets));
	EXPECT_EQ(placed, SINCE(placed));
	EXPECT_EQ(failed + 1, SINCE(place_failed));

	read_events(_metadata, next);
	EXPECT_STREQ("second", found.application);
	EXPECT_EQ(2, found_count);
	EXPECT_EQ(0, anchor_again());
	EXPECT_TRUE(app_info("drone").anchored);
	EXPECT_EQ(1, run_path(QGC));
	EXPECT_EQ(placed + 1, SINCE(placed));
}

TEST_F_TIMEOUT(place, anchor_in_the_root, 120)
{
	kernel_log_mark("test_place: no anchor\n");
	without_anchor(_metadata, self, CGROUPS);
	EXPECT_EQ(1, SINCE(place_failed));
	kernel_log("test_place: no anchor\n", printed, sizeof(printed));
	EXPECT_NE(NULL, strstr(printed, "place=killed app=drone mode=enforce error=anchor gen="));
}

TEST_F_TIMEOUT(place, anchor_in_another_cgroup, 120)
{
	without_anchor(_metadata, self, OTHER);
	/* That of another application is not its own either. */
	without_anchor(_metadata, self, SLICE "/second");
}

static int anchor_without_cgroups(void *arg)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", CGROUPS, "tmpfs", 0, NULL))
		return -1;
	return anchor_again();
}

/* Where the cgroup cannot be made, each application is named in an error. */
TEST_F(place, no_cgroups)
{
	EXPECT_EQ(2, run_in(OTHER, anchor_without_cgroups, NULL));
	EXPECT_TRUE(app_info("drone").anchored);
	EXPECT_EQ(1, run_path(QGC));
}

TEST_F(place, audit_mode)
{
	apply_policy(audit);
	EXPECT_EQ(0, run_path(QGC));
	EXPECT_EQ(1, SINCE(placed));
	EXPECT_EQ(1, SINCE(counters.audited_packets));
	ASSERT_EQ(0, put_into(CGROUPS, app_info("drone").anchor));
	/* It stands in nobody's way. */
	EXPECT_EQ(0, run_path(QGC));
	EXPECT_EQ(1, SINCE(place_failed));
	EXPECT_EQ(1, SINCE(counters.audited_packets));
	read_events(_metadata, self->next);
	EXPECT_EQ(DFENCE_EVENT_PLACE_FAILED, found.type);
	EXPECT_EQ(DFENCE_PLACE_ERROR_ANCHOR, found.place_error);
	EXPECT_EQ(DFENCE_MODE_AUDIT, found.mode);
}

/* Nobody can end the anchor, nor take its cgroup away. */
TEST_F(place, anchor_holds)
{
	unsigned int anchor = app_info("drone").anchor;

	kill(anchor, SIGKILL);
	shell("echo 1 >" SLICE "/drone/cgroup.kill");
	EXPECT_EQ(-1, rmdir(SLICE "/drone"));
	EXPECT_EQ(EBUSY, errno);
	usleep(200000);
	EXPECT_EQ(0, kill(anchor, 0));
	EXPECT_EQ(anchor, app_info("drone").anchor);
	EXPECT_EQ(1, run_path(QGC));

	/* It stays where it is when the policy is replaced. */
	apply_policy(policy);
	EXPECT_EQ(anchor, app_info("drone").anchor);
	EXPECT_EQ(2, SINCE(placed) + 1);
}

/* A thread that has ended takes a moment until it is gone. */
static bool ends(unsigned int pid)
{
	int i;

	for (i = 0; i < 200 && !kill(pid, 0); i++)
		usleep(50000);
	return kill(pid, 0) && errno == ESRCH;
}

TEST_F(place, application_removed)
{
	unsigned int anchor = app_info("drone").anchor;
	unsigned int second = app_info("second").anchor;

	apply_policy(audit);
	EXPECT_TRUE(ends(second));
	EXPECT_EQ(0, rmdir(SLICE "/second"));
	EXPECT_EQ(anchor, app_info("drone").anchor);
	EXPECT_EQ(0, run_path(SECOND));

	apply_policy(without);
	EXPECT_TRUE(ends(anchor));
	EXPECT_EQ(0, rmdir(SLICE "/drone"));
	EXPECT_EQ(0, run_path(QGC));
	EXPECT_EQ(0, app_info("drone").anchor);
}

static volatile bool stop;
static unsigned int swaps;

static void *swap_policies(void *arg)
{
	while (!stop) {
		apply_policy(swaps % 2 ? policy : audit);
		swaps++;
	}
	return NULL;
}

/* One policy or the other, but the application either way. */
TEST_F_TIMEOUT(place, policy_swapped_meanwhile, 300)
{
	struct program program = { .path = QGC };
	int starts = times(200), others = 0, i, status;
	struct df_application_info after;
	pthread_t thread;

	stop = false;
	swaps = 0;
	ASSERT_EQ(0, pthread_create(&thread, NULL, swap_policies, NULL));
	for (i = 0; i < starts; i++) {
		pid_t one = start(&program), two = start(&program);

		status = finish(one);
		others += status != 0 && status != 1;
		status = finish(two);
		others += status != 0 && status != 1;
	}
	stop = true;
	pthread_join(thread, NULL);
	TH_LOG("%d starts, %u policies", 2 * starts, swaps);
	EXPECT_LT(5, swaps);
	EXPECT_EQ(0, others);
	after = app_info("drone");
	EXPECT_EQ(2 * starts, after.placed - self->before.placed);
	EXPECT_EQ(2 * starts, after.counters.packets - self->before.counters.packets);
	EXPECT_EQ(0, after.place_failed - self->before.place_failed);
}

struct starter {
	const char *path;
	unsigned int starts, killed, odd;
};

static void *start_on(void *arg)
{
	struct starter *starter = arg;
	struct program program = { .path = starter->path };
	int status;

	while (!stop) {
		status = run_program(&program);
		starter->starts++;
		starter->killed += status == KILLED;
		starter->odd += status != 0 && status != 1 && status != KILLED;
	}
	return NULL;
}

/*
 * Unloading waits for those that are on their way. After it nothing is fenced,
 * and nothing was killed: the anchor was where it belongs.
 */
TEST_F_TIMEOUT(place, unloaded_meanwhile, 300)
{
	struct starter starters[] = {
		{ .path = QGC }, { .path = QGC }, { .path = BYSTANDER },
	};
	pthread_t threads[3];
	int rounds = times(10), i;

	stop = false;
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, start_on,
					    &starters[i]));
	for (i = 0; i < rounds; i++) {
		usleep(300000);
		EXPECT_EQ(0, shell("rmmod dronefence"));
		EXPECT_EQ(0, run_path(QGC));
		EXPECT_EQ(0, shell("modprobe dronefence"));
		apply_policy(without);
		EXPECT_EQ(0, run_path(QGC));
		EXPECT_EQ(0, app_info("drone").anchor);
		apply_policy(policy);
		EXPECT_EQ(1, run_path(QGC));
	}
	stop = true;
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("%u + %u starts of the application, %u of another program",
	       starters[0].starts, starters[1].starts, starters[2].starts);
	EXPECT_LT(10, starters[0].starts);
	EXPECT_EQ(0, starters[2].killed);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, starters[i].odd);
}

int main(int argc, char **argv)
{
	fence_setup();
	shell("mkdir -p /tmp/state");
	return test_harness_run(argc, argv);
}
