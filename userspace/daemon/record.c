// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "record.h"

#define INSTANCE_STRLEN 17
#define NS_PER_SEC 1000000000ull

/* Longest text of a profile or of a reason in a line, with the NUL. */
#define MORE_SIZE (4 * DF_SWITCH_REASON_MAX + 16)

static const char *const kind_names[] = {
	[DF_KIND_VERDICT] = "verdict",
	[DF_KIND_FLOW_END] = "flow-end",
	[DF_KIND_POLICY] = "policy",
	[DF_KIND_SOCKET_CLOSED] = "socket-closed",
	[DF_KIND_EVENT] = "event",
	[DF_KIND_PLACED] = "placed",
	[DF_KIND_PLACE_FAILED] = "place-failed",
	[DF_KIND_REQUEST_REFUSED] = "request-refused",
	[DF_KIND_SEALED] = "sealed",
	[DF_KIND_LOSS] = "loss",
	[DF_KIND_INSTANCE] = "instance",
	[DF_KIND_MESSAGE] = "message",
	[DF_KIND_STRAY] = "stray",
	[DF_KIND_STORE] = "store",
	[DF_KIND_FLIGHT] = "flight",
	[DF_KIND_LOCAL_DATA_MODE] = "local-data-mode",
	[DF_KIND_LEARNING] = "learning",
	[DF_KIND_SWITCH] = "switch",
	[DF_KIND_UNLOCK] = "unlock",
	[DF_KIND_DAEMON] = "daemon",
	[DF_KIND_MODULE] = "module",
	[DF_KIND_APP_STARTED] = "app-started",
	[DF_KIND_APP_STOPPED] = "app-stopped",
	[DF_KIND_BULK] = "bulk",
};

static_assert(sizeof(kind_names) / sizeof(kind_names[0]) == DF_KINDS,
	      "kind names");

static const char *const cause_names[] = {
	[DF_LOSS_KERNEL] = "kernel",
	[DF_LOSS_SINK] = "sink",
};

static_assert(sizeof(cause_names) / sizeof(cause_names[0]) == DF_LOSS_SINK + 1,
	      "cause names");

/* Of each declaration the field, how it begins and ends, and what has a name. */
static const struct {
	enum df_record_kind kind;
	const char *field;
	const char *words[2];
	const char *named;
} declared[] = {
	[DF_DECLARED_FLIGHT] = {
		DF_KIND_FLIGHT, "flight", { "stop", "start" }, "name",
	},
	[DF_DECLARED_LOCAL_DATA] = {
		DF_KIND_LOCAL_DATA_MODE, "declared", { "off", "on" }, "app",
	},
	[DF_DECLARED_LEARNING] = {
		DF_KIND_LEARNING, "learning", { "stop", "start" }, "app",
	},
	[DF_DECLARED_SWITCH] = {
		DF_KIND_SWITCH, "switch", { "off", "on" }, "app",
	},
	[DF_DECLARED_UNLOCK] = {
		DF_KIND_UNLOCK, "unlock", { "end", "begin" }, "app",
	},
};

static_assert(sizeof(declared) / sizeof(declared[0]) == DF_DECLARED_UNLOCK + 1,
	      "declarations");

static const char *const store_names[] = {
	[DF_STORE_BEGUN] = "begun",
	[DF_STORE_UNCLEAN] = "unclean",
	[DF_STORE_CUT] = "cut",
	[DF_STORE_CHECKPOINT] = "checkpoint",
};

static_assert(sizeof(store_names) / sizeof(store_names[0]) ==
	      DF_STORE_CHECKPOINT + 1, "names of what a store tells");

/**
 * df_record_message() - make a record of a message
 * @record: result; the caller sets @instance and @time
 * @priority: LOG_ERR and the like
 * @fmt: printf format of one line; what is not printable ASCII is escaped
 */
