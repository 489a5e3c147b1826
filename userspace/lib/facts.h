/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel does not keep of a policy, for who writes records. */
#ifndef DF_FACTS_H
#define DF_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "geo.h"
#include "image.h"

/* Longest list of geo data, the final NUL included. */
#define DF_FACTS_GEO 256

/* Longest cause, the final NUL included. */
#define DF_FACTS_CAUSE 16

/**
 * enum df_cause - why a policy came into force
 * @DF_CAUSE_APPLY: a file was applied
 * @DF_CAUSE_ROLLBACK: somebody went back to it
 * @DF_CAUSE_UNCONFIRMED: the one after it was not confirmed in time
 * @DF_CAUSE_RESTORED: there was none, and its file could not be loaded
 */
enum df_cause {
	DF_CAUSE_APPLY,
	DF_CAUSE_ROLLBACK,
	DF_CAUSE_UNCONFIRMED,
	DF_CAUSE_RESTORED,
};

/**
 * struct df_facts_of - a policy that is about to come into force
 * @image: compiled
 * @geo: the data that it was compiled with
 * @cause: why it comes into force
 */
struct df_facts_of {
	const struct df_image *image;
	const struct df_geo *geo;
	enum df_cause cause;
};

/**
 * struct df_facts - beside a policy
 * @bulk: bytes that are worth a record, 0 for none
 * @geo: the geo data that it was made with, and their dates; "" for none
 * @cause: why it came into force; "" for unknown
 */
struct df_facts {
	uint64_t bulk;
	char geo[DF_FACTS_GEO];
	char cause[DF_FACTS_CAUSE];
};

const char *df_cause_name(enum df_cause cause);
bool df_cause_parse(const char *text, enum df_cause *cause);

int df_facts_write(const char *dir, const struct df_facts_of *of);
int df_facts_settle(const char *dir);
int df_facts_read(const char *dir, const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		  struct df_facts *facts);
json_t *df_facts_sources(const char *dir,
			 const uint8_t digest[DRONEFENCE_DIGEST_LEN]);

#endif
