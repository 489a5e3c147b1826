// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways out: the table is that of the documentation, and each look is right. */
#include <errno.h>

#include "health.h"
#include "tree_util.h"
#include "ways.h"

#define CAP(n) (1ull << (n))
#define NET_ADMIN 12
#define NET_RAW 13
#define SYS_MODULE 16
#define SYS_PTRACE 19
#define SYS_ADMIN 21

static struct df_apps apps;
static struct df_inventory inventory;
static struct df_machine machine;
static char here[DF_HERE_MAX];

static int set_up(void **state)
{
	struct df_application_info info = {
		.name = "app", .selector_count = 2, .mode = DFENCE_MODE_ENFORCE,
		.selectors = {
			{ .type = DFENCE_SELECTOR_CGROUP,
			  .pattern = (char *)"/**/app*" },
			{ .type = DFENCE_SELECTOR_EXECUTABLE,
			  .pattern = (char *)"/opt/app" },
		},
	};

	clear_tree();
	machine = (struct df_machine){ .inventory = &inventory };
	return df_apps_add(&info, &apps);
}

static int tear_down(void **state)
{
	df_inventory_free(&inventory);
	df_apps_free(&apps);
	return 0;
}

static const struct df_way *find_way(const char *start)
{
	size_t i;

	for (i = 0; i < df_way_count; i++)
		if (!strncmp(df_ways[i].way, start, strlen(start)))
			return &df_ways[i];
	fail_msg("there is no way \"%s\"", start);
	return NULL;
}

/* Look anew, and compare the state and a part of what was seen. */
static void assert_way(const char *start, enum df_way_state want, const char *part)
{
	enum df_way_state state;

	df_inventory_free(&inventory);
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
	state = df_way_look(find_way(start), &machine, here);
	if (state != want || !strstr(here, part))
		fail_msg("%s: %s (%s)", start, df_way_state_name(state), here);
}

#define RUN_AS(user, ...) PROC(.pid = 10, .comm = "drone", .exe = "/opt/app", \
			       .cgroup = "/x/app", .uid = user, __VA_ARGS__)
#define RUN(...) RUN_AS(500, __VA_ARGS__)

static void says_nothing_where_nothing_runs(void **state)
{
	assert_way("AF_XDP", DF_WAY_OPEN, "no process of an application runs");
	assert_way("rmmod", DF_WAY_SHUT, "no process of an application runs");
	assert_way("XDP, tc", DF_WAY_OUTSIDE, "no process");
	assert_way("leaving a cgroup below user", DF_WAY_OPEN, "");
}

static void looks_at_capabilities(void **state)
{
	RUN(.caps = CAP(NET_RAW));
	assert_way("AF_XDP", DF_WAY_OPEN_HERE, "CAP_NET_RAW is held by app 10 drone");
	assert_way("6in4", DF_WAY_OPEN_HERE, "app 10 drone");
	assert_way("ICMP as", DF_WAY_OPEN_HERE, "app 10 drone");
	assert_way("rmmod", DF_WAY_SHUT_HERE, "");
	/* Good for nothing outside of its own namespace. */
	RUN(.caps = CAP(NET_RAW), .userns = "user:[2]");
	assert_way("AF_XDP", DF_WAY_SHUT_HERE, "no process of an application has CAP_NET_RAW");
	RUN(.caps = CAP(SYS_MODULE));
	assert_way("rmmod", DF_WAY_OPEN_HERE, "CAP_SYS_MODULE is held by app 10 drone");
	assert_way("AF_XDP", DF_WAY_SHUT_HERE, "");
	RUN(.caps = CAP(NET_ADMIN));
	assert_way("netlink requests", DF_WAY_OPEN_HERE, "CAP_NET_ADMIN is held by app 10");
	assert_way("XDP, tc", DF_WAY_OPEN_HERE, "app 10 drone");
	RUN(.caps = CAP(SYS_ADMIN));
	assert_way("netlink requests", DF_WAY_SHUT_HERE, "");
	assert_way("XDP, tc", DF_WAY_OPEN_HERE, "app 10 drone");
	/* Those of others do not count. */
	RUN(.caps = 0);
	PROC(.pid = 11, .comm = "other", .exe = "/bin/o", .cgroup = "/y", .caps = -1ull);
	assert_way("AF_XDP", DF_WAY_SHUT_HERE, "");
}

