/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be in force under the seal, and who says so. */
#ifndef DF_PERMIT_FILE_H
#define DF_PERMIT_FILE_H

#include "client.h"
#include "diag.h"
#include "exit.h"
#include "geo.h"
#include "policy.h"
#include "progress.h"

/* The newest permit that the kernel ever took, and nobody's but root's. */
#define DF_PERMIT_LAST "/var/lib/dronefence/sealed"

/**
 * enum df_permit_scope - which images of a policy a permit lists
 * @DF_PERMIT_ALL: all that a pilot may switch to
 * @DF_PERMIT_NO_UNLOCK: these, but none where an application is unlocked
 * @DF_PERMIT_NO_SWITCHES: the policy as its file says it
 */
enum df_permit_scope {
	DF_PERMIT_ALL,
	DF_PERMIT_NO_UNLOCK,
	DF_PERMIT_NO_SWITCHES,
};

/**
 * struct df_permit_options - of which images
 * @scope: see &enum df_permit_scope
 * @geo: where the geo data is, and what time it is
 * @progress: who wants to know how far it is
 */
struct df_permit_options {
	enum df_permit_scope scope;
	struct df_geo_options geo;
	struct df_progress progress;
};

/**
 * struct df_images - images by their digests
 * @list: in ascending order, none twice
 * @count: how many
 */
struct df_images {
	uint8_t list[DRONEFENCE_MAX_PERMITTED][DRONEFENCE_DIGEST_LEN];
	size_t count;
};

/* permit_images.c */
enum df_exit df_permit_images(const char *path,
			      const struct df_permit_options *options,
			      struct df_images *images, struct df_diags *diags);

/* permit_file.c */
int df_permit_sign(const struct df_images *images, uint64_t serial,
		   const char *key, const char *certificate,
		   struct df_blob *permit);
int df_permit_write(const char *policy, const struct df_blob *permit);
int df_permit_read(const char *policy, struct df_blob *permit);
bool df_permit_is_new(const struct df_blob *permit, const char *policy,
		      const char *last, struct df_diags *diags);
int df_permit_keep(const struct df_blob *permit, const char *last);
int df_permit_certificate(const char *path, struct df_blob *certificate);

#endif
