/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Geo data that comes by hand, to a machine without a network: checked, held
 * against what is installed, and put where the sources are looked for.
 */
#ifndef DF_GEO_IMPORT_H
#define DF_GEO_IMPORT_H

#include "geo_read.h"

/**
 * struct df_geo_import - data that is to be installed
 * @policy: says where data of a kind belongs, NULL for the default places
 * @root: prefix of the default places, "" for none
 * @now: seconds since 1970
 * @sha256: what the file, or both one after the other, must have; NULL for any
 * @older: it may be older than what is installed
 * @shrunk: it may know much less
 * @spec: which source it becomes
 * @files: what is installed
 * @file_count: how many
 * @paths: where to, and what else belongs to the source
 * @fresh: the data
 * @present: what is installed now; NULL for nothing, or nothing that can be read
 * @same: both are the same to the byte
 */
struct df_geo_import {
	const struct df_policy *policy;
	const char *root;
	time_t now;
	const uint8_t *sha256;
	bool older;
	bool shrunk;
	struct df_geo_spec spec;
	struct df_geo_file files[2];
	size_t file_count;
	char *paths[DF_GEO_SPEC_FILES];
	struct df_geo_source *fresh;
	struct df_geo_source *present;
	bool same;
};

int df_geo_import_open(struct df_geo_import *import, char *const *files,
		       size_t count, struct df_diags *diags);
struct df_geo *df_geo_import_try(const struct df_geo_import *import,
				 struct df_policy *policy,
				 struct df_diags *diags);
int df_geo_import_install(const struct df_geo_import *import,
			  struct df_diags *diags);
void df_geo_import_free(struct df_geo_import *import);

#endif
