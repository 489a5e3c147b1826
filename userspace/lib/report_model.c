// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read record by record what happened to the fence itself: was there a policy, did
 * the daemon run, is a number missing. A report may claim that nothing was sent
 * only where all of this is known.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "report_private.h"
#include "when.h"

#define NS_PER_SEC 1000000000ll

/* Most countries, operators and addresses that have a row of their own. */
#define COUNTRIES 300
#define OPERATORS 4096
#define DESTINATIONS 8192

/* By so much may the clock be set without a word. */
#define CLOCK_NS (5 * NS_PER_SEC)

/**
 * df_report_text() - a text of a record
 * @record: any
 * @key: of the value
 * @buf: result: printable ASCII, "" where there is none
 * @size: of @buf
 *
 * What is read may have been altered, so nothing is taken as it is found.
 *
 * Return: @buf.
 */
const char *df_report_text(const json_t *record, const char *key, char *buf,
			   size_t size)
{
	const json_t *value = json_object_get(record, key);

	buf[0] = '\0';
	if (json_is_string(value))
		df_escape(json_string_value(value), json_string_length(value),
			  "", buf, size);
	return buf;
}

/**
 * df_report_number() - a number of a record
 * @record: any
 * @key: of the value
 * @number: result
 *
 * Return: true if it is there, and not negative.
 */
bool df_report_number(const json_t *record, const char *key, uint64_t *number)
{
	const json_t *value = json_object_get(record, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

/**
 * df_report_time() - a time of a record
 * @record: any
 * @key: of the value
 * @ns: result, ns since 1970
 *
 * Return: true if it is one.
 */
bool df_report_time(const json_t *record, const char *key, int64_t *ns)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text && strlen(text) < DF_TIME_STRLEN &&
	       text[strlen(text) - !!*text] == 'Z' &&
	       !df_when_parse(text, 0, ns) && *ns >= 0;
}

/**
 * df_report_within() - does a time touch what the report is about
 * @report: any
 * @from: first moment
 * @to: last moment
 *
 * Return: true if it does.
 */
bool df_report_within(const struct df_report *report, int64_t from, int64_t to)
{
	const struct df_report_options *options = &report->options;
	size_t i;

	if (to < options->when.from || from >= options->when.to)
		return false;
	if (!options->only)
		return true;
	for (i = 0; i < options->only_count; i++)
		if (to >= options->only[i].from && from < options->only[i].to)
			return true;
	return false;
}

/**
 * df_report_wanted() - is the report about this application
 * @report: any
 * @name: of the application
 *
 * Return: true if it is.
 */
bool df_report_wanted(const struct df_report *report, const char *name)
{
	return !report->options.application ||
	       !strcmp(report->options.application, name);
}

/**
 * df_report_lack() - note that something is not known
 * @report: where
 * @lack: what
 * @count: how much of it
 */
void df_report_lack(struct df_report *report, enum df_report_lack lack,
		    uint64_t count)
{
	if (__builtin_add_overflow(report->lacks[lack], count,
				   &report->lacks[lack]))
		report->lacks[lack] = UINT64_MAX;
}

/**
 * df_report_find_app() - an application of the report
 * @report: where; it is added if it is not there
 * @name: printable
 *
 * Return: it, or NULL if there is no room.
 */
struct df_report_app *df_report_find_app(struct df_report *report,
					 const char *name)
{
	struct df_report_app *app;
	size_t i;

	for (i = 0; i < report->app_count; i++)
		if (!strcmp(report->apps[i].name, name))
			return &report->apps[i];
	if (i == DF_REPORT_APPS) {
		report->apps_lost = true;
		return NULL;
	}
	app = &report->apps[report->app_count++];
	snprintf(app->name, sizeof(app->name), "%s", name);
	return app;
}

/**
 * df_report_note_mode() - note in which mode a policy has an application
 * @report: of @app
 * @app: the application
 * @instance: of the module
 * @generation: of the policy
 * @mode: DF_MODE_ENFORCE or DF_MODE_AUDIT
 *
 * A policy that the report does not know is no harm.
 */
void df_report_note_mode(struct df_report *report, struct df_report_app *app,
			 const char *instance, uint64_t generation,
			 uint8_t mode)
{
	size_t i;

	for (i = 0; i < report->policy_count; i++)
		if (report->policies[i].generation == generation &&
		    !strcmp(report->policies[i].instance, instance))
			app->modes[i] |= mode;
}

/* The shortest parts that are few enough. */
static void set_buckets(struct df_report *report)
{
	static const int64_t seconds[] = {
		1, 10, 60, 600, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400, 28 * 86400,
	};
	int64_t span = report->options.when.to - report->options.when.from;
	size_t i;

	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		report->bucket_ns = seconds[i] * NS_PER_SEC;
		if (span / report->bucket_ns < DF_REPORT_BUCKETS)
			break;
	}
	report->bucket_count = (size_t)(span / report->bucket_ns) +
			       (span % report->bucket_ns != 0);
	if (report->bucket_count > DF_REPORT_BUCKETS)
		report->bucket_count = DF_REPORT_BUCKETS;
	if (!report->bucket_count)
		report->bucket_count = 1;
}

