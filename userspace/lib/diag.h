/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with an input, where, and how to show it. */
#ifndef DF_DIAG_H
#define DF_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum df_severity {
	DF_ERROR,
	DF_WARNING,
};

/**
 * struct df_mark - a place in an input file
 * @file: path as the user gave it; owned by the policy or a literal; may be NULL
 * @line: from 1; 0 where the message concerns the whole file
 * @column: from 1, counted in bytes
 * @length: bytes to underline, at least 1
 */
struct df_mark {
	const char *file;
	unsigned int line;
	unsigned int column;
	unsigned int length;
};

/**
 * struct df_diag - one message
 * @severity: error or warning
 * @file: copy of the file name, or NULL
 * @line: from 1, or 0
 * @column: from 1
 * @length: bytes to underline
 * @message: what is wrong, one line, no full stop
 * @text: the line of the file it is about, or NULL
 */
struct df_diag {
	enum df_severity severity;
	char *file;
	unsigned int line;
	unsigned int column;
	unsigned int length;
	char *message;
	char *text;
};

/**
 * struct df_diags - messages in the order they were found
 * @list: the messages
 * @count: how many
 * @errors: how many of them are errors
 * @geo_errors: how many of the errors concern the geo data (exit code 7)
 * @lost: a message could not be stored for lack of memory (counts as an error)
 */
struct df_diags {
	struct df_diag *list;
	size_t count;
	size_t errors;
	size_t geo_errors;
	bool lost;
};

void df_diag(struct df_diags *diags, enum df_severity severity,
	     const struct df_mark *mark, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void df_diag_geo(struct df_diags *diags, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void df_diags_append(struct df_diags *diags, struct df_diags *from);
bool df_diags_failed(const struct df_diags *diags);
void df_diags_sort(struct df_diags *diags);
void df_diags_print(const struct df_diags *diags, FILE *out, bool color);
void df_diags_free(struct df_diags *diags);

#endif
