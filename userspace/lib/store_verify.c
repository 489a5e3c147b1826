// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The proof of a store: every record is read once, in the order of the numbers,
 * and the first that is wrong is named. What a record says is proved by the hash
 * of the next one, that of the last by the head, and the head by one that was
 * kept elsewhere. Where records may be missing at the older end, the newest
 * record of a cut has to say so.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "store_read.h"

/* Columns of the rows that are read. */
#define ROW_LINK 0
#define ROW_LINE 2
#define ROW_VALUES 3

/**
 * struct proof - how far it is
 * @reader: of the store
 * @report: what is to be told
 * @kept: head that was kept elsewhere, NULL for none; number 0 for an unknown one
 * @kept_seen: it was met
 * @claimed: head that the store keeps
 * @cut: older end by the newest record of a cut, number 0 for none
 */
struct proof {
	struct df_store_reader *reader;
	struct df_store_report *report;
	const struct df_store_link *kept;
	bool kept_seen;
	struct df_store_link claimed;
	struct df_store_link cut;
};

static void blame(struct proof *proof, enum df_store_fault fault,
		  uint64_t number, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Only the first one counts. */
static void blame(struct proof *proof, enum df_store_fault fault,
		  uint64_t number, const char *fmt, ...)
{
	struct df_store_report *report = proof->report;
	char text[DF_STORE_WHY_MAX];
	va_list args;

	if (report->fault)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	df_escape(text, sizeof(text), "", report->why, sizeof(report->why));
	report->fault = fault;
	report->number = number;
}

static bool same_hash(const struct df_store_link *a,
		      const struct df_store_link *b)
{
	return !memcmp(a->hash, b->hash, sizeof(a->hash));
}

/* A record of a cut tells where the chain has to begin. */
static void note_cut(struct proof *proof, const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	const char *what = json_string_value(json_object_get(object, "store"));
	const char *hash = json_string_value(json_object_get(object, "hash"));
	struct df_store_link cut;

	if (!type || !what || !hash || strcmp(type, "store") ||
	    strcmp(what, "cut") || df_store_hash_parse(hash, cut.hash))
		return;
	cut.number = (uint64_t)json_integer_value(json_object_get(object,
								  "number"));
	proof->cut = cut;
}

static void check_kept(struct proof *proof, const struct df_store_link *link)
{
	const struct df_store_link *kept = proof->kept;

	if (!kept || proof->kept_seen)
		return;
	if (!kept->number) {
		proof->kept_seen = same_hash(kept, link);
	} else if (kept->number == link->number) {
		proof->kept_seen = true;
		if (!same_hash(kept, link))
			blame(proof, DF_STORE_OTHER_HEAD, link->number,
			      "record %" PRIu64 " has another hash than the one that was kept elsewhere: it or one before it was altered, and the chain made anew",
			      link->number);
	}
}

/* Where a row stands; its content is not looked at yet. */
static void check_place(struct proof *proof, uint64_t number)
{
	struct df_store_report *report = proof->report;
	uint64_t want = report->head.number + 1;

	if (number > proof->claimed.number)
		blame(proof, DF_STORE_INSERTED, number,
		      "record %" PRIu64 " stands behind the head, which is %" PRIu64 ": it was inserted, or the head was altered",
		      number, proof->claimed.number);
	else if (number < want)
		blame(proof, DF_STORE_INSERTED, number,
		      "record %" PRIu64 " stands before the beginning of the chain: it was inserted, or the beginning was altered",
		      number);
	else if (number > want && !report->count)
		blame(proof, DF_STORE_FRONT, want,
		      "records %" PRIu64 " to %" PRIu64 ", the oldest, are missing",
		      want, number - 1);
	else if (number > want)
		blame(proof, DF_STORE_REMOVED, want,
		      "records %" PRIu64 " to %" PRIu64 " are missing", want,
		      number - 1);
}

static int check_content(struct proof *proof, sqlite3_stmt *row,
			 const struct df_store_link *link)
{
	const char *line = (const char *)sqlite3_column_text(row, ROW_LINE);
	size_t length = (size_t)sqlite3_column_bytes(row, ROW_LINE);
	struct df_store_values values;
	struct df_store_link right;
	const char *column;
	int err;

	if (line)
		err = df_store_hash(proof->report->head.hash, link->number, line,
				    length, right.hash);
	else
		err = sqlite3_column_type(row, ROW_LINE) == SQLITE_NULL ? 0 :
		      -ENOMEM;
	if (err)
		return err;
	if (!line || !same_hash(&right, link)) {
		blame(proof, DF_STORE_ALTERED, link->number,
		      "record %" PRIu64 " does not follow from the one before it: it was altered, inserted or moved, or the one before it was",
		      link->number);
		return 0;
	}
	err = df_store_values(line, length, &values);
	if (err == -EINVAL)
		blame(proof, DF_STORE_ALTERED, link->number,
		      "record %" PRIu64 " is no JSON object: it was altered",
		      link->number);
	if (err)
		return err == -EINVAL ? 0 : err;
	column = df_store_differs(row, ROW_VALUES, &values);
	if (column)
		blame(proof, DF_STORE_COLUMN, link->number,
		      "record %" PRIu64 ": column %s is not what the record says: it was altered",
		      link->number, column);
	note_cut(proof, values.object);
	df_store_values_free(&values);
	return 0;
}

static int check_row(struct proof *proof, sqlite3_stmt *row)
{
	struct df_store_link link;
	int err;

	if (!df_store_get_link(row, ROW_LINK, &link)) {
		blame(proof, DF_STORE_ALTERED,
		      (uint64_t)sqlite3_column_int64(row, ROW_LINK),
		      "record %" PRId64 " has no number or no hash: it was altered or inserted",
		      (int64_t)sqlite3_column_int64(row, ROW_LINK));
		return 0;
	}
	check_place(proof, link.number);
	if (proof->report->fault)
		return 0;
	err = check_content(proof, row, &link);
	if (err || proof->report->fault)
		return err;
	check_kept(proof, &link);
	if (proof->report->fault)
		return 0;
	proof->report->head = link;
	proof->report->count++;
	return 0;
}

static int check_rows(struct proof *proof)
{
	static const char sql[] =
		"SELECT number,hash,line," DF_STORE_COLUMN_LIST
		" FROM record NOT INDEXED ORDER BY number";
	sqlite3_stmt *rows = NULL;
	int rc = SQLITE_OK, err = 0;

	if (sqlite3_prepare_v2(proof->reader->db, sql, -1, &rows, NULL))
		return df_store_read_failed(proof->reader);
	while (!err && !proof->report->fault &&
	       (rc = sqlite3_step(rows)) == SQLITE_ROW)
		err = check_row(proof, rows);
	if (!err && rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = df_store_read_failed(proof->reader);
	sqlite3_finalize(rows);
	return err;
}

/* What only shows when all records have been seen. */
static void check_ends(struct proof *proof)
{
	const struct df_store_report *report = proof->report;
	const struct df_store_link *anchor = &report->anchor;

	if (report->head.number < proof->claimed.number)
		blame(proof, DF_STORE_TAIL, report->head.number + 1,
		      "records %" PRIu64 " to %" PRIu64 ", the newest, are missing",
		      report->head.number + 1, proof->claimed.number);
	if (!same_hash(&report->head, &proof->claimed))
		blame(proof, DF_STORE_HEAD, report->head.number,
		      "record %" PRIu64 ", the newest, is not the one of the head: one of the two was altered",
		      report->head.number);
	if (proof->cut.number != anchor->number ||
	    (anchor->number && !same_hash(&proof->cut, anchor)))
		blame(proof, DF_STORE_FRONT, anchor->number,
		      "the oldest records, up to %" PRIu64 ", are missing, and no record says that they were deleted in order",
		      anchor->number);
}

static void check_kept_missed(struct proof *proof)
{
	const struct df_store_link *kept = proof->kept;
	const struct df_store_report *report = proof->report;

	if (!kept || proof->kept_seen)
		return;
	if (kept->number && kept->number < report->anchor.number)
		blame(proof, DF_STORE_TOO_OLD, kept->number,
		      "record %" PRIu64 " was deleted in order: the head that was kept elsewhere proves nothing about what is left",
		      kept->number);
	else if (kept->number)
		blame(proof, DF_STORE_OTHER_HEAD, report->head.number + 1,
		      "records %" PRIu64 " to %" PRIu64 ", the newest, are missing: the head that was kept elsewhere has them",
		      report->head.number + 1, kept->number);
	else
		blame(proof, DF_STORE_OTHER_HEAD, 0,
		      "no record has the hash that was kept elsewhere: records were altered or are missing, or it is older than all that is left");
}

static int read_claims(struct proof *proof)
{
	struct df_store_reader *reader = proof->reader;
	sqlite3_stmt *row = NULL;
	int rc, err = 0;

	if (sqlite3_prepare_v2(reader->db, "SELECT anchor,anchor_hash,head,head_hash FROM chain",
			       -1, &row, NULL))
		return df_store_read_failed(reader);
	rc = sqlite3_step(row);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = df_store_read_failed(reader);
	else if (rc == SQLITE_DONE ||
		 !df_store_get_link(row, 0, &proof->report->anchor) ||
		 !df_store_get_link(row, 2, &proof->claimed))
		blame(proof, DF_STORE_HEAD, 0,
		      "the store has lost its head: it was altered");
	sqlite3_finalize(row);
	proof->report->head = proof->report->anchor;
	if (!err)
		check_kept(proof, &proof->report->anchor);
	return err;
}

/* An index that was altered hides records from a query. */
static int check_file(struct proof *proof)
{
	sqlite3_stmt *row = NULL;
	const char *text;
	int err = 0;

	if (sqlite3_prepare_v2(proof->reader->db, "PRAGMA integrity_check(1)",
			       -1, &row, NULL))
		return df_store_read_failed(proof->reader);
	if (sqlite3_step(row) != SQLITE_ROW) {
		err = df_store_read_failed(proof->reader);
	} else {
		text = (const char *)sqlite3_column_text(row, 0);
		if (!text)
			err = -ENOMEM;
		else if (strcmp(text, "ok"))
			blame(proof, DF_STORE_FILE, 0, "the file is damaged: %s",
			      text);
	}
	sqlite3_finalize(row);
	return err;
}

static int prove(struct proof *proof)
{
	int err = read_claims(proof);

	if (!err && !proof->report->fault)
		err = check_rows(proof);
	if (!err && !proof->report->fault) {
		check_ends(proof);
		check_kept_missed(proof);
	}
	/* A record that is wrong says more than the page it is on. */
	if (!err && !proof->report->fault)
		err = check_file(proof);
	return err;
}

/**
 * df_store_verify() - prove a store
 * @reader: open
 * @kept: head that was kept elsewhere, with number 0 if only its hash was; NULL
 *	for none
 * @report: result: what the proof came to, also that the file is damaged
 *
 * Return: 0, whatever it came to; a negative errno if it came to nothing.
 */
int df_store_verify(struct df_store_reader *reader,
		    const struct df_store_link *kept,
		    struct df_store_report *report)
{
	struct proof proof = {
		.reader = reader,
		.report = report,
		.kept = kept,
	};
	int err;

	memset(report, 0, sizeof(*report));
	reader->error[0] = '\0';
	/* All of it at one point in time. */
	if (sqlite3_exec(reader->db, "BEGIN", NULL, NULL, NULL))
		return df_store_read_failed(reader);
	err = prove(&proof);
	if (err == -EUCLEAN) {
		blame(&proof, DF_STORE_FILE, report->head.number + 1,
		      "the file is damaged behind record %" PRIu64 ": %s",
		      report->head.number, reader->error);
		err = 0;
	}
	sqlite3_exec(reader->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}
