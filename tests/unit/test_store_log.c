// SPDX-License-Identifier: GPL-2.0-or-later
/* The command log: what it finds, how it prints, and what it refuses. */
#include <sys/wait.h>

#include "command_util.h"

#define RECORDS 400

static int open_log(void **state)
{
	int err = open_one(state);

	make_store("store.db", 3, RECORDS);
	return err;
}

/* Run the command; its output is in @out. */
static int run_log(const char *name, const char *arguments)
{
	char all[1024];

	snprintf(all, sizeof(all), "--store|%s|%s", test_path(name), arguments);
	return run(cmd_log, all);
}

static size_t count_text(const char *what)
{
	const char *text = out;
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

static size_t lines(void)
{
	return count_text("\n");
}

/* What SQLite finds by the lines alone. */
static size_t oracle(const char *where)
{
	char sql[512];
	sqlite3_stmt *row;
	sqlite3 *db;
	size_t count;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM record NOT INDEXED WHERE %s",
		 where);
	sqlite3_open(test_path("store.db"), &db);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	count = (size_t)sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return count;
}

static void assert_finds(const char *arguments, const char *where)
{
	char all[512];
	size_t want = oracle(where);

	snprintf(all, sizeof(all), "--json|%s", arguments);
	assert_int_equal(run_log("store.db", all), DF_EXIT_OK);
	if (lines() != want || !want || want == RECORDS)
		fail_msg("%s: %zu, not %zu", arguments, lines(), want);
}

static const char *port_of_first(void)
{
	static char arguments[32];
	size_t port;

	for (port = 0; port < 2000; port++) {
		char where[64];

		snprintf(where, sizeof(where), "number=1 AND dport=%zu", port);
		if (oracle(where))
			break;
	}
	snprintf(arguments, sizeof(arguments), "--port|%zu", port);
	return arguments;
}

static void finds_by_each_question(void **state)
{
	assert_finds("--application|app1", "line->>'$.app'='app1'");
	assert_finds("--verdict|drop", "line->>'$.verdict'='drop'");
	assert_finds("--type|flow-end", "line->>'$.type'='flow-end'");
	assert_finds("--country|CN", "line->>'$.country'='CN'");
	assert_finds("--country|??", "line->>'$.country'='\?\?'");
	assert_finds(port_of_first(), "line->>'$.dport'=(SELECT line->>'$.dport' FROM record WHERE number=1)");
	assert_finds("--addr|2001:db8::/32", "line->>'$.daddr' LIKE '2001:db8:%'");
	assert_finds("--addr|10.0.0.0/8", "line->>'$.saddr' LIKE '10.%'");
	assert_finds("--addr|47.91.0.0/17",
		     "line->>'$.daddr' LIKE '47.91.%' AND CAST(substr(line->>'$.daddr',7) AS INTEGER)<128");
	assert_finds("--since|2026-11-20T12:15:00Z",
		     "line->>'$.time'>='2026-11-20T12:15:00'");
	assert_finds("--until|2026-11-20T12:15:00Z",
		     "line->>'$.time'<'2026-11-20T12:15:00'");
	assert_finds("--since|2026-11-20T12:14:00Z|--until|2026-11-20T12:16:00Z|--application|app2|--verdict|deny",
		     "line->>'$.time' BETWEEN '2026-11-20T12:14:00' AND '2026-11-20T12:16:00' AND line->>'$.app'='app2' AND line->>'$.verdict'='deny'");
	assert_finds("--set|AS45102", "line->>'$.set'='AS45102'");
}

/* No question is a statement. */
static void finds_nothing_by_a_statement(void **state)
{
	assert_int_equal(run_log("store.db", "--json|--application|x' OR '1'='1"),
			 DF_EXIT_OK);
	assert_int_equal(lines(), 0);
	assert_int_equal(run_log("store.db", "--json|--country|%"), DF_EXIT_OK);
	assert_int_equal(lines(), 0);
}

