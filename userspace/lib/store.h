/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records kept on this machine, in a chain that shows what was done to them. */
#ifndef DF_STORE_H
#define DF_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "addr.h"

/* Where the daemon's unit puts it, and where it is looked for. */
#define DF_STORE_PATH "/var/lib/dronefence/store.db"

/* SHA-256. */
#define DF_STORE_HASH_LEN 32
#define DF_STORE_HASH_STRLEN (2 * DF_STORE_HASH_LEN + 1)

/* An address of either family, IPv4 as ::ffff:a.b.c.d. */
#define DF_STORE_ADDR_LEN 16

/**
 * struct df_store_link - a place in the chain
 * @number: of the record, 0 for the place before the first one
 * @hash: of the record, zeroes before the first one
 */
struct df_store_link {
	uint64_t number;
	uint8_t hash[DF_STORE_HASH_LEN];
};

/**
 * struct df_store_mark - what is kept beside the records, written with them
 * @known: @instance and @next hold
 * @instance: load of the kernel module that @next belongs to
 * @next: number of the first event that the store does not have
 * @clean: whoever wrote has ended in order
 */
struct df_store_mark {
	bool known;
	uint64_t instance;
	uint64_t next;
	bool clean;
};

struct df_store;

int df_store_open(const char *path, struct df_store **store);
void df_store_close(struct df_store *store);
bool df_store_is_new(const struct df_store *store);
const struct df_store_mark *df_store_mark(const struct df_store *store);
const struct df_store_link *df_store_head(const struct df_store *store);
const struct df_store_link *df_store_anchor(const struct df_store *store);
bool df_store_in_place(const struct df_store *store);
int df_store_append(struct df_store *store, const char *line, size_t length);
int df_store_commit(struct df_store *store, const struct df_store_mark *mark);
int df_store_size(struct df_store *store, uint64_t *bytes);
int df_store_older(struct df_store *store, int64_t time, uint64_t most,
		   uint64_t *last);
int df_store_cut(struct df_store *store, uint64_t last);
int df_store_set_aside(const char *path, int64_t now, char *aside, size_t size);

void df_store_addr(enum df_family family, df_u128 number,
		   uint8_t addr[DF_STORE_ADDR_LEN]);
void df_store_hash_text(const uint8_t hash[DF_STORE_HASH_LEN],
			char buf[DF_STORE_HASH_STRLEN]);
int df_store_load(const char *line, size_t length, json_t **object);
int df_store_hash_parse(const char *text, uint8_t hash[DF_STORE_HASH_LEN]);

/**
 * struct df_store_filter - which records are asked for
 * @since: not before; ns since 1970
 * @until: before; ns since 1970
 * @application: of this application, NULL for any
 * @verdict: with this verdict, NULL for any
 * @type: of this type, NULL for any
 * @country: about this country, NULL for any
 * @set: where this set matched, NULL for any
 * @net: from or to an address from @first to @last
 * @first: lowest address
 * @last: highest address
 * @port: to this port, -1 for any
 * @after: with a greater number
 * @limit: no more of them, 0 for all
 * @reverse: newest first
 */
struct df_store_filter {
	int64_t since;
	int64_t until;
	const char *application;
	const char *verdict;
	const char *type;
	const char *country;
	const char *set;
	bool net;
	uint8_t first[DF_STORE_ADDR_LEN];
	uint8_t last[DF_STORE_ADDR_LEN];
	int port;
	uint64_t after;
	uint64_t limit;
	bool reverse;
};

/**
 * struct df_store_record - a record as it is kept
 * @number: its place in the store
 * @line: JSON, not terminated
 * @length: of @line
 */
struct df_store_record {
	uint64_t number;
	const char *line;
	size_t length;
};

/* Any other value than 0 ends the query, which returns it. */
typedef int (*df_store_fn)(const struct df_store_record *record, void *arg);

/**
 * enum df_store_fault - what is wrong with a store
 * @DF_STORE_INTACT: nothing
 * @DF_STORE_ALTERED: what the record says is not what was written, or it is
 *	not the record that stood there
 * @DF_STORE_COLUMN: what it is found by is not what it says
 * @DF_STORE_REMOVED: it is missing, and later ones are there
 * @DF_STORE_INSERTED: it stands outside of the chain
 * @DF_STORE_FRONT: the oldest are missing, and no record says that they were
 *	deleted in order
 * @DF_STORE_TAIL: the newest are missing
 * @DF_STORE_HEAD: the head that the store keeps is not that of its last record
 * @DF_STORE_OTHER_HEAD: the head that was kept elsewhere is not in the chain
 * @DF_STORE_TOO_OLD: nothing is wrong, but the head that was kept elsewhere is
 *	older than all that is left
 * @DF_STORE_FILE: the file itself is damaged
 */
enum df_store_fault {
	DF_STORE_INTACT,
	DF_STORE_ALTERED,
	DF_STORE_COLUMN,
	DF_STORE_REMOVED,
	DF_STORE_INSERTED,
	DF_STORE_FRONT,
	DF_STORE_TAIL,
	DF_STORE_HEAD,
	DF_STORE_OTHER_HEAD,
	DF_STORE_TOO_OLD,
	DF_STORE_FILE,
};

/* Longest explanation of a fault, the final NUL included. */
#define DF_STORE_WHY_MAX 256

/**
 * struct df_store_report - what a proof came to
 * @fault: the first thing that is wrong
 * @number: of the first record that is
 * @count: records that were found to be good
 * @anchor: behind what was deleted in order
 * @head: the last good record
 * @why: for people, one line of printable ASCII
 */
struct df_store_report {
	enum df_store_fault fault;
	uint64_t number;
	uint64_t count;
	struct df_store_link anchor;
	struct df_store_link head;
	char why[DF_STORE_WHY_MAX];
};

struct df_store_reader;

int df_store_read(const char *path, struct df_store_reader **reader);
void df_store_read_end(struct df_store_reader *reader);
const char *df_store_read_error(const struct df_store_reader *reader);
int df_store_query(struct df_store_reader *reader,
		   const struct df_store_filter *filter, df_store_fn fn,
		   void *arg);
int df_store_read_head(struct df_store_reader *reader,
		       struct df_store_link *head);
int df_store_verify(struct df_store_reader *reader,
		    const struct df_store_link *kept,
		    struct df_store_report *report);

#endif