void df_record_message(struct df_record *record, int priority, const char *fmt,
		       ...)
{
	char text[4 * DF_MESSAGE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	record->type = DF_RECORD_MESSAGE;
	record->message.priority = priority;
	df_escape(text, sizeof(text), "", record->message.text, DF_MESSAGE_MAX);
}

/**
 * df_record_kind() - what a record is about
 * @record: any
 *
 * Return: DF_KIND_EVENT for events of a newer kernel module.
 */
enum df_record_kind df_record_kind(const struct df_record *record)
{
	switch (record->type) {
	case DF_RECORD_LOSS:
		return DF_KIND_LOSS;
	case DF_RECORD_INSTANCE:
		return DF_KIND_INSTANCE;
	case DF_RECORD_MESSAGE:
		return DF_KIND_MESSAGE;
	case DF_RECORD_STRAY:
		return DF_KIND_STRAY;
	case DF_RECORD_STORE:
		return DF_KIND_STORE;
	case DF_RECORD_DECLARATION:
		return declared[record->declaration.what].kind;
	case DF_RECORD_DAEMON:
		return DF_KIND_DAEMON;
	case DF_RECORD_MODULE:
		return DF_KIND_MODULE;
	case DF_RECORD_APP:
		return record->app.runs ? DF_KIND_APP_STARTED :
					  DF_KIND_APP_STOPPED;
	case DF_RECORD_BULK:
		return DF_KIND_BULK;
	default:
		break;
	}
	switch (record->event.type) {
	case DFENCE_EVENT_VERDICT:
		return DF_KIND_VERDICT;
	case DFENCE_EVENT_FLOW_END:
		return DF_KIND_FLOW_END;
	case DFENCE_EVENT_POLICY:
		return DF_KIND_POLICY;
	case DFENCE_EVENT_PLACED:
		return DF_KIND_PLACED;
	case DFENCE_EVENT_PLACE_FAILED:
		return DF_KIND_PLACE_FAILED;
	case DFENCE_EVENT_SOCKET_CLOSED:
		return DF_KIND_SOCKET_CLOSED;
	case DFENCE_EVENT_REQUEST_REFUSED:
		return DF_KIND_REQUEST_REFUSED;
	case DFENCE_EVENT_SEALED:
		return DF_KIND_SEALED;
	default:
		return DF_KIND_EVENT;
	}
}

/**
 * df_kind_name() - name of a kind, as field "type" and as MSGID
 * @kind: below DF_KINDS
 *
 * Return: a constant.
 */
const char *df_kind_name(enum df_record_kind kind)
{
	return kind_names[kind];
}

static int verdict_priority(const struct df_event *event)
{
	if (event->verdict == DFENCE_VERDICT_ALLOW)
		return LOG_INFO;
	return event->mode == DFENCE_MODE_AUDIT ? LOG_NOTICE : LOG_WARNING;
}

/**
 * df_record_priority() - how urgent a record is
 * @record: any
 *
 * Return: LOG_ERR and the like.
 */
int df_record_priority(const struct df_record *record)
{
	switch (df_record_kind(record)) {
	case DF_KIND_VERDICT:
		return verdict_priority(&record->event);
	/* The verdict was told when the flow began. */
	case DF_KIND_FLOW_END:
	case DF_KIND_PLACED:
		return LOG_INFO;
	/* Somebody sees a program end for no reason that it shows. */
	case DF_KIND_PLACE_FAILED:
		return LOG_ERR;
	case DF_KIND_SOCKET_CLOSED:
	case DF_KIND_REQUEST_REFUSED:
	case DF_KIND_STRAY:
	case DF_KIND_UNLOCK:
	case DF_KIND_LOSS:
	case DF_KIND_INSTANCE:
		return LOG_WARNING;
	case DF_KIND_STORE:
		return record->store.what == DF_STORE_CHECKPOINT ||
		       record->store.what == DF_STORE_CUT ? LOG_INFO : LOG_WARNING;
	case DF_KIND_MESSAGE:
		return record->message.priority;
	case DF_KIND_DAEMON:
	case DF_KIND_MODULE:
	case DF_KIND_APP_STARTED:
	case DF_KIND_APP_STOPPED:
	case DF_KIND_BULK:
		return df_own_priority(record);
	default:
		return LOG_NOTICE;
	}
}

static void instance_text(uint64_t instance, char buf[INSTANCE_STRLEN])
{
	snprintf(buf, INSTANCE_STRLEN, "%016" PRIx64, instance);
}

static void loss_text(const struct df_record *record,
		      char buf[DF_RECORD_TEXT_SIZE])
{
	const struct df_loss *loss = &record->loss;
	char range[64] = "";

	if (loss->count)
		snprintf(range, sizeof(range), " first=%" PRIu64 " last=%" PRIu64,
			 loss->first, loss->first + loss->count - 1);
	snprintf(buf, DF_RECORD_TEXT_SIZE,
		 "loss=%s count=%" PRIu64 "%s records=%" PRIu64
		 " instance=%016" PRIx64,
		 cause_names[loss->cause], loss->count, range, loss->records,
		 record->instance);
}

static void stray_text(const struct df_stray *stray,
		       char buf[DF_RECORD_TEXT_SIZE])
{
	char exe[2 * DF_STRAY_EXE_MAX], error[DF_STRAY_ERROR_MAX];

	df_escape(stray->exe, sizeof(stray->exe), " \"\\=", exe, sizeof(exe));
	df_escape(stray->error, sizeof(stray->error), "\"\\", error,
		  sizeof(error));
	snprintf(buf, DF_RECORD_TEXT_SIZE,
		 "stray=%s app=%s pid=%u uid=%u exe=%s error=%s%s%s",
		 df_strays_name(stray->action), stray->application, stray->pid,
		 stray->uid, exe, *error ? "\"" : "", *error ? error : "-",
		 *error ? "\"" : "");
}

static void store_text(const struct df_store_note *note,
		       char buf[DF_RECORD_TEXT_SIZE])
{
	char file[2 * DF_STORE_FILE_MAX], hash[DF_STORE_HASH_STRLEN];

	df_escape(note->file, sizeof(note->file), " \"\\=", file, sizeof(file));
	df_store_hash_text(note->link.hash, hash);
	snprintf(buf, DF_RECORD_TEXT_SIZE,
		 "store=%s count=%" PRIu64 " number=%" PRIu64 " hash=%s file=%s",
		 store_names[note->what], note->count, note->link.number, hash,
		 *file ? file : "-");
}

/* When a time of learning is over, "" for what has no such end. */
static void declared_until(const struct df_record *record,
			   char time[DF_TIME_STRLEN])
{
	time[0] = '\0';
	if (record->declaration.seconds)
		df_time_format(record->time + record->declaration.seconds *
			       NS_PER_SEC, 9, time);
}

/* In front of who it was; "" for what has neither. */
static void declared_more(const struct df_declaration *declaration,
			  char more[MORE_SIZE])
{
	char reason[4 * DF_SWITCH_REASON_MAX];

	more[0] = '\0';
	if (*declaration->profile)
		snprintf(more, MORE_SIZE, " profile=%s",
			 declaration->profile);
	if (*declaration->reason) {
		df_escape(declaration->reason, sizeof(declaration->reason),
			  " \"\\=", reason, sizeof(reason));
		snprintf(more, MORE_SIZE, " why=%s", reason);
	}
}

static void declaration_text(const struct df_record *record,
			     char buf[DF_RECORD_TEXT_SIZE])
{
	const struct df_declaration *declaration = &record->declaration;
	char name[4 * DF_DECLARED_NAME_MAX], until[DF_TIME_STRLEN];
	char more[MORE_SIZE];

	df_escape(declaration->name, sizeof(declaration->name), " \"\\=", name,
		  sizeof(name));
	declared_until(record, until);
	declared_more(declaration, more);
	snprintf(buf, DF_RECORD_TEXT_SIZE, "%s=%s %s=%s%s%s%s uid=%u pid=%u",
		 declared[declaration->what].field,
		 declared[declaration->what].words[declaration->on],
		 declared[declaration->what].named, name,
		 *until ? " until=" : "", until, more, declaration->uid,
		 declaration->pid);
}

/**
 * df_record_text() - a record as one line
 * @record: any
 * @buf: result: printable ASCII, without a line end
 */
void df_record_text(const struct df_record *record,
		    char buf[DF_RECORD_TEXT_SIZE])
{
	switch (record->type) {
	case DF_RECORD_EVENT:
		df_event_text(&record->event, buf);
		break;
	case DF_RECORD_LOSS:
		loss_text(record, buf);
		break;
	case DF_RECORD_INSTANCE:
		snprintf(buf, DF_RECORD_TEXT_SIZE,
			 "instance=%016" PRIx64 " previous=%016" PRIx64
			 " next=%" PRIu64 " lost=unknown",
			 record->instance, record->change.previous,
			 record->change.next);
		break;
	case DF_RECORD_MESSAGE:
		snprintf(buf, DF_RECORD_TEXT_SIZE, "%s", record->message.text);
		break;
	case DF_RECORD_STRAY:
		stray_text(&record->stray, buf);
		break;
	case DF_RECORD_STORE:
		store_text(&record->store, buf);
		break;
	case DF_RECORD_DECLARATION:
		declaration_text(record, buf);
		break;
	case DF_RECORD_DAEMON:
	case DF_RECORD_MODULE:
	case DF_RECORD_APP:
	case DF_RECORD_BULK:
		df_own_text(record, buf);
		break;
	}
}

static void loss_fields(const struct df_loss *loss, struct df_fields *fields)
{
	df_fields_text(fields, "cause", cause_names[loss->cause]);
	df_fields_number(fields, "count", loss->count);
	if (loss->count) {
		df_fields_number(fields, "first", loss->first);
		df_fields_number(fields, "last", loss->first + loss->count - 1);
	}
	df_fields_number(fields, "records", loss->records);
}

static void stray_fields(const struct df_stray *stray, struct df_fields *fields)
{
	char exe[2 * DF_STRAY_EXE_MAX], error[DF_STRAY_ERROR_MAX];

	df_escape(stray->exe, sizeof(stray->exe), "\"\\", exe, sizeof(exe));
	df_escape(stray->error, sizeof(stray->error), "\"\\", error,
		  sizeof(error));
	df_fields_text(fields, "stray", df_strays_name(stray->action));
	df_fields_text(fields, "app", stray->application);
	df_fields_number(fields, "pid", stray->pid);
	df_fields_number(fields, "uid", stray->uid);
	df_fields_text(fields, "exe", exe);
	if (*error)
		df_fields_text(fields, "error", error);
}

static void store_fields(const struct df_store_note *note,
			 struct df_fields *fields)
{
	char file[2 * DF_STORE_FILE_MAX], hash[DF_STORE_HASH_STRLEN];

	df_escape(note->file, sizeof(note->file), "\"\\", file, sizeof(file));
	df_store_hash_text(note->link.hash, hash);
	df_fields_text(fields, "store", store_names[note->what]);
	if (note->what == DF_STORE_CUT)
		df_fields_number(fields, "count", note->count);
	if (note->link.number) {
		df_fields_number(fields, "number", note->link.number);
		df_fields_text(fields, "hash", hash);
	}
	df_fields_text(fields, "file", file);
}

static void declaration_fields(const struct df_record *record,
			       struct df_fields *fields)
{
	const struct df_declaration *declaration = &record->declaration;
	char name[4 * DF_DECLARED_NAME_MAX], until[DF_TIME_STRLEN];
	char reason[4 * DF_SWITCH_REASON_MAX];

	df_escape(declaration->name, sizeof(declaration->name), "\"\\", name,
		  sizeof(name));
	df_fields_text(fields, declared[declaration->what].field,
		       declared[declaration->what].words[declaration->on]);
	df_fields_text(fields, declared[declaration->what].named, name);
	declared_until(record, until);
	if (*until)
		df_fields_text(fields, "until", until);
	if (*declaration->profile)
		df_fields_text(fields, "profile", declaration->profile);
	if (*declaration->reason) {
		df_escape(declaration->reason, sizeof(declaration->reason),
			  "\"\\", reason, sizeof(reason));
		df_fields_text(fields, "why", reason);
	}
	df_fields_number(fields, "uid", declaration->uid);
	df_fields_number(fields, "pid", declaration->pid);
}

static void own_fields(const struct df_record *record, struct df_fields *fields)
{
	char previous[INSTANCE_STRLEN], time[DF_TIME_STRLEN];

	df_time_format(record->time, 9, time);
	df_fields_text(fields, "type", df_kind_name(df_record_kind(record)));
	df_fields_text(fields, "time", time);
	switch (record->type) {
	case DF_RECORD_LOSS:
		loss_fields(&record->loss, fields);
		break;
	case DF_RECORD_INSTANCE:
		instance_text(record->change.previous, previous);
		df_fields_text(fields, "previous", previous);
		df_fields_number(fields, "next", record->change.next);
		break;
	case DF_RECORD_STRAY:
		stray_fields(&record->stray, fields);
		break;
	case DF_RECORD_STORE:
		store_fields(&record->store, fields);
		break;
	case DF_RECORD_DECLARATION:
		declaration_fields(record, fields);
		break;
	case DF_RECORD_DAEMON:
	case DF_RECORD_MODULE:
	case DF_RECORD_APP:
	case DF_RECORD_BULK:
		df_own_fields(record, fields);
		break;
	default:
		df_fields_number(fields, "priority",
				 (uint64_t)record->message.priority);
		df_fields_text(fields, "message", record->message.text);
	}
}

/**
 * df_record_fields() - add what a record says to a list
 * @record: any
 * @fields: the list
 */
void df_record_fields(const struct df_record *record, struct df_fields *fields)
{
	char instance[INSTANCE_STRLEN];

	if (record->type == DF_RECORD_EVENT) {
		df_event_fields(&record->event, fields);
		df_notes_fields(record, fields);
	} else {
		own_fields(record, fields);
	}
	df_fields_text(fields, "dns", record->dns);
	instance_text(record->instance, instance);
	df_fields_text(fields, "instance", instance);
}
