// SPDX-License-Identifier: GPL-2.0-or-later
/* The switch asks and asks again, of a daemon that does not answer each time. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "command_util.h"

static const char *const taken = "{\"ok\":true,\"number\":7}";
static const char *const waits = "{\"ok\":true,\"done\":false}";
static const char *const done = "{\"ok\":true,\"done\":true}";
static const char *const busy =
	"{\"ok\":false,\"busy\":true,\"error\":\"a policy is being loaded\"}";
static const char *const refused = "{\"ok\":false,\"error\":\"no\"}";

/* In place of an answer. */
static const char *const lost = "";

/* The message of who connects next, and an answer to it. Exits with 1 if it is not @expected. */
static void answer_one(int listening, const char *expected, const char *answer)
{
	int fd = accept(listening, NULL, NULL);
	char text[1024];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	if (length <= 0)
		_exit(1);
	text[length] = '\0';
	if (!strstr(text, expected))
		_exit(1);
	if (*answer)
		send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	close(fd);
}

/* One that gives these answers, the last one NULL, each to a connection of its own. */
static pid_t start_daemon(const char *const *answers)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *expected = "\"lock\"";
	pid_t child;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/control", test_dir);
	unlink(addr.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Should it be asked less often than it expects. */
		alarm(20);
		for (; *answers; answers++) {
			answer_one(fd, expected, *answers);
			if (*answers == taken)
				expected = "\"switched\"";
		}
		_exit(0);
	}
	close(fd);
	return child;
}

/* The exit status of "unlock --end", which takes all of the answers. */
static int unlock_with(const char *const *answers)
{
	pid_t child = start_daemon(answers);
	char arguments[300];
	int result, status;

	snprintf(arguments, sizeof(arguments), "--end|--control|%s/control",
		 test_dir);
	result = run(cmd_unlock, arguments);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return result;
}

static void waits_until_it_is_done(void **state)
{
	const char *const answers[] = { taken, waits, waits, done, NULL };

	assert_int_equal(unlock_with(answers), DF_EXIT_OK);
}

static void asks_again_where_an_answer_is_lost(void **state)
{
	const char *const answers[] = {
		taken, lost, waits, lost, lost, done, NULL,
	};

	assert_int_equal(unlock_with(answers), DF_EXIT_OK);
}

static void does_not_ask_for_ever(void **state)
{
	const char *const answers[] = { taken, lost, lost, lost, NULL };

	assert_int_equal(unlock_with(answers), DF_EXIT_FAILED);
}

/* Twice asked for might be twice done. */
static void switches_once(void **state)
{
	const char *const answers[] = { lost, NULL };

	assert_int_equal(unlock_with(answers), DF_EXIT_FAILED);
}

static void waits_for_another_policy(void **state)
{
	const char *const answers[] = { busy, busy, taken, done, NULL };

	assert_int_equal(unlock_with(answers), DF_EXIT_OK);
}

static void believes_a_refusal(void **state)
{
	const char *const answers[] = { busy, taken, waits, refused, NULL };

	assert_int_equal(unlock_with(answers), DF_EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(waits_until_it_is_done,
						open_one, close_one),
		cmocka_unit_test_setup_teardown(asks_again_where_an_answer_is_lost,
						open_one, close_one),
		cmocka_unit_test_setup_teardown(does_not_ask_for_ever,
						open_one, close_one),
		cmocka_unit_test_setup_teardown(switches_once, open_one,
						close_one),
		cmocka_unit_test_setup_teardown(waits_for_another_policy,
						open_one, close_one),
		cmocka_unit_test_setup_teardown(believes_a_refusal, open_one,
						close_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
