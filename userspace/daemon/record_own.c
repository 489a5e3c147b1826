// SPDX-License-Identifier: GPL-2.0-or-later
/* Records that the daemon makes of what it sees beside the events. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <syslog.h>

#include "event.h"
#include "record.h"

/* Every byte of a name may become four. */
#define AS_NAME_SIZE (4 * DF_AS_NAME_MAX + 1)

static const char *const end_names[] = {
	[DF_RUN_UNKNOWN] = "",
	[DF_RUN_CLEAN] = "clean",
	[DF_RUN_UNCLEAN] = "unclean",
};

static_assert(sizeof(end_names) / sizeof(end_names[0]) == DF_RUN_UNCLEAN + 1,
	      "names of ends");

static const char *const module_names[] = {
	[DF_MODULE_PRESENT] = "present",
	[DF_MODULE_LOADED] = "loaded",
	[DF_MODULE_UNLOADED] = "unloaded",
};

static_assert(sizeof(module_names) / sizeof(module_names[0]) ==
	      DF_MODULE_UNLOADED + 1, "names of what a module does");

/**
 * df_own_priority() - how urgent a record of the daemon itself is
 * @record: of one of the kinds of this file
 *
 * Return: LOG_ERR and the like.
 */
int df_own_priority(const struct df_record *record)
{
	switch (record->type) {
	case DF_RECORD_DAEMON:
		return record->daemon.previous == DF_RUN_UNCLEAN ? LOG_WARNING :
								   LOG_NOTICE;
	case DF_RECORD_MODULE:
		return record->module.what == DF_MODULE_UNLOADED ? LOG_CRIT :
								   LOG_NOTICE;
	case DF_RECORD_BULK:
		return LOG_WARNING;
	default:
		return LOG_INFO;
	}
}

static const char *state_of(const struct df_daemon_note *note)
{
	return note->started ? "started" : "stopped";
}

static const char *end_of(const struct df_daemon_note *note)
{
	return end_names[note->started ? note->previous : DF_RUN_UNKNOWN];
}

static const char *country_of(const struct df_bulk_note *note)
{
	return *note->country ? note->country : "??";
}

static void version_of(const struct df_module_note *note, char version[64])
{
	df_escape(note->version, sizeof(note->version), " \"\\=", version, 64);
}

static void bulk_text(const struct df_bulk_note *note,
		      char buf[DF_RECORD_TEXT_SIZE])
{
	char name[AS_NAME_SIZE], asn[16] = "-";

	df_escape(note->as_name, sizeof(note->as_name), "\"\\", name,
		  sizeof(name));
	if (note->asn)
		snprintf(asn, sizeof(asn), "%u", note->asn);
	snprintf(buf, DF_RECORD_TEXT_SIZE,
		 "bulk=%s country=%s asn=%s as_name=%s%s%s bytes=%" PRIu64
		 " flows=%" PRIu64 " limit=%" PRIu64,
		 note->application, country_of(note), asn, *name ? "\"" : "",
		 *name ? name : "-", *name ? "\"" : "", note->bytes,
		 note->flows, note->limit);
}

/**
 * df_own_text() - a record of the daemon itself as one line
 * @record: of one of the kinds of this file
 * @buf: result: printable ASCII, without a line end
 */
void df_own_text(const struct df_record *record, char buf[DF_RECORD_TEXT_SIZE])
{
	char version[64];

	switch (record->type) {
	case DF_RECORD_DAEMON:
		snprintf(buf, DF_RECORD_TEXT_SIZE,
			 "daemon=%s version=" DF_VERSION " previous_end=%s",
			 state_of(&record->daemon),
			 *end_of(&record->daemon) ? end_of(&record->daemon) : "-");
		break;
	case DF_RECORD_MODULE:
		version_of(&record->module, version);
		snprintf(buf, DF_RECORD_TEXT_SIZE,
			 "module=%s version=%s instance=%016" PRIx64,
			 module_names[record->module.what], version,
			 record->instance);
		break;
	case DF_RECORD_APP:
		snprintf(buf, DF_RECORD_TEXT_SIZE, "application=%s app=%s",
			 record->app.runs ? "started" : "stopped",
			 record->app.application);
		break;
	default:
		bulk_text(&record->bulk, buf);
	}
}

static void bulk_fields(const struct df_bulk_note *note,
			struct df_fields *fields)
{
	char name[AS_NAME_SIZE], time[DF_TIME_STRLEN];

	df_escape(note->as_name, sizeof(note->as_name), "\"\\", name,
		  sizeof(name));
	df_time_format(note->since, 9, time);
	df_fields_text(fields, "app", note->application);
	df_fields_text(fields, "country", country_of(note));
	if (note->asn)
		df_fields_number(fields, "asn", note->asn);
	df_fields_text(fields, "as_name", name);
	df_fields_text(fields, "since", time);
	df_fields_number(fields, "flows", note->flows);
	df_fields_number(fields, "bytes", note->bytes);
	df_fields_number(fields, "limit", note->limit);
}

/**
 * df_own_fields() - add what a record of the daemon itself says to a list
 * @record: of one of the kinds of this file
 * @fields: the list
 */
void df_own_fields(const struct df_record *record, struct df_fields *fields)
{
	char version[64];

	switch (record->type) {
	case DF_RECORD_DAEMON:
		df_fields_text(fields, "daemon", state_of(&record->daemon));
		df_fields_text(fields, "version", DF_VERSION);
		df_fields_text(fields, "previous_end", end_of(&record->daemon));
		break;
	case DF_RECORD_MODULE:
		version_of(&record->module, version);
		df_fields_text(fields, "module",
			       module_names[record->module.what]);
		df_fields_text(fields, "version", version);
		break;
	case DF_RECORD_APP:
		df_fields_text(fields, "app", record->app.application);
		break;
	default:
		bulk_fields(&record->bulk, fields);
	}
}
