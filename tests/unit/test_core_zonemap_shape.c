// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's zone map over ranges that were placed to hurt: every lookup is
 * right, and the index keeps the bounds of its size and depth that zonemap.c
 * states. The index is walked as a whole, so the bound holds for each lookup.
 */
#include "zonemap_util.h"

#define MAX DRONEFENCE_MAX_RANGES

/* How many a kernel would take; most shapes are tried with fewer. */
#define MANY 100000

static struct range *ranges;
static df_u128 *starts;
static size_t start_count;

static void add_start(df_u128 start)
{
	assert_true(start_count < MAX);
	starts[start_count++] = start;
}

/* What a walk over the index found. */
struct walk {
	const struct dfence_zonemap *map;
	u32 words;
	unsigned int depth;
	u32 run;
};

/* Visit a table at @at that resolves @bits, and those below it. */
static void visit(struct walk *walk, u32 at, unsigned int bits,
		  unsigned int depth)
{
	const struct dfence_zonemap *map = walk->map;
	u32 i;

	/* Each table has its own words: they are counted, and compared below. */
	assert_true(at + (1ULL << bits) <= map->words);
	walk->words += 1U << bits;
	if (walk->depth < depth)
		walk->depth = depth;
	for (i = 0; i < 1U << bits; i++) {
		u32 word = map->index[at + i];
		u32 first = word & DFENCE_ZONEMAP_FIRST;
		u32 n = word >> DFENCE_ZONEMAP_SHIFT & DFENCE_ZONEMAP_LENGTH;

		if (word & DFENCE_ZONEMAP_TABLE) {
			assert_true(first > at);
			visit(walk, first, n, depth + 1);
			continue;
		}
		assert_in_range(n, 1, DFENCE_ZONEMAP_RUN);
		assert_true(first + n <= map->count);
		if (walk->run < n)
			walk->run = n;
	}
}

/*
 * What the ranges of IPv6 should take: one place for each /64 in which some
 * begin, marked if one does inside; and one for what follows if several begin
 * there and nothing begins right behind.
 */
static void check_places(const struct dfence_zonemap *map, size_t count)
{
	size_t i, begin = 0, places = 0, marks = 0;

	for (i = 1; i <= count; i++) {
		df_u128 high = ranges[begin].first >> 64;
		df_u128 next = i < count ? ranges[i].first >> 64 : ~0ULL;

		if (i < count && next == high)
			continue;
		places++;
		marks += (uint64_t)ranges[i - 1].first != 0;
		if (i - begin > 1 && high != ~0ULL &&
		    (i == count || next != high + 1))
			places++;
		begin = i;
	}
	assert_int_equal(map->count, places);
	for (i = 0; i < map->count; i++)
		marks -= (uint16_t)map->range6[i] == DFENCE_ZONEMAP_FINE;
	assert_int_equal(marks, 0);
}

static struct walk check_bounds(const struct dfence_zonemap *map,
				enum df_family family, size_t count)
{
	struct walk walk = { .map = map };
	u32 begin = 1U << DFENCE_ZONEMAP_BITS;

	visit(&walk, 0, DFENCE_ZONEMAP_BITS, 1);
	assert_int_equal(walk.words, map->words);
	if (family == DF_IPV4) {
		assert_true(walk.depth <= DFENCE_ZONEMAP_DEPTH4);
		assert_true(map->words <= begin + 2 * count);
		assert_int_equal(dfence_zonemap_memory(map),
				 4 * count + 4 * map->words);
	} else {
		assert_true(walk.depth <= DFENCE_ZONEMAP_DEPTH6);
		assert_true(map->words <= begin + 15 * count / 2);
		assert_true(map->fines < count);
		check_places(map, count);
		assert_int_equal(dfence_zonemap_memory(map),
				 8 * count + 24 * map->fines + 4 * map->words);
	}
	return walk;
}

/* Addresses anywhere, found among the ranges by bsearch(). */
static int compare_range(const void *key, const void *entry)
{
	const df_u128 *addr = key;
	const struct range *range = entry;

	return *addr < range->first ? -1 : *addr > range->last;
}

static void check_random(const struct dfence_zonemap *map,
			 enum df_family family, size_t count)
{
	size_t i;

	for (i = 0; i < 20000; i++) {
		df_u128 addr = ((df_u128)random64() << 64 | random64()) &
			       df_addr_max(family);
		const struct range *range;

		/* Half of them near a range. */
		if (i % 2)
			addr = (ranges[random64() % count].first +
				(addr >> random64() % 128)) & df_addr_max(family);
		range = bsearch(&addr, ranges, count, sizeof(*ranges),
				compare_range);
		assert_non_null(range);
		assert_int_equal(lookup(map, family, addr), range->zone);
	}
}

/* Build a map of what was added, check it, and begin anew. */
static struct walk try_shape(enum df_family family)
{
	size_t count = make_ranges(ranges, starts, start_count, family);
	struct dfence_zonemap map;
	struct walk walk;

	start_count = 0;
	assert_int_equal(fill(&map, family, ranges, count), 0);
	walk = check_bounds(&map, family, count);
	check_ends(&map, family, ranges, count);
	check_random(&map, family, count);
	dfence_zonemap_free(&map);
	walk.map = NULL;
	return walk;
}

