// SPDX-License-Identifier: GPL-2.0-or-later
/* A vendor's switch against the records: what contradicts it, and who cannot tell. */
#include "cli.h"
#include "store_util.h"

static char *out;

static int open_one(void **state)
{
	setenv("TZ", "UTC", 1);
	return make_test_dir(state);
}

static int close_one(void **state)
{
	free(out);
	out = NULL;
	return remove_test_dir(state);
}

static int verify_app(const char *app, const char *arguments)
{
	static char line[1024];
	char *argv[32] = {
		(char *)"local-data-mode", (char *)"verify", (char *)app,
		(char *)"--control", (char *)"/nowhere/x", (char *)"--store",
		(char *)test_path("store.db"),
	};
	struct cli cli = { 0 };
	int argc = 7, saved = dup(1), fd, status;
	char *rest = line, *word;

	snprintf(line, sizeof(line), "%s", arguments);
	while ((word = strsep(&rest, "|")))
		if (*word)
			argv[argc++] = word;
	fflush(stdout);
	fd = open(test_path("out"), O_CREAT | O_TRUNC | O_WRONLY, 0600);
	dup2(fd, 1);
	close(fd);
	status = (int)cmd_local_data(&cli, argc, argv);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	free(out);
	out = read_whole("out");
	return status;
}

/* Lines as they stand here, ' for ". */
static void make_lines(const char *const *lines)
{
	const struct df_store_mark mark = { .clean = true };
	struct df_store *store;
	char line[2048], *p;

	assert_int_equal(df_store_open(test_path("store.db"), &store), 0);
	for (; *lines; lines++) {
		snprintf(line, sizeof(line), "%s", *lines);
		for (p = line; *p; p++)
			if (*p == '\'')
				*p = '"';
		assert_int_equal(df_store_append(store, line, strlen(line)), 0);
	}
	assert_int_equal(df_store_commit(store, &mark), 0);
	df_store_close(store);
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

	make_lines(lines);
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

	make_lines(lines);
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