static void names_three(void **state)
{
	int pid;

	for (pid = 10; pid < 15; pid++)
		PROC(.pid = pid, .comm = "drone", .exe = "/x", .uid = 500,
		     .cgroup = "/x/app", .caps = CAP(NET_RAW));
	assert_way("AF_XDP", DF_WAY_OPEN_HERE, " and 2 more");
}

static void looks_at_users(void **state)
{
	put_file("/proc/sys/kernel/yama/ptrace_scope", "0\n");
	RUN(.caps = 0);
	assert_way("ptrace", DF_WAY_SHUT_HERE, "a user of its own");
	assert_way("~/.bashrc", DF_WAY_SHUT_HERE, "");
	PROC(.pid = 11, .comm = "bash", .exe = "/bin/bash", .uid = 500, .cgroup = "/y");
	assert_way("ptrace", DF_WAY_OPEN_HERE, "ptrace_scope is 0");
	assert_way("~/.bashrc", DF_WAY_OPEN_HERE, "app 10 drone");
	put_file("/proc/sys/kernel/yama/ptrace_scope", "1\n");
	assert_way("ptrace", DF_WAY_SHUT_HERE, "ptrace_scope is set");
	RUN(.caps = CAP(SYS_PTRACE));
	assert_way("ptrace", DF_WAY_OPEN_HERE, "CAP_SYS_PTRACE is held by app 10");
}

static void make_socket(const char *path, mode_t mode)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "root/proc/10/root%s", path);
	assert_int_equal(mknod(full, S_IFSOCK | 0600, 0), 0);
	assert_int_equal(chmod(full, mode), 0);
}

static void looks_at_sockets(void **state)
{
	char groups[32];

	make_folder("/proc/10/root/run/dbus");
	make_folder("/proc/10/root/run/user/500");
	RUN(.caps = 0);
	assert_way("asking systemd", DF_WAY_SHUT_HERE, "");
	assert_way("containers", DF_WAY_SHUT_HERE, "");
	make_socket("/run/dbus/system_bus_socket", 0666);
	assert_way("asking systemd", DF_WAY_OPEN_HERE, "app 10 drone");
	make_socket("/run/user/500/bus", 0666);
	assert_way("~/.bashrc", DF_WAY_OPEN_HERE, "app 10 drone");
	/* What a unit hides. */
	assert_int_equal(system("chmod 0 root/proc/10/root/run/user/500/bus"), 0);
	assert_way("~/.bashrc", DF_WAY_SHUT_HERE, "");
	/* The group of the socket decides. */
	make_socket("/run/docker.sock", 0660);
	RUN_AS(12345, .caps = 0);
	assert_way("containers", DF_WAY_SHUT_HERE, "");
	snprintf(groups, sizeof(groups), "4 %u", getgid());
	RUN_AS(12345, .groups = groups);
	assert_way("containers", DF_WAY_OPEN_HERE, "app 10 drone");
}

static void looks_at_cgroups(void **state)
{
	make_folder("/sys/fs/cgroup/x/app");
	assert_way("leaving a cgroup below user", DF_WAY_SHUT_HERE, "");
	make_folder("/sys/fs/cgroup/user.slice/user@500.service/app-1.scope");
	assert_way("leaving a cgroup below user", DF_WAY_OPEN_HERE, "app is in /user.slice/user@500.service/app-1.scope");
	RUN(.caps = 0);
	make_folder("/sys/fs/cgroup/dronefence.slice");
	assert_int_equal(system("chmod 777 root/sys/fs/cgroup/dronefence.slice"), 0);
	assert_way("leaving a cgroup below /dron", DF_WAY_OPEN_HERE, "others than root");
	assert_int_equal(system("rmdir root/sys/fs/cgroup/dronefence.slice"), 0);
	assert_way("leaving a cgroup below /dron", DF_WAY_SHUT_HERE, "");
	RUN_AS(0, .caps = 0);
	assert_way("leaving a cgroup below /dron", DF_WAY_OPEN_HERE, "may write as root: app 10");
	PROC(.pid = 11, .comm = "stray", .exe = "/opt/app", .uid = 500, .cgroup = "/y");
	assert_way("started from a menu", DF_WAY_OPEN_HERE, "11 stray runs /opt/app");
}

