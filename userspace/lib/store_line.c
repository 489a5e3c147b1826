// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a store makes of a line. All columns come from the line by one function,
 * for whoever writes and for whoever checks: a column can be found to lie.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "store_private.h"

enum kind { KIND_TIME, KIND_NUMBER, KIND_TEXT, KIND_ADDR };

/**
 * struct column - where a column comes from
 * @name: of the column
 * @key: of the value in the line
 * @other: of the value where there is no @key, or NULL
 * @kind: what it is
 */
struct column {
	const char *name;
	const char *key;
	const char *other;
	enum kind kind;
};

static const struct column columns[] = {
	{ "time", "time", NULL, KIND_TIME },
	{ "boottime", "boottime", NULL, KIND_NUMBER },
	{ "instance", "instance", NULL, KIND_TEXT },
	{ "seq", "seq", NULL, KIND_NUMBER },
	{ "type", "type", NULL, KIND_TEXT },
	{ "app", "app", NULL, KIND_TEXT },
	{ "verdict", "verdict", NULL, KIND_TEXT },
	{ "country", "country", NULL, KIND_TEXT },
	{ "matched", "set", NULL, KIND_TEXT },
	{ "proto", "proto", NULL, KIND_TEXT },
	{ "saddr", "saddr", NULL, KIND_ADDR },
	{ "daddr", "daddr", NULL, KIND_ADDR },
	{ "dport", "dport", NULL, KIND_NUMBER },
	{ "bytes", "bytes", "len", KIND_NUMBER },
};

static_assert(sizeof(columns) / sizeof(columns[0]) == DF_STORE_COLUMNS,
	      "columns");

/* "2026-11-20T12:13:14.123456789Z", as df_time_format() writes it. */
static bool parse_time(const char *text, int64_t *ns)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	unsigned int fraction;
	int used = 0;

	if (!rest || sscanf(rest, ".%9uZ%n", &fraction, &used) != 1 ||
	    used != 11 || rest[used])
		return false;
	return !__builtin_mul_overflow((int64_t)timegm(&tm), 1000000000ll, ns) &&
	       !__builtin_add_overflow(*ns, (int64_t)fraction, ns);
}

/**
 * df_store_addr() - an address as a store compares it
 * @family: of @number
 * @number: the address
 * @addr: result
 */
void df_store_addr(enum df_family family, df_u128 number,
		   uint8_t addr[DF_STORE_ADDR_LEN])
{
	if (family == DF_IPV4)
		number |= (df_u128)0xffff << 32;
	df_addr_to_bytes(DF_IPV6, number, addr);
}

static bool parse_addr(const char *text, uint8_t addr[DF_STORE_ADDR_LEN])
{
	enum df_family family;
	df_u128 number;

	if (df_addr_parse(text, &family, &number))
		return false;
	df_store_addr(family, number, addr);
	return true;
}

/* A value that is not of the right kind makes no column; the line has it. */
static void read_value(const json_t *json, enum kind kind,
		       struct df_store_value *value)
{
	const char *text = json_string_value(json);

	value->type = SQLITE_NULL;
	if (kind == KIND_NUMBER && json_is_integer(json)) {
		value->type = SQLITE_INTEGER;
		value->number = json_integer_value(json);
	} else if (kind == KIND_TEXT && text) {
		value->type = SQLITE_TEXT;
		value->text = text;
	} else if (kind == KIND_ADDR && text && parse_addr(text, value->addr)) {
		value->type = SQLITE_BLOB;
	} else if (kind == KIND_TIME && text && parse_time(text, &value->number)) {
		value->type = SQLITE_INTEGER;
	}
}

/* Far more than to read a line takes. */
#define PROBE_SIZE 1048576

static bool has_memory(void)
{
	char *probe = malloc(PROBE_SIZE);
	bool has = probe;

	/* Or the compiler leaves it out. */
	if (has)
		memset(probe, 1, PROBE_SIZE);
	free(probe);
	return has;
}

/**
 * df_store_load() - read a line
 * @line: JSON
 * @length: bytes of @line
 * @object: result, a new reference; NULL after an error
 *
 * Return: 0; -EINVAL if @line is no JSON object; -ENOMEM.
 */
int df_store_load(const char *line, size_t length, json_t **object)
{
	*object = json_loadb(line, length, 0, NULL);
	/*
	 * Jansson does not always tell a lack of memory from a wrong line, and
	 * nobody is to be accused for the former.
	 */
	if (!*object)
		*object = json_loadb(line, length, 0, NULL);
	if (!*object)
		return has_memory() ? -EINVAL : -ENOMEM;
	if (json_is_object(*object))
		return 0;
	json_decref(*object);
	*object = NULL;
	return -EINVAL;
}

/**
 * df_store_values() - what the columns of a line are
 * @line: JSON
 * @length: bytes of @line
 * @values: result, to be freed; points to nothing after an error
 *
 * Return: 0; -EINVAL if @line is no JSON object; -ENOMEM.
 */
int df_store_values(const char *line, size_t length,
		    struct df_store_values *values)
{
	int err = df_store_load(line, length, &values->object);
	size_t i;

