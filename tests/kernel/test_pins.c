// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs are recognised by their file, whatever it is called, and copies of them by
 * their contents. No daemon runs but where a test is about that: what it would pin
 * the test pins itself.
 *
 * vm: --timeout 1200 --bin build/tests/place_probe --module loop --module ext4
 * vm: --module fuse
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "kselftest_harness.h"

#include "client_private.h"
#include "fence.h"

#define QGC "/opt/qgc/qgc"
#define SECOND "/opt/second/tool"
#define OTHER_NAME "/opt/elsewhere/game"
#define JAIL "/tmp/jail"
#define USER 1000
#define RECORDS "/tmp/records.json"

#define PROFILES \
	"profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"

static const char policy[] =
	PROFILES
	"applications:\n"
	"  drone: { match: { executable: " QGC ", copies: true }, profile: p }\n"
	"  second: { match: [ executable: /opt/second, executable: /opt/link ], profile: p }\n";

static const char only_second[] =
	PROFILES
	"applications:\n"
	"  second: { match: { executable: /opt/second }, profile: p }\n";

/* It has no programs that could be placed. */
static const char by_cgroup[] =
	PROFILES
	"applications:\n"
	"  drone: { match: { cgroup: /dronefence.slice/drone }, profile: p }\n"
	"  second: { match: { executable: /opt/second }, profile: p }\n";

/* Exit status, or 128 and the signal. */
static int finish(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return 6;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A program, or one that runs another one. */
static pid_t start(const char *path, const char *other)
{
	pid_t child = fork();

	if (child)
		return child;
	if (write_file(OTHER "/cgroup.procs", "0"))
		_exit(4);
	execl(path, path, other ? "run" : NULL, other, NULL);
	_exit(5);
}

/* 0: it is nobody's. 1: it is an application's. */
static int run_path(const char *path)
{
	return finish(start(path, NULL));
}

static int copy(const char *from, const char *to)
{
	return shell("mkdir -p $(dirname %s) && cp %s %s.new && mv %s.new %s",
		     to, from, to, to, to);
}

static int digest_of(int fd, uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char chunk[65536];
	ssize_t got;

	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		EVP_DigestUpdate(ctx, chunk, got);
	EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	return got;
}

static int pin_file(const char *app, const char *path, bool copies, bool keep)
{
	struct df_pin pin = { .fd = open(path, O_RDONLY | O_CLOEXEC),
			      .copies = copies };
	struct df_client *client = open_client();
	int err;

	snprintf(pin.application, sizeof(pin.application), "%s", app);
	if (copies)
		digest_of(pin.fd, pin.digest);
	err = df_client_set_pins(client, &pin, 1, keep);
	close(pin.fd);
	df_client_close(client);
	return err;
}

/* And no other file. */
static int pin_for(const char *app, const char *path, bool copies)
{
	return pin_file(app, path, copies, false);
}

static int pin_beside(const char *app, const char *path, bool copies)
{
	return pin_file(app, path, copies, true);
}

static int unpin(void)
{
	struct df_client *client = open_client();
	int err = df_client_set_pins(client, NULL, 0, false);

	df_client_close(client);
	return err;
}

FIXTURE(pins)
{
	uint64_t placed;
	uint64_t unread;
};

FIXTURE_SETUP(pins)
{
	ASSERT_EQ(0, copy("/usr/bin/place_probe", QGC));
	ASSERT_EQ(0, copy("/usr/bin/place_probe", SECOND));
	shell("rm -rf /opt/elsewhere; mkdir -p /opt/elsewhere");
	apply_policy(policy);
	ASSERT_EQ(0, unpin());
	self->placed = app_info("drone").placed;
	self->unread = module_status().unread_programs;
}

FIXTURE_TEARDOWN(pins)
{
	EXPECT_EQ(self->unread, module_status().unread_programs);
}

#define PLACED()	(app_info("drone").placed - self->placed)

TEST_F_TIMEOUT(pins, hard_link, 300)
{
	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	EXPECT_EQ(1, module_status().pins);
	EXPECT_EQ(0, module_status().pinned_copies);
	EXPECT_EQ(1, app_info("drone").pins);
	EXPECT_EQ(0, app_info("second").pins);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, PLACED());
	/* The path still holds, and counts once. */
	EXPECT_EQ(1, run_path(QGC));
	EXPECT_EQ(2, PLACED());
	/* The file is known by any other name that comes later, too. */
	ASSERT_EQ(0, rename(QGC, "/opt/elsewhere/later"));
	EXPECT_EQ(1, run_path("/opt/elsewhere/later"));
	EXPECT_EQ(3, PLACED());

	ASSERT_EQ(0, unpin());
	EXPECT_EQ(0, module_status().pins);
	EXPECT_EQ(0, run_path(OTHER_NAME));
	EXPECT_EQ(3, PLACED());
}

