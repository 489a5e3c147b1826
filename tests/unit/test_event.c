// SPDX-License-Identifier: GPL-2.0-or-later
/* Events as text and JSON, to the byte. */
#include "event_util.h"

static void assert_text(const struct df_event *event, const char *want)
{
	char text[DF_EVENT_TEXT_SIZE];

	df_event_text(event, text);
	assert_string_equal(text, want);
}

static void assert_json(const struct df_event *event, const char *want)
{
	json_t *object = df_event_json(event);
	char *text;

	assert_non_null(object);
	text = json_dumps(object, JSON_COMPACT);
	assert_string_equal(text, want);
	free(text);
	json_decref(object);
}

static void writes_the_line_of_the_kernel(void **state)
{
	struct df_event event = make_verdict();

	assert_text(&event,
		    "verdict=deny app=fleet-server mode=enforce reason=operated-by set=prc-clouds country=US votes=US,US,CN rule=2 gen=7 proto=tcp src=10.0.0.2:43210 dst=47.91.161.230:80 len=60 pid=812 comm=curl uid=1000 if=eth0 netns=4026531840 flow=1312 seq=17 suppressed=0");
}

static void writes_what_there_is_not(void **state)
{
	struct df_event event = make_verdict();

	event.verdict = DFENCE_VERDICT_DROP;
	event.mode = DFENCE_MODE_AUDIT;
	event.reason = DFENCE_REASON_DEFAULT;
	event.rule = 0;
	event.protocol = 132;
	event.has_ports = false;
	event.pid = 0;
	event.suppressed = 4294967295u;
	event.comm[0] = '\0';
	event.set[0] = '\0';
	event.ifname[0] = '\0';
	event.country[0] = '\0';
	event.votes[0] = '\0';
	assert_text(&event,
		    "verdict=drop app=fleet-server mode=audit reason=default set=- country=?? votes=- rule=0 gen=7 proto=132 src=10.0.0.2 dst=47.91.161.230 len=60 pid=0 comm=- uid=1000 if=- netns=4026531840 flow=1312 seq=17 suppressed=4294967295");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"verdict\",\"seq\":17,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"verdict\":\"drop\",\"app\":\"fleet-server\",\"mode\":\"audit\",\"reason\":\"default\",\"country\":\"??\",\"rule\":0,\"gen\":7,\"proto\":\"132\",\"saddr\":\"10.0.0.2\",\"daddr\":\"47.91.161.230\",\"len\":60,\"pid\":0,\"uid\":1000,\"netns\":4026531840,\"cgroup\":4711,\"flow\":1312,\"suppressed\":4294967295}");
}

static void writes_ipv6(void **state)
{
	struct df_event event = make_verdict();

	event.family = DF_IPV6;
	event.saddr = (df_u128)0x20010db8u << 96 | 5;
	event.daddr = (df_u128)0x24003200u << 96 | 1;
	event.protocol = 17;
	event.verdict = DFENCE_VERDICT_ALLOW;
	event.reason = DFENCE_REASON_ANY;
	assert_text(&event,
		    "verdict=allow app=fleet-server mode=enforce reason=any set=prc-clouds country=US votes=US,US,CN rule=2 gen=7 proto=udp src=[2001:db8::5]:43210 dst=[2400:3200::1]:80 len=60 pid=812 comm=curl uid=1000 if=eth0 netns=4026531840 flow=1312 seq=17 suppressed=0");
	event.has_ports = false;
	event.protocol = 58;
	assert_text(&event,
		    "verdict=allow app=fleet-server mode=enforce reason=any set=prc-clouds country=US votes=US,US,CN rule=2 gen=7 proto=icmpv6 src=2001:db8::5 dst=2400:3200::1 len=60 pid=812 comm=curl uid=1000 if=eth0 netns=4026531840 flow=1312 seq=17 suppressed=0");
}

static void writes_json(void **state)
{
	struct df_event event = make_verdict();

	assert_json(&event,
		    "{\"v\":1,\"type\":\"verdict\",\"seq\":17,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"verdict\":\"deny\",\"app\":\"fleet-server\",\"mode\":\"enforce\",\"reason\":\"operated-by\",\"set\":\"prc-clouds\",\"country\":\"US\",\"votes\":\"US,US,CN\",\"rule\":2,\"gen\":7,\"proto\":\"tcp\",\"saddr\":\"10.0.0.2\",\"sport\":43210,\"daddr\":\"47.91.161.230\",\"dport\":80,\"len\":60,\"pid\":812,\"comm\":\"curl\",\"uid\":1000,\"if\":\"eth0\",\"netns\":4026531840,\"cgroup\":4711,\"flow\":1312,\"suppressed\":0}");
}

