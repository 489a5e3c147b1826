// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Feed a report: first the module and the daemon are asked, then the store is read
 * once from the beginning of the span to its end. What happened before the module
 * was asked is in the store by then, or is missed there by its number.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "cli.h"
#include "records.h"
#include "report_read.h"
#include "special.h"
#include "when.h"

/* The daemon has what happened on the disk after a second. */
#define SETTLE_US 1500000

/* Records that are looked at for the last event, or the last of an application. */
#define LOOK_BACK 1000

/* Kinds of records from before the span that are of use, and of each one. */
#define BEFORE 8

/**
 * struct now - what module and daemon say
 * @live: see there
 * @apps: applications
 * @enforced: for each of them
 * @app_count: how many
 * @flows: flows
 * @flow_count: how many
 * @flow_room: how many @flows can take
 */
struct now {
	struct df_report_live live;
	char (*apps)[DRONEFENCE_NAME_MAX + 1];
	bool *enforced;
	size_t app_count;
	struct df_flow *flows;
	size_t flow_count;
	size_t flow_room;
};

/**
 * struct before - records from before the span
 * @objects: the records
 * @numbers: their numbers
 * @count: how many
 * @wanted: is it the one that is looked for
 * @left: how many to look at
 */
struct before {
	json_t *objects[BEFORE];
	uint64_t numbers[BEFORE];
	size_t count;
	bool (*wanted)(const json_t *record);
	uint64_t left;
};

/**
 * struct pass - the store while it is read
 * @reader: of the store
 * @report: what it is read for
 * @source: who else reads
 */
struct pass {
	struct df_store_reader *reader;
	struct df_report *report;
	const struct report_source *source;
};

static int note_app(const struct df_application_info *info, void *arg)
{
	struct now *now = arg;
	void *apps = reallocarray(now->apps, now->app_count + 1,
				  sizeof(*now->apps));
	void *enforced;

	if (!apps)
		return -ENOMEM;
	now->apps = apps;
	enforced = reallocarray(now->enforced, now->app_count + 1,
				sizeof(*now->enforced));
	if (!enforced)
		return -ENOMEM;
	now->enforced = enforced;
	strcpy(now->apps[now->app_count], info->name);
	now->enforced[now->app_count++] = info->mode == DFENCE_MODE_ENFORCE;
	return 0;
}

static int note_flow(const struct df_flow *flow, void *arg)
{
	struct now *now = arg;

	if (now->flow_count == now->flow_room) {
		size_t room = now->flow_room ? 2 * now->flow_room : 64;
		void *flows = reallocarray(now->flows, room,
					   sizeof(*now->flows));

		if (!flows)
			return -ENOMEM;
		now->flows = flows;
		now->flow_room = room;
	}
	now->flows[now->flow_count++] = *flow;
	return 0;
}

static int ask_module(struct df_client *client, const char *application,
		      struct now *now)
{
	const struct df_flow_filter filter = {
		.application = application, .verdict = -1,
	};
	struct df_policy_info policy = { .geo_date = 0 };
	struct df_status status;
	int err = df_client_status(client, &status);

	if (!err && status.generation)
		err = df_client_applications(client, note_app, now) ?:
		      df_client_policy(client, &policy);
	if (!err)
		err = df_client_flows(client, &filter, note_flow, now);
	if (err)
		return err;
	now->live.module = true;
	now->live.generation = status.generation;
	now->live.event_next = status.event_next;
	now->live.flow_errors = status.flow_errors;
	now->live.geo_date = policy.geo_date;
	snprintf(now->live.instance, sizeof(now->live.instance), "%016" PRIx64,
		 status.instance);
	return 0;
}

/* Who answers runs, whatever the answer is. */
static bool daemon_runs(const char *control)
{
	json_t *request = json_pack("{s:s}", "request", "ping"), *answer;
	bool runs = request && !df_ask(control, request, &answer);

	if (runs)
		json_decref(answer);
	json_decref(request);
	return runs;
}

/* A report of a copy needs neither: it only claims less. */
static void ask(const struct report_source *source, const char *application,
		struct now *now)
{
	struct df_client *client;

	memset(now, 0, sizeof(*now));
	if (!df_client_open(&client))
		ask_module(client, application, now);
	df_client_close(client);
	if (!now->live.module)
		return;
	now->live.daemon = daemon_runs(source->control);
	if (now->live.daemon)
		usleep(SETTLE_US);
}

static void tell_flow(struct df_report *report, const struct df_flow *flow)
{
	const struct df_report_open open = {
		.application = flow->application,
		.public = df_addr_is_public(flow->family, flow->daddr),
		.passed = flow->totals.packets,
		.start = (int64_t)flow->start,
		.bytes = flow->totals.bytes,
	};

	df_report_live_flow(report, &open);
}

static void tell(struct df_report *report, struct now *now)
{
	size_t i;

	df_report_live(report, &now->live);
	for (i = 0; i < now->app_count; i++)
		df_report_live_app(report, now->apps[i], now->enforced[i]);
	for (i = 0; i < now->flow_count; i++)
		tell_flow(report, &now->flows[i]);
	free(now->apps);
	free(now->enforced);
	free(now->flows);
}

static bool is_any(const json_t *record)
{
	return true;
}

static bool is_event(const json_t *record)
{
	return json_is_integer(json_object_get(record, "seq"));
}

static bool has_mode(const json_t *record)
{
	return json_object_get(record, "mode") && json_object_get(record, "gen");
}

/* The first that is wanted, from the newest on. */
static int look(const struct df_store_record *record, void *arg)
{
	struct before *before = arg;
	json_t *object;
	int err = df_store_load(record->line, record->length, &object);

	if (err == -ENOMEM)
		return err;
	if (!err && before->wanted(object)) {
		before->objects[before->count] = object;
		before->numbers[before->count++] = record->number;
		return 1;
	}
	json_decref(object);
	return --before->left ? 0 : 1;
}

