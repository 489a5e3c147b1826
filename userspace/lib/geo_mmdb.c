// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Databases in the MMDB format, read with libmaxminddb. The tree of an IPv6
 * database has IPv4 below ::/96, and other places of it may point there
 * (::ffff:0:0/96, 6to4, Teredo). Those aliases are not followed.
 *
 * The format has no checksum. What can be checked is checked: each node is
 * reached exactly once, no branch is longer than an address, and each record
 * that is pointed to can be read.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <maxminddb.h>

#include "geo_read.h"

/* Between the tree and the data. */
#define SEPARATOR_LEN 16

/**
 * struct leaf - what a data record says
 * @offset: of the record, UINT32_MAX for none
 * @asn: autonomous system, 0 for unknown
 * @code: country code, two NUL bytes for unknown
 */
struct leaf {
	uint32_t offset;
	uint32_t asn;
	char code[2];
};

/**
 * struct walk - the walk through the tree
 * @db: the database
 * @bits: of its addresses
 * @visited: bit for each node that was reached
 * @visits: nodes reached
 * @memo: records that were read lately, by a hash of their offset
 * @writer: gets the ranges
 * @why: what is wrong with the file
 */
struct walk {
	MMDB_s *db;
	unsigned int bits;
	uint8_t *visited;
	uint32_t visits;
	struct leaf memo[4096];
	struct df_geo_writer *writer;
	const char *why;
};

#define MEMO_SIZE (sizeof(((struct walk *)0)->memo) / sizeof(struct leaf))

static int damaged(struct walk *walk, const char *why)
{
	walk->why = why;
	return -EINVAL;
}

/* Return: 1 where the record has that key, 0 where not, or -EINVAL. */
static int get(struct walk *walk, MMDB_entry_s *entry, MMDB_entry_data_s *data,
	       const char *const *path)
{
	switch (MMDB_aget_value(entry, data, path)) {
	case MMDB_SUCCESS:
		return data->has_data;
	case MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR:
		return 0;
	default:
		return damaged(walk, "a data record cannot be read");
	}
}

static int read_country(struct walk *walk, MMDB_entry_s *entry, struct leaf *leaf)
{
	static const char *const paths[][3] = {
		{ "country", "iso_code" }, { "country_code" }, { "country" },
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		MMDB_entry_data_s data;
		int found = get(walk, entry, &data, paths[i]);

		if (found < 0)
			return found;
		if (!found || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
		    data.data_size != 2)
			continue;
		if (!df_geo_code_valid(data.utf8_string))
			return damaged(walk, "a record has an impossible country code");
		memcpy(leaf->code, data.utf8_string, 2);
		walk->writer->source->has_country = true;
		return 0;
	}
	return 0;
}

/* A number, or a text such as AS13335. */
static bool parse_asn(const MMDB_entry_data_s *data, uint32_t *asn)
{
	uint64_t value = 0;
	uint32_t i;

	if (data->type == MMDB_DATA_TYPE_UINT32 ||
	    data->type == MMDB_DATA_TYPE_UINT16) {
		*asn = data->type == MMDB_DATA_TYPE_UINT32 ? data->uint32 : data->uint16;
		return true;
	}
	if (data->type != MMDB_DATA_TYPE_UTF8_STRING || data->data_size < 3 ||
	    data->data_size > 12 || memcmp(data->utf8_string, "AS", 2))
		return false;
	for (i = 2; i < data->data_size; i++) {
		if (data->utf8_string[i] < '0' || data->utf8_string[i] > '9')
			return false;
		value = value * 10 + (data->utf8_string[i] - '0');
	}
	*asn = value;
	return value <= UINT32_MAX;
}

