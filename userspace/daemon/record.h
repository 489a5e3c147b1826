/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon hands to its sinks. */
#ifndef DF_RECORD_H
#define DF_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "dns_parse.h"
#include "event.h"
#include "fields.h"
#include "store.h"
#include "switch_request.h"

/* Longest message of the daemon itself, the final NUL included. */
#define DF_MESSAGE_MAX 400

/* Longest line of df_record_text(), the final NUL included. */
#define DF_RECORD_TEXT_SIZE DF_EVENT_TEXT_SIZE

enum df_record_type {
	DF_RECORD_EVENT,
	DF_RECORD_LOSS,
	DF_RECORD_INSTANCE,
	DF_RECORD_MESSAGE,
	DF_RECORD_STRAY,
	DF_RECORD_STORE,
	DF_RECORD_DECLARATION,
	DF_RECORD_DAEMON,
	DF_RECORD_MODULE,
	DF_RECORD_APP,
	DF_RECORD_BULK,
};

/**
 * enum df_loss_cause - who could not keep an event
 * @DF_LOSS_KERNEL: it was no longer held when it was asked for
 * @DF_LOSS_SINK: the sink did not take it in time
 */
enum df_loss_cause {
	DF_LOSS_KERNEL,
	DF_LOSS_SINK,
};

/**
 * struct df_loss - events that a sink will never get
 * @cause: why
 * @first: sequence number of the first one
 * @count: how many; they follow each other without a gap; may be 0 for a sink
 *	that missed only messages
 * @records: records of every kind that the sink missed, 0 if the kernel is the
 *	cause
 */
struct df_loss {
	enum df_loss_cause cause;
	uint64_t first;
	uint64_t count;
	uint64_t records;
};

/**
 * struct df_instance_change - the kernel module was loaded anew
 * @previous: the instance before
 * @next: first event of it that was not seen; how many there were after it
 *	nobody knows
 */
struct df_instance_change {
	uint64_t previous;
	uint64_t next;
};

/**
 * struct df_message - the daemon speaks for itself
 * @priority: LOG_ERR and the like of syslog(3)
 * @text: one line of printable ASCII
 */
struct df_message {
	int priority;
	char text[DF_MESSAGE_MAX];
};

/* Longest path of a program and longest error of a stray, with the NUL. */
#define DF_STRAY_EXE_MAX 512
#define DF_STRAY_ERROR_MAX 256

/**
 * struct df_stray - a program of an application that ran outside of it
 * @application: name
 * @action: what was to be done
 * @pid: its number
 * @uid: as which user it ran
 * @exe: path of the program, any bytes
 * @error: why it was not done, or not in full; empty if it was
 */
struct df_stray {
	char application[DRONEFENCE_NAME_MAX + 1];
	enum dfence_strays action;
	uint32_t pid;
	uint32_t uid;
	char exe[DF_STRAY_EXE_MAX];
	char error[DF_STRAY_ERROR_MAX];
};

/* Longest path of a store, with the NUL. */
#define DF_STORE_FILE_MAX 512

/**
 * enum df_store_what - what there is to tell of a store
 * @DF_STORE_BEGUN: it is new
 * @DF_STORE_UNCLEAN: whoever wrote to it last did not come to its end
 * @DF_STORE_CUT: the oldest records were deleted, because of age or size
 * @DF_STORE_CHECKPOINT: its head, for other logs to know
 */
enum df_store_what {
	DF_STORE_BEGUN,
	DF_STORE_UNCLEAN,
	DF_STORE_CUT,
	DF_STORE_CHECKPOINT,
};

/**
 * struct df_store_note - something about the store itself
 * @what: what it is
 * @link: the last record that was deleted, or that there is
 * @count: of a cut: how many were deleted
 * @file: of one that is new: where the one before was put, because it was
 *	damaged; else ""
 */
struct df_store_note {
	enum df_store_what what;
	struct df_store_link link;
	uint64_t count;
	char file[DF_STORE_FILE_MAX];
};

/* Longest name of a flight, the NUL included; applications have shorter ones. */
#define DF_DECLARED_NAME_MAX 65

/**
 * enum df_declared_what - what an operator can declare
 * @DF_DECLARED_FLIGHT: a flight begins or ends
 * @DF_DECLARED_LOCAL_DATA: a vendor's own switch that is said to keep the data of
 *	an application on this machine is on or off
 * @DF_DECLARED_LEARNING: what an application does in a time is to be learned
 * @DF_DECLARED_SWITCH: an application has another profile than the policy says; this
 *	is no mere word, it is in force
 * @DF_DECLARED_UNLOCK: an application is in audit mode for some time; likewise
 */
enum df_declared_what {
	DF_DECLARED_FLIGHT,
	DF_DECLARED_LOCAL_DATA,
	DF_DECLARED_LEARNING,
	DF_DECLARED_SWITCH,
	DF_DECLARED_UNLOCK,
};

