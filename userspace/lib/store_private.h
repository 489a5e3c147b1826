/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writer and the readers of a store share. */
#ifndef DF_STORE_PRIVATE_H
#define DF_STORE_PRIVATE_H

#include <sys/types.h>

#include <jansson.h>
#include <sqlite3.h>

#include "store.h"

/* "DfSt": what a file of ours says it is. */
#define DF_STORE_APPLICATION 0x44665374
#define DF_STORE_VERSION 1

/* Columns that are made of the line. */
#define DF_STORE_COLUMNS 14

/* The same in every statement that names them. */
#define DF_STORE_COLUMN_LIST \
	"time,boottime,instance,seq,type,app,verdict,country,matched,proto,saddr,daddr,dport,bytes"

/**
 * struct df_store_value - what a column holds
 * @type: SQLITE_NULL, SQLITE_INTEGER, SQLITE_TEXT or SQLITE_BLOB
 * @number: an integer
 * @text: a text; it points into the line's object
 * @addr: a blob
 */
struct df_store_value {
	int type;
	int64_t number;
	const char *text;
	uint8_t addr[DF_STORE_ADDR_LEN];
};

/**
 * struct df_store_values - columns of a record
 * @object: the line
 * @list: in the order of DF_STORE_COLUMN_LIST
 */
struct df_store_values {
	json_t *object;
	struct df_store_value list[DF_STORE_COLUMNS];
};

/**
 * struct df_store - a store that is written
 * @db: the database
 * @insert: adds a record
 * @update: writes the ends and the mark
 * @lock: held as long as it is open, or -1
 * @path: of the database; owned
 * @device: where it was when it was opened
 * @inode: which file it was then
 * @writing: a transaction is open
 * @is_new: it was made just now
 * @anchor: older end
 * @head: newer end
 * @mark: as it was when the store was opened
 */
struct df_store {
	sqlite3 *db;
	sqlite3_stmt *insert;
	sqlite3_stmt *update;
	int lock;
	char *path;
	dev_t device;
	ino_t inode;
	bool writing;
	bool is_new;
	struct df_store_link anchor;
	struct df_store_link head;
	struct df_store_mark mark;
};

int df_store_execute(sqlite3 *db, const char *sql);
int df_store_begin(struct df_store *store);
int df_store_values(const char *line, size_t length,
		    struct df_store_values *values);
void df_store_values_free(struct df_store_values *values);
int df_store_bind(sqlite3_stmt *statement, int first,
		  const struct df_store_values *values);
const char *df_store_differs(sqlite3_stmt *statement, int first,
			     const struct df_store_values *values);
int df_store_hash(const uint8_t previous[DF_STORE_HASH_LEN], uint64_t number,
		  const char *line, size_t length,
		  uint8_t hash[DF_STORE_HASH_LEN]);
int df_store_error(sqlite3 *db);
int df_store_check(sqlite3 *db);
int df_store_number(sqlite3 *db, const char *sql, int64_t *number);
bool df_store_get_link(sqlite3_stmt *statement, int column,
		       struct df_store_link *link);

#endif