static void looks_at_settings(void **state)
{
	assert_way("a program that a pattern names, started by another name", DF_WAY_OPEN_HERE, "no file of app is pinned");
	apps.list[0].pins = 1;
	assert_way("a program that a pattern names, started by another name", DF_WAY_SHUT, "");
	put_file("/proc/sys/kernel/io_uring_disabled", "2\n");
	assert_way("io_uring", DF_WAY_SHUT, "io_uring_disabled is 2");
	RUN(.caps = 0, .groups = "4 20");
	put_file("/proc/sys/net/ipv4/ping_group_range", "1\t0\n");
	assert_way("ICMP as", DF_WAY_SHUT_HERE, "");
	put_file("/proc/sys/net/ipv4/ping_group_range", "20\t30\n");
	assert_way("ICMP as", DF_WAY_OPEN_HERE, "app 10 drone");
	assert_way("packet sockets", DF_WAY_OPEN_HERE, "not loaded");
	make_folder("/sys/module/dronefence");
	assert_way("packet sockets", DF_WAY_SHUT, "");
}

static void looks_at_modules(void **state)
{
	put_file("/proc/sys/kernel/osrelease", "6.1\n");
	put_file("/lib/modules/6.1/modules.dep",
		 "kernel/net/sctp/sctp.ko.xz: kernel/lib/crc.ko.xz\n"
		 "kernel/x.ko: kernel/net/dccp/dccp.ko\nkernel/net/pppox.ko:\n");
	put_file("/lib/modules/6.1/modules.builtin", "kernel/net/tipc/tipc.ko\n");
	assert_way("a socket that an outsider", DF_WAY_OPEN_HERE, "sctp can be used");
	put_file("/etc/modprobe.d/a.conf", "# no\ninstall sctp /bin/false\nblacklist tipc\n");
	assert_way("a socket that an outsider", DF_WAY_SHUT_HERE, "only TCP and UDP");
	put_file("/proc/sys/net/mptcp/enabled", "1\n");
	assert_way("a socket that an outsider", DF_WAY_OPEN_HERE, "mptcp can be used");
	/* Built in, so nothing bars it. */
	assert_way("protocols that send", DF_WAY_OPEN_HERE, "tipc can be loaded");
	assert_way("PPP sockets", DF_WAY_SHUT, "");
	put_file("/usr/lib/modprobe.d/b.conf", "install pppox /bin/false\n");
	assert_way("PPP sockets", DF_WAY_SHUT_HERE, "cannot be loaded");
	/* It was loaded before. */
	make_folder("/sys/module/pppox");
	assert_way("PPP sockets", DF_WAY_SHUT, "");
	assert_way("reading the events", DF_WAY_OPEN_HERE, "");
	put_file("/usr/lib/modules-load.d/dronefence.conf", "# at boot\ndronefence\n");
	assert_way("reading the events", DF_WAY_SHUT_HERE, "/usr/lib/modules-load.d");
}

static void looks_at_the_policy(void **state)
{
	struct df_application_info phone = {
		.name = "phone", .selector_count = 1,
		.selectors = { { .type = DFENCE_SELECTOR_FORWARD } },
	};

	assert_way("a VPN or relay", DF_WAY_OPEN, "");
	machine.open_defaults = "";
	assert_way("a VPN or relay", DF_WAY_SHUT_HERE, "");
	machine.open_defaults = "app";
	assert_way("a VPN or relay", DF_WAY_OPEN_HERE, "allowed by default: app");
	assert_way("the same, recog", DF_WAY_SHUT_HERE, "");
	assert_int_equal(df_apps_add(&phone, &apps), 0);
	assert_way("the same, recog", DF_WAY_OPEN_HERE, "phone goes by source");
	put_file("/etc/dronefence/policy.yaml", "version: 1\n");
	assert_int_equal(system("chmod 755 root/etc/dronefence; chmod 644 root/etc/dronefence/policy.yaml"), 0);
	assert_way("a misspelt", DF_WAY_SHUT_HERE, "");
	assert_int_equal(system("chmod 666 root/etc/dronefence/policy.yaml"), 0);
	assert_way("an older policy", DF_WAY_OPEN_HERE, "others than root");
	assert_int_equal(system("chmod 600 root/etc/dronefence/policy.yaml"), 0);
	assert_way("a misspelt", DF_WAY_OPEN_HERE, "not every user");
}

