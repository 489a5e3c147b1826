// SPDX-License-Identifier: GPL-2.0-or-later
/* What selectors match on a machine that is a folder, and why they do not. */
#include <errno.h>

#include "inventory.h"
#include "tree_util.h"

#define CG "/sys/fs/cgroup"

static struct df_apps apps;
static struct df_inventory inventory;

static void add_app(const char *name, size_t count,
		    const struct df_selector *selectors)
{
	struct df_application_info info = { .selector_count = count };

	snprintf(info.name, sizeof(info.name), "%s", name);
	memcpy(info.selectors, selectors, count * sizeof(*selectors));
	assert_int_equal(df_apps_add(&info, &apps), 0);
}

#define CGROUP(p) { .type = DFENCE_SELECTOR_CGROUP, .pattern = (char *)(p) }
#define EXECUTABLE(p) { .type = DFENCE_SELECTOR_EXECUTABLE, .pattern = (char *)(p) }
#define USER(u) { .type = DFENCE_SELECTOR_USER, .uid = u }
#define FORWARD(i) { .type = DFENCE_SELECTOR_FORWARD, .in = i }
#define ADD(name, ...) add_app(name, \
	sizeof((struct df_selector[]){ __VA_ARGS__ }) / sizeof(struct df_selector), \
	(struct df_selector[]){ __VA_ARGS__ })

static int set_up(void **state)
{
	clear_tree();
	return 0;
}

static int tear_down(void **state)
{
	df_inventory_free(&inventory);
	df_apps_free(&apps);
	return 0;
}

static void look(void)
{
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), 0);
}

static void assert_why(int app, int selector, const char *want)
{
	char why[DF_WHY_MAX];
	bool nothing = df_inventory_why(&inventory, app, selector, why);

	assert_string_equal(why, want);
	assert_int_equal(nothing, *want != '\0');
}

static size_t find_proc(int pid)
{
	size_t i;

	for (i = 0; i < inventory.procs.count; i++)
		if (inventory.procs.list[i].pid == pid)
			return i;
	fail_msg("there is no process %d", pid);
	return 0;
}

static void first_application_wins(void **state)
{
	ADD("narrow", CGROUP("/s/qgc/inner"), CGROUP("/s/none"));
	ADD("wide", CGROUP("/s/qg*"), CGROUP("/s/qgc"));
	ADD("late", CGROUP("/s/qgc"));
	make_folder(CG "/s/qgc/inner/x");
	make_folder(CG "/s/qgc/other");
	PROC(.pid = 10, .comm = "a", .exe = "/a",
	     .cgroup = "/s/qgc/inner/x");
	PROC(.pid = 11, .comm = "b", .exe = "/b",
	     .cgroup = "/s/qgc/other");
	PROC(.pid = 12, .comm = "k", .cgroup = "/s/qgc");
	look();
	assert_int_equal(df_inventory_count(&inventory, 0, -1), 1);
	assert_int_equal(df_inventory_count(&inventory, 1, 0), 1);
	assert_int_equal(df_inventory_count(&inventory, 2, -1), 0);
	assert_true(df_inventory_inside(&inventory, find_proc(10), 0, 0));
	assert_true(df_inventory_inside(&inventory, find_proc(11), 1, 0));
	/* The topmost cgroup: "/s/qgc/inner", "/s/qgc". */
	assert_int_equal(inventory.proc_seen[find_proc(10)].top, 12);
	assert_int_equal(inventory.proc_seen[find_proc(11)].top, 6);
	assert_why(0, 0, "");
	assert_why(0, 1, "no such cgroup exists");
	assert_why(1, 1, "/s/qgc is matched by /s/qg* before it, of the same application");
	assert_why(2, 0, "/s/qgc belongs to the application \"wide\", which comes before it in the policy");
}

static void knows_empty_cgroups(void **state)
{
	ADD("app", CGROUP("/s/app"));
	make_folder(CG "/s/app");
	/* What marks it is a thread of the kernel, not a process. */
	PROC(.pid = 9, .comm = "dronefence/app",
	     .cgroup = "/s/app");
	look();
	assert_int_equal(inventory.procs.count, 1);
	assert_why(0, 0, "the cgroup /s/app exists, but no process is in it");
}

static void knows_the_root(void **state)
{
	ADD("all", CGROUP("/"));
	look();
	assert_string_equal(inventory.cgroups.list[0], "/");
	assert_int_equal(inventory.proc_seen[find_proc(1)].top, 1);
	assert_why(0, 0, "");
}

static void tells_strays(void **state)
{
	ADD("qgc", CGROUP("/s/qgc"), EXECUTABLE("/opt/qgc/QGC*"));
	ADD("other", CGROUP("/s/other"), EXECUTABLE("/opt/qgc/QGC-2"));
	make_folder(CG "/s/qgc");
	make_folder(CG "/s/other");
	PROC(.pid = 10, .comm = "in", .cgroup = "/s/qgc",
	     .exe = "/opt/qgc/QGC-1 (deleted)");
	PROC(.pid = 11, .comm = "out", .cgroup = "/u",
	     .exe = "/opt/qgc/QGC-1");
	PROC(.pid = 12, .comm = "elsewhere",
	     .cgroup = "/s/other", .exe = "/opt/qgc/QGC-2");
	look();
	assert_int_equal(df_inventory_count(&inventory, 0, 1), 3);
	assert_int_equal(df_inventory_count(&inventory, 0, -1), 1);
	assert_false(df_inventory_stray(&inventory, find_proc(10)));
	assert_true(df_inventory_stray(&inventory, find_proc(11)));
	assert_false(df_inventory_stray(&inventory, find_proc(12)));
	assert_false(df_inventory_stray(&inventory, find_proc(1)));
	assert_why(0, 1, "");
	assert_why(1, 1, "/opt/qgc/QGC-2 belongs to the application \"qgc\", which comes before it in the policy");
}

