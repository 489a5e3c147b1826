// SPDX-License-Identifier: GPL-2.0-or-later
/* What an operator declares: requests good and bad, the file, the records. */
#include <syslog.h>

#include "declare.h"
#include "flight.h"
#include "sink_util.h"

static struct df_declared declared;
static struct df_declaration declaration;

static const char *declare(const char *text)
{
	json_t *request = json_loads(text, JSON_ALLOW_NUL, NULL);
	const char *why;

	assert_non_null(request);
	why = df_declare(&declared, request, &declaration);
	json_decref(request);
	return why;
}

static int ground(void **state)
{
	declared.flight[0] = '\0';
	return make_test_dir(state);
}

static void takes_a_flight(void **state)
{
	assert_null(declare("{\"request\":\"flight-start\",\"name\":\"field 7\"}"));
	assert_int_equal(declaration.what, DF_DECLARED_FLIGHT);
	assert_true(declaration.on);
	assert_string_equal(declaration.name, "field 7");
	assert_string_equal(declared.flight, "field 7");
	/* One at a time. */
	assert_non_null(declare("{\"request\":\"flight-start\",\"name\":\"other\"}"));
	assert_string_equal(declared.flight, "field 7");
	assert_null(declare("{\"request\":\"flight-stop\"}"));
	assert_false(declaration.on);
	assert_string_equal(declaration.name, "field 7");
	assert_non_null(declare("{\"request\":\"flight-stop\"}"));
}

static void takes_local_data_mode(void **state)
{
	assert_null(declare("{\"request\":\"local-data-mode\",\"application\":\"qgc\",\"on\":true}"));
	assert_int_equal(declaration.what, DF_DECLARED_LOCAL_DATA);
	assert_true(declaration.on);
	assert_string_equal(declaration.name, "qgc");
	assert_null(declare("{\"request\":\"local-data-mode\",\"application\":\"qgc\",\"on\":false}"));
	assert_false(declaration.on);
}

static void takes_learning(void **state)
{
	assert_null(declare("{\"request\":\"learn-start\",\"application\":\"qgc\",\"seconds\":1209600}"));
	assert_int_equal(declaration.what, DF_DECLARED_LEARNING);
	assert_true(declaration.on);
	assert_int_equal(declaration.seconds, 1209600);
	assert_string_equal(declaration.name, "qgc");
	assert_null(declare("{\"request\":\"learn-stop\",\"application\":\"qgc\",\"seconds\":7}"));
	assert_false(declaration.on);
	assert_int_equal(declaration.seconds, 0);
}

static void refuses_the_rest(void **state)
{
	static const char *const bad[] = {
		"{}", "{\"request\":1}", "{\"request\":\"flight\"}",
		"{\"request\":\"flight-start\"}",
		"{\"request\":\"flight-start\",\"name\":\"\"}",
		"{\"request\":\"flight-start\",\"name\":7}",
		"{\"request\":\"flight-start\",\"name\":\"a\\nb\"}",
		"{\"request\":\"flight-start\",\"name\":\"a\\u001bb\"}",
		"{\"request\":\"flight-start\",\"name\":\"a\\u007fb\"}",
		"{\"request\":\"flight-start\",\"name\":\"a\\u202eb\"}",
		"{\"request\":\"flight-start\",\"name\":\"a\\tb\"}",
		"{\"request\":\"flight-start\",\"name\":\"a\\u0000b\"}",
		"{\"request\":\"flight-start\",\"name\":\"1234567890123456789012345678901234567890123456789012345678901234x\"}",
		"{\"request\":\"learn\",\"application\":\"qgc\",\"seconds\":7}",
		"{\"request\":\"learn-start\",\"application\":\"qgc\"}",
		"{\"request\":\"learn-start\",\"application\":\"qgc\",\"seconds\":0}",
		"{\"request\":\"learn-start\",\"application\":\"qgc\",\"seconds\":-1}",
		"{\"request\":\"learn-start\",\"application\":\"qgc\",\"seconds\":31622401}",
		"{\"request\":\"learn-start\",\"application\":\"qgc\",\"seconds\":4294967297}",
		"{\"request\":\"learn-start\",\"application\":\"qgc\",\"seconds\":\"7\"}",
		"{\"request\":\"learn-start\",\"application\":\"q gc\",\"seconds\":7}",
		"{\"request\":\"learn-stop\"}",
		"{\"request\":\"local-data-mode\",\"on\":true}",
		"{\"request\":\"local-data-mode\",\"application\":\"qgc\"}",
		"{\"request\":\"local-data-mode\",\"application\":\"qgc\",\"on\":1}",
		"{\"request\":\"local-data-mode\",\"application\":\"../qgc\",\"on\":true}",
		"{\"request\":\"local-data-mode\",\"application\":\"\",\"on\":true}",
		"{\"request\":\"local-data-mode\",\"application\":\"a23456789012345678901234567890123456789012345678901234567890123456789\",\"on\":true}",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!declare(bad[i]))
			fail_msg("taken: %s", bad[i]);
	assert_string_equal(declared.flight, "");
	assert_null(declare("{\"request\":\"flight-start\",\"name\":\"1234567890123456789012345678901234567890123456789012345678901234\"}"));
}

