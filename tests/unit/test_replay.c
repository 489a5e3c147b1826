// SPDX-License-Identifier: GPL-2.0-or-later
/* Recorded flows under another policy: what changes, and what cannot be told. */
#include "replay.h"
#include "replay_util.h"

static struct df_build build;
static struct df_replay replay;
static char *said;

static void begin(const char *rules, const char *mode, const char *application)
{
	char text[4096];

	snprintf(text, sizeof(text), HEAD
		 "profiles:\n  p:\n    rules:\n%s    default: deny\n"
		 "applications:\n  app: { profile: p, mode: %s }\n", rules, mode);
	if (build_policy(text, &build, &said))
		fail_msg("%s", said);
	assert_int_equal(df_replay_begin(&replay, build.image, at(SPAN_FROM),
					 at(SPAN_TO), application), 0);
}

static int end(void **state)
{
	df_replay_free(&replay);
	df_build_free(&build);
	free(said);
	said = NULL;
	memset(&replay, 0, sizeof(replay));
	return 0;
}

static void take(json_t *record)
{
	assert_int_equal(df_replay_add(&replay, record), 0);
	json_decref(record);
}

#define APP(v, m, addr, port, number, size, ...) \
	(&(const struct seen){ "app", v, m, "tcp", addr, port, number, size, \
			       "" __VA_ARGS__ })

#define OTHER(name, proto, addr, port, number, size) \
	(&(const struct seen){ name, "allow", "enforce", proto, addr, port, \
			       number, size, NULL })

#define RULES "      - { allow: US, protocol: tcp, ports: 443 }\n"

static void assert_sum(const struct df_replay_sum *sum, uint64_t flows,
		       uint64_t bytes)
{
	assert_int_equal(sum->flows, flows);
	assert_int_equal(sum->bytes, bytes);
}

static void each_turn(void **state)
{
	static const struct {
		const char *verdict, *mode, *to;
		const char *becomes;
		enum df_turn turn;
	} cases[] = {
		{ "allow", "enforce", "8.8.8.8", "enforce", DF_TURN_NONE },
		{ "allow", "audit", "8.8.8.8", "enforce", DF_TURN_NONE },
		{ "deny", "audit", "8.8.8.8", "enforce", DF_TURN_NONE },
		{ "drop", "enforce", "8.8.8.8", "enforce", DF_TURN_PASSED },
		{ "deny", "enforce", "8.8.8.8", "audit", DF_TURN_PASSED },
		{ "allow", "enforce", "99.0.0.1", "enforce", DF_TURN_REFUSED },
		{ "deny", "audit", "99.0.0.1", "enforce", DF_TURN_REFUSED },
		{ "deny", "enforce", "99.0.0.1", "enforce", DF_TURN_NONE },
		{ "drop", "enforce", "99.0.0.1", "enforce", DF_TURN_OTHERWISE },
		{ "allow", "enforce", "99.0.0.1", "audit", DF_TURN_WATCHED },
		{ "allow", "audit", "99.0.0.1", "audit", DF_TURN_WATCHED },
		{ "deny", "audit", "99.0.0.1", "audit", DF_TURN_NONE },
		{ "drop", "audit", "99.0.0.1", "audit", DF_TURN_NONE },
		{ "deny", "enforce", "99.0.0.1", "audit", DF_TURN_PASSED },
	};
	size_t i, k;

	for (i = 0; i < COUNT(cases); i++) {
		begin(RULES, cases[i].becomes, NULL);
		take(end_of(APP(cases[i].verdict, cases[i].mode, cases[i].to,
				443, 1, 1000)));
		df_replay_end(&replay);
		for (k = 0; k < DF_TURNS; k++)
			assert_int_equal(replay.turns[k].flows,
					 k == cases[i].turn);
		assert_int_equal(replay.count, cases[i].turn != DF_TURN_NONE);
		assert_int_equal(replay.turns[cases[i].turn].bytes, 1000);
		end(NULL);
	}
}

static void protocols_and_ports(void **state)
{
	begin(RULES, "enforce", NULL);
	take(end_of(APP("allow", "enforce", "8.8.8.8", 443, 1, 10)));
	take(end_of(APP("allow", "enforce", "8.8.8.8", 80, 2, 20)));
	take(end_of(OTHER("app", "udp", "8.8.8.8", 443, 3, 40)));
	take(end_of(OTHER("app", "47", "8.8.8.8", -1, 4, 80)));
	take(end_of(APP("allow", "enforce", "2001:4860::8", 443, 5, 160)));
	df_replay_end(&replay);
	assert_sum(&replay.turns[DF_TURN_NONE], 2, 170);
	assert_sum(&replay.turns[DF_TURN_REFUSED], 3, 140);
	assert_int_equal(df_replay_judged(&replay), 5);
}

