// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket for requests: who may ask, what is hostile, and that it never waits. */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "ask.h"
#include "control.h"
#include "sink_util.h"

static struct df_control control;
static unsigned int asked;
static uid_t asked_by;

static json_t *answer(const json_t *request, const struct ucred *who, void *arg)
{
	asked++;
	asked_by = who->uid;
	assert_ptr_equal(arg, &asked);
	if (json_object_get(request, "without memory"))
		return NULL;
	return json_pack("{s:b, s:O}", "ok", 1, "was", (json_t *)request);
}

static int begin(void **state)
{
	int err = make_test_dir(state);

	asked = 0;
	df_control_init(&control, answer, &asked);
	return err ?: df_control_open(&control, test_path("run/control"), NULL);
}

static int end(void **state)
{
	df_control_close(&control);
	return remove_test_dir(state);
}

static int connect_to(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", test_dir, name);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* As the loop of the daemon does it. */
static void serve_all(void)
{
	struct pollfd pfd = { .fd = control.epoll, .events = POLLIN };

	while (poll(&pfd, 1, 0) == 1)
		df_control_ready(&control);
}

/* The answer to a message, terminated; "" if there is none. */
static const char *ask(const void *message, size_t length)
{
	static char text[DF_CONTROL_MAX + 1];
	int fd = connect_to("run/control");
	ssize_t got;

	serve_all();
	assert_int_equal(send(fd, message, length, 0), (ssize_t)length);
	serve_all();
	got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(got >= 0);
	text[got] = '\0';
	/* One request, one answer. */
	assert_int_equal(recv(fd, text + got, 1, MSG_DONTWAIT), 0);
	close(fd);
	return text;
}

static void answers_an_object(void **state)
{
	unsigned int before = asked;

	assert_string_equal(ask("{\"a\":1}", 7), "{\"ok\":true,\"was\":{\"a\":1}}");
	assert_int_equal(asked, before + 1);
	assert_int_equal(asked_by, getuid());
}

static void refuses_what_is_no_object(void **state)
{
	static const char *const bad[] = {
		"[]", "{", "{\"a\":1,\"a\":2}", "\xff", "{\"a\":\"\xc3\"}", "x",
		"{\"a\":1}{\"b\":2}",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(ask(bad[i], strlen(bad[i])),
				    "{\"ok\":false,\"error\":\"the request is no JSON object\"}");
	assert_int_equal(asked, 0);
}

static void refuses_what_is_too_long(void **state)
{
	static char text[DF_CONTROL_MAX + 2];

	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"a\":", 5);
	text[DF_CONTROL_MAX - 2] = '1';
	text[DF_CONTROL_MAX - 1] = '}';
	assert_string_equal(ask(text, DF_CONTROL_MAX),
			    "{\"ok\":true,\"was\":{\"a\":1}}");
	assert_string_equal(ask(text, DF_CONTROL_MAX + 1),
			    "{\"ok\":false,\"error\":\"the request is too long\"}");
	assert_int_equal(asked, 1);
}

static const char no_answer[] =
	"{\"ok\":false,\"error\":\"there is an answer, but it is too long, or memory is short\"}";

/* An answer that does not fit is not sent in part. */
static void sends_no_part_of_an_answer(void **state)
{
	static char text[DF_CONTROL_MAX];

	memset(text, 'a', sizeof(text));
	memcpy(text, "{\"b\":\"", 6);
	memcpy(text + sizeof(text) - 2, "\"}", 2);
	assert_string_equal(ask(text, sizeof(text)), no_answer);
	assert_int_equal(asked, 1);
}

static void answers_without_memory(void **state)
{
	assert_string_equal(ask("{\"without memory\":1}", 20), no_answer);
	assert_int_equal(asked, 1);
}

static void survives_who_goes_away(void **state)
{
	int fd = connect_to("run/control");

	close(fd);
	serve_all();
	fd = connect_to("run/control");
	assert_int_equal(send(fd, "{}", 2, 0), 2);
	close(fd);
	serve_all();
	answers_an_object(state);
}

/* The oldest has to go, whoever is silent. */
static void is_bounded(void **state)
{
	int fds[2 * DF_CONTROL_CLIENTS], i;
	char byte;

	for (i = 0; i < 2 * DF_CONTROL_CLIENTS; i++) {
		fds[i] = connect_to("run/control");
		serve_all();
	}
	for (i = 0; i < DF_CONTROL_CLIENTS; i++)
		assert_int_equal(recv(fds[i], &byte, 1, MSG_DONTWAIT), 0);
	for (; i < 2 * DF_CONTROL_CLIENTS; i++)
		assert_int_equal(recv(fds[i], &byte, 1, MSG_DONTWAIT), -1);
	for (i = 0; i < 2 * DF_CONTROL_CLIENTS; i++)
		close(fds[i]);
	answers_an_object(state);
}

static void is_for_its_user_only(void **state)
{
	struct stat st;

	assert_int_equal(stat(test_path("run/control"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(test_path("run"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

/* Even if the modes let somebody through. */
static void refuses_another_user(void **state)
{
	char text[256] = "";
	pid_t child;
	int fds[2], status;

	if (getuid())
		skip();
	assert_int_equal(chmod(test_dir, 0755), 0);
	assert_int_equal(chmod(test_path("run"), 0755), 0);
	assert_int_equal(chmod(test_path("run/control"), 0666), 0);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		int fd;

		if (setuid(65534))
			_exit(1);
		fd = connect_to("run/control");
		if (send(fd, "{}", 2, 0) != 2 || write(fds[1], "x", 1) != 1 ||
		    recv(fd, text, sizeof(text) - 1, 0) < 0)
			_exit(1);
		_exit(strcmp(text, "{\"ok\":false,\"error\":\"only root may ask\"}") ? 2 : 0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], text, 1), 1);
	serve_all();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(asked, 0);
	close(fds[0]);
}

/* Who is not in the group connects, often, and waits. */
static pid_t crowd(int ready, int go_on, int keep)
{
	pid_t child = fork();
	int i;

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(keep);
	if (setgid(65534) || setuid(65534))
		_exit(1);
	for (i = 0; i < 2 * DF_CONTROL_CLIENTS; i++)
		connect_to("run/group");
	if (write(ready, "x", 1) != 1 || read(go_on, &i, 1) != 0)
		_exit(1);
	_exit(0);
}

static void has_room_for_its_group(void **state)
{
	int ready[2], go_on[2], status, before, i;
	char byte, text[256] = "";
	pid_t child;

	if (getuid())
		skip();
	df_control_close(&control);
	assert_int_equal(chmod(test_dir, 0755), 0);
	assert_int_equal(df_control_open(&control, test_path("run/group"), "root"), 0);
	before = connect_to("run/group");
	serve_all();
	assert_int_equal(pipe(ready) | pipe(go_on), 0);
	child = crowd(ready[1], go_on[0], go_on[1]);
	close(go_on[0]);
	/* The queue of the socket is short: whoever connects waits for us. */
	for (i = 0; i < 1000 && !text[0]; i++) {
		struct pollfd pfd = { .fd = ready[0], .events = POLLIN };

		serve_all();
		if (poll(&pfd, 1, 10) == 1)
			assert_int_equal(read(ready[0], text, 1), 1);
	}
	assert_int_equal(text[0], 'x');
	serve_all();
	/* Who was there is, and whoever comes gets in. */
	assert_int_equal(recv(before, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(send(before, "{}", 2, 0), 2);
	serve_all();
	assert_true(recv(before, text, sizeof(text), MSG_DONTWAIT) > 0);
	i = connect_to("run/group");
	serve_all();
	assert_int_equal(send(i, "{}", 2, 0), 2);
	serve_all();
	assert_true(recv(i, text, sizeof(text), MSG_DONTWAIT) > 0);
	assert_int_equal(asked, 2);
	close(i);
	close(before);
	close(go_on[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
}

static void replaces_a_stale_socket_only(void **state)
{
	struct df_control other;

	df_control_init(&other, answer, &asked);
	assert_int_equal(df_control_open(&other, test_path("run/control"), NULL),
			 -EADDRINUSE);
	assert_int_equal(other.epoll, -1);
	answers_an_object(state);
	/* As a kill leaves it. */
	close(control.listen);
	close(control.epoll);
	df_control_init(&control, answer, &asked);
	assert_int_equal(df_control_open(&control, test_path("run/control"), NULL), 0);
	answers_an_object(state);
	df_control_close(&control);
	assert_int_equal(access(test_path("run/control"), F_OK), -1);
	write_file("file", "precious");
	assert_int_equal(df_control_open(&control, test_path("file"), NULL), -EEXIST);
	assert_int_equal(access(test_path("file"), F_OK), 0);
}

static void names_why_there_is_no_socket(void **state)
{
	struct df_control other;
	char path[200];

	df_control_init(&other, answer, &asked);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(df_control_open(&other, path, NULL), -ENAMETOOLONG);
	assert_int_equal(df_control_open(&other, "/nowhere/run/control", NULL),
			 -ENOENT);
	df_control_close(&other);
}

static void asks_as_the_tool_does(void **state)
{
	json_t *request = json_pack("{s:s}", "request", "ping"), *got = NULL;
	pid_t child = fork();
	int status;

	if (!child) {
		int err = df_ask(test_path("run/control"), request, &got);

		_exit(err || !json_is_true(json_object_get(got, "ok")));
	}
	while (!waitpid(child, &status, WNOHANG))
		serve_all();
	assert_int_equal(status, 0);
	df_control_close(&control);
	assert_int_equal(df_ask(test_path("run/control"), request, &got),
			 -ENOENT);
	assert_null(got);
	json_decref(request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_an_object, begin, end),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_object, begin, end),
		cmocka_unit_test_setup_teardown(refuses_what_is_too_long, begin, end),
		cmocka_unit_test_setup_teardown(sends_no_part_of_an_answer, begin, end),
		cmocka_unit_test_setup_teardown(answers_without_memory, begin, end),
		cmocka_unit_test_setup_teardown(survives_who_goes_away, begin, end),
		cmocka_unit_test_setup_teardown(is_bounded, begin, end),
		cmocka_unit_test_setup_teardown(is_for_its_user_only, begin, end),
		cmocka_unit_test_setup_teardown(refuses_another_user, begin, end),
		cmocka_unit_test_setup_teardown(has_room_for_its_group, begin, end),
		cmocka_unit_test_setup_teardown(replaces_a_stale_socket_only, begin, end),
		cmocka_unit_test_setup_teardown(names_why_there_is_no_socket, begin, end),
		cmocka_unit_test_setup_teardown(asks_as_the_tool_does, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
