// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journald, in its native protocol: one datagram is one entry, a field in each
 * line. A value with a line end in it is written with its length instead.
 */
#include <assert.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "sink.h"

/* Longest name of a field that journald accepts, and a NUL. */
#define NAME_SIZE 65

/* Never to be changed: people search for them. */
static const char *const message_ids[] = {
	[DF_KIND_VERDICT] = "290fbc90530944858face0d4ccd52a4c",
	[DF_KIND_FLOW_END] = "6955bb4cd6d64f7c9de12b14b7acf1bc",
	[DF_KIND_POLICY] = "cbc4b7524e35490f970d8ef292fef3e9",
	[DF_KIND_SOCKET_CLOSED] = "1eef3d1d85f34e7584bc8433710231e6",
	[DF_KIND_EVENT] = "5659a2b2f1aa43c48ad965206bb6f187",
	[DF_KIND_PLACED] = "c6d352f4339f4863abb2db184bce99b4",
	[DF_KIND_PLACE_FAILED] = "3354bbf6717d41c3b721a40ca168e373",
	[DF_KIND_REQUEST_REFUSED] = "4d4e8fbe6bf94bb9be6d814c5cc74626",
	[DF_KIND_SEALED] = "551ea662666a4112aee3037d401cb553",
	[DF_KIND_LOSS] = "d6f7ec64ece347a292cb0f7691a36d60",
	[DF_KIND_INSTANCE] = "cc7be4790b7f4ada9775136fe7ff708b",
	[DF_KIND_MESSAGE] = "74c698c0a87a42c3af225f7f32875b58",
	[DF_KIND_STRAY] = "2c2883b8e0534a848daca24b9521ab5e",
	[DF_KIND_STORE] = "1673f5c5d77d42078ba35ca910905e95",
	[DF_KIND_FLIGHT] = "f0345d46af494b9087ca43158cd8d72a",
	[DF_KIND_LOCAL_DATA_MODE] = "3aaccc3bb4ea408094dc0ed48308e90b",
	[DF_KIND_LEARNING] = "c6bab4bbbecf46828b6fc1c0cb03e8bd",
	[DF_KIND_SWITCH] = "5a0c1d1f7a6e4b52b7b8d3f0c2e94a61",
	[DF_KIND_UNLOCK] = "e4b7306d9c1f4e0a8f5d2b6a7c83d915",
	[DF_KIND_DAEMON] = "d9e3f3ad3fb74ea7b60087d89f32ec6b",
	[DF_KIND_MODULE] = "e9f9970c06f54029809ad20f3d8d9939",
	[DF_KIND_APP_STARTED] = "3ce6a10471644b648c223ab5b04a087e",
	[DF_KIND_APP_STOPPED] = "df42abb77d85404393d04dfab4ebae7c",
	[DF_KIND_BULK] = "d749477db5714cb1b7e319191a237761",
};

static_assert(sizeof(message_ids) / sizeof(message_ids[0]) == DF_KINDS,
	      "message ids");

static int open_journal(const char *path, bool *stream)
{
	return df_sink_connect(path, SOCK_DGRAM);
}

/**
 * df_journal_field() - add a field to an entry
 * @buffer: the entry
 * @name: upper-case letters, digits and underscores
 * @value: any text
 */
void df_journal_field(struct df_buffer *buffer, const char *name,
		      const char *value)
{
	uint64_t length = htole64(strlen(value));

	df_buffer_text(buffer, name);
	if (strchr(value, '\n')) {
		df_buffer_text(buffer, "\n");
		df_buffer_add(buffer, &length, sizeof(length));
	} else {
		df_buffer_text(buffer, "=");
	}
	df_buffer_text(buffer, value);
	df_buffer_text(buffer, "\n");
}

static void add_field(const struct df_field *field, struct df_buffer *buffer)
{
	char name[NAME_SIZE], *p;

	snprintf(name, sizeof(name), "DRONEFENCE_%s", field->name);
	for (p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	df_journal_field(buffer, name, field->text);
}

static int encode_journal(const struct df_record *record, bool stream,
			  struct df_buffer *buffer)
{
	enum df_record_kind kind = df_record_kind(record);
	char text[DF_RECORD_TEXT_SIZE], priority[16], facility[16];
	struct df_fields fields;
	size_t i;

	snprintf(priority, sizeof(priority), "%d", df_record_priority(record));
	snprintf(facility, sizeof(facility), "%d", LOG_FAC(LOG_DAEMON));
	df_record_text(record, text);
	df_journal_field(buffer, "MESSAGE", text);
	df_journal_field(buffer, "PRIORITY", priority);
	df_journal_field(buffer, "MESSAGE_ID", message_ids[kind]);
	df_journal_field(buffer, "SYSLOG_IDENTIFIER", "dronefenced");
	df_journal_field(buffer, "SYSLOG_FACILITY", facility);

	df_fields_init(&fields);
	df_record_fields(record, &fields);
	for (i = 0; i < fields.count; i++)
		add_field(&fields.list[i], buffer);
	return buffer->overflow ? -EMSGSIZE : 0;
}

const struct df_sink_ops df_sink_journal = {
	.label = "journald",
	.open = open_journal,
	.encode = encode_journal,
};