static void writes_policy_changes(void **state)
{
	struct df_event event = make_policy();

	assert_text(&event,
		    "policy=field-laptops gen=8 digest=0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8 seq=18 suppressed=3");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"policy\",\"seq\":18,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"policy\":\"field-laptops\",\"gen\":8,\"digest\":\"0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8\",\"pid\":900,\"comm\":\"dronefence\",\"uid\":0,\"suppressed\":3}");
}

static void writes_ends_of_flows(void **state)
{
	struct df_event event = make_flow_end();

	assert_text(&event,
		    "end=closed app=fleet-server verdict=allow mode=enforce reason=located-in set=US country=US rule=4 gen=7 proto=tcp src=10.0.0.2:43210 dst=47.91.161.230:443 packets=12 bytes=3456 refused_packets=2 refused_bytes=120 duration_ms=1002 pid=812 comm=curl uid=1000 netns=4026531840 flow=1312 seq=19 suppressed=0");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"flow-end\",\"seq\":19,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"end\":\"closed\",\"verdict\":\"allow\",\"app\":\"fleet-server\",\"mode\":\"enforce\",\"reason\":\"located-in\",\"set\":\"US\",\"country\":\"US\",\"rule\":4,\"gen\":7,\"proto\":\"tcp\",\"saddr\":\"10.0.0.2\",\"sport\":43210,\"daddr\":\"47.91.161.230\",\"dport\":443,\"start_time\":\"2026-11-20T12:12:13.121456789Z\",\"last_time\":\"2026-11-20T12:12:14.123456789Z\",\"packets\":12,\"bytes\":3456,\"refused_packets\":2,\"refused_bytes\":120,\"pid\":812,\"comm\":\"curl\",\"uid\":1000,\"netns\":4026531840,\"cgroup\":4711,\"flow\":1312,\"suppressed\":0}");
}

/* As large as they can be, and without a number of the flow. */
static void writes_extreme_ends_of_flows(void **state)
{
	struct df_event event = make_flow_end();
	char text[DF_EVENT_TEXT_SIZE];
	json_t *object;

	event.flow = 0;
	event.end = 99;
	event.totals.bytes = INT64_MAX;
	event.totals.refused_bytes = UINT64_MAX;
	df_event_text(&event, text);
	assert_non_null(strstr(text, "end=? app="));
	assert_non_null(strstr(text, " bytes=9223372036854775807 "));
	assert_non_null(strstr(text, " refused_bytes=18446744073709551615 "));
	object = df_event_json(&event);
	assert_int_equal(json_integer_value(json_object_get(object, "bytes")),
			 INT64_MAX);
	assert_null(json_object_get(object, "flow"));
	json_decref(object);
}

static void writes_placements(void **state)
{
	struct df_event event = make_place(DFENCE_PLACE_ERROR_NONE);

	assert_text(&event,
		    "place=done app=qgc mode=audit error=none gen=9 pid=813 comm=QGroundControl uid=1000 cgroup=4712 seq=20 suppressed=0");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"placed\",\"seq\":20,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"app\":\"qgc\",\"mode\":\"audit\",\"gen\":9,\"pid\":813,\"comm\":\"QGroundControl\",\"uid\":1000,\"cgroup\":4712,\"suppressed\":0}");
	event = make_place(DFENCE_PLACE_ERROR_MEMORY);
	assert_text(&event,
		    "place=failed app=qgc mode=audit error=memory gen=9 pid=813 comm=QGroundControl uid=1000 cgroup=4712 seq=20 suppressed=0");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"place-failed\",\"seq\":20,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"app\":\"qgc\",\"mode\":\"audit\",\"error\":\"memory\",\"gen\":9,\"pid\":813,\"comm\":\"QGroundControl\",\"uid\":1000,\"cgroup\":4712,\"suppressed\":0}");
	strcpy(event.comm, "a b=c");
	event.place_error = 77;
	assert_text(&event,
		    "place=failed app=qgc mode=audit error=? gen=9 pid=813 comm=a\\x20b\\x3dc uid=1000 cgroup=4712 seq=20 suppressed=0");
}

static void writes_refusals(void **state)
{
	struct df_event event = make_refusal();

	assert_text(&event,
		    "refused=policy-begin because=capability refusal=3 gen=9 pid=814 comm=python3 uid=1000 cgroup=4712 seq=21 suppressed=0");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"request-refused\",\"seq\":21,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"command\":\"policy-begin\",\"because\":\"capability\",\"refusal\":3,\"gen\":9,\"pid\":814,\"comm\":\"python3\",\"uid\":1000,\"cgroup\":4712,\"suppressed\":0}");
	strcpy(event.comm, "a b=c");
	event.command = 200;
	event.refused = 200;
	assert_text(&event,
		    "refused=? because=? refusal=3 gen=9 pid=814 comm=a\\x20b\\x3dc uid=1000 cgroup=4712 seq=21 suppressed=0");
}