/**
 * df_report_new() - a report of nothing yet
 * @options: copied; what it points to must outlive the report
 *
 * Return: to be freed; NULL without memory.
 */
struct df_report *df_report_new(const struct df_report_options *options)
{
	struct df_report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->options = *options;
	report->lacks[DF_LACK_PROOF] = 1;
	report->flow_set = df_report_flows_new();
	set_buckets(report);
	if (!report->flow_set ||
	    df_report_table_init(&report->countries, COUNTRIES) ||
	    df_report_table_init(&report->operators, OPERATORS) ||
	    df_report_table_init(&report->destinations, DESTINATIONS)) {
		df_report_free(report);
		return NULL;
	}
	if (options->application)
		df_report_find_app(report, options->application);
	return report;
}

/**
 * df_report_free() - the reverse of df_report_new()
 * @report: may be NULL
 */
void df_report_free(struct df_report *report)
{
	if (!report)
		return;
	df_report_flows_free(report->flow_set);
	df_report_table_free(&report->countries);
	df_report_table_free(&report->operators);
	df_report_table_free(&report->destinations);
	free(report);
}

/**
 * df_report_unreadable() - a record of the store could not be read
 * @report: where it is counted
 */
void df_report_unreadable(struct df_report *report)
{
	df_report_lack(report, DF_LACK_UNREADABLE, 1);
}

/**
 * df_report_proof() - the store was proved, or was found to be altered
 * @report: of the store
 * @intact: it is as it was written
 */
void df_report_proof(struct df_report *report, bool intact)
{
	report->lacks[DF_LACK_PROOF] = 0;
	report->lacks[DF_LACK_BROKEN] = !intact;
}

/* The daemon did not run from @down_since until now. */
static void add_gap(struct df_report *report, int64_t now)
{
	const struct df_report_interval *when = &report->options.when;
	struct df_report_interval gap = { report->down_since, now };

	if (gap.from < when->from)
		gap.from = when->from;
	if (gap.to > when->to)
		gap.to = when->to;
	if (gap.from >= gap.to || !df_report_within(report, gap.from, gap.to - 1))
		return;
	df_report_lack(report, DF_LACK_DAEMON, 1);
	if (report->gap_count < DF_REPORT_GAPS)
		report->gaps[report->gap_count++] = gap;
	else
		report->gaps_more++;
}

static void daemon_down(struct df_report *report, int64_t since)
{
	if (report->up_known && !report->up)
		return;
	report->up_known = true;
	report->up = false;
	report->down_since = since;
}

static void daemon_up(struct df_report *report, int64_t time)
{
	/* Nobody knows since when it was down, if it was. */
	if (!report->up_known)
		report->down_since = report->options.when.from;
	if (!report->up_known || !report->up)
		add_gap(report, time);
	report->up_known = true;
	report->up = true;
}

