/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the query and the proof share. */
#ifndef DF_STORE_READ_H
#define DF_STORE_READ_H

#include "store_private.h"

/**
 * struct df_store_reader - a store that is read
 * @db: the database, NULL if it could not be opened
 * @error: why the last call failed
 */
struct df_store_reader {
	sqlite3 *db;
	char error[DF_STORE_WHY_MAX];
};

int df_store_read_failed(struct df_store_reader *reader);

#endif
