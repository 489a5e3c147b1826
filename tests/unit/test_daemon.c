// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole daemon, with a kernel that is not one: start, policies good and
 * bad, events lost and found, kill and restart, a module that goes and comes.
 */
#include "daemon_util.h"
#include "load.h"

static const char bad_policy[] =
	"version: 1\n"
	"profiles:\n"
	"  p: { rulez: [ { allow: local } ], default: deny }\n";

static const char bad_geo_policy[] =
	"version: 1\n"
	"geo: { country: \"mmdb:/nowhere/x.mmdb\" }\n"
	"profiles:\n"
	"  p: { rules: [ { deny: CN } ], default: allow }\n"
	"applications:\n"
	"  qgc: { match: { cgroup: /qgc }, profile: p }\n";

static void puts_the_policy_into_force(void **state)
{
	char *text;

	start();
	wait_for_notice("READY=1");
	wait_for_notice("STATUS=Policy generation 1 is in force.");
	assert_int_equal(kernel->generation, 1);
	wait_for_notice("WATCHDOG=1");
	wait_for_event(1);
	assert_int_equal(count_logged("/policy.yaml is in force, generation 1\""), 1);
	kill(daemon_pid, SIGTERM);
	wait_for_notice("STOPPING=1");
	assert_int_equal(wait_for_end(), 0);
	assert_int_equal(kernel->generation, 1);
	assert_int_equal(count_logged("\"message\":\"stopped; the policy stays in force\""), 1);
	/* Nothing went wrong, so nothing is said there. */
	text = read_whole("stderr");
	assert_string_equal(text, "");
	free(text);
}

/* As at the next boot, when nothing has changed. */
static void keeps_the_compiled_policy(void **state)
{
	start();
	wait_for_log("/policy.yaml is in force, generation 1\"", 1);
	stop_daemon();
	assert_int_equal(access(test_path("state/cache"), R_OK), 0);
	start();
	wait_for_log("/policy.yaml is in force, generation 2, compiled earlier\"",
		     1);
	stop_daemon();
	options.no_cache = true;
	start();
	wait_for_log("/policy.yaml is in force, generation 3\"", 1);
	stop_daemon();
}

static void forwards_events(void **state)
{
	struct tally tally;
	uint64_t fetches;

	start();
	wait_for_notice("READY=1");
	kernel_events(500);
	wait_for_event(501);
	kernel_events(3);
	wait_for_event(504);
	/* While nothing happens nothing is asked for. */
	usleep(200000);
	fetches = kernel->fetches;
	usleep(300000);
	assert_int_equal(kernel->fetches, fetches);
	stop_daemon();
	tally = check_log(504);
	assert_int_equal(tally.events, 504);
	assert_int_equal(tally.lost, 0);
	assert_whole(&tally);
}

static void finds_what_did_not_come_live(void **state)
{
	struct tally tally;

	start();
	wait_for_notice("READY=1");
	wait_for_event(1);
	/* Lost in the middle: the next one tells. */
	kernel_silent_events(20);
	kernel_events(1);
	wait_for_event(22);
	/* The socket says that it lost some. */
	kernel_overrun(30, 70);
	wait_for_event(122);
	/* Lost at the end: nobody tells, but it is looked after. */
	kernel_silent_events(30);
	wait_for_event(152);
	assert_int_equal(count_logged("connect"), 0);
	/* And on its very last breath. */
	kernel_silent_events(5);
	stop_daemon();
	tally = check_log(kernel->event_next - 1);
	assert_true(tally.events >= 152);
	assert_int_equal(tally.lost, 0);
	assert_whole(&tally);
}

/* What the live socket holds may be older than what the kernel keeps. */
static void empties_the_socket_first(void **state)
{
	struct tally tally;

	start();
	wait_for_notice("READY=1");
	wait_for_event(1);
	kernel_overrun(KERNEL_RING, KERNEL_RING);
	wait_for_event(2 * KERNEL_RING + 1);
	stop_daemon();
	tally = check_log(2 * KERNEL_RING + 1);
	assert_int_equal(tally.lost, 0);
	assert_whole(&tally);
}