enum state { STATE_NONE, STATE_STARTED, STATE_STOPPED, STATE_UNLOADED };

static enum state state_of(const json_t *record)
{
	const char *daemon = json_string_value(json_object_get(record,
							       "daemon"));
	const char *module = json_string_value(json_object_get(record,
							       "module"));

	if (daemon && !strcmp(daemon, "started"))
		return STATE_STARTED;
	if (daemon && !strcmp(daemon, "stopped"))
		return STATE_STOPPED;
	if (module && !strcmp(module, "unloaded"))
		return STATE_UNLOADED;
	return STATE_NONE;
}

/**
 * df_report_tells_state() - does a record tell if daemon and module are there
 * @record: any
 *
 * Return: true if it does.
 */
bool df_report_tells_state(const json_t *record)
{
	return state_of(record) != STATE_NONE;
}

static void follow_state(struct df_report *report, const json_t *record,
			 int64_t time)
{
	switch (state_of(record)) {
	case STATE_STARTED:
		/* Nobody saw the end of the run before. */
		daemon_down(report, report->last_time);
		daemon_up(report, time);
		break;
	case STATE_STOPPED:
		daemon_down(report, time);
		break;
	case STATE_UNLOADED:
		if (time < report->options.when.from)
			report->policy_count = 0;
		else if (time < report->options.when.to)
			df_report_lack(report, DF_LACK_UNLOADED, 1);
		break;
	case STATE_NONE:
		break;
	}
}

static void add_policy(struct df_report *report, const json_t *record,
		       int64_t time)
{
	struct df_report_policy *policy;

	if (time >= report->options.when.to)
		return;
	/* Only the last one before the span was in force in it. */
	if (report->policy_count == 1 && time <= report->options.when.from)
		report->policy_count = 0;
	if (report->policy_count == DF_REPORT_POLICIES) {
		report->policies_lost = true;
		return;
	}
	policy = &report->policies[report->policy_count++];
	memset(policy, 0, sizeof(*policy));
	policy->from = time;
	df_report_text(record, "instance", policy->instance,
		       sizeof(policy->instance));
	df_report_text(record, "policy", policy->name, sizeof(policy->name));
	df_report_text(record, "digest", policy->digest, sizeof(policy->digest));
	df_report_text(record, "comm", policy->comm, sizeof(policy->comm));
	df_report_text(record, "geo", policy->geo, sizeof(policy->geo));
	df_report_number(record, "uid", &policy->uid);
	if (!df_report_number(record, "gen", &policy->generation))
		df_report_unreadable(report);
}

static void add_store(struct df_report *report, const json_t *record)
{
	char what[16];
	uint64_t count;

	df_report_text(record, "store", what, sizeof(what));
	/* It comes first when the daemon starts again: nobody saw it end. */
	if (!strcmp(what, "unclean"))
		daemon_down(report, report->last_time);
	else if (!strcmp(what, "begun") && report->records > 1)
		df_report_lack(report, DF_LACK_BEGIN, 1);
	else if (!strcmp(what, "cut") &&
		 df_report_number(record, "count", &count))
		report->cut += count;
}

static void add_loss(struct df_report *report, const json_t *record)
{
	uint64_t count = 0, records = 0, last;

	report->losses++;
	if (!df_report_number(record, "count", &count))
		df_report_unreadable(report);
	df_report_number(record, "records", &records);
	df_report_lack(report, DF_LACK_LOSS, count > records ? count : records);
	if (df_report_number(record, "last", &last))
		report->next_seq = last + 1;
}

static bool was_set(int64_t clock, int64_t before)
{
	int64_t by;

	return __builtin_sub_overflow(clock, before, &by) || by > CLOCK_NS ||
	       by < -CLOCK_NS;
}

