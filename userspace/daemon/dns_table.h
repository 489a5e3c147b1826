/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names addresses were answered for, bounded. */
#ifndef DF_DNS_TABLE_H
#define DF_DNS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "dns_parse.h"

/* Names that the daemon remembers: 5 MiB if there ever are so many. */
#define DF_DNS_TABLE_SIZE 16384

struct df_dns_entry;

/**
 * struct df_dns_table - names by address; the one not answered longest makes room
 * @entries: the names
 * @buckets: newest entry of each hash, or none
 * @size: of both
 * @count: entries in use
 * @newest: entry that was answered last
 * @oldest: entry that was not answered for the longest time
 * @key: secret, so that nobody can choose addresses with the same hash
 */
struct df_dns_table {
	struct df_dns_entry *entries;
	uint32_t *buckets;
	size_t size;
	uint32_t count;
	uint32_t newest, oldest;
	uint64_t key[6];
};

int df_dns_table_init(struct df_dns_table *table, size_t size);
void df_dns_table_free(struct df_dns_table *table);
void df_dns_table_add(struct df_dns_table *table,
		      const struct df_dns_answer *answer);
const char *df_dns_table_find(const struct df_dns_table *table,
			      enum df_family family, df_u128 addr,
			      uint64_t time);

#endif
