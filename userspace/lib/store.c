// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer of a store: an SQLite database with a row for each record, and one
 * row that holds both ends of the chain:
 *
 *	anchor: number and hash of the last record that was deleted in order
 *	  |
 *	record 101: line, hash = SHA-256(hash of 100, 101, line)
 *	record 102: line, hash = SHA-256(hash of 101, 102, line)
 *	  |
 *	head: number and hash of the last record
 *
 * Records, ends and the mark of what comes next are written in one transaction:
 * a writer that dies leaves a store that ends with its last commit, and knows
 * where to go on. After any error the store is of no use but to be closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_private.h"

/* What a write-ahead log that a slow reader made long is cut back to. */
static const char *const settings[] = {
	"PRAGMA trusted_schema=OFF",
	"PRAGMA journal_mode=WAL",
	"PRAGMA synchronous=FULL",
	"PRAGMA journal_size_limit=16777216",
};

/* Both ends of the chain. */
#define DF_STORE_ENDS "anchor,anchor_hash,head,head_hash"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Each index ends with the number, so that what it finds comes in order. Most
 * records that have no such value are not in it.
 */
static const char *const schema[] = {
	"BEGIN IMMEDIATE",
	"CREATE TABLE record(number INTEGER PRIMARY KEY,time INTEGER,boottime INTEGER,instance TEXT,seq INTEGER,type TEXT,app TEXT,verdict TEXT,country TEXT,matched TEXT,proto TEXT,saddr BLOB,daddr BLOB,dport INTEGER,bytes INTEGER,line TEXT NOT NULL,hash BLOB NOT NULL) STRICT",
	"CREATE TABLE chain(id INTEGER PRIMARY KEY CHECK(id=1),anchor INTEGER NOT NULL,anchor_hash BLOB NOT NULL,head INTEGER NOT NULL,head_hash BLOB NOT NULL,known INTEGER NOT NULL,instance INTEGER NOT NULL,next INTEGER NOT NULL,clean INTEGER NOT NULL) STRICT",
	"CREATE INDEX by_time ON record(time)",
	"CREATE INDEX by_type ON record(type)",
	"CREATE INDEX by_app ON record(app) WHERE app IS NOT NULL",
	"CREATE INDEX by_verdict ON record(verdict) WHERE verdict IS NOT NULL",
	"CREATE INDEX by_country ON record(country) WHERE country IS NOT NULL",
	"CREATE INDEX by_matched ON record(matched) WHERE matched IS NOT NULL",
	"CREATE INDEX by_saddr ON record(saddr) WHERE saddr IS NOT NULL",
	"CREATE INDEX by_daddr ON record(daddr) WHERE daddr IS NOT NULL",
	"CREATE INDEX by_dport ON record(dport) WHERE dport IS NOT NULL",
	"INSERT INTO chain VALUES(1,0,zeroblob(32),0,zeroblob(32),0,0,0,1)",
	"PRAGMA application_id=1147556724",
	"PRAGMA user_version=1",
	"COMMIT",
};

_Static_assert(DF_STORE_APPLICATION == 1147556724 && DF_STORE_VERSION == 1,
	       "what the schema says");

/**
 * df_store_error() - what went wrong with a database
 * @db: NULL stands for a lack of memory
 *
 * Return: a negative errno; -EUCLEAN if the file is damaged.
 */
int df_store_error(sqlite3 *db)
{
	int os = db ? sqlite3_system_errno(db) : 0;

	switch (db ? sqlite3_errcode(db) : SQLITE_NOMEM) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	/* A table or a column that should be there is not. */
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return -EUCLEAN;
	default:
		return os > 0 ? -os : -EIO;
	}
}

/**
 * df_store_execute() - run a statement that gives nothing
 * @db: the database
 * @sql: the statement
 *
 * Return: 0 or a negative errno.
 */
int df_store_execute(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	       df_store_error(db);
}

static int execute_all(sqlite3 *db, const char *const list[], size_t count)
{
	size_t i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = df_store_execute(db, list[i]);
	return err;
}

