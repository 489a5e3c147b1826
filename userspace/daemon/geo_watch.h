/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Was the geo data replaced that the policy was made with? */
#ifndef DF_GEO_WATCH_H
#define DF_GEO_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "geo_read.h"
#include "policy.h"

/* Most files that are looked at. */
#define DF_GEO_WATCH_FILES (DRONEFENCE_VOTES_MAX * DF_GEO_SPEC_FILES)

/* How often nothing may change before a change counts. */
#define DF_GEO_WATCH_QUIET 5

/**
 * struct df_geo_stamp - by what it is seen that a file is another one
 * @device: where it is
 * @inode: which it is there
 * @size: bytes
 * @seconds: when it was written, since 1970
 * @nanoseconds: the rest of it
 *
 * All 0 for a file that is not there.
 */
struct df_geo_stamp {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	int64_t seconds;
	int64_t nanoseconds;
};

/**
 * struct df_geo_watch_file - a file that is looked at
 * @path: where
 * @used: as it was when the policy was loaded
 * @last: as it was when it was last looked at
 */
struct df_geo_watch_file {
	char *path;
	struct df_geo_stamp used;
	struct df_geo_stamp last;
};

/**
 * struct df_geo_watch - files of geo data
 * @files: all that the policy's sources may be read from
 * @count: how many
 * @quiet: how often nothing has changed
 */
struct df_geo_watch {
	struct df_geo_watch_file files[DF_GEO_WATCH_FILES];
	size_t count;
	unsigned int quiet;
};

void df_geo_watch_tell(FILE *out, char mark, const struct df_policy *policy,
		       const char *root);
void df_geo_watch_take(struct df_geo_watch *watch, const char *line);
const char *df_geo_watch_look(struct df_geo_watch *watch);
void df_geo_watch_free(struct df_geo_watch *watch);

#endif