static void writes_seals(void **state)
{
	struct df_event event = make_seal();

	assert_text(&event,
		    "sealed=7 permitted=4 gen=9 pid=815 comm=dronefence uid=0 seq=22 suppressed=0");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"sealed\",\"seq\":22,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"serial\":7,\"permitted\":4,\"gen\":9,\"pid\":815,\"comm\":\"dronefence\",\"uid\":0,\"suppressed\":0}");
}

static void writes_types_to_come(void **state)
{
	struct df_event event = make_policy();

	event.type = 99;
	assert_text(&event, "event=99 gen=8 seq=18 suppressed=3");
	assert_json(&event,
		    "{\"v\":1,\"type\":\"event\",\"event\":99,\"seq\":18,\"time\":\"2026-11-20T12:13:14.123456789Z\",\"boottime\":88000000001,\"suppressed\":3}");
}

/* The two names that a suspect chooses, in the line and in JSON. */
static void defuses_hostile_names(void **state)
{
	size_t i;

	for (i = 0; i < HOSTILE_NAMES; i++) {
		const struct hostile_name *h = &hostile_names[i];
		struct df_event event = make_verdict();
		char text[DF_EVENT_TEXT_SIZE], want[256];
		json_t *object;

		snprintf(event.comm, sizeof(event.comm), "%s", h->name);
		snprintf(event.ifname, sizeof(event.ifname), "%s", h->name);
		df_event_text(&event, text);
		snprintf(want, sizeof(want), " pid=812 comm=%s uid=1000 if=%s netns=",
			 h->shown, h->shown);
		assert_non_null(strstr(text, want));

		object = df_event_json(&event);
		assert_non_null(object);
		assert_string_equal(json_string_value(json_object_get(object, "comm")),
				    h->shown);
		assert_string_equal(json_string_value(json_object_get(object, "if")),
				    h->shown);
		json_decref(object);
	}
}

/* What is forwarded has no process: not root's number 0, but nothing. */
static void writes_where_a_forwarded_packet_is_from(void **state)
{
	static const uint8_t mac[] = { 2, 0, 0x5e, 0x10, 0, 1 };
	struct df_event event = make_verdict();
	char text[DF_EVENT_TEXT_SIZE];
	json_t *object;

	event.forwarded = true;
	strcpy(event.in, "a b");
	event.has_mac = true;
	memcpy(event.mac, mac, sizeof(mac));
	df_event_text(&event, text);
	assert_non_null(strstr(text, " len=60 pid=- comm=- uid=- if=eth0 in=a\\x20b mac=02:00:5e:10:00:01 netns=4026531840 "));
	object = df_event_json(&event);
	assert_non_null(object);
	assert_null(json_object_get(object, "pid"));
	assert_null(json_object_get(object, "uid"));
	assert_null(json_object_get(object, "comm"));
	assert_null(json_object_get(object, "cgroup"));
	assert_string_equal(json_string_value(json_object_get(object, "in")),
			    "a\\x20b");
	assert_string_equal(json_string_value(json_object_get(object, "mac")),
			    "02:00:5e:10:00:01");
	json_decref(object);

	event = make_flow_end();
	event.forwarded = true;
	strcpy(event.in, "tun0");
	df_event_text(&event, text);
	assert_non_null(strstr(text, " pid=- comm=- uid=- in=tun0 mac=- netns="));
	object = df_event_json(&event);
	assert_null(json_object_get(object, "mac"));
	json_decref(object);
}

/* Whatever the kernel sends, a line has one meaning and one line end. */
static void assert_longest_fits(enum dfence_event_type type, bool forwarded)
{
	struct df_event event = make_verdict();
	char text[DF_EVENT_TEXT_SIZE];
	const char *p;
	json_t *object;

	event.type = type;
	memset(event.application, 0xff, sizeof(event.application) - 1);
	memset(event.set, '\n', sizeof(event.set) - 1);
	memset(event.comm, 1, sizeof(event.comm) - 1);
	memset(event.ifname, '"', sizeof(event.ifname) - 1);
	memset(event.country, 0x80, sizeof(event.country) - 1);
	memset(event.votes, '\\', sizeof(event.votes) - 1);
	event.family = DF_IPV6;
	event.saddr = ~(df_u128)0;
	event.daddr = ~(df_u128)0;
	event.seq = INT64_MAX;
	event.cgroup = INT64_MAX;
	event.time = INT64_MAX;
	event.boottime = INT64_MAX;
	event.generation = UINT32_MAX;
	event.rule = UINT32_MAX;
	event.pid = UINT32_MAX;
	event.uid = UINT32_MAX;
	event.netns = UINT32_MAX;
	event.length = UINT32_MAX;
	event.suppressed = UINT32_MAX;
	event.flow = INT64_MAX;
	memset(&event.totals, 0xff, sizeof(event.totals));
	event.last = UINT64_MAX;
	event.forwarded = forwarded;
	memset(event.in, 0xff, sizeof(event.in) - 1);
	event.has_mac = true;
	df_event_text(&event, text);
	assert_non_null(strstr(text, " suppressed=4294967295"));
	for (p = text; *p; p++)
		assert_true(*p >= ' ' && *p <= '~');
	object = df_event_json(&event);
	assert_non_null(object);
	assert_int_equal(json_integer_value(json_object_get(object, "suppressed")),
			 UINT32_MAX);
	json_decref(object);
}

