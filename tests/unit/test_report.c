// SPDX-License-Identifier: GPL-2.0-or-later
/* What a report counts, what it claims, and what it admits not to know. */
#include <errno.h>

#include "report_private.h"
#include "report_util.h"
#include "special.h"

static void knows_public_addresses(void **state)
{
	static const struct {
		const char *addr;
		bool public;
	} cases[] = {
		{ "8.8.8.8", true }, { "47.91.161.230", true },
		{ "10.0.0.1", false }, { "127.0.0.1", false },
		{ "192.168.1.1", false }, { "172.16.0.1", false },
		{ "172.32.0.1", true }, { "169.254.1.1", false },
		{ "224.0.0.251", false }, { "255.255.255.255", false },
		{ "0.1.2.3", false }, { "1.0.0.0", true },
		{ "100.63.255.255", true }, { "100.64.0.0", false },
		{ "100.127.255.255", false }, { "100.128.0.0", true },
		{ "192.0.0.8", false }, { "192.0.0.9", true },
		{ "192.0.0.10", true }, { "192.0.0.11", false },
		{ "192.0.1.0", true }, { "192.0.2.1", false },
		{ "192.88.99.1", true }, { "198.17.255.255", true },
		{ "198.18.0.0", false }, { "198.19.255.255", false },
		{ "198.20.0.0", true }, { "198.51.100.1", false },
		{ "203.0.113.1", false }, { "203.0.114.0", true },
		{ "239.255.255.255", false }, { "240.0.0.1", false },
		{ "2400:3200::1", true }, { "2001:4860:4860::8888", true },
		{ "::1", false }, { "fe80::1", false }, { "fd00::1", false },
		{ "ff0e::1", false }, { "::ffff:8.8.8.8", false },
		{ "64:ff9b::808:808", true }, { "64:ff9b:1::1", false },
		{ "100::1", false }, { "100:0:0:1::1", false },
		{ "100:0:0:2::1", true }, { "2001::1", true },
		{ "2001:1::1", true }, { "2001:1::3", true },
		{ "2001:1::4", false }, { "2001:2::1", false },
		{ "2001:3::1", true }, { "2001:4:112::1", true },
		{ "2001:4:113::1", false }, { "2001:10::1", false },
		{ "2001:20::1", true }, { "2001:30::1", true },
		{ "2001:40::1", false }, { "2001:200::1", true },
		{ "2001:db8::1", false }, { "2001:db9::1", true },
		{ "2002::1", true }, { "3fff::1", false },
		{ "3fff:1000::1", true }, { "5f00::1", false },
		{ "5f01::1", true },
	};
	enum df_family family;
	df_u128 addr;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(df_addr_parse(cases[i].addr, &family, &addr), 0);
		if (df_addr_is_public(family, addr) != cases[i].public)
			fail_msg("%s", cases[i].addr);
	}
}

static void sums_by_each_key(void **state)
{
	begin_report(NULL);
	begin_sealed();
	flow_end("10:10:00", "10:09:00", "10:09:30", "qgc", "8.8.8.8", 1, 5000,
		 0, ",'country':'US','asn':15169,'as_name':'Google LLC','dns':'dns.google'");
	flow_end("10:20:00", "10:09:00", "10:19:00", "app", "8.8.4.4", 2, 700, 0,
		 ",'country':'US','set':'home','reason':'operated-by'");
	flow_end("10:20:01", "10:09:00", "10:19:00", "app", "192.168.1.7", 3, 90,
		 0, ",'set':'local'");
	flow_end("10:20:02", "10:09:00", "10:19:00", "app", "2400:3200::1", 4, 1,
		 0, ",'set':'CN','reason':'located-in'");
	end_sealed();
	assert_int_equal(app_of("qgc")->sums.bytes, 5000);
	assert_int_equal(app_of("app")->sums.bytes, 791);
	assert_int_equal(app_of("app")->public.bytes, 701);
	assert_int_equal(row_of(&report->countries, "US")->sums.bytes, 5700);
	assert_int_equal(row_of(&report->countries, "US")->sums.flows, 2);
	assert_int_equal(row_of(&report->countries, "local")->sums.bytes, 90);
	assert_int_equal(row_of(&report->countries, "??")->sums.bytes, 1);
	assert_int_equal(row_of(&report->operators, "AS15169")->sums.bytes, 5000);
	assert_string_equal(row_of(&report->operators, "AS15169")->label,
			    "Google LLC");
	assert_int_equal(row_of(&report->operators, "set home")->sums.bytes, 700);
	assert_int_equal(row_of(&report->operators, "unknown")->sums.bytes, 1);
	assert_string_equal(row_of(&report->destinations, "8.8.8.8")->label,
			    "dns.google");
	assert_string_equal(report->destinations.rows[0].key, "8.8.8.8");
	assert_false(row_of(&report->destinations, "192.168.1.7")->public);
}