/* Numbers have no gap; the clock and the time since boot go together. */
static void follow_numbers(struct df_report *report, const json_t *record,
			   int64_t time)
{
	uint64_t seq, boottime, suppressed;
	int64_t clock;

	if (!df_report_number(record, "seq", &seq))
		return;
	if (report->next_seq && seq > report->next_seq)
		df_report_lack(report, DF_LACK_HOLE, seq - report->next_seq);
	report->next_seq = seq + 1;
	if (df_report_number(record, "suppressed", &suppressed) && suppressed)
		df_report_lack(report, DF_LACK_SUPPRESSED, suppressed);
	if (!df_report_number(record, "boottime", &boottime))
		return;
	clock = (int64_t)((uint64_t)time - boottime);
	if (report->clock_known && was_set(clock, report->clock))
		df_report_lack(report, DF_LACK_CLOCK, 1);
	report->clock = clock;
	report->clock_known = true;
}

/* Numbers of events and flows begin again. */
static void follow_instance(struct df_report *report, const json_t *record)
{
	char instance[17];

	df_report_text(record, "instance", instance, sizeof(instance));
	if (!*instance || !strcmp(instance, report->instance))
		return;
	if (*report->instance)
		df_report_lack(report, DF_LACK_INSTANCE, 1);
	strcpy(report->instance, instance);
	report->next_seq = 0;
	report->clock_known = false;
	df_report_flows_clear(report->flow_set);
}

static void add_to_app(struct df_report *report, const json_t *record,
		       enum df_report_lack lack)
{
	char name[DF_REPORT_KEY];
	struct df_report_app *app;

	df_report_text(record, "app", name, sizeof(name));
	if (!*name || !df_report_wanted(report, name))
		return;
	app = df_report_find_app(report, name);
	if (app)
		app->lacks |= 1u << lack;
}

/* Kinds that count only where the report looks. */
static void add_within(struct df_report *report, const char *type,
		       const json_t *record)
{
	char mode[16];

	if (!strcmp(type, "stray")) {
		add_to_app(report, record, DF_LACK_STRAY);
	} else if (!strcmp(type, "place-failed")) {
		df_report_text(record, "mode", mode, sizeof(mode));
		if (!strcmp(mode, "audit"))
			add_to_app(report, record, DF_LACK_UNPLACED);
	} else if (!strcmp(type, "socket-closed")) {
		report->sockets_closed++;
	} else if (!strcmp(type, "request-refused")) {
		report->refused++;
	}
}

static int dispatch(struct df_report *report, const char *type,
		    const json_t *record, int64_t time)
{
	if (!strcmp(type, "verdict"))
		return df_report_verdict(report, record);
	if (!strcmp(type, "flow-end"))
		return df_report_flow_end(report, record);
	if (!strcmp(type, "policy"))
		add_policy(report, record, time);
	else if (!strcmp(type, "loss"))
		add_loss(report, record);
	else if (!strcmp(type, "store"))
		add_store(report, record);
	else if (!strcmp(type, "daemon") || !strcmp(type, "module"))
		follow_state(report, record, time);
	else if (df_report_within(report, time, time))
		add_within(report, type, record);
	return 0;
}

/**
 * df_report_before() - tell what held before the span begins
 * @report: nothing added yet
 * @record: the last one of its kind; in the order of the store
 *
 * Wanted are the last policy, the last record for which df_report_tells_state()
 * is true, the last event, and the last of the application.
 *
 * Return: 0 or -ENOMEM.
 */
int df_report_before(struct df_report *report, const json_t *record)
{
	char type[32];
	uint64_t seq;
	int64_t time;

	report->has_before = true;
	df_report_text(record, "type", type, sizeof(type));
	if (!df_report_time(record, "time", &time))
		return 0;
	df_report_text(record, "instance", report->instance,
		       sizeof(report->instance));
	if (!strcmp(type, "policy"))
		add_policy(report, record, time);
	else
		follow_state(report, record, time);
	/* Another load of the module has no policy until one is applied. */
	if (report->policy_count &&
	    strcmp(report->policies[0].instance, report->instance))
		report->policy_count = 0;
	if (df_report_number(record, "seq", &seq))
		report->next_seq = seq + 1;
	df_report_evidence(report, record);
	if (time > report->last_time)
		report->last_time = time;
	return 0;
}

