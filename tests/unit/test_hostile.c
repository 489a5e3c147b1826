// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names that somebody chose in order to do harm, in each record that holds one,
 * through each sink and each form of the log. Every output is taken apart by the
 * rules of its format: it is one record, with the fields of a harmless one.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "cli_log.h"
#include "event_util.h"
#include "sink.h"

#define LONG_NAME 4096

static char long_name[LONG_NAME + 1];
static char long_quotes[LONG_NAME + 1];

static const char *const names[] = {
	"harmless",
	"a\nDRONEFENCE_VERDICT=allow\nb",
	"a\n\"verdict\":\"allow\"",
	"a\" verdict=\"allow\" b=\"",
	"a\"] verdict=allow [x@1 y=\"",
	"\\\"],\\n\\u0000",
	"a\"}\n{\"type\":\"verdict\",\"seq\":99}",
	"\",\"=cmd|' /C calc'!A0",
	"=HYPERLINK(\"http://example.org\")",
	"@SUM(1)", "+1", "-1", "\t=1",
	"<script>alert(1)</script>&amp;<!--",
	"$(reboot) `reboot` ; reboot | reboot",
	"\x1b]0;title\x07\x1b[2J\x1b[31m\x9b" "31m",
	"\r\n<28>1 - - - - - - forged",
	"\xe2\x80\xae" "cod.exe" "\xe2\x80\xac" "\xe2\x81\xa6" "\xd8\x9c",
	"\xe2\x80\xa8 line \xe2\x80\xa9 paragraph \xc2\x85",
	"\xff\xfe\x80 \xc0\xaf \xf5\x80\x80\x80 \xed\xa0\x80 \xe2\x80",
	"\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x7f",
	"%s%n%x%99999999s",
	"--help", "../../etc/passwd", " ", ",;:'|",
	long_name, long_quotes,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define COPY(to, name) snprintf(to, sizeof(to), "%s", name)

static struct df_record event(const struct df_event *of)
{
	return (struct df_record){
		.type = DF_RECORD_EVENT, .instance = 1, .time = TEST_TIME,
		.event = *of,
	};
}

static struct df_record make_verdict_of(const char *name)
{
	struct df_event of = make_verdict();

	COPY(of.comm, name);
	COPY(of.ifname, name);
	return event(&of);
}

static struct df_record make_flow_end_of(const char *name)
{
	struct df_event of = make_flow_end();

	COPY(of.comm, name);
	return event(&of);
}

static struct df_record make_closed_of(const char *name)
{
	struct df_event of = make_socket_closed();

	COPY(of.comm, name);
	COPY(of.ifname, name);
	return event(&of);
}

static struct df_record make_policy_of(const char *name)
{
	struct df_event of = make_policy();

	COPY(of.comm, name);
	COPY(of.policy_name, name);
	return event(&of);
}

static struct df_record make_placed_of(const char *name)
{
	struct df_event of = make_place(DFENCE_PLACE_ERROR_ATTACH);

	COPY(of.comm, name);
	return event(&of);
}

static struct df_record make_refusal_of(const char *name)
{
	struct df_event of = make_refusal();

	COPY(of.comm, name);
	return event(&of);
}

static struct df_record make_stray_of(const char *name)
{
	struct df_record record = {
		.type = DF_RECORD_STRAY, .instance = 1, .time = TEST_TIME,
		.stray = { .application = "qgc", .pid = 1 },
	};

	COPY(record.stray.exe, name);
	COPY(record.stray.error, name);
	return record;
}

static struct df_record make_message_of(const char *name)
{
	struct df_record record = { .instance = 1, .time = TEST_TIME };

	df_record_message(&record, LOG_WARNING, "sink %s: gone", name);
	return record;
}

static struct df_record make_note_of(const char *name)
{
	struct df_record record = {
		.type = DF_RECORD_STORE, .instance = 1, .time = TEST_TIME,
		.store = { .what = DF_STORE_BEGUN },
	};

	COPY(record.store.file, name);
	return record;
}

/* Every record with a name in it that is not ours. */
static struct df_record (*const makers[])(const char *name) = {
	make_verdict_of, make_flow_end_of, make_closed_of, make_policy_of,
	make_placed_of, make_refusal_of, make_stray_of, make_message_of,
	make_note_of,
};

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

static void assert_printable(const char *text, const char *besides)
{
	for (; *text; text++)
		if ((*text < ' ' || *text > '~') && !strchr(besides, *text))
			fail_msg("byte %02x", (unsigned char)*text);
}

static size_t fields_of(const struct df_record *record)
{
	struct df_fields fields;

	df_fields_init(&fields);
	df_record_fields(record, &fields);
	assert_true(fields.count < DF_FIELDS_MAX);
	return fields.count;
}

/* The same words before each "=", and none more. */
static size_t pairs_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '=';
	return count;
}

static void check_text(const struct df_record *record,
		       const struct df_record *harmless)
{
	char text[DF_RECORD_TEXT_SIZE], want[DF_RECORD_TEXT_SIZE];

	df_record_text(record, text);
	df_record_text(harmless, want);
	assert_printable(text, "");
	assert_true(strlen(text) < sizeof(text) - 1);
	if (record->type == DF_RECORD_EVENT)
		assert_int_equal(pairs_of(text), pairs_of(want));
}

static void check_json(const struct df_record *record)
{
	const char *line = encoded(&df_sink_json, record);
	json_error_t why;
	json_t *object;

	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_printable(line, "\n");
	object = json_loads(line, JSON_REJECT_DUPLICATES, &why);
	if (!object)
		fail_msg("%s: %s", why.text, line);
	/* And the version of the schema. */
	assert_int_equal(json_object_size(object), fields_of(record) + 1);
	assert_string_equal(json_string_value(json_object_get(object, "type")),
			    df_kind_name(df_record_kind(record)));
	json_decref(object);
}

