// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole daemon, asked to switch: what is in force, kept and recorded. */
#include "ask.h"
#include "daemon_util.h"
#include "switches.h"

static const char switch_policy[] =
	"version: 1\n"
	"unlock: 2h\n"
	"profiles:\n"
	"  p: { rules: [ { allow: local } ], default: deny }\n"
	"  maps: { default: deny }\n"
	"applications:\n"
	"  qgc: { match: { cgroup: /qgc }, profile: p }\n";

static int set_up_control(void **state)
{
	int err = set_up(state);

	options.control = strdup(test_path("run/control"));
	write_file("policy.yaml", switch_policy);
	return err;
}

static int tear_down_control(void **state)
{
	free((char *)options.control);
	return tear_down(state);
}

/* The answer, or NULL if it is a refusal. */
static json_t *ask(json_t *request)
{
	json_t *answer = NULL;

	assert_int_equal(df_ask(options.control, request, &answer), 0);
	json_decref(request);
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	json_decref(answer);
	return NULL;
}

/* Ask until it is done; false if it is refused. */
static bool switch_over(json_t *request)
{
	json_t *answer = ask(request);
	json_int_t number;
	bool done = false;

	if (!answer)
		return false;
	number = json_integer_value(json_object_get(answer, "number"));
	json_decref(answer);
	while (!done) {
		answer = ask(json_pack("{s:s, s:I}", "request", "switched",
				       "number", number));
		if (!answer)
			return false;
		done = json_is_true(json_object_get(answer, "done"));
		json_decref(answer);
		usleep(1000);
	}
	return true;
}

static json_t *request_switch(bool on, const char *profile)
{
	return json_pack("{s:s, s:b, s:s, s:s*}", "request", "switch", "on", on,
			 "application", "qgc", "profile", profile);
}

static json_t *request_unlock(int seconds)
{
	return json_pack("{s:s, s:i, s:s, s:s}", "request", "unlock", "seconds",
			 seconds, "why", "the caster moved", "application", "qgc");
}

static bool is_kept(const char *text)
{
	char *kept = access(test_path("state/switches.json"), F_OK) ? strdup("") :
		     read_whole("state/switches.json");
	bool found = strstr(kept, text);

	free(kept);
	return found;
}

static void switches(void **state)
{
	json_t *answer;

	start();
	wait_for_notice("READY=1");
	assert_int_equal(kernel->generation, 1);
	assert_true(switch_over(request_switch(true, NULL)));
	assert_int_equal(kernel->generation, 2);
	assert_int_equal(count_logged("\"switch\":\"on\",\"app\":\"qgc\",\"profile\":\"local-data-mode\""), 1);
	assert_true(is_kept("\"local-data-mode\""));

	/* A reload keeps it, and so does another daemon. */
	reload_daemon();
	wait_for_notice("READY=1");
	assert_int_equal(kernel->generation, 3);
	kill_daemon();
	start();
	wait_for_notice("READY=1");
	answer = ask(json_pack("{s:s}", "request", "status"));
	assert_non_null(answer);
	json_decref(answer);
	assert_true(switch_over(request_switch(false, NULL)));
	assert_false(is_kept("\"local-data-mode\""));
	assert_int_equal(count_logged("\"switch\":\"off\",\"app\":\"qgc\""), 1);
	stop_daemon();
}

