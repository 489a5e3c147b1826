// SPDX-License-Identifier: GPL-2.0-or-later
/* Records in each format of a log, to the byte. */
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "event_util.h"
#include "sink.h"

#define INSTANCE 0x8c00000000000001u

static struct df_record make_record(const struct df_event *event)
{
	struct df_record record = {
		.type = DF_RECORD_EVENT,
		.instance = INSTANCE,
		.time = event->time,
		.event = *event,
	};

	return record;
}

static struct df_record make_loss(enum df_loss_cause cause)
{
	struct df_record record = {
		.type = DF_RECORD_LOSS,
		.instance = INSTANCE,
		.time = TEST_TIME,
		.loss = { .cause = cause, .first = 101, .count = 100 },
	};

	return record;
}

static struct df_record make_change(void)
{
	struct df_record record = {
		.type = DF_RECORD_INSTANCE,
		.instance = INSTANCE,
		.time = TEST_TIME,
		.change = { .previous = 0xabc, .next = 4242 },
	};

	return record;
}

static struct df_record make_stray(const char *error)
{
	struct df_record record = {
		.type = DF_RECORD_STRAY, .instance = INSTANCE,
		.time = TEST_TIME,
		.stray = {
			.application = "qgc", .action = DFENCE_STRAYS_ADOPT,
			.pid = 813, .uid = 1000,
			.exe = "/opt/qgc/QGroundControl",
		},
	};

	strcpy(record.stray.error, error);
	return record;
}

static struct df_record make_declaration(enum df_declared_what what,
					 const char *name)
{
	struct df_record record = {
		.type = DF_RECORD_DECLARATION, .instance = INSTANCE,
		.time = TEST_TIME,
		.declaration = {
			.what = what, .on = true, .pid = 812,
			.seconds = what == DF_DECLARED_LEARNING ? 14 * 86400 : 0,
		},
	};

	strcpy(record.declaration.name, name);
	if (what == DF_DECLARED_SWITCH)
		strcpy(record.declaration.profile, "local-data-mode");
	if (what == DF_DECLARED_UNLOCK) {
		record.declaration.seconds = 900;
		strcpy(record.declaration.reason, "NTRIP caster moved");
	}
	if (what == DF_DECLARED_SWITCH || what == DF_DECLARED_UNLOCK)
		record.declaration.uid = 1000;
	return record;
}

static struct df_record make_message(int priority, const char *text)
{
	struct df_record record = { .instance = INSTANCE, .time = TEST_TIME };

	df_record_message(&record, priority, "%s", text);
	return record;
}

/* The buffer is large: there is one for all. */
static struct df_buffer buffer;

static const char *encoded(const struct df_sink_ops *ops,
			   const struct df_record *record)
{
	df_buffer_reset(&buffer);
	assert_int_equal(ops->encode(record, false, &buffer), 0);
	assert_true(buffer.length < DF_BUFFER_SIZE);
	buffer.data[buffer.length] = '\0';
	assert_int_equal(strlen(buffer.data), buffer.length);
	return buffer.data;
}

static const char *syslog_of(const struct df_record *record)
{
	df_buffer_reset(&buffer);
	assert_int_equal(df_rfc5424(record, "laptop", 812, &buffer), 0);
	buffer.data[buffer.length] = '\0';
	return buffer.data;
}

static void writes_syslog(void **state)
{
	struct df_event event = make_verdict();
	struct df_record record = make_record(&event);

	assert_string_equal(syslog_of(&record),
			    "<28>1 2026-11-20T12:13:14.123456Z laptop dronefenced 812 verdict [dronefence@32473 type=\"verdict\" seq=\"17\" time=\"2026-11-20T12:13:14.123456789Z\" boottime=\"88000000001\" verdict=\"deny\" app=\"fleet-server\" mode=\"enforce\" reason=\"operated-by\" set=\"prc-clouds\" country=\"US\" votes=\"US,US,CN\" rule=\"2\" gen=\"7\" proto=\"tcp\" saddr=\"10.0.0.2\" sport=\"43210\" daddr=\"47.91.161.230\" dport=\"80\" len=\"60\" pid=\"812\" comm=\"curl\" uid=\"1000\" if=\"eth0\" netns=\"4026531840\" cgroup=\"4711\" flow=\"1312\" suppressed=\"0\" instance=\"8c00000000000001\"] verdict=deny app=fleet-server mode=enforce reason=operated-by set=prc-clouds country=US votes=US,US,CN rule=2 gen=7 proto=tcp src=10.0.0.2:43210 dst=47.91.161.230:80 len=60 pid=812 comm=curl uid=1000 if=eth0 netns=4026531840 flow=1312 seq=17 suppressed=0");
}

