/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled policies that are kept for the next time. */
#ifndef DF_CACHE_H
#define DF_CACHE_H

#include "geo_read.h"
#include "image.h"

/**
 * struct df_cache - the place of one policy in a folder of compiled ones
 * @dir: the folder
 * @key: SHA-256 over everything that the result depends on
 */
struct df_cache {
	const char *dir;
	uint8_t key[DRONEFENCE_DIGEST_LEN];
};

/**
 * struct df_compiled - what is kept
 * @geo: sources and their dates; when it comes from the cache without tables
 * @image: the policy
 * @diags: warnings that depend on nothing but the key
 */
struct df_compiled {
	struct df_geo *geo;
	struct df_image *image;
	struct df_diags diags;
};

int df_cache_key(struct df_cache *cache, const struct df_policy *policy,
		 const char *root);
bool df_cache_load(const struct df_cache *cache, const struct df_policy *policy,
		   struct df_compiled *compiled, struct df_diags *diags);
void df_cache_store(const struct df_cache *cache,
		    const struct df_compiled *compiled, struct df_diags *diags);

void df_compiled_free(struct df_compiled *compiled);

/* cache_pack.c: the contents of a file */
int df_compiled_pack(const struct df_cache *cache,
		     const struct df_compiled *compiled,
		     struct df_geo_file *file);
bool df_compiled_unpack(const struct df_cache *cache,
			const struct df_geo_file *file,
			const struct df_policy *policy,
			struct df_compiled *compiled);

#endif