static int read_asn(struct walk *walk, MMDB_entry_s *entry, struct leaf *leaf)
{
	static const char *const paths[][2] = {
		{ "autonomous_system_number" }, { "asn" },
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		MMDB_entry_data_s data;
		int found = get(walk, entry, &data, paths[i]);

		if (found < 0)
			return found;
		if (!found)
			continue;
		/* Some say so where there is no system. */
		if (data.type == MMDB_DATA_TYPE_UTF8_STRING && !data.data_size)
			return 0;
		if (!parse_asn(&data, &leaf->asn))
			return damaged(walk, "a record has an impossible AS number");
		walk->writer->source->has_asn = true;
		return 0;
	}
	return 0;
}

static int read_leaf(struct walk *walk, MMDB_entry_s *entry, struct leaf **leaf)
{
	int err;

	*leaf = &walk->memo[entry->offset * 2654435761u % MEMO_SIZE];
	if ((*leaf)->offset == entry->offset)
		return 0;
	**leaf = (struct leaf){ .offset = UINT32_MAX };
	if (!df_geo_mmdb_record_valid(walk->db->data_section,
				      walk->db->data_section_size, entry->offset))
		return damaged(walk, "a data record cannot be read");
	err = read_country(walk, entry, *leaf);
	if (!err)
		err = read_asn(walk, entry, *leaf);
	if (!err)
		(*leaf)->offset = entry->offset;
	return err;
}

static int emit(struct walk *walk, unsigned int depth, df_u128 first,
		MMDB_entry_s *entry)
{
	df_u128 last = first;
	struct leaf *leaf;
	int err = read_leaf(walk, entry, &leaf);

	if (err)
		return err;
	if (depth < walk->bits)
		last |= ~(df_u128)0 >> (128 - walk->bits + depth);
	err = df_geo_writer_add_part(walk->writer, DF_IPV4, first, last, 0,
				     UINT32_MAX, leaf->asn, leaf->code);
	if (err)
		return err;
	return df_geo_writer_add_part(walk->writer, DF_IPV6, first, last,
				      (df_u128)UINT32_MAX + 1, ~(df_u128)0,
				      leaf->asn, leaf->code);
}

/* Points a branch outside ::/96 to the root of IPv4? */
static bool is_alias(const struct walk *walk, uint64_t record,
		     unsigned int depth, df_u128 first)
{
	return walk->bits == 128 && record == walk->db->ipv4_start_node.node_value &&
	       walk->db->ipv4_start_node.netmask == 96 &&
	       !(depth == 96 && first == 0);
}

static int walk_node(struct walk *walk, uint32_t number, unsigned int depth,
		     df_u128 first);

static int walk_record(struct walk *walk, uint64_t record, uint8_t type,
		       MMDB_entry_s *entry, unsigned int depth, df_u128 first)
{
	switch (type) {
	case MMDB_RECORD_TYPE_EMPTY:
		return 0;
	case MMDB_RECORD_TYPE_SEARCH_NODE:
		if (is_alias(walk, record, depth, first))
			return 0;
		return walk_node(walk, record, depth, first);
	case MMDB_RECORD_TYPE_DATA:
		/* The library takes these for data far behind the end. */
		if (record < (uint64_t)walk->db->metadata.node_count + SEPARATOR_LEN)
			break;
		return emit(walk, depth, first, entry);
	}
	return damaged(walk, "a branch of the tree leads nowhere");
}

static int walk_node(struct walk *walk, uint32_t number, unsigned int depth,
		     df_u128 first)
{
	uint8_t bit = 1 << number % 8;
	MMDB_search_node_s node;
	df_u128 high;
	int err;

	if (depth == walk->bits)
		return damaged(walk, "the tree is deeper than an address");
	if (walk->visited[number / 8] & bit)
		return damaged(walk, "a node is reached twice");
	walk->visited[number / 8] |= bit;
	walk->visits++;
	if (MMDB_read_node(walk->db, number, &node) != MMDB_SUCCESS)
		return damaged(walk, "a node cannot be read");
	err = walk_record(walk, node.left_record, node.left_record_type,
			  &node.left_record_entry, depth + 1, first);
	if (err)
		return err;
	high = first | (df_u128)1 << (walk->bits - 1 - depth);
	return walk_record(walk, node.right_record, node.right_record_type,
			   &node.right_record_entry, depth + 1, high);
}