static void finds_what_came_while_it_was_dead(void **state)
{
	struct tally tally;

	start();
	wait_for_notice("READY=1");
	kernel_events(40);
	wait_for_event(41);
	wait_for_state(42);
	kill_daemon();
	assert_int_equal(kernel->generation, 1);
	kernel_events(1000);
	start();
	wait_for_notice("READY=1");
	wait_for_event(1042);
	stop_daemon();
	tally = check_log(kernel->event_next - 1);
	assert_int_equal(tally.lost, 0);
	assert_whole(&tally);
	assert_int_equal(tally.changes, 0);
}

static void knows_what_is_lost(void **state)
{
	struct tally tally;

	start();
	wait_for_notice("READY=1");
	wait_for_event(1);
	wait_for_state(2);
	kill_daemon();
	kernel_events(3 * KERNEL_RING);
	options.no_policy = true;
	start();
	wait_for_notice("READY=1");
	wait_for_event(3 * KERNEL_RING + 1);
	stop_daemon();
	tally = check_log(3 * KERNEL_RING + 1);
	assert_int_equal(tally.lost, 2 * KERNEL_RING);
	assert_int_equal(tally.events, KERNEL_RING + 1);
	assert_int_equal(count_logged("\"type\":\"loss\""), 1);
	wait_for_log("\"cause\":\"kernel\",\"count\":16384,\"first\":2,\"last\":16385,",
		     1);
}

/* So many that the kernel keeps all events of them. */
#define RUNS 25

/* However often it dies, nothing is lost that the kernel still has. */
static void survives_being_killed(void **state)
{
	struct tally tally;
	int i;

	options.no_policy = true;
	for (i = 0; i < RUNS; i++) {
		start();
		kernel_events(200);
		usleep((useconds_t)(2000 * i));
		kernel_events(100);
		kill_daemon();
	}
	start();
	wait_for_event(RUNS * 300);
	stop_daemon();
	tally = check_log(RUNS * 300);
	assert_int_equal(tally.lost, 0);
	assert_int_equal(tally.events, RUNS * 300 + tally.repeated);
	/* At most the last line of each run. */
	assert_true(tally.torn <= RUNS);
}

static void reloads_all_or_nothing(void **state)
{
	start();
	wait_for_notice("READY=1");
	write_file("policy.yaml", bad_policy);
	reload_daemon();
	wait_for_notice("RELOADING=1");
	wait_for_notice("READY=1");
	wait_for_notice("STATUS=Policy generation 1 is in force.");
	assert_int_equal(kernel->generation, 1);
	wait_for_log("/policy.yaml:3:8: error: unknown key 'rulez'", 1);
	wait_for_log("/policy.yaml was not loaded; generation 1 stays in force\"", 1);

	write_file("policy.yaml", good_policy);
	reload_daemon();
	wait_for_notice("STATUS=Policy generation 2 is in force.");
	assert_int_equal(kernel->generation, 2);

	kernel->refuse = true;
	reload_daemon();
	wait_for_notice("RELOADING=1");
	wait_for_notice("READY=1");
	wait_for_log("the policy was not applied: kernel reports: no\"", 1);
	kernel->refuse = false;

	/* A file that kills its reader. */
	kernel->crash = true;
	reload_daemon();
	wait_for_notice("RELOADING=1");
	wait_for_notice("READY=1");
	wait_for_log("loading the policy was ended by signal 9\"", 1);
	kernel->crash = false;
	assert_int_equal(kernel->generation, 2);

	stop_daemon();
}

/* The IPv4 half of it is of one country. */
static void write_geo(const char *country)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "# Generated: Fri, 20 Nov 2026 00:00:00 GMT\n0,2147483647,%s\n",
		 country);
	write_file("geoip", text);
}

