// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Zone map
 *
 * The map holds the whole address space of one family as sorted ranges that
 * touch each other, so only the first address of each is kept. An index leads
 * to a run of at most 16 ranges, and a binary search in the run finds the last
 * one that begins at or before the address. The first table of the index goes
 * by the top 16 bits of the address (the idea of DXR: Zec, Rizzo, Mikuc: "DXR:
 * towards a billion routing lookups per second in software", 2012).
 *
 *	ranges  0: 0.0.0.0/8, zone 0      3: 1.0.4.0 to 1.1.255.255, zone 7
 *	        1: 1.0.0.0/24, zone 7     4: 1.2.0.0 to the end, zone 0
 *	        2: 1.0.1.0 to 1.0.3.255, zone 3
 *	kept    1: 0x00000007   2: 0x01000003   3: 0x04000007   4: 0x00000000
 *	index   [0x0000] = 1 range from 0       [0x0101] = 1 range from 3
 *	        [0x0100] = 3 ranges from 1      [0x0102] = 1 range from 4, ...
 *	lookup  1.0.2.9: index [0x0100] names the ranges 1 to 3, the last that is
 *	        not above 0x0209ffff is 2, and its lower half says zone 3
 *
 * As the index resolves 16 bits, a range needs only the rest of its first
 * address, and the zone fits beside that: 32 bits for IPv4 and, as below, 64
 * for IPv6. The first range of a run may begin long before the slice. Its rest
 * means nothing there; it is what remains if no other fits, and never compared.
 *
 * Addresses are crowded: of the IPv6 ranges that today's geo data give, half
 * are in four of the 65,536 slices. A slice with more than 16 ranges gets a
 * table of its own with about one word for two to four of them, and so on for
 * its slices. Were there 40 more ranges in 1.0.0.0/16, then [0x0100] would name
 * a table of 16 words, one for each /20, and the word of 1.0.0.0/20 a run.
 *
 * IPv6 is looked up by the upper 64 bits of the address. Hardly any range
 * begins inside a /64. Those that do are kept in a list of their own with all
 * 128 bits; their /64 has one place in the runs, marked in place of a zone. A
 * lookup that ends there searches the list.
 *
 * Memory in bytes, for n ranges, of which f begin inside a /64:
 *
 *	IPv4  4 n        + 4 words       words <= 65,536 + 2 n
 *	IPv6  8 n + 24 f + 4 words       words <= 65,536 + 7.5 n
 *
 * For more than 16 ranges a slice needs 5 unresolved bits. A table resolves 3
 * or more. So below the first there are at most 4 levels of tables for the 16
 * bits that are left of IPv4, and 15 for the 48 of IPv6. The slices of a level
 * are disjoint, and a table has at most half as many words as ranges begin
 * inside its slice. To reach these bounds ranges must be placed for it; those
 * of the Internet take about 65,536 + 0.4 n and 65,536 + 0.8 n words. Building
 * takes 2 n or 10 n bytes more, and a time that is linear in n for each level,
 * twice, as the words are counted before they are allocated.
 *
 * A lookup reads one word for each level, at most 5 or 16 and mostly 1 to 4;
 * compares at most 4 times; and where the mark is, once more for each bit of f,
 * which are at most 21.
 *
 * Records come as (first, last, zone). The last address is redundant on
 * purpose: whatever user space computed wrongly shows up as a gap or overlap
 * here, and is refused, instead of shifting countries silently.
 */

#include "zonemap.h"

static_assert(DRONEFENCE_MAX_ZONES <= DFENCE_ZONEMAP_FINE);
static_assert(DFENCE_ZONEMAP_RUN <= DFENCE_ZONEMAP_LENGTH);
/* The bound on the words of an index, see above. */
static_assert(65536 + 8 * DRONEFENCE_MAX_RANGES <= DFENCE_ZONEMAP_FIRST);

/*
 * A table of the index while it is written, and its next slice. Keys are the
 * upper 64 bits of an IPv6 address, or an IPv4 address in their upper half.
 */
struct table {
	u64 first;		/* lowest key of the slice */
	u32 at;			/* place of the table */
	u32 slice;		/* number of the slice */
	u32 range;		/* the last that begins at or before @first */
	unsigned int used;	/* bits that were resolved before */
	unsigned int bits;	/* that this table resolves */
};

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

/* Not kvmalloc: it would round up to a power of two where it can. */
static void *array_alloc(size_t n, size_t size)
{
	return __vmalloc_array(n, size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

/**
 * dfence_zonemap_init() - make room for a map
 * @map: uninitialised
 * @ipv6: family
 * @capacity: number of ranges, 1 to DRONEFENCE_MAX_RANGES
 * @zones: zone ids will be below this, at most DRONEFENCE_MAX_ZONES
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

	if (ipv6) {
		map->range6 = array_alloc(capacity, sizeof(*map->range6));
		map->low = array_alloc(capacity, sizeof(*map->low));
	} else {
		map->range4 = array_alloc(capacity, sizeof(*map->range4));
	}
	map->zone = array_alloc(capacity, sizeof(*map->zone));
	if (map->zone && (ipv6 ? map->range6 && map->low : !!map->range4))
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
	vfree(map->index);
	vfree(map->range4);
	vfree(map->range6);
	vfree(map->fine);
	vfree(map->zone);
	vfree(map->low);
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

	if (map->range6) {
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

	if (map->range6) {
		map->range6[map->count] = first.high;
		map->low[map->count] = first.low;
	} else {
		map->range4[map->count] = first.low;
	}
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
	size_t size = map->range6 ? DRONEFENCE_RANGE6_LEN :
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

static const char *check_complete(const struct dfence_zonemap *map)
{
	struct dfence_addr6 end = {
		.high = map->range6 ? ~0ULL : 0,
		.low = map->range6 ? ~0ULL : 0xffffffff,
	};

	if (map->count != map->capacity)
		return "fewer ranges than announced";
	if (!equal(map->last, end))
		return "gap behind the last range";
	return NULL;
}

/* Keep the ranges that begin inside a /64 with all their bits. */
static int keep_fine(struct dfence_zonemap *map)
{
	u32 i, n = 0;

	for (i = 0; i < map->count; i++)
		n += !!map->low[i];
	if (!n)
		return 0;
	map->fine = array_alloc(n, sizeof(*map->fine));
	if (!map->fine)
		return -ENOMEM;

	/* Range 0 begins at 0: it is not one of them. */
	for (i = 1; i < map->count; i++) {
		struct dfence_fine *fine = &map->fine[map->fines];

		if (!map->low[i])
			continue;
		fine->first.high = map->range6[i];
		fine->first.low = map->low[i];
		fine->zone = map->zone[i];
		fine->before = map->zone[i - 1];
		map->fines++;
	}
	return 0;
}

/*
 * Leave one place for each /64 in which ranges begin, and where there were more
 * another one for what follows, so that the list need not be searched for that.
 */
static void merge_fine(struct dfence_zonemap *map)
{
	u32 i, next, n = 0;

	for (i = 0; i < map->count; i = next) {
		u64 high = map->range6[i];
		bool fine = map->low[i];
		u16 after;

		for (next = i + 1; next < map->count; next++) {
			if (map->range6[next] != high)
				break;
			fine = true;
		}
		after = map->zone[next - 1];
		map->range6[n] = high;
		map->zone[n++] = fine ? DFENCE_ZONEMAP_FINE : after;
		if (next - i == 1 || high == ~0ULL ||
		    (next < map->count && map->range6[next] == high + 1))
			continue;
		map->range6[n] = high + 1;
		map->zone[n++] = after;
	}
	map->count = n;
}

static u64 key_of(const struct dfence_zonemap *map, u32 i)
{
	return map->range6 ? map->range6[i] : (u64)map->range4[i] << 32;
}

/* Go to the next slice. Returns how many ranges have a part in the old one. */
static u32 pass_slice(const struct dfence_zonemap *map, struct table *table)
{
	u64 last = table->first + (~0ULL >> (table->used + table->bits));
	u32 begin = table->range, i = begin;

	while (i + 1 < map->count && key_of(map, i + 1) <= last)
		i++;
	table->range = i;
	if (i + 1 < map->count && key_of(map, i + 1) == last + 1)
		table->range = i + 1;
	table->first = last + 1;
	table->slice++;
	return i - begin + 1;
}

/*
 * Write the index, or only count its words if @index is NULL. Tables are
 * written from the lowest address to the highest; @tables are those that are
 * begun, each but the first for a slice of the one before.
 */
static u32 build_index(const struct dfence_zonemap *map, u32 *index)
{
	struct table tables[DFENCE_ZONEMAP_DEPTH6];
	struct table *table = tables;
	u32 words = BIT(DFENCE_ZONEMAP_BITS);

	*table = (struct table){ .bits = DFENCE_ZONEMAP_BITS };
	for (;;) {
		struct table slice = *table;
		u32 n, word;

		if (!(slice.slice % 4096))
			cond_resched();
		if (slice.slice == BIT(slice.bits)) {
			if (table == tables)
				return words;
			table--;
			continue;
		}

		n = pass_slice(map, table);
		word = n << DFENCE_ZONEMAP_SHIFT | slice.range;
		if (n > DFENCE_ZONEMAP_RUN) {
			table++;
			*table = slice;
			table->slice = 0;
			table->at = words;
			table->used += slice.bits;
			/* 3 or more, and less than a slice with n ranges has. */
			table->bits = ilog2(n - 1) - 1;
			words += BIT(table->bits);
			word = DFENCE_ZONEMAP_TABLE | table->at |
			       table->bits << DFENCE_ZONEMAP_SHIFT;
		}
		if (index)
			index[slice.at + slice.slice] = word;
	}
}

/* Put each range's zone below the bits that the first table leaves. */
static void pack(struct dfence_zonemap *map)
{
	u32 i;

	for (i = 0; i < map->count; i++) {
		if (map->range6)
			map->range6[i] = map->range6[i] << 16 | map->zone[i];
		else
			map->range4[i] = map->range4[i] << 16 | map->zone[i];
	}
	vfree(map->zone);
	vfree(map->low);
	map->zone = NULL;
	map->low = NULL;
}

/**
 * dfence_zonemap_seal() - check that the map is complete, and index it
 * @map: every range was added
 * @why: with an error set to what is wrong, a constant
 *
 * After an error the map is of no use but to be freed.
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int dfence_zonemap_seal(struct dfence_zonemap *map, const char **why)
{
	*why = check_complete(map);
	if (*why)
		return -EINVAL;

	*why = "no memory for the zone map";
	if (map->range6) {
		if (keep_fine(map))
			return -ENOMEM;
		cond_resched();
		merge_fine(map);
	}
	map->words = build_index(map, NULL);
	map->index = array_alloc(map->words, sizeof(*map->index));
	if (!map->index)
		return -ENOMEM;
	build_index(map, map->index);
	pack(map);
	map->sealed = true;
	*why = NULL;
	return 0;
}

/* The word of the run in which a key is. */
static u32 find_run(const u32 *index, u64 key)
{
	u32 word = index[key >> (64 - DFENCE_ZONEMAP_BITS)];

	key <<= DFENCE_ZONEMAP_BITS;
	while (word & DFENCE_ZONEMAP_TABLE) {
		u32 bits = word >> DFENCE_ZONEMAP_SHIFT & DFENCE_ZONEMAP_LENGTH;

		word = index[(word & DFENCE_ZONEMAP_FIRST) + (key >> (64 - bits))];
		key <<= bits;
	}
	return word;
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
	u32 word = find_run(map->index, (u64)addr << 32);
	const u32 *range = map->range4 + (word & DFENCE_ZONEMAP_FIRST);
	u32 n = word >> DFENCE_ZONEMAP_SHIFT, key = addr << 16 | 0xffff;

	/* Without a branch for each step: none could be predicted. */
	while (n > 1) {
		u32 half = n / 2;

		range += range[half] <= key ? half : 0;
		n -= half;
	}
	return *range;
}

/*
 * In a /64 in which ranges begin, or behind it and before the next range: the
 * range that begins last before the address, or what is before the first.
 */
static noinline u16 lookup_fine(const struct dfence_zonemap *map,
				struct dfence_addr6 addr)
{
	u32 low = 0, high = map->fines;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (less(addr, map->fine[middle].first))
			high = middle;
		else
			low = middle + 1;
	}
	if (low < map->fines && map->fine[low].first.high == addr.high)
		return map->fine[low].before;
	return map->fine[low - 1].zone;
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
	u64 high = dfence_get_be64(addr), key = high << 16 | 0xffff;
	u32 word = find_run(map->index, high);
	const u64 *range = map->range6 + (word & DFENCE_ZONEMAP_FIRST);
	u32 n = word >> DFENCE_ZONEMAP_SHIFT;

	while (n > 1) {
		u32 half = n / 2;

		range += range[half] <= key ? half : 0;
		n -= half;
	}
	if (likely((u16)*range != DFENCE_ZONEMAP_FINE))
		return *range;
	return lookup_fine(map, read_addr6(addr));
}

/**
 * dfence_zonemap_memory() - how much a map takes
 * @map: sealed
 *
 * Return: bytes.
 */
size_t dfence_zonemap_memory(const struct dfence_zonemap *map)
{
	size_t range = map->range6 ? sizeof(*map->range6) : sizeof(*map->range4);

	return map->capacity * range + map->words * sizeof(*map->index) +
	       map->fines * sizeof(*map->fine);
}
