/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums by a name, of a limited number of names; the rest is summed as one. */
#ifndef DF_REPORT_TABLE_H
#define DF_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest key and longest label, the NUL included. */
#define DF_REPORT_KEY 96
#define DF_REPORT_LABEL 264

/**
 * struct df_report_sums - what came together
 * @flows: that ended, or that were still open
 * @packets: that passed
 * @bytes: that passed
 * @attempts: flows, or packets without one, that were denied
 * @watched: the same, that passed only because of audit mode
 * @allowed: flows that were allowed, as far as it was recorded when they began
 * @refused_packets: that did not pass
 * @refused_bytes: of these
 */
struct df_report_sums {
	uint64_t flows;
	uint64_t packets;
	uint64_t bytes;
	uint64_t attempts;
	uint64_t watched;
	uint64_t allowed;
	uint64_t refused_packets;
	uint64_t refused_bytes;
};

/**
 * struct df_report_row - sums of one name
 * @key: the name, printable ASCII
 * @label: what else it is called, or ""
 * @country: of a destination, or ""
 * @operator: of a destination, or ""
 * @public: of a destination: the Internet reaches it
 * @first: when it was first seen, ns since 1970
 * @last: and last
 * @sums: see there
 */
struct df_report_row {
	char key[DF_REPORT_KEY];
	char label[DF_REPORT_LABEL];
	char country[8];
	char operator[DF_REPORT_KEY];
	bool public;
	int64_t first;
	int64_t last;
	struct df_report_sums sums;
};

/**
 * struct df_report_table - rows, found by their key
 * @rows: the rows
 * @count: how many
 * @room: how many @rows can take
 * @max: most of them
 * @index: of a row by the hash of its key, plus 1; 0 for none
 * @buckets: size of @index, a power of two
 * @rest: sums of those that there was no room for
 * @left_out: something is in @rest
 */
struct df_report_table {
	struct df_report_row *rows;
	size_t count;
	size_t room;
	size_t max;
	uint32_t *index;
	size_t buckets;
	struct df_report_sums rest;
	bool left_out;
};

int df_report_table_init(struct df_report_table *table, size_t max);
void df_report_table_free(struct df_report_table *table);
struct df_report_row *df_report_table_row(struct df_report_table *table,
					  const char *key, int *err);
void df_report_table_sort(struct df_report_table *table);
void df_report_sums_add(struct df_report_sums *to,
			const struct df_report_sums *sums);

#endif