static void writes_losses(void **state)
{
	struct df_record record = make_loss(DF_LOSS_KERNEL);

	assert_string_equal(syslog_of(&record),
			    "<28>1 2026-11-20T12:13:14.123456Z laptop dronefenced 812 loss [dronefence@32473 type=\"loss\" time=\"2026-11-20T12:13:14.123456789Z\" cause=\"kernel\" count=\"100\" first=\"101\" last=\"200\" records=\"0\" instance=\"8c00000000000001\"] loss=kernel count=100 first=101 last=200 records=0 instance=8c00000000000001");
	assert_string_equal(encoded(&df_sink_json, &record),
			    "{\"v\":1,\"type\":\"loss\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"cause\":\"kernel\",\"count\":100,\"first\":101,\"last\":200,\"records\":0,\"instance\":\"8c00000000000001\"}\n");
	/* A sink that missed two messages and no event. */
	record = make_loss(DF_LOSS_SINK);
	record.loss.count = 0;
	record.loss.records = 2;
	assert_string_equal(encoded(&df_sink_json, &record),
			    "{\"v\":1,\"type\":\"loss\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"cause\":\"sink\",\"count\":0,\"records\":2,\"instance\":\"8c00000000000001\"}\n");
}

static void writes_changes_of_instance(void **state)
{
	struct df_record record = make_change();

	assert_string_equal(syslog_of(&record),
			    "<28>1 2026-11-20T12:13:14.123456Z laptop dronefenced 812 instance [dronefence@32473 type=\"instance\" time=\"2026-11-20T12:13:14.123456789Z\" previous=\"0000000000000abc\" next=\"4242\" instance=\"8c00000000000001\"] instance=8c00000000000001 previous=0000000000000abc next=4242 lost=unknown");
	assert_string_equal(encoded(&df_sink_json, &record),
			    "{\"v\":1,\"type\":\"instance\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"previous\":\"0000000000000abc\",\"next\":4242,\"instance\":\"8c00000000000001\"}\n");
}

static void writes_messages(void **state)
{
	struct df_record record;

	record = make_message(LOG_ERR, "p.yaml:3:5: error: \"x\\y]\"\n\xc3\xbc");
	assert_string_equal(syslog_of(&record),
			    "<27>1 2026-11-20T12:13:14.123456Z laptop dronefenced 812 message [dronefence@32473 type=\"message\" time=\"2026-11-20T12:13:14.123456789Z\" priority=\"3\" message=\"p.yaml:3:5: error: \\\"x\\\\y\\]\\\"\\\\x0a\\\\xc3\\\\xbc\" instance=\"8c00000000000001\"] p.yaml:3:5: error: \"x\\y]\"\\x0a\\xc3\\xbc");
	assert_string_equal(encoded(&df_sink_json, &record),
			    "{\"v\":1,\"type\":\"message\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"priority\":3,\"message\":\"p.yaml:3:5: error: \\\"x\\\\y]\\\"\\\\x0a\\\\xc3\\\\xbc\",\"instance\":\"8c00000000000001\"}\n");
	assert_string_equal(encoded(&df_sink_journal, &record),
			    "MESSAGE=p.yaml:3:5: error: \"x\\y]\"\\x0a\\xc3\\xbc\n"
			    "PRIORITY=3\n"
			    "MESSAGE_ID=74c698c0a87a42c3af225f7f32875b58\n"
			    "SYSLOG_IDENTIFIER=dronefenced\n"
			    "SYSLOG_FACILITY=3\n"
			    "DRONEFENCE_TYPE=message\n"
			    "DRONEFENCE_TIME=2026-11-20T12:13:14.123456789Z\n"
			    "DRONEFENCE_PRIORITY=3\n"
			    "DRONEFENCE_MESSAGE=p.yaml:3:5: error: \"x\\y]\"\\x0a\\xc3\\xbc\n"
			    "DRONEFENCE_INSTANCE=8c00000000000001\n");
}