static void takes_new_geo_data(void **state)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "version: 1\n"
		 "geo: { country: \"tor-geoipdb:%s\", max-age: none }\n"
		 "profiles:\n"
		 "  p: { rules: [ { deny: CN } ], default: allow }\n"
		 "applications:\n"
		 "  qgc: { match: { cgroup: /qgc }, profile: p }\n", test_dir);
	write_file("policy.yaml", text);
	write_file("geoip6", "# Generated: Fri, 20 Nov 2026 00:00:00 GMT\n2000::,3fff::,US\n");
	write_geo("US");
	start();
	wait_for_log("/policy.yaml is in force, generation 1\"", 1);
	usleep(1000000);
	assert_int_equal(kernel->generation, 1);
	write_geo("CN");
	wait_for_log("geo data was replaced: ", 1);
	wait_for_log("/policy.yaml is in force, generation 2\"", 1);

	/* Damaged: once it is tried, and the policy stays. */
	write_file("geoip", "0,1\n");
	wait_for_log("/policy.yaml was not loaded; generation 2 stays in force\"", 1);
	assert_int_equal(count_logged("/geoip:1: "), 1);
	usleep(1000000);
	assert_int_equal(count_logged("geo data was replaced: "), 2);
	write_geo("US");
	wait_for_log("/policy.yaml is in force, generation 3, compiled earlier\"", 1);

	/* Somebody has put another one into force, which nobody takes back. */
	kernel->source[0] ^= 1;
	write_geo("CN");
	wait_for_log("/policy.yaml is not what is in force, and is not loaded\"", 1);
	/* Nor one that cannot be read, which is said once. */
	write_file("policy.yaml", bad_policy);
	write_geo("US");
	wait_for_log("/policy.yaml is not what is in force, and is not loaded\"", 2);
	usleep(1000000);
	assert_int_equal(count_logged("geo data was replaced: "), 5);
	assert_int_equal(kernel->generation, 3);
	stop_daemon();
}

/* Events go on all the time, and what was asked for meanwhile is done later. */
static void takes_its_time_to_reload(void **state)
{
	start();
	wait_for_notice("READY=1");
	kernel->hold = true;
	reload_daemon();
	wait_for_notice("RELOADING=1");
	reload_daemon();
	wait_for_notice("RELOADING=1");
	reload_daemon();
	wait_for_notice("RELOADING=1");
	kernel_events(10);
	wait_for_event(11);
	wait_for_notice("WATCHDOG=1");
	assert_int_equal(kernel->generation, 1);
	kernel->hold = false;
	wait_for_log("/policy.yaml is in force, generation 3, compiled earlier\"",
		     1);
	usleep(300000);
	assert_int_equal(kernel->generation, 3);

	/* To stop does not wait for it. */
	kernel->held = false;
	kernel->hold = true;
	reload_daemon();
	wait_for_notice("RELOADING=1");
	wait_until_held();
	stop_daemon();
	kernel->hold = false;
	usleep(100000);
	assert_int_equal(kernel->generation, 3);
}

/* A daemon that dies takes with it what it was loading. */
static void leaves_nobody_behind(void **state)
{
	kernel->hold = true;
	start();
	wait_for_log(" started, kernel module 0.0-fake\"", 1);
	wait_until_held();
	kill_daemon();
	usleep(100000);
	kernel->hold = false;
	usleep(100000);
	assert_int_equal(kernel->generation, 0);
}

static void opens_the_log_anew(void **state)
{
	start();
	wait_for_notice("READY=1");
	wait_for_event(1);
	assert_int_equal(rename(test_path("log.json"), test_path("log.1")), 0);
	reload_daemon();
	wait_for_log("generation 2, ", 1);
	assert_int_equal(count_logged("generation 1\""), 0);
}

