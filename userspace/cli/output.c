// SPDX-License-Identifier: GPL-2.0-or-later
/* Printing: data to standard output, messages to standard error. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apply.h"
#include "cli.h"
#include "event.h"

/**
 * complain() - tell the user what is wrong
 * @fmt: printf format, one line without a full stop
 */
void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("dronefence: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

/**
 * client_failed() - tell why a request failed
 * @client: whose
 * @err: negative errno of the request
 *
 * Return: the exit status that fits.
 */
enum df_exit client_failed(struct df_client *client, int err)
{
	complain("%s", client ? df_client_error(client) : strerror(-err));
	return df_exit_of_client(err);
}

/**
 * client_open() - connect to the module, or say why not
 * @client: result, NULL on failure
 *
 * Return: DF_EXIT_OK or the exit status that fits.
 */
enum df_exit client_open(struct df_client **client)
{
	int err = df_client_open(client);
	enum df_exit status;

	if (!err)
		return DF_EXIT_OK;
	status = client_failed(*client, err);
	if (err == -ENOENT) {
		complain("load it with: modprobe dronefence");
		status = DF_EXIT_NOT_ENFORCING;
	}
	df_client_close(*client);
	*client = NULL;
	return status;
}

/**
 * print_json() - print a document and drop it
 * @json: NULL stands for a lack of memory
 *
 * Return: DF_EXIT_OK or DF_EXIT_FAILED.
 */
enum df_exit print_json(json_t *json)
{
	int err = json ? json_dumpf(json, stdout, JSON_INDENT(2)) : -1;

	json_decref(json);
	if (err) {
		complain("out of memory");
		return DF_EXIT_FAILED;
	}
	putchar('\n');
	return DF_EXIT_OK;
}

static json_t *json_count(uint64_t packets, uint64_t bytes)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)packets, "bytes",
			 (json_int_t)bytes);
}

/**
 * json_counters() - counters as an object
 * @c: counters
 *
 * Return: new object, or NULL without memory.
 */
json_t *json_counters(const struct df_counters *c)
{
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}",
			 "packets", (json_int_t)c->packets,
			 "bytes", (json_int_t)c->bytes, "allowed",
			 json_count(c->allowed_packets, c->allowed_bytes),
			 "denied",
			 json_count(c->denied_packets, c->denied_bytes),
			 "dropped",
			 json_count(c->dropped_packets, c->dropped_bytes),
			 "audited",
			 json_count(c->audited_packets, c->audited_bytes));
}

/**
 * json_totals() - totals of flows as an object
 * @t: totals
 *
 * Return: new object, or NULL without memory.
 */
json_t *json_totals(const struct df_totals *t)
{
	return json_pack("{s:I, s:I, s:I, s:o}", "flows", (json_int_t)t->flows,
			 "packets", (json_int_t)t->packets,
			 "bytes", (json_int_t)t->bytes, "refused",
			 json_count(t->refused_packets, t->refused_bytes));
}

/**
 * json_votes() - votes of the country sources as an array
 * @votes: two letters for each
 *
 * Return: new array, or NULL without memory.
 */
json_t *json_votes(const char *votes)
{
	json_t *array = json_array();
	size_t i, len = strlen(votes);

	for (i = 0; array && i + 1 < len; i += 2)
		json_array_append_new(array, json_stringn(votes + i, 2));
	return array;
}

/**
 * json_add() - put a value at the end of an array
 * @array: becomes NULL without memory, and stays so: half a list would be a lie
 * @value: is taken; NULL stands for a lack of memory
 */
void json_add(json_t **array, json_t *value)
{
	if (!json_array_append_new(*array, value))
		return;
	json_decref(*array);
	*array = NULL;
}

/**
 * json_text() - a text that others chose
 * @text: any bytes, a path or the name of a process; or NULL
 *
 * Return: new string of printable ASCII characters or null, or NULL without
 * memory.
 */
json_t *json_text(const char *text)
{
	size_t length = text ? strlen(text) : 0, size = 4 * length + 1;
	char *clean = text ? malloc(size) : NULL;
	json_t *json;

	if (!clean)
		return text ? NULL : json_null();
	df_escape(text, length, "", clean, size);
	json = json_string(clean);
	free(clean);
	return json;
}

/**
 * parse_count() - read a number from 1 on
 * @text: digits, nothing else
 * @max: largest that makes sense
 * @number: result
 *
 * Return: true if it is one.
 */
bool parse_count(const char *text, uint32_t max, uint32_t *number)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	*number = (uint32_t)value;
	return *text >= '0' && *text <= '9' && !*end && !errno && value &&
	       value <= max;
}

/**
 * format_digest() - in hexadecimal
 * @digest: bytes
 * @buf: result
 */
void format_digest(const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		   char buf[2 * DRONEFENCE_DIGEST_LEN + 1])
{
	size_t i;

	for (i = 0; i < DRONEFENCE_DIGEST_LEN; i++)
		sprintf(buf + 2 * i, "%02x", digest[i]);
}

/**
 * format_time() - as ISO 8601 in UTC
 * @seconds: since 1970; 0 for unknown
 * @buf: result
 */
void format_time(uint64_t seconds, char buf[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!seconds || !gmtime_r(&t, &tm) ||
	    !strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(buf, "unknown");
}

/**
 * age_days() - how old something is
 * @now: seconds since 1970
 * @date: of it, likewise
 *
 * Return: whole days; negative for a date in the future.
 */
int64_t age_days(time_t now, uint64_t date)
{
	return ((int64_t)now - (int64_t)date) / DAY_SECONDS;
}

/**
 * format_size() - bytes for people
 * @bytes: how many
 * @buf: result
 */
void format_size(uint64_t bytes, char buf[32])
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		unit++;
	}
	if (unit)
		snprintf(buf, 32, "%.1f %s", value, units[unit]);
	else
		snprintf(buf, 32, "%" PRIu64 " B", bytes);
}

/**
 * print_destinations() - what a rule speaks of, in one line
 * @out: where to
 * @rule: from df_client_rules()
 */
void print_destinations(FILE *out, const struct df_rule_info *rule)
{
	const char *comma = "";
	size_t i;
	int p;

	for (i = 0; i < rule->set_count; i++)
		fprintf(out, "%s%s", i ? "," : "", rule->sets[i]);
	if (!rule->set_count)
		fputs("any", out);
	if (*rule->out)
		fprintf(out, " by %s", rule->out);
	if (rule->any_protocol)
		return;
	fputc(' ', out);
	for (p = 0; p < 256; p++) {
		const char *name = df_protocol_name(p);

		if (!(rule->protocols[p / 8] >> (p % 8) & 1))
			continue;
		if (name)
			fprintf(out, "%s%s", comma, name);
		else
			fprintf(out, "%s%d", comma, p);
		comma = ",";
	}
	for (i = 0; i < rule->port_count; i++) {
		fprintf(out, "%s%u", i ? "," : " port ", rule->ports[i].first);
		if (rule->ports[i].last != rule->ports[i].first)
			fprintf(out, "-%u", rule->ports[i].last);
	}
}
