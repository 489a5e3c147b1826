// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: The database of libloc
 *
 * The file holds a binary tree over the bits of an IPv6 address; IPv4 is below
 * ::ffff:0:0/96. A node may carry a network, which then holds for all addresses
 * below that no deeper network claims::
 *
 *	        2001:db8::/32 US AS64500
 *	       /                        \
 *	  2001:db8::/33 (nothing)     2001:db8:8000::/33 CN AS64501
 *
 * A walk from left to right that hands the network of a node down to its
 * children therefore yields the flat, sorted table without any sorting.
 *
 * The library itself is not asked. Its enumeration returns success for a file
 * whose tree lost a branch, follows a tree that is too deep beyond the end of
 * its own stack, and its signature check formats each byte of the file as text,
 * which takes longer than everything else together. Here a file must be a tree
 * in which each node is reached exactly once and each network is used, or it is
 * refused. The unit tests compare the result with libloc's own lookup.
 */

#include <errno.h>
#include <stdlib.h>

#include "geo_libloc.h"

/**
 * struct value - what holds for the addresses below a node
 * @asn: autonomous system, 0 for unknown
 * @code: country code as the database has it
 */
struct value {
	uint32_t asn;
	char code[2];
};

/**
 * struct walk - the walk through the tree
 * @nodes: of the tree
 * @networks: what the nodes refer to
 * @visited: bit for each node that was reached
 * @used: bit for each network that was referred to
 * @visits: nodes reached
 * @uses: networks referred to
 * @writer: gets the ranges
 * @why: what is wrong with the file
 */
struct walk {
	struct libloc_section nodes;
	struct libloc_section networks;
	uint8_t *visited;
	uint8_t *used;
	size_t visits;
	size_t uses;
	struct df_geo_writer *writer;
	const char *why;
};

/* Return: whether the bit was clear. */
static bool mark(uint8_t *bitmap, size_t i)
{
	uint8_t bit = 1 << i % 8;
	bool fresh = !(bitmap[i / 8] & bit);

	bitmap[i / 8] |= bit;
	return fresh;
}

static int damaged(struct walk *walk, const char *why)
{
	walk->why = why;
	return -EINVAL;
}

static int emit(struct walk *walk, df_u128 first, df_u128 last,
		const struct value *value)
{
	const df_u128 v4_first = (df_u128)0xffff << 32;
	const df_u128 v4_last = v4_first | UINT32_MAX;
	int err;

	err = df_geo_writer_add_part(walk->writer, DF_IPV6, first, last, 0,
				     v4_first - 1, value->asn, value->code);
	if (err)
		return err;
	err = df_geo_writer_add_part(walk->writer, DF_IPV4, first, last, v4_first,
				     v4_last, value->asn, value->code);
	if (err)
		return err;
	return df_geo_writer_add_part(walk->writer, DF_IPV6, first, last,
				      v4_last + 1, ~(df_u128)0, value->asn,
				      value->code);
}

static int read_network(struct walk *walk, uint32_t index, struct value *value)
{
	const uint8_t *record;

	if (index >= walk->networks.count)
		return damaged(walk, "a node refers to a network that is not there");
	walk->uses += mark(walk->used, index);
	record = walk->networks.data + (size_t)index * LIBLOC_NETWORK_LEN;
	memcpy(value->code, record, 2);
	value->asn = libloc_u32(record + 4);
	if ((value->code[0] || value->code[1]) && !df_geo_code_valid(value->code))
		return damaged(walk, "a network has an impossible country code");
	return 0;
}

static int walk_node(struct walk *walk, uint32_t index, unsigned int depth,
		     df_u128 first, struct value value);

/* @depth: bits that are fixed below this branch. */
static int walk_branch(struct walk *walk, uint32_t child, unsigned int depth,
		       df_u128 first, const struct value *value)
{
	if (child)
		return walk_node(walk, child, depth, first, *value);
	return emit(walk, first, first | (depth < 128 ? ~(df_u128)0 >> depth : 0),
		    value);
}