/* The words of a cell without its markup, one blank between them. */
static void add_words(char *cell, const char *text)
{
	size_t used = strlen(cell);

	if (used && cell[used - 1] != ' ')
		cell[used++] = ' ';
	for (; *text && used < 2047; text++)
		if (*text != '`' && *text != '*' && *text != '\n')
			cell[used++] = *text;
	cell[used] = '\0';
}

static void assert_row(size_t i, const char *way, const char *what)
{
	static const char *const words[] = {
		[DF_WAY_SHUT] = "shut", [DF_WAY_OPEN] = "open",
		[DF_WAY_OUTSIDE] = "outside",
	};
	size_t s;

	if (i >= df_way_count || strcmp(df_ways[i].way, way))
		fail_msg("row %zu of the threat model is \"%s\", and of lib/ways.c \"%s\"",
			 i + 1, way, i < df_way_count ? df_ways[i].way : "");
	for (s = 0; s < COUNT(words); s++)
		if (words[s] && !strncmp(what, words[s], strlen(words[s])) &&
		    df_ways[i].state != s)
			fail_msg("\"%s\" is %s in the threat model", way, what);
}

static void is_the_table_of_the_documentation(void **state)
{
	char path[FOUND_SIZE], cells[2][2048], line[1024];
	bool begun = false, open = false;
	size_t rows = 0;
	int cell = 0;
	FILE *file;

	assert_int_equal(find_in_sources("Documentation/threat-model.rst", path), 0);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		bool way = !strncmp(line, "   * - ", 7);

		begun |= !strcmp(line, "The ways out\n");
		if (open && (way || *line == '\n'))
			assert_row(rows++, cells[0], cells[1]);
		open = way ? begun && strcmp(line, "   * - Way\n") :
		       open && *line != '\n';
		if (!open)
			continue;
		if (way)
			memset(cells, 0, sizeof(cells));
		cell = way ? 0 : !strncmp(line, "     - ", 7) ? 1 : cell;
		add_words(cells[cell], line + 7);
	}
	fclose(file);
	assert_int_equal(rows, df_way_count);
}

static void says_what_to_do(void **state)
{
	size_t i;

	for (i = 0; i < df_way_count; i++)
		if (df_ways[i].state == DF_WAY_OPEN && !df_ways[i].todo)
			fail_msg("what to do about \"%s\"?", df_ways[i].way);
}

static void finds_ills(void **state)
{
	make_folder("/sys/fs/cgroup/x/app");
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
	assert_int_equal(df_health_of(&inventory, 0, true), 1 << DF_ILL_NOTHING);
	assert_int_equal(df_health_of(&inventory, 0, false),
			 1 << DF_ILL_NOTHING | 1 << DF_ILL_HOOKS);
	df_inventory_free(&inventory);
	RUN(.caps = 0);
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
	assert_int_equal(df_health_of(&inventory, 0, true), 0);
	apps.list[0].mode = DFENCE_MODE_AUDIT;
	apps.list[0].anchor = 5;
	assert_int_equal(df_health_of(&inventory, 0, true),
			 1 << DF_ILL_AUDIT | 1 << DF_ILL_ANCHOR);
	apps.list[0].anchored = true;
	df_inventory_free(&inventory);
	PROC(.pid = 11, .comm = "dronefenced", .exe = "/opt/app", .cgroup = "/y");
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
	assert_int_equal(df_health_of(&inventory, 0, true),
			 1 << DF_ILL_AUDIT | 1 << DF_ILL_STRAYS);
	assert_true(df_daemon_runs(&inventory.procs));
	assert_false(df_keeper_runs(&inventory.procs));
	df_inventory_free(&inventory);
	PROC(.pid = 12, .comm = "dronefence-keep", .exe = "/x", .cgroup = "/y",
	     .uid = 500);
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
	assert_false(df_keeper_runs(&inventory.procs));
	df_inventory_free(&inventory);
	PROC(.pid = 13, .comm = "dronefence-keep", .exe = "/x", .cgroup = "/y");
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
	assert_true(df_keeper_runs(&inventory.procs));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_nothing_where_nothing_runs),
		TEST(looks_at_capabilities),
		TEST(names_three),
		TEST(looks_at_users),
		TEST(looks_at_sockets),
		TEST(looks_at_cgroups),
		TEST(looks_at_settings),
		TEST(looks_at_modules),
		TEST(looks_at_the_policy),
		cmocka_unit_test(is_the_table_of_the_documentation),
		cmocka_unit_test(says_what_to_do),
		TEST(finds_ills),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