/* Opened for nothing but its path. */
TEST_F_TIMEOUT(pins, path_descriptor, 300)
{
	struct df_pin pin = { .application = "drone",
			      .fd = open(QGC, O_PATH | O_CLOEXEC) };
	struct df_client *client = open_client();

	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	EXPECT_EQ(0, df_client_set_pins(client, &pin, 1, false));
	close(pin.fd);
	df_client_close(client);
	EXPECT_EQ(1, run_path(OTHER_NAME));
}

/*
 * Run a program in a mount namespace of its own, with @from bound to @to, below the
 * root @root, which then has the libraries; as an ordinary user in a user namespace of
 * his own.
 */
static int exec_bound(const char *from, const char *to, const char *root,
		      const char *path, uid_t uid)
{
	pid_t child = fork();

	if (child)
		return finish(child);
	if (write_file(OTHER "/cgroup.procs", "0") ||
	    (uid && (setgid(uid) || setuid(uid))) ||
	    unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(from, to, NULL, MS_BIND | MS_REC, NULL) ||
	    (root[1] && mount("/usr", JAIL "/usr", NULL, MS_BIND | MS_REC, NULL)) ||
	    chroot(root) || chdir("/"))
		_exit(7);
	execl(path, path, NULL);
	_exit(5);
}

TEST_F_TIMEOUT(pins, namespaces, 300)
{
	uid_t uid;

	ASSERT_EQ(0, write_file(OTHER_NAME, ""));
	for (uid = 0; uid <= USER; uid += USER) {
		EXPECT_EQ(0, exec_bound(QGC, OTHER_NAME, "/", OTHER_NAME, uid));
		EXPECT_EQ(0, exec_bound("/opt/qgc", JAIL "/game", JAIL,
					"/game/qgc", uid));
	}
	EXPECT_EQ(0, PLACED());
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	for (uid = 0; uid <= USER; uid += USER) {
		EXPECT_EQ(1, exec_bound(QGC, OTHER_NAME, "/", OTHER_NAME, uid));
		EXPECT_EQ(1, exec_bound("/opt/qgc", JAIL "/game", JAIL,
					"/game/qgc", uid));
	}
	EXPECT_EQ(4, PLACED());
}

TEST_F_TIMEOUT(pins, copies, 300)
{
	ASSERT_EQ(0, copy(QGC, OTHER_NAME));
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	EXPECT_EQ(0, PLACED());

	ASSERT_EQ(0, pin_for("drone", QGC, true));
	EXPECT_EQ(1, module_status().pinned_copies);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, PLACED());
	/* Also where the first one is gone. */
	ASSERT_EQ(0, unlink(QGC));
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(2, PLACED());
	EXPECT_EQ(1, exec_bound("/opt/elsewhere", JAIL "/game", JAIL,
				"/game/game", USER));
	EXPECT_EQ(3, PLACED());

	/* Of the same size. The last byte is in no section that is loaded. */
	ASSERT_EQ(0, shell("size=$(stat -c %%s %s); printf x |"
			   " dd of=%s bs=1 seek=$((size - 1)) conv=notrunc 2>/dev/null",
			   OTHER_NAME, OTHER_NAME));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	/* One byte more: the documented limit. */
	ASSERT_EQ(0, copy(SECOND, OTHER_NAME));
	EXPECT_EQ(1, run_path(OTHER_NAME));
	ASSERT_EQ(0, shell("printf x >>%s", OTHER_NAME));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	EXPECT_EQ(4, PLACED());
}

/* Who belongs to an application stays in it. */
TEST_F_TIMEOUT(pins, application_stays, 300)
{
	uint64_t second = app_info("second").placed;

	ASSERT_EQ(0, copy(QGC, OTHER_NAME));
	ASSERT_EQ(0, pin_for("drone", QGC, true));
	EXPECT_EQ(1, finish(start(SECOND, OTHER_NAME)));
	EXPECT_EQ(second + 1, app_info("second").placed);
	EXPECT_EQ(0, PLACED());
}

