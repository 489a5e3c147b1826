// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

/**
 * df_fields_init() - begin an empty list
 * @fields: may hold anything
 */
void df_fields_init(struct df_fields *fields)
{
	fields->count = 0;
	fields->used = 0;
}

static void add(struct df_fields *fields, const char *name, const char *text,
		bool number)
{
	size_t left = DF_FIELDS_SPACE - fields->used;
	size_t length = strlen(text);
	char *to = fields->space + fields->used;

	if (fields->count == DF_FIELDS_MAX || !left)
		return;
	if (length >= left)
		length = left - 1;
	memcpy(to, text, length);
	to[length] = '\0';
	fields->used += length + 1;
	fields->list[fields->count++] = (struct df_field){
		.name = name, .text = to, .number = number,
	};
}

/**
 * df_fields_text() - add a text
 * @fields: the list
 * @name: literal
 * @text: copied; "" stands for a value that there is not, and is left out
 *
 * What does not fit any more is cut off; no record of ours comes near that.
 */
void df_fields_text(struct df_fields *fields, const char *name,
		    const char *text)
{
	if (*text)
		add(fields, name, text, false);
}

/**
 * df_fields_number() - add a number
 * @fields: the list
 * @name: literal
 * @number: the value
 */
void df_fields_number(struct df_fields *fields, const char *name,
		      uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	add(fields, name, digits, true);
}

static json_t *value_json(const struct df_field *field)
{
	if (field->number)
		return json_integer((json_int_t)strtoull(field->text, NULL, 10));
	return json_string(field->text);
}

/**
 * df_fields_json() - the list as a JSON object, in the same order
 * @fields: the list
 *
 * In front of them stands "v", the version of what they mean.
 *
 * Return: new reference, NULL when memory is short.
 */
json_t *df_fields_json(const struct df_fields *fields)
{
	json_t *object = json_pack("{s:i}", "v", DF_FIELDS_VERSION);
	size_t i;

	for (i = 0; object && i < fields->count; i++) {
		const struct df_field *field = &fields->list[i];

		if (json_object_set_new(object, field->name, value_json(field))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}