/* A flow is one attempt, however many records tell of it. */
static void counts_an_attempt_once(void **state)
{
	const struct df_report_sums *sums;

	begin_report("app");
	begin_sealed();
	verdict("10:01:00", "app", "deny", "223.5.5.5", 7, "");
	verdict("10:01:01", "app", "deny", "223.5.5.5", 7, "");
	verdict("10:01:02", "other", "deny", "223.5.5.5", 8, "");
	flow_end("10:05:00", "10:01:00", "10:01:01", "app", "223.5.5.5", 7, 0, 2,
		 "");
	/* One whose rule records nothing, and packets without a flow. */
	flow_end("10:05:01", "10:01:00", "10:01:01", "app", "223.5.5.6", 9, 0, 1,
		 "");
	verdict("10:06:00", "app", "drop", "223.5.5.7", 0, "");
	verdict("10:06:01", "app", "drop", "223.5.5.7", 0, "");
	/* The number comes back when the flow has ended: a flow of its own. */
	verdict("10:07:00", "app", "deny", "223.5.5.5", 7, "");
	end_sealed();
	sums = &app_of("app")->sums;
	assert_int_equal(sums->attempts, 5);
	assert_int_equal(sums->refused_packets, 3);
	assert_int_equal(sums->flows, 2);
	assert_int_equal(report->app_count, 1);
}

static void takes_flows_that_touch_the_span(void **state)
{
	begin_report("app");
	begin_sealed();
	/* Its last packet was before, though its end came later. */
	flow_end("10:01:00", "09:50:00", "09:59:59", "app", "8.8.8.1", 1, 1, 0, "");
	flow_end("10:01:01", "09:50:00", "10:00:00", "app", "8.8.8.2", 2, 10, 0, "");
	flow_end("12:01:00", "11:59:59", "11:59:59", "app", "8.8.8.3", 3, 100, 0, "");
	flow_end("12:01:01", "11:59:59", "12:00:30", "app", "8.8.8.4", 4, 1000, 0, "");
	flow_end("12:01:02", "12:00:00", "12:00:30", "app", "8.8.8.5", 5, 10000, 0, "");
	verdict("12:02:00", "app", "deny", "223.5.5.5", 6, "");
	end_sealed();
	assert_int_equal(app_of("app")->sums.bytes, 1110);
	assert_int_equal(app_of("app")->sums.attempts, 0);
	assert_int_equal(report->flows_begun_before, 1);
	assert_int_equal(report->flows_ended_after, 1);
}

static void looks_only_at_some_times(void **state)
{
	const struct df_report_interval only[] = {
		{ at("2026-11-20T10:10:00Z"), at("2026-11-20T10:20:00Z") },
		{ at("2026-11-20T11:10:00Z"), at("2026-11-20T11:20:00Z") },
	};
	const struct df_report_options options = {
		.when = { at(SPAN_FROM), at(SPAN_TO) },
		.only = only, .only_count = 2,
	};

	report = df_report_new(&options);
	begin_sealed();
	verdict("10:09:59", "app", "deny", "8.8.8.8", 1, "");
	verdict("10:10:00", "app", "deny", "8.8.8.8", 2, "");
	verdict("10:20:00", "app", "deny", "8.8.8.8", 3, "");
	verdict("11:15:00", "app", "deny", "8.8.8.8", 4, "");
	flow_end("11:16:00", "10:30:00", "11:00:00", "app", "8.8.8.8", 5, 1, 0, "");
	flow_end("11:17:00", "10:19:00", "11:00:00", "app", "8.8.8.8", 6, 2, 0, "");
	end_sealed();
	assert_int_equal(app_of("app")->sums.attempts, 2);
	assert_int_equal(app_of("app")->sums.bytes, 2);
}