/* A large one: how long it takes to read is for people to see. */
TEST_F_TIMEOUT(pins, large_copy, 600)
{
	struct timespec begin, end;

	ASSERT_EQ(0, shell("head -c 67108864 /dev/zero >>" QGC));
	ASSERT_EQ(0, copy(QGC, OTHER_NAME));
	ASSERT_EQ(0, pin_for("drone", QGC, true));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	clock_gettime(CLOCK_MONOTONIC, &end);
	TH_LOG("64 MiB in %ld ms", (end.tv_sec - begin.tv_sec) * 1000 +
	       (end.tv_nsec - begin.tv_nsec) / 1000000);
	EXPECT_EQ(1, PLACED());
}

/* Killed while it is read: it ends, it is not moved, and nothing is left. */
TEST_F_TIMEOUT(pins, killed_meanwhile, 600)
{
	struct df_pin pin = { .application = "drone", .copies = true };
	struct df_client *client = open_client();
	struct timespec begin, end;
	pid_t child;
	int i;

	ASSERT_EQ(0, copy(QGC, OTHER_NAME));
	ASSERT_EQ(0, shell("truncate -s 1G " OTHER_NAME));
	pin.fd = open(OTHER_NAME, O_PATH | O_CLOEXEC);
	ASSERT_EQ(0, df_client_set_pins(client, &pin, 1, false));
	close(pin.fd);
	df_client_close(client);
	/* Not the pinned file itself, which is not read. */
	ASSERT_EQ(0, rename(OTHER_NAME, "/opt/elsewhere/first"));
	ASSERT_EQ(0, copy(QGC, OTHER_NAME));
	ASSERT_EQ(0, shell("truncate -s 1G " OTHER_NAME));
	child = start(OTHER_NAME, NULL);
	/* It has the name once the file is about to be executed. */
	for (i = 0; i < 200 && shell("grep -qx game /proc/%d/comm", child); i++)
		usleep(100000);
	EXPECT_GT(200, i);
	usleep(100000);
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	kill(child, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, finish(child));
	clock_gettime(CLOCK_MONOTONIC, &end);
	EXPECT_GE(2, end.tv_sec - begin.tv_sec);
	EXPECT_EQ(0, PLACED());
}

TEST_F_TIMEOUT(pins, renamed_over, 300)
{
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	ASSERT_EQ(0, copy("/usr/bin/place_probe", QGC));
	ASSERT_EQ(0, link(QGC, "/opt/elsewhere/new"));
	/* The old file is pinned, the new one is not yet. */
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path(QGC));
	EXPECT_EQ(0, run_path("/opt/elsewhere/new"));
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	EXPECT_EQ(1, run_path("/opt/elsewhere/new"));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	EXPECT_EQ(3, PLACED());
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

#define DISK "/tmp/disk"

/* Another file that got the number of the pinned one. */
TEST_F_TIMEOUT(pins, number_used_again, 300)
{
	ino_t before;
	int i, fd;

	ASSERT_EQ(0, shell("mkdir -p " DISK " && truncate -s 8M /tmp/image &&"
			   " mke2fs -F /tmp/image >/dev/null 2>&1 &&"
			   " mount -t ext4 -o loop /tmp/image " DISK));
	/* ext4 gives a number again within the second, or after a minute. */
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, shell("cp /usr/bin/place_probe " DISK "/a"));
		before = inode_of(DISK "/a");
		ASSERT_EQ(0, pin_for("drone", DISK "/a", false));
		EXPECT_EQ(1, run_path(DISK "/a"));
		/* No other program in between: it would take its time. */
		ASSERT_EQ(0, unlink(DISK "/a"));
		fd = open(DISK "/a", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
		ASSERT_LE(0, fd);
		close(fd);
		ASSERT_EQ(0, shell("cat /usr/bin/place_probe >" DISK "/a"));
		if (inode_of(DISK "/a") == before)
			break;
		ASSERT_EQ(0, unlink(DISK "/a"));
	}
	ASSERT_GT(20, i);
	EXPECT_EQ(0, run_path(DISK "/a"));
	EXPECT_EQ(i + 1, PLACED());

	/* A pin holds nothing: the file system can go. */
	ASSERT_EQ(0, pin_for("drone", DISK "/a", false));
	EXPECT_EQ(0, umount(DISK));
	ASSERT_EQ(0, shell("mount -t ext4 -o loop /tmp/image " DISK));
	EXPECT_EQ(1, run_path(DISK "/a"));
	ASSERT_EQ(0, umount(DISK));
}

