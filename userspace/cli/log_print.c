// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records as they are printed. The daemon writes printable ASCII only; but what
 * is read here may have been altered, so nothing is printed as it is found.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_log.h"
#include "event.h"

/* Longest value that is shown; of records of ours only a message comes near. */
#define VALUE_SIZE 2048

/* Names of fields, in the order of the columns behind the number. */
static const char *const csv_fields[] = {
	"time", "type", "app", "verdict", "mode", "reason", "set", "country",
	"votes", "rule", "gen", "proto", "saddr", "sport", "daddr", "dport",
	"len", "packets", "bytes", "refused_packets", "refused_bytes", "pid",
	"comm", "uid", "seq", "instance", "message", "asn", "as_name", "exe",
	"unit", "dns", "rule_file", "rule_line",
};

#define CSV_FIELDS (sizeof(csv_fields) / sizeof(csv_fields[0]))

/* A field as text, "" where there is none. */
static const char *value(const json_t *object, const char *key,
			 char buf[VALUE_SIZE])
{
	const json_t *json = json_object_get(object, key);

	buf[0] = '\0';
	if (json_is_integer(json))
		snprintf(buf, VALUE_SIZE, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json));
	else if (json_is_string(json))
		df_escape(json_string_value(json), json_string_length(json), "",
			  buf, VALUE_SIZE);
	return buf;
}

/*
 * RFC 4180. A spreadsheet takes what begins with one of these for a formula,
 * and its inventor for a friend: an apostrophe in front makes it a text.
 */
static void print_cell(const char *text)
{
	const char *quote = strpbrk(text, "\",\r\n") ? "\"" : "";

	fputs(quote, stdout);
	if (*text && strchr("=+-@\t\r", *text))
		putchar('\'');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	fputs(quote, stdout);
}

static void print_csv(uint64_t number, const json_t *object)
{
	char buf[VALUE_SIZE];
	size_t i;

	printf("%" PRIu64, number);
	for (i = 0; i < CSV_FIELDS; i++) {
		putchar(',');
		print_cell(value(object, csv_fields[i], buf));
	}
	fputs("\r\n", stdout);
}

static bool is_plain(const char *line, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (line[i] < ' ' || line[i] > '~')
			return false;
	return true;
}

/* As JSON without anything that acts on a terminal; jansson leaves one such byte. */
static int print_defused(const json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII), *p;

	if (!text)
		return -ENOMEM;
	for (p = text; *p; p++)
		if (*p == 0x7f)
			fputs("\\u007f", stdout);
		else
			putchar(*p);
	free(text);
	return 0;
}

static int print_line(const struct df_store_record *record, const json_t *object)
{
	int err = 0;

	if (is_plain(record->line, record->length))
		fwrite(record->line, 1, record->length, stdout);
	else
		err = print_defused(object);
	if (!err)
		putchar('\n');
	return err;
}

static void print_keys(const json_t *object, const char *const *keys,
		       size_t count)
{
	char buf[VALUE_SIZE];
	size_t i;

	for (i = 0; i < count; i++)
		if (*value(object, keys[i], buf))
			printf(" %s=%s", keys[i], buf);
}

/* What a packet has in columns of its own, and who did what is no packet. */
static void print_other(const json_t *object)
{
	static const char *const keys[] = {
		"country", "bytes", "flows", "limit", "command", "comm", "uid",
	};

	if (!json_object_get(object, "daddr"))
		print_keys(object, keys, sizeof(keys) / sizeof(keys[0]));
}

/* "where to" of a packet, or what else there is to tell. */
static void print_rest(const json_t *object)
{
	static const char *const keys[] = {
		"policy", "cause", "count", "first", "last", "store",
		"file", "number", "error", "exe", "previous", "as_name", "dns",
		"daemon", "previous_end", "module", "version", "flight",
		"name", "declared",
	};
	char buf[VALUE_SIZE];

	if (json_object_get(object, "daddr")) {
		bool six = strchr(value(object, "daddr", buf), ':');

		printf(six && json_object_get(object, "dport") ? " [%s]" : " %s",
		       buf);
		if (*value(object, "dport", buf))
			printf(":%s", buf);
		printf(" %s", value(object, "proto", buf));
		printf(" %s", value(object, "country", buf));
		printf(" %s", *value(object, "set", buf) ? buf :
		       value(object, "reason", buf));
		if (*value(object, "end", buf))
			printf(" %s", buf);
		if (*value(object, "bytes", buf))
			printf(" %s bytes", buf);
	}
	if (*value(object, "message", buf))
		printf(" %s", buf);
	print_keys(object, keys, sizeof(keys) / sizeof(keys[0]));
	print_other(object);
}

static void print_row(uint64_t number, const json_t *object)
{
	char time[VALUE_SIZE], type[VALUE_SIZE], app[VALUE_SIZE];
	char verdict[VALUE_SIZE], mode[VALUE_SIZE];

	value(object, "time", time);
	/* To the millisecond; --json has the rest. */
	if (strlen(time) == 30)
		strcpy(time + 23, "Z");
	value(object, "verdict", verdict);
	if (*verdict && !strcmp(value(object, "mode", mode), "audit"))
		strncat(verdict, "/audit", VALUE_SIZE - strlen(verdict) - 1);
	printf("%8" PRIu64 " %s %-13s %-14s %-5s", number, time,
	       value(object, "type", type),
	       *value(object, "app", app) ? app : "-",
	       *verdict ? verdict : "-");
	print_rest(object);
	putchar('\n');
}

/**
 * log_print_head() - print what stands above the records
 * @form: how they are printed
 */
void log_print_head(enum log_form form)
{
	size_t i;

	if (form != LOG_CSV)
		return;
	fputs("number", stdout);
	for (i = 0; i < CSV_FIELDS; i++)
		printf(",%s", csv_fields[i]);
	fputs("\r\n", stdout);
}

/**
 * log_print() - print a record
 * @record: from the store
 * @form: how
 *
 * One that cannot be read is reported, and left out.
 *
 * Return: 0; -ENOMEM; -EPIPE if nobody reads any more.
 */
int log_print(const struct df_store_record *record, enum log_form form)
{
	json_t *object;
	int err = df_store_load(record->line, record->length, &object);

	if (err == -ENOMEM)
		return err;
	if (err)
		complain("record %" PRIu64 " cannot be read: it was altered",
			 record->number);
	else if (form == LOG_JSON)
		err = print_line(record, object);
	else if (form == LOG_CSV)
		print_csv(record->number, object);
	else
		print_row(record->number, object);
	json_decref(object);
	if (ferror(stdout))
		return -EPIPE;
	return err == -EINVAL ? 0 : err;
}
