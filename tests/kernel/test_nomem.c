// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory runs out: of all that the kernel allocates for a request or a packet
 * the first piece is refused, then the second, and so on until one passes
 * untouched. Whatever fails then must say so and leave everything as it was,
 * and no packet of an application may slip through. What would be lost is
 * found by the kernel's leak detector after the test.
 *
 * It needs a kernel that can refuse memory on purpose, see
 * scripts/kernel-config/kasan.
 *
 * The kernel itself tells of memory that it did not get for loading a module.
 *
 * vm: --timeout 2400 --forgive vmalloc.error: --bin build/tests/place_probe
 * vm: --bin openssl
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "kselftest_harness.h"

#include "addr.h"
#include "apply.h"
#include "fence.h"
#include "permit_file.h"

#define PORT 4711
#define CASE_TIMEOUT 3000

/* More than any request here allocates. */
#define MANY 5000

#define FAULTS "/sys/kernel/debug"

static const char policy[] =
	"profiles: { p: { rules: [ { deny: { located-in: CN }, log: new } ], default: allow } }\n"
	"applications: { app: { match: { cgroup: /dronefence.slice/** }, profile: p } }\n";

/* User Mode Linux dies where there is no memory for the pages of a program. */
static bool can_refuse(void)
{
	if (!shell("grep -q 'User Mode Linux' /proc/cpuinfo"))
		return false;
	return !access(FAULTS "/failslab", F_OK) &&
	       !access("/proc/self/fail-nth", F_OK);
}

/* Also what could wait for memory, and without a trace of each in the log. */
static void setup_refusal(void)
{
	if (write_file(FAULTS "/failslab/ignore-gfp-wait", "N") ||
	    write_file(FAULTS "/failslab/verbose", "0") ||
	    write_file(FAULTS "/fail_page_alloc/ignore-gfp-wait", "N") ||
	    write_file(FAULTS "/fail_page_alloc/verbose", "0"))
		exit(1);
	/* Programs without a stack are what is asked for here; some have no such file. */
	write_file("/proc/sys/debug/exception-trace", "0");
}

/* Opened before, so that opening it is not what fails. */
static int open_nth(void)
{
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

/* From here on the nth allocation for this task fails. */
static void refuse_nth(int fd, unsigned int nth)
{
	char text[16];

	if (pwrite(fd, text, snprintf(text, sizeof(text), "%u", nth), 0) < 0)
		abort();
}

/* Until here. Returns how many more there could have been; 0: one was refused. */
static unsigned int stop_refusing(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0 || pwrite(fd, "0", 1, 0) < 0)
		abort();
	return atoi(text);
}

static bool was_refused(int fd)
{
	return !stop_refusing(fd);
}

/* What the kernel says when it has no memory. */
static bool means_no_memory(int err)
{
	return err == -ENOMEM || err == -ENOBUFS;
}

FIXTURE(nomem) {
	int nth;
};

FIXTURE_SETUP(nomem)
{
	if (!can_refuse())
		SKIP(return, "this kernel cannot refuse memory, or does not survive it");
	setup_refusal();
	self->nth = open_nth();
	ASSERT_LE(0, self->nth);
	apply_policy(policy);
}

FIXTURE_TEARDOWN(nomem)
{
	close(self->nth);
}

/* The file that apply_policy() wrote, compiled once more. */
static void compile_policy(struct df_build *build)
{
	struct df_build_options options = { .geo.now = time(NULL) };
	struct df_diags diags = { 0 };

	if (df_build_load(build, POLICY, &options, &diags))
		exit(1);
	df_diags_free(&diags);
}

TEST_F_TIMEOUT(nomem, apply_leaves_the_old_policy, CASE_TIMEOUT)
{
	uint32_t before, generation;
	unsigned int nth, failed = 0;
	struct df_build build;
	bool refused = true;

	compile_policy(&build);
	for (nth = 1; refused && nth < MANY; nth++) {
		struct df_client *client = open_client();
		struct df_status status;
		int err;

		before = module_status().generation;
		refuse_nth(self->nth, nth);
		err = df_client_apply(client, build.image, before, NULL,
				      NULL, &generation);
		refused = was_refused(self->nth);
		df_client_close(client);

		status = module_status();
		failed += err != 0;
		EXPECT_TRUE(!err || (refused && means_no_memory(err)))
			TH_LOG("allocation %u: %s", nth, strerror(-err));
		EXPECT_EQ(before + !err, status.generation)
			TH_LOG("allocation %u: %s", nth, strerror(-err));
		EXPECT_EQ(0, status.transaction);
		EXPECT_TRUE(status.hooks);
	}
	TH_LOG("%u allocations, %u refusals made it fail", nth - 2, failed);
	EXPECT_FALSE(refused);
	EXPECT_LT(5, failed);
	df_build_free(&build);
}

