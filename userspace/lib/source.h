/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy file in memory, and messages about places in it. */
#ifndef DF_SOURCE_H
#define DF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "diag.h"

/* Largest file, in bytes. */
#define DF_SOURCE_MAX (4u << 20)

/* Longer lines are not shown beside a message. */
#define DF_SOURCE_LINE_MAX 512

/* After so many errors the others are not reported. */
#define DF_SOURCE_ERRORS_MAX 1000

/**
 * struct df_source - one file
 * @path: as it is shown to people; borrowed, outlives the source
 * @buffer: the file as it was read
 * @size: bytes in @buffer
 * @text: the file without a byte order mark
 * @text_size: bytes in @text
 * @lines: offset of each line in @text
 * @line_count: at least 1
 * @cursor_index: characters before @cursor_offset
 * @cursor_offset: place in @text that was last asked for
 * @device: together with @inode identifies the file
 * @inode: see @device
 */
struct df_source {
	const char *path;
	char *buffer;
	size_t size;
	const char *text;
	size_t text_size;
	size_t *lines;
	size_t line_count;
	size_t cursor_index;
	size_t cursor_offset;
	dev_t device;
	ino_t inode;
};

int df_source_copy(struct df_source *source, const char *path,
		   const char *text);
int df_source_read(struct df_source *source, const char *path);
void df_source_free(struct df_source *source);
bool df_source_check(struct df_source *source, struct df_diags *diags);
struct df_mark df_source_mark(struct df_source *source, size_t index);
const char *df_source_line(const struct df_source *source, size_t line,
			   char buf[DF_SOURCE_LINE_MAX + 1]);
void df_source_error(const struct df_source *source, struct df_diags *diags,
		     const struct df_mark *mark, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