TEST_F_TIMEOUT(pins, policy_replaced, 300)
{
	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	ASSERT_EQ(0, copy(QGC, "/opt/elsewhere/copy"));
	ASSERT_EQ(0, pin_for("drone", QGC, true));
	apply_policy(policy);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path("/opt/elsewhere/copy"));

	/* Without the application, or without programs of it, they do nothing. */
	apply_policy(only_second);
	EXPECT_EQ(1, module_status().pins);
	EXPECT_EQ(0, run_path(OTHER_NAME));
	EXPECT_EQ(0, run_path("/opt/elsewhere/copy"));
	apply_policy(by_cgroup);
	EXPECT_EQ(0, run_path(OTHER_NAME));
	EXPECT_EQ(0, run_path("/opt/elsewhere/copy"));

	apply_policy(policy);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path("/opt/elsewhere/copy"));
}

/* The first one of a file holds, as with paths. */
TEST_F_TIMEOUT(pins, first_of_two, 300)
{
	struct df_pin list[] = {
		{ .application = "second", .fd = open(QGC, O_PATH) },
		{ .application = "drone", .fd = open(QGC, O_PATH) },
	};
	struct df_client *client = open_client();
	uint64_t second = app_info("second").placed;

	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	EXPECT_EQ(0, df_client_set_pins(client, list, 2, false));
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(second + 1, app_info("second").placed);
	EXPECT_EQ(0, PLACED());
	/* But a path comes first. */
	EXPECT_EQ(1, run_path(QGC));
	EXPECT_EQ(1, PLACED());
	df_client_close(client);
	close(list[0].fd);
	close(list[1].fd);
}

/* Those before stay, behind the new ones. */
TEST_F_TIMEOUT(pins, kept, 300)
{
	uint64_t second = app_info("second").placed;

	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	ASSERT_EQ(0, copy(QGC, "/opt/elsewhere/copy"));
	ASSERT_EQ(0, link(SECOND, "/opt/elsewhere/second"));
	ASSERT_EQ(0, pin_for("drone", QGC, true));
	ASSERT_EQ(0, pin_beside("second", SECOND, false));
	EXPECT_EQ(2, module_status().pins);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path("/opt/elsewhere/copy"));
	EXPECT_EQ(2, PLACED());
	EXPECT_EQ(1, run_path("/opt/elsewhere/second"));
	EXPECT_EQ(second + 1, app_info("second").placed);
	/* Once is enough. */
	ASSERT_EQ(0, pin_beside("drone", QGC, true));
	EXPECT_EQ(2, module_status().pins);
	/* It is another one's by now. */
	ASSERT_EQ(0, pin_beside("second", QGC, true));
	EXPECT_EQ(3, module_status().pins);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path("/opt/elsewhere/copy"));
	EXPECT_EQ(2, PLACED());
	EXPECT_EQ(second + 3, app_info("second").placed);
	/* And all of them go as before. */
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	EXPECT_EQ(1, module_status().pins);
	EXPECT_EQ(0, run_path("/opt/elsewhere/second"));
}