static int look_for(struct pass *pass, struct before *before, const char *type,
		    const char *application, bool (*wanted)(const json_t *))
{
	const struct df_store_filter filter = {
		.since = INT64_MIN, .until = pass->report->options.when.from,
		.port = -1, .type = type, .application = application,
		.reverse = true,
	};
	int err;

	before->wanted = wanted;
	/* Messages may be many since the daemon was started. */
	before->left = type ? UINT64_MAX : LOOK_BACK;
	err = df_store_query(pass->reader, &filter, look, before);
	return err < 0 ? err : 0;
}

static int look_for_all(struct pass *pass, struct before *before)
{
	const char *application = pass->report->options.application;
	int err = look_for(pass, before, "policy", NULL, is_any) ?:
		  look_for(pass, before, "daemon", NULL, df_report_tells_state) ?:
		  look_for(pass, before, "module", NULL, df_report_tells_state) ?:
		  look_for(pass, before, NULL, NULL, is_event) ?:
		  look_for(pass, before, NULL, NULL, is_any);

	if (!err && application)
		err = look_for(pass, before, NULL, application, has_mode);
	return err;
}

/* In the order of the store. */
static int tell_before(struct df_report *report, struct before *before)
{
	size_t i, first;
	int err = 0;

	while (before->count) {
		first = 0;
		for (i = 1; i < before->count; i++)
			if (before->numbers[i] < before->numbers[first])
				first = i;
		if (!err)
			err = df_report_before(report, before->objects[first]);
		json_decref(before->objects[first]);
		before->count--;
		before->objects[first] = before->objects[before->count];
		before->numbers[first] = before->numbers[before->count];
	}
	return err;
}

static int add(const struct df_store_record *record, void *arg)
{
	struct pass *pass = arg;
	json_t *object;
	int err = df_store_load(record->line, record->length, &object);

	if (err == -ENOMEM)
		return err;
	if (err) {
		df_report_unreadable(pass->report);
		return 0;
	}
	err = df_report_add(pass->report, object);
	if (!err && pass->source->each)
		err = pass->source->each(object, pass->source->arg);
	json_decref(object);
	return err;
}

static int read_all(struct pass *pass)
{
	const struct df_store_filter filter = {
		.since = pass->report->options.when.from, .until = INT64_MAX,
		.port = -1,
	};
	struct before before = { .count = 0 };
	int err = look_for_all(pass, &before);
	int told = tell_before(pass->report, &before);

	err = err ?: told;
	return err ?: df_store_query(pass->reader, &filter, add, pass);
}

/* To prove a store takes long: only for a claim that nothing else stands against. */
static bool needs_proof(const struct df_report *report)
{
	const uint32_t proof = 1u << DF_LACK_PROOF;
	size_t i;

	for (i = 0; i < report->app_count; i++) {
		const struct df_report_app *app = &report->apps[i];

		if (!df_report_contacted(app) &&
		    (df_report_lacking(report, app) == proof ||
		     df_report_unseen(report, app) == proof))
			return true;
	}
	return false;
}

static int prove(struct pass *pass)
{
	struct df_store_report proof;
	int err;

	if (!needs_proof(pass->report))
		return 0;
	err = df_store_verify(pass->reader, NULL, &proof);
	if (!err)
		df_report_proof(pass->report, proof.fault == DF_STORE_INTACT);
	return err;
}

static int read_store(struct pass *pass, struct report_source *source,
		      struct now *now)
{
	int err = read_all(pass);

	if (!err)
		err = df_store_read_head(pass->reader, &source->head);
	tell(pass->report, now);
	df_report_end(pass->report);
	return err ?: prove(pass);
}

/* The time of the first record. */
static int note_first(const struct df_store_record *record, void *arg)
{
	int64_t *first = arg;
	json_t *object;
	const char *time;
	int err = df_store_load(record->line, record->length, &object);

	if (err)
		return err == -ENOMEM ? err : 0;
	time = json_string_value(json_object_get(object, "time"));
	err = time && !df_when_parse(time, 0, first);
	json_decref(object);
	return err;
}

/**
 * report_first() - the time of the first record
 * @reader: of the store
 * @first: result, ns since 1970; 0 if there is none
 *
 * Return: 0 or a negative errno.
 */
int report_first(struct df_store_reader *reader, int64_t *first)
{
	const struct df_store_filter filter = {
		.since = INT64_MIN, .until = INT64_MAX, .port = -1, .limit = 100,
	};
	int err;

	*first = 0;
	err = df_store_query(reader, &filter, note_first, first);
	return err < 0 ? err : 0;
}

/**
 * report_read() - make a report, or complain
 * @source: where from
 * @options: of the report
 * @report: result, to be freed; NULL after an error
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if there is no store; DF_EXIT_BROKEN if it
 * is damaged; DF_EXIT_FAILED.
 */
enum df_exit report_read(struct report_source *source,
			 const struct df_report_options *options,
			 struct df_report **report)
{
	struct pass pass = {
		.report = df_report_new(options), .source = source,
	};
	enum df_exit status = DF_EXIT_OK;
	struct now now;
	int err = -ENOMEM;

	*report = NULL;
	if (pass.report) {
		ask(source, options->application, &now);
		err = df_store_read(source->store, &pass.reader);
		if (err)
			tell(pass.report, &now);
		else
			err = read_store(&pass, source, &now);
	}
	if (err)
		status = records_failed(source->store, pass.reader, err);
	df_store_read_end(pass.reader);
	if (!status)
		*report = pass.report;
	else
		df_report_free(pass.report);
	return status;
}
