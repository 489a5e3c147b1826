/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": the known word nearest to a mistyped one. */
#ifndef DF_SUGGEST_H
#define DF_SUGGEST_H

#include <stddef.h>

/**
 * struct df_suggestion - the best candidate so far
 * @word: what was typed; set by the caller
 * @best: nearest candidate, NULL for none
 * @distance: its number of edits
 */
struct df_suggestion {
	const char *word;
	const char *best;
	size_t distance;
};

void df_suggest(struct df_suggestion *suggestion, const char *candidate);

#endif
