// SPDX-License-Identifier: GPL-2.0-or-later
/* Times of learning: what the records say, what is shown, what a draft goes by. */
#include "command_util.h"
#include "learning.h"
#include "when.h"

static int64_t at(const char *text)
{
	int64_t ns;

	assert_int_equal(df_when_parse(text, 0, &ns), 0);
	return ns;
}

static void add(struct df_learning *learning, const char *what, const char *time,
		const char *until)
{
	json_t *record = json_pack("{s:s, s:s, s:s}", "learning", what, "time",
				   time, "until", until);

	df_learning_add(learning, record);
	json_decref(record);
}

#define DAY(time) "2026-11-20T" time ".000000000Z"

static void finds_the_last_one(void **state)
{
	struct df_learning l = { 0 };

	add(&l, "stop", DAY("10:00:00"), "");
	assert_false(l.known);
	add(&l, "start", DAY("10:00:01"), DAY("10:30:00"));
	assert_true(l.known);
	assert_int_equal(l.begin, at(DAY("10:00:01")));
	assert_int_equal(l.end, at(DAY("10:30:00")));
	add(&l, "stop", DAY("10:20:00"), "");
	assert_int_equal(l.end, at(DAY("10:20:00")));
	/* It is over already. */
	add(&l, "stop", DAY("10:25:00"), "");
	assert_int_equal(l.end, at(DAY("10:20:00")));
	add(&l, "start", DAY("11:00:00"), DAY("12:00:00"));
	assert_int_equal(l.begin, at(DAY("11:00:00")));
	assert_int_equal(l.end, at(DAY("12:00:00")));
}

static void leaves_out_nonsense(void **state)
{
	struct df_learning l = { 0 };

	add(&l, "start", DAY("11:00:00"), DAY("11:00:00"));
	add(&l, "start", DAY("11:00:00"), DAY("10:00:00"));
	add(&l, "start", DAY("11:00:00"), "soon");
	add(&l, "start", "now and then", DAY("12:00:00"));
	add(&l, "begin", DAY("11:00:00"), DAY("12:00:00"));
	assert_false(l.known);
	add(&l, "start", DAY("11:00:00"), DAY("12:00:00"));
	/* The clock was set back. */
	add(&l, "stop", DAY("10:00:00"), "");
	assert_int_equal(l.end, at(DAY("12:00:00")));
}

#define LEARN(time, app, what, more)						\
	"{'type':'learning','time':'2026-11-20T" time ".000000000Z','learning':'" what "','app':'" app "'" more ",'uid':0,'pid':1,'instance':'aa'}"

#define UNTIL(text) ",'until':'" text "'"

#define FLOW(time, app, daddr)							\
	"{'type':'flow-end','time':'2026-11-20T" time ".000000000Z','start_time':'2026-11-20T" time ".000000000Z','last_time':'2026-11-20T" time ".000000000Z','verdict':'allow','app':'" app "','mode':'audit','gen':1,'proto':'udp','daddr':'" daddr "','dport':53,'packets':1,'bytes':10,'refused_packets':0,'refused_bytes':0,'instance':'aa','country':'US'}"

static const char *const lines[] = {
	FLOW("10:00:00", "app", "8.8.8.1"),
	LEARN("10:00:01", "app", "start", UNTIL("2026-11-20T12:00:00.0Z")),
	LEARN("10:00:02", "other", "start", UNTIL("2222-01-01T00:00:00.0Z")),
	FLOW("11:00:00", "app", "8.8.8.2"),
	FLOW("13:00:00", "app", "8.8.8.3"),
	FLOW("13:00:01", "other", "8.8.8.4"),
	NULL,
};

static int run_on(enum df_exit (*command)(const struct cli *, int, char **),
		  const char *arguments)
{
	char all[1024];

	snprintf(all, sizeof(all), "--control|/nowhere/x|--store|%s|%s",
		 test_path("store.db"), arguments);
	return run(command, all);
}

static void shows_it(void **state)
{
	make_lines("store.db", lines);
	assert_int_equal(run_on(cmd_learn, "app"), DF_EXIT_OK);
	assert_string_equal(out, "app: learning from 2026-11-20T10:00:01.000Z to 2026-11-20T12:00:00.000Z, over\n"
				 "next: dronefence draft app\n");
	assert_int_equal(run_on(cmd_learn, "other"), DF_EXIT_OK);
	assert_non_null(strstr(out, "2222-01-01T00:00:00.000Z, under way\n"));
	assert_int_equal(run_on(cmd_learn, "third"), DF_EXIT_NO_OBJECT);
	assert_string_equal(out, "");
	assert_int_equal(run_on(cmd_learn, "--json|other"), DF_EXIT_OK);
	assert_non_null(strstr(out, "\"over\": false"));
}

static void refuses_other_words(void **state)
{
	static const char *const bad[] = {
		"", "app|app", "app|--for|0s", "app|--for|14", "app|--for|-1d",
		"app|--for|yesterday", "app|--for", "app|--for|1d|--stop",
		"../app", "app|--until|1d",
	};
	size_t i;

	make_lines("store.db", lines);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (run_on(cmd_learn, bad[i]) != DF_EXIT_USAGE)
			fail_msg("taken: %s", bad[i]);
	/* Nobody listens. */
	assert_int_equal(run_on(cmd_learn, "app|--stop"), DF_EXIT_FAILED);
}

static void draft_goes_by_it(void **state)
{
	make_lines("store.db", lines);
	assert_int_equal(run_on(cmd_draft, "app"), DF_EXIT_OK);
	assert_non_null(strstr(out, "from 2026-11-20 10:00:01 UTC\n# to 2026-11-20 12:00:00 UTC."));
	assert_non_null(strstr(out, "8.8.8.2"));
	assert_null(strstr(out, "8.8.8.1"));
	assert_null(strstr(out, "8.8.8.3"));
	/* As far as it went. */
	assert_int_equal(run_on(cmd_draft, "other"), DF_EXIT_OK);
	assert_non_null(strstr(out, "8.8.8.4"));
	assert_int_equal(run_on(cmd_draft, "app|--since|2026-11-20"), DF_EXIT_OK);
	assert_non_null(strstr(out, "8.8.8.1"));
	assert_non_null(strstr(out, "8.8.8.3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_last_one),
		cmocka_unit_test(leaves_out_nonsense),
		cmocka_unit_test_setup_teardown(shows_it, open_one, close_one),
		cmocka_unit_test_setup_teardown(refuses_other_words, open_one, close_one),
		cmocka_unit_test_setup_teardown(draft_goes_by_it, open_one, close_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