static void fits_the_longest_event(void **state)
{
	assert_longest_fits(DFENCE_EVENT_VERDICT, false);
	assert_longest_fits(DFENCE_EVENT_FLOW_END, false);
	assert_longest_fits(DFENCE_EVENT_VERDICT, true);
	assert_longest_fits(DFENCE_EVENT_FLOW_END, true);
	assert_longest_fits(DFENCE_EVENT_PLACE_FAILED, false);
	assert_longest_fits(DFENCE_EVENT_SOCKET_CLOSED, false);
	assert_longest_fits(DFENCE_EVENT_REQUEST_REFUSED, false);
	assert_longest_fits(DFENCE_EVENT_SEALED, false);
}

static void escapes_within_bounds(void **state)
{
	char out[16];

	df_escape("abc", 3, "", out, sizeof(out));
	assert_string_equal(out, "abc");
	df_escape("abc", 2, "", out, sizeof(out));
	assert_string_equal(out, "ab");
	df_escape("a b", 3, " ", out, sizeof(out));
	assert_string_equal(out, "a\\x20b");
	/* An escape is there as a whole or not at all. */
	df_escape("\n\n\n\n", 4, "", out, 9);
	assert_string_equal(out, "\\x0a\\x0a");
	df_escape("\n\n\n\n", 4, "", out, 8);
	assert_string_equal(out, "\\x0a");
	df_escape("abc", 3, "", out, 1);
	assert_string_equal(out, "");
}

static void formats_times(void **state)
{
	char buf[DF_TIME_STRLEN];

	df_time_format(0, 9, buf);
	assert_string_equal(buf, "1970-01-01T00:00:00.000000000Z");
	df_time_format(TEST_TIME, 6, buf);
	assert_string_equal(buf, "2026-11-20T12:13:14.123456Z");
	df_time_format(TEST_TIME, 1, buf);
	assert_string_equal(buf, "2026-11-20T12:13:14.1Z");
	df_time_format(UINT64_MAX, 9, buf);
	assert_string_equal(buf, "2554-07-21T23:34:33.709551615Z");
}

static void cuts_what_does_not_fit(void **state)
{
	struct df_fields fields;
	char text[DF_FIELDS_SPACE + 100];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	df_fields_init(&fields);
	df_fields_text(&fields, "empty", "");
	assert_int_equal(fields.count, 0);
	df_fields_text(&fields, "long", text);
	assert_int_equal(fields.count, 1);
	assert_int_equal(strlen(fields.list[0].text), DF_FIELDS_SPACE - 1);
	df_fields_text(&fields, "more", "x");
	assert_int_equal(fields.count, 1);

	df_fields_init(&fields);
	for (i = 0; i < DF_FIELDS_MAX + 5; i++)
		df_fields_number(&fields, "n", UINT64_MAX);
	assert_int_equal(fields.count, DF_FIELDS_MAX);
	assert_string_equal(fields.list[0].text, "18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_line_of_the_kernel),
		cmocka_unit_test(writes_what_there_is_not),
		cmocka_unit_test(writes_ipv6),
		cmocka_unit_test(writes_json),
		cmocka_unit_test(writes_policy_changes),
		cmocka_unit_test(writes_ends_of_flows),
		cmocka_unit_test(writes_extreme_ends_of_flows),
		cmocka_unit_test(writes_placements),
		cmocka_unit_test(writes_refusals),
		cmocka_unit_test(writes_seals),
		cmocka_unit_test(writes_types_to_come),
		cmocka_unit_test(defuses_hostile_names),
		cmocka_unit_test(writes_where_a_forwarded_packet_is_from),
		cmocka_unit_test(fits_the_longest_event),
		cmocka_unit_test(escapes_within_bounds),
		cmocka_unit_test(formats_times),
		cmocka_unit_test(cuts_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
