/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a ground-control program must reach: the aircraft, as it is by default. */
#ifndef DF_LINK_H
#define DF_LINK_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct df_link - a packet to an aircraft that must pass
 * @name: what it is for
 * @to: IPv4 address
 * @protocol: IP protocol number
 * @port: destination port
 */
struct df_link {
	const char *name;
	const char *to;
	uint8_t protocol;
	uint16_t port;
};

extern const struct df_link df_links[];
extern const size_t df_link_count;

#endif