/* All that a claim needs is there. */
static void sealed(void)
{
	begin_report("app");
	begin_sealed();
	verdict("10:30:00", "app", "deny", "223.5.5.5", 1, ",'suppressed':0");
	flow_end("10:31:00", "10:30:00", "10:30:01", "app", "192.168.1.1", 2, 50,
		 0, "");
}

static void claims_what_is_proved(void **state)
{
	char *text;

	sealed();
	end_sealed();
	assert_int_equal(df_report_lacking(report, app_of("app")), 0);
	assert_false(df_report_contacted(app_of("app")));
	text = df_report_statement(report, app_of("app"));
	assert_string_equal(text, "From 2026-11-20 10:00:00 UTC to 2026-11-20 12:00:00 UTC application app sent 50 bytes: 50 to addresses that are not public; 1 attempts were denied; 0 records were lost. No public destination was contacted.");
	free(text);
}

static void assert_lack(enum df_report_lack lack)
{
	char text[DF_REPORT_TEXT];
	char *statement = df_report_statement(report, app_of("app"));

	df_report_lack_text(report, lack, text);
	if (!(df_report_lacking(report, app_of("app")) & 1u << lack))
		fail_msg("known: %s", text);
	assert_non_null(strstr(statement, "is not proved: "));
	assert_non_null(strstr(statement, text));
	assert_null(strstr(statement, "No public destination was contacted."));
	free(statement);
	free_report(NULL);
}

