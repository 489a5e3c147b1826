/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that people wrote and people will read. */
#ifndef DF_UTF8_H
#define DF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text of df_quote(), the final NUL included. */
#define DF_QUOTE_SIZE 64

size_t df_utf8_decode(const char *text, size_t size, uint32_t *character);
bool df_utf8_allowed(uint32_t character);
unsigned int df_utf8_width(uint32_t character);
const char *df_quote(const char *text, char buf[DF_QUOTE_SIZE]);

#endif