/* With a store, again and again, while there is something to write. */
static void opens_all_anew_under_load(void **state)
{
	uint64_t written = 0;
	char name[32];
	int tries, i;

	options.store = strdup(test_path("store.db"));
	options.no_policy = true;
	start();
	wait_for_notice("READY=1");
	wait_for_log("started", 1);
	for (i = 0; i < 20; i++) {
		kernel_events(7);
		snprintf(name, sizeof(name), "log.%d", i);
		assert_int_equal(rename(test_path("log.json"), test_path(name)), 0);
		reload_daemon();
		kernel_events(2);
		for (tries = 0; access(test_path("log.json"), F_OK); tries++) {
			assert_true(tries < PATIENCE / 10);
			usleep(10000);
		}
	}
	stop_daemon();
	for (i = 0; i <= 20; i++) {
		char *text;

		snprintf(name, sizeof(name), i < 20 ? "log.%d" : "log.json", i);
		text = read_whole(name);
		written += count_in(text, "\"type\":\"verdict\"");
		assert_int_equal(count_in(text, "\"type\":\"loss\""), 0);
		free(text);
	}
	assert_int_equal(written, kernel->event_next - 1);
	options.no_policy = false;
	free((char *)options.store);
	options.store = NULL;
}

static void fails_without_a_policy(void **state)
{
	options.require_policy = true;
	write_file("policy.yaml", bad_policy);
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_POLICY);
	assert_stderr("/policy.yaml:3:8: error: unknown key 'rulez'");
	assert_stderr("/policy.yaml was not loaded; none is in force, nothing is fenced\n");
	assert_int_equal(count_logged("/policy.yaml:3:8: error: unknown key 'rulez'"), 1);

	assert_int_equal(unlink(options.policy), 0);
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_POLICY);
	assert_stderr("No such file or directory");

	write_file("policy.yaml", bad_geo_policy);
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_GEO);
	assert_stderr("/nowhere/x.mmdb");
	assert_int_equal(kernel->generation, 0);
}

/* The machine has just been started: something is in force, and it is said. */
static void falls_back(void **state)
{
	assert_int_equal(unlink(options.policy), 0);
	start();
	wait_for_notice("STATUS=Degraded");
	assert_int_equal(kernel->generation, 1);
	assert_stderr("No such file or directory");
	assert_stderr("/policy.yaml was not loaded; the one that was in force last takes its place, or one that is built in");
	kernel_events(1);
	wait_for_event(2);

	/* Another daemon knows as much, and loads what was mended by itself. */
	kill_daemon();
	write_file("policy.yaml", bad_policy);
	start();
	wait_for_notice("STATUS=Degraded");
	assert_int_equal(kernel->generation, 1);
	write_file("policy.yaml", good_policy);
	wait_for_notice("STATUS=Policy generation 2 is in force.");
	stop_daemon();
}

/* The machine was started anew: the kernel has nothing, and the folder has. */
static void restores_the_last_one(void **state)
{
	start();
	wait_for_notice("STATUS=Policy generation 1 is in force.");
	stop_daemon();
	kernel->generation = 0;
	write_file("policy.yaml", bad_policy);
	start();
	wait_for_notice("STATUS=Degraded");
	assert_int_equal(kernel->generation, 1);
	assert_stderr("policy 1 (policy) of the history is in force again");
	write_file("policy.yaml", good_policy);
	wait_for_notice("STATUS=Policy generation 2 is in force.");
	stop_daemon();
}

/* The same without a daemon, as it is done at the start of a machine. */
static enum df_exit load_only(void)
{
	int status, fd = open(test_path("stderr"), O_CREAT | O_WRONLY | O_TRUNC, 0600);
	pid_t pid = fork();

	if (!pid) {
		dup2(fd, 2);
		_exit((int)df_load_run(&options));
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum df_exit)WEXITSTATUS(status);
}

static void remove_history(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -r '%s/history'", options.state_dir);
	assert_int_equal(system(command), 0);
}