static void writes_strays(void **state)
{
	struct df_record record = make_stray("");
	char buf[DF_RECORD_TEXT_SIZE];

	assert_string_equal(encoded(&df_sink_json, &record),
			    "{\"v\":1,\"type\":\"stray\",\"time\":\"2026-11-20T12:13:14.123456789Z\",\"stray\":\"adopt\",\"app\":\"qgc\",\"pid\":813,\"uid\":1000,\"exe\":\"/opt/qgc/QGroundControl\",\"instance\":\"8c00000000000001\"}\n");
	df_record_text(&record, buf);
	assert_string_equal(buf, "stray=adopt app=qgc pid=813 uid=1000 exe=/opt/qgc/QGroundControl error=-");
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	/* What a suspect may have chosen, and the longest of it. */
	record = make_stray("it \"cannot\"");
	strcpy(record.stray.exe, "/a b=c\n");
	df_record_text(&record, buf);
	assert_string_equal(buf, "stray=adopt app=qgc pid=813 uid=1000 exe=/a\\x20b\\x3dc\\x0a error=\"it \\x22cannot\\x22\"");
	memset(record.stray.exe, '\n', sizeof(record.stray.exe) - 1);
	memset(record.stray.error, '"', sizeof(record.stray.error) - 1);
	df_record_text(&record, buf);
	assert_true(strlen(buf) < sizeof(buf) - 1);
}

static void cuts_long_messages(void **state)
{
	char text[3 * DF_MESSAGE_MAX];
	struct df_record record;

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	record = make_message(LOG_ERR, text);
	assert_true(strlen(record.message.text) < DF_MESSAGE_MAX);
	assert_int_equal(strlen(record.message.text) % 4, 0);
	encoded(&df_sink_json, &record);
}

static void writes_journal_entries(void **state)
{
	struct df_event event = make_verdict();
	struct df_record record = make_record(&event);

	assert_string_equal(encoded(&df_sink_journal, &record),
			    "MESSAGE=verdict=deny app=fleet-server mode=enforce reason=operated-by set=prc-clouds country=US votes=US,US,CN rule=2 gen=7 proto=tcp src=10.0.0.2:43210 dst=47.91.161.230:80 len=60 pid=812 comm=curl uid=1000 if=eth0 netns=4026531840 flow=1312 seq=17 suppressed=0\n"
			    "PRIORITY=4\n"
			    "MESSAGE_ID=290fbc90530944858face0d4ccd52a4c\n"
			    "SYSLOG_IDENTIFIER=dronefenced\n"
			    "SYSLOG_FACILITY=3\n"
			    "DRONEFENCE_TYPE=verdict\n"
			    "DRONEFENCE_SEQ=17\n"
			    "DRONEFENCE_TIME=2026-11-20T12:13:14.123456789Z\n"
			    "DRONEFENCE_BOOTTIME=88000000001\n"
			    "DRONEFENCE_VERDICT=deny\n"
			    "DRONEFENCE_APP=fleet-server\n"
			    "DRONEFENCE_MODE=enforce\n"
			    "DRONEFENCE_REASON=operated-by\n"
			    "DRONEFENCE_SET=prc-clouds\n"
			    "DRONEFENCE_COUNTRY=US\n"
			    "DRONEFENCE_VOTES=US,US,CN\n"
			    "DRONEFENCE_RULE=2\n"
			    "DRONEFENCE_GEN=7\n"
			    "DRONEFENCE_PROTO=tcp\n"
			    "DRONEFENCE_SADDR=10.0.0.2\n"
			    "DRONEFENCE_SPORT=43210\n"
			    "DRONEFENCE_DADDR=47.91.161.230\n"
			    "DRONEFENCE_DPORT=80\n"
			    "DRONEFENCE_LEN=60\n"
			    "DRONEFENCE_PID=812\n"
			    "DRONEFENCE_COMM=curl\n"
			    "DRONEFENCE_UID=1000\n"
			    "DRONEFENCE_IF=eth0\n"
			    "DRONEFENCE_NETNS=4026531840\n"
			    "DRONEFENCE_CGROUP=4711\n"
			    "DRONEFENCE_FLOW=1312\n"
			    "DRONEFENCE_SUPPRESSED=0\n"
			    "DRONEFENCE_INSTANCE=8c00000000000001\n");
}

static void writes_line_ends_by_length(void **state)
{
	static const char want[] =
		"FIELD\n\x05\0\0\0\0\0\0\0a\nb\n\n\n"
		"OTHER=c\n";

	df_buffer_reset(&buffer);
	df_journal_field(&buffer, "FIELD", "a\nb\n\n");
	df_journal_field(&buffer, "OTHER", "c");
	assert_int_equal(buffer.length, sizeof(want) - 1);
	assert_memory_equal(buffer.data, want, sizeof(want) - 1);
}