static void prints_in_either_order(void **state)
{
	char *first;

	assert_int_equal(run_log("store.db", "--json|--limit|3"), DF_EXIT_OK);
	assert_int_equal(lines(), 3);
	first = strstr(out, "\"seq\":1,");
	assert_non_null(first);
	assert_true(strstr(out, "\"seq\":2,") > first);
	assert_true(strstr(out, "\"seq\":3,") > strstr(out, "\"seq\":2,"));
	assert_int_equal(run_log("store.db", "--json|--limit|2|--reverse"), DF_EXIT_OK);
	assert_int_equal(lines(), 2);
	assert_true(strstr(out, "\"seq\":400,") < strstr(out, "\"seq\":399,"));
}

/* Only printable characters, and no line more, whatever a task is called. */
static void prints_hostile_names(void **state)
{
	static const char *const forms[] = { "", "--json", "--csv" };
	size_t i;
	char *p;

	for (i = 0; i < 3; i++) {
		assert_int_equal(run_log("store.db", forms[i]), DF_EXIT_OK);
		assert_int_equal(lines(), RECORDS + (i == 2));
		for (p = out; *p; p++)
			if ((*p < ' ' && *p != '\n' && (i != 2 || *p != '\r')) ||
			    *p > '~')
				fail_msg("%s: byte %02x", forms[i], *p);
	}
	/* Nor what somebody wrote into the file. */
	tamper("store.db", "UPDATE record SET line='{\"type\":\"message\",\"message\":\"\\u001b[31m\\u009b\\nnew\",\"\\u001b[2J\":1,\"time\":\"\\u0007\"}' WHERE number=5;"
	       "UPDATE record SET line='\x1b[2J' WHERE number=6");
	for (i = 0; i < 3; i++) {
		assert_int_equal(run_log("store.db", forms[i]), DF_EXIT_OK);
		assert_int_equal(lines(), RECORDS - 1 + (i == 2));
		assert_null(strchr(out, '\x1b'));
		assert_null(strchr(out, '\x07'));
		assert_null(strstr(out, "\xc2\x9b"));
	}
}

static void writes_csv(void **state)
{
	tamper("store.db", "UPDATE record SET line='{\"type\":\"message\",\"message\":\"say \\\"a\\\", b\",\"app\":\"=cmd()\",\"comm\":\"+1\",\"set\":\"@x\",\"verdict\":\"-\"}' WHERE number=1");
	assert_int_equal(run_log("store.db", "--csv|--limit|1"), DF_EXIT_OK);
	assert_int_equal(strncmp(out, "number,time,type,app,verdict,", 29), 0);
	assert_int_equal(count_text("\r\n"), 2);
	assert_non_null(strstr(out, "\r\n1,,message,'=cmd(),'-,,,'@x,,"));
	assert_non_null(strstr(out, ",'+1,"));
	assert_non_null(strstr(out, ",\"say \"\"a\"\", b\",,,,,,,\r\n"));
}

static void prints_a_table(void **state)
{
	assert_int_equal(run_log("store.db", "--limit|3"), DF_EXIT_OK);
	assert_int_equal(lines(), 3);
	assert_non_null(strstr(out, "       1 2026-11-20T12:13:15.123Z "));
	assert_non_null(strstr(out, " fleet-server ") ?: strstr(out, " app"));
	assert_non_null(strstr(out, " tcp "));
}

/* A verdict is the packet's; other things somebody did. */
static void says_who_did_it(void **state)
{
	static const char *const refused[] = {
		"{'type':'request-refused','time':'2026-11-20T12:13:15.123456789Z','command':'policy-begin','refusal':1,'pid':77,'comm':'sh\\\\x20x','uid':1000,'instance':'aa'}",
		NULL,
	};

	make_lines("refused.db", refused);
	assert_int_equal(run_log("refused.db", ""), DF_EXIT_OK);
	assert_non_null(strstr(out, " request-refused - "));
	assert_non_null(strstr(out, " command=policy-begin comm=sh"));
	assert_non_null(strstr(out, " uid=1000\n"));
	assert_int_equal(run_log("store.db", "--limit|1"), DF_EXIT_OK);
	assert_null(strstr(out, " uid="));
}