/* Each of these records alone takes the claim away. */
static void claims_nothing_without_proof(void **state)
{
	static const struct {
		enum df_report_lack lack;
		const char *record;
	} cases[] = {
		{ DF_LACK_LOSS, "{'type':'loss','time':'2026-11-20T10:40:00.0Z','cause':'sink','count':3,'records':4}" },
		{ DF_LACK_LOSS, "{'type':'loss','time':'2026-11-20T13:40:00.0Z','cause':'kernel','count':3,'records':0}" },
		{ DF_LACK_INSTANCE, "{'type':'instance','time':'2026-11-20T10:40:00.0Z','instance':'00000000000000bb'}" },
		{ DF_LACK_UNLOADED, "{'type':'module','time':'2026-11-20T10:40:00.0Z','module':'unloaded'}" },
		{ DF_LACK_DAEMON, "{'type':'daemon','time':'2026-11-20T10:40:00.0Z','daemon':'stopped'}" },
		{ DF_LACK_DAEMON, "{'type':'store','time':'2026-11-20T10:40:00.0Z','store':'unclean'}" },
		{ DF_LACK_BEGIN, "{'type':'store','time':'2026-11-20T10:40:00.0Z','store':'begun','file':'x'}" },
		{ DF_LACK_STRAY, "{'type':'stray','time':'2026-11-20T10:40:00.0Z','app':'app','stray':'report'}" },
		{ DF_LACK_UNPLACED, "{'type':'place-failed','seq':5,'time':'2026-11-20T10:40:00.0Z','app':'app','mode':'audit','gen':1}" },
		{ DF_LACK_MODE, "{'type':'policy','seq':5,'time':'2026-11-20T10:40:00.0Z','policy':'q','gen':2}" },
		{ DF_LACK_AUDIT, "{'type':'placed','seq':5,'time':'2026-11-20T10:40:00.0Z','app':'app','mode':'audit','gen':1}" },
		{ DF_LACK_HIDDEN, "{'type':'verdict','seq':5,'time':'2026-11-20T10:40:00.0Z','app':'app','mode':'enforce','gen':1,'verdict':'deny','proto':'ether-0x88b5','daddr':'0.0.0.0'}" },
		{ DF_LACK_HOLE, "{'type':'policy','seq':6,'time':'2026-11-20T13:40:00.0Z','policy':'q','gen':2}" },
		{ DF_LACK_SUPPRESSED, "{'type':'placed','seq':5,'time':'2026-11-20T10:40:00.0Z','app':'b','mode':'enforce','gen':1,'suppressed':2}" },
		{ DF_LACK_UNREADABLE, "{'type':'verdict','seq':5,'time':'2026-11-20T10:40:00.0Z','app':'app','daddr':'8.8.8'}" },
		{ DF_LACK_UNREADABLE, "{'time':'2026-11-20T10:40:00.0Z'}" },
		{ DF_LACK_UNREADABLE, "{'type':'flow-end','seq':5,'time':'2026-11-20T10:40:00.0Z','start_time':'2026-11-20T10:40:00.0Z','last_time':'2026-11-20T10:40:00.0Z','app':'app','verdict':'allow','daddr':'8.8.8.8','packets':1,'bytes':-1,'refused_packets':0,'refused_bytes':0}" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sealed();
		feed("%s", cases[i].record);
		if (strstr(cases[i].record, "'seq':"))
			next_event = report->next_seq;
		end_sealed();
		assert_lack(cases[i].lack);
	}
	/* A boot that begins at another time by the clock. */
	sealed();
	verdict("10:41:00", "app", "deny", "223.5.5.5", 3, ",'boottime':60000000000");
	verdict("10:41:01", "app", "deny", "223.5.5.5", 4, ",'boottime':61000000000");
	verdict("10:41:02", "app", "deny", "223.5.5.5", 5, ",'boottime':70000000000");
	end_sealed();
	assert_lack(DF_LACK_CLOCK);
}

/* What the module says now counts only if it is the one of the records. */
static void claims_nothing_without_the_module(void **state)
{
	struct df_report_live live = {
		.module = true, .daemon = true, .instance = "00000000000000aa",
		.generation = 1, .event_next = 5,
	};

	sealed();
	df_report_end(report);
	df_report_proof(report, true);
	assert_lack(DF_LACK_OPEN);

	sealed();
	strcpy(live.instance, "00000000000000bb");
	df_report_live(report, &live);
	df_report_live_app(report, "app", false);
	df_report_end(report);
	df_report_proof(report, true);
	assert_lack(DF_LACK_END);

	/* A copy of the store that is older than what the module tells. */
	sealed();
	strcpy(live.instance, "00000000000000aa");
	live.event_next = 6;
	df_report_live(report, &live);
	df_report_end(report);
	df_report_proof(report, true);
	assert_lack(DF_LACK_HOLE);

	sealed();
	live.event_next = 5;
	live.daemon = false;
	live.flow_errors = 1;
	df_report_live(report, &live);
	df_report_end(report);
	df_report_proof(report, true);
	assert_int_equal(report->lacks[DF_LACK_NO_FLOW], 1);
	assert_lack(DF_LACK_END);

	sealed();
	live.flow_errors = 0;
	live.daemon = true;
	df_report_live(report, &live);
	df_report_live_app(report, "app", false);
	df_report_end(report);
	df_report_proof(report, true);
	/* Watched only, but nothing of it went unseen. */
	assert_int_equal(df_report_unseen(report, app_of("app")), 0);
	assert_lack(DF_LACK_AUDIT);
	sealed();
	feed("{'type':'policy','seq':5,'time':'2026-11-20T10:40:00.0Z','policy':'q','gen':2}");
	next_event = 6;
	end_sealed();
	assert_int_equal(df_report_unseen(report, app_of("app")),
			 1u << DF_LACK_MODE);
	assert_lack(DF_LACK_MODE);
}

static void claims_nothing_of_an_altered_store(void **state)
{
	sealed();
	end_sealed();
	df_report_proof(report, false);
	assert_lack(DF_LACK_BROKEN);
	sealed();
	end_sealed();
	report->lacks[DF_LACK_PROOF] = 1;
	assert_lack(DF_LACK_PROOF);
}

static void claims_nothing_without_a_beginning(void **state)
{
	begin_report("app");
	next_event = 1;
	verdict("10:30:00", "app", "deny", "223.5.5.5", 1, "");
	end_sealed();
	assert_int_equal(report->lacks[DF_LACK_DAEMON], 1);
	assert_int_equal(report->lacks[DF_LACK_POLICY], 1);
	assert_lack(DF_LACK_BEGIN);
	/* Another load of the module than that of the policy. */
	begin_report("app");
	begin_sealed();
	before("{'type':'message','time':'2026-11-20T09:30:00.0Z','priority':6,'message':'x','instance':'00000000000000bb'}");
	end_sealed();
	assert_lack(DF_LACK_POLICY);
	begin_report("app");
	end_sealed();
	assert_lack(DF_LACK_BEGIN);
}

static void sees_contact(void **state)
{
	const struct df_report_open open = {
		.application = "app", .public = true, .passed = true,
		.start = at("2026-11-20T11:00:00Z"), .bytes = 7,
	};
	struct df_report_open later = open;
	char *text;

	sealed();
	verdict("10:50:00", "app", "allow", "8.8.8.8", 5, "");
	end_sealed();
	assert_true(df_report_contacted(app_of("app")));
	text = df_report_statement(report, app_of("app"));
	assert_non_null(strstr(text, "Public destinations were contacted."));
	free(text);
	free_report(NULL);

	sealed();
	end_sealed();
	later.start = at("2026-11-20T12:00:00Z");
	df_report_live_flow(report, &later);
	assert_false(df_report_contacted(app_of("app")));
	df_report_live_flow(report, &open);
	assert_true(df_report_contacted(app_of("app")));
	assert_int_equal(report->flows_open, 1);
	assert_int_equal(report->open_bytes, 7);
	free_report(NULL);

	/* Watched only: the packet passed. */
	sealed();
	feed("{'type':'verdict','seq':5,'time':'2026-11-20T10:40:00.0Z','app':'app','mode':'audit','gen':1,'verdict':'deny','proto':'tcp','daddr':'223.5.5.5','flow':9}");
	next_event = 6;
	end_sealed();
	assert_true(df_report_contacted(app_of("app")));
	assert_int_equal(app_of("app")->sums.watched, 1);
	assert_int_equal(app_of("app")->sums.attempts, 1);
}

static void tells_when_the_daemon_did_not_run(void **state)
{
	begin_report(NULL);
	begin_sealed();
	verdict("10:10:00", "app", "deny", "8.8.8.8", 1, "");
	feed("{'type':'daemon','time':'2026-11-20T10:20:00.0Z','daemon':'stopped'}");
	feed("{'type':'daemon','time':'2026-11-20T10:30:00.0Z','daemon':'started'}");
	verdict("10:40:00", "app", "deny", "8.8.8.8", 2, "");
	/* Killed: the last that it wrote is the last that is known. */
	feed("{'type':'store','time':'2026-11-20T10:50:00.0Z','store':'unclean'}");
	feed("{'type':'daemon','time':'2026-11-20T10:50:01.0Z','daemon':'started'}");
	/* What is said in words counts for nothing. */
	feed("{'type':'message','time':'2026-11-20T10:51:00.0Z','priority':6,'message':'stopped'}");
	verdict("11:00:00", "app", "deny", "8.8.8.8", 3, "");
	/* It was killed, and only its next start shows it. */
	feed("{'type':'daemon','time':'2026-11-20T11:10:00.0Z','daemon':'started'}");
	feed("{'type':'daemon','time':'2026-11-20T11:50:00.0Z','daemon':'stopped'}");
	feed("{'type':'daemon','time':'2026-11-20T12:30:00.0Z','daemon':'started'}");
	df_report_end(report);
	assert_int_equal(report->gap_count, 4);
	assert_int_equal(report->gaps[0].from, at("2026-11-20T10:20:00Z"));
	assert_int_equal(report->gaps[0].to, at("2026-11-20T10:30:00Z"));
	assert_int_equal(report->gaps[1].from, at("2026-11-20T10:40:00Z"));
	assert_int_equal(report->gaps[1].to, at("2026-11-20T10:50:01Z"));
	assert_int_equal(report->gaps[2].from, at("2026-11-20T11:00:00Z"));
	assert_int_equal(report->gaps[2].to, at("2026-11-20T11:10:00Z"));
	assert_int_equal(report->gaps[3].from, at("2026-11-20T11:50:00Z"));
	assert_int_equal(report->gaps[3].to, at(SPAN_TO));
}

static void follows_the_policies(void **state)
{
	begin_report(NULL);
	begin_sealed();
	feed("{'type':'policy','seq':3,'time':'2026-11-20T10:30:00.0Z','policy':'q','gen':2,'digest':'cd','comm':'dronefence','uid':0}");
	feed("{'type':'policy','seq':4,'time':'2026-11-20T12:30:00.0Z','policy':'r','gen':3,'digest':'cd','comm':'dronefence','uid':0}");
	df_report_end(report);
	assert_int_equal(report->policy_count, 2);
	assert_string_equal(report->policies[0].name, "p");
	assert_string_equal(report->policies[1].name, "q");
	assert_int_equal(report->lacks[DF_LACK_POLICY], 0);
}

/* More than there is room for: the sums are still right. */
static void is_bounded(void **state)
{
	struct df_report_sums rest = { 0 };
	uint64_t bytes = 0;
	char addr[32], app[32];
	size_t i;

	begin_report(NULL);
	begin_sealed();
	for (i = 0; i < 10000; i++) {
		snprintf(addr, sizeof(addr), "9.1.%zu.%zu", i / 250, i % 250);
		snprintf(app, sizeof(app), "app%zu", i % 80);
		flow_end("10:10:00", "10:09:00", "10:09:30", app, addr, i + 1,
			 i + 1, 0, "");
		bytes += i + 1;
	}
	end_sealed();
	assert_int_equal(report->destinations.count, 8192);
	assert_true(report->destinations.left_out);
	for (i = 0; i < report->destinations.count; i++)
		df_report_sums_add(&rest, &report->destinations.rows[i].sums);
	df_report_sums_add(&rest, &report->destinations.rest);
	assert_int_equal(rest.bytes, bytes);
	assert_int_equal(report->app_count, DF_REPORT_APPS);
	assert_true(report->apps_lost);
	memset(&rest, 0, sizeof(rest));
	for (i = 0; i < report->app_count; i++)
		df_report_sums_add(&rest, &report->apps[i].sums);
	df_report_sums_add(&rest, &report->apps_rest);
	assert_int_equal(rest.bytes, bytes);
	assert_int_equal(row_of(&report->countries, "??")->sums.bytes, bytes);
}

static void does_not_overflow(void **state)
{
	begin_report(NULL);
	begin_sealed();
	flow_end("10:10:00", "10:09:00", "10:09:30", "app", "8.8.8.8", 1,
		 INT64_MAX, 0, "");
	flow_end("10:10:00", "10:09:00", "10:09:30", "app", "8.8.8.8", 2,
		 INT64_MAX, 0, "");
	flow_end("10:10:00", "10:09:00", "10:09:30", "app", "8.8.8.8", 3,
		 INT64_MAX, 0, ",'boottime':9223372036854775807");
	flow_end("10:10:00", "10:09:00", "10:09:30", "app", "8.8.8.8", 4, 0, 0,
		 ",'boottime':0,'suppressed':9223372036854775807");
	end_sealed();
	assert_true(app_of("app")->sums.bytes == UINT64_MAX);
}

static void finds_flows_like_a_list(void **state)
{
	struct df_report_flows *flows = df_report_flows_new();
	uint8_t list[3000] = { 0 };
	unsigned int seed = 5, i;
	bool full = false;

	for (i = 0; i < 200000; i++) {
		unsigned int id = (unsigned int)rand_r(&seed) % 3000;
		/* Far apart and side by side, so that places are taken. */
		uint64_t number = id % 2 ? id : (uint64_t)id << 40;

		if (!id)
			continue;
		if (rand_r(&seed) % 2) {
			*df_report_flows_get(flows, number, &full) |= 1;
			list[id] = 1;
		} else {
			assert_int_equal(df_report_flows_take(flows, number),
					 list[id]);
			list[id] = 0;
		}
	}
	for (i = 0; i < 3000; i++)
		full |= list[i];
	assert_true(full);
	assert_int_equal(df_report_flows_take(flows, 0), 0);
	df_report_flows_clear(flows);
	assert_int_equal(df_report_flows_count(flows, 1), 0);
	df_report_flows_free(flows);
}

static void admits_that_flows_are_too_many(void **state)
{
	struct df_report_flows *flows = df_report_flows_new();
	bool full = false;
	uint64_t i;

	for (i = 1; i <= 1u << 18; i++)
		assert_non_null(df_report_flows_get(flows, i, &full));
	assert_false(full);
	assert_null(df_report_flows_get(flows, i, &full));
	assert_true(full);
	assert_non_null(df_report_flows_get(flows, 1, &full));
	df_report_flows_free(flows);
}

/* A value of any kind where another one is expected. */
static json_t *any_value(unsigned int *seed)
{
	switch (rand_r(seed) % 8) {
	case 0:
		return json_integer(-1);
	case 1:
		return json_integer(INT64_MAX);
	case 2:
		return json_null();
	case 3:
		return json_string("");
	case 4:
		return json_string("\x1b]0;x\x07<script>\"'&");
	case 5:
		return json_array();
	case 6:
		return json_real(1.5);
	default:
		return json_string("9999-99-99T99:99:99.999999999Z");
	}
}

static void survives_any_record(void **state)
{
	static const char *const types[] = {
		"verdict", "flow-end", "policy", "loss", "instance", "store",
		"message", "daemon", "module", "stray", "place-failed",
		"socket-closed", "flight", "bulk", "nonsense",
	};
	static const char *const keys[] = {
		"type", "time", "seq", "boottime", "app", "mode", "gen",
		"verdict", "proto", "daddr", "flow", "packets", "bytes",
		"refused_packets", "refused_bytes", "start_time", "last_time",
		"country", "asn", "as_name", "dns", "set", "suppressed",
		"instance", "count", "records", "last", "store", "message",
		"priority", "daemon", "module", "policy", "digest",
	};
	unsigned int seed = 11, i, j;
	size_t k;

	begin_report(NULL);
	for (i = 0; i < 20000; i++) {
		json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:I}",
					   "type", types[(unsigned int)rand_r(&seed) % 15],
					   "time", "2026-11-20T10:10:00.000000000Z",
					   "start_time", "2026-11-20T10:10:00.000000000Z",
					   "last_time", "2026-11-20T10:10:00.000000000Z",
					   "app", "app", "verdict", "deny",
					   "daddr", "8.8.8.8", "mode", "enforce",
					   "gen", 1, "packets", 1, "bytes", 1,
					   "refused_packets", 0, "refused_bytes", 0,
					   "seq", (json_int_t)i);

		for (j = (unsigned int)rand_r(&seed) % 4; j; j--)
			json_object_set_new(record, keys[(unsigned int)rand_r(&seed) % 34],
					    any_value(&seed));
		assert_int_equal(rand_r(&seed) % 50 ?
				 df_report_add(report, record) :
				 df_report_before(report, record), 0);
		json_decref(record);
	}
	df_report_end(report);
	for (k = 0; k < report->app_count; k++) {
		char *text = df_report_statement(report, &report->apps[k]);
		const char *p;

		for (p = text; *p; p++)
			assert_true((unsigned char)*p >= ' ');
		free(text);
	}
	assert_true(report->lacks[DF_LACK_UNREADABLE]);
}

