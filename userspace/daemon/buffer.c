// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"

/**
 * df_buffer_reset() - begin anew
 * @buffer: may hold anything
 */
void df_buffer_reset(struct df_buffer *buffer)
{
	buffer->length = 0;
	buffer->overflow = false;
}

/**
 * df_buffer_add() - add bytes
 * @buffer: where to
 * @data: the bytes
 * @length: how many; all or none of them are added
 */
void df_buffer_add(struct df_buffer *buffer, const void *data, size_t length)
{
	if (length > DF_BUFFER_SIZE - buffer->length) {
		buffer->overflow = true;
		return;
	}
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
}

/**
 * df_buffer_text() - add a text
 * @buffer: where to
 * @text: added without its NUL
 */
void df_buffer_text(struct df_buffer *buffer, const char *text)
{
	df_buffer_add(buffer, text, strlen(text));
}

/**
 * df_buffer_printf() - add a formatted text
 * @buffer: where to
 * @fmt: printf format
 */
void df_buffer_printf(struct df_buffer *buffer, const char *fmt, ...)
{
	size_t left = DF_BUFFER_SIZE - buffer->length;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(buffer->data + buffer->length, left, fmt, args);
	va_end(args);
	if (length < 0 || (size_t)length >= left)
		buffer->overflow = true;
	else
		buffer->length += (size_t)length;
}