static void proves(void **state)
{
	char head[DF_STORE_HASH_STRLEN], arguments[256];

	df_store_hash_text(verify("store.db").head.hash, head);
	assert_int_equal(run_log("store.db", "--verify"), DF_EXIT_OK);
	assert_non_null(strstr(out, "intact\n"));
	snprintf(arguments, sizeof(arguments), "400:%s\n", head);
	assert_non_null(strstr(out, arguments));
	snprintf(arguments, sizeof(arguments), "--verify|--head|400:%s", head);
	assert_int_equal(run_log("store.db", arguments), DF_EXIT_OK);
	snprintf(arguments, sizeof(arguments), "--verify|--head|%s", head);
	assert_int_equal(run_log("store.db", arguments), DF_EXIT_OK);
	snprintf(arguments, sizeof(arguments), "--verify|--head|399:%s", head);
	assert_int_equal(run_log("store.db", arguments), DF_EXIT_BROKEN);
	snprintf(arguments, sizeof(arguments), "--verify|--head|401:%s", head);
	assert_int_equal(run_log("store.db", arguments), DF_EXIT_BROKEN);
	assert_non_null(strstr(out, "records 401 to 401, the newest, are missing"));
	tamper("store.db", "UPDATE record SET line=line||' ' WHERE number=77");
	assert_int_equal(run_log("store.db", "--verify|--json"), DF_EXIT_BROKEN);
	assert_non_null(strstr(out, "\"broken\": 77"));
	assert_non_null(strstr(out, "\"intact\": false"));
}

static void refuses_nonsense(void **state)
{
	static const char *const wrong[] = {
		"--since|soon", "--port|65536", "--port|-1", "--port|http",
		"--addr|1.2.3", "--addr|1.2.3.4/33", "--limit|x", "--limit|-1",
		"--head|00", "--verify|--head|00", "--verify|--head|x:00",
		"--follow|--reverse", "--follow|--limit|3", "nonsense",
		"--nonsense",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (run_log("store.db", wrong[i]) != DF_EXIT_USAGE)
			fail_msg("%s", wrong[i]);
		assert_string_equal(out, "");
	}
	assert_int_equal(run_log("none.db", ""), DF_EXIT_NO_OBJECT);
	write_file("text.db", "no database, however long one looks at it, and one has to look for a hundred bytes before one may say that it is none");
	assert_int_equal(run_log("text.db", ""), DF_EXIT_BROKEN);
	assert_int_equal(run_log("text.db", "--verify"), DF_EXIT_BROKEN);
}

/* A copy on a medium that cannot be written; its name means nothing. */
static void reads_a_copy(void **state)
{
	char from[256], to[256];
	int status;
	pid_t pid;

	assert_int_equal(mkdir(test_path("c?a=%41#"), 0755), 0);
	snprintf(from, sizeof(from), "%s", test_path("store.db"));
	snprintf(to, sizeof(to), "%s", test_path("c?a=%41#/store.db"));
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(chmod(test_path("c?a=%41#"), 0555), 0);
	/* Root could write there all the same. */
	assert_int_equal(chmod(test_dir, 0755), 0);
	assert_int_equal(chmod(test_path("c?a=%41#/store.db"), 0644), 0);
	pid = fork();
	if (!pid) {
		struct df_store_reader *reader;
		struct df_store_report report;

		if (!getuid() && setuid(65534))
			_exit(1);
		if (df_store_read(test_path("c?a=%41#/store.db"), &reader) ||
		    df_store_verify(reader, NULL, &report))
			_exit(2);
		_exit(report.fault || report.count != RECORDS ? 3 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(run_log("c?a=%41#/store.db", "--verify"), DF_EXIT_OK);
	assert_int_equal(run_log("c?a=%41#/store.db", "--json"), DF_EXIT_OK);
	assert_int_equal(lines(), RECORDS);
	assert_int_equal(chmod(test_path("c?a=%41#"), 0755), 0);
}

#define LOG_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_log, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(finds_by_each_question),
		LOG_TEST(finds_nothing_by_a_statement),
		LOG_TEST(prints_in_either_order),
		LOG_TEST(prints_hostile_names),
		LOG_TEST(writes_csv),
		LOG_TEST(prints_a_table),
		LOG_TEST(says_who_did_it),
		LOG_TEST(proves),
		LOG_TEST(refuses_nonsense),
		LOG_TEST(reads_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
