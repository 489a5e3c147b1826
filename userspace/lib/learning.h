/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times in which applications were learned, as the records tell of them. */
#ifndef DF_LEARNING_H
#define DF_LEARNING_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/**
 * struct df_learning - the last time that an application was learned
 * @known: there is one
 * @begin: ns since 1970
 * @end: likewise; may be still to come
 */
struct df_learning {
	bool known;
	int64_t begin;
	int64_t end;
};

void df_learning_add(struct df_learning *learning, const json_t *record);

#endif
