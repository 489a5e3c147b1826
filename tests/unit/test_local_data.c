// SPDX-License-Identifier: GPL-2.0-or-later
/* A vendor's switch against the records: what contradicts it, and who cannot tell. */
#include "command_util.h"

static int verify_app(const char *app, const char *arguments)
{
	char all[1024];

	snprintf(all, sizeof(all),
		 "verify|%s|--control|/nowhere/x|--store|%s|%s", app,
		 test_path("store.db"), arguments);
	return run(cmd_local_data, all);
}

#define SWITCH(time, app, value)						\
	"{'type':'local-data-mode','time':'2026-11-20T" time ".000000000Z','declared':'" value "','app':'" app "','uid':0,'pid':1,'instance':'aa'}"

#define VERDICT(time, app, verdict, daddr, more)				\
	"{'type':'verdict','time':'2026-11-20T" time ".000000000Z','verdict':'" verdict "','app':'" app "','mode':'enforce','gen':1,'proto':'tcp','daddr':'" daddr "','instance':'aa'" more "}"

#define FLOW(time, app, daddr, bytes)						\
	"{'type':'flow-end','time':'2026-11-20T" time ".000000000Z','start_time':'2026-11-20T" time ".000000000Z','last_time':'2026-11-20T" time ".000000000Z','verdict':'allow','app':'" app "','mode':'enforce','gen':1,'proto':'tcp','daddr':'" daddr "','packets':1,'bytes':" bytes ",'refused_packets':0,'refused_bytes':0,'instance':'aa','country':'US'}"

static void lists_what_was_tried(void **state)
{
	static const char *const lines[] = {
		VERDICT("09:59:59", "qgc", "deny", "8.8.1.1", ""),
		SWITCH("10:00:00", "qgc", "on"),
		SWITCH("10:00:01", "qgc", "on"),
		VERDICT("10:01:00", "qgc", "deny", "47.91.161.230",
			",'country':'US','asn':45102,'as_name':'Alibaba','dns':'a.example\\u001b<b>'"),
		VERDICT("10:02:00", "other", "deny", "8.8.1.2", ""),
		VERDICT("10:03:00", "qgc", "allow", "192.168.1.1", ""),
		FLOW("10:04:00", "qgc", "192.168.1.1", "70"),
		FLOW("10:05:00", "qgc", "8.8.8.8", "1234"),
		SWITCH("10:30:00", "qgc", "off"),
		VERDICT("10:30:01", "qgc", "deny", "8.8.1.3", ""),
		SWITCH("11:00:00", "qgc", "on"),
		VERDICT("11:01:00", "qgc", "drop", "2400:3200::1", ""),
		SWITCH("11:30:00", "qgc", "off"),
		NULL,
	};
	json_t *json, *list;

	make_lines("store.db", lines);
	assert_int_equal(verify_app("qgc", ""), 1);
	assert_non_null(strstr(out, "from 2026-11-20 10:00:00 UTC to 2026-11-20 10:30:00 UTC\n"));
	assert_non_null(strstr(out, "It tried to reach 3 public addresses:\n"));
	assert_non_null(strstr(out, "47.91.161.230"));
	assert_non_null(strstr(out, "AS45102  a.example\\x1b<b>\n"));
	assert_non_null(strstr(out, "2400:3200::1"));
	assert_non_null(strstr(out, " US passed                     1,234 bytes"));
	assert_null(strstr(out, "8.8.1."));
	assert_null(strstr(out, "192.168"));
	assert_int_equal(verify_app("qgc", "--json"), 1);
	json = json_loads(out, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "result")),
			    "violated");
	list = json_object_get(json, "violations");
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "address")),
			    "8.8.8.8");
	json_decref(json);
	/* Only one of the times, and none of them. */
	assert_int_equal(verify_app("qgc", "--since|2026-11-20T10:45:00Z"), 1);
	assert_non_null(strstr(out, "It tried to reach 1 public addresses:\n"));
	assert_int_equal(verify_app("qgc", "--since|2026-11-20T12:00:00Z"),
			 DF_EXIT_NO_OBJECT);
	assert_int_equal(verify_app("qgc", "--until|2026-11-20T09:00:00Z"),
			 DF_EXIT_NO_OBJECT);
	assert_int_equal(verify_app("other", ""), DF_EXIT_NO_OBJECT);
}

/* A copy on another machine: nobody can say that nothing is missing. */
static void cannot_tell(void **state)
{
	static const char *const lines[] = {
		SWITCH("10:00:00", "qgc", "on"),
		FLOW("10:04:00", "qgc", "10.0.0.1", "70"),
		SWITCH("10:30:00", "qgc", "off"),
		NULL,
	};
	json_t *json;

	make_lines("store.db", lines);
	assert_int_equal(verify_app("qgc", ""), DF_EXIT_CANNOT_TELL);
	assert_non_null(strstr(out, "but there may have been some:\n"));
	assert_non_null(strstr(out, "the kernel module was not asked\n"));
	assert_int_equal(verify_app("qgc", "--json"), DF_EXIT_CANNOT_TELL);
	json = json_loads(out, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "result")),
			    "cannot-tell");
	assert_true(json_array_size(json_object_get(json, "lacking")) > 3);
	json_decref(json);
}

/* It is never an accusation that the records cannot be read. */
static void accuses_nobody_without_records(void **state)
{
	assert_int_equal(verify_app("qgc", ""), DF_EXIT_NO_OBJECT);
	write_file("store.db", "nothing that is a store");
	assert_int_equal(verify_app("qgc", ""), DF_EXIT_CANNOT_TELL);
}

static void needs_to_be_asked_right(void **state)
{
	assert_int_equal(verify_app("../x", ""), DF_EXIT_USAGE);
	assert_int_equal(verify_app("qgc", "more"), DF_EXIT_USAGE);
	assert_int_equal(verify_app("qgc", "--since|someday"), DF_EXIT_USAGE);
	assert_int_equal(verify_app("qgc", "--unknown"), DF_EXIT_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_what_was_tried),
		TEST(cannot_tell),
		TEST(accuses_nobody_without_records),
		TEST(needs_to_be_asked_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
