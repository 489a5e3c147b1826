// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "forward.h"

/* A sink that failed is tried again after so many ms. */
#define RETRY_MS 1000

/* A sink that fails again and again is reported once in so many ms. */
#define QUIET_MS 60000

/* How long the store is waited for at the end, and how often it is looked at. */
#define FLUSH_MS 10000
#define FLUSH_STEP_MS 100

#define NS_PER_DAY (86400ll * 1000000000)

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int add_sink(struct df_forward *forward, const struct df_sink_ops *ops,
		    const char *path)
{
	struct df_outlet *outlet = &forward->outlets[forward->count];
	int err = df_sink_init(&outlet->sink, ops, path);

	if (err)
		return err;
	outlet->watched = -1;
	/* What is not on the disk yet would be missing after a kill. */
	forward->entries[forward->count] = (struct df_state_entry){
		.name = outlet->sink.name,
		.cursor = ops->attach ? &outlet->sink.keep.safe :
			  &outlet->sink.cursor,
	};
	forward->count++;
	return 0;
}

static int add_store(struct df_forward *forward,
		     const struct df_options *options)
{
	int err = add_sink(forward, &df_sink_store, options->store);
	struct df_keep *keep;

	if (err)
		return err;
	keep = &forward->outlets[forward->count - 1].sink.keep;
	keep->age = (int64_t)options->store_days * NS_PER_DAY;
	keep->size = (uint64_t)options->store_size << 20;
	return 0;
}

static int add_sinks(struct df_forward *forward,
		     const struct df_options *options)
{
	enum df_log_sink sink = options->sink;
	int err = 0;

	if (sink == DF_SINK_AUTO)
		sink = access(options->journal_socket, F_OK) ? DF_SINK_SYSLOG :
		       DF_SINK_JOURNALD;
	if (sink == DF_SINK_JOURNALD)
		err = add_sink(forward, &df_sink_journal, options->journal_socket);
	else if (sink == DF_SINK_SYSLOG)
		err = add_sink(forward, &df_sink_syslog, options->syslog_socket);
	if (!err && options->json)
		err = add_sink(forward, &df_sink_json, options->json);
	if (!err && options->store)
		err = add_store(forward, options);
	return err;
}

static void save_cursors(struct df_forward *forward)
{
	size_t i;

	for (i = 0; i < forward->count; i++)
		forward->saved[i] = *forward->entries[i].cursor;
}

static void load_state(struct df_forward *forward)
{
	int err = df_state_load(forward->state_dir, forward->entries,
				forward->count);
	size_t i;

	if (err && err != -ENOENT) {
		forward->state_error = err;
		for (i = 0; i < forward->count; i++)
			forward->entries[i].cursor->known = false;
	}
	save_cursors(forward);
}

/* One that cannot be opened now is tried again with each delivery. */
static void resume_stores(struct df_forward *forward)
{
	size_t i;

	for (i = 0; i < forward->count; i++) {
		struct df_sink *sink = &forward->outlets[i].sink;

		if (!sink->ops->attach)
			continue;
		sink->cursor = sink->keep.safe;
		df_sink_resume(sink);
	}
}

/**
 * df_forward_init() - make the sinks, still closed
 * @forward: result; to be freed after an error too
 * @options: which sinks; must outlive @forward
 *
 * Return: 0; -EWOULDBLOCK if another daemon uses the same state; another
 * negative errno.
 */
int df_forward_init(struct df_forward *forward,
		    const struct df_options *options)
{
	int err;

	memset(forward, 0, sizeof(*forward));
	forward->lock = -1;
	forward->state_dir = options->state_dir;
	forward->to_stderr = options->to_stderr;
	forward->wait = epoll_create1(EPOLL_CLOEXEC);
	if (forward->wait < 0)
		return -errno;
	err = df_backlog_init(&forward->backlog, DF_FORWARD_BACKLOG);
	if (!err)
		err = add_sinks(forward, options);
	if (err)
		return err;
	forward->state_error = df_state_lock(forward->state_dir, &forward->lock);
	if (forward->state_error == -EWOULDBLOCK)
		return -EWOULDBLOCK;
	if (!forward->state_error)
		load_state(forward);
	resume_stores(forward);
	return 0;
}

/**
 * df_forward_free() - the reverse of df_forward_init()
 * @forward: may have failed to be made
 */
void df_forward_free(struct df_forward *forward)
{
	size_t i;

	for (i = 0; i < forward->count; i++)
		df_sink_free(&forward->outlets[i].sink);
	df_backlog_free(&forward->backlog);
	if (forward->wait >= 0)
		close(forward->wait);
	if (forward->lock >= 0)
		close(forward->lock);
}

