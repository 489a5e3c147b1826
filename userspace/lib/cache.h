/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled policies that are kept for the next time. */
#ifndef DF_CACHE_H
#define DF_CACHE_H

#include "geo_read.h"
#include "image.h"

/* Name of a file, the final NUL included. */
#define DF_CACHE_SUFFIX ".policy"
#define DF_CACHE_NAME (2 * DRONEFENCE_DIGEST_LEN + sizeof(DF_CACHE_SUFFIX))

/**
 * struct df_cache - the place of one policy in a folder of compiled ones
 * @dir: the folder
 * @key: SHA-256 over everything that the result depends on; in the history of
 *	what was in force the digest of the policy itself
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

void df_cache_make_dir(const char *path);
int df_cache_dir(const char *dir);
const char *df_cache_name(const struct df_cache *cache,
			  char name[DF_CACHE_NAME]);
int df_cache_get(const struct df_cache *cache, const struct df_policy *policy,
		 struct df_compiled *compiled);
int df_cache_put(const struct df_cache *cache,
		 const struct df_compiled *compiled);
const char *df_cache_problem(int err);

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