static int count_application(const struct df_application_info *info, void *arg)
{
	++*(int *)arg;
	return 0;
}

static int count_rule(const struct df_rule_info *info, void *arg)
{
	++*(int *)arg;
	return 0;
}

static int count_event(const struct df_event *event, void *arg)
{
	++*(int *)arg;
	return 0;
}

static int read_applications(struct df_client *client, int *count)
{
	return df_client_applications(client, count_application, count);
}

static int read_rules(struct df_client *client, int *count)
{
	return df_client_rules(client, count_rule, count);
}

static int read_events(struct df_client *client, int *count)
{
	return df_client_events(client, 0, count_event, count);
}

static int read_status(struct df_client *client, int *count)
{
	struct df_status status = { 0 };
	int err = df_client_status(client, &status);

	*count = status.generation;
	return err;
}

static int read_policy(struct df_client *client, int *count)
{
	struct df_policy_info info = { 0 };
	int err = df_client_policy(client, &info);

	*count = info.generation;
	return err;
}

static int explain(struct df_client *client, int *count)
{
	struct df_explanation explanation = { 0 };
	enum df_family family;
	df_u128 addr;
	int err;

	df_addr_parse(CN4, &family, &addr);
	err = df_client_explain(client, "app", family, addr, IPPROTO_UDP, PORT,
				&explanation);
	*count = explanation.rule;
	return err;
}

/* With a connection of its own: an answer that came too late is not the next. */
static int read_once(int (*reader)(struct df_client *, int *), int fd,
		     unsigned int nth, bool *refused, int *count)
{
	struct df_client *client = open_client();
	int err;

	*count = 0;
	refuse_nth(fd, nth);
	err = reader(client, count);
	*refused = was_refused(fd);
	df_client_close(client);
	return err;
}

static int (*const readers[])(struct df_client *client, int *count) = {
	read_status, read_policy, read_applications, read_rules, read_events,
	explain,
};

/* A list that is cut short must not look like a whole one. */
TEST_F_TIMEOUT(nomem, reading_is_whole_or_fails, CASE_TIMEOUT)
{
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		unsigned int nth, failed = 0;
		int expected;
		bool refused;

		ASSERT_EQ(0, read_once(readers[i], self->nth, 0, &refused,
				       &expected));
		ASSERT_LT(0, expected);
		for (nth = 1, refused = true; refused && nth < MANY; nth++) {
			int count;
			int err = read_once(readers[i], self->nth, nth,
					    &refused, &count);

			failed += err != 0;
			EXPECT_TRUE(!err || (refused && means_no_memory(err)))
				TH_LOG("reader %zu, allocation %u: %s", i, nth,
				       strerror(-err));
			if (!err)
				EXPECT_EQ(expected, count);
		}
		EXPECT_FALSE(refused);
		EXPECT_LT(0, failed);
	}
}

/* What became of a datagram. */
struct attempt {
	const char *addr;
	unsigned int nth;
	bool refused;
};

