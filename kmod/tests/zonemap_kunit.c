// SPDX-License-Identifier: GPL-2.0-only
/*
 * The zone map in the kernel: what it allocates, and that a lookup asks for
 * nothing that a packet could not have. The answers themselves are tested on
 * the host.
 */

#include <kunit/test.h>
#include <linux/random.h>
#include <linux/spinlock.h>

#include "zonemap.h"

#define ZONES		7
#define RANGE_BITS	14
#define RANGES		BIT(RANGE_BITS)
#define SHIFT		(32 - RANGE_BITS)
#define LOOKUPS		10000

/*
 * Ranges of equal size, of all addresses with the same top bits. The zone is
 * their number modulo ZONES.
 */
static size_t make_record(u8 *record, bool ipv6, u32 number)
{
	__be32 first = cpu_to_be32(number << SHIFT);
	__be32 last = cpu_to_be32(number << SHIFT | (BIT(SHIFT) - 1));
	__be32 zone = cpu_to_be32(number % ZONES << 16);
	size_t size = ipv6 ? 16 : 4;

	memset(record, 0, size);
	memcpy(record, &first, sizeof(first));
	memset(record + size, 0xff, size);
	memcpy(record + size, &last, sizeof(last));
	memcpy(record + 2 * size, &zone, sizeof(zone));
	return 2 * size + sizeof(zone);
}

static void add_ranges(struct kunit *test, struct dfence_zonemap *map,
		       bool ipv6, u32 count)
{
	u8 record[DRONEFENCE_RANGE6_LEN];
	const char *why = NULL;
	u32 i;

	for (i = 0; i < count && !why; i++)
		why = dfence_zonemap_add(map, record,
					 make_record(record, ipv6, i));
	KUNIT_EXPECT_STREQ(test, why ?: "", "");
}

/* Interrupts are off: whatever would sleep or wait is found by the kernel. */
static u32 count_wrong(const struct dfence_zonemap *map, bool ipv6)
{
	static DEFINE_SPINLOCK(lock);
	u32 i, wrong = 0;

	spin_lock_irq(&lock);
	for (i = 0; i < LOOKUPS; i++) {
		u32 addr = get_random_u32();
		__be32 top = cpu_to_be32(addr);
		u8 addr6[16] = { };
		u16 zone;

		memcpy(addr6, &top, sizeof(top));
		zone = ipv6 ? dfence_zonemap_lookup6(map, addr6) :
			      dfence_zonemap_lookup4(map, addr);
		wrong += zone != (addr >> SHIFT) % ZONES;
	}
	spin_unlock_irq(&lock);
	return wrong;
}

static void try_lookups(struct kunit *test, bool ipv6)
{
	struct dfence_zonemap map;
	const char *why;

	KUNIT_ASSERT_EQ(test, 0, dfence_zonemap_init(&map, ipv6, RANGES, ZONES));
	add_ranges(test, &map, ipv6, RANGES);
	KUNIT_EXPECT_EQ(test, 0, dfence_zonemap_seal(&map, &why));
	if (map.sealed)
		KUNIT_EXPECT_EQ(test, 0, count_wrong(&map, ipv6));
	KUNIT_EXPECT_GT(test, dfence_zonemap_memory(&map), (size_t)RANGES);
	dfence_zonemap_free(&map);
}

static void lookup4_in_atomic_context(struct kunit *test)
{
	try_lookups(test, false);
}

static void lookup6_in_atomic_context(struct kunit *test)
{
	try_lookups(test, true);
}

/* Not even the largest one warns about its size. */
static void largest_is_allocated(struct kunit *test)
{
	struct dfence_zonemap map;

	KUNIT_EXPECT_EQ(test, 0, dfence_zonemap_init(&map, true,
						     DRONEFENCE_MAX_RANGES,
						     DRONEFENCE_MAX_ZONES));
	dfence_zonemap_free(&map);
}

/* A writer may give up at any point. */
static void given_up_is_freed(struct kunit *test)
{
	struct dfence_zonemap map;
	const char *why;

	KUNIT_ASSERT_EQ(test, 0, dfence_zonemap_init(&map, false, RANGES, ZONES));
	dfence_zonemap_free(&map);
	KUNIT_ASSERT_EQ(test, 0, dfence_zonemap_init(&map, true, RANGES, ZONES));
	add_ranges(test, &map, true, RANGES / 2);
	KUNIT_EXPECT_EQ(test, -EINVAL, dfence_zonemap_seal(&map, &why));
	dfence_zonemap_free(&map);
	dfence_zonemap_free(&map);
}

static struct kunit_case zonemap_cases[] = {
	KUNIT_CASE(lookup4_in_atomic_context),
	KUNIT_CASE(lookup6_in_atomic_context),
	KUNIT_CASE(largest_is_allocated),
	KUNIT_CASE(given_up_is_freed),
	{}
};

static struct kunit_suite zonemap_suite = {
	.name = "dfence_zonemap",
	.test_cases = zonemap_cases,
};

kunit_test_suite(zonemap_suite);
