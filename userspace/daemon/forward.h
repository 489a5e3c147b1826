/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All sinks together: what comes in at one end goes to each of them. */
#ifndef DF_FORWARD_H
#define DF_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backlog.h"
#include "options.h"
#include "sink.h"
#include "state.h"
#include "tracker.h"

/* The system log, the JSON file and the store. */
#define DF_FORWARD_SINKS 3

/* Records kept for sinks that are slow; as many as the kernel keeps events. */
#define DF_FORWARD_BACKLOG 8192

/**
 * struct df_outlet - a sink and what is known of its health
 * @sink: the sink
 * @watched: descriptor in @wait, -1 for none
 * @events: what of it is waited for
 * @retry: do not open it before; ms of CLOCK_MONOTONIC
 * @quiet: do not report a failure before; ms of CLOCK_MONOTONIC
 * @error: negative errno of the last failure, 0 if it works
 */
struct df_outlet {
	struct df_sink sink;
	int watched;
	unsigned int events;
	int64_t retry;
	int64_t quiet;
	int error;
};

/**
 * struct df_forward - see above
 * @backlog: what is to be forwarded
 * @outlets: the sinks
 * @count: how many
 * @wait: can be read when a sink can be written that could not be before, or has
 *	something to say
 * @entries: the sinks as they stand in the state file
 * @saved: cursors as the state file has them
 * @state_dir: folder of the state
 * @state_error: negative errno why the state cannot be kept, 0 if it can
 * @lock: held while the daemon runs, or -1
 * @to_stderr: show all messages on standard error too
 * @started: the start is over; until then errors are shown there anyway
 * @tracker: where messages stand among the events
 */
struct df_forward {
	struct df_backlog backlog;
	struct df_outlet outlets[DF_FORWARD_SINKS];
	size_t count;
	int wait;
	struct df_state_entry entries[DF_FORWARD_SINKS];
	struct df_cursor saved[DF_FORWARD_SINKS];
	const char *state_dir;
	int state_error;
	int lock;
	bool to_stderr;
	bool started;
	const struct df_tracker *tracker;
};

int df_forward_init(struct df_forward *forward,
		    const struct df_options *options);
void df_forward_free(struct df_forward *forward);
void df_forward_resume(struct df_forward *forward, struct df_tracker *tracker,
		       uint64_t event_next);
void df_forward_message(struct df_forward *forward, int priority,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void df_forward_stray(struct df_forward *forward, const struct df_stray *stray);
void df_forward_declaration(struct df_forward *forward,
			    const struct df_declaration *declaration);
void df_forward_settle(struct df_forward *forward, int ms);
void df_forward_own(struct df_forward *forward, struct df_record *record);
void df_forward_commit(struct df_forward *forward, bool last);
void df_forward_deliver(struct df_forward *forward);
void df_forward_reopen(struct df_forward *forward);

#endif
