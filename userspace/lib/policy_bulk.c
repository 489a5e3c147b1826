// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "loader.h"
#include "utf8.h"

/**
 * struct unit - a unit of sizes
 * @name: as it is written
 * @shift: two to the power of this are its bytes
 */
struct unit {
	const char *name;
	unsigned int shift;
};

static const struct unit units[] = {
	{ "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "TiB", 40 },
};

/* Longest number; no size that makes sense comes near. */
#define DIGITS_MAX 6

static const struct unit *find_unit(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(units[i].name, name))
			return &units[i];
	return NULL;
}

/**
 * df_load_bulk() - read what amount of data is worth a record
 * @l: the loader
 * @key: unused
 * @value: a size such as 100MiB, or "none"
 * @arg: unused
 */
void df_load_bulk(struct df_loader *l, const struct df_yaml *key,
		  const struct df_yaml *value, void *arg)
{
	const char *text = df_load_text(l, value, "a size");
	char digits[DIGITS_MAX + 1], buf[DF_QUOTE_SIZE];
	const struct unit *unit;
	uint64_t number;
	size_t length;

	if (!text || !strcmp(text, "none"))
		return;
	length = strspn(text, "0123456789");
	unit = find_unit(text + length);
	if (!length || length > DIGITS_MAX || !unit) {
		df_load_error(l, &value->mark,
			      "'%s' is not a size; expected a number and a unit, such as 100MiB (KiB, MiB, GiB, TiB), or none",
			      df_quote(text, buf));
		return;
	}
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (df_load_number(l, &value->mark, digits, "a size", 1, 999999,
			   &number))
		l->policy->bulk = number << unit->shift;
}
