/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled policy as bytes. */
#ifndef DF_IMAGE_PACK_H
#define DF_IMAGE_PACK_H

#include "image.h"
#include "pack.h"

void df_image_pack(struct df_pack *pack, const struct df_image *image);
struct df_image *df_image_unpack(struct df_unpack *unpack,
				 const struct df_policy *policy);

/* app_pack.c */
void df_apps_pack(struct df_pack *pack, const struct df_image *image);
void df_apps_unpack(struct df_unpack *unpack, struct df_image *image);

#endif