static int send_with_refusal(void *arg)
{
	struct attempt *attempt = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(attempt->addr, PORT, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int nth = open_nth(), err = 0;

	if (fd < 0 || nth < 0)
		return RUN_FAILED;
	refuse_nth(nth, attempt->nth);
	if (sendto(fd, "m", 1, 0, (struct sockaddr *)&sa, len) != 1)
		err = -errno;
	/* In a process of its own: the status is the one thing that gets out. */
	return was_refused(nth) ? err - 1000 : err;
}

/* A cgroup that no packet was seen of, so that all of its answers are new. */
static int send_from_new_cgroup(struct attempt *attempt)
{
	char path[256];
	static int number;
	int err;

	snprintf(path, sizeof(path), APP "/%d", number++);
	if (make_cgroup(path))
		return RUN_FAILED;
	err = run_in(path, send_with_refusal, attempt);
	rmdir(path);
	attempt->refused = err <= -1000;
	return attempt->refused ? err + 1000 : err;
}

static uint64_t drain(int fd)
{
	uint64_t count = 0;
	char c;

	while (recv(fd, &c, 1, MSG_DONTWAIT) >= 0)
		count++;
	return count;
}

static bool is_cn(const char *addr)
{
	return !strcmp(addr, CN4) || !strcmp(addr, CN6);
}

TEST_F_TIMEOUT(nomem, no_packet_slips_through, CASE_TIMEOUT)
{
	static const char * const addrs[] = { CN4, CN6, US4, US6 };
	struct df_status before = module_status(), after;
	size_t i;

	for (i = 0; i < sizeof(addrs) / sizeof(*addrs); i++) {
		struct attempt attempt = { .addr = addrs[i], .refused = true };
		int family = strchr(addrs[i], ':') ? AF_INET6 : AF_INET;
		int receiver = world_socket(family, SOCK_DGRAM, 0);

		bind_any(receiver, family, PORT);
		for (attempt.nth = 1; attempt.refused && attempt.nth < MANY;
		     attempt.nth++) {
			struct pollfd poll_for = { receiver, POLLIN, 0 };
			int err = send_from_new_cgroup(&attempt);
			bool short_of = attempt.refused && means_no_memory(err);

			if (is_cn(addrs[i])) {
				EXPECT_TRUE(short_of || err == -EPERM);
				EXPECT_EQ(0, drain(receiver));
			} else {
				EXPECT_TRUE(short_of || !err);
				if (!err)
					EXPECT_EQ(1, poll(&poll_for, 1, 20000));
				drain(receiver);
			}
		}
		EXPECT_FALSE(attempt.refused);
		TH_LOG("%s: %u allocations", addrs[i], attempt.nth - 2);
		close(receiver);
	}
	/* It was the module, too, that was refused something. */
	after = module_status();
	EXPECT_LT(before.flow_errors, after.flow_errors);
	EXPECT_TRUE(flows_add_up("app"));
}

#define PROGRAM "/opt/drone/program"
#define COPY "/opt/elsewhere/copy"

static const char program_policy[] =
	"profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"
	"applications: { drone: { match: { executable: " PROGRAM ", copies: true },"
	" profile: p } }\n";

/* The program that sends to China, twice: under its name, and as a copy. */
static int open_program(struct df_pin *pin)
{
	struct stat st;
	void *contents;

	if (shell("mkdir -p /opt/drone /opt/elsewhere &&"
		  " cp /usr/bin/place_probe " PROGRAM " &&"
		  " cp /usr/bin/place_probe " COPY))
		return -1;
	*pin = (struct df_pin){ .application = "drone", .copies = true };
	pin->fd = open(PROGRAM, O_RDONLY | O_CLOEXEC);
	if (pin->fd < 0 || fstat(pin->fd, &st))
		return -1;
	contents = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, pin->fd, 0);
	if (contents == MAP_FAILED)
		return -1;
	SHA256(contents, st.st_size, pin->digest);
	return munmap(contents, st.st_size);
}

TEST_F_TIMEOUT(nomem, pins_stay, CASE_TIMEOUT)
{
	struct df_pin pins[2];
	struct df_client *client = open_client();
	unsigned int nth, failed = 0, kept = 0;
	bool refused = true;

	apply_policy(program_policy);
	ASSERT_EQ(0, open_program(&pins[0]));
	/* Beside the first one, which takes more memory than in place of it. */
	pins[1] = pins[0];
	pins[1].fd = open(COPY, O_RDONLY | O_CLOEXEC);
	for (nth = 1; refused && nth < MANY; nth++) {
		struct df_client *once = open_client();
		int err;

		ASSERT_EQ(0, df_client_set_pins(client, pins, 1, false));
		refuse_nth(self->nth, nth);
		err = df_client_set_pins(once, &pins[1], 1, true);
		refused = was_refused(self->nth);
		df_client_close(once);

		failed += err != 0;
		EXPECT_TRUE(!err || (refused && means_no_memory(err)))
			TH_LOG("allocation %u: %s", nth, strerror(-err));
		/* It may be the answer that there was no memory for. */
		kept += module_status().pins == 1;
		EXPECT_TRUE(module_status().pins == 2 ||
			    (err && module_status().pins == 1))
			TH_LOG("allocation %u: %s", nth, strerror(-err));
	}
	TH_LOG("%u allocations, %u refusals made it fail, %u before it was done",
	       nth - 2, failed, kept);
	EXPECT_FALSE(refused);
	EXPECT_LT(1, kept);
	EXPECT_EQ(0, df_client_set_pins(client, NULL, 0, false));
	df_client_close(client);
	close(pins[0].fd);
	close(pins[1].fd);
}