/**
 * df_store_number() - the first value of a query
 * @db: the database
 * @sql: the query
 * @number: result, 0 if there is no row
 *
 * Return: 0 or a negative errno.
 */
int df_store_number(sqlite3 *db, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement = NULL;
	int rc, err = 0;

	*number = 0;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return df_store_error(db);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	else if (rc != SQLITE_DONE)
		err = df_store_error(db);
	sqlite3_finalize(statement);
	return err;
}

/**
 * df_store_check() - is a database a store that we know
 * @db: the database
 *
 * Views and triggers would let it say something else than its tables hold.
 *
 * Return: 0; -EUCLEAN if it is no store; -EPROTONOSUPPORT if it is of a newer
 * version; another negative errno.
 */
int df_store_check(sqlite3 *db)
{
	int64_t application, version, others;
	int err = df_store_number(db, "PRAGMA application_id", &application);

	if (!err)
		err = df_store_number(db, "PRAGMA user_version", &version);
	if (!err)
		err = df_store_number(db, "SELECT count(*) FROM sqlite_schema WHERE type NOT IN('table','index')",
				      &others);
	if (err)
		return err;
	if (application != DF_STORE_APPLICATION || others)
		return -EUCLEAN;
	return version == DF_STORE_VERSION ? 0 : -EPROTONOSUPPORT;
}

/**
 * df_store_get_link() - read a place of the chain from a row
 * @statement: at the row
 * @column: of the number; the hash follows
 * @link: result
 *
 * Return: false if the row holds something else.
 */
bool df_store_get_link(sqlite3_stmt *statement, int column,
		       struct df_store_link *link)
{
	const void *hash = sqlite3_column_blob(statement, column + 1);
	int64_t number = sqlite3_column_int64(statement, column);

	if (number < 0 || !hash ||
	    sqlite3_column_bytes(statement, column + 1) != DF_STORE_HASH_LEN)
		return false;
	link->number = (uint64_t)number;
	memcpy(link->hash, hash, DF_STORE_HASH_LEN);
	return true;
}

static int read_chain(struct df_store *store)
{
	sqlite3_stmt *row = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(store->db, "SELECT anchor,anchor_hash,head,head_hash,known,instance,next,clean FROM chain",
			       -1, &row, NULL) != SQLITE_OK)
		return df_store_error(store->db);
	if (sqlite3_step(row) != SQLITE_ROW)
		err = sqlite3_errcode(store->db) == SQLITE_DONE ? -EUCLEAN :
		      df_store_error(store->db);
	else if (!df_store_get_link(row, 0, &store->anchor) ||
		 !df_store_get_link(row, 2, &store->head))
		err = -EUCLEAN;
	else
		store->mark = (struct df_store_mark){
			.known = sqlite3_column_int(row, 4),
			.instance = (uint64_t)sqlite3_column_int64(row, 5),
			.next = (uint64_t)sqlite3_column_int64(row, 6),
			.clean = sqlite3_column_int(row, 7),
		};
	sqlite3_finalize(row);
	return err;
}

/*
 * A chain whose newest records are not what the head says is not gone on with:
 * it is to stay as it was found.
 */
static int check_head(struct df_store *store)
{
	struct df_store_link last = { 0 };
	sqlite3_stmt *row = NULL;
	int err = 0, rc;

	if (sqlite3_prepare_v2(store->db, "SELECT number,hash FROM record ORDER BY number DESC LIMIT 1",
			       -1, &row, NULL) != SQLITE_OK)
		return df_store_error(store->db);
	rc = sqlite3_step(row);
	if (rc == SQLITE_ROW && !df_store_get_link(row, 0, &last))
		err = -EUCLEAN;
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = df_store_error(store->db);
	sqlite3_finalize(row);
	if (!err && memcmp(&last, &store->head, sizeof(last)))
		err = -EUCLEAN;
	return err;
}

