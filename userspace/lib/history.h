/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policies that were in force last. */
#ifndef DF_HISTORY_H
#define DF_HISTORY_H

#include <limits.h>
#include <stdint.h>

#include "cache.h"
#include "facts.h"

/* Most that are kept. */
#define DF_HISTORY_MAX 10

/**
 * struct df_history_entry - a policy that was put into force
 * @number: its own as long as it is kept: 1, 2, 3 ...
 * @time: when it was last put into force, seconds since 1970
 * @uid: who did that
 * @cause: and why
 * @name: of the policy
 * @file: absolute path that it was last read from, "" for unknown
 * @digest: of what the kernel got
 * @source_digest: of the policy's files
 * @geo_digest: of the geo data
 * @geo_date: of the oldest geo source, seconds since 1970, 0 for none
 */
struct df_history_entry {
	uint32_t number;
	uint64_t time;
	uint32_t uid;
	enum df_cause cause;
	char name[DRONEFENCE_NAME_MAX + 1];
	char file[PATH_MAX];
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	uint8_t source_digest[DRONEFENCE_DIGEST_LEN];
	uint8_t geo_digest[DRONEFENCE_DIGEST_LEN];
	uint64_t geo_date;
};

/**
 * struct df_history - those that are kept, each once
 * @list: the one that was put into force last comes first
 * @count: how many
 * @next: number of the next one
 */
struct df_history {
	struct df_history_entry list[DF_HISTORY_MAX];
	size_t count;
	uint32_t next;
};

int df_history_read(const char *dir, struct df_history *history);
int df_history_add(const char *dir, struct df_history *history,
		   const struct df_history_entry *entry,
		   const struct df_compiled *compiled);
int df_history_load(const char *dir, const struct df_history_entry *entry,
		    struct df_compiled *compiled);

const struct df_history_entry *
df_history_find(const struct df_history *history,
		const uint8_t digest[DRONEFENCE_DIGEST_LEN]);
const struct df_history_entry *
df_history_numbered(const struct df_history *history, uint32_t number);
const struct df_history_entry *
df_history_before(const struct df_history *history,
		  const uint8_t digest[DRONEFENCE_DIGEST_LEN]);

#endif
