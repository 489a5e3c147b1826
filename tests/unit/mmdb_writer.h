/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes small databases in the MMDB format; Debian has no library for that. */
#ifndef MMDB_WRITER_H
#define MMDB_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"

/* How a record says what it says. */
enum mmdb_layout {
	MMDB_NESTED,	/* country.iso_code, autonomous_system_number */
	MMDB_CODE,	/* country_code, asn as in "AS13335" */
	MMDB_PLAIN,	/* country, asn as a number */
};

/* A network; the longer prefix wins whatever the order. */
struct mmdb_net {
	const char *net;
	const char *country;	/* NULL for none */
	uint32_t asn;		/* 0 for none */
};

/* Records of a node: a node, EMPTY, or DATA + index of the network. */
#define MMDB_EMPTY	UINT32_MAX
#define MMDB_DATA	0x80000000u

/**
 * struct mmdb - a database that is being written
 * @layout: of the records
 * @record_size: 24, 28 or 32 bits
 * @ip_version: 4 or 6
 * @aliases: ::ffff:0:0/96, 2002::/16 and 2001::/32 lead to IPv4
 * @epoch: date, seconds since 1970
 * @nodes: the tree
 * @count: of nodes
 * @data: the file
 * @size: of the file
 */
struct mmdb {
	enum mmdb_layout layout;
	int record_size;
	int ip_version;
	bool aliases;
	uint64_t epoch;
	uint32_t nodes[1 << 14][2];
	uint32_t count;
	uint8_t data[1 << 18];
	size_t size;
};

static inline void mmdb_bytes(struct mmdb *db, const void *bytes, size_t len)
{
	assert_true(db->size + len <= sizeof(db->data));
	memcpy(db->data + db->size, bytes, len);
	db->size += len;
}

static inline void mmdb_byte(struct mmdb *db, uint8_t byte)
{
	mmdb_bytes(db, &byte, 1);
}

static inline void mmdb_string(struct mmdb *db, const char *text)
{
	size_t len = strlen(text);

	mmdb_byte(db, 2 << 5 | (len < 29 ? len : 29));
	if (len >= 29)
		mmdb_byte(db, len - 29);
	mmdb_bytes(db, text, len);
}

/* @type: 5, 6 or 9 for 16, 32 or 64 bits. */
static inline void mmdb_uint(struct mmdb *db, int type, uint64_t value)
{
	int len = type == 5 ? 2 : type == 6 ? 4 : 8;

	mmdb_byte(db, (type < 8 ? type << 5 : 0) | len);
	if (type >= 8)
		mmdb_byte(db, type - 7);
	while (len--)
		mmdb_byte(db, value >> 8 * len);
}

static inline void mmdb_map(struct mmdb *db, int pairs)
{
	mmdb_byte(db, 7 << 5 | pairs);
}

static inline uint32_t mmdb_node(struct mmdb *db)
{
	assert_true(db->count < 1 << 14);
	db->nodes[db->count][0] = MMDB_EMPTY;
	db->nodes[db->count][1] = MMDB_EMPTY;
	return db->count++;
}

/* Put a value where the first @prefix bits of @first lead. */
static inline void mmdb_insert(struct mmdb *db, df_u128 first, int prefix,
			       uint32_t value)
{
	int bits = db->ip_version == 4 ? 32 : 128, depth;
	uint32_t node = 0, below;

	assert_true(prefix > 0 && prefix <= bits);
	for (depth = 0; depth < prefix - 1; depth++) {
		int bit = first >> (bits - 1 - depth) & 1;

		/* Less specific, or nothing: push it down. */
		if (db->nodes[node][bit] >= MMDB_DATA) {
			below = mmdb_node(db);
			db->nodes[below][0] = db->nodes[node][bit];
			db->nodes[below][1] = db->nodes[node][bit];
			db->nodes[node][bit] = below;
		}
		node = db->nodes[node][bit];
	}
	db->nodes[node][first >> (bits - prefix) & 1] = value;
}

static inline void mmdb_insert_net(struct mmdb *db, const char *text,
				   uint32_t value)
{
	struct df_net net;
	const char *why;

	assert_int_equal(df_net_parse(text, &net, &why), 0);
	if (net.family == DF_IPV4 && db->ip_version == 6)
		net.prefix += 96;
	mmdb_insert(db, net.first, net.prefix, value);
}

