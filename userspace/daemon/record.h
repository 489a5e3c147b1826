/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon hands to its sinks. */
#ifndef DF_RECORD_H
#define DF_RECORD_H

#include <stdint.h>

#include "client.h"
#include "dns_parse.h"
#include "event.h"
#include "fields.h"
#include "store.h"

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
 */
enum df_declared_what {
	DF_DECLARED_FLIGHT,
	DF_DECLARED_LOCAL_DATA,
};

/**
 * struct df_declaration - what an operator declared
 * @what: what it is about
 * @on: it begins, else it ends
 * @name: of the flight, any text; or of the application
 * @uid: user who asked for the record
 * @pid: and the process
 */
struct df_declaration {
	enum df_declared_what what;
	bool on;
	char name[DF_DECLARED_NAME_MAX];
	uint32_t uid;
	uint32_t pid;
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
 * @DF_KIND_REQUEST_REFUSED: event: somebody without rights asked the module
 * @DF_KIND_LOSS: &struct df_loss
 * @DF_KIND_INSTANCE: &struct df_instance_change
 * @DF_KIND_MESSAGE: &struct df_message
 * @DF_KIND_STRAY: &struct df_stray
 * @DF_KIND_STORE: &struct df_store_note
 * @DF_KIND_FLIGHT: &struct df_declaration
 * @DF_KIND_LOCAL_DATA_MODE: &struct df_declaration
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
	DF_KIND_LOSS,
	DF_KIND_INSTANCE,
	DF_KIND_MESSAGE,
	DF_KIND_STRAY,
	DF_KIND_STORE,
	DF_KIND_FLIGHT,
	DF_KIND_LOCAL_DATA_MODE,
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

#endif
