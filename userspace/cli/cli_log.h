/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of the store, as the command log prints them. */
#ifndef DF_CLI_LOG_H
#define DF_CLI_LOG_H

#include "store.h"

/**
 * enum log_form - how records are printed
 * @LOG_TABLE: for people
 * @LOG_JSON: as they were written
 * @LOG_CSV: for a spreadsheet
 */
enum log_form {
	LOG_TABLE,
	LOG_JSON,
	LOG_CSV,
};

void log_print_head(enum log_form form);
int log_print(const struct df_store_record *record, enum log_form form);

#endif