static inline void mmdb_record(struct mmdb *db, const struct mmdb_net *net)
{
	char asn[16];

	mmdb_map(db, !!net->country + !!net->asn + 1);
	mmdb_string(db, "note");
	mmdb_string(db, "a text that has nothing to do with it");
	if (net->country) {
		mmdb_string(db, db->layout == MMDB_CODE ? "country_code" : "country");
		if (db->layout == MMDB_NESTED) {
			mmdb_map(db, 1);
			mmdb_string(db, "iso_code");
		}
		mmdb_string(db, net->country);
	}
	if (!net->asn)
		return;
	mmdb_string(db, db->layout == MMDB_NESTED ? "autonomous_system_number" :
						    "asn");
	snprintf(asn, sizeof(asn), "AS%u", net->asn);
	if (db->layout == MMDB_CODE)
		mmdb_string(db, asn);
	else
		mmdb_uint(db, 6, net->asn);
}

static inline void mmdb_tree_node(struct mmdb *db, uint32_t left, uint32_t right)
{
	uint8_t b[8];
	int i, n = db->record_size / 4;

	for (i = 0; i < 4; i++) {
		b[i] = left >> (24 - 8 * i);
		b[4 + i] = right >> (24 - 8 * i);
	}
	if (db->record_size == 32) {
		mmdb_bytes(db, b, n);
	} else if (db->record_size == 28) {
		mmdb_bytes(db, b + 1, 3);
		mmdb_byte(db, b[0] << 4 | (b[4] & 15));
		mmdb_bytes(db, b + 5, 3);
	} else {
		mmdb_bytes(db, b + 1, 3);
		mmdb_bytes(db, b + 5, 3);
	}
}

static inline void mmdb_metadata(struct mmdb *db)
{
	mmdb_bytes(db, "\xab\xcd\xefMaxMind.com", 14);
	mmdb_map(db, 9);
	mmdb_string(db, "binary_format_major_version");
	mmdb_uint(db, 5, 2);
	mmdb_string(db, "binary_format_minor_version");
	mmdb_uint(db, 5, 0);
	mmdb_string(db, "database_type");
	mmdb_string(db, "dronefence test");
	mmdb_string(db, "description");
	mmdb_map(db, 0);
	mmdb_string(db, "ip_version");
	mmdb_uint(db, 5, db->ip_version);
	mmdb_string(db, "languages");
	mmdb_bytes(db, "\0\4", 2);
	mmdb_string(db, "node_count");
	mmdb_uint(db, 6, db->count);
	mmdb_string(db, "record_size");
	mmdb_uint(db, 5, db->record_size);
	mmdb_string(db, "build_epoch");
	mmdb_uint(db, 9, db->epoch);
}

/* Write the file for the tree as it is and @count networks. */
static inline void mmdb_finish(struct mmdb *db, const struct mmdb_net *nets,
			       size_t count)
{
	uint32_t *offset = calloc(count, sizeof(*offset)), i, k, value[2];
	struct mmdb *records = calloc(1, sizeof(*records));

	assert_non_null(records);
	assert_non_null(offset);
	records->layout = db->layout;
	for (i = 0; i < count; i++) {
		offset[i] = records->size;
		mmdb_record(records, &nets[i]);
	}
	for (i = 0; i < db->count; i++) {
		for (k = 0; k < 2; k++) {
			value[k] = db->nodes[i][k];
			if (value[k] == MMDB_EMPTY)
				value[k] = db->count;
			else if (value[k] >= MMDB_DATA)
				value[k] = db->count + 16 +
					   offset[value[k] - MMDB_DATA];
		}
		mmdb_tree_node(db, value[0], value[1]);
	}
	for (i = 0; i < 16; i++)
		mmdb_byte(db, 0);
	mmdb_bytes(db, records->data, records->size);
	free(records);
	free(offset);
	mmdb_metadata(db);
}

/* @nets: shorter prefixes before the longer ones within them. */
static inline void mmdb_build(struct mmdb *db, const struct mmdb_net *nets,
			      size_t count)
{
	static const struct {
		uint32_t high;
		int prefix;
	} places[] = { { 0x20020000, 16 }, { 0x20010000, 32 } };
	uint32_t v4 = 0, i;

	db->count = 0;
	db->size = 0;
	mmdb_node(db);
	for (i = 0; i < count; i++)
		mmdb_insert_net(db, nets[i].net, MMDB_DATA + i);
	if (db->aliases) {
		for (i = 0; i < 96; i++)
			v4 = db->nodes[v4][0];
		assert_true(v4 < MMDB_DATA);
		mmdb_insert(db, (df_u128)0xffff << 32, 96, v4);
		for (i = 0; i < 2; i++)
			mmdb_insert(db, (df_u128)places[i].high << 96,
				    places[i].prefix, v4);
	}
	mmdb_finish(db, nets, count);
}

#endif