static int walk_node(struct walk *walk, uint32_t index, unsigned int depth,
		     df_u128 first, struct value value)
{
	const uint8_t *node;
	uint32_t zero, one, network;
	int err;

	if (index >= walk->nodes.count)
		return damaged(walk, "a node refers to a node that is not there");
	if (!mark(walk->visited, index))
		return damaged(walk, "a node is reached twice");
	walk->visits++;
	node = walk->nodes.data + (size_t)index * LIBLOC_NODE_LEN;
	zero = libloc_u32(node);
	one = libloc_u32(node + 4);
	network = libloc_u32(node + 8);
	if (network != LIBLOC_NO_NETWORK) {
		err = read_network(walk, network, &value);
		if (err)
			return err;
	}
	if (!zero && !one)
		return walk_branch(walk, 0, depth, first, &value);
	if (depth == 128)
		return damaged(walk, "the tree is deeper than an address");
	err = walk_branch(walk, zero, depth + 1, first, &value);
	if (err)
		return err;
	return walk_branch(walk, one, depth + 1,
			   first | (df_u128)1 << (127 - depth), &value);
}

static int walk_tree(struct walk *walk)
{
	int err;

	if (!walk->nodes.count)
		return damaged(walk, "it has no tree");
	walk->visited = calloc(1, walk->nodes.count / 8 + 1);
	walk->used = calloc(1, walk->networks.count / 8 + 1);
	if (!walk->visited || !walk->used)
		return -ENOMEM;
	err = walk_node(walk, 0, 0, 0, (struct value){ 0 });
	if (err)
		return err;
	if (walk->visits != walk->nodes.count)
		return damaged(walk, "a part of the tree is out of reach");
	if (walk->uses != walk->networks.count)
		return damaged(walk, "a network belongs to no node");
	return 0;
}

static const char *find_section(const struct df_geo_file *file, size_t at,
				size_t record, struct libloc_section *section)
{
	uint64_t offset = libloc_u32(file->data + at);
	uint64_t length = libloc_u32(file->data + at + 4);

	if (offset + length > file->size)
		return "it is truncated";
	if (length % record)
		return "a section ends within a record";
	section->data = file->data + offset;
	section->count = length / record;
	return NULL;
}

static const char *check_header(const struct df_geo_file *file)
{
	if (file->size < LIBLOC_MAGIC_LEN ||
	    memcmp(file->data, LIBLOC_MAGIC, LIBLOC_MAGIC_LEN - 1))
		return "not a libloc database";
	if (memcmp(file->data, LIBLOC_MAGIC, LIBLOC_MAGIC_LEN))
		return "a libloc database of another version than 1";
	if (file->size < LIBLOC_HEADER_LEN)
		return "damaged: it is truncated";
	return NULL;
}

/**
 * struct layout - the sections of a file
 * @tree: nodes
 * @networks: what nodes refer to
 * @as: autonomous systems
 * @countries: their names, not used
 * @pool: texts that the others refer to
 */
struct layout {
	struct libloc_section tree;
	struct libloc_section networks;
	struct libloc_section as;
	struct libloc_section countries;
	struct libloc_section pool;
};

static const char *find_sections(const struct df_geo_file *file,
				 struct layout *layout)
{
	const struct {
		size_t at;
		size_t record;
		struct libloc_section *section;
	} list[] = {
		{ LIBLOC_TREE, LIBLOC_NODE_LEN, &layout->tree },
		{ LIBLOC_NETWORKS, LIBLOC_NETWORK_LEN, &layout->networks },
		{ LIBLOC_AS, LIBLOC_AS_LEN, &layout->as },
		{ LIBLOC_COUNTRIES, LIBLOC_COUNTRY_LEN, &layout->countries },
		{ LIBLOC_POOL, 1, &layout->pool },
	};
	const char *why = NULL;
	size_t i;

	for (i = 0; !why && i < sizeof(list) / sizeof(list[0]); i++)
		why = find_section(file, list[i].at, list[i].record,
				   list[i].section);
	return why;
}

/* Return: 0, or a negative errno and walk->why unless memory is short. */
static int read_sections(struct df_geo_source *source,
			 const struct df_geo_file *file, struct walk *walk)
{
	struct layout layout;
	int err;

	walk->why = find_sections(file, &layout);
	if (walk->why)
		return -EINVAL;
	walk->nodes = layout.tree;
	walk->networks = layout.networks;
	err = walk_tree(walk);
	if (err)
		return err;
	err = df_geo_as_names_read(source, &layout.as, &layout.pool);
	if (err == -EINVAL)
		walk->why = "the list of autonomous systems is malformed";
	return err;
}

static int read_tree(struct df_geo_source *source, const struct df_geo_file *file,
		     struct df_diags *diags)
{
	struct df_geo_writer writer;
	struct walk walk = { .writer = &writer };
	int err;

	df_geo_writer_init(&writer, source);
	err = read_sections(source, file, &walk);
	df_geo_writer_finish(&writer);
	free(walk.visited);
	free(walk.used);
	if (walk.why)
		df_diag_geo(diags, "%s: damaged: %s", source->path, walk.why);
	else if (err)
		df_geo_report(diags, source->path, err);
	return err;
}