static struct df_record make_note(enum df_store_what what)
{
	struct df_record record = {
		.type = DF_RECORD_STORE, .instance = INSTANCE,
		.time = TEST_TIME,
		.store = { .what = what, .link.number = 4096, .count = 1024 },
	};

	memset(record.store.link.hash, 0xab, DF_STORE_HASH_LEN);
	return record;
}

static void tells_of_the_store(void **state)
{
	struct df_record record = make_note(DF_STORE_CUT);
	char text[DF_RECORD_TEXT_SIZE];

	df_record_text(&record, text);
	assert_int_equal(strncmp(text, "store=cut count=1024 number=4096 hash=abab",
				 42), 0);
	assert_int_equal(df_record_priority(&record), LOG_INFO);
	record.store = (struct df_store_note){ .file = "/a b\n\"x" };
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	df_record_text(&record, text);
	assert_non_null(strstr(text, " file=/a\\x20b\\x0a\\x22x"));
	assert_non_null(strstr(encoded(&df_sink_json, &record),
			       "\"store\":\"begun\",\"file\":\"/a b\\\\x0a\\\\x22x\",\"instance\""));
}

static struct df_record make_own(enum df_record_type type)
{
	struct df_record record = {
		.type = type, .instance = INSTANCE, .time = TEST_TIME,
	};

	return record;
}

static struct df_record make_daemon(bool started, enum df_run_end previous)
{
	struct df_record record = make_own(DF_RECORD_DAEMON);

	record.daemon.started = started;
	record.daemon.previous = previous;
	return record;
}

static struct df_record make_module(enum df_module_what what)
{
	struct df_record record = make_own(DF_RECORD_MODULE);

	record.module.what = what;
	strcpy(record.module.version, "0.1.0");
	return record;
}

static struct df_record make_app(bool runs)
{
	struct df_record record = make_own(DF_RECORD_APP);

	strcpy(record.app.application, "qgc");
	record.app.runs = runs;
	return record;
}

static struct df_record make_bulk(void)
{
	struct df_record record = make_own(DF_RECORD_BULK);

	record.bulk = (struct df_bulk_note){
		.application = "qgc", .country = "US", .asn = 45102,
		.as_name = "Alibaba (US) Technology Co., Ltd.",
		.bytes = 104923136, .flows = 3,
		.since = TEST_TIME - 60000000000u, .limit = 104857600,
	};
	return record;
}

static void assert_text(const struct df_record *record, const char *want)
{
	char text[DF_RECORD_TEXT_SIZE];

	df_record_text(record, text);
	assert_string_equal(text, want);
}

static void tells_of_itself(void **state)
{
	struct df_record record = make_daemon(true, DF_RUN_UNCLEAN);

	assert_text(&record, "daemon=started version=" DF_VERSION " previous_end=unclean");
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	record = make_daemon(true, DF_RUN_CLEAN);
	assert_int_equal(df_record_priority(&record), LOG_NOTICE);
	record = make_daemon(false, DF_RUN_CLEAN);
	assert_text(&record, "daemon=stopped version=" DF_VERSION " previous_end=-");
	assert_null(strstr(encoded(&df_sink_json, &record), "previous_end"));
	record = make_module(DF_MODULE_UNLOADED);
	assert_text(&record, "module=unloaded version=0.1.0 instance=8c00000000000001");
	assert_int_equal(df_record_priority(&record), LOG_CRIT);
	record = make_module(DF_MODULE_LOADED);
	assert_int_equal(df_record_priority(&record), LOG_NOTICE);
	record = make_app(true);
	assert_text(&record, "application=started app=qgc");
	assert_int_equal(df_record_priority(&record), LOG_INFO);
	record = make_app(false);
	assert_text(&record, "application=stopped app=qgc");
	record = make_bulk();
	assert_text(&record, "bulk=qgc country=US asn=45102 as_name=\"Alibaba (US) Technology Co., Ltd.\" bytes=104923136 flows=3 limit=104857600");
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	/* Nothing is known of where it went. */
	record.bulk.country[0] = '\0';
	record.bulk.asn = 0;
	record.bulk.as_name[0] = '\0';
	assert_text(&record, "bulk=qgc country=?? asn=- as_name=- bytes=104923136 flows=3 limit=104857600");
	assert_null(strstr(encoded(&df_sink_json, &record), "\"as"));
	memset(record.bulk.as_name, '\n', sizeof(record.bulk.as_name) - 1);
	encoded(&df_sink_json, &record);
	assert_non_null(strstr(buffer.data, "\\\\x0a\",\"since\""));
}

