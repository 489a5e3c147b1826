// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What becomes of old records, and of a store that is damaged. Records go from
 * the old end only, and a store is never deleted.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "store_private.h"

/**
 * df_store_size() - how much room the store takes
 * @store: open
 * @bytes: result; room of deleted records, which is used again, is left out
 *
 * Return: 0 or a negative errno.
 */
int df_store_size(struct df_store *store, uint64_t *bytes)
{
	int64_t pages, unused = 0, page = 0;
	int err = df_store_number(store->db, "PRAGMA page_count", &pages);

	if (!err)
		err = df_store_number(store->db, "PRAGMA freelist_count", &unused);
	if (!err)
		err = df_store_number(store->db, "PRAGMA page_size", &page);
	*bytes = err ? 0 : (uint64_t)(pages - unused) * (uint64_t)page;
	return err;
}

/**
 * df_store_older() - how far the oldest records are older than a time
 * @store: open
 * @time: ns since 1970
 * @most: look at no more records
 * @last: result: number of the last of them, that of the anchor for none
 *
 * Return: 0 or a negative errno.
 */
int df_store_older(struct df_store *store, int64_t time, uint64_t most,
		   uint64_t *last)
{
	sqlite3_stmt *rows = NULL;
	int rc;

	*last = store->anchor.number;
	if (sqlite3_prepare_v2(store->db, "SELECT number,time FROM record ORDER BY number LIMIT ?",
			       -1, &rows, NULL) ||
	    sqlite3_bind_int64(rows, 1, (int64_t)most)) {
		sqlite3_finalize(rows);
		return df_store_error(store->db);
	}
	while ((rc = sqlite3_step(rows)) == SQLITE_ROW &&
	       sqlite3_column_int64(rows, 1) < time)
		*last = (uint64_t)sqlite3_column_int64(rows, 0);
	sqlite3_finalize(rows);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 :
	       df_store_error(store->db);
}

static int read_link(struct df_store *store, uint64_t number,
		     struct df_store_link *link)
{
	sqlite3_stmt *row = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(store->db, "SELECT number,hash FROM record WHERE number=?",
			       -1, &row, NULL) ||
	    sqlite3_bind_int64(row, 1, (int64_t)number))
		err = df_store_error(store->db);
	else if (sqlite3_step(row) != SQLITE_ROW ||
		 !df_store_get_link(row, 0, link))
		err = -EUCLEAN;
	sqlite3_finalize(row);
	return err;
}

/**
 * df_store_cut() - delete the oldest records in the open transaction
 * @store: open
 * @last: number of the last one to go; the head stays in any case
 *
 * The caller appends a record that says so before it commits.
 *
 * Return: 0; a negative errno, then the store is to be closed.
 */
int df_store_cut(struct df_store *store, uint64_t last)
{
	struct df_store_link cut;
	char sql[80];
	int err;

	if (last <= store->anchor.number || last >= store->head.number)
		return -EINVAL;
	err = df_store_begin(store);
	if (!err)
		err = read_link(store, last, &cut);
	if (err)
		return err;
	snprintf(sql, sizeof(sql), "DELETE FROM record WHERE number<=%" PRIu64,
		 last);
	err = df_store_execute(store->db, sql);
	if (!err)
		store->anchor = cut;
	return err;
}

static int move(const char *path, const char *aside, const char *suffix)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (snprintf(from, sizeof(from), "%s%s", path, suffix) >=
	    (int)sizeof(from) ||
	    snprintf(to, sizeof(to), "%s%s", aside, suffix) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	if (rename(from, to) && (errno != ENOENT || !*suffix))
		return -errno;
	return 0;
}

/**
 * df_store_set_aside() - give a damaged store another name
 * @path: of the store, closed
 * @now: ns since 1970
 * @aside: result: the new name
 * @size: bytes of @aside
 *
 * Return: 0; -EEXIST if that name is taken; another negative errno.
 */
int df_store_set_aside(const char *path, int64_t now, char *aside, size_t size)
{
	time_t seconds = (time_t)(now / 1000000000);
	char stamp[32];
	struct tm tm;
	int err;

	gmtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	if (snprintf(aside, size, "%s.damaged-%s", path, stamp) >= (int)size)
		return -ENAMETOOLONG;
	if (!access(aside, F_OK))
		return -EEXIST;
	/* The database goes last: until then it is still damaged. */
	err = move(path, aside, "-wal");
	if (!err)
		err = move(path, aside, "-shm");
	return err ?: move(path, aside, "");
}