static void has_a_timeline(void **state)
{
	size_t i;
	uint64_t bytes = 0;

	begin_report(NULL);
	begin_sealed();
	/* Two hours in tens of minutes. */
	assert_int_equal(report->bucket_count, 12);
	flow_end("10:25:00", "10:09:00", "10:19:59", "app", "8.8.8.8", 1, 5, 0, "");
	flow_end("10:26:00", "10:09:00", "10:20:00", "app", "8.8.8.8", 2, 7, 0, "");
	flow_end("12:26:00", "11:09:00", "12:20:00", "app", "8.8.8.8", 3, 9, 0, "");
	verdict("11:59:59", "app", "deny", "8.8.8.8", 4, "");
	end_sealed();
	assert_int_equal(report->buckets[1].bytes, 5);
	assert_int_equal(report->buckets[2].bytes, 7);
	assert_int_equal(report->buckets[11].bytes, 9);
	assert_int_equal(report->buckets[11].attempts, 1);
	for (i = 0; i < report->bucket_count; i++)
		bytes += report->buckets[i].bytes;
	assert_int_equal(bytes, 21);
}

#define TEST(name) cmocka_unit_test_teardown(name, free_report)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(knows_public_addresses),
		TEST(sums_by_each_key),
		TEST(counts_an_attempt_once),
		TEST(takes_flows_that_touch_the_span),
		TEST(looks_only_at_some_times),
		TEST(claims_what_is_proved),
		TEST(claims_nothing_without_proof),
		TEST(claims_nothing_without_the_module),
		TEST(claims_nothing_of_an_altered_store),
		TEST(claims_nothing_without_a_beginning),
		TEST(sees_contact),
		TEST(tells_when_the_daemon_did_not_run),
		TEST(follows_the_policies),
		TEST(is_bounded),
		TEST(does_not_overflow),
		TEST(finds_flows_like_a_list),
		TEST(admits_that_flows_are_too_many),
		TEST(survives_any_record),
		TEST(has_a_timeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