/* Longest time that an application can be learned, seconds: a year. */
#define DF_LEARNING_MAX (366 * 86400)

/**
 * struct df_declaration - what an operator declared
 * @what: what it is about
 * @on: it begins, else it ends
 * @name: of the flight, any text; or of the application
 * @seconds: how long it is to be learned or unlocked, from the time of the record
 * @profile: that it is switched to, else ""
 * @reason: why it is unlocked, any text; else ""
 * @uid: user who asked for the record
 * @pid: and the process
 */
struct df_declaration {
	enum df_declared_what what;
	bool on;
	char name[DF_DECLARED_NAME_MAX];
	uint32_t seconds;
	char profile[DRONEFENCE_NAME_MAX + 1];
	char reason[DF_SWITCH_REASON_MAX];
	uint32_t uid;
	uint32_t pid;
};

/* Longest name of an operator and of a unit, with the NUL. */
#define DF_AS_NAME_MAX 128
#define DF_UNIT_MAX 256

/**
 * struct df_notes - what the daemon knows beside an event of the kernel
 * @asn: autonomous system of the remote address, 0 for unknown
 * @as_name: whose that is, any bytes; "" for unknown
 * @exe: path of the program that the process executed, any bytes; "" for unknown
 * @unit: unit of systemd that the cgroup belongs to, any bytes; "" for none
 * @rule_file: file of the policy that the rule stands in; "" for unknown
 * @rule_line: and its line
 *
 * None of it is an input to a verdict. What is not known for sure is left out, and
 * so is what is too long: a part of it would say something else.
 */
struct df_notes {
	uint32_t asn;
	char as_name[DF_AS_NAME_MAX];
	char exe[DF_STRAY_EXE_MAX];
	char unit[DF_UNIT_MAX];
	char rule_file[DRONEFENCE_ORIGIN_MAX + 1];
	uint32_t rule_line;
};

/* Longest list of geo data, with the NUL. */
#define DF_GEO_TEXT_MAX 256

/* Longest cause of a change of the policy, the final NUL included. */
#define DF_CAUSE_TEXT_MAX 16

/**
 * struct df_replaced - what the daemon knows beside a change of the policy
 * @known: @generation and @digest hold
 * @generation: of the policy before
 * @digest: of the policy before
 * @geo: the geo data that the new policy was made with, and their dates; "" for
 *	unknown
 * @cause: why it came into force; "" for unknown
 */
struct df_replaced {
	bool known;
	uint32_t generation;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	char geo[DF_GEO_TEXT_MAX];
	char cause[DF_CAUSE_TEXT_MAX];
};

/**
 * enum df_run_end - how the run of the daemon before this one ended
 * @DF_RUN_UNKNOWN: nobody knows of one
 * @DF_RUN_CLEAN: it was told to end, and did
 * @DF_RUN_UNCLEAN: it was killed, or the machine went down
 */
enum df_run_end {
	DF_RUN_UNKNOWN,
	DF_RUN_CLEAN,
	DF_RUN_UNCLEAN,
};

/**
 * struct df_daemon_note - the daemon was started or stopped
 * @started: which of the two
 * @previous: of a start: how the run before ended
 */
struct df_daemon_note {
	bool started;
	enum df_run_end previous;
};

/**
 * enum df_module_what - what there is to tell of the kernel module
 * @DF_MODULE_PRESENT: it was there when the daemon was started
 * @DF_MODULE_LOADED: it was loaded while the daemon ran
 * @DF_MODULE_UNLOADED: it is gone
 */
enum df_module_what {
	DF_MODULE_PRESENT,
	DF_MODULE_LOADED,
	DF_MODULE_UNLOADED,
};

/**
 * struct df_module_note - something about the kernel module
 * @what: what it is
 * @version: of the module
 */
struct df_module_note {
	enum df_module_what what;
	char version[64];
};

/**
 * struct df_app_note - processes of an application run, or none any more
 * @application: name
 * @runs: which of the two
 */
struct df_app_note {
	char application[DRONEFENCE_NAME_MAX + 1];
	bool runs;
};

/**
 * struct df_bulk_note - an application sent much to one place
 * @application: name
 * @country: where to, or "" for unknown
 * @asn: whose network that is, 0 for unknown
 * @as_name: the name of that, any bytes
 * @bytes: that passed
 * @flows: by how many flows, all of which have ended
 * @since: the end of the first of them, ns since 1970
 * @limit: of the policy
 */
struct df_bulk_note {
	char application[DRONEFENCE_NAME_MAX + 1];
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	uint32_t asn;
	char as_name[DF_AS_NAME_MAX];
	uint64_t bytes;
	uint64_t flows;
	uint64_t since;
	uint64_t limit;
};