static void keeps_the_flight(void **state)
{
	struct df_declared other = { .flight = "x" };

	assert_int_equal(df_declared_load(test_dir, &other), 0);
	assert_string_equal(other.flight, "");
	strcpy(declared.flight, "\xc3\xbc \"7\"");
	assert_int_equal(df_declared_save(test_dir, &declared), 0);
	assert_int_equal(df_declared_load(test_dir, &other), 0);
	assert_string_equal(other.flight, declared.flight);
	assert_int_equal(df_declared_save("/nowhere", &declared), -ENOENT);
}

static void does_not_trust_the_file(void **state)
{
	static const char *const bad[] = {
		"", "{", "{\"flight\":\"a\\nb\"}", "{\"flight\":\"a\",\"flight\":\"b\"}",
		"{\"flight\":\"12345678901234567890123456789012345678901234567890123456789012345\"}",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file("declared.json", bad[i]);
		strcpy(declared.flight, "x");
		assert_int_equal(df_declared_load(test_dir, &declared), -EINVAL);
		assert_string_equal(declared.flight, "");
	}
}

static struct df_record make(enum df_declared_what what, bool on,
			     const char *name)
{
	struct df_record record = {
		.type = DF_RECORD_DECLARATION, .instance = 0x8c00000000000001,
		.time = TEST_TIME,
		.declaration = { .what = what, .on = on, .uid = 0, .pid = 812 },
	};

	strcpy(record.declaration.name, name);
	return record;
}

static const char *json_of(const struct df_record *record)
{
	static struct df_buffer buffer;

	df_buffer_reset(&buffer);
	assert_int_equal(df_record_json(record, &buffer), 0);
	buffer.data[buffer.length] = '\0';
	return buffer.data;
}

