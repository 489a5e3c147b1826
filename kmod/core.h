/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pure core (pattern, ifname, eval, zonemap) needs of its surroundings. The
 * core knows no packet, no netlink and no lock; it is compiled into the module
 * and, the same files, into the user-space library and its tests.
 */
#ifndef DFENCE_CORE_H
#define DFENCE_CORE_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#else

#include "core_host.h"

#endif /* __KERNEL__ */

#include <uapi/linux/dronefence.h>

/*
 * Numbers in network order at any address. Written out, because the kernel's
 * own helpers moved to another header with 6.12; compilers see a load.
 */
static inline u16 dfence_get_be16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline u32 dfence_get_be32(const u8 *p)
{
	return (u32)dfence_get_be16(p) << 16 | dfence_get_be16(p + 2);
}

static inline u64 dfence_get_be64(const u8 *p)
{
	return (u64)dfence_get_be32(p) << 32 | dfence_get_be32(p + 4);
}

#endif /* DFENCE_CORE_H */