/* Behind a parameter value of RFC 5424, of which @p is the first character. */
static const char *skip_value(const char *p)
{
	for (; *p != '"'; p++) {
		assert_true(*p && *p != ']');
		if (*p == '\\') {
			p++;
			assert_non_null(strchr("\"\\]", *p));
		}
	}
	return p + 1;
}

static void check_syslog(const struct df_record *record)
{
	static const char id[] = " [dronefence@32473";
	const char *p;
	size_t count = 0;

	df_buffer_reset(&buffer);
	assert_int_equal(df_rfc5424(record, "laptop", 812, &buffer), 0);
	buffer.data[buffer.length] = '\0';
	assert_int_equal(strlen(buffer.data), buffer.length);
	assert_printable(buffer.data, "");
	p = strstr(buffer.data, id);
	assert_non_null(p);
	for (p += sizeof(id) - 1; *p == ' '; count++) {
		size_t length = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");

		assert_true(length);
		assert_int_equal(strncmp(p + 1 + length, "=\"", 2), 0);
		p = skip_value(p + length + 3);
	}
	assert_int_equal(strncmp(p, "] ", 2), 0);
	assert_int_equal(count, fields_of(record));
}

static void check_journal(const struct df_record *record)
{
	const char *p = encoded(&df_sink_journal, record);
	size_t count = 0;

	assert_printable(p, "\n");
	for (; *p; count++) {
		size_t length = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

		assert_true(length && isupper((unsigned char)*p));
		/* No value with a line end, so none with a length. */
		assert_int_equal(p[length], '=');
		p = strchr(p, '\n');
		assert_non_null(p);
		p++;
	}
	/* MESSAGE, PRIORITY, MESSAGE_ID and two of syslog. */
	assert_int_equal(count, fields_of(record) + 5);
}

/* What log_print() writes about a line of the store. */
static const char *printed(const char *line, enum log_form form)
{
	static char text[65536];
	char path[] = "/tmp/dronefence-hostile-XXXXXX";
	struct df_store_record record = {
		.number = 1, .line = line, .length = strlen(line),
	};
	int fd = mkstemp(path), saved = dup(1);
	ssize_t length;

	assert_true(fd >= 0 && saved >= 0);
	fflush(stdout);
	dup2(fd, 1);
	log_print(&record, form);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	length = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(length >= 0);
	text[length] = '\0';
	close(fd);
	unlink(path);
	return text;
}

/* RFC 4180: cells of a line, none of which is a formula. */
static size_t cells_of(const char *p)
{
	size_t count = 0;

	do {
		bool quoted = *p == '"';

		p += quoted;
		assert_null(*p && strchr("=+-@", *p) ? p : NULL);
		while (quoted ? *p != '"' || p[1] == '"' : !strchr(",\"\r\n", *p)) {
			assert_true(*p);
			p += quoted && *p == '"' ? 2 : 1;
		}
		p += quoted;
		count++;
	} while (*p++ == ',');
	assert_string_equal(p - 1, "\r\n");
	return count;
}

static void check_log(const struct df_record *record, size_t cells)
{
	char line[DF_BUFFER_SIZE];
	const char *text;

	df_buffer_reset(&buffer);
	assert_int_equal(df_record_json(record, &buffer), 0);
	snprintf(line, sizeof(line), "%.*s", (int)buffer.length, buffer.data);
	text = printed(line, LOG_JSON);
	assert_int_equal(strncmp(text, line, strlen(line)), 0);
	assert_string_equal(text + strlen(line), "\n");
	assert_int_equal(cells_of(printed(line, LOG_CSV)), cells);
	text = printed(line, LOG_TABLE);
	assert_printable(text, "\n");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void goes_through_every_sink(void **state)
{
	size_t i, j;

	for (i = 0; i < COUNT(makers); i++) {
		struct df_record harmless = makers[i]("harmless");
		size_t cells;

		df_buffer_reset(&buffer);
		df_record_json(&harmless, &buffer);
		buffer.data[buffer.length] = '\0';
		cells = cells_of(printed(buffer.data, LOG_CSV));
		assert_true(cells > 20);
		for (j = 0; j < COUNT(names); j++) {
			struct df_record record = makers[i](names[j]);

			check_text(&record, &harmless);
			check_json(&record);
			check_syslog(&record);
			check_journal(&record);
			check_log(&record, cells);
		}
	}
}

/* A line that somebody else wrote into the store is not trusted either. */
static void prints_no_name_of_a_forged_line(void **state)
{
	size_t i, j;

	for (i = 0; i < COUNT(names); i++) {
		json_t *object = json_object();
		char *line;

		static const char *const keys[] = {
			"time", "type", "app", "verdict", "mode", "message",
			"comm", "exe", "daddr", "set", "file",
		};

		for (j = 0; j < COUNT(keys); j++)
			json_object_set_new(object, keys[j],
					    json_stringn_nocheck(names[i],
								 strlen(names[i])));
		line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
		json_decref(object);
		/* What is no UTF-8 cannot be written at all. */
		if (!line)
			continue;
		for (j = LOG_TABLE; j <= LOG_CSV; j++)
			assert_printable(printed(line, (enum log_form)j),
					 j == LOG_CSV ? "\r\n" : "\n");
		cells_of(printed(line, LOG_CSV));
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_through_every_sink),
		cmocka_unit_test(prints_no_name_of_a_forged_line),
	};

	memset(long_name, '\n', LONG_NAME);
	memset(long_quotes, '"', LONG_NAME);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