TEST_F_TIMEOUT(pins, as_many_as_there_can_be, 300)
{
	static struct df_pin list[DRONEFENCE_MAX_PINS + 1];
	struct df_client *client = open_client();
	int i;

	ASSERT_EQ(0, shell("cd /opt/elsewhere && for i in $(seq 0 %d); do"
			   " echo >$i; done", DRONEFENCE_MAX_PINS - 1));
	ASSERT_EQ(0, link(QGC, "/opt/elsewhere/last"));
	for (i = 0; i <= DRONEFENCE_MAX_PINS; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/opt/elsewhere/%d", i);
		strcpy(list[i].application, "drone");
		list[i].fd = open(i < DRONEFENCE_MAX_PINS - 1 ? path : QGC, O_PATH);
		ASSERT_LE(0, list[i].fd);
	}
	EXPECT_EQ(0, df_client_set_pins(client, list, DRONEFENCE_MAX_PINS, false));
	EXPECT_EQ(DRONEFENCE_MAX_PINS, module_status().pins);
	EXPECT_EQ(1, run_path("/opt/elsewhere/last"));
	ASSERT_EQ(0, pin_for("drone", QGC, false));
	EXPECT_EQ(-E2BIG, df_client_set_pins(client, list,
					     DRONEFENCE_MAX_PINS + 1, false));
	EXPECT_EQ(1, module_status().pins);
	EXPECT_EQ(1, run_path("/opt/elsewhere/last"));
	/* Together with the one that is kept. */
	EXPECT_EQ(0, df_client_set_pins(client, list, DRONEFENCE_MAX_PINS - 1, true));
	EXPECT_EQ(DRONEFENCE_MAX_PINS, module_status().pins);
	EXPECT_EQ(-E2BIG, pin_beside("second", SECOND, false));
	EXPECT_EQ(DRONEFENCE_MAX_PINS, module_status().pins);
	EXPECT_EQ(1, run_path("/opt/elsewhere/last"));
	for (i = 0; i <= DRONEFENCE_MAX_PINS; i++)
		close(list[i].fd);
	df_client_close(client);
}

/* A pin of raw attributes, each left out if it is NULL. */
static int set_raw(const char *app, const int *fd, size_t digest, int extra)
{
	struct df_client *client = open_client();
	struct nl_msg *msg = df_client_message(client, 0, DFENCE_CMD_PINS_SET,
					       4096);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_PINS_PIN);
	static const uint8_t bytes[64];
	int err;

	if (app)
		nla_put_string(msg, DFENCE_A_PIN_APPLICATION, app);
	if (fd)
		nla_put_u32(msg, DFENCE_A_PIN_FD, *fd);
	if (digest)
		nla_put(msg, DFENCE_A_PIN_DIGEST, digest, bytes);
	nla_nest_end(msg, nest);
	if (extra)
		nla_put_u32(msg, extra, 1);
	err = df_client_request(client, msg, NULL, NULL);
	df_client_close(client);
	return err;
}

static int set_as_user(void *arg)
{
	struct df_client *client;
	int err;

	/* The family is found by anybody, the request is root's. */
	if (setgid(USER) || setuid(USER))
		return RUN_FAILED;
	err = df_client_open(&client);
	if (!err)
		err = df_client_set_pins(client, NULL, 0, false);
	df_client_close(client);
	return err;
}

TEST_F_TIMEOUT(pins, hostile_messages, 300)
{
	int file = open(QGC, O_PATH), dir = open("/opt", O_PATH);
	int none = 1000, negative = -1, pipes[2];
	char name[DRONEFENCE_NAME_MAX + 2];

	ASSERT_EQ(0, pipe(pipes));
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	ASSERT_EQ(0, pin_for("drone", QGC, false));

	EXPECT_EQ(-EBADF, set_raw("drone", &none, 0, 0));
	EXPECT_EQ(-EBADF, set_raw("drone", &negative, 0, 0));
	EXPECT_EQ(-EINVAL, set_raw("drone", &dir, 0, 0));
	EXPECT_EQ(-EINVAL, set_raw("drone", &pipes[0], 0, 0));
	EXPECT_EQ(-EINVAL, set_raw("drone", NULL, 0, 0));
	EXPECT_EQ(-EINVAL, set_raw(NULL, &file, 0, 0));
	EXPECT_EQ(-EINVAL, set_raw("", &file, 0, 0));
	EXPECT_EQ(-EINVAL, set_raw("a b", &file, 0, 0));
	EXPECT_NE(0, set_raw(name, &file, 0, 0));
	EXPECT_NE(0, set_raw("drone", &file, 31, 0));
	EXPECT_NE(0, set_raw("drone", &file, 33, 0));
	EXPECT_NE(0, set_raw("drone", &file, 0, DFENCE_A_PINS_MAX + 1));
	EXPECT_EQ(-EPERM, run_in(OTHER, set_as_user, NULL));

	/* None of it changed anything. */
	EXPECT_EQ(1, module_status().pins);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	/* A name that is in no policy is one that may come. */
	EXPECT_EQ(0, set_raw("who", &file, 32, 0));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	/* The digest was another one. */
	EXPECT_EQ(1, module_status().pinned_copies);
	close(file);
	close(dir);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F_TIMEOUT(pins, too_large_for_copies, 300)
{
	int fd;

	ASSERT_EQ(0, shell("truncate -s %d /tmp/large",
			   DRONEFENCE_MAX_COPY_SIZE));
	fd = open("/tmp/large", O_PATH);
	EXPECT_EQ(0, set_raw("drone", &fd, 32, 0));
	ASSERT_EQ(0, shell("printf x >>/tmp/large"));
	EXPECT_EQ(-EFBIG, set_raw("drone", &fd, 32, 0));
	EXPECT_EQ(0, set_raw("drone", &fd, 0, 0));
	close(fd);
	unlink("/tmp/large");
}

/* What belongs to a user speaks for files of his own, and for nobody else's. */
TEST_F_TIMEOUT(pins, copies_of_a_users_file, 300)
{
	ASSERT_EQ(0, copy(QGC, OTHER_NAME));
	ASSERT_EQ(0, chown(QGC, USER, USER));
	ASSERT_EQ(0, pin_for("drone", QGC, true));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	ASSERT_EQ(0, chown(OTHER_NAME, USER + 1, USER));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	ASSERT_EQ(0, chown(OTHER_NAME, USER, USER));
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, PLACED());
}