static void loads_without_a_daemon(void **state)
{
	assert_int_equal(mkdir(options.state_dir, 0700), 0);
	assert_int_equal(load_only(), DF_EXIT_OK);
	assert_int_equal(kernel->generation, 1);
	assert_stderr("<5>dronefenced: policy");
	/* A broken one changes nothing. */
	write_file("policy.yaml", bad_policy);
	assert_int_equal(load_only(), DF_EXIT_POLICY);
	assert_int_equal(kernel->generation, 1);
	assert_stderr("<3>dronefenced: ");

	kernel->generation = 0;
	assert_int_equal(load_only(), DF_EXIT_OK);
	assert_stderr("policy 1 (policy) of the history is in force again");
	remove_history();
	kernel->generation = 0;
	assert_int_equal(load_only(), DF_EXIT_OK);
	assert_stderr("policy (built in) is in force, generation 1");
	kernel->generation = 0;
	options.require_policy = true;
	assert_int_equal(load_only(), DF_EXIT_POLICY);
	assert_int_equal(kernel->generation, 0);
}

static void ends_where_nothing_can_be_loaded(void **state)
{
	kernel->refuse = true;
	write_file("policy.yaml", bad_geo_policy);
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_GEO);
	assert_stderr("/policy.yaml was not loaded; none is in force, nothing is fenced\n");
	assert_int_equal(kernel->generation, 0);
}

static void keeps_the_policy_that_is_there(void **state)
{
	write_file("policy.yaml", bad_policy);
	kernel->generation = 5;
	start();
	wait_for_notice("READY=1");
	wait_for_notice("STATUS=Degraded");
	assert_stderr("was not loaded; generation 5 stays in force");
	kernel_events(1);
	wait_for_event(1);
	stop_daemon();

	options.require_policy = true;
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_POLICY);
	assert_int_equal(kernel->generation, 5);
}

static void forwards_only(void **state)
{
	options.no_policy = true;
	options.policy = (free((char *)options.policy), strdup("/nowhere"));
	start();
	wait_for_notice("READY=1");
	wait_for_notice("STATUS=No policy is in force. Nothing is fenced.");
	kernel_events(1);
	wait_for_event(1);
	reload_daemon();
	wait_for_notice("RELOADING=1");
	wait_for_notice("READY=1");
	stop_daemon();
	assert_int_equal(kernel->generation, 0);
}

static void says_why_it_cannot_start(void **state)
{
	kernel->loaded = false;
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_NOT_ENFORCING);
	assert_stderr("dronefenced: the kernel module dronefence is not loaded\n");

	kernel->loaded = true;
	kernel->may = false;
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_PERMISSION);
	assert_stderr("dronefenced: event group: Operation not permitted\n");
	kernel->may = true;
}

static void runs_once(void **state)
{
	pid_t first;

	start();
	wait_for_notice("READY=1");
	first = daemon_pid;
	start();
	assert_int_equal(wait_for_end(), DF_EXIT_FAILED);
	assert_stderr("dronefenced: another one is running\n");
	daemon_pid = first;
	stop_daemon();
}

static void survives_the_module(void **state)
{
	struct tally tally;

	start();
	wait_for_notice("READY=1");
	kernel_events(9);
	wait_for_event(10);
	kernel->loaded = false;
	wait_for_notice("STATUS=The kernel module is missing. Nothing is fenced.");
	wait_for_log("\"priority\":2,\"message\":\"the kernel module was unloaded:", 1);

	/* Loaded again it has no policy; the daemon sees to that. */
	kernel_load(0x78);
	wait_for_notice("STATUS=Policy generation 1 is in force.");
	wait_for_log("\"seq\":1,", 2);
	wait_for_log("\"previous\":\"0000000000000077\",\"next\":11,", 1);
	kernel_events(4);
	wait_for_log("\"seq\":5,", 2);

	/* So fast that it was never seen to be away. */
	kernel_load(0x79);
	wait_for_log("\"instance\":\"0000000000000079\"", 2);
	wait_for_log("\"message\":\"the kernel module was loaded anew\"", 2);
	wait_for_log("\"module\":\"unloaded\",\"version\":\"0.0-fake\",\"instance\":\"0000000000000077\"", 1);
	wait_for_log("\"module\":\"loaded\",\"version\":\"0.0-fake\"", 2);
	wait_for_log("\"seq\":1,", 3);
	stop_daemon();
	tally = check_log(1);
	assert_int_equal(tally.events, 10 + 5 + 1);
	assert_int_equal(tally.changes, 2);
	assert_int_equal(tally.lost, 0);
}

