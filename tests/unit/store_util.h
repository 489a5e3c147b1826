/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stores for tests: made, looked into, and tampered with. */
#ifndef STORE_UTIL_H
#define STORE_UTIL_H

#include <sqlite3.h>

#include "sink_util.h"
#include "store.h"

/* A record of a flow or a verdict, other than the one before. */
static inline struct df_record random_record(unsigned int *seed, uint64_t seq)
{
	static const char countries[][3] = { "US", "CN", "DE", "", "HK" };
	struct df_record record = make_event_record(INSTANCE, seq);
	struct df_event *event = &record.event;

	if (rand_r(seed) % 3 == 0)
		event->type = DFENCE_EVENT_FLOW_END;
	event->time = TEST_TIME + seq * 1000000000u;
	event->verdict = (enum dfence_verdict)(rand_r(seed) % 3);
	strcpy(event->country, countries[rand_r(seed) % 5]);
	event->dport = (uint16_t)(rand_r(seed) % 2000);
	event->daddr = 0x2f5b0000u + (unsigned int)rand_r(seed) % 65536;
	if (rand_r(seed) % 4 == 0) {
		event->family = DF_IPV6;
		event->saddr = (df_u128)0x20010db8u << 96 | 1;
		event->daddr = (df_u128)0x20010db8u << 96 | rand_r(seed) % 65536;
	}
	if (rand_r(seed) % 5 == 0)
		strcpy(event->set, "AS45102");
	snprintf(event->application, sizeof(event->application), "app%d",
		 rand_r(seed) % 4);
	snprintf(event->comm, sizeof(event->comm), "%s",
		 hostile_names[(unsigned int)rand_r(seed) % HOSTILE_NAMES].name);
	return record;
}

static inline size_t line_of(const struct df_record *record,
			     struct df_buffer *buffer)
{
	df_buffer_reset(buffer);
	assert_int_equal(df_record_json(record, buffer), 0);
	return buffer->length;
}

/* A store of @count records, closed in order. */
static inline void make_store(const char *name, unsigned int seed,
			      uint64_t count)
{
	struct df_store_mark mark = { .clean = true, .next = count + 1 };
	struct df_buffer buffer;
	struct df_store *store;
	uint64_t i;

	assert_int_equal(df_store_open(test_path(name), &store), 0);
	for (i = 1; i <= count; i++) {
		struct df_record record = random_record(&seed, i);

		line_of(&record, &buffer);
		assert_int_equal(df_store_append(store, buffer.data,
						 buffer.length), 0);
	}
	assert_int_equal(df_store_commit(store, &mark), 0);
	df_store_close(store);
}

/* What somebody with an SQLite of his own does. */
static inline void tamper(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static inline void tamper(const char *name, const char *fmt, ...)
{
	char sql[4096], *why = NULL;
	va_list args;
	sqlite3 *db;

	va_start(args, fmt);
	vsnprintf(sql, sizeof(sql), fmt, args);
	va_end(args);
	assert_int_equal(sqlite3_open(test_path(name), &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why))
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static inline struct df_store_report
verify_with(const char *name, const struct df_store_link *kept)
{
	struct df_store_reader *reader;
	struct df_store_report report;

	assert_int_equal(df_store_read(test_path(name), &reader), 0);
	assert_int_equal(df_store_verify(reader, kept, &report), 0);
	df_store_read_end(reader);
	return report;
}

static inline struct df_store_report verify(const char *name)
{
	return verify_with(name, NULL);
}

static inline void assert_intact(const char *name, uint64_t head)
{
	struct df_store_report report = verify(name);

	if (report.fault)
		fail_msg("not intact: %s", report.why);
	assert_int_equal(report.head.number, head);
	assert_int_equal(report.count, head - report.anchor.number);
}

#endif
