// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole daemon, asked through its socket. */
#include "ask.h"
#include "daemon_util.h"

static int set_up_control(void **state)
{
	int err = set_up(state);

	options.control = strdup(test_path("run/control"));
	return err;
}

static int tear_down_control(void **state)
{
	free((char *)options.control);
	return tear_down(state);
}

static bool ask(json_t *request)
{
	json_t *answer = NULL;
	bool ok;

	assert_int_equal(df_ask(options.control, request, &answer), 0);
	ok = json_is_true(json_object_get(answer, "ok"));
	json_decref(request);
	json_decref(answer);
	return ok;
}

static bool begin_flight(const char *name)
{
	return ask(json_pack("{s:s, s:s}", "request", "flight-start", "name",
			     name));
}

static bool end_flight(void)
{
	return ask(json_pack("{s:s}", "request", "flight-stop"));
}

static void records_who_asked(void **state)
{
	char want[128];

	start();
	wait_for_notice("READY=1");
	assert_true(ask(json_pack("{s:s}", "request", "ping")));
	assert_true(begin_flight("field 7"));
	snprintf(want, sizeof(want),
		 "\"flight\":\"start\",\"name\":\"field 7\",\"uid\":%u,\"pid\":%d,",
		 getuid(), getpid());
	/* It is there when the answer is. */
	assert_int_equal(count_logged(want), 1);
	assert_true(ask(json_pack("{s:s, s:s, s:b}", "request",
				  "local-data-mode", "application", "qgc", "on",
				  1)));
	assert_int_equal(count_logged("\"declared\":\"on\",\"app\":\"qgc\""), 1);
	assert_false(ask(json_pack("{s:s}", "request", "reboot")));
	stop_daemon();
	assert_int_equal(access(options.control, F_OK), -1);
}

/* Whatever happens to the daemon, a flight ends once, and under its name. */
static void remembers_the_flight(void **state)
{
	start();
	wait_for_notice("READY=1");
	assert_true(begin_flight("one"));
	kill_daemon();
	start();
	wait_for_notice("READY=1");
	assert_false(begin_flight("two"));
	assert_true(end_flight());
	assert_int_equal(count_logged("\"flight\":\"stop\",\"name\":\"one\""), 1);
	assert_false(end_flight());
	stop_daemon();
}

static void goes_on_without_a_socket(void **state)
{
	free((char *)options.control);
	options.control = strdup("/nowhere/run/control");
	start();
	wait_for_notice("READY=1");
	wait_for_log("no requests are taken at /nowhere/run/control", 1);
	kernel_events(3);
	wait_for_event(4);
	stop_daemon();
}

/* What cannot be kept is not recorded either. */
static void refuses_what_it_cannot_keep(void **state)
{
	start();
	wait_for_notice("READY=1");
	assert_int_equal(mkdir(test_path("state/declared.json"), 0700), 0);
	write_file("state/declared.json/x", "");
	assert_false(begin_flight("one"));
	assert_int_equal(count_logged("\"type\":\"flight\""), 0);
	assert_int_equal(unlink(test_path("state/declared.json/x")), 0);
	assert_int_equal(rmdir(test_path("state/declared.json")), 0);
	assert_true(begin_flight("one"));
	stop_daemon();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_who_asked, set_up_control, tear_down_control),
		cmocka_unit_test_setup_teardown(remembers_the_flight, set_up_control, tear_down_control),
		cmocka_unit_test_setup_teardown(goes_on_without_a_socket, set_up_control, tear_down_control),
		cmocka_unit_test_setup_teardown(refuses_what_it_cannot_keep, set_up_control, tear_down_control),
	};

	if (kernel_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
