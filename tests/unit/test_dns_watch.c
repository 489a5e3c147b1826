// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The process that listens, with sockets that are not of the network: what it
 * tells, what it is not allowed to do, and how often it is started again.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dns_util.h"
#include "dns_watch.h"

#define PATIENCE 30000

static struct df_dns_watch watch;
static struct df_dns_table table;
static int v4[2], v6[2];

static int open_pairs(int fds[DF_DNS_SOCKETS], void *arg)
{
	fds[0] = dup(v4[1]);
	fds[1] = dup(v6[1]);
	return fds[0] < 0 || fds[1] < 0 ? -errno : 0;
}

static int open_nothing(int fds[DF_DNS_SOCKETS], void *arg)
{
	return -EPERM;
}

static int set_up(void **state)
{
	df_dns_watch_init(&watch);
	watch.open = open_pairs;
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, v4) ||
	       socketpair(AF_UNIX, SOCK_DGRAM, 0, v6) ||
	       df_dns_table_init(&table, DF_DNS_TABLE_SIZE);
}

static int tear_down(void **state)
{
	df_dns_watch_cancel(&watch);
	df_dns_table_free(&table);
	close(v4[0]);
	close(v4[1]);
	close(v6[0]);
	close(v6[1]);
	return 0;
}

static void wait_for_output(void)
{
	struct pollfd pfd = { .fd = watch.fd, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, PATIENCE), 1);
}

static void send_answer(int fd, int version, const char *name)
{
	struct wire message, packet;

	simple_answer(&message, name, "\x08\x08\x08\x08");
	wrap(&message, version, &packet);
	assert_int_equal(send(fd, packet.data, packet.length, 0),
			 packet.length);
}

static const char *name_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return df_dns_table_find(&table, DF_IPV4, 0x08080808,
				 (uint64_t)now.tv_sec * 1000000000u +
				 (uint64_t)now.tv_nsec);
}

static void tells_what_it_hears(void **state)
{
	assert_true(df_dns_watch_start(&watch, 0));
	assert_false(df_dns_watch_start(&watch, 0));
	assert_true(df_dns_watch_read(&watch, &table));
	assert_null(name_now());
	/* Rubbish in front of it. */
	assert_int_equal(send(v4[0], "E", 1, 0), 1);
	send_answer(v4[0], 4, "www.example");
	wait_for_output();
	assert_true(df_dns_watch_read(&watch, &table));
	assert_string_equal(name_now(), "www.example");
	send_answer(v6[0], 6, "a\nb.example");
	wait_for_output();
	assert_true(df_dns_watch_read(&watch, &table));
	assert_string_equal(name_now(), "a\\x0ab.example");
}

/* More than the pipe holds while nobody reads: it goes on. */
static void loses_rather_than_waits(void **state)
{
	int i;

	assert_true(df_dns_watch_start(&watch, 0));
	for (i = 0; i < 2000; i++)
		send_answer(v4[0], 4, "www.example");
	wait_for_output();
	while (!name_now())
		assert_true(df_dns_watch_read(&watch, &table));
	while (strcmp(name_now(), "last.example")) {
		send_answer(v4[0], 4, "last.example");
		wait_for_output();
		assert_true(df_dns_watch_read(&watch, &table));
	}
}

static void starts_again_after_a_while(void **state)
{
	watch.open = open_nothing;
	assert_true(df_dns_watch_start(&watch, 0));
	wait_for_output();
	assert_false(df_dns_watch_read(&watch, &table));
	assert_true(df_dns_watch_finish(&watch, 10));
	assert_string_equal(watch.why, strerror(EPERM));
	assert_int_equal(watch.pid, 0);
	assert_false(df_dns_watch_start(&watch, 1009));
	assert_true(df_dns_watch_start(&watch, 1010));
	wait_for_output();
	assert_false(df_dns_watch_read(&watch, &table));
	/* The same reason is not told again, and it waits longer. */
	assert_false(df_dns_watch_finish(&watch, 1020));
	assert_false(df_dns_watch_start(&watch, 3019));
	watch.open = open_pairs;
	assert_true(df_dns_watch_start(&watch, 3020));
	assert_int_equal(kill(watch.pid, SIGKILL), 0);
	wait_for_output();
	assert_false(df_dns_watch_read(&watch, &table));
	/* It ran for long: that is no trouble with starting. */
	assert_true(df_dns_watch_finish(&watch, 3020 + 60000));
	assert_string_equal(watch.why, "the process was ended by signal 9");
	assert_int_equal(watch.retry, 3020 + 60000 + 1000);
}

static void waits_a_minute_at_most(void **state)
{
	int64_t now = 0;
	int i;

	watch.open = open_nothing;
	for (i = 0; i < 10; i++) {
		now = watch.retry;
		assert_true(df_dns_watch_start(&watch, now));
		wait_for_output();
		assert_false(df_dns_watch_read(&watch, &table));
		df_dns_watch_finish(&watch, now);
	}
	assert_int_equal(watch.retry - now, 64000);
}

/* What it says is looked at, should somebody else speak for it. */
static void believes_not_everything(void **state)
{
	struct df_dns_answer bad = { .family = DF_IPV4, .name = "a\nb" };
	int fds[2];

	assert_true(df_dns_watch_start(&watch, 0));
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], watch.fd), watch.fd);
	assert_int_equal(write(fds[1], &bad, sizeof(bad)), sizeof(bad));
	assert_false(df_dns_watch_read(&watch, &table));
	assert_int_equal(table.count, 0);
	strcpy(bad.name, "half.example");
	assert_int_equal(write(fds[1], &bad, sizeof(bad) / 2), sizeof(bad) / 2);
	assert_false(df_dns_watch_read(&watch, &table));
	assert_int_equal(table.count, 0);
	close(fds[0]);
	close(fds[1]);
	assert_true(df_dns_watch_finish(&watch, 0));
	assert_string_equal(watch.why, "the process was ended by signal 9");
}

/* What it has: its pipe, its sockets, the standard ones; and no more calls. */
static void has_nothing_else(void **state)
{
	char path[64], line[128];
	bool filtered = false, restricted = false;
	FILE *file;
	int fd, kept = 0;

	assert_true(df_dns_watch_start(&watch, 0));
	send_answer(v4[0], 4, "www.example");
	wait_for_output();
	for (fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", watch.pid, fd);
		kept += fd > 2 && readlink(path, line, sizeof(line)) > 0;
	}
	assert_int_equal(kept, 3);
	snprintf(path, sizeof(path), "/proc/%d/status", watch.pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		filtered |= !strcmp(line, "Seccomp:\t2\n");
		restricted |= !strcmp(line, "NoNewPrivs:\t1\n");
	}
	fclose(file);
	assert_true(filtered);
	assert_true(restricted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tells_what_it_hears, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(loses_rather_than_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(starts_again_after_a_while,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(waits_a_minute_at_most, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(believes_not_everything, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(has_nothing_else, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
