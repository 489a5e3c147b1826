/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as people write them. */
#ifndef DF_WHEN_H
#define DF_WHEN_H

#include <stdbool.h>
#include <stdint.h>

bool df_when_length(const char *text, int64_t *seconds);
int df_when_parse(const char *text, int64_t now, int64_t *ns);

#endif