static int walk_tree(struct walk *walk)
{
	uint32_t count = walk->db->metadata.node_count;
	size_t i;
	int err;

	if (!count)
		return damaged(walk, "it has no tree");
	/* The library multiplies with 32 bits. */
	if ((uint64_t)count * walk->db->full_record_byte_size + SEPARATOR_LEN >
	    (uint64_t)walk->db->file_size)
		return damaged(walk, "it is truncated");
	walk->bits = walk->db->metadata.ip_version == 4 ? 32 : 128;
	for (i = 0; i < MEMO_SIZE; i++)
		walk->memo[i].offset = UINT32_MAX;
	walk->visited = calloc(1, count / 8 + 1);
	if (!walk->visited)
		return -ENOMEM;
	err = walk_node(walk, 0, 0, 0);
	if (err)
		return err;
	if (walk->visits != count)
		return damaged(walk, "a part of the tree is out of reach");
	return 0;
}

static int read_db(struct df_geo_source *source, MMDB_s *db,
		   struct df_diags *diags)
{
	const struct df_geo_file file = { (uint8_t *)db->file_content, db->file_size };
	struct df_geo_writer writer;
	struct walk *walk;
	int err;

	if (df_geo_sha256(&file, 1, source->digest))
		return df_geo_report(diags, source->path, -ENOMEM);
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return df_geo_report(diags, source->path, -ENOMEM);
	df_geo_writer_init(&writer, source);
	walk->db = db;
	walk->writer = &writer;
	err = walk_tree(walk);
	if (walk->why)
		df_diag_geo(diags, "%s: damaged: %s", source->path, walk->why);
	else if (err)
		df_geo_report(diags, source->path, err);
	df_geo_writer_finish(&writer);
	free(walk->visited);
	free(walk);
	return err;
}

static int open_error(struct df_geo_source *source, int status,
		      struct df_diags *diags)
{
	int err = errno;

	if (status == MMDB_OUT_OF_MEMORY_ERROR)
		return df_geo_report(diags, source->path, -ENOMEM);
	if (status == MMDB_FILE_OPEN_ERROR)
		return df_geo_report(diags, source->path, err ? -err : -EIO);
	df_diag_geo(diags, "%s: damaged or not an MMDB database: %s",
		    source->path, MMDB_strerror(status));
	return -EINVAL;
}

/**
 * df_geo_read_mmdb() - read a database in the MMDB format
 * @source: its path is the file; everything but the name is set
 * @diags: where errors go
 *
 * Country and operator are taken from where MaxMind, DB-IP and IPinfo have
 * them; a database that has neither is an error.
 *
 * Return: 0; -ENOENT where the file is missing; -EINVAL where it is no MMDB
 * database, damaged or of no use; -ENOMEM and errors of open().
 */
int df_geo_read_mmdb(struct df_geo_source *source, struct df_diags *diags)
{
	struct stat st;
	MMDB_s db;
	int err, status;

	/* MMDB_open() would wait for the other end of a FIFO. */
	if (stat(source->path, &st))
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT :
			df_geo_report(diags, source->path, -errno);
	if (!S_ISREG(st.st_mode))
		return df_geo_report(diags, source->path, -EINVAL);
	errno = 0;
	status = MMDB_open(source->path, MMDB_MODE_MMAP, &db);
	if (status != MMDB_SUCCESS)
		return open_error(source, status, diags);
	source->date = db.metadata.build_epoch;
	err = read_db(source, &db, diags);
	MMDB_close(&db);
	if (!err && !source->has_country && !source->has_asn) {
		df_diag_geo(diags, "%s: has neither countries nor AS numbers",
			    source->path);
		return -EINVAL;
	}
	return err;
}