/* Until the daemon has found it; 60 s at most. */
static int run_until(const char *path, int expected)
{
	int i, status = run_path(path);

	for (i = 0; i < 300 && status != expected; i++) {
		usleep(200000);
		status = run_path(path);
	}
	return status;
}

static pid_t start_daemon(void)
{
	pid_t child = fork();

	if (!child) {
		execlp("dronefenced", "dronefenced", "--policy", POLICY,
		       "--sink", "syslog", "--state-dir", "/tmp/state",
		       "--json", RECORDS, NULL);
		_exit(127);
	}
	return child;
}

#define GAME "/opt/elsewhere/"

TEST_F_TIMEOUT(pins, by_the_daemon, 300)
{
	pid_t daemon;
	int i;

	ASSERT_EQ(0, link(QGC, OTHER_NAME));
	ASSERT_EQ(0, copy(QGC, GAME "copy"));
	ASSERT_EQ(0, link(SECOND, GAME "second"));
	ASSERT_EQ(0, shell("cp " SECOND " " GAME "second-copy; echo >>" GAME "second-copy;"
			   " cp " GAME "second-copy /opt/second/other"));
	/* What a pattern matches by a link alone is not the application's. */
	ASSERT_EQ(0, shell("cp /usr/bin/place_probe " GAME "stranger; echo >>" GAME "stranger;"
			   " ln -sfn " GAME "stranger /opt/link;"
			   " ln -sfn " GAME "stranger /opt/second/link"));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	daemon = start_daemon();
	EXPECT_EQ(1, run_until(OTHER_NAME, 1));
	EXPECT_EQ(1, run_until(GAME "copy", 1));
	/* A pattern that names a folder; it has no "copies". */
	EXPECT_EQ(1, run_path(GAME "second"));
	EXPECT_EQ(0, run_path(GAME "second-copy"));
	EXPECT_EQ(0, run_path(GAME "stranger"));
	EXPECT_EQ(1, app_info("drone").pins);
	EXPECT_EQ(2, app_info("second").pins);
	EXPECT_EQ(1, module_status().pinned_copies);

	/* An update: it is found again, the old one is not. */
	ASSERT_EQ(0, shell("cp /usr/bin/place_probe " QGC ".new; echo x >>" QGC ".new;"
			   " mv " QGC ".new " QGC));
	ASSERT_EQ(0, link(QGC, GAME "new"));
	ASSERT_EQ(0, copy(QGC, GAME "new-copy"));
	EXPECT_EQ(1, run_until(GAME "new", 1));
	EXPECT_EQ(1, run_until(GAME "new-copy", 1));
	EXPECT_EQ(0, run_path(OTHER_NAME));

	/* Another policy, and back. */
	apply_policy(only_second);
	EXPECT_EQ(0, run_path(GAME "new"));
	EXPECT_EQ(1, run_path(GAME "second"));
	/* The daemon has looked: what it found before is not what is there by now. */
	for (i = 0; i < 300 && app_info("second").pins != module_status().pins; i++)
		usleep(200000);
	EXPECT_EQ(app_info("second").pins, module_status().pins);
	apply_policy(policy);
	EXPECT_EQ(1, run_until(GAME "new", 1));

	/* It is needed to find files, not to know them. */
	kill(daemon, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, finish(daemon));
	EXPECT_EQ(1, run_path(GAME "new"));
	EXPECT_EQ(1, run_path(GAME "new-copy"));
	apply_policy(policy);
	EXPECT_EQ(1, run_path(GAME "new"));
	shell("rm -f /opt/second/other /opt/second/link /opt/link");
}