struct kind {
	const char *name;
	const char *id;
};

/* Names and ids are an interface: whoever changes them breaks searches. */
static const struct kind kinds[DF_KINDS] = {
	[DF_KIND_VERDICT] = { "verdict", "290fbc90530944858face0d4ccd52a4c" },
	[DF_KIND_FLOW_END] = { "flow-end", "6955bb4cd6d64f7c9de12b14b7acf1bc" },
	[DF_KIND_POLICY] = { "policy", "cbc4b7524e35490f970d8ef292fef3e9" },
	[DF_KIND_SOCKET_CLOSED] = { "socket-closed", "1eef3d1d85f34e7584bc8433710231e6" },
	[DF_KIND_EVENT] = { "event", "5659a2b2f1aa43c48ad965206bb6f187" },
	[DF_KIND_PLACED] = { "placed", "c6d352f4339f4863abb2db184bce99b4" },
	[DF_KIND_PLACE_FAILED] = { "place-failed",
				   "3354bbf6717d41c3b721a40ca168e373" },
	[DF_KIND_REQUEST_REFUSED] = { "request-refused",
				      "4d4e8fbe6bf94bb9be6d814c5cc74626" },
	[DF_KIND_SEALED] = { "sealed", "551ea662666a4112aee3037d401cb553" },
	[DF_KIND_LOSS] = { "loss", "d6f7ec64ece347a292cb0f7691a36d60" },
	[DF_KIND_INSTANCE] = { "instance", "cc7be4790b7f4ada9775136fe7ff708b" },
	[DF_KIND_MESSAGE] = { "message", "74c698c0a87a42c3af225f7f32875b58" },
	[DF_KIND_STRAY] = { "stray", "2c2883b8e0534a848daca24b9521ab5e" },
	[DF_KIND_STORE] = { "store", "1673f5c5d77d42078ba35ca910905e95" },
	[DF_KIND_DAEMON] = { "daemon", "d9e3f3ad3fb74ea7b60087d89f32ec6b" },
	[DF_KIND_MODULE] = { "module", "e9f9970c06f54029809ad20f3d8d9939" },
	[DF_KIND_APP_STARTED] = { "app-started", "3ce6a10471644b648c223ab5b04a087e" },
	[DF_KIND_APP_STOPPED] = { "app-stopped", "df42abb77d85404393d04dfab4ebae7c" },
	[DF_KIND_BULK] = { "bulk", "d749477db5714cb1b7e319191a237761" },
	[DF_KIND_FLIGHT] = { "flight", "f0345d46af494b9087ca43158cd8d72a" },
	[DF_KIND_LOCAL_DATA_MODE] = { "local-data-mode",
				      "3aaccc3bb4ea408094dc0ed48308e90b" },
	[DF_KIND_LEARNING] = { "learning", "c6bab4bbbecf46828b6fc1c0cb03e8bd" },
	[DF_KIND_SWITCH] = { "switch", "5a0c1d1f7a6e4b52b7b8d3f0c2e94a61" },
	[DF_KIND_UNLOCK] = { "unlock", "e4b7306d9c1f4e0a8f5d2b6a7c83d915" },
};