/* What did not come into force is neither kept nor recorded. */
static void refuses(void **state)
{
	start();
	wait_for_notice("READY=1");
	assert_false(switch_over(request_switch(true, "gone")));
	assert_false(is_kept("gone"));
	assert_int_equal(kernel->generation, 1);
	assert_true(count_logged("asked to switch: refused: error: the policy has no profile 'gone'") > 0);
	assert_int_equal(count_logged("was not loaded"), 0);

	kernel->refuse = true;
	assert_false(switch_over(request_switch(true, NULL)));
	assert_false(is_kept("local-data-mode"));
	kernel->refuse = false;
	write_file("policy.yaml", "version: 2\n");
	assert_false(switch_over(request_switch(true, NULL)));
	assert_false(is_kept("local-data-mode"));
	assert_int_equal(kernel->generation, 1);
	assert_int_equal(count_logged("\"type\":\"switch\""), 0);
	assert_null(ask(json_pack("{s:s}", "request", "switch")));
	assert_null(ask(json_pack("{s:s, s:i, s:s}", "request", "unlock",
				  "seconds", 60, "why", "")));
	assert_null(ask(json_pack("{s:s, s:b, s:s}", "request", "switch", "on", 1,
				  "profile", "../x")));
	stop_daemon();
}

static void locks_by_itself(void **state)
{
	start();
	wait_for_notice("READY=1");
	assert_true(switch_over(request_unlock(10)));
	assert_int_equal(kernel->generation, 2);
	assert_int_equal(count_logged("\"unlock\":\"begin\",\"app\":\"qgc\""), 1);
	assert_int_equal(count_logged("\"why\":\"the caster moved\""), 1);
	/* Killed in between, another one does it. */
	kill_daemon();
	start();
	wait_for_notice("READY=1");
	wait_for_log("\"unlock\":\"end\",\"app\":\"qgc\"", 1);
	assert_int_equal(kernel->generation, 4);
	assert_false(is_kept("qgc"));
	assert_true(switch_over(request_unlock(3600)));
	assert_true(switch_over(json_pack("{s:s}", "request", "lock")));
	assert_int_equal(count_logged("\"unlock\":\"end\",\"app\":\"*\""), 1);
	stop_daemon();
}

/* A policy that is broken just then is tried again. */
static void locks_when_it_can(void **state)
{
	start();
	wait_for_notice("READY=1");
	assert_true(switch_over(request_unlock(5)));
	write_file("policy.yaml", "version: 2\n");
	wait_for_log("application qgc is still unlocked: ", 1);
	assert_int_equal(count_logged("\"unlock\":\"end\""), 0);
	write_file("policy.yaml", switch_policy);
	wait_for_log("\"unlock\":\"end\",\"app\":\"qgc\"", 1);
	assert_int_equal(kernel->generation, 3);
	stop_daemon();
}

/* Nobody knows what was forbidden: then all is. */
static void shuts_where_it_does_not_know(void **state)
{
	assert_int_equal(mkdir(test_path("state"), 0700), 0);
	write_file("state/switches.json", "{");
	start();
	wait_for_notice("READY=1");
	wait_for_log("what was switched is not known, so local data mode holds for all", 1);
	/* What a pilot may do then shows what is in force. */
	assert_true(switch_over(request_switch(true, NULL)));
	assert_true(is_kept("\"*\""));
	assert_true(switch_over(json_pack("{s:s, s:b}", "request", "switch", "on", 0)));
	assert_false(is_kept("\"*\""));
	stop_daemon();
}

/* While a policy is loaded it is said that this is so; that is no refusal. */
static void is_busy_for_a_while(void **state)
{
	json_t *request = request_switch(true, NULL), *answer = NULL;

	kernel->hold = true;
	start();
	wait_until_held();
	assert_int_equal(df_ask(options.control, request, &answer), 0);
	assert_false(json_is_true(json_object_get(answer, "ok")));
	assert_true(json_is_true(json_object_get(answer, "busy")));
	json_decref(answer);
	json_decref(request);
	kernel->hold = false;
	wait_for_notice("READY=1");
	assert_true(switch_over(request_switch(true, NULL)));
	assert_int_equal(count_logged("asked to switch: refused"), 0);
	stop_daemon();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_control, tear_down_control)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(switches),
		TEST(is_busy_for_a_while),
		TEST(refuses),
		TEST(locks_by_itself),
		TEST(locks_when_it_can),
		TEST(shuts_where_it_does_not_know),
	};

	if (kernel_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