#define HANGING "/opt/hanging"

static const char hanging_policy[] =
	PROFILES
	"applications:\n"
	"  drone: { match: { executable: " HANGING "/qgc }, profile: p }\n"
	"  second: { match: { executable: /opt/second }, profile: p }\n";

/* Without the application whose folder that is, but somebody else looks into it. */
static const char hanging_other[] =
	PROFILES
	"applications:\n"
	"  second: { match: [ executable: /opt/second, executable: " HANGING "/tool ], profile: p }\n";

/* A file system whose server answers nothing, as long as the result is open. */
static int mount_silence(const char *path)
{
	char options[128];
	int fd;

	shell("modprobe -q fuse");
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || mount("silence", path, "fuse", 0, options))
		return -1;
	return fd;
}

/* What the daemon says of it, 120 s at most. */
static int told_of_silence(void)
{
	int i, status;

	for (i = 0; i < 600; i++) {
		status = shell("grep -q 'does not answer' " RECORDS);
		if (!status)
			break;
		usleep(200000);
	}
	return status;
}

/* The daemon waits for no folder, and nobody gets rid of a pin by not answering. */
TEST_F_TIMEOUT(pins, folder_that_hangs, 900)
{
	pid_t daemon;
	int fuse;

	unlink(RECORDS);
	ASSERT_EQ(0, copy("/usr/bin/place_probe", HANGING "/qgc"));
	ASSERT_EQ(0, link(HANGING "/qgc", OTHER_NAME));
	ASSERT_EQ(0, link(SECOND, GAME "second"));
	apply_policy(hanging_policy);
	daemon = start_daemon();
	EXPECT_EQ(1, run_until(OTHER_NAME, 1));
	EXPECT_EQ(1, run_until(GAME "second", 1));

	fuse = mount_silence(HANGING);
	ASSERT_LE(0, fuse);
	EXPECT_EQ(0, told_of_silence());
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path(GAME "second"));

	/* What does answer is found meanwhile. */
	ASSERT_EQ(0, copy(SECOND, "/opt/second/later"));
	ASSERT_EQ(0, link("/opt/second/later", GAME "later"));
	EXPECT_EQ(1, run_until(GAME "later", 1));
	EXPECT_EQ(1, run_path(OTHER_NAME));

	/* Not by another policy, and not when another daemon looks for the first time. */
	apply_policy(hanging_other);
	/* It has looked, for the other policy. */
	ASSERT_EQ(0, copy(SECOND, "/opt/second/again"));
	ASSERT_EQ(0, link("/opt/second/again", GAME "again"));
	EXPECT_EQ(1, run_until(GAME "again", 1));
	apply_policy(hanging_policy);
	EXPECT_EQ(1, run_path(OTHER_NAME));
	kill(daemon, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, finish(daemon));
	unlink(RECORDS);
	daemon = start_daemon();
	EXPECT_EQ(0, told_of_silence());
	EXPECT_EQ(1, run_path(OTHER_NAME));
	EXPECT_EQ(1, run_path(GAME "second"));
	EXPECT_EQ(1, app_info("drone").pins);

	/* What was not known before is not. */
	EXPECT_EQ(0, unpin());
	EXPECT_EQ(1, run_until(GAME "second", 1));
	EXPECT_EQ(0, run_path(OTHER_NAME));
	unlink("/opt/second/later");
	unlink("/opt/second/again");

	/* It ends when it is told to. */
	kill(daemon, SIGTERM);
	EXPECT_EQ(0, finish(daemon));
	close(fuse);
	EXPECT_EQ(0, umount2(HANGING, MNT_DETACH));
}

int main(int argc, char **argv)
{
	fence_setup();
	shell("mkdir -p /tmp/state " JAIL "/usr " JAIL "/game &&"
	      " ln -s usr/lib usr/lib64 " JAIL);
	return test_harness_run(argc, argv);
}
