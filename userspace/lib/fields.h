/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as a flat list of names and values, before it gets a format. */
#ifndef DF_FIELDS_H
#define DF_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Most fields of a record, and bytes of all their values together. */
#define DF_FIELDS_MAX	48
#define DF_FIELDS_SPACE	8192

/* What the fields of a record mean, "v" in JSON; a new field changes nothing. */
#define DF_FIELDS_VERSION 1

/**
 * struct df_field - a name and its value
 * @name: lower-case letters, digits and underscores; a literal
 * @text: the value; of a number its decimal digits
 * @number: it is a number
 */
struct df_field {
	const char *name;
	const char *text;
	bool number;
};

/**
 * struct df_fields - fields in the order they are shown
 * @list: the fields; they point into @space, so the struct cannot be copied
 * @count: how many
 * @space: where the values are
 * @used: bytes of @space in use
 */
struct df_fields {
	struct df_field list[DF_FIELDS_MAX];
	size_t count;
	char space[DF_FIELDS_SPACE];
	size_t used;
};

void df_fields_init(struct df_fields *fields);
void df_fields_text(struct df_fields *fields, const char *name,
		    const char *text);
void df_fields_number(struct df_fields *fields, const char *name,
		      uint64_t number);
json_t *df_fields_json(const struct df_fields *fields);

#endif