static void writes_records(void **state)
{
	struct df_record record = make(DF_DECLARED_FLIGHT, true, "field 7");
	char text[DF_RECORD_TEXT_SIZE];

	assert_int_equal(df_record_priority(&record), LOG_NOTICE);
	assert_string_equal(json_of(&record),
			    "{\"v\":1,\"type\":\"flight\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"flight\":\"start\",\"name\":\"field 7\",\"uid\":0,\"pid\":812,\"instance\":\"8c00000000000001\"}");
	df_record_text(&record, text);
	assert_string_equal(text, "flight=start name=field\\x207 uid=0 pid=812");
	record = make(DF_DECLARED_LOCAL_DATA, false, "qgc");
	assert_string_equal(json_of(&record),
			    "{\"v\":1,\"type\":\"local-data-mode\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"declared\":\"off\",\"app\":\"qgc\",\"uid\":0,\"pid\":812,\"instance\":\"8c00000000000001\"}");
	df_record_text(&record, text);
	assert_string_equal(text, "declared=off app=qgc uid=0 pid=812");
	record = make(DF_DECLARED_LEARNING, true, "qgc");
	record.declaration.seconds = 14 * 86400;
	assert_string_equal(json_of(&record),
			    "{\"v\":1,\"type\":\"learning\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"learning\":\"start\",\"app\":\"qgc\",\"until\":\"2026-12-04T12:13:14.123456789Z\",\"uid\":0,\"pid\":812,\"instance\":\"8c00000000000001\"}");
	df_record_text(&record, text);
	assert_string_equal(text, "learning=start app=qgc until=2026-12-04T12:13:14.123456789Z uid=0 pid=812");
	record = make(DF_DECLARED_LEARNING, false, "qgc");
	df_record_text(&record, text);
	assert_string_equal(text, "learning=stop app=qgc uid=0 pid=812");
}

static void escapes_names(void **state)
{
	char text[DF_RECORD_TEXT_SIZE];
	size_t i, j;

	for (i = 0; i < HOSTILE_NAMES; i++) {
		struct df_record record = make(DF_DECLARED_FLIGHT, true,
					       hostile_names[i].name);
		char want[256];

		df_record_text(&record, text);
		snprintf(want, sizeof(want), "flight=start name=%s uid=0 pid=812",
			 hostile_names[i].shown);
		assert_string_equal(text, want);
		json_of(&record);
		for (j = 0; json_of(&record)[j]; j++)
			assert_true(json_of(&record)[j] >= ' ' &&
				    json_of(&record)[j] <= '~');
	}
}

static bool scan(struct df_flight_scan *s, const char *what, const char *name,
		 const char *time, struct df_flight *flight)
{
	json_t *record = json_pack("{s:s, s:s, s:s}", "flight", what, "name",
				   name, "time", time);
	bool over = df_flight_next(s, record, flight);

	json_decref(record);
	return over;
}

static void reads_flights(void **state)
{
	struct df_flight_scan s = { 0 };
	struct df_flight f;

	assert_false(scan(&s, "stop", "a", "2026-11-20T10:00:00.0Z", &f));
	assert_false(scan(&s, "start", "a", "2026-11-20T10:00:01.0Z", &f));
	assert_true(scan(&s, "stop", "a", "2026-11-20T10:00:03.0Z", &f));
	assert_string_equal(f.name, "a");
	assert_int_equal(f.end - f.begin, 2000000000);
	assert_false(scan(&s, "stop", "a", "2026-11-20T10:00:04.0Z", &f));
	/* One whose end is missing. */
	assert_false(scan(&s, "start", "b\x1b\"", "2026-11-20T10:00:05.0Z", &f));
	assert_true(scan(&s, "start", "c", "2026-11-20T10:00:06.0Z", &f));
	assert_string_equal(f.name, "b\\x1b\\x22");
	assert_int_equal(f.end, INT64_MAX);
	assert_false(scan(&s, "crash", "c", "2026-11-20T10:00:07.0Z", &f));
	assert_false(scan(&s, "stop", "c", "yesterday evening", &f));
	assert_true(s.open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(takes_a_flight, ground, remove_test_dir),
		cmocka_unit_test_setup_teardown(takes_local_data_mode, ground, remove_test_dir),
		cmocka_unit_test_setup_teardown(takes_learning, ground, remove_test_dir),
		cmocka_unit_test_setup_teardown(refuses_the_rest, ground, remove_test_dir),
		cmocka_unit_test_setup_teardown(keeps_the_flight, ground, remove_test_dir),
		cmocka_unit_test_setup_teardown(does_not_trust_the_file, ground, remove_test_dir),
		cmocka_unit_test(writes_records),
		cmocka_unit_test(escapes_names),
		cmocka_unit_test(reads_flights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
