// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of a store. It changes nothing, and sees the store as it was when
 * its query began, whatever the daemon writes meanwhile. A copy on a medium that
 * cannot be written is read as well. The file may be hostile: nothing in it is
 * run, and views and triggers make it no store of ours.
 */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_read.h"

/* How long a query waits for the daemon, which closes or begins a store; ms. */
#define BUSY_MS 5000

/**
 * df_store_read_failed() - note what SQLite says
 * @reader: whose request failed
 *
 * Return: a negative errno.
 */
int df_store_read_failed(struct df_store_reader *reader)
{
	int err = df_store_error(reader->db);

	snprintf(reader->error, sizeof(reader->error), "%s",
		 reader->db ? sqlite3_errmsg(reader->db) : "out of memory");
	return err;
}

/* Nobody writes there, so that no log beside the file is needed, nor can be. */
static bool is_still(const char *path)
{
	char copy[PATH_MAX], wal[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy) ||
	    snprintf(wal, sizeof(wal), "%s-wal", path) >= (int)sizeof(wal))
		return false;
	return access(wal, F_OK) && access(dirname(copy), W_OK);
}

/* A path as a URI, with everything escaped that could mean something. */
static char *make_uri(const char *path)
{
	char *uri = malloc(3 * strlen(path) + 32), *to = uri;

	if (!uri)
		return NULL;
	to += sprintf(to, "file:");
	for (; *path; path++)
		to += sprintf(to, "%%%02x", (unsigned char)*path);
	sprintf(to, "?immutable=1");
	return uri;
}

static int open_still(const char *path, sqlite3 **db)
{
	char *uri = make_uri(path);
	int rc;

	if (!uri)
		return SQLITE_NOMEM;
	rc = sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
			     NULL);
	free(uri);
	return rc;
}

static int check(struct df_store_reader *reader)
{
	int err;

	sqlite3_busy_timeout(reader->db, BUSY_MS);
	sqlite3_db_config(reader->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(reader->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	err = df_store_check(reader->db);
	if (!err)
		return 0;
	if (sqlite3_errcode(reader->db) != SQLITE_OK &&
	    sqlite3_errcode(reader->db) != SQLITE_DONE)
		return df_store_read_failed(reader);
	snprintf(reader->error, sizeof(reader->error), "%s",
		 err == -EPROTONOSUPPORT ? "it is of a newer version" :
		 "it is not a store of dronefence");
	return err;
}

/**
 * df_store_read() - open a store to read
 * @path: of the database
 * @reader: result; after an error only to be asked for it, and to be closed;
 *	NULL without memory
 *
 * Return: 0; -ENOENT if there is none; -EUCLEAN if it is damaged or not a store;
 * -EPROTONOSUPPORT if a newer version made it; another negative errno.
 */
int df_store_read(const char *path, struct df_store_reader **reader)
{
	struct df_store_reader *r = calloc(1, sizeof(*r));
	int rc;

	*reader = r;
	if (!r)
		return -ENOMEM;
	if (access(path, R_OK)) {
		int err = -errno;

		snprintf(r->error, sizeof(r->error), "%s", strerror(-err));
		return err;
	}
	rc = is_still(path) ? open_still(path, &r->db) :
	     sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY, NULL);
	return rc == SQLITE_OK ? check(r) : df_store_read_failed(r);
}

/**
 * df_store_read_end() - the reverse of df_store_read()
 * @reader: may be NULL
 */
void df_store_read_end(struct df_store_reader *reader)
{
	if (reader)
		sqlite3_close(reader->db);
	free(reader);
}

/**
 * df_store_read_error() - why the last call failed
 * @reader: may be NULL
 *
 * Return: one line, "" if there is nothing to tell.
 */
const char *df_store_read_error(const struct df_store_reader *reader)
{
	return reader ? reader->error : "out of memory";
}

/* Longest statement of a query. */
#define SQL_SIZE 1024

/**
 * struct query - a statement that is put together
 * @sql: its text
 * @used: bytes of @sql
 */
struct query {
	char sql[SQL_SIZE];
	size_t used;
};

static void add(struct query *query, bool wanted, const char *text)
{
	size_t length = strlen(text);

	if (!wanted || query->used + length >= SQL_SIZE)
		return;
	memcpy(query->sql + query->used, text, length + 1);
	query->used += length;
}

/* Something that few records have is asked for; an index of that is the best. */
static bool is_narrow(const struct df_store_filter *filter)
{
	return filter->application || filter->country || filter->set ||
	       filter->net || filter->port >= 0;
}

/*
 * The names of parameters are those that bind() knows. What an index finds by a
 * value is in the order of the numbers; of what it finds by a range only the
 * numbers are put in order, not the records. A plus keeps an index from use.
 */
static void write_query(const struct df_store_filter *filter,
			struct query *query)
{
	bool narrow = is_narrow(filter);

	query->used = 0;
	add(query, true, "SELECT number,line FROM record WHERE true");
	add(query, filter->after, " AND number>:after");
	add(query, filter->since > INT64_MIN && !narrow,
	    " AND number IN(SELECT number FROM record WHERE time>=:since)");
	add(query, filter->since > INT64_MIN && narrow, " AND +time>=:since");
	add(query, filter->until < INT64_MAX, " AND +time<:until");
	add(query, filter->application, " AND app=:app");
	add(query, filter->verdict,
	    narrow ? " AND +verdict=:verdict" : " AND verdict=:verdict");
	add(query, filter->type,
	    narrow ? " AND +type=:type" : " AND type=:type");
	add(query, filter->country, " AND country=:country");
	add(query, filter->set, " AND matched=:set");
	add(query, filter->net, " AND number IN(SELECT number FROM record WHERE saddr BETWEEN :first AND :last UNION SELECT number FROM record WHERE daddr BETWEEN :first AND :last)");
	add(query, filter->port >= 0, " AND dport=:port");
	add(query, true, filter->reverse ? " ORDER BY number DESC" :
	    " ORDER BY number");
	add(query, filter->limit, " LIMIT :limit");
}

static int bind_number(sqlite3_stmt *statement, const char *name,
		       int64_t number)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	return index ? sqlite3_bind_int64(statement, index, number) : 0;
}