/**
 * df_report_add() - add a record
 * @report: where to
 * @record: in the order of the store, from the beginning of the span on to the
 *	end of the store
 *
 * Return: 0 or -ENOMEM.
 */
int df_report_add(struct df_report *report, const json_t *record)
{
	char type[32];
	int64_t time;
	int err;

	report->records++;
	df_report_text(record, "type", type, sizeof(type));
	if (!*type || !df_report_time(record, "time", &time)) {
		df_report_unreadable(report);
		return 0;
	}
	if (report->records == 1 && !report->has_before &&
	    time > report->options.when.from)
		df_report_lack(report, DF_LACK_BEGIN, 1);
	follow_instance(report, record);
	follow_numbers(report, record, time);
	err = dispatch(report, type, record, time);
	df_report_evidence(report, record);
	if (time > report->last_time)
		report->last_time = time;
	return err;
}

/**
 * df_report_live() - tell what module and daemon say now
 * @report: all records added
 * @live: copied; was asked for before the records were read. What another module
 *	says than the one of the last record is of no use
 */
void df_report_live(struct df_report *report, const struct df_report_live *live)
{
	if (!live->module || strcmp(live->instance, report->instance))
		return;
	report->live = *live;
	if (live->flow_errors)
		df_report_lack(report, DF_LACK_NO_FLOW, live->flow_errors);
	/* An old copy of the store would hide what came since. */
	if (live->event_next > report->next_seq)
		df_report_lack(report, DF_LACK_HOLE,
			       live->event_next - report->next_seq);
}

/**
 * df_report_live_app() - tell of an application of the policy in force
 * @report: after df_report_live()
 * @name: of it
 * @enforced: else it is only watched
 */
void df_report_live_app(struct df_report *report, const char *name,
			bool enforced)
{
	struct df_report_app *app;

	if (!report->live.module || !df_report_wanted(report, name))
		return;
	app = df_report_find_app(report, name);
	if (app)
		df_report_note_mode(report, app, report->live.instance,
				    report->live.generation,
				    enforced ? DF_MODE_ENFORCE : DF_MODE_AUDIT);
}

/**
 * df_report_live_flow() - tell of a flow that has not ended
 * @report: after df_report_live()
 * @flow: what is known of it
 */
void df_report_live_flow(struct df_report *report,
			 const struct df_report_open *flow)
{
	struct df_report_app *app;

	if (!report->live.module ||
	    !df_report_wanted(report, flow->application) ||
	    flow->start >= report->options.when.to ||
	    !df_report_within(report, flow->start, report->options.when.to - 1))
		return;
	report->flows_open += flow->passed;
	report->open_bytes += flow->bytes;
	app = df_report_find_app(report, flow->application);
	if (app && flow->public && flow->passed)
		app->open_public++;
}

static void check_policies(struct df_report *report)
{
	if (!report->policy_count || report->policies_lost ||
	    report->policies[0].from > report->options.when.from)
		df_report_lack(report, DF_LACK_POLICY, 1);
}

/**
 * df_report_end() - all is told
 * @report: may only be read from now on
 */
void df_report_end(struct df_report *report)
{
	const struct df_report_interval *when = &report->options.when;

	if (!report->records && !report->has_before)
		df_report_lack(report, DF_LACK_BEGIN, 1);
	if (!report->up_known)
		df_report_lack(report, DF_LACK_DAEMON, 1);
	else if (!report->up)
		add_gap(report, when->to);
	else if (!report->live.daemon && report->last_time < when->to)
		df_report_lack(report, DF_LACK_END, 1);
	if (!report->live.module) {
		df_report_lack(report, DF_LACK_OPEN, 1);
		report->flows_open =
			df_report_flows_count(report->flow_set,
					      DF_FLOW_ALLOWED | DF_FLOW_WATCHED);
	}
	check_policies(report);
	df_report_table_sort(&report->countries);
	df_report_table_sort(&report->operators);
	df_report_table_sort(&report->destinations);
}