/* A user is asked for where no cgroup says whose a process is. */
static void knows_users(void **state)
{
	ADD("drone", USER(1000));
	ADD("unit", CGROUP("/s/unit"), USER(1001));
	make_folder(CG "/s/unit");
	PROC(.pid = 10, .comm = "by-user", .exe = "/a", .cgroup = "/u",
	     .uid = 1000);
	PROC(.pid = 11, .comm = "by-cgroup", .exe = "/a",
	     .cgroup = "/s/unit", .uid = 1000);
	look();
	assert_int_equal(df_inventory_count(&inventory, 0, 0), 1);
	assert_true(df_inventory_inside(&inventory, find_proc(10), 0, 0));
	assert_true(df_inventory_inside(&inventory, find_proc(11), 1, 0));
	assert_why(0, 0, "");
	assert_why(1, 1, "no process of this user runs outside the applications");
}

static void looks_for_files(void **state)
{
	struct df_files files;

	ADD("app", EXECUTABLE("/opt/app/**/run*"), EXECUTABLE("/opt/gone/x"),
	    EXECUTABLE("/opt/app/other[0-9]"), EXECUTABLE("/opt/app/a/run-1"));
	put_program("/opt/app/a/run-1");
	put_program("/opt/app/b/c/run-2");
	put_file("/opt/app/run.txt", "not a program");
	look();
	assert_why(0, 0, "no running process has this executable");
	assert_why(0, 1, "no running process has this executable, and /opt/gone/x does not exist");
	assert_why(0, 2, "no running process has this executable, and no program on the disk matches");
	assert_why(0, 3, "no running process has this executable");
	assert_int_equal(df_files_find("root", "/opt/app/**/run*", &files), 0);
	assert_int_equal(files.count, 2);
	assert_string_equal(files.folder, "/opt/app");
	df_files_free(&files);
	assert_int_equal(df_files_find("root", "/**/run-2", &files), 0);
	assert_string_equal(files.folder, "/");
	assert_int_equal(files.count, 1);
	assert_string_equal(files.list[0], "/opt/app/b/c/run-2");
	df_files_free(&files);
}

static void looks_at_interfaces(void **state)
{
	ADD("phone", FORWARD("usb*"), FORWARD("wlan0"), FORWARD("eth9"), FORWARD(""));
	put_interface("usb0", 0x1002);
	put_interface("usb1", 0x1003);
	put_interface("wlan0", 0x1002);
	look();
	assert_why(0, 0, "");
	assert_why(0, 1, "the interface wlan0 is down");
	assert_why(0, 2, "no such interface exists in this network namespace");
	assert_why(0, 3, "");
}

static void reads_processes(void **state)
{
	const struct df_proc *proc;

	PROC(.pid = 20, .comm = "a b", .exe = "/x",
	     .uid = 1000, .caps = 0x2000, .groups = "4 \t998 ",
	     .cgroup = "/gone (deleted)", .userns = "user:[2]");
	/* Its first thread has ended, another one has not. */
	PROC(.pid = 21, .comm = "headless", .cgroup = "/");
	put_file("/proc/21/status", "State:\tZ (zombie)\nThreads:\t2\n");
	PROC(.pid = 22, .comm = "dead", .cgroup = "/");
	put_file("/proc/22/status", "State:\tZ (zombie)\nThreads:\t1\n");
	look();
	assert_int_equal(inventory.procs.count, 3);
	proc = &inventory.procs.list[find_proc(20)];
	assert_string_equal(proc->comm, "a b");
	assert_string_equal(proc->groups, " 4 998 ");
	assert_string_equal(proc->cgroup, "/gone");
	assert_int_equal(proc->uid, 1000);
	assert_int_equal(proc->capabilities, 0x2000);
	assert_true(proc->own_userns);
	proc = &inventory.procs.list[find_proc(21)];
	assert_null(proc->exe);
	assert_false(inventory.procs.list[find_proc(1)].own_userns);
}

static void knows_implied_selectors(void **state)
{
	const struct df_application_info *app;

	ADD("app", CGROUP("/dronefence.slice/app"), CGROUP("/x"));
	app = &apps.list[0];
	apps.list[0].anchor = 7;
	assert_true(df_selector_implied(app, &app->selectors[0]));
	assert_false(df_selector_implied(app, &app->selectors[1]));
	apps.list[0].anchor = 0;
	assert_false(df_selector_implied(app, &app->selectors[0]));
}

static void fails_without_a_machine(void **state)
{
	assert_int_equal(system("rm -rf root"), 0);
	assert_int_equal(df_inventory_read(&inventory, "root", &apps), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_application_wins),
		TEST(knows_empty_cgroups),
		TEST(knows_the_root),
		TEST(tells_strays),
		TEST(knows_users),
		TEST(looks_for_files),
		TEST(looks_at_interfaces),
		TEST(reads_processes),
		TEST(knows_implied_selectors),
		TEST(fails_without_a_machine),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