static void keeps_kinds_apart(void **state)
{
	struct df_event verdict = make_verdict(), policy = make_policy(), other;
	struct df_event flow_end = make_flow_end();
	struct df_event placed = make_place(DFENCE_PLACE_ERROR_NONE);
	struct df_event killed = make_place(DFENCE_PLACE_ERROR_ANCHOR);
	struct df_event closed = make_socket_closed();
	struct df_event refused = make_refusal(), sealed = make_seal();
	struct df_record records[DF_KINDS];
	int i;

	other = policy;
	other.type = 77;
	records[DF_KIND_PLACED] = make_record(&placed);
	records[DF_KIND_PLACE_FAILED] = make_record(&killed);
	records[DF_KIND_VERDICT] = make_record(&verdict);
	records[DF_KIND_FLOW_END] = make_record(&flow_end);
	records[DF_KIND_POLICY] = make_record(&policy);
	records[DF_KIND_SOCKET_CLOSED] = make_record(&closed);
	records[DF_KIND_REQUEST_REFUSED] = make_record(&refused);
	records[DF_KIND_SEALED] = make_record(&sealed);
	records[DF_KIND_EVENT] = make_record(&other);
	records[DF_KIND_LOSS] = make_loss(DF_LOSS_KERNEL);
	records[DF_KIND_INSTANCE] = make_change();
	records[DF_KIND_MESSAGE] = make_message(LOG_INFO, "hello");
	records[DF_KIND_STRAY] = make_stray("");
	records[DF_KIND_STORE] = make_note(DF_STORE_CUT);
	records[DF_KIND_DAEMON] = make_daemon(true, DF_RUN_CLEAN);
	records[DF_KIND_MODULE] = make_module(DF_MODULE_PRESENT);
	records[DF_KIND_APP_STARTED] = make_app(true);
	records[DF_KIND_APP_STOPPED] = make_app(false);
	records[DF_KIND_BULK] = make_bulk();
	records[DF_KIND_FLIGHT] = make_declaration(DF_DECLARED_FLIGHT, "field 7");
	records[DF_KIND_LOCAL_DATA_MODE] =
		make_declaration(DF_DECLARED_LOCAL_DATA, "qgc");
	records[DF_KIND_LEARNING] =
		make_declaration(DF_DECLARED_LEARNING, "qgc");
	records[DF_KIND_SWITCH] = make_declaration(DF_DECLARED_SWITCH, "qgc");
	records[DF_KIND_UNLOCK] = make_declaration(DF_DECLARED_UNLOCK, "qgc");
	for (i = 0; i < DF_KINDS; i++) {
		char want[64];

		assert_int_equal(df_record_kind(&records[i]), i);
		assert_string_equal(df_kind_name(i), kinds[i].name);
		snprintf(want, sizeof(want), "\nMESSAGE_ID=%s\n", kinds[i].id);
		assert_non_null(strstr(encoded(&df_sink_journal, &records[i]),
				       want));
	}
}

static void tells_how_urgent_it_is(void **state)
{
	struct df_event event = make_verdict();
	struct df_record record = make_record(&event);

	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	record.event.verdict = DFENCE_VERDICT_DROP;
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	record.event.mode = DFENCE_MODE_AUDIT;
	assert_int_equal(df_record_priority(&record), LOG_NOTICE);
	record.event.verdict = DFENCE_VERDICT_ALLOW;
	assert_int_equal(df_record_priority(&record), LOG_INFO);
	event = make_flow_end();
	event.verdict = DFENCE_VERDICT_DENY;
	record = make_record(&event);
	assert_int_equal(df_record_priority(&record), LOG_INFO);
	event = make_policy();
	record = make_record(&event);
	assert_int_equal(df_record_priority(&record), LOG_NOTICE);
	event = make_place(DFENCE_PLACE_ERROR_NONE);
	record = make_record(&event);
	assert_int_equal(df_record_priority(&record), LOG_INFO);
	event = make_place(DFENCE_PLACE_ERROR_ATTACH);
	record = make_record(&event);
	assert_int_equal(df_record_priority(&record), LOG_ERR);
	event = make_socket_closed();
	record = make_record(&event);
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	event = make_refusal();
	record = make_record(&event);
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	record = make_loss(DF_LOSS_SINK);
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	record = make_change();
	assert_int_equal(df_record_priority(&record), LOG_WARNING);
	record = make_message(LOG_CRIT, "x");
	assert_int_equal(df_record_priority(&record), LOG_CRIT);
}

/* A file of the sources, wherever in them this program runs. */
static char *read_source(const char *name)
{
	size_t size = 1u << 20, length;
	char path[4096 + 64];
	FILE *file = NULL;
	char *text, *slash;

	length = (size_t)readlink("/proc/self/exe", path, 4095);
	assert_true(length < 4096);
	path[length] = '\0';
	while (!file && (slash = strrchr(path, '/'))) {
		strcpy(slash, name);
		file = fopen(path, "r");
		*slash = '\0';
	}
	assert_non_null(file);
	text = malloc(size);
	assert_non_null(text);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* Each line of @example stands there, in a literal block. */
static void assert_documented(const char *text, const char *example)
{
	char *copy = strdup(example), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		char want[DF_BUFFER_SIZE];

		snprintf(want, sizeof(want), "\n    %s\n", line);
		if (!strstr(text, want))
			fail_msg("not in events.rst: %s", line);
	}
	free(copy);
}

static void assert_line_documented(const char *text,
				   const struct df_record *record)
{
	char line[DF_RECORD_TEXT_SIZE + 16] = "dronefence: ";

	df_record_text(record, line + strlen(line));
	assert_documented(text, line);
}