/* Check what was read against the key, if there is one. */
static int check_signature(struct df_geo_source *source,
			   const struct df_geo_file *file, const char *key,
			   struct df_diags *diags)
{
	int err = key ? df_geo_libloc_verify(file, key) : -ENOENT;

	switch (err) {
	case 0:
		source->verified = true;
		return 0;
	case -ENOENT:
		return 0;
	case -EKEYREJECTED:
		df_diag_geo(diags, "%s: the signature does not match the key %s",
			    source->path, key);
		return err;
	case -ENOKEY:
		df_diag_geo(diags, "%s: not a public key", key);
		return err;
	default:
		return df_geo_report(diags, key, err);
	}
}

static int read_file(struct df_geo_source *source, const struct df_geo_file *file,
		     const char *key, struct df_diags *diags)
{
	const char *why = check_header(file);
	int err;

	if (why) {
		df_diag_geo(diags, "%s: %s", source->path, why);
		return -EINVAL;
	}
	err = check_signature(source, file, key, diags);
	if (err)
		return err;
	if (df_geo_sha256(file, 1, source->digest))
		return df_geo_report(diags, source->path, -ENOMEM);
	source->date = libloc_u64(file->data + LIBLOC_CREATED_AT);
	source->has_country = true;
	source->has_asn = true;
	return read_tree(source, file, diags);
}

/**
 * df_geo_libloc_date() - when a database was made, without checking it
 * @path: the file
 *
 * Return: seconds since 1970; 0 where this is no libloc database.
 */
uint64_t df_geo_libloc_date(const char *path)
{
	uint8_t head[LIBLOC_CREATED_AT + 8];
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return 0;
	n = fread(head, 1, sizeof(head), f);
	fclose(f);
	if (n != sizeof(head) || memcmp(head, LIBLOC_MAGIC, LIBLOC_MAGIC_LEN))
		return 0;
	return libloc_u64(head + LIBLOC_CREATED_AT);
}

/**
 * df_geo_libloc_places() - where a database is looked for that nobody named
 * @root: prefix of the places, NULL for none
 * @paths: result, each for free(); the first is that of the daily update
 *
 * Return: 0; -ENOMEM, and then there is nothing to be freed.
 */
int df_geo_libloc_places(const char *root, char *paths[LIBLOC_PLACES])
{
	static const char *const places[LIBLOC_PLACES] = {
		LIBLOC_UPDATED, LIBLOC_PACKAGED, LIBLOC_CARRIED,
	};
	size_t i;

	for (i = 0; i < LIBLOC_PLACES; i++) {
		if (asprintf(&paths[i], "%s%s", root ?: "", places[i]) >= 0)
			continue;
		while (i)
			free(paths[--i]);
		return -ENOMEM;
	}
	return 0;
}

/**
 * df_geo_libloc_newest_first() - in which order databases are tried
 * @paths: in another order afterwards; of two of one date, that which was first stays so
 */
void df_geo_libloc_newest_first(char *paths[LIBLOC_PLACES])
{
	uint64_t dates[LIBLOC_PLACES];
	size_t i, at;

	for (i = 0; i < LIBLOC_PLACES; i++) {
		uint64_t date = df_geo_libloc_date(paths[i]);
		char *path = paths[i];

		for (at = i; at && dates[at - 1] < date; at--) {
			dates[at] = dates[at - 1];
			paths[at] = paths[at - 1];
		}
		dates[at] = date;
		paths[at] = path;
	}
}

/**
 * df_geo_read_libloc() - read a database of libloc
 * @source: its path is the file; everything but the name is set
 * @key: PEM file of the public key that must have signed the database; NULL or
 *	a file that is missing for no check
 * @diags: where errors go
 *
 * Return: 0; -ENOENT where the file is missing; -EINVAL where it is no
 * database or damaged; -EKEYREJECTED where its signature is wrong or absent
 * although there is a key; -ENOKEY where the key is unusable; -ENOMEM and
 * errors of open() and read().
 */
int df_geo_read_libloc(struct df_geo_source *source, const char *key,
		       struct df_diags *diags)
{
	struct df_geo_file file;
	int err = df_geo_file_read(source->path, &file);

	if (err == -ENOENT)
		return err;
	if (err)
		return df_geo_report(diags, source->path, err);
	err = read_file(source, &file, key, diags);
	df_geo_file_free(&file);
	return err;
}