/* Both records of a flow are one flow; of an open one there is only the first. */
static void each_flow_once(void **state)
{
	begin(RULES, "enforce", NULL);
	take(verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 1, 0)));
	take(verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 1, 0)));
	take(end_of(APP("allow", "enforce", "99.0.0.1", 443, 1, 500)));
	take(verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 2, 0)));
	/* Another flow has this number now. */
	take(end_of(APP("allow", "enforce", "99.0.0.1", 443, 1, 30)));
	/* And so it does after the module was loaded anew. */
	take(verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 2, 0,
			    ",'instance':'00000000000000bb'")));
	/* Packets without a flow. */
	take(verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 0, 0)));
	take(verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 0, 0)));
	df_replay_end(&replay);
	assert_int_equal(replay.count, 1);
	assert_sum(&replay.rows[0].sum, 6, 530);
	assert_string_equal(replay.rows[0].origin, "policy.yaml:8");
}

static void groups(void **state)
{
	begin(RULES, "enforce", NULL);
	take(end_of(APP("allow", "enforce", "99.0.0.1", 443, 1, 10,
			",'dns':'a.example','country':'CN','asn':4134,'as_name':'Chinanet'")));
	take(end_of(APP("allow", "enforce", "99.0.0.2", 443, 2, 20,
			",'dns':'a.example','country':'CN','asn':4134,'as_name':'Chinanet'")));
	take(end_of(APP("allow", "enforce", "99.0.0.1", 443, 3, 40,
			",'country':'CN','asn':4134")));
	take(end_of(APP("deny", "enforce", "8.8.8.8", 443, 4, 80)));
	df_replay_end(&replay);
	assert_int_equal(replay.count, 3);
	assert_string_equal(replay.rows[0].place, "99.0.0.1");
	assert_sum(&replay.rows[0].sum, 1, 40);
	assert_string_equal(replay.rows[1].place, "a.example");
	assert_string_equal(replay.rows[1].operator, "AS4134");
	assert_string_equal(replay.rows[1].operator_name, "Chinanet");
	assert_string_equal(replay.rows[1].country, "CN");
	assert_sum(&replay.rows[1].sum, 2, 30);
	assert_int_equal(replay.rows[2].turn, DF_TURN_PASSED);
	assert_sum(&replay.rows[2].sum, 1, 80);
}

static void what_cannot_be_judged(void **state)
{
	begin(RULES, "enforce", NULL);
	take(end_of(OTHER("other", "tcp", "8.8.8.8", 443, 1, 7)));
	take(end_of(OTHER("app", "ether-0x88b5", "0.0.0.0", -1, 2, 7)));
	take(verdict_of(APP("deny", "enforce", "8.8.8.8", 443, 3, 0,
			    ",'reason':'hidden'")));
	take(end_of(APP("allow", "enforce", "8.8.8.8", 443, 4, 7,
			",'in':'wlan1'")));
	take(end_of(APP("allow", "enforce", "8.8.8.8", -1, 5, 7)));
	take(end_of(OTHER("app", "999", "8.8.8.8", 443, 6, 7)));
	take(object("{'type':'verdict','time':'2026-11-20T10:30:00Z','verdict':'allow','app':'app','mode':'audit','proto':'tcp','dport':443,'flow':7}"));
	df_replay_end(&replay);
	assert_sum(&replay.unjudged[DF_UNJUDGED_APPLICATION], 1, 7);
	assert_sum(&replay.unjudged[DF_UNJUDGED_ADDRESS], 3, 7);
	assert_sum(&replay.unjudged[DF_UNJUDGED_FORWARDED], 1, 7);
	assert_sum(&replay.unjudged[DF_UNJUDGED_PORT], 2, 14);
	assert_int_equal(df_replay_judged(&replay), 0);
	assert_int_equal(replay.count, 0);
}

