/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel gives the pure core, for a compiler on the host. */
#ifndef DF_CORE_HOST_H
#define DF_CORE_HOST_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif
#define U32_MAX			UINT32_MAX
#define BIT(n)			(1U << (n))
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_NOWARN		0
#define __vmalloc_array(n, size, gfp)	((void)(gfp), calloc(n, size))
#define vfree(p)			free(p)
#define cond_resched()			do { } while (0)

#define noinline			__attribute__((noinline))
#define likely(x)			__builtin_expect(!!(x), 1)
#define ilog2(n)			(31 - __builtin_clz(n))

#endif
