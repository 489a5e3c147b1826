/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a policy file to a policy in force. */
#ifndef DF_APPLY_H
#define DF_APPLY_H

#include <stdint.h>

#include "client.h"
#include "diag.h"
#include "exit.h"
#include "geo.h"
#include "image.h"
#include "policy.h"

/**
 * struct df_build - a policy file, its geo data and what they compile to
 * @policy: the file; marks of the others point into it
 * @geo: the data that the policy names
 * @image: compiled
 */
struct df_build {
	struct df_policy *policy;
	struct df_geo *geo;
	struct df_image *image;
};

enum df_exit df_build_load(struct df_build *build, const char *path,
			   const struct df_geo_options *options,
			   struct df_diags *diags);
void df_build_free(struct df_build *build);

enum df_exit df_exit_of_client(int err);
enum df_exit df_apply_file(struct df_client *client, const char *path,
			   const struct df_geo_options *options,
			   struct df_diags *diags, uint32_t *generation);

#endif
