/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report of the store of this machine, or of a copy of one. */
#ifndef DF_CLI_REPORT_READ_H
#define DF_CLI_REPORT_READ_H

#include "exit.h"
#include "report.h"
#include "store.h"

/**
 * struct report_source - where a report comes from
 * @store: path of the store
 * @control: path of the daemon's socket
 * @each: also wants each record from the beginning of the span on, or NULL; returns
 *	0 or a negative errno
 * @arg: for @each
 * @head: result: the last record of the store, as it says itself
 */
struct report_source {
	const char *store;
	const char *control;
	int (*each)(const json_t *record, void *arg);
	void *arg;
	struct df_store_link head;
};

int report_first(struct df_store_reader *reader, int64_t *first);
enum df_exit report_read(struct report_source *source,
			 const struct df_report_options *options,
			 struct df_report **report);

#endif
