// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands about flows and limits, and the progress line, as people see them. */
#include <fcntl.h>
#include <pty.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "event_util.h"
#include "fake_netlink.h"

#define NS_PER_SEC 1000000000u

/* What a command wrote, and how it ended. */
static char out[65536];
static char err[65536];
static enum df_exit status;

static int to_file(FILE *stream, FILE *file)
{
	int fd = fileno(stream), old;

	fflush(stream);
	old = dup(fd);
	assert_true(old >= 0);
	assert_true(dup2(fileno(file), fd) >= 0);
	return old;
}

static void back(FILE *stream, int old, FILE *file, char *text, size_t size)
{
	size_t length;

	fflush(stream);
	assert_true(dup2(old, fileno(stream)) >= 0);
	close(old);
	rewind(file);
	length = fread(text, 1, size - 1, file);
	assert_true(length < size - 1);
	text[length] = '\0';
	fclose(file);
}

typedef enum df_exit command(const struct cli *cli, int argc, char **argv);

static void run(command *entry, const struct cli *cli, int argc, char **argv)
{
	FILE *out_file = tmpfile(), *err_file = tmpfile();
	int old_out = to_file(stdout, out_file);
	int old_err = to_file(stderr, err_file);

	status = entry(cli, argc, argv);
	back(stdout, old_out, out_file, out, sizeof(out));
	back(stderr, old_err, err_file, err, sizeof(err));
}

static const struct cli plain;
static const struct cli json = { .json = true };

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void answer_flow(const struct df_flow *flow)
{
	netlink_put_flow(netlink_answer(DFENCE_CMD_FLOW_GET), flow);
}

/* A flow whose age is far from where it is rounded. */
static struct df_flow make_aged(uint64_t age, uint64_t idle)
{
	struct df_flow flow = make_flow();

	flow.start = now() - age * NS_PER_SEC - NS_PER_SEC / 20;
	flow.last = now() - idle * NS_PER_SEC - NS_PER_SEC / 20;
	return flow;
}

static void lists_flows(void **state)
{
	struct df_flow flow = make_aged(150, 3);

	answer_flow(&flow);
	flow = make_aged(100000, 7300);
	flow.mode = DFENCE_MODE_AUDIT;
	flow.set[0] = '\0';
	flow.reason = DFENCE_REASON_DEFAULT;
	flow.state = DFENCE_FLOW_OTHER;
	flow.protocol = 1;
	flow.has_ports = false;
	flow.country[0] = '\0';
	flow.totals = (struct df_totals){ .packets = 3, .bytes = 252 };
	answer_flow(&flow);
	run(cmd_flows, &plain, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	assert_string_equal(err, "");
	assert_string_equal(out,
			    "fleet-server   deny  tcp  47.91.161.230:443 US prc-clouds tcp-opening\n"
			    "    from 10.0.0.2:43210, passed 5000000000 (5.5 TiB), refused 7 (420 B), age 2 min, idle 3 s\n"
			    "fleet-server   deny/audit icmp 47.91.161.230 ?? default other\n"
			    "    from 10.0.0.2, passed 3 (252 B), age 27 h, idle 2 h\n");
}

static void fits_long_addresses(void **state)
{
	struct df_flow flow = make_aged(0, 0);
	char *line, *rest = out;

	flow.family = DF_IPV6;
	flow.saddr = (df_u128)0x20010db885a308d3u << 64 | 0x1319aabb0370c348u;
	flow.daddr = ~(df_u128)0 / 3;
	flow.totals.packets = UINT64_MAX;
	answer_flow(&flow);
	run(cmd_flows, &plain, 0, NULL);
	assert_non_null(strstr(out, "[5555:5555:5555:5555:5555:5555:5555:5555]:443 US prc-clouds"));
	assert_non_null(strstr(out, "\n    from [2001:db8:85a3:8d3:1319:aabb:370:c348]:43210\n    passed "));
	while ((line = strsep(&rest, "\n")))
		assert_true(strlen(line) <= 100);
}

/* Whatever is sent, a line is a line. */
static void defuses_hostile_names(void **state)
{
	struct df_flow flow = make_flow();
	json_t *list, *object;

	strcpy(flow.application, "a\nb\033[31m");
	strcpy(flow.set, "c d\"");
	strcpy(flow.comm, "e\nf=\\");
	answer_flow(&flow);
	run(cmd_flows, &plain, 0, NULL);
	assert_non_null(strstr(out, "a\\x0ab\\x1b[31m "));
	assert_non_null(strstr(out, " c\\x20d\\x22 "));
	run(cmd_flows, &json, 0, NULL);
	list = json_loads(out, 0, NULL);
	object = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(object, "comm")),
			    "e\\x0af\\x3d\\x5c");
	json_decref(list);
}

