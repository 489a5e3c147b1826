// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "utf8.h"

/**
 * df_utf8_decode() - read one character
 * @text: bytes, not necessarily terminated
 * @size: bytes at @text, at least 1
 * @character: where to store it
 *
 * Overlong forms, surrogates and values above U+10FFFF are not valid.
 *
 * Return: length of the character in bytes, 0 if it is not valid UTF-8.
 */
size_t df_utf8_decode(const char *text, size_t size, uint32_t *character)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;
	size_t length, i;
	uint32_t c;

	if (p[0] < 0x80) {
		*character = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (length > size)
		return 0;

	c = p[0] & (0xff >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < lowest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*character = c;
	return length;
}

/**
 * df_utf8_allowed() - may a character stand in one line of a policy
 * @character: Unicode code point
 *
 * Refused is what a terminal or an editor acts upon instead of showing it:
 * control characters, line and paragraph separators, and the directional
 * controls that make a line read differently from what it says.
 *
 * Return: true if it may; the tab may, line ends may not.
 */
bool df_utf8_allowed(uint32_t character)
{
	if (character == '\t')
		return true;
	if (character < 0x20 || (character >= 0x7f && character <= 0x9f))
		return false;
	if (character >= 0x2028 && character <= 0x202e)
		return false;
	if (character >= 0x2066 && character <= 0x2069)
		return false;
	return character != 0xfeff && character != 0xfffe && character != 0xffff;
}

struct width_range {
	uint32_t first;
	uint32_t last;
	unsigned int width;
};

/* The common ones only: a caret that is off by one is no disaster. */
static const struct width_range widths[] = {
	{ 0x0300, 0x036f, 0 },	/* combining marks */
	{ 0x1100, 0x115f, 2 },	/* Hangul */
	{ 0x200b, 0x200f, 0 },	/* zero width */
	{ 0x2e80, 0xa4cf, 2 },	/* CJK */
	{ 0xac00, 0xd7a3, 2 },	/* Hangul */
	{ 0xf900, 0xfaff, 2 },	/* CJK */
	{ 0xfe00, 0xfe0f, 0 },	/* variation selectors */
	{ 0xff00, 0xff60, 2 },	/* full width forms */
	{ 0x1f300, 0x1faff, 2 },	/* pictographs */
	{ 0x20000, 0x3fffd, 2 },	/* CJK */
};

/**
 * df_utf8_width() - columns of a terminal that a character takes
 * @character: Unicode code point, not a tab
 *
 * Return: 0, 1 or 2.
 */
unsigned int df_utf8_width(uint32_t character)
{
	size_t i;

	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		if (character >= widths[i].first && character <= widths[i].last)
			return widths[i].width;
	return 1;
}

/**
 * df_quote() - cut a text to what a message can hold
 * @text: valid UTF-8
 * @buf: where to store it if it has to be cut
 *
 * Return: @text, or @buf with the beginning of it and three dots.
 */
const char *df_quote(const char *text, char buf[DF_QUOTE_SIZE])
{
	size_t keep = DF_QUOTE_SIZE - sizeof("...");

	if (strlen(text) < DF_QUOTE_SIZE)
		return text;
	while ((text[keep] & 0xc0) == 0x80)
		keep--;
	memcpy(buf, text, keep);
	memcpy(buf + keep, "...", sizeof("..."));
	return buf;
}
