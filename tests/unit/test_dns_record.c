// SPDX-License-Identifier: GPL-2.0-or-later
/* Which records get the name of their destination, and how it is written. */
#include "feed.h"
#include "sink_util.h"

#define SEC 1000000000ull

static struct df_feed feed;
static struct df_backlog backlog;
static struct df_dns_table table;
static struct df_event event;

/* A kernel that holds one event. */
int df_client_open(struct df_client **client)
{
	*client = NULL;
	return 0;
}

void df_client_close(struct df_client *client)
{
}

const char *df_client_error(const struct df_client *client)
{
	return "";
}

int df_client_status(struct df_client *client, struct df_status *status)
{
	return 0;
}

void df_client_strangers(struct df_client *client,
			 struct df_strangers *strangers)
{
}

int df_client_events(struct df_client *client, uint64_t since,
		     int (*each)(const struct df_event *, void *), void *arg)
{
	return each(&event, arg);
}

int df_client_subscribe(struct df_client *client)
{
	return 0;
}

int df_client_fd(const struct df_client *client)
{
	return -1;
}

int df_client_receive(struct df_client *client,
		      int (*each)(const struct df_event *, void *), void *arg)
{
	return 0;
}

static void flush(void *arg)
{
}

static void answer(uint64_t time, const char *name)
{
	struct df_dns_answer a = { .time = time, .family = DF_IPV4 };

	df_addr_to_bytes(DF_IPV4, make_verdict().daddr, a.addr);
	strcpy(a.name, name);
	df_dns_table_add(&table, &a);
}

static int set_up(void **state)
{
	feed = (struct df_feed){
		.backlog = &backlog, .flush = flush, .names = &table,
	};
	if (df_dns_table_init(&table, 16) || df_backlog_init(&backlog, 64))
		return -1;
	answer(TEST_TIME - 100 * SEC, "old.example");
	answer(TEST_TIME - 30 * SEC, "new.example");
	answer(TEST_TIME + SEC, "later.example");
	return 0;
}

static int tear_down(void **state)
{
	df_dns_table_free(&table);
	df_backlog_free(&backlog);
	return 0;
}

/* The record that the event became, as JSON. */
static const char *json_of(const struct df_event *of)
{
	static struct df_buffer buffer;
	const struct df_backlog_entry *entry;

	event = *of;
	event.seq = feed.tracker.next;
	feed.tracker.behind = true;
	assert_int_equal(df_feed_catch_up(&feed), 0);
	entry = &backlog.ring[(backlog.head - 1) % backlog.size];
	assert_int_equal(entry->record.event.seq, event.seq);
	assert_int_equal(df_record_json(&entry->record, &buffer), 0);
	buffer.data[buffer.length] = '\0';
	return buffer.data;
}

static void expect_name(struct df_event of, const char *name)
{
	const char *json = json_of(&of);
	char want[64];

	snprintf(want, sizeof(want), "\"dns\":\"%s\"", name ?: "");
	if (name ? !strstr(json, want) : !!strstr(json, "\"dns\""))
		fail_msg("expected %s in %s", name ?: "no name", json);
}

static void has_the_name_before_it(void **state)
{
	struct df_event of = make_flow_end();

	expect_name(make_verdict(), "new.example");
	expect_name(make_socket_closed(), "new.example");
	/* When the flow began, not when it ended. */
	of.start = TEST_TIME - 50 * SEC;
	expect_name(of, "old.example");
	of.start = TEST_TIME - 200 * SEC;
	expect_name(of, NULL);
}

static void has_none_for_others(void **state)
{
	struct df_event of = make_verdict();

	of.daddr++;
	expect_name(of, NULL);
	of = make_verdict();
	of.family = DF_IPV6;
	expect_name(of, NULL);
	of = make_verdict();
	of.ethertype = 0x0806;
	expect_name(of, NULL);
	/* With the bytes of an address where it has none. */
	of = make_policy();
	of.daddr = make_verdict().daddr;
	expect_name(of, NULL);
	of = make_place(0);
	of.daddr = make_verdict().daddr;
	expect_name(of, NULL);
	feed.names = NULL;
	expect_name(make_verdict(), NULL);
}

/* The longest there is, in the fullest record. */
static void has_room_for_it(void **state)
{
	char name[DF_DNS_NAME_SIZE] = "";
	struct df_event of = make_verdict();
	const char *json;
	int i;

	for (i = 0; i < 63; i++)
		strcat(name, "\\xff");
	answer(TEST_TIME - SEC, name);
	memset(of.application, '\n', DRONEFENCE_NAME_MAX);
	memset(of.set, '"', DRONEFENCE_NAME_MAX);
	memset(of.comm, '\\', 15);
	memset(of.ifname, '\x1b', 15);
	json = json_of(&of);
	assert_non_null(strstr(json, "\"dns\":\"\\\\xff\\\\xff"));
	assert_non_null(strstr(json, "\\\\xff\",\"instance\":\"0000000000000000\"}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(has_the_name_before_it),
		TEST(has_none_for_others),
		TEST(has_room_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
