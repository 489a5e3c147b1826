// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: An address at a time
 *
 * Whoever runs for long and asks for few addresses does not want the table of
 * all of them in memory. Here a database of libloc is asked where it lies: some
 * fifty small reads from the page cache for an address that is new, none for
 * one that was asked for lately. It is read and not mapped: a file that somebody
 * makes shorter in place is then an error, not a signal; and no page of it
 * counts as ours.
 *
 * The signature is not checked, and only what is on the way to an address is
 * looked at. That is good enough for a remark beside a record, and for nothing
 * that decides. What does not fit together is no answer, until the file is
 * replaced.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo_libloc.h"
#include "geo_who.h"

static_assert(DF_GEO_WHO_PATHS == LIBLOC_PLACES, "the places of databases");

/* Bits in front of an IPv4 address. */
#define V4_DEPTH 96

/**
 * df_geo_who_init() - no database
 * @who: result
 */
void df_geo_who_init(struct df_geo_who *who)
{
	memset(who, 0, sizeof(*who));
	who->fd = -1;
}

/**
 * df_geo_who_close() - close the database
 * @who: may have none
 */
void df_geo_who_close(struct df_geo_who *who)
{
	size_t i;

	if (who->fd >= 0)
		close(who->fd);
	who->fd = -1;
	for (i = 0; i < DF_GEO_WHO_ANSWERS; i++)
		who->answers[i].valid = false;
}

/* A number of bytes from a place, or an error where the file ends before. */
static int read_at(const struct df_geo_who *who, uint64_t offset, void *buf,
		   size_t size)
{
	ssize_t length;

	do
		length = pread(who->fd, buf, size, (off_t)offset);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	return (size_t)length == size ? 0 : -EINVAL;
}

static int read_record(const struct df_geo_who *who,
		       const struct df_geo_who_part *part, uint64_t index,
		       uint8_t *buf, size_t size)
{
	if (index >= part->count)
		return -EINVAL;
	return read_at(who, part->offset + index * size, buf, size);
}

/**
 * struct step - how far the way to an address is
 * @node: where it is
 * @depth: bits that it has come
 * @network: what holds there, UINT32_MAX for nothing
 * @end: the tree ends there
 */
struct step {
	uint32_t node;
	unsigned int depth;
	uint32_t network;
	bool end;
};

/* Go down to a depth, or as far as the tree goes. */
static int descend(const struct df_geo_who *who, df_u128 addr,
		   unsigned int depth, struct step *step)
{
	uint8_t node[LIBLOC_NODE_LEN];
	uint32_t network, child;
	int err;

	while (!step->end) {
		err = read_record(who, &who->nodes, step->node, node,
				  sizeof(node));
		if (err)
			return err;
		network = libloc_u32(node + 8);
		if (network != LIBLOC_NO_NETWORK)
			step->network = network;
		if (step->depth == depth)
			return 0;
		child = addr >> (127 - step->depth) & 1 ? libloc_u32(node + 4) :
							  libloc_u32(node);
		step->end = !child;
		step->node = child;
		step->depth++;
	}
	return 0;
}

static int find_network(const struct df_geo_who *who, enum df_family family,
			df_u128 addr, uint32_t *network)
{
	struct step step = { .network = LIBLOC_NO_NETWORK };
	int err;

	if (family == DF_IPV4) {
		step.node = who->v4_node;
		step.depth = V4_DEPTH;
		step.network = who->v4_network;
		step.end = !who->v4_node;
	}
	err = descend(who, addr, 128, &step);
	*network = step.network;
	return err;
}

/* The name as a whole; too long is none. */
static int read_name(const struct df_geo_who *who, uint32_t at,
		     char name[DF_GEO_WHO_NAME])
{
	uint64_t size = DF_GEO_WHO_NAME;
	int err;

	if (at >= who->pool.count)
		return -EINVAL;
	if (size > who->pool.count - at)
		size = who->pool.count - at;
	err = read_at(who, who->pool.offset + at, name, size);
	if (err || !memchr(name, '\0', size))
		*name = '\0';
	return err;
}

