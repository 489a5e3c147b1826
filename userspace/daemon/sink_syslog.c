// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local syslog daemon, in the format of RFC 5424 with structured data:
 *
 *	<28>1 2026-11-20T12:13:14.123456Z host dronefenced 812 verdict
 *	[dronefence@32473 type="verdict" seq="17" ...] verdict=deny ...
 *
 * in one line. The number 32473 is the one that IANA reserves for examples.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "sink.h"

#define SD_ID "dronefence@32473"

/* Of a host name, as RFC 5424 says. */
#define HOSTNAME_SIZE 256

static int open_syslog(const char *path, bool *stream)
{
	int fd = df_sink_connect(path, SOCK_DGRAM);

	if (fd != -EPROTOTYPE)
		return fd;
	*stream = true;
	return df_sink_connect(path, SOCK_STREAM);
}

/* Values are printable ASCII already; three of those have a meaning here. */
static void add_parameter(struct df_buffer *buffer, const char *name,
			  const char *value)
{
	df_buffer_printf(buffer, " %s=\"", name);
	for (; *value; value++) {
		if (strchr("\"\\]", *value))
			df_buffer_text(buffer, "\\");
		df_buffer_add(buffer, value, 1);
	}
	df_buffer_text(buffer, "\"");
}

static void add_data(const struct df_record *record, struct df_buffer *buffer)
{
	struct df_fields fields;
	size_t i;

	df_fields_init(&fields);
	df_record_fields(record, &fields);
	df_buffer_text(buffer, "[" SD_ID);
	for (i = 0; i < fields.count; i++)
		add_parameter(buffer, fields.list[i].name, fields.list[i].text);
	df_buffer_text(buffer, "]");
}

static bool is_hostname(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return p != name;
}

/**
 * df_rfc5424() - a record as a syslog message
 * @record: any
 * @hostname: of this machine; "-" is shown for one that cannot be shown
 * @pid: of this process
 * @buffer: where to
 *
 * Return: 0, or -EMSGSIZE.
 */
int df_rfc5424(const struct df_record *record, const char *hostname, pid_t pid,
	       struct df_buffer *buffer)
{
	char text[DF_RECORD_TEXT_SIZE], time[DF_TIME_STRLEN];

	df_time_format(record->time, 6, time);
	df_buffer_printf(buffer, "<%d>1 %s %s dronefenced %d %s ",
			 LOG_DAEMON | df_record_priority(record), time,
			 is_hostname(hostname) ? hostname : "-", (int)pid,
			 df_kind_name(df_record_kind(record)));
	add_data(record, buffer);
	df_record_text(record, text);
	df_buffer_printf(buffer, " %s", text);
	return buffer->overflow ? -EMSGSIZE : 0;
}

static int encode_syslog(const struct df_record *record, bool stream,
			 struct df_buffer *buffer)
{
	char hostname[HOSTNAME_SIZE] = "";
	int err;

	gethostname(hostname, sizeof(hostname) - 1);
	err = df_rfc5424(record, hostname, getpid(), buffer);
	/* On a stream syslog(3) ends each message with a NUL. */
	if (!err && stream)
		df_buffer_add(buffer, "", 1);
	return err;
}

const struct df_sink_ops df_sink_syslog = {
	.label = "syslog",
	.open = open_syslog,
	.encode = encode_syslog,
};
