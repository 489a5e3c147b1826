// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flow is asked for when it begins, and again when it ends, perhaps days
 * later: both times the name must be the one that was answered before it began.
 * So an entry keeps the time of the first answer, and is only prolonged by
 * further ones of the same name. As soon as the address is answered for another
 * name there is a new entry, and both stay.
 *
 * An answer counts for its TTL, but programs keep addresses longer than that,
 * and many TTLs are some seconds: so for an hour at least. More than a day is
 * nobody's promise.
 *
 * Entries are in one list by the last answer, whose end makes room, and in one
 * for each hash, the newest first.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dns_table.h"

#define NS_PER_SEC 1000000000u
#define KEEP_MIN 3600u
#define KEEP_MAX 86400u

#define NONE UINT32_MAX

/* Whoever has one address answered for more names gets no name. */
#define WALK_MAX 256

/**
 * struct df_dns_entry - a name and an address
 * @addr: the address
 * @family: of @addr
 * @time: when it was answered first, ns since 1970
 * @until: until when that counts
 * @next: older entry of the same hash
 * @prev: newer entry of the same hash
 * @older: entry that was answered last before this one
 * @newer: entry that was answered next after this one
 * @name: the name
 */
struct df_dns_entry {
	df_u128 addr;
	enum df_family family;
	uint64_t time, until;
	uint32_t next, prev;
	uint32_t older, newer;
	char name[DF_DNS_NAME_SIZE];
};

/**
 * df_dns_table_init() - make an empty table
 * @table: result; to be freed after an error too
 * @size: most names
 *
 * Return: 0, -ENOMEM or another negative errno.
 */
int df_dns_table_init(struct df_dns_table *table, size_t size)
{
	*table = (struct df_dns_table){
		.size = size, .newest = NONE, .oldest = NONE,
		.entries = calloc(size, sizeof(*table->entries)),
		.buckets = malloc(size * sizeof(*table->buckets)),
	};
	if (!table->entries || !table->buckets)
		return -ENOMEM;
	memset(table->buckets, 0xff, size * sizeof(*table->buckets));
	/* At boot it cannot be waited for better ones. */
	if (getrandom(table->key, sizeof(table->key), GRND_INSECURE) < 0)
		return -errno;
	return 0;
}

/**
 * df_dns_table_free() - the reverse of df_dns_table_init()
 * @table: may have failed to be made
 */
void df_dns_table_free(struct df_dns_table *table)
{
	free(table->entries);
	free(table->buckets);
	table->entries = NULL;
	table->buckets = NULL;
}

/* Multiplication of pairs: without the key as good as random. */
static uint32_t bucket_of(const struct df_dns_table *table,
			  enum df_family family, df_u128 addr)
{
	const uint64_t *key = table->key;
	uint64_t hash = key[4] + key[5] * (uint64_t)family;

	hash += (key[0] + (uint32_t)addr) * (key[1] + (uint32_t)(addr >> 32));
	hash += (key[2] + (uint32_t)(addr >> 64)) *
		(key[3] + (uint32_t)(addr >> 96));
	return (uint32_t)((hash >> 32) % table->size);
}

static bool is_of(const struct df_dns_entry *entry, enum df_family family,
		  df_u128 addr)
{
	return entry->family == family && entry->addr == addr;
}

static void unlist(struct df_dns_table *table, uint32_t index)
{
	struct df_dns_entry *entry = &table->entries[index];

	if (entry->older == NONE)
		table->oldest = entry->newer;
	else
		table->entries[entry->older].newer = entry->newer;
	if (entry->newer == NONE)
		table->newest = entry->older;
	else
		table->entries[entry->newer].older = entry->older;
}

static void list_newest(struct df_dns_table *table, uint32_t index)
{
	struct df_dns_entry *entry = &table->entries[index];

	entry->older = table->newest;
	entry->newer = NONE;
	if (table->newest == NONE)
		table->oldest = index;
	else
		table->entries[table->newest].newer = index;
	table->newest = index;
}

