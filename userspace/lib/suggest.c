// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>

#include "suggest.h"

/* Longer words get no suggestion; no name is longer. */
#define WORD_MAX 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Edits between two words: insert, delete, replace, swap of neighbours. More
 * than @limit edits are not counted: only the cells near the diagonal are
 * looked at, which keeps a hostile file with thousands of names cheap.
 */
static size_t distance(const char *a, const char *b, size_t limit)
{
	size_t rows[3][WORD_MAX + 2];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *old;
	size_t length = strlen(b), i, j;

	for (j = 0; j <= length; j++)
		last[j] = j;
	for (i = 1; a[i - 1]; i++) {
		size_t first = i > limit ? i - limit : 1;
		size_t end = least(length, i + limit);

		row[first - 1] = first == 1 ? i : limit + 1;
		for (j = first; j <= end; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		row[end + 1] = limit + 1;
		old = before;
		before = last;
		last = row;
		row = old;
	}
	return last[length];
}

/* Upper and lower case are the same, or "Local" would be far from "local". */
static void copy_lower(char *to, const char *from)
{
	size_t i;

	for (i = 0; from[i]; i++)
		to[i] = (char)tolower((unsigned char)from[i]);
	to[i] = '\0';
}

/**
 * df_suggest() - offer a candidate
 * @suggestion: @word is set by the caller, the rest is zero at first
 * @candidate: a word that would have been right
 *
 * Near is one edit for each three characters, three at most. Of equally near
 * candidates the first one stays.
 */
void df_suggest(struct df_suggestion *suggestion, const char *candidate)
{
	size_t length = strlen(suggestion->word), other = strlen(candidate);
	size_t limit = least(3, (length + 2) / 3), same = 0, d;
	char a[WORD_MAX + 1], b[WORD_MAX + 1];

	if (!length || length > WORD_MAX || other > WORD_MAX)
		return;
	if (length > other + limit || other > length + limit)
		return;
	copy_lower(a, suggestion->word);
	copy_lower(b, candidate);
	while (a[same] && a[same] == b[same])
		same++;
	d = distance(a + same, b + same, limit);
	/* All of it replaced is no resemblance. */
	if (d > limit || d >= other)
		return;
	if (!suggestion->best || d < suggestion->distance) {
		suggestion->best = candidate;
		suggestion->distance = d;
	}
}