	if (err)
		return err;
	for (i = 0; i < DF_STORE_COLUMNS; i++) {
		const json_t *json = json_object_get(values->object,
						     columns[i].key);

		if (!json && columns[i].other)
			json = json_object_get(values->object,
					       columns[i].other);
		read_value(json, columns[i].kind, &values->list[i]);
	}
	return 0;
}

/**
 * df_store_values_free() - the reverse of df_store_values()
 * @values: may be of a call that failed
 */
void df_store_values_free(struct df_store_values *values)
{
	json_decref(values->object);
	values->object = NULL;
}

/**
 * df_store_bind() - give the columns to a statement
 * @statement: reset
 * @first: index of the first parameter
 * @values: must outlive the statement's next step
 *
 * Return: of sqlite3_bind_...().
 */
int df_store_bind(sqlite3_stmt *statement, int first,
		  const struct df_store_values *values)
{
	int i, rc = SQLITE_OK;

	for (i = 0; i < DF_STORE_COLUMNS && rc == SQLITE_OK; i++) {
		const struct df_store_value *value = &values->list[i];

		if (value->type == SQLITE_INTEGER)
			rc = sqlite3_bind_int64(statement, first + i,
						value->number);
		else if (value->type == SQLITE_TEXT)
			rc = sqlite3_bind_text(statement, first + i, value->text,
					       -1, SQLITE_STATIC);
		else if (value->type == SQLITE_BLOB)
			rc = sqlite3_bind_blob(statement, first + i, value->addr,
					       DF_STORE_ADDR_LEN, SQLITE_STATIC);
		else
			rc = sqlite3_bind_null(statement, first + i);
	}
	return rc;
}

static bool same_bytes(sqlite3_stmt *statement, int column, const void *bytes,
		       size_t length)
{
	const void *held = sqlite3_column_blob(statement, column);

	return (size_t)sqlite3_column_bytes(statement, column) == length &&
	       (!length || (held && !memcmp(held, bytes, length)));
}

static bool same(sqlite3_stmt *statement, int column,
		 const struct df_store_value *value)
{
	if (sqlite3_column_type(statement, column) != value->type)
		return false;
	if (value->type == SQLITE_INTEGER)
		return sqlite3_column_int64(statement, column) == value->number;
	if (value->type == SQLITE_TEXT)
		return same_bytes(statement, column, value->text,
				  strlen(value->text));
	return value->type == SQLITE_NULL ||
	       same_bytes(statement, column, value->addr, DF_STORE_ADDR_LEN);
}

/**
 * df_store_differs() - compare the columns of a row with those of its line
 * @statement: at the row
 * @first: index of the first column
 * @values: of the line
 *
 * Return: name of the first column that differs, NULL if none does.
 */
const char *df_store_differs(sqlite3_stmt *statement, int first,
			     const struct df_store_values *values)
{
	int i;

	for (i = 0; i < DF_STORE_COLUMNS; i++)
		if (!same(statement, first + i, &values->list[i]))
			return columns[i].name;
	return NULL;
}

static bool digest(EVP_MD_CTX *ctx, const uint8_t previous[DF_STORE_HASH_LEN],
		   uint64_t number, const char *line, size_t length,
		   uint8_t hash[DF_STORE_HASH_LEN])
{
	number = htobe64(number);
	return EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	       EVP_DigestUpdate(ctx, previous, DF_STORE_HASH_LEN) == 1 &&
	       EVP_DigestUpdate(ctx, &number, sizeof(number)) == 1 &&
	       EVP_DigestUpdate(ctx, line, length) == 1 &&
	       EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
}

/**
 * df_store_hash() - the hash of a record
 * @previous: hash of the record before
 * @number: of the record, hashed as 8 bytes, the highest first
 * @line: of the record
 * @length: bytes of @line
 * @hash: result; may be @previous
 *
 * Return: 0 or -ENOMEM.
 */
int df_store_hash(const uint8_t previous[DF_STORE_HASH_LEN], uint64_t number,
		  const char *line, size_t length,
		  uint8_t hash[DF_STORE_HASH_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && digest(ctx, previous, number, line, length, hash);

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return done ? 0 : -ENOMEM;
}

/**
 * df_store_hash_text() - a hash in hexadecimal
 * @hash: the hash
 * @buf: result
 */
void df_store_hash_text(const uint8_t hash[DF_STORE_HASH_LEN],
			char buf[DF_STORE_HASH_STRLEN])
{
	int i;

	for (i = 0; i < DF_STORE_HASH_LEN; i++)
		snprintf(buf + 2 * i, 3, "%02x", hash[i]);
}

/**
 * df_store_hash_parse() - the reverse of df_store_hash_text()
 * @text: hexadecimal, upper or lower case
 * @hash: result
 *
 * Return: 0 or -EINVAL.
 */
int df_store_hash_parse(const char *text, uint8_t hash[DF_STORE_HASH_LEN])
{
	int i;

	if (strlen(text) != 2 * DF_STORE_HASH_LEN ||
	    strspn(text, "0123456789abcdefABCDEF") != 2 * DF_STORE_HASH_LEN)
		return -EINVAL;
	for (i = 0; i < DF_STORE_HASH_LEN; i++)
		sscanf(text + 2 * i, "%2hhx", &hash[i]);
	return 0;
}