static void unchain(struct df_dns_table *table, uint32_t index)
{
	struct df_dns_entry *entry = &table->entries[index];

	if (entry->prev == NONE)
		table->buckets[bucket_of(table, entry->family, entry->addr)] =
			entry->next;
	else
		table->entries[entry->prev].next = entry->next;
	if (entry->next != NONE)
		table->entries[entry->next].prev = entry->prev;
}

static void chain(struct df_dns_table *table, uint32_t index)
{
	struct df_dns_entry *entry = &table->entries[index];
	uint32_t *bucket = &table->buckets[bucket_of(table, entry->family,
						     entry->addr)];

	entry->prev = NONE;
	entry->next = *bucket;
	if (*bucket != NONE)
		table->entries[*bucket].prev = index;
	*bucket = index;
}

static uint32_t make_room(struct df_dns_table *table)
{
	uint32_t index = table->oldest;

	if (table->count < table->size)
		return table->count++;
	unlist(table, index);
	unchain(table, index);
	return index;
}

static uint64_t until(const struct df_dns_answer *answer)
{
	uint32_t keep = answer->ttl;

	if (keep < KEEP_MIN)
		keep = KEEP_MIN;
	if (keep > KEEP_MAX)
		keep = KEEP_MAX;
	return answer->time + (uint64_t)keep * NS_PER_SEC;
}

/* Newest entry of the address. */
static uint32_t latest(const struct df_dns_table *table, enum df_family family,
		       df_u128 addr)
{
	uint32_t index = table->buckets[bucket_of(table, family, addr)];
	int i;

	for (i = 0; i < WALK_MAX && index != NONE; i++) {
		if (is_of(&table->entries[index], family, addr))
			return index;
		index = table->entries[index].next;
	}
	return NONE;
}

/* The same name again, without a gap. */
static bool prolong(struct df_dns_table *table, uint32_t index,
		    const struct df_dns_answer *answer)
{
	struct df_dns_entry *entry = &table->entries[index];

	if (strcmp(entry->name, answer->name) || answer->time < entry->time ||
	    answer->time > entry->until)
		return false;
	if (until(answer) > entry->until)
		entry->until = until(answer);
	unlist(table, index);
	list_newest(table, index);
	return true;
}

/**
 * df_dns_table_add() - remember an answer
 * @table: the table
 * @answer: df_dns_answer_valid(), later than those before; copied
 */
void df_dns_table_add(struct df_dns_table *table,
		      const struct df_dns_answer *answer)
{
	enum df_family family = answer->family;
	df_u128 addr = df_addr_from_bytes(family, answer->addr);
	uint32_t index = latest(table, family, addr);
	struct df_dns_entry *entry;

	if (index != NONE && prolong(table, index, answer))
		return;
	index = make_room(table);
	entry = &table->entries[index];
	entry->family = family;
	entry->addr = addr;
	entry->time = answer->time;
	entry->until = until(answer);
	strcpy(entry->name, answer->name);
	chain(table, index);
	list_newest(table, index);
}

/**
 * df_dns_table_find() - the name that an address was answered for
 * @table: the table
 * @family: of @addr
 * @addr: where a flow goes to
 * @time: when it began, ns since 1970
 *
 * Return: the last name before that, valid until the table changes; NULL if none
 * is known.
 */
const char *df_dns_table_find(const struct df_dns_table *table,
			      enum df_family family, df_u128 addr,
			      uint64_t time)
{
	uint32_t index = table->buckets[bucket_of(table, family, addr)];
	int i;

	for (i = 0; i < WALK_MAX && index != NONE; i++) {
		const struct df_dns_entry *entry = &table->entries[index];

		if (is_of(entry, family, addr) && entry->time <= time)
			return time <= entry->until ? entry->name : NULL;
		index = entry->next;
	}
	return NULL;
}