static int prepare(struct df_store *store)
{
	static const char insert[] =
		"INSERT INTO record(number,line,hash," DF_STORE_COLUMN_LIST
		") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
	static const char update[] =
		"UPDATE chain SET (" DF_STORE_ENDS
		",known,instance,next,clean)=(?,?,?,?,?,?,?,?)";

	if (sqlite3_prepare_v2(store->db, insert, -1, &store->insert, NULL) ||
	    sqlite3_prepare_v2(store->db, update, -1, &store->update, NULL))
		return df_store_error(store->db);
	return 0;
}

/* SQLite would make the file with another mode. */
static int make_file(struct df_store *store, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
		      O_NONBLOCK, 0640);
	struct stat st = { 0 };
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	close(fd);
	store->device = st.st_dev;
	store->inode = st.st_ino;
	store->path = err ? NULL : strdup(path);
	return err || store->path ? err : -ENOMEM;
}

/* Two writers would make two chains. The lock is not on the database: SQLite's are. */
static int take_lock(struct df_store *store)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s-lock", store->path) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (store->lock < 0)
		return -errno;
	if (!flock(store->lock, LOCK_EX | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

/* A child of ours may have a copy of the descriptor: to close it is not enough. */
static void drop_lock(struct df_store *store)
{
	if (store->lock < 0)
		return;
	flock(store->lock, LOCK_UN);
	close(store->lock);
}

static int open_tables(struct df_store *store)
{
	int64_t objects;
	int err = df_store_number(store->db, "SELECT count(*) FROM sqlite_schema",
				  &objects);

	/* Before anything is changed in what may be something else. */
	if (!err && objects)
		err = df_store_check(store->db);
	if (!err)
		err = execute_all(store->db, settings, COUNT(settings));
	if (!err && !objects) {
		store->is_new = true;
		err = execute_all(store->db, schema, COUNT(schema));
	}
	if (!err)
		err = read_chain(store);
	if (!err)
		err = check_head(store);
	return err ?: prepare(store);
}

/**
 * df_store_open() - open a store to write, or make one
 * @path: of the database; made with mode 0640 if it is missing
 * @store: result, NULL after an error
 *
 * Return: 0; -EUCLEAN if the file is damaged, or its head is not that of its
 * last record; -EBUSY if somebody else writes it; -EPROTONOSUPPORT if a newer
 * version made it; another negative errno.
 */
int df_store_open(const char *path, struct df_store **store)
{
	struct df_store *s = calloc(1, sizeof(*s));
	int err;

	*store = NULL;
	if (!s)
		return -ENOMEM;
	s->lock = -1;
	err = make_file(s, path);
	if (!err)
		err = take_lock(s);
	if (!err && sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL))
		err = df_store_error(s->db);
	if (!err) {
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		err = open_tables(s);
	}
	if (err)
		df_store_close(s);
	else
		*store = s;
	return err;
}

/**
 * df_store_close() - close a store; what was not committed is lost
 * @store: may be NULL
 */
void df_store_close(struct df_store *store)
{
	if (!store)
		return;
	sqlite3_finalize(store->insert);
	sqlite3_finalize(store->update);
	sqlite3_close(store->db);
	drop_lock(store);
	free(store->path);
	free(store);
}

/**
 * df_store_is_new() - was the store made when it was opened
 * @store: open
 *
 * Return: true if it was.
 */
bool df_store_is_new(const struct df_store *store)
{
	return store->is_new;
}

/**
 * df_store_mark() - what the last writer left
 * @store: open
 *
 * Return: the mark, valid until the store is closed.
 */
const struct df_store_mark *df_store_mark(const struct df_store *store)
{
	return &store->mark;
}

/**
 * df_store_head() - the newer end, appended records included
 * @store: open
 *
 * Return: the place, valid until the store is closed.
 */
const struct df_store_link *df_store_head(const struct df_store *store)
{
	return &store->head;
}

/**
 * df_store_anchor() - the older end: behind the last record that was deleted
 * @store: open
 *
 * Return: the place, valid until the store is closed.
 */
const struct df_store_link *df_store_anchor(const struct df_store *store)
{
	return &store->anchor;
}

/**
 * df_store_in_place() - is the file still the one that was opened
 * @store: open
 *
 * Return: false if somebody moved or deleted it, so that nobody would find what
 * is written to it.
 */
bool df_store_in_place(const struct df_store *store)
{
	struct stat st;

	return !stat(store->path, &st) && st.st_dev == store->device &&
	       st.st_ino == store->inode;
}

/**
 * df_store_begin() - begin a transaction if none is open
 * @store: open
 *
 * Return: 0 or a negative errno.
 */
int df_store_begin(struct df_store *store)
{
	int err = 0;

	if (!store->writing)
		err = df_store_execute(store->db, "BEGIN IMMEDIATE");

	store->writing |= !err;
	return err;
}

/* Run a statement that gives no row. */
static int run(struct df_store *store, sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);
	int err = rc == SQLITE_DONE ? 0 : df_store_error(store->db);

	sqlite3_reset(statement);
	return err;
}

