/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_EMBEDDED_H
#define DFENCE_EMBEDDED_H

#include "core.h"

/* Most IPv4 addresses that stand in one of IPv6. */
#define DFENCE_EMBEDDED_MAX	3

u32 dfence_embedded_ipv4(const u8 *address, u32 found[DFENCE_EMBEDDED_MAX]);

#endif /* DFENCE_EMBEDDED_H */