/* A key is what the index goes by: an IPv4 address or a /64. */
static df_u128 key(enum df_family family, uint64_t number)
{
	return family == DF_IPV6 ? (df_u128)number << 64 : number;
}

static unsigned int key_bits(enum df_family family)
{
	return family == DF_IPV6 ? 64 : 32;
}

/* One key after the other, as many as there may be. */
static void one_after_the_other(void **state)
{
	enum df_family family;
	size_t i;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		for (i = 1; i < MAX; i++)
			add_start(key(family, 0x20010db8 + i));
		try_shape(family);
	}
}

/* All in one slice, from its first to its last address. */
static void one_slice(void **state)
{
	enum df_family family;
	uint64_t i, slice;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		slice = 1ULL << (key_bits(family) - 16);
		for (i = 0; i <= 65536; i++)
			add_start(key(family, slice * 0x2400 + slice / 65536 * i));
		assert_true(try_shape(family).depth > 1);
	}
}

/*
 * In each slice one crowd that is just too large for a run, so close together
 * that every level is needed: the worst there is for the index.
 */
static void crowds(void **state)
{
	enum df_family family;
	uint64_t slice, i;
	struct walk walk;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		unsigned int shift = key_bits(family) - 16;

		for (slice = 0; slice < 65536; slice++)
			for (i = 1; i <= DFENCE_ZONEMAP_RUN; i++)
				add_start(key(family, slice << shift |
					      ((slice << shift) / 3 &
					       ((1ULL << shift) - 32)) | i));
		walk = try_shape(family);
		/* Bounds that are never met would be worth little. */
		assert_int_equal(walk.depth, family == DF_IPV4 ?
				 DFENCE_ZONEMAP_DEPTH4 : DFENCE_ZONEMAP_DEPTH6);
		assert_true(walk.words > (family == DF_IPV4 ? 1.8 : 7) * 65536 *
			    DFENCE_ZONEMAP_RUN);
	}
}

/* Each range half as long as the one before, from both ends. */
static void halves(void **state)
{
	enum df_family family;
	unsigned int i;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		df_u128 max = df_addr_max(family);

		for (i = 0; i < (family == DF_IPV6 ? 128 : 32); i++) {
			add_start((df_u128)1 << i);
			add_start(max - ((df_u128)1 << i));
			add_start(((df_u128)1 << i) + 1);
			add_start(max / 3 + ((df_u128)1 << i) / 2);
		}
		try_shape(family);
	}
}

/* Every slice of the first table begins with a range, and holds no other. */
static void edges_of_slices(void **state)
{
	enum df_family family;
	struct walk walk;
	uint64_t i;

	for (family = DF_IPV4; family < DF_FAMILIES; family++) {
		for (i = 1; i < 65536; i++)
			add_start(key(family, i << (key_bits(family) - 16)));
		walk = try_shape(family);
		assert_int_equal(walk.words, 65536);
		assert_int_equal(walk.run, 1);
	}
}

/* As many as there may be, all inside one /64. */
static void one_64(void **state)
{
	df_u128 begin = (df_u128)0x20010db800000000 << 64;
	size_t i;

	for (i = 1; i < MAX; i++)
		add_start(begin + i);
	assert_int_equal(try_shape(DF_IPV6).words, 65536);
}

/* Neighbouring /64, of which each begins in another way. */
static void inside_each_64(void **state)
{
	static const uint64_t low[] = { 0, 1, 1ULL << 32, ~0ULL - 1, ~0ULL };
	unsigned int i, j, mask;

	/* Bit j of a mask: a range begins at low[j]. All 32 * 32 neighbours. */
	for (i = 0; i < 32 * 32 * 2; i++) {
		mask = i % 2 ? i / 2 % 32 : i / 64;
		for (j = 0; j < 5; j++)
			if (mask >> j & 1)
				add_start((df_u128)i << 64 | low[j]);
	}
	try_shape(DF_IPV6);
	/* The last /64 of all. */
	for (j = 0; j < 5; j++)
		add_start((df_u128)~0ULL << 64 | low[j]);
	try_shape(DF_IPV6);
}

/* Every range begins inside a /64 of its own. */
static void alternating(void **state)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		add_start((df_u128)(i * 2) << 64 | (i + 1));
	try_shape(DF_IPV6);
	for (i = 0; i < MANY / 2; i++) {
		add_start((df_u128)i << 80);
		add_start(((df_u128)i << 80) + 1 + i % 2);
	}
	try_shape(DF_IPV6);
}

static int set_up(void **state)
{
	ranges = calloc(MAX, sizeof(*ranges));
	starts = calloc(MAX, sizeof(*starts));
	return ranges && starts ? 0 : -1;
}

static int tear_down(void **state)
{
	free(ranges);
	free(starts);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(one_slice),
		cmocka_unit_test(crowds),
		cmocka_unit_test(halves),
		cmocka_unit_test(edges_of_slices),
		cmocka_unit_test(one_64),
		cmocka_unit_test(inside_each_64),
		cmocka_unit_test(alternating),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