static void assert_text_documented(const char *text,
				   const struct df_record *record)
{
	char line[DF_RECORD_TEXT_SIZE + 16] = "As text: ``";

	df_record_text(record, line + strlen(line));
	strcat(line, "``");
	assert_non_null(strstr(text, line));
}

static struct df_record annotated(const struct df_event *event)
{
	struct df_record record = make_record(event);

	record.notes = (struct df_notes){
		.asn = 45102, .as_name = "Alibaba (US) Technology Co., Ltd.",
		.exe = "/usr/bin/curl", .unit = "fleet-server.service",
		.rule_file = "policy.yaml", .rule_line = 12,
	};
	return record;
}

static struct df_record replaced(const struct df_event *event)
{
	struct df_record record = make_record(event);

	record.replaced = (struct df_replaced){
		.known = true, .generation = 7,
		.geo = "libloc 2026-11-19, tor-geoipdb 2026-11-12",
		.cause = "apply",
	};
	memset(record.replaced.digest, 0xab, DRONEFENCE_DIGEST_LEN);
	return record;
}

/* The examples in the documentation are what is really written. */
static void is_documented(void **state)
{
	struct df_event verdict = make_verdict(), policy = make_policy();
	struct df_event flow_end = make_flow_end();
	struct df_event closed = make_socket_closed();
	struct df_event refused = make_refusal(), sealed = make_seal();
	struct df_record record = make_record(&verdict);
	char *text = read_source("/Documentation/events.rst"), line[64];
	int i;

	assert_line_documented(text, &record);
	assert_documented(text, syslog_of(&record));
	assert_documented(text, encoded(&df_sink_journal, &record));
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_record(&flow_end);
	assert_line_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_record(&closed);
	assert_line_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_record(&refused);
	assert_line_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_record(&sealed);
	assert_line_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_record(&policy);
	assert_line_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_loss(DF_LOSS_KERNEL);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_change();
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_message(LOG_ERR,
			      "/etc/dronefence/policy.yaml:3:8: error: unknown key 'rulez'");
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_note(DF_STORE_CUT);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_record(&verdict);
	strcpy(record.dns, "gw.vendor.example");
	assert_documented(text, encoded(&df_sink_json, &record));
	record = annotated(&verdict);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = replaced(&policy);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_module(DF_MODULE_LOADED);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_app(true);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_app(false);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_bulk();
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_declaration(DF_DECLARED_FLIGHT, "field 7");
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_declaration(DF_DECLARED_LOCAL_DATA, "qgc");
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_declaration(DF_DECLARED_LEARNING, "qgc");
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_declaration(DF_DECLARED_SWITCH, "qgc");
	assert_text_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	record = make_declaration(DF_DECLARED_UNLOCK, "qgc");
	assert_text_documented(text, &record);
	assert_documented(text, encoded(&df_sink_json, &record));
	for (i = 0; i < DF_KINDS; i++) {
		snprintf(line, sizeof(line), "     - ``%s``\n", kinds[i].id);
		assert_non_null(strstr(text, line));
	}
	free(text);
}

static json_t *load_source(const char *name)
{
	char *text = read_source(name);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	free(text);
	return json;
}

/* Fields that a search is told of, or asked for. */
static void assert_fields(const json_t *json, const json_t *types)
{
	const char *key, *text = json_string_value(json);
	const json_t *value;
	size_t i;

	if (text && !strncmp(text, "dronefence.", 11) &&
	    !json_object_get(types, text + 11))
		fail_msg("the template does not have %s", text + 11);
	json_array_foreach((json_t *)json, i, value)
		assert_fields(value, types);
	json_object_foreach((json_t *)json, key, value) {
		if (!strncmp(key, "dronefence.", 11) &&
		    !json_object_get(types, key + 11))
			fail_msg("the template does not have %s", key + 11);
		assert_fields(value, types);
	}
}

static void search_asks_for_fields_that_there_are(void **state)
{
	char *text = read_source("/Documentation/events.rst"), want[64];
	json_t *template = load_source("/userspace/rsyslog/search-template.json");
	json_t *queries = load_source("/userspace/rsyslog/search-queries.json");
	const json_t *types, *type;
	const char *key;

	assert_int_equal(json_unpack(template, "{s:{s:{s:{s:{s:o}}}}}", "template",
				     "mappings", "properties", "dronefence",
				     "properties", &types), 0);
	assert_int_not_equal(json_array_size(queries), 0);
	assert_fields(queries, types);
	json_object_foreach((json_t *)types, key, type) {
		snprintf(want, sizeof(want), "``%s``", key);
		if (!strstr(text, want))
			fail_msg("%s is not documented", key);
	}
	json_decref(template);
	json_decref(queries);
	free(text);
}