static int bind_text(sqlite3_stmt *statement, const char *name,
		     const char *text)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	return index ? sqlite3_bind_text(statement, index, text, -1,
					 SQLITE_STATIC) : 0;
}

static int bind_addr(sqlite3_stmt *statement, const char *name,
		     const uint8_t *addr)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	return index ? sqlite3_bind_blob(statement, index, addr,
					 DF_STORE_ADDR_LEN, SQLITE_STATIC) : 0;
}

static int bind(sqlite3_stmt *statement, const struct df_store_filter *filter)
{
	return bind_number(statement, ":after", (int64_t)filter->after) ?:
	       bind_number(statement, ":since", filter->since) ?:
	       bind_number(statement, ":until", filter->until) ?:
	       bind_text(statement, ":app", filter->application) ?:
	       bind_text(statement, ":verdict", filter->verdict) ?:
	       bind_text(statement, ":type", filter->type) ?:
	       bind_text(statement, ":country", filter->country) ?:
	       bind_text(statement, ":set", filter->set) ?:
	       bind_addr(statement, ":first", filter->first) ?:
	       bind_addr(statement, ":last", filter->last) ?:
	       bind_number(statement, ":port", filter->port) ?:
	       bind_number(statement, ":limit", (int64_t)filter->limit);
}

static int each(struct df_store_reader *reader, sqlite3_stmt *rows,
		df_store_fn fn, void *arg)
{
	int rc;

	while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
		struct df_store_record record = {
			.number = (uint64_t)sqlite3_column_int64(rows, 0),
			.line = (const char *)sqlite3_column_text(rows, 1),
			.length = (size_t)sqlite3_column_bytes(rows, 1),
		};
		int result = record.line ? fn(&record, arg) : -ENOMEM;

		if (result)
			return result;
	}
	return rc == SQLITE_DONE ? 0 : df_store_read_failed(reader);
}

/**
 * df_store_query() - give the records that a filter lets through
 * @reader: open
 * @filter: which, and in which order
 * @fn: called for each; what it is given is gone when it returns
 * @arg: for @fn
 *
 * One record at a time is in memory. Of a range of times or addresses the numbers
 * are collected first; SQLite moves them to a file when they are many.
 *
 * Return: 0, what @fn returned, or a negative errno.
 */
int df_store_query(struct df_store_reader *reader,
		   const struct df_store_filter *filter, df_store_fn fn,
		   void *arg)
{
	sqlite3_stmt *rows = NULL;
	struct query query;
	int err;

	reader->error[0] = '\0';
	write_query(filter, &query);
	if (sqlite3_prepare_v2(reader->db, query.sql, -1, &rows, NULL) ||
	    bind(rows, filter))
		err = df_store_read_failed(reader);
	else
		err = each(reader, rows, fn, arg);
	sqlite3_finalize(rows);
	return err;
}