static void report_state(struct df_forward *forward)
{
	int err = forward->state_error;

	if (err == -EINVAL)
		df_forward_message(forward, LOG_WARNING,
				   "the state in %s is damaged: all events that the kernel still holds are sent again",
				   forward->state_dir);
	else if (err)
		df_forward_message(forward, LOG_WARNING,
				   "state in %s: %s; events may be sent again after a restart",
				   forward->state_dir, strerror(-err));
}

/* A cursor further than the kernel is of another time: it is worth nothing. */
static void check_cursor(struct df_forward *forward, struct df_cursor *cursor,
			 uint64_t event_next)
{
	if (cursor->known && cursor->instance == forward->tracker->instance &&
	    cursor->next > event_next) {
		cursor->known = false;
		forward->state_error = -EINVAL;
	}
}

/**
 * df_forward_resume() - go on where the last run of the daemon ended
 * @forward: nothing delivered yet
 * @tracker: @instance is the kernel's; the rest is set: it is to take what any
 *	sink does not have. Must outlive @forward, whose messages stand among
 *	the events where @tracker does.
 * @event_next: number that the kernel's next event will get
 */
void df_forward_resume(struct df_forward *forward, struct df_tracker *tracker,
		       uint64_t event_next)
{
	size_t i;

	forward->tracker = tracker;
	tracker->next = event_next;
	for (i = 0; i < forward->count; i++) {
		struct df_cursor *cursor = &forward->outlets[i].sink.cursor;

		check_cursor(forward, cursor, event_next);
		if (!cursor->known || cursor->instance != tracker->instance)
			tracker->next = 1;
		else if (cursor->next < tracker->next)
			tracker->next = cursor->next;
	}
	tracker->behind = tracker->next < event_next;
	if (forward->state_error)
		report_state(forward);
}

/**
 * df_forward_message() - let the daemon say something
 * @forward: after df_forward_resume()
 * @priority: LOG_ERR and the like
 * @fmt: printf format of one line
 *
 * It is delivered with the next df_forward_deliver().
 */
