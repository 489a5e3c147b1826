// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "store_read.h"

/**
 * df_store_read_head() - the newer end of a store, as it says itself
 * @reader: open
 * @head: result
 *
 * Return: 0; -EUCLEAN if the store has lost it; another negative errno.
 */
int df_store_read_head(struct df_store_reader *reader,
		       struct df_store_link *head)
{
	sqlite3_stmt *row = NULL;
	int rc, err = 0;

	reader->error[0] = '\0';
	if (sqlite3_prepare_v2(reader->db, "SELECT head,head_hash FROM chain",
			       -1, &row, NULL))
		return df_store_read_failed(reader);
	rc = sqlite3_step(row);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = df_store_read_failed(reader);
	else if (rc == SQLITE_DONE || !df_store_get_link(row, 0, head))
		err = -EUCLEAN;
	sqlite3_finalize(row);
	return err;
}
