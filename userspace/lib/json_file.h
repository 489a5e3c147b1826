/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files of JSON beside compiled policies. */
#ifndef DF_JSON_FILE_H
#define DF_JSON_FILE_H

#include <jansson.h>

int df_json_read(const char *dir, const char *name, json_t **root);
int df_json_write(const char *dir, const char *name, json_t *root);

#endif