static int find_name(const struct df_geo_who *who, uint32_t asn,
		     char name[DF_GEO_WHO_NAME])
{
	uint64_t low = 0, high = who->as.count;
	uint8_t record[LIBLOC_AS_LEN];

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		int err = read_record(who, &who->as, mid, record,
				      sizeof(record));
		uint32_t number = libloc_u32(record);

		if (err)
			return err;
		if (number == asn)
			return read_name(who, libloc_u32(record + 4), name);
		if (number < asn)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

static int find(const struct df_geo_who *who, struct df_geo_who_answer *answer)
{
	uint8_t record[LIBLOC_NETWORK_LEN];
	uint32_t network;
	int err;

	err = find_network(who, answer->family, answer->addr, &network);
	if (err || network == LIBLOC_NO_NETWORK)
		return err;
	err = read_record(who, &who->networks, network, record, sizeof(record));
	if (err)
		return err;
	answer->asn = libloc_u32(record + 4);
	return answer->asn ? find_name(who, answer->asn, answer->name) : 0;
}

static size_t hash(enum df_family family, df_u128 addr)
{
	uint64_t mix = (uint64_t)(addr >> 64) ^ (uint64_t)addr ^ family;

	return mix * 0x9e3779b97f4a7c15u >> 32 & (DF_GEO_WHO_ANSWERS - 1);
}

/**
 * df_geo_who_ask() - whose network an address is in
 * @who: the database, or none
 * @family: of @addr
 * @addr: the address
 *
 * Return: the answer, until the next question; NULL where there is no database,
 * or it turns out to be damaged: then it is closed, and @problem is set.
 */
const struct df_geo_who_answer *
df_geo_who_ask(struct df_geo_who *who, enum df_family family, df_u128 addr)
{
	struct df_geo_who_answer *answer = &who->answers[hash(family, addr)];
	int err;

	if (who->fd < 0)
		return NULL;
	if (answer->valid && answer->family == family && answer->addr == addr)
		return answer;
	*answer = (struct df_geo_who_answer){ .family = family, .addr = addr };
	err = find(who, answer);
	answer->valid = !err;
	if (!err)
		return answer;
	df_geo_who_close(who);
	snprintf(who->problem, sizeof(who->problem),
		 "the database of operators is damaged: %s",
		 err == -EINVAL ? "it does not fit together" : strerror(-err));
	return NULL;
}

static struct df_geo_who_part part_at(const uint8_t *head, size_t at,
				      size_t record)
{
	return (struct df_geo_who_part){
		.offset = libloc_u32(head + at),
		.count = libloc_u32(head + at + 4) / record,
	};
}

static int read_head(struct df_geo_who *who)
{
	uint8_t head[LIBLOC_SIGNATURE_LEN];
	int err = read_at(who, 0, head, sizeof(head));

	if (err)
		return err;
	if (memcmp(head, LIBLOC_MAGIC, LIBLOC_MAGIC_LEN))
		return -EINVAL;
	who->nodes = part_at(head, LIBLOC_TREE, LIBLOC_NODE_LEN);
	who->networks = part_at(head, LIBLOC_NETWORKS, LIBLOC_NETWORK_LEN);
	who->as = part_at(head, LIBLOC_AS, LIBLOC_AS_LEN);
	who->pool = part_at(head, LIBLOC_POOL, 1);
	return 0;
}

/* All addresses of IPv4 have the first part of their way in common. */
static int find_v4(struct df_geo_who *who)
{
	struct step step = { .network = LIBLOC_NO_NETWORK };
	int err = descend(who, (df_u128)0xffff << 32, V4_DEPTH, &step);

	who->v4_node = step.end ? 0 : step.node;
	who->v4_network = step.network;
	return err;
}

/**
 * df_geo_who_open() - open a database of libloc
 * @who: without one
 * @path: the file
 *
 * Return: 0; -ENOENT where there is none; -EINVAL where it is no database of
 * libloc, or damaged at its beginning; another negative errno.
 */
int df_geo_who_open(struct df_geo_who *who, const char *path)
{
	struct stat st;
	int err = 0;

	/* A FIFO in this place must not hang us. */
	who->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (who->fd < 0)
		return -errno;
	if (fstat(who->fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	if (!err)
		err = read_head(who);
	if (!err)
		err = find_v4(who);
	if (err)
		df_geo_who_close(who);
	return err;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool changed(struct df_geo_who *who, char *const *paths)
{
	bool differs = !who->looked;
	struct stat now;
	int i;

	for (i = 0; i < DF_GEO_WHO_PATHS; i++) {
		if (stat(paths[i], &now))
			memset(&now, 0, sizeof(now));
		differs |= !same(&now, &who->seen[i]);
		who->seen[i] = now;
	}
	who->looked = true;
	return differs;
}

/* The newest one, as where policies are made; the next where it is no good. */
static void open_newest(struct df_geo_who *who, char **paths)
{
	const char *bad = NULL;
	int err = -ENOENT, why = 0;
	size_t i;

	df_geo_libloc_newest_first(paths);
	for (i = 0; i < DF_GEO_WHO_PATHS && err; i++) {
		err = df_geo_who_open(who, paths[i]);
		if (err && err != -ENOENT && !bad) {
			bad = paths[i];
			why = err;
		}
	}
	who->problem[0] = '\0';
	if (err && bad)
		snprintf(who->problem, sizeof(who->problem),
			 "operators are not shown: %s: %s", bad, strerror(-why));
}

/**
 * df_geo_who_refresh() - open the machine's database, or the one that replaced it
 * @who: initialised
 * @root: prefix of the usual places, NULL for none
 *
 * Costs two look-ups of a file where nothing has changed. Without memory nothing
 * happens.
 *
 * Return: true if @problem is new and is to be told.
 */
bool df_geo_who_refresh(struct df_geo_who *who, const char *root)
{
	char *paths[DF_GEO_WHO_PATHS];
	bool tell = false;
	size_t i;

	if (df_geo_libloc_places(root, paths))
		return false;
	if (changed(who, paths)) {
		df_geo_who_close(who);
		open_newest(who, paths);
		tell = *who->problem;
	}
	for (i = 0; i < DF_GEO_WHO_PATHS; i++)
		free(paths[i]);
	return tell;
}