/* The end of a flow does not say by which interface it left. */
static void interfaces(void **state)
{
	begin("      - { allow: 8.0.0.0/8, out-interface: \"wg*\" }\n"
	      "      - { deny: 8.8.0.0/16, out-interface: wg0 }\n"
	      "      - { allow: 9.0.0.0/8, out-interface: wg0 }\n"
	      "      - allow: 9.0.0.0/8\n", "enforce", NULL);
	take(verdict_of(APP("allow", "enforce", "8.8.8.8", 443, 1, 0,
			    ",'if':'wg1'")));
	take(verdict_of(APP("allow", "enforce", "8.8.8.8", 443, 2, 0,
			    ",'if':'eth0'")));
	/* No name that the kernel has. */
	take(verdict_of(APP("allow", "enforce", "8.8.8.8", 443, 3, 0,
			    ",'if':'w\\\\x0a'")));
	take(end_of(APP("allow", "enforce", "8.8.8.8", 443, 4, 5)));
	/* Here no interface makes a difference. */
	take(end_of(APP("allow", "enforce", "9.8.8.8", 443, 5, 6)));
	take(end_of(APP("allow", "enforce", "99.0.0.1", 443, 6, 8)));
	df_replay_end(&replay);
	assert_sum(&replay.turns[DF_TURN_NONE], 2, 6);
	assert_sum(&replay.turns[DF_TURN_REFUSED], 2, 8);
	assert_sum(&replay.unjudged[DF_UNJUDGED_INTERFACE], 2, 5);
}

static void span_and_application(void **state)
{
	json_t *record;

	begin(RULES, "enforce", "app");
	take(end_of(OTHER("other", "tcp", "8.8.8.8", 443, 1, 7)));
	record = end_of(APP("allow", "enforce", "99.0.0.1", 443, 2, 7));
	json_object_set_new(record, "start_time",
			    json_string("2026-11-20T08:00:00.000000000Z"));
	json_object_set_new(record, "last_time",
			    json_string("2026-11-20T09:59:59.999999999Z"));
	take(record);
	record = verdict_of(APP("allow", "enforce", "99.0.0.1", 443, 3, 0));
	json_object_set_new(record, "time",
			    json_string("2026-11-20T12:00:00.000000000Z"));
	take(record);
	take(object("{'type':'policy','time':'2026-11-20T10:30:00Z','gen':2}"));
	df_replay_end(&replay);
	assert_int_equal(df_replay_judged(&replay), 0);
	assert_sum(&replay.unjudged[DF_UNJUDGED_APPLICATION], 0, 0);
	assert_sum(&replay.unjudged[DF_UNJUDGED_ADDRESS], 0, 0);
}

static void hostile_names(void **state)
{
	const char *p;

	begin(RULES, "enforce", NULL);
	take(end_of(APP("allow", "enforce", "99.0.0.1", 443, 1, 10,
			",'asn':4134,'as_name':'a\\n\\u001b[2J\\u202e','dns':'x\\r\\ny'")));
	df_replay_end(&replay);
	assert_int_equal(replay.count, 1);
	assert_string_equal(replay.rows[0].place, "x\\x0d\\x0ay");
	for (p = replay.rows[0].operator_name; *p; p++)
		assert_in_range(*p, ' ', '~');
}

/* More places than there are rows: the rest is summed, and nothing is lost. */
static void many_places(void **state)
{
	uint64_t flows = 0;
	char addr[32];
	size_t i;

	begin(RULES, "enforce", NULL);
	for (i = 0; i < DF_REPLAY_ROWS + 100; i++) {
		snprintf(addr, sizeof(addr), "99.1.%zu.%zu", i / 256, i % 256);
		take(end_of(APP("allow", "enforce", addr, 443, i + 1, 1)));
	}
	df_replay_end(&replay);
	assert_int_equal(replay.count, DF_REPLAY_ROWS);
	assert_sum(&replay.rest, 100, 100);
	for (i = 0; i < replay.count; i++)
		flows += replay.rows[i].sum.flows;
	assert_int_equal(flows, DF_REPLAY_ROWS);
	assert_sum(&replay.turns[DF_TURN_REFUSED], DF_REPLAY_ROWS + 100,
		   DF_REPLAY_ROWS + 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_turn),
		cmocka_unit_test_teardown(protocols_and_ports, end),
		cmocka_unit_test_teardown(each_flow_once, end),
		cmocka_unit_test_teardown(groups, end),
		cmocka_unit_test_teardown(what_cannot_be_judged, end),
		cmocka_unit_test_teardown(interfaces, end),
		cmocka_unit_test_teardown(span_and_application, end),
		cmocka_unit_test_teardown(hostile_names, end),
		cmocka_unit_test_teardown(many_places, end),
	};

	return cmocka_run_group_tests(tests, enter_with_geo, leave_tmp_dir);
}