void df_forward_message(struct df_forward *forward, int priority,
			const char *fmt, ...)
{
	struct df_record record = {
		.instance = forward->tracker->instance,
		.time = now_ns(),
	};
	char text[DF_MESSAGE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	df_record_message(&record, priority, "%s", text);
	df_backlog_append(&forward->backlog, &record, forward->tracker->next);
	if (forward->to_stderr || (!forward->started && priority <= LOG_ERR))
		fprintf(stderr, "dronefenced: %s\n", record.message.text);
}

/**
 * df_forward_stray() - let the daemon tell of a stray
 * @forward: after df_forward_resume()
 * @stray: what to tell
 *
 * It is delivered with the next df_forward_deliver().
 */
void df_forward_stray(struct df_forward *forward, const struct df_stray *stray)
{
	struct df_record record = {
		.type = DF_RECORD_STRAY,
		.instance = forward->tracker->instance,
		.time = now_ns(),
		.stray = *stray,
	};

	df_backlog_append(&forward->backlog, &record, forward->tracker->next);
}

/**
 * df_forward_declaration() - let the operator declare something
 * @forward: after df_forward_resume()
 * @declaration: what
 *
 * It is delivered with the next df_forward_deliver().
 */
void df_forward_declaration(struct df_forward *forward,
			    const struct df_declaration *declaration)
{
	struct df_record record = {
		.type = DF_RECORD_DECLARATION,
		.instance = forward->tracker->instance,
		.time = now_ns(),
		.declaration = *declaration,
	};

	df_backlog_append(&forward->backlog, &record, forward->tracker->next);
}

/**
 * df_forward_own() - let the daemon tell of what it sees
 * @forward: after df_forward_resume()
 * @record: not an event; @instance and @time are set
 *
 * It is delivered with the next df_forward_deliver().
 */
void df_forward_own(struct df_forward *forward, struct df_record *record)
{
	record->instance = forward->tracker->instance;
	record->time = now_ns();
	df_backlog_append(&forward->backlog, record, forward->tracker->next);
}

static void watch(struct df_forward *forward, struct df_outlet *outlet)
{
	struct epoll_event event = { .events = df_sink_events(&outlet->sink) };
	int want = event.events ? outlet->sink.fd : -1;

	if (want == outlet->watched && event.events == outlet->events)
		return;
	if (outlet->watched >= 0)
		epoll_ctl(forward->wait, EPOLL_CTL_DEL, outlet->watched, NULL);
	outlet->watched = -1;
	if (want >= 0 && !epoll_ctl(forward->wait, EPOLL_CTL_ADD, want, &event))
		outlet->watched = want;
	outlet->events = event.events;
}

/* Returns true if there is something new to be delivered. */
static bool failed(struct df_forward *forward, struct df_outlet *outlet, int err,
		   int64_t now)
{
	outlet->retry = now + RETRY_MS;
	if (outlet->error == err && now < outlet->quiet)
		return false;
	outlet->error = err;
	outlet->quiet = now + QUIET_MS;
	df_forward_message(forward, LOG_WARNING, "sink %s: %s",
			   outlet->sink.name, strerror(-err));
	return true;
}

static bool deliver(struct df_forward *forward, struct df_outlet *outlet)
{
	int64_t now = now_ms();
	bool ended = df_sink_end(&outlet->sink);
	int err;

	watch(forward, outlet);
	if (!ended ||
	    (!df_sink_is_open(&outlet->sink) && now < outlet->retry))
		return false;
	err = df_sink_deliver(&outlet->sink, &forward->backlog);
	watch(forward, outlet);
	if (err && err != -EAGAIN)
		return failed(forward, outlet, err, now);
	return false;
}

static bool cursors_moved(const struct df_forward *forward)
{
	size_t i;

	for (i = 0; i < forward->count; i++) {
		const struct df_cursor *cursor = forward->entries[i].cursor;
		const struct df_cursor *saved = &forward->saved[i];

		if (cursor->known != saved->known ||
		    cursor->instance != saved->instance ||
		    cursor->next != saved->next)
			return true;
	}
	return false;
}

static void save_state(struct df_forward *forward)
{
	int err;

	if (forward->lock < 0 || !cursors_moved(forward))
		return;
	err = df_state_save(forward->state_dir, forward->entries,
			    forward->count);
	if (!err)
		save_cursors(forward);
	if (err != forward->state_error) {
		forward->state_error = err;
		report_state(forward);
	}
}

/**
 * df_forward_deliver() - give each sink what it does not have yet
 * @forward: after df_forward_resume()
 *
 * Never waits. To be called when there is something new, when @wait can be
 * read, and once a second for sinks that failed.
 */
void df_forward_deliver(struct df_forward *forward)
{
	bool again = false;
	size_t i;

	for (i = 0; i < forward->count; i++)
		again |= deliver(forward, &forward->outlets[i]);
	for (i = 0; again && i < forward->count; i++)
		deliver(forward, &forward->outlets[i]);
	save_state(forward);
}

static void tell_head(struct df_forward *forward,
		      const struct df_store_note *note)
{
	struct df_record record = {
		.type = DF_RECORD_STORE,
		.instance = forward->tracker->instance,
		.time = now_ns(),
		.store = *note,
	};

	df_backlog_append(&forward->backlog, &record, forward->tracker->next);
}

static void flush(struct df_forward *forward, struct df_outlet *outlet, int ms)
{
	int64_t end = now_ms() + ms;

	while (!df_sink_is_safe(&outlet->sink) && now_ms() < end) {
		int err = df_sink_commit(&outlet->sink);

		if (err)
			failed(forward, outlet, err, now_ms());
		df_sink_wait(&outlet->sink, FLUSH_STEP_MS);
		deliver(forward, outlet);
	}
}

/**
 * df_forward_settle() - wait until what was delivered is on the disk
 * @forward: after df_forward_resume()
 * @ms: but no longer than this, for each store
 */
void df_forward_settle(struct df_forward *forward, int ms)
{
	size_t i;

	for (i = 0; i < forward->count; i++) {
		flush(forward, &forward->outlets[i], ms);
		watch(forward, &forward->outlets[i]);
	}
}

/**
 * df_forward_commit() - have what the store took on the disk
 * @forward: after df_forward_resume()
 * @last: wait for that, and tell the other sinks of its head in any case
 *
 * Does not wait for the disk unless it is the last time. To be called once a
 * second; what it tells is delivered with the next df_forward_deliver().
 */
void df_forward_commit(struct df_forward *forward, bool last)
{
	size_t i;

	for (i = 0; i < forward->count; i++) {
		struct df_outlet *outlet = &forward->outlets[i];
		int err = df_sink_commit(&outlet->sink);
		struct df_store_note note;

		if (err)
			failed(forward, outlet, err, now_ms());
		/* At the end there is time to wait, but not for ever. */
		if (last)
			flush(forward, outlet, FLUSH_MS);
		if (df_sink_checkpoint(&outlet->sink, last, &note))
			tell_head(forward, &note);
		watch(forward, outlet);
	}
}

/**
 * df_forward_reopen() - close all sinks, to be opened with the next delivery
 * @forward: after df_forward_resume()
 */
void df_forward_reopen(struct df_forward *forward)
{
	size_t i;

	for (i = 0; i < forward->count; i++) {
		struct df_outlet *outlet = &forward->outlets[i];

		df_sink_close(&outlet->sink);
		watch(forward, outlet);
		outlet->retry = 0;
	}
}