/* The parameter as RFC 5424 defines it, undone. */
static void unescape(char *value)
{
	char *to = value;

	for (; *value; value++) {
		if (*value == '\\')
			value++;
		*to++ = *value;
	}
	*to = '\0';
}

/* Find @name="..." and undo its escapes; the end is the first bare quote. */
static void parameter(const char *message, const char *name, char value[256])
{
	char start[32];
	const char *p;
	size_t length = 0;

	snprintf(start, sizeof(start), " %s=\"", name);
	p = strstr(message, start);
	assert_non_null(p);
	p += strlen(start);
	while (p[length] != '"') {
		assert_true(p[length] != ']');
		length += p[length] == '\\' ? 2 : 1;
		assert_true(length < 250);
	}
	memcpy(value, p, length);
	value[length] = '\0';
	unescape(value);
}

static void assert_printable(const char *text, bool lines)
{
	for (; *text; text++)
		assert_true((*text >= ' ' && *text <= '~') ||
			    (lines && *text == '\n'));
}

static void defuses_hostile_names(void **state)
{
	size_t i;

	for (i = 0; i < HOSTILE_NAMES; i++) {
		const struct hostile_name *h = &hostile_names[i];
		struct df_event event = make_verdict();
		struct df_record record;
		char value[256], want[256];

		snprintf(event.comm, sizeof(event.comm), "%s", h->name);
		snprintf(event.ifname, sizeof(event.ifname), "%s", h->name);
		record = make_record(&event);

		syslog_of(&record);
		assert_printable(buffer.data, false);
		parameter(buffer.data, "comm", value);
		assert_string_equal(value, h->shown);
		parameter(buffer.data, "if", value);
		assert_string_equal(value, h->shown);

		encoded(&df_sink_journal, &record);
		assert_printable(buffer.data, true);
		snprintf(want, sizeof(want),
			 "\nDRONEFENCE_COMM=%s\nDRONEFENCE_UID=1000\nDRONEFENCE_IF=%s\nDRONEFENCE_NETNS=",
			 h->shown, h->shown);
		assert_non_null(strstr(buffer.data, want));

		encoded(&df_sink_json, &record);
		buffer.data[buffer.length - 1] = '\0';
		assert_printable(buffer.data, false);
	}
}

static void shows_no_bad_host_name(void **state)
{
	struct df_record record = make_message(LOG_INFO, "x");
	static const char *const bad[] = { "", "a b", "a\nb", "\xc3\xbc" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		df_buffer_reset(&buffer);
		assert_int_equal(df_rfc5424(&record, bad[i], 1, &buffer), 0);
		buffer.data[buffer.length] = '\0';
		assert_non_null(strstr(buffer.data, "Z - dronefenced 1 message ["));
	}
}

static void notices_an_overflow(void **state)
{
	df_buffer_reset(&buffer);
	buffer.length = DF_BUFFER_SIZE - 4;
	df_buffer_text(&buffer, "abcd");
	assert_false(buffer.overflow);
	df_buffer_text(&buffer, "e");
	assert_true(buffer.overflow);
	assert_int_equal(buffer.length, DF_BUFFER_SIZE);

	df_buffer_reset(&buffer);
	assert_false(buffer.overflow);
	buffer.length = DF_BUFFER_SIZE - 4;
	df_buffer_printf(&buffer, "%s", "abcd");
	assert_true(buffer.overflow);
	assert_int_equal(buffer.length, DF_BUFFER_SIZE - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_syslog),
		cmocka_unit_test(writes_losses),
		cmocka_unit_test(writes_changes_of_instance),
		cmocka_unit_test(writes_messages),
		cmocka_unit_test(writes_strays),
		cmocka_unit_test(cuts_long_messages),
		cmocka_unit_test(writes_journal_entries),
		cmocka_unit_test(writes_line_ends_by_length),
		cmocka_unit_test(keeps_kinds_apart),
		cmocka_unit_test(tells_of_the_store),
		cmocka_unit_test(tells_how_urgent_it_is),
		cmocka_unit_test(tells_of_itself),
		cmocka_unit_test(defuses_hostile_names),
		cmocka_unit_test(shows_no_bad_host_name),
		cmocka_unit_test(notices_an_overflow),
		cmocka_unit_test(is_documented),
		cmocka_unit_test(search_asks_for_fields_that_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
