/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much an application sent to one place. */
#ifndef DF_BULK_H
#define DF_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* Applications and places that are counted apart. */
#define DF_BULK_TOTALS 512

/**
 * struct df_bulk - what was sent since it was last told
 * @list: the totals; @limit and @as_name of them are not used
 * @count: how many
 */
struct df_bulk {
	struct df_bulk_note list[DF_BULK_TOTALS];
	size_t count;
};

bool df_bulk_add(struct df_bulk *bulk, uint64_t limit,
		 const struct df_record *record, struct df_bulk_note *note);

#endif
