/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One encoded record. */
#ifndef DF_BUFFER_H
#define DF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Far more than the longest record of any format. */
#define DF_BUFFER_SIZE 32768

/**
 * struct df_buffer - bytes that are put together
 * @data: the bytes
 * @length: how many
 * @overflow: something did not fit and is missing
 */
struct df_buffer {
	char data[DF_BUFFER_SIZE];
	size_t length;
	bool overflow;
};

void df_buffer_reset(struct df_buffer *buffer);
void df_buffer_add(struct df_buffer *buffer, const void *data, size_t length);
void df_buffer_text(struct df_buffer *buffer, const char *text);
void df_buffer_printf(struct df_buffer *buffer, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
