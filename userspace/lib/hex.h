/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes in hexadecimal, and back. */
#ifndef DF_HEX_H
#define DF_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/dronefence.h>

/* A digest, the final NUL included. */
#define DF_HEX_DIGEST (2 * DRONEFENCE_DIGEST_LEN + 1)

void df_hex(const uint8_t *bytes, size_t size, char *text);
bool df_hex_parse(const char *text, uint8_t *bytes, size_t size);

#endif
