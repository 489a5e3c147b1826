// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Zone map
 *
 * The map holds the whole address space of one family as sorted ranges that
 * touch each other: only the first address of each is kept. A direct index on
 * the top 16 bits says in which run of ranges to look, a binary search in that
 * run finds the last one that starts at or before the address. The idea is
 * that of DXR (Zec, Rizzo, Mikuc: "DXR: towards a billion routing lookups per
 * second in software", 2012).
 *
 *	ranges   0: 0.0.0.0   1: 1.0.0.0   2: 1.0.1.0   3: 1.0.4.0   4: 1.2.0.0
 *	index    [0x0100] = 1, [0x0101] = 3: the slice 1.0/16 begins in range 1
 *	         and range 3 still holds where 1.1/16 begins
 *	lookup   1.0.2.9: search ranges 1..3, the last start <= 1.0.2.9 is 2
 *
 * Memory: 6 bytes a range for IPv4, 18 for IPv6, and 256 KiB for the index.
 * A lookup costs one index access and log2 of the longest run: the worst case,
 * all ranges in one slice, is 21 steps for the allowed 2 million.
 *
 * Records come as (first, last, zone). The last address is redundant on
 * purpose: whatever user space computed wrongly shows up as a gap or overlap
 * here, and is refused, instead of shifting countries silently.
 */

#include "zonemap.h"

#define SLICES	((u32)BIT(DFENCE_ZONEMAP_BITS))

static bool less(struct dfence_addr6 a, struct dfence_addr6 b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static struct dfence_addr6 successor(struct dfence_addr6 a)
{
	a.low++;
	if (!a.low)
		a.high++;
	return a;
}

static bool equal(struct dfence_addr6 a, struct dfence_addr6 b)
{
	return a.high == b.high && a.low == b.low;
}

/**
 * dfence_zonemap_init() - make room for a map
 * @map: uninitialised
 * @ipv6: family
 * @capacity: number of ranges, 1 to DRONEFENCE_MAX_RANGES
 * @zones: zone ids will be below this
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM with nothing allocated.
 */
int dfence_zonemap_init(struct dfence_zonemap *map, bool ipv6, u32 capacity,
			u32 zones)
{
	memset(map, 0, sizeof(*map));
	map->capacity = capacity;
	map->zones = zones;

	if (ipv6)
		map->start6 = kvmalloc_array(capacity, sizeof(*map->start6),
					     GFP_KERNEL_ACCOUNT);
	else
		map->start4 = kvmalloc_array(capacity, sizeof(*map->start4),
					     GFP_KERNEL_ACCOUNT);
	map->zone = kvmalloc_array(capacity, sizeof(*map->zone),
				   GFP_KERNEL_ACCOUNT);
	map->index = kvmalloc_array(SLICES + 1, sizeof(*map->index),
				    GFP_KERNEL_ACCOUNT);
	if ((map->start4 || map->start6) && map->zone && map->index)
		return 0;

	dfence_zonemap_free(map);
	return -ENOMEM;
}

/**
 * dfence_zonemap_free() - give the memory back
 * @map: initialised or zeroed; no reader is left
 *
 * Context: may sleep.
 */
void dfence_zonemap_free(struct dfence_zonemap *map)
{
	kvfree(map->start4);
	kvfree(map->start6);
	kvfree(map->zone);
	kvfree(map->index);
	memset(map, 0, sizeof(*map));
}

static struct dfence_addr6 read_addr6(const u8 *p)
{
	struct dfence_addr6 a = {
		.high = dfence_get_be64(p),
		.low = dfence_get_be64(p + 8),
	};

	return a;
}

static struct dfence_addr6 read_addr4(const u8 *p)
{
	struct dfence_addr6 a = { .low = dfence_get_be32(p) };

	return a;
}

static const char *check_place(const struct dfence_zonemap *map,
			       struct dfence_addr6 first,
			       struct dfence_addr6 last)
{
	static const struct dfence_addr6 zero;
	struct dfence_addr6 wanted;

	if (less(last, first))
		return "range ends before it begins";
	if (!map->count)
		return equal(first, zero) ? NULL : "gap before the first range";

	wanted = successor(map->last);
	if (equal(first, wanted))
		/* the address space is used up, and this is its beginning */
		return equal(wanted, zero) ? "ranges are not sorted" : NULL;
	if (less(map->last, first))
		return "gap between two ranges";
	if (less(last, map->last))
		return "ranges are not sorted";
	return "ranges overlap";
}

static const char *add_one(struct dfence_zonemap *map, const u8 *p)
{
	struct dfence_addr6 first, last;
	const char *why;
	u16 zone;

	if (map->start6) {
		first = read_addr6(p);
		last = read_addr6(p + 16);
		p += 32;
	} else {
		first = read_addr4(p);
		last = read_addr4(p + 4);
		p += 8;
	}
	zone = dfence_get_be16(p);

	if (map->count == map->capacity)
		return "more ranges than announced";
	if (zone >= map->zones)
		return "range has an unknown zone";
	if (dfence_get_be16(p + 2))
		return "range has padding that is not zero";
	why = check_place(map, first, last);
	if (why)
		return why;

	if (map->start6)
		map->start6[map->count] = first;
	else
		map->start4[map->count] = first.low;
	map->zone[map->count] = zone;
	map->count++;
	map->last = last;
	return NULL;
}

/**
 * dfence_zonemap_add() - append ranges
 * @map: initialised, not sealed
 * @records: packed records as the netlink specification describes them
 * @len: bytes
 *
 * Context: may sleep.
 * Return: NULL, or what is wrong, a constant; the map is then of no use.
 */
const char *dfence_zonemap_add(struct dfence_zonemap *map, const u8 *records,
			       size_t len)
{
	size_t size = map->start6 ? DRONEFENCE_RANGE6_LEN :
				    DRONEFENCE_RANGE4_LEN;
	const char *why;
	size_t at;

	if (!len || len % size)
		return "ranges are cut off";
	for (at = 0; at < len; at += size) {
		why = add_one(map, records + at);
		if (why)
			return why;
	}
	return NULL;
}

/* The top bits of the first address of range @i. */
static u32 slice_of(const struct dfence_zonemap *map, u32 i)
{
	return map->start6 ? map->start6[i].high >> (64 - DFENCE_ZONEMAP_BITS) :
			     map->start4[i] >> (32 - DFENCE_ZONEMAP_BITS);
}

/* Does range @i begin exactly at the beginning of its slice? */
static bool begins_slice(const struct dfence_zonemap *map, u32 i)
{
	if (map->start6)
		return !map->start6[i].low &&
		       !(map->start6[i].high << DFENCE_ZONEMAP_BITS);
	return !(map->start4[i] << DFENCE_ZONEMAP_BITS);
}

/**
 * dfence_zonemap_seal() - check that the map is complete, and index it
 * @map: every range was added
 *
 * Context: may sleep.
 * Return: NULL, or what is wrong, a constant; the map is then of no use.
 */
const char *dfence_zonemap_seal(struct dfence_zonemap *map)
{
	struct dfence_addr6 end = { .low = 0xffffffff };
	u32 i, slice = 0;

	if (map->start6) {
		end.high = ~0ULL;
		end.low = ~0ULL;
	}
	if (map->count != map->capacity)
		return "fewer ranges than announced";
	if (!equal(map->last, end))
		return "gap behind the last range";

	for (i = 0; i < map->count; i++) {
		u32 begin = slice_of(map, i);

		/* Slices that begin inside the range before this one. */
		while (slice < begin)
			map->index[slice++] = i - 1;
		if (slice == begin)
			map->index[slice++] = begins_slice(map, i) ? i : i - 1;
		if (!(i % 65536))
			cond_resched();
	}
	while (slice <= SLICES)
		map->index[slice++] = map->count - 1;
	map->sealed = true;
	return NULL;
}

/**
 * dfence_zonemap_lookup4() - zone of an IPv4 address
 * @map: sealed, of the IPv4 family
 * @addr: host order
 *
 * Context: any; no locks, does not sleep. The caller keeps the map alive.
 * Return: zone id.
 */
u16 dfence_zonemap_lookup4(const struct dfence_zonemap *map, u32 addr)
{
	u32 slice = addr >> (32 - DFENCE_ZONEMAP_BITS);
	u32 low = map->index[slice], high = map->index[slice + 1];

	while (low < high) {
		u32 middle = (low + high + 1) / 2;

		if (map->start4[middle] <= addr)
			low = middle;
		else
			high = middle - 1;
	}
	return map->zone[low];
}

/**
 * dfence_zonemap_lookup6() - zone of an IPv6 address
 * @map: sealed, of the IPv6 family
 * @addr: 16 bytes, network order
 *
 * Context: any; no locks, does not sleep. The caller keeps the map alive.
 * Return: zone id.
 */
u16 dfence_zonemap_lookup6(const struct dfence_zonemap *map, const u8 *addr)
{
	struct dfence_addr6 key = read_addr6(addr);
	u32 slice = key.high >> (64 - DFENCE_ZONEMAP_BITS);
	u32 low = map->index[slice], high = map->index[slice + 1];

	while (low < high) {
		u32 middle = (low + high + 1) / 2;

		if (!less(key, map->start6[middle]))
			low = middle;
		else
			high = middle - 1;
	}
	return map->zone[low];
}

/**
 * dfence_zonemap_memory() - how much a map takes
 * @map: initialised
 *
 * Return: bytes.
 */
size_t dfence_zonemap_memory(const struct dfence_zonemap *map)
{
	size_t start = map->start6 ? sizeof(*map->start6) : sizeof(*map->start4);

	return map->capacity * (start + sizeof(*map->zone)) +
	       (SLICES + 1) * sizeof(*map->index);
}
