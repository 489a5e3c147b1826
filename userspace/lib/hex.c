// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "hex.h"

static const char digits[] = "0123456789abcdef";

/**
 * df_hex() - write bytes in hexadecimal
 * @bytes: the bytes
 * @size: how many
 * @text: result, 2 * @size + 1 bytes
 */
void df_hex(const uint8_t *bytes, size_t size, char *text)
{
	size_t i;

	for (i = 0; i < size; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

/**
 * df_hex_parse() - read what df_hex() wrote
 * @text: the text, or NULL
 * @bytes: result
 * @size: how many bytes there have to be
 *
 * Return: true if it is that.
 */
bool df_hex_parse(const char *text, uint8_t *bytes, size_t size)
{
	size_t i;

	if (!text || strlen(text) != 2 * size ||
	    strspn(text, digits) != 2 * size)
		return false;
	for (i = 0; i < size; i++)
		bytes[i] = (strchr(digits, text[2 * i]) - digits) << 4 |
			   (strchr(digits, text[2 * i + 1]) - digits);
	return true;
}