/**
 * struct df_record - one entry of a log
 * @type: which member of the union holds
 * @instance: of the kernel module that it concerns
 * @time: ns since 1970; of what is lost: of the record behind it
 * @event: from the kernel
 * @loss: see &struct df_loss
 * @change: see &struct df_instance_change
 * @message: see &struct df_message
 * @stray: see &struct df_stray
 * @store: see &struct df_store_note
 * @declaration: see &struct df_declaration
 * @dns: of an event: name that the destination was answered for, or ""
 * @daemon: see &struct df_daemon_note
 * @module: see &struct df_module_note
 * @app: see &struct df_app_note
 * @bulk: see &struct df_bulk_note
 * @notes: beside an event, but for a change of the policy
 * @replaced: beside a change of the policy
 */
struct df_record {
	enum df_record_type type;
	uint64_t instance;
	uint64_t time;
	union {
		struct df_event event;
		struct df_loss loss;
		struct df_instance_change change;
		struct df_message message;
		struct df_stray stray;
		struct df_store_note store;
		struct df_declaration declaration;
		struct df_daemon_note daemon;
		struct df_module_note module;
		struct df_app_note app;
		struct df_bulk_note bulk;
	};
	union {
		struct df_notes notes;
		struct df_replaced replaced;
	};
	char dns[DF_DNS_NAME_SIZE];
};

/**
 * enum df_record_kind - kinds that a reader may want to tell apart
 * @DF_KIND_VERDICT: event: a verdict on a packet
 * @DF_KIND_FLOW_END: event: a flow ended
 * @DF_KIND_POLICY: event: another policy is in force
 * @DF_KIND_SOCKET_CLOSED: event: the module ended a socket
 * @DF_KIND_EVENT: event of a newer kernel module
 * @DF_KIND_PLACED: event: a program was put into the cgroup of its application
 * @DF_KIND_PLACE_FAILED: event: it could not be
 * @DF_KIND_REQUEST_REFUSED: event: the module refused what it was asked for
 * @DF_KIND_SEALED: event: the module was sealed, or took a newer permit
 * @DF_KIND_LOSS: &struct df_loss
 * @DF_KIND_INSTANCE: &struct df_instance_change
 * @DF_KIND_MESSAGE: &struct df_message
 * @DF_KIND_STRAY: &struct df_stray
 * @DF_KIND_STORE: &struct df_store_note
 * @DF_KIND_FLIGHT: &struct df_declaration
 * @DF_KIND_LOCAL_DATA_MODE: &struct df_declaration
 * @DF_KIND_LEARNING: &struct df_declaration
 * @DF_KIND_SWITCH: &struct df_declaration
 * @DF_KIND_UNLOCK: &struct df_declaration
 * @DF_KIND_DAEMON: &struct df_daemon_note
 * @DF_KIND_MODULE: &struct df_module_note
 * @DF_KIND_APP_STARTED: &struct df_app_note
 * @DF_KIND_APP_STOPPED: &struct df_app_note
 * @DF_KIND_BULK: &struct df_bulk_note
 * @DF_KINDS: how many
 */
enum df_record_kind {
	DF_KIND_VERDICT,
	DF_KIND_FLOW_END,
	DF_KIND_POLICY,
	DF_KIND_SOCKET_CLOSED,
	DF_KIND_EVENT,
	DF_KIND_PLACED,
	DF_KIND_PLACE_FAILED,
	DF_KIND_REQUEST_REFUSED,
	DF_KIND_SEALED,
	DF_KIND_LOSS,
	DF_KIND_INSTANCE,
	DF_KIND_MESSAGE,
	DF_KIND_STRAY,
	DF_KIND_STORE,
	DF_KIND_FLIGHT,
	DF_KIND_LOCAL_DATA_MODE,
	DF_KIND_LEARNING,
	DF_KIND_SWITCH,
	DF_KIND_UNLOCK,
	DF_KIND_DAEMON,
	DF_KIND_MODULE,
	DF_KIND_APP_STARTED,
	DF_KIND_APP_STOPPED,
	DF_KIND_BULK,
	DF_KINDS,
};

void df_record_message(struct df_record *record, int priority, const char *fmt,
		       ...) __attribute__((format(printf, 3, 4)));
enum df_record_kind df_record_kind(const struct df_record *record);
const char *df_kind_name(enum df_record_kind kind);
int df_record_priority(const struct df_record *record);
void df_record_text(const struct df_record *record,
		    char buf[DF_RECORD_TEXT_SIZE]);
void df_record_fields(const struct df_record *record, struct df_fields *fields);

/* record_notes.c: what stands beside an event */
void df_notes_fields(const struct df_record *record, struct df_fields *fields);

/* record_own.c: kinds of the daemon itself */
int df_own_priority(const struct df_record *record);
void df_own_text(const struct df_record *record, char buf[DF_RECORD_TEXT_SIZE]);
void df_own_fields(const struct df_record *record, struct df_fields *fields);

#endif
