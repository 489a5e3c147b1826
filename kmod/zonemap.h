/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_ZONEMAP_H
#define DFENCE_ZONEMAP_H

#include "core.h"

/* Bits of an address that the first table of the index resolves. */
#define DFENCE_ZONEMAP_BITS	16

/* A slice in which more ranges than this have a part gets a table. */
#define DFENCE_ZONEMAP_RUN	16

/*
 * A word of the index: bits to resolve and the first word of a table, or the
 * length and the first range of a run.
 */
#define DFENCE_ZONEMAP_TABLE	((u32)BIT(31))
#define DFENCE_ZONEMAP_SHIFT	26
#define DFENCE_ZONEMAP_LENGTH	0x1f
#define DFENCE_ZONEMAP_FIRST	((u32)BIT(DFENCE_ZONEMAP_SHIFT) - 1)

/* Tables that a lookup can pass, see the bounds in zonemap.c. */
#define DFENCE_ZONEMAP_DEPTH4	5
#define DFENCE_ZONEMAP_DEPTH6	16

/* Instead of a zone: look into @fine of the map. No zone has this number. */
#define DFENCE_ZONEMAP_FINE	0xffff

/**
 * struct dfence_addr6 - an IPv6 address as two numbers
 * @high: bits 127 to 64, host order
 * @low: bits 63 to 0, host order
 */
struct dfence_addr6 {
	u64 high;
	u64 low;
};

/**
 * struct dfence_fine - a range that begins inside a /64
 * @first: its first address
 * @zone: its zone
 * @before: zone of the range before it
 */
struct dfence_fine {
	struct dfence_addr6 first;
	u16 zone;
	u16 before;
};

/**
 * struct dfence_zonemap - address to zone for one address family
 * @index: tables, the first one first; NULL before sealing
 * @range4: first addresses of the ranges, host order; once sealed the lower 16
 *	bits of each above its zone. NULL for IPv6
 * @range6: bits 127 to 64 of the first addresses, host order; once sealed bits
 *	111 to 64 of each above its zone, and no two are equal. NULL for IPv4
 * @fine: ranges that begin inside a /64, sorted; NULL if there is none
 * @zone: zone of each range until sealing, then NULL
 * @low: bits 63 to 0 of the first addresses until sealing, then NULL
 * @words: in @index
 * @fines: in @fine
 * @capacity: ranges that were announced
 * @count: ranges that were added; once sealed, places used in @range4 or
 *	@range6
 * @zones: zone ids are below this
 * @last: last address of the newest range; IPv4 in @last.low
 * @sealed: checked and complete, may be read
 */
struct dfence_zonemap {
	u32 *index;
	u32 *range4;
	u64 *range6;
	struct dfence_fine *fine;
	u16 *zone;
	u64 *low;
	u32 words;
	u32 fines;
	u32 capacity;
	u32 count;
	u32 zones;
	struct dfence_addr6 last;
	bool sealed;
};

int dfence_zonemap_init(struct dfence_zonemap *map, bool ipv6, u32 capacity,
			u32 zones);
const char *dfence_zonemap_add(struct dfence_zonemap *map, const u8 *records,
			       size_t len);
int dfence_zonemap_seal(struct dfence_zonemap *map, const char **why);
void dfence_zonemap_free(struct dfence_zonemap *map);
u16 dfence_zonemap_lookup4(const struct dfence_zonemap *map, u32 addr);
u16 dfence_zonemap_lookup6(const struct dfence_zonemap *map, const u8 *addr);
size_t dfence_zonemap_memory(const struct dfence_zonemap *map);

#endif /* DFENCE_ZONEMAP_H */