/* Each start and end, and how the one before was. */
static void tells_of_its_runs(void **state)
{
	start();
	wait_for_log("\"daemon\":\"started\",\"version\":\"" DF_VERSION "\",\"instance\"", 1);
	wait_for_log("\"module\":\"present\",\"version\":\"0.0-fake\",\"instance\":\"0000000000000077\"", 1);
	kill_daemon();
	start();
	wait_for_log("\"previous_end\":\"unclean\"", 1);
	assert_int_equal(count_logged("\"daemon\":\"stopped\""), 0);
	stop_daemon();
	assert_int_equal(count_logged("\"daemon\":\"stopped\""), 1);
	start();
	wait_for_log("\"previous_end\":\"clean\"", 1);
	stop_daemon();
	assert_int_equal(count_logged("\"daemon\":\"started\""), 3);
	assert_int_equal(count_logged("\"daemon\":\"stopped\""), 2);
}

/* What did not come from the kernel is told, but not again and again. */
static void tells_of_strangers(void **state)
{
	start();
	wait_for_notice("READY=1");
	store(&kernel->strangers, 7);
	wait_for_log("of strangers were ignored: 7, the last from port 4242\"", 1);
	store(&kernel->strangers, 5);
	/* So many turns of the loop later it would be there. */
	usleep(500000);
	assert_int_equal(count_logged("of strangers"), 1);
	stop_daemon();
	wait_for_log("ignored: 5, the last", 1);
}

/* Many events, a system log that nobody reads: JSON gets everything. */
static void outruns_a_slow_sink(void **state)
{
	int fd = listen_at("journal", SOCK_DGRAM), i;
	struct tally tally;

	options.sink = DF_SINK_JOURNALD;
	options.no_policy = true;
	start();
	wait_for_notice("READY=1");
	for (i = 0; i < 30; i++) {
		kernel_events(1000);
		wait_for_event(1000 * (i + 1));
	}
	stop_daemon();
	tally = check_log(30000);
	assert_int_equal(tally.events, 30000);
	assert_int_equal(tally.lost, 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(puts_the_policy_into_force),
		TEST(keeps_the_compiled_policy),
		TEST(forwards_events),
		TEST(finds_what_did_not_come_live),
		TEST(empties_the_socket_first),
		TEST(finds_what_came_while_it_was_dead),
		TEST(knows_what_is_lost),
		TEST(survives_being_killed),
		TEST(reloads_all_or_nothing),
		TEST(takes_new_geo_data),
		TEST(takes_its_time_to_reload),
		TEST(leaves_nobody_behind),
		TEST(opens_the_log_anew),
		TEST(fails_without_a_policy),
		TEST(falls_back),
		TEST(restores_the_last_one),
		TEST(loads_without_a_daemon),
		TEST(ends_where_nothing_can_be_loaded),
		TEST(keeps_the_policy_that_is_there),
		TEST(forwards_only),
		TEST(says_why_it_cannot_start),
		TEST(runs_once),
		TEST(survives_the_module),
		TEST(tells_of_its_runs),
		TEST(tells_of_strangers),
		TEST(outruns_a_slow_sink),
		TEST(opens_all_anew_under_load),
	};

	if (kernel_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
