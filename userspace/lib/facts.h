/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel does not keep of a policy, for who writes records. */
#ifndef DF_FACTS_H
#define DF_FACTS_H

#include <stdint.h>

#include "apply.h"

/* Longest list of geo data, the final NUL included. */
#define DF_FACTS_GEO 256

/**
 * struct df_facts - beside a policy
 * @bulk: bytes that are worth a record, 0 for none
 * @geo: the geo data that it was made with, and their dates; "" for none
 */
struct df_facts {
	uint64_t bulk;
	char geo[DF_FACTS_GEO];
};

int df_facts_write(const char *dir, const struct df_build *build);
int df_facts_settle(const char *dir);
int df_facts_read(const char *dir, const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		  struct df_facts *facts);

#endif
