/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records for reports, made by hand. */
#ifndef REPORT_UTIL_H
#define REPORT_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report.h"
#include "when.h"

#define SPAN_FROM "2026-11-20T10:00:00Z"
#define SPAN_TO "2026-11-20T12:00:00Z"

static struct df_report *report;
static uint64_t next_event;

static inline int64_t at(const char *time)
{
	int64_t ns;

	assert_int_equal(df_when_parse(time, 0, &ns), 0);
	return ns;
}

static inline void begin_report(const char *application)
{
	const struct df_report_options options = {
		.when = { at(SPAN_FROM), at(SPAN_TO) },
		.application = application,
	};

	report = df_report_new(&options);
	assert_non_null(report);
	next_event = 1;
}

static inline int free_report(void **state)
{
	df_report_free(report);
	report = NULL;
	return 0;
}

/* An object; ' stands for ". */
static inline json_t *object_of(const char *fmt, va_list args)
{
	char text[4096], *p;
	json_t *object;

	vsnprintf(text, sizeof(text), fmt, args);
	for (p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	object = json_loads(text, 0, NULL);
	if (!object)
		fail_msg("no object: %s", text);
	if (!json_object_get(object, "instance"))
		json_object_set_new(object, "instance",
				    json_string("00000000000000aa"));
	return object;
}

static inline void before(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline void before(const char *fmt, ...)
{
	va_list args;
	json_t *object;

	va_start(args, fmt);
	object = object_of(fmt, args);
	va_end(args);
	assert_int_equal(df_report_before(report, object), 0);
	json_decref(object);
}

static inline void feed(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline void feed(const char *fmt, ...)
{
	va_list args;
	json_t *object;

	va_start(args, fmt);
	object = object_of(fmt, args);
	va_end(args);
	assert_int_equal(df_report_add(report, object), 0);
	json_decref(object);
}

/* "more" begins with a comma, or is empty. */
static inline void verdict(const char *time, const char *app,
			   const char *decision, const char *daddr,
			   uint64_t flow, const char *more)
{
	feed("{'type':'verdict','seq':%llu,'time':'2026-11-20T%s.000000000Z','verdict':'%s','app':'%s','mode':'enforce','gen':1,'proto':'tcp','daddr':'%s','flow':%llu%s}",
	     (unsigned long long)next_event++, time, decision, app, daddr,
	     (unsigned long long)flow, more);
}

static inline void flow_end(const char *time, const char *start,
			    const char *last, const char *app,
			    const char *daddr, uint64_t flow, uint64_t bytes,
			    uint64_t refused, const char *more)
{
	feed("{'type':'flow-end','seq':%llu,'time':'2026-11-20T%s.000000000Z','start_time':'2026-11-20T%s.000000000Z','last_time':'2026-11-20T%s.000000000Z','verdict':'%s','app':'%s','mode':'enforce','gen':1,'proto':'tcp','daddr':'%s','flow':%llu,'packets':%llu,'bytes':%llu,'refused_packets':%llu,'refused_bytes':%llu%s}",
	     (unsigned long long)next_event++, time, start, last,
	     refused ? "deny" : "allow", app, daddr, (unsigned long long)flow,
	     (unsigned long long)(bytes + 999) / 1000,
	     (unsigned long long)bytes, (unsigned long long)refused,
	     (unsigned long long)refused * 60, more);
}

/* The daemon runs, and a policy that enforces "app" is in force, since 9:00. */
static inline void begin_sealed(void)
{
	before("{'type':'daemon','time':'2026-11-20T09:00:00.000000000Z','daemon':'started'}");
	before("{'type':'policy','seq':1,'time':'2026-11-20T09:00:01.000000000Z','policy':'p','gen':1,'digest':'ab','comm':'dronefenced','uid':0}");
	before("{'type':'verdict','seq':2,'time':'2026-11-20T09:00:02.000000000Z','verdict':'deny','app':'app','mode':'enforce','gen':1,'proto':'tcp','daddr':'1.1.1.1'}");
	next_event = 3;
}

/* Nothing happens after the span, and the module and the store say the same. */
static inline void end_sealed(void)
{
	const struct df_report_live live = {
		.module = true, .daemon = true, .instance = "00000000000000aa",
		.generation = 1, .event_next = next_event,
	};

	df_report_live(report, &live);
	df_report_end(report);
	df_report_proof(report, true);
}

static inline const struct df_report_app *app_of(const char *name)
{
	size_t i;

	for (i = 0; i < report->app_count; i++)
		if (!strcmp(report->apps[i].name, name))
			return &report->apps[i];
	fail_msg("no application %s", name);
	return NULL;
}

static inline const struct df_report_row *
row_of(const struct df_report_table *table, const char *key)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (!strcmp(table->rows[i].key, key))
			return &table->rows[i];
	fail_msg("no row %s", key);
	return NULL;
}

#endif
