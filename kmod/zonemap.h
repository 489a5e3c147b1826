/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_ZONEMAP_H
#define DFENCE_ZONEMAP_H

#include "core.h"

/* Bits of an address that the direct index resolves. */
#define DFENCE_ZONEMAP_BITS	16

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
 * struct dfence_zonemap - address to zone for one address family
 * @start4: first addresses of the ranges, host order; NULL for IPv6
 * @start6: the same for IPv6; NULL for IPv4
 * @zone: zone of each range
 * @index: for each value of the top bits the range of its lowest address, and
 *	one entry behind the end
 * @capacity: ranges that were announced
 * @count: ranges that were added
 * @zones: zone ids are below this
 * @last: last address of the newest range; IPv4 in @last.low
 * @sealed: checked and complete, may be read
 */
struct dfence_zonemap {
	u32 *start4;
	struct dfence_addr6 *start6;
	u16 *zone;
	u32 *index;
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
const char *dfence_zonemap_seal(struct dfence_zonemap *map);
void dfence_zonemap_free(struct dfence_zonemap *map);
u16 dfence_zonemap_lookup4(const struct dfence_zonemap *map, u32 addr);
u16 dfence_zonemap_lookup6(const struct dfence_zonemap *map, const u8 *addr);
size_t dfence_zonemap_memory(const struct dfence_zonemap *map);

#endif /* DFENCE_ZONEMAP_H */