static int bind_link(sqlite3_stmt *statement, int first,
		     const struct df_store_link *link)
{
	return sqlite3_bind_int64(statement, first, (int64_t)link->number) ?:
	       sqlite3_bind_blob(statement, first + 1, link->hash,
				 DF_STORE_HASH_LEN, SQLITE_STATIC);
}

static int insert(struct df_store *store, const struct df_store_link *link,
		  const char *line, size_t length,
		  const struct df_store_values *values)
{
	int err;

	if (sqlite3_bind_int64(store->insert, 1, (int64_t)link->number) ||
	    sqlite3_bind_text(store->insert, 2, line, (int)length,
			      SQLITE_STATIC) ||
	    sqlite3_bind_blob(store->insert, 3, link->hash, DF_STORE_HASH_LEN,
			      SQLITE_STATIC) ||
	    df_store_bind(store->insert, 4, values))
		return df_store_error(store->db);
	err = run(store, store->insert);
	sqlite3_clear_bindings(store->insert);
	return err;
}

/**
 * df_store_append() - add a record to the open transaction, or begin one
 * @store: open
 * @line: JSON object, without a line end
 * @length: bytes of @line
 *
 * Return: 0; -EINVAL if @line is no JSON object, then nothing has happened;
 * another negative errno, then the store is to be closed.
 */
int df_store_append(struct df_store *store, const char *line, size_t length)
{
	struct df_store_link link = { .number = store->head.number + 1 };
	struct df_store_values values;
	int err = df_store_values(line, length, &values);

	if (err)
		return err;
	err = df_store_hash(store->head.hash, link.number, line, length,
			    link.hash);
	if (!err)
		err = df_store_begin(store);
	if (!err)
		err = insert(store, &link, line, length, &values);
	df_store_values_free(&values);
	if (!err)
		store->head = link;
	return err;
}

/**
 * df_store_commit() - put what was appended on the disk
 * @store: open
 * @mark: written with it
 *
 * Waits for the disk.
 *
 * Return: 0; a negative errno, then the store is to be closed, and the file is
 * as it was after the commit before.
 */
int df_store_commit(struct df_store *store, const struct df_store_mark *mark)
{
	sqlite3_stmt *update = store->update;
	int err = df_store_begin(store);

	if (err)
		return err;
	if (bind_link(update, 1, &store->anchor) ||
	    bind_link(update, 3, &store->head) ||
	    sqlite3_bind_int(update, 5, mark->known) ||
	    sqlite3_bind_int64(update, 6, (int64_t)mark->instance) ||
	    sqlite3_bind_int64(update, 7, (int64_t)mark->next) ||
	    sqlite3_bind_int(update, 8, mark->clean))
		return df_store_error(store->db);
	err = run(store, update);
	if (!err)
		err = df_store_execute(store->db, "COMMIT");
	if (!err)
		store->writing = false;
	return err;
}