static void lists_flows_as_json(void **state)
{
	struct df_flow flow = make_flow();
	json_t *list;

	answer_flow(&flow);
	flow.id = 5;
	flow.has_ports = false;
	flow.set[0] = '\0';
	answer_flow(&flow);
	run(cmd_flows, &json, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	list = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
	*strchr(out, '\n') = ' ';
	*strchr(out, '\n') = '\0';
	assert_string_equal(out,
			    "[ {\"flow\":4294967298,\"application\":\"fleet-server\",\"verdict\":\"deny\",\"mode\":\"enforce\",\"reason\":\"operated-by\",\"set\":\"prc-clouds\",\"rule\":3,\"generation\":9,\"state\":\"tcp-opening\",\"protocol\":\"tcp\",\"country\":\"US\",\"source\":\"10.0.0.2\",\"source-port\":43210,\"destination\":\"47.91.161.230\",\"destination-port\":443,\"netns\":4026531840,\"cgroup\":4711,\"uid\":1000,\"pid\":812,\"comm\":\"curl\",\"start\":\"2026-11-20T12:13:14.123456789Z\",\"last\":\"2026-11-20T12:13:16.000000000Z\",\"packets\":5000000000,\"bytes\":6000000000000,\"refused-packets\":7,\"refused-bytes\":420},");
	assert_non_null(strstr(out + strlen(out) + 1, "\"set\":null"));
	assert_non_null(strstr(out + strlen(out) + 1, "\"source-port\":null"));
}

static void lists_nothing(void **state)
{
	run(cmd_flows, &plain, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	assert_string_equal(out, "");
	run(cmd_flows, &json, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	assert_string_equal(out, "[]\n");
}

static void answer_application(const char *name)
{
	struct nl_msg *msg = netlink_answer(DFENCE_CMD_APPLICATION_GET);
	struct nlattr *info, *app;

	info = nla_nest_start(msg, DFENCE_A_CHUNK_APPLICATION_INFO);
	app = nla_nest_start(msg, DFENCE_A_APPINFO_APPLICATION);
	nla_put_string(msg, DFENCE_A_APP_NAME, name);
	nla_nest_end(msg, app);
	nla_nest_end(msg, info);
}

/* An application without flows is something else than a mistyped one. */
static void knows_names(void **state)
{
	const struct cli good = { .application = "fleet-server" };
	const struct cli bad = { .application = "flet-server" };

	answer_application("qgc");
	answer_application("fleet-server");
	run(cmd_flows, &good, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	run(cmd_flows, &bad, 0, NULL);
	assert_int_equal(status, DF_EXIT_NO_OBJECT);
	assert_string_equal(err, "dronefence: there is no application \"flet-server\"\n");
}

static void passes_filters_on(void **state)
{
	const struct cli cli = { .application = "qgc", .verdict = "drop" };
	const struct cli bad = { .verdict = "denied" };
	struct df_flow flow = make_flow();

	answer_flow(&flow);
	run(cmd_flows, &cli, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	assert_string_equal(nla_get_string(asked(DFENCE_A_FLOW_APPLICATION)),
			    "qgc");
	assert_int_equal(nla_get_u8(asked(DFENCE_A_FLOW_VERDICT)),
			 DFENCE_VERDICT_DROP);
	run(cmd_flows, &bad, 0, NULL);
	assert_int_equal(status, DF_EXIT_USAGE);
	assert_string_equal(err, "dronefence: \"denied\" is not a verdict; expected allow, deny or drop\n");
}

static void tells_of_errors(void **state)
{
	netlink.error = -EPERM;
	netlink.words = "CAP_NET_ADMIN is needed, run it as root";
	run(cmd_flows, &json, 0, NULL);
	assert_int_equal(status, DF_EXIT_PERMISSION);
	/* No list that could pass for a complete one. */
	assert_string_equal(out, "");
	assert_string_equal(err, "dronefence: kernel reports: CAP_NET_ADMIN is needed, run it as root\n");
	run(cmd_limits, &plain, 0, NULL);
	assert_int_equal(status, DF_EXIT_PERMISSION);
}

static void answer_limits(void)
{
	struct nl_msg *msg = netlink_answer(DFENCE_CMD_LIMITS_GET);

	nla_put_u32(msg, DFENCE_A_LIMITS_FLOWS, 65536);
	nla_put_u32(msg, DFENCE_A_LIMITS_IDLE_TCP_OPENING, 120);
	nla_put_u32(msg, DFENCE_A_LIMITS_IDLE_TCP_ESTABLISHED, 8100);
	nla_put_u32(msg, DFENCE_A_LIMITS_IDLE_TCP_CLOSING, 60);
	nla_put_u32(msg, DFENCE_A_LIMITS_IDLE_UDP, 60);
	nla_put_u32(msg, DFENCE_A_LIMITS_IDLE_OTHER, 61);
}

static void shows_limits(void **state)
{
	answer_limits();
	run(cmd_limits, &plain, 0, NULL);
	assert_int_equal(status, DF_EXIT_OK);
	assert_string_equal(out,
			    "flows                 65536 flows\n"
			    "idle-tcp-opening      120 seconds\n"
			    "idle-tcp-established  8100 seconds\n"
			    "idle-tcp-closing      60 seconds\n"
			    "idle-udp              60 seconds\n"
			    "idle-other            61 seconds\n");
	run(cmd_limits, &json, 0, NULL);
	assert_string_equal(out,
			    "{\n"
			    "  \"flows\": 65536,\n"
			    "  \"idle-tcp-opening\": 120,\n"
			    "  \"idle-tcp-established\": 8100,\n"
			    "  \"idle-tcp-closing\": 60,\n"
			    "  \"idle-udp\": 60,\n"
			    "  \"idle-other\": 61\n"
			    "}\n");
}

/* The request to set limits is not the last one: they are shown after it. */
static void assert_set(const char *arg, uint32_t value)
{
	char *argv[] = { (char *)arg };

	netlink.error = -ERANGE;
	netlink.words = "no";
	run(cmd_limits, &plain, 1, argv);
	assert_int_equal(status, DF_EXIT_FAILED);
	assert_int_equal(command_of(netlink.request), DFENCE_CMD_LIMITS_SET);
	assert_int_equal(nla_get_u32(asked(arg[0] == 'f' ?
					   DFENCE_A_LIMITS_FLOWS :
					   DFENCE_A_LIMITS_IDLE_UDP)), value);
	netlink.error = 0;
}

static void reads_values(void **state)
{
	char *both[] = { "flows=1000", "idle-other=2h" };

	assert_set("flows=262144", 262144);
	assert_set("idle-udp=90", 90);
	assert_set("idle-udp=90s", 90);
	assert_set("idle-udp=5m", 300);
	assert_set("idle-udp=2h", 7200);
	assert_set("idle-udp=365d", 31536000);
	answer_limits();
	run(cmd_limits, &plain, 2, both);
	assert_int_equal(status, DF_EXIT_OK);
	assert_non_null(strstr(out, "idle-other            61 seconds\n"));
}

static void assert_refused(const char *arg, const char *words)
{
	char *argv[] = { (char *)arg };
	char want[256];

	run(cmd_limits, &plain, 1, argv);
	snprintf(want, sizeof(want), "dronefence: %s\n", words);
	assert_string_equal(err, want);
	assert_int_equal(status, DF_EXIT_USAGE);
	assert_null(netlink.request);
}

static void refuses_values(void **state)
{
	char *twice[] = { "flows=1", "flows=2" };

	assert_refused("flow=5", "there is no limit \"flow\"; did you mean \"flows\"?");
	assert_refused("idle-tcp-etsablished=5", "there is no limit \"idle-tcp-etsablished\"; did you mean \"idle-tcp-established\"?");
	assert_refused("nonsense=5", "there is no limit \"nonsense\"; see: dronefence limits");
	assert_refused("flows", "\"flows\" is not NAME=VALUE");
	assert_refused("flows=", "flows: \"\" is not a number");
	assert_refused("flows=5k", "flows: \"5k\" is not a number");
	assert_refused("flows=-5", "flows: \"-5\" is not a number");
	assert_refused("flows=0", "flows: 0 is out of range; expected 1 to 262144 flows");
	assert_refused("flows=262145", "flows: 262145 is out of range; expected 1 to 262144 flows");
	assert_refused("flows=18446744073709551617", "flows: 18446744073709551617 is out of range; expected 1 to 262144 flows");
	assert_refused("idle-udp=5w", "idle-udp: \"5w\" is not a time; expected a number and s, m, h or d, such as 90s");
	assert_refused("idle-udp=366d", "idle-udp: 366d is out of range; expected 1 to 31536000 seconds");
	assert_refused("idle-udp=999999999999d", "idle-udp: 999999999999d is out of range; expected 1 to 31536000 seconds");
	/* 2^64 seconds and a little more. */
	assert_refused("idle-udp=213503982334602d", "idle-udp: 213503982334602d is out of range; expected 1 to 31536000 seconds");
	run(cmd_limits, &plain, 2, twice);
	assert_int_equal(status, DF_EXIT_USAGE);
	assert_string_equal(err, "dronefence: flows is given twice\n");
}

static void names_what_the_kernel_refused(void **state)
{
	char *argv[] = { "flows=7", "idle-udp=8" };

	netlink.error = -ERANGE;
	netlink.refused = DFENCE_A_LIMITS_IDLE_UDP;
	netlink.words = "limit is out of range";
	run(cmd_limits, &plain, 2, argv);
	assert_int_equal(status, DF_EXIT_FAILED);
	assert_string_equal(err, "dronefence: kernel reports: limit is out of range (idle-udp)\n");
}

static void answer_status(uint32_t flows, uint64_t evicted, uint64_t errors)
{
	struct nl_msg *msg = netlink_answer(DFENCE_CMD_STATUS_GET);

	nla_put_u64(msg, DFENCE_A_STATUS_EVENT_NEXT, 1);
	nla_put_u32(msg, DFENCE_A_STATUS_FLOWS, flows);
	nla_put_u32(msg, DFENCE_A_STATUS_FLOW_LIMIT, 65536);
	nla_put_u64(msg, DFENCE_A_STATUS_FLOW_MEMORY, 3 << 19);
	nla_put_u64(msg, DFENCE_A_STATUS_FLOWS_CREATED, 99);
	nla_put_u64(msg, DFENCE_A_STATUS_FLOWS_EVICTED, evicted);
	nla_put_u64(msg, DFENCE_A_STATUS_FLOW_ERRORS, errors);
}

static void shows_flows_in_the_status(void **state)
{
	json_t *object, *flows;

	answer_status(17, 0, 0);
	run(cmd_status, &plain, 0, NULL);
	assert_non_null(strstr(out, "\nflows         17 of 65536, 1.5 MiB\nevents "));
	netlink_forget(NULL);
	answer_status(65536, 12, 34);
	run(cmd_status, &plain, 0, NULL);
	assert_non_null(strstr(out, "\nflows         65536 of 65536, 1.5 MiB; 12 ended early to make room\n"
			       "              34 packets judged without a flow for lack of memory\nevents "));
	run(cmd_status, &json, 0, NULL);
	object = json_loads(out, 0, NULL);
	flows = json_object_get(object, "flows");
	assert_int_equal(json_integer_value(json_object_get(flows, "kept")), 65536);
	assert_int_equal(json_integer_value(json_object_get(flows, "limit")), 65536);
	assert_int_equal(json_integer_value(json_object_get(flows, "memory")), 3 << 19);
	assert_int_equal(json_integer_value(json_object_get(flows, "created")), 99);
	assert_int_equal(json_integer_value(json_object_get(flows, "evicted")), 12);
	assert_int_equal(json_integer_value(json_object_get(flows, "unlisted-packets")), 34);
	json_decref(object);
}

/* A terminal in place of standard error; what it shows. */
static int terminal = -1, old_stderr;

static void open_terminal(void)
{
	int slave;

	assert_int_equal(openpty(&terminal, &slave, NULL, NULL, NULL), 0);
	fcntl(terminal, F_SETFL, O_NONBLOCK);
	old_stderr = dup(2);
	dup2(slave, 2);
	close(slave);
}

static void read_terminal(void)
{
	ssize_t length = read(terminal, out, sizeof(out) - 1);

	out[length > 0 ? length : 0] = '\0';
}

static void close_terminal(void)
{
	dup2(old_stderr, 2);
	close(old_stderr);
	close(terminal);
}

/* The alarm cuts it short. */
static void wait_for_alarm(void)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 300000000 };

	nanosleep(&second, NULL);
}

static void shows_what_takes_long(void **state)
{
	struct df_progress progress;

	open_terminal();
	progress = progress_start(&plain);
	df_progress(&progress, DF_PHASE_READ, 0);
	read_terminal();
	assert_string_equal(out, "");
	wait_for_alarm();
	read_terminal();
	assert_string_equal(out, "\r\033[Kreading geo data ...");
	df_progress(&progress, DF_PHASE_SEND, 42);
	read_terminal();
	assert_string_equal(out, "\r\033[Ksending 42 %");
	progress_stop();
	read_terminal();
	assert_string_equal(out, "\r\033[K");
	close_terminal();
}

static void shows_nothing_of_what_is_quick(void **state)
{
	struct df_progress progress;

	open_terminal();
	progress = progress_start(&plain);
	df_progress(&progress, DF_PHASE_COMPILE, 0);
	progress_stop();
	wait_for_alarm();
	read_terminal();
	assert_string_equal(out, "");
	close_terminal();
}

static void shows_nothing_to_programs(void **state)
{
	struct df_progress progress;
	int fds[2], saved;

	open_terminal();
	progress = progress_start(&json);
	assert_null(progress.report);
	close_terminal();

	assert_int_equal(pipe(fds), 0);
	saved = dup(2);
	dup2(fds[1], 2);
	progress = progress_start(&plain);
	dup2(saved, 2);
	assert_null(progress.report);
	close(saved);
	close(fds[0]);
	close(fds[1]);
}

static void answer_policy(void)
{
	static const uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct nl_msg *msg = netlink_answer(DFENCE_CMD_POLICY_GET);

	nla_put_string(msg, DFENCE_A_POLICY_NAME, "p");
	nla_put_u32(msg, DFENCE_A_POLICY_GENERATION, 1);
	nla_put(msg, DFENCE_A_POLICY_DIGEST, sizeof(digest), digest);
	nla_put_u64(msg, DFENCE_A_POLICY_GEO_DATE, 1795132800 - 3 * 86400);
}

#define ZEROS "00000000000000000000000000000000"

static void names_the_geo_data_in_the_status(void **state)
{
	static const char facts[] =
		"{\"version\":1,\"digest\":\"" ZEROS ZEROS "\",\"sources\":["
		"{\"source\":\"libloc\",\"path\":\"/a/b.db\",\"date\":1795132800},"
		"{\"source\":\"mmdb\",\"path\":\"/c.mmdb\",\"date\":0}]}";
	char dir[] = "facts.XXXXXX", path[64];
	struct cli cli = { .geo.now = 1795132800 + 86400 };
	json_t *object, *policy, *source;
	FILE *file;

	answer_status(0, 0, 0);
	answer_policy();
	run(cmd_status, &cli, 0, NULL);
	assert_non_null(strstr(out, "\ngeo data      oldest source of 2026-11-17T00:00:00Z (4 days old)\n"));

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/facts.json", dir);
	file = fopen(path, "we");
	fputs(facts, file);
	fclose(file);
	cli.cache = dir;
	netlink_forget(NULL);
	answer_status(0, 0, 0);
	answer_policy();
	run(cmd_status, &cli, 0, NULL);
	assert_non_null(strstr(out, "\ngeo data      libloc of 2026-11-20T00:00:00Z (1 days old), /a/b.db\n"
			       "              mmdb of unknown, /c.mmdb\n"));

	cli.json = true;
	netlink_forget(NULL);
	answer_status(0, 0, 0);
	answer_policy();
	run(cmd_status, &cli, 0, NULL);
	object = json_loads(out, 0, NULL);
	policy = json_object_get(object, "policy");
	assert_int_equal(json_integer_value(json_object_get(policy, "geo-age-days")), 4);
	source = json_array_get(json_object_get(policy, "geo-sources"), 0);
	assert_string_equal(json_string_value(json_object_get(source, "path")), "/a/b.db");
	assert_int_equal(json_integer_value(json_object_get(source, "age-days")), 1);
	source = json_array_get(json_object_get(policy, "geo-sources"), 1);
	assert_true(json_is_null(json_object_get(source, "age-days")));
	json_decref(object);
	unlink(path);
	rmdir(dir);
}

#define TEST(name) cmocka_unit_test_teardown(name, netlink_forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_flows),
		TEST(fits_long_addresses),
		TEST(defuses_hostile_names),
		TEST(lists_flows_as_json),
		TEST(lists_nothing),
		TEST(knows_names),
		TEST(passes_filters_on),
		TEST(tells_of_errors),
		TEST(shows_limits),
		TEST(reads_values),
		TEST(refuses_values),
		TEST(names_what_the_kernel_refused),
		TEST(shows_flows_in_the_status),
		TEST(names_the_geo_data_in_the_status),
		TEST(shows_what_takes_long),
		TEST(shows_nothing_of_what_is_quick),
		TEST(shows_nothing_to_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
