/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What top shows, as text and as JSON. */
#ifndef DF_TOP_PRINT_H
#define DF_TOP_PRINT_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "top.h"

void top_print(FILE *out, const struct df_top *top, uint64_t now);
json_t *top_json(const struct df_top *top);

#endif
