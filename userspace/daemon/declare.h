/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operator declares, for the records. */
#ifndef DF_DECLARE_H
#define DF_DECLARE_H

#include <jansson.h>

#include "record.h"

/**
 * struct df_declared - what holds until something else is declared
 * @flight: name of the flight, "" on the ground
 */
struct df_declared {
	char flight[DF_DECLARED_NAME_MAX];
};

const char *df_declare(struct df_declared *declared, const json_t *request,
		       struct df_declaration *declaration);
int df_declared_load(const char *dir, struct df_declared *declared);
int df_declared_save(const char *dir, const struct df_declared *declared);

#endif
