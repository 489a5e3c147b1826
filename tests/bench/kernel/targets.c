// SPDX-License-Identifier: GPL-2.0-only
/*
 * Destinations. Those of IPv4 are spread over all addresses of the Internet.
 * Of IPv6 nearly all addresses belong to nobody, so the destinations are spread
 * over the ranges of a geo database. The sequence does not repeat within any
 * time that a benchmark has.
 */

#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/vmalloc.h>

#include "bench.h"

static u64 state = 0x9e3779b97f4a7c15;

static u64 random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d;
}

static __be32 random_ipv4(void)
{
	for (;;) {
		u32 addr = random64() >> 32;
		u8 top = addr >> 24;

		if (top != 0 && top != 10 && top != 127 && top < 224)
			return htonl(addr);
	}
}

/* An address of the range: bits below the first that differs are random. */
static struct in6_addr random_ipv6(const struct bench_range *range)
{
	struct in6_addr addr = range->first;
	bool free_bits = false;
	int i;

	for (i = 0; i < 16; i++) {
		u8 span = range->first.s6_addr[i] ^ range->last.s6_addr[i];

		if (free_bits) {
			span = 0xff;
		} else if (span) {
			span = (1 << fls(span)) - 1;
			free_bits = true;
		}
		addr.s6_addr[i] ^= span & (random64() >> 32);
	}
	return addr;
}

/**
 * bench_targets_load() - read where IPv6 destinations are
 * @bench: takes them
 * @path: file of &struct bench_range
 *
 * Return: 0 or a negative errno.
 */
int bench_targets_load(struct bench *bench, const char *path)
{
	void *ranges = NULL;
	ssize_t size = kernel_read_file_from_path(path, 0, &ranges, INT_MAX,
						  NULL, READING_UNKNOWN);

	if (size < 0)
		return size;
	vfree(bench->ranges);
	bench->ranges = ranges;
	bench->range_count = size / sizeof(struct bench_range);
	return bench->range_count ? 0 : -EINVAL;
}

/**
 * bench_targets_fill() - choose destinations that did not come before
 * @bench: takes them
 * @ipv6: family; needs ranges
 * @first: number of the first one
 * @count: how many
 *
 * Return: 0, or -ENODATA without ranges.
 */
int bench_targets_fill(struct bench *bench, bool ipv6, u32 first,
		       u32 count)
{
	u32 i;

	if (ipv6 && !bench->range_count)
		return -ENODATA;
	for (i = first; i < first + count; i++) {
		u64 n = random64() >> 32;

		if (ipv6)
			bench->targets[i] = random_ipv6(bench->ranges +
				(n * bench->range_count >> 32));
		else
			bench->targets[i].s6_addr32[0] = random_ipv4();
	}
	return 0;
}