/* More than it takes to start the program, and refusals in a row without effect. */
#define STARTS 1000
#define HARMLESS 60

/* Starts that look once more for one allocation, and how far around. */
#define AGAIN 400
#define NEAR 40

/* It starts outside of its cgroup, and something is refused until it has sent. */
static int start_with_refusal(const char *path, unsigned int nth)
{
	pid_t child = fork();
	int status;

	if (!child) {
		int fd = open_nth();

		if (fd < 0 || write_file(OTHER "/cgroup.procs", "0"))
			_exit(4);
		refuse_nth(fd, nth);
		execl(path, path, NULL);
		_exit(5);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return RUN_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Whatever becomes of it: it does not run as nobody's program. */
TEST_F_TIMEOUT(nomem, program_never_runs_unfenced, CASE_TIMEOUT)
{
	unsigned int nth, failed = 0, killed = 0, harmless = 0;
	struct df_pin pin;
	int status;

	apply_policy(program_policy);
	ASSERT_EQ(0, open_program(&pin));
	close(pin.fd);
	for (nth = 1; nth <= STARTS && harmless < HARMLESS; nth++) {
		status = start_with_refusal(PROGRAM, nth);
		EXPECT_NE(0, status)
			TH_LOG("allocation %u", nth);
		failed += status != 1;
		killed += status == -SIGKILL;
		harmless = status == 1 ? harmless + 1 : 0;
	}
	TH_LOG("%u starts of %u failed, %u of them with a kill", failed,
	       nth - 1, killed);
	EXPECT_LT(5, failed);
	EXPECT_EQ(HARMLESS, harmless);
}

/*
 * Nobody knows whose program that is: it goes on, and is counted. A single
 * allocation leads to that, and how many come before it differs a little from start
 * to start: where all were refused in turn it may have been missed.
 */
TEST_F_TIMEOUT(nomem, unread_copy_is_counted, CASE_TIMEOUT)
{
	struct df_client *client = open_client();
	unsigned int i, nth, last = 0, unread = 0, harmless = 0, again = 0;
	bool swept = false;
	struct df_pin pin;

	apply_policy(program_policy);
	ASSERT_EQ(0, open_program(&pin));
	ASSERT_EQ(0, df_client_set_pins(client, &pin, 1, false));
	for (i = 1; i <= STARTS && !(swept && (unread || again == AGAIN)); i++) {
		uint64_t before = module_status().unread_programs;
		int status;

		nth = swept ? last - again++ % NEAR : i;
		status = start_with_refusal(COPY, nth);
		harmless = status == 1 ? harmless + 1 : 0;
		if (!swept && status != 1)
			last = nth;
		if (!swept && harmless == HARMLESS) {
			swept = true;
			ASSERT_LT(NEAR, last);
		}
		if (status)
			continue;
		EXPECT_EQ(before + 1, module_status().unread_programs)
			TH_LOG("allocation %u", nth);
		unread++;
	}
	TH_LOG("%u of %u were not read", unread, i - 1);
	EXPECT_LT(0, unread);
	EXPECT_TRUE(swept);
	EXPECT_EQ(0, df_client_set_pins(client, NULL, 0, false));
	df_client_close(client);
	close(pin.fd);
}

static size_t read_module(char **image)
{
	char path[256];
	struct utsname name;
	struct stat st;
	int fd;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/extra/dronefence.ko",
		 name.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return 0;
	*image = malloc(st.st_size);
	if (!*image || read(fd, *image, st.st_size) != st.st_size)
		return 0;
	close(fd);
	return st.st_size;
}

static int load(const char *image, size_t size)
{
	return syscall(__NR_init_module, image, size, "") ? -errno : 0;
}

static int unload(void)
{
	return syscall(__NR_delete_module, "dronefence", O_NONBLOCK) ? -errno : 0;
}

/*
 * The kernel comes first when a module is loaded, the module last: of what is
 * refused to the kernel, most is left to the long variant.
 */
TEST_F_TIMEOUT(nomem, loading_leaves_nothing, CASE_TIMEOUT)
{
	const char *is_long = getenv("DRONEFENCE_LONG");
	unsigned int step = is_long && *is_long ? 1 : 8;
	unsigned int nth, last, failed = 0;
	char *image = NULL;
	size_t size = read_module(&image);

	ASSERT_LT(0, size);
	ASSERT_EQ(0, unload());
	refuse_nth(self->nth, MANY);
	ASSERT_EQ(0, load(image, size));
	last = MANY - stop_refusing(self->nth);

	for (nth = 1; nth <= last; nth += nth + 30 < last ? step : 1) {
		bool refused;
		int err;

		ASSERT_EQ(0, unload())
			TH_LOG("before allocation %u", nth);
		refuse_nth(self->nth, nth);
		err = load(image, size);
		refused = was_refused(self->nth);
		EXPECT_TRUE(!err || (refused && means_no_memory(err)))
			TH_LOG("allocation %u: %s", nth, strerror(-err));
		failed += err != 0;
		if (err)
			ASSERT_EQ(0, load(image, size));
	}
	TH_LOG("%u allocations, %u refusals made it fail", last, failed);
	EXPECT_LT(5, failed);
	free(image);
}

#define UNLISTED "/tmp/unlisted.yaml"

static bool make_permits(struct df_blob *permit, struct df_blob *unlisted,
			 struct df_blob *certificate)
{
	return !shell("openssl req -x509 -config /tests/certificate.cnf -newkey rsa:2048 -nodes"
		      " -keyout /tmp/key -out /tmp/key.pem -days 9 -subj '/O=Example/CN=it'"
		      " 2>/dev/null && sed 's/default: allow/default: deny/' " POLICY
		      " >" UNLISTED " && for i in " POLICY " " UNLISTED "; do"
		      " dronefence sign $i --permit --key /tmp/key"
		      " --certificate /tmp/key.pem --serial 1 >/dev/null 2>&1 || exit; done") &&
	       !df_permit_read(POLICY, permit) && !df_permit_read(UNLISTED, unlisted) &&
	       !df_permit_certificate("/tmp/key.pem", certificate);
}

/* NULL in place of the certificate: under the seal. */
static int seal_with_refusal(int fd, unsigned int nth, const struct df_blob *permit,
			     const struct df_blob *certificate, bool *refused)
{
	struct df_client *once = open_client();
	int err;

	refuse_nth(fd, nth);
	err = df_client_seal(once, permit, certificate, certificate ? 1 : 0, false);
	*refused = was_refused(fd);
	df_client_close(once);
	return err;
}

/*
 * The last one: there is no way back. So what is tried over and over is a seal that
 * fails in the end in any case, and then a permit that holds already.
 */
TEST_F_TIMEOUT(nomem, sealed_or_not, CASE_TIMEOUT)
{
	struct df_blob permit = { 0 }, unlisted = { 0 }, certificate = { 0 };
	unsigned int nth, failed = 0, renewals = 0;
	bool refused = true;
	int err;

	ASSERT_TRUE(make_permits(&permit, &unlisted, &certificate));
	for (nth = 1; refused && nth < MANY; nth++) {
		err = seal_with_refusal(self->nth, nth, &unlisted, &certificate, &refused);
		failed += means_no_memory(err);
		EXPECT_TRUE(err == -EKEYREJECTED || refused)
			TH_LOG("allocation %u: %s", nth, strerror(-err));
		EXPECT_FALSE(module_status().sealed);
	}
	EXPECT_FALSE(refused);
	EXPECT_EQ(0, df_client_seal(open_client(), &permit, &certificate, 1, false));
	EXPECT_TRUE(module_status().sealed);

	for (nth = 1, refused = true; refused && nth < MANY; nth++) {
		err = seal_with_refusal(self->nth, nth, &permit, NULL, &refused);
		renewals += err != 0;
		EXPECT_TRUE(!err || refused)
			TH_LOG("allocation %u: %s", nth, strerror(-err));
		EXPECT_TRUE(module_status().sealed);
		EXPECT_EQ(1, module_status().seal.serial);
	}
	EXPECT_FALSE(refused);
	TH_LOG("no memory kept it %u times from being sealed, and failed %u renewals",
	       failed, renewals);
	EXPECT_LT(20, failed);
	EXPECT_LT(20, renewals);
	free(permit.data);
	free(unlisted.data);
	free(certificate.data);
}

int main(int argc, char **argv)
{
	fence_setup();
	return test_harness_run(argc, argv);
}
