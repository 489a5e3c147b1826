// SPDX-License-Identifier: GPL-2.0-only
/* The zone map alone: what a lookup costs, and how long it takes to build. */

#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/ktime.h>
#include <linux/vmalloc.h>

#include "bench.h"

static int build(struct dfence_zonemap *map, bool ipv6, const void *records,
		 size_t size)
{
	size_t record = ipv6 ? DRONEFENCE_RANGE6_LEN : DRONEFENCE_RANGE4_LEN;
	const char *why;
	int err;

	dfence_zonemap_free(map);
	err = dfence_zonemap_init(map, ipv6, size / record, U16_MAX);
	if (err)
		return err;
	why = dfence_zonemap_add(map, records, size);
	err = why ? -EINVAL : dfence_zonemap_seal(map, &why);
	if (err) {
		pr_err("dfbench: %s\n", why ?: "no memory");
		dfence_zonemap_free(map);
	}
	return err;
}

/**
 * bench_map_load() - fill a zone map
 * @bench: has it
 * @ipv6: family
 * @path: file of records as they are sent to the module
 *
 * The time that it takes is the result.
 *
 * Return: 0 or a negative errno.
 */
int bench_map_load(struct bench *bench, bool ipv6, const char *path)
{
	void *records = NULL;
	ssize_t size = kernel_read_file_from_path(path, 0, &records, INT_MAX,
						  NULL, READING_UNKNOWN);
	u64 begin = ktime_get_ns();
	int err;

	if (size < 0)
		return size;
	err = build(&bench->map[ipv6], ipv6, records, size);
	bench_sample(bench, ktime_get_ns() - begin, 1);
	vfree(records);
	return err;
}

static noinline u64 batch(const struct dfence_zonemap *map, bool ipv6,
			  const struct in6_addr *targets)
{
	u64 begin, sum = 0;
	u32 i;

	preempt_disable();
	begin = ktime_get_ns();
	if (ipv6)
		for (i = 0; i < BENCH_BATCH; i++)
			sum += dfence_zonemap_lookup6(map, targets[i].s6_addr);
	else
		for (i = 0; i < BENCH_BATCH; i++)
			sum += dfence_zonemap_lookup4(map,
					ntohl(targets[i].s6_addr32[0]));
	begin = ktime_get_ns() - begin;
	preempt_enable();
	/* Somebody wants to know, so the lookups cannot be left out. */
	OPTIMIZER_HIDE_VAR(sum);
	return begin;
}

/**
 * bench_map_lookup() - look up addresses in the zone map
 * @bench: has it
 * @run: how many
 *
 * Return: 0 or a negative errno.
 */
int bench_map_lookup(struct bench *bench, struct bench_run *run)
{
	const struct dfence_zonemap *map = &bench->map[run->ipv6];
	u32 done;
	int err;

	if (!map->sealed)
		return -ENODATA;
	for (done = 0; done < run->packets && !bench_enough(bench);
	     done += BENCH_BATCH) {
		err = bench_targets_fill(bench, run->ipv6, 0, BENCH_BATCH);
		if (err)
			return err;
		bench_sample(bench, batch(map, run->ipv6, bench->targets),
			     BENCH_BATCH);
		cond_resched();
	}
	return 0;
}
