// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <linux/dronefence.h>

#include "request.h"
#include "utf8.h"

/**
 * df_request_text() - a text of a request
 * @request: an object
 * @key: its name
 *
 * Return: borrowed; "" where there is none, and where it holds a NUL.
 */
const char *df_request_text(const json_t *request, const char *key)
{
	const json_t *value = json_object_get(request, key);
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : "";
}

/**
 * df_request_is_name() - can an application or a profile be called that
 * @text: from df_request_text()
 *
 * Return: true if it can.
 */
bool df_request_is_name(const char *text)
{
	size_t length = strlen(text);

	return length && length <= DRONEFENCE_NAME_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/**
 * df_request_is_line() - is it a line that people can read, in any script
 * @text: from df_request_text(); what is hostile in it is escaped later
 * @size: of where it is to be stored, the final NUL included
 *
 * Return: true if it is, and not empty.
 */
bool df_request_is_line(const char *text, size_t size)
{
	size_t length = strlen(text), used;
	uint32_t character;

	if (!length || length >= size)
		return false;
	for (; *text; text += used, length -= used) {
		used = df_utf8_decode(text, length, &character);
		if (!used || !df_utf8_allowed(character) || character < ' ' ||
		    character == 0x7f)
			return false;
	}
	return true;
}
