// SPDX-License-Identifier: GPL-2.0-or-later
/* Rates from two looks, the latest flows, and what top shows of them. */
#include "situation_util.h"
#include "top_print.h"

#define SEC 1000000000ull

static struct df_top top;
static struct capture capture;

static int set_up(void **state)
{
	memset(&top, 0, sizeof(top));
	make_situation(&top.before);
	make_situation(&top.now);
	top.now.time = top.before.time + 2 * SEC;
	return 0;
}

static int tear_down(void **state)
{
	df_top_free(&top);
	return 0;
}

static struct df_counters *counters(struct df_situation *situation, size_t app)
{
	return &situation->apps.list[app].counters;
}

static void computes_rates(void **state)
{
	struct df_top_rate rate;

	counters(&top.before, 1)->packets = 100;
	counters(&top.now, 1)->packets = 107;
	counters(&top.before, 1)->bytes = 1ull << 60;
	counters(&top.now, 1)->bytes = (1ull << 60) + 4096;
	counters(&top.now, 1)->denied_packets = 3;
	counters(&top.now, 1)->dropped_packets = 3;
	assert_true(df_top_rate(&top, 1, &rate));
	/* 3.5 is rounded. */
	assert_int_equal(rate.packets, 4);
	assert_int_equal(rate.bytes, 2048);
	assert_int_equal(rate.refused, 3);
	assert_true(df_top_rate(&top, 0, &rate));
	assert_int_equal(rate.packets, 0);
}

/* By its name: the policy may have another order now. */
static void finds_the_application(void **state)
{
	struct df_top_rate rate;

	counters(&top.before, 0)->packets = 50;
	counters(&top.now, 0)->packets = 60;
	strcpy(top.now.apps.list[0].name, "qgc");
	strcpy(top.now.apps.list[1].name, "new");
	assert_true(df_top_rate(&top, 0, &rate));
	assert_int_equal(rate.packets, 30);
	assert_false(df_top_rate(&top, 1, &rate));
}

static void knows_when_there_is_none(void **state)
{
	struct df_top_rate rate;

	top.now.status.instance++;
	assert_false(df_top_rate(&top, 0, &rate));
	top.now.status.instance--;
	assert_true(df_top_rate(&top, 0, &rate));
	counters(&top.before, 0)->bytes = 1;
	assert_false(df_top_rate(&top, 0, &rate));
	counters(&top.before, 0)->bytes = 0;
	top.now.time = top.before.time;
	assert_false(df_top_rate(&top, 0, &rate));
	df_situation_free(&top.before);
	top.now.time = 5 * SEC;
	assert_false(df_top_rate(&top, 0, &rate));
}

static void add_flow(uint64_t last, enum dfence_verdict verdict)
{
	struct df_flow flow = {
		.id = last, .verdict = verdict, .last = last * SEC,
		.protocol = 6, .family = DF_IPV4, .daddr = 0xdf050505,
		.has_ports = true, .dport = 443, .country = "CN",
		.application = "qgc", .set = "CN",
		.totals = { .bytes = 2048, .refused_packets = last % 2 },
	};

	assert_int_equal(df_top_add(&flow, &top), 0);
}

static void keeps_the_latest_flows(void **state)
{
	uint64_t i;

	/* 7, 14 ... 0 ...: all from 0 to 100, in no order. */
	for (i = 0; i < 101; i++)
		add_flow(i * 7 % 101, DFENCE_VERDICT_ALLOW);
	assert_int_equal(top.talks.count, DF_TOP_FLOWS);
	assert_int_equal(top.attempts.count, 0);
	for (i = 0; i < DF_TOP_FLOWS; i++)
		assert_int_equal(top.talks.list[i].id, 100 - i);
	add_flow(5, DFENCE_VERDICT_DENY);
	add_flow(6, DFENCE_VERDICT_DROP);
	assert_int_equal(top.attempts.count, 2);
	assert_int_equal(top.attempts.list[0].id, 6);
}

static void shows_it(void **state)
{
	char *text;

	counters(&top.now, 1)->packets = 20;
	counters(&top.now, 1)->bytes = 4096;
	top.now.processes[0] = 0;
	top.now.ills[0] = 1u << DF_ILL_NOTHING;
	add_flow(5, DFENCE_VERDICT_DENY);
	add_flow(6, DFENCE_VERDICT_ALLOW);
	top_print(begin_capture(&capture), &top, 10 * SEC);
	text = end_capture(&capture);
	assert_string_equal(text,
			    "state         sealed\n"
			    "policy        field, generation 3\n"
			    "\n"
			    "application                    procs packets/s    bytes/s refused/s     packets   refused\n"
			    "fleet                idle          0         0        0 B         0           0         0\n"
			    "qgc                  enforced      1        10    2.0 KiB         0          20         0\n"
			    "\n"
			    "refused, or refused but for audit mode, the latest first\n"
			    "  qgc                deny  tcp  223.5.5.5:443 CN CN, passed 2.0 KiB, refused 1, idle 5 s\n"
			    "\n"
			    "allowed, the latest first\n"
			    "  qgc                allow tcp  223.5.5.5:443 CN CN, passed 2.0 KiB, idle 4 s\n");
	free(text);
}

static void shows_no_names_as_they_are(void **state)
{
	char *text, *c;

	add_flow(5, DFENCE_VERDICT_DENY);
	strcpy(top.attempts.list[0].set, "a\n\x1b[31m");
	strcpy(top.attempts.list[0].country, "\x1b]");
	strcpy(top.now.apps.list[0].name, "\x1b\n\xff");
	top_print(begin_capture(&capture), &top, 10 * SEC);
	text = end_capture(&capture);
	for (c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	assert_non_null(strstr(text, "\\x1b\\x0a\\xff"));
	free(text);
}

static void says_why(void **state)
{
	char *text;

	top.now.loaded = false;
	df_apps_free(&top.now.apps);
	top.now.has_policy = false;
	top_print(begin_capture(&capture), &top, 10 * SEC);
	text = end_capture(&capture);
	assert_string_equal(text,
			    "state         open\n"
			    "              the kernel module is not loaded: nothing is fenced\n");
	free(text);
}

static const char *text_in(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static void is_a_document(void **state)
{
	json_t *json, *app, *flow;

	counters(&top.now, 1)->packets = 20;
	top.now.ills[1] = 1u << DF_ILL_AUDIT;
	add_flow(5, DFENCE_VERDICT_DENY);
	json = top_json(&top);
	assert_non_null(json);
	assert_string_equal(text_in(json, "state"), "audit");
	assert_int_equal(json_array_size(json_object_get(json, "reasons")), 1);
	app = json_array_get(json_object_get(json, "applications"), 1);
	assert_string_equal(text_in(app, "name"), "qgc");
	assert_true(json_is_false(json_object_get(app, "enforced")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(app, "rate"),
							    "packets")), 10);
	flow = json_array_get(json_object_get(json, "refused"), 0);
	assert_string_equal(text_in(flow, "destination"), "223.5.5.5");
	assert_string_equal(text_in(flow, "country"), "CN");
	assert_string_equal(text_in(flow, "verdict"), "deny");
	json_decref(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(computes_rates),
		TEST(finds_the_application),
		TEST(knows_when_there_is_none),
		TEST(keeps_the_latest_flows),
		TEST(shows_it),
		TEST(shows_no_names_as_they_are),
		TEST(says_why),
		TEST(is_a_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
