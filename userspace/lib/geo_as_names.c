// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of autonomous systems, as a libloc database has them. */

#include <errno.h>
#include <stdlib.h>

#include "geo_libloc.h"

/**
 * struct as_names - a copy of the two sections
 * @count: of autonomous systems
 * @as: records, ascending: number and offset of the name
 * @pool: the names; the last byte is NUL
 */
struct as_names {
	size_t count;
	uint8_t *as;
	char *pool;
};

/* Ascending, and each name lies within the pool. */
static bool well_formed(const struct libloc_section *as,
			const struct libloc_section *pool)
{
	size_t i;

	if (as->count && (!pool->count || pool->data[pool->count - 1]))
		return false;
	for (i = 0; i < as->count; i++) {
		const uint8_t *record = as->data + i * LIBLOC_AS_LEN;

		if (i && libloc_u32(record) <= libloc_u32(record - LIBLOC_AS_LEN))
			return false;
		if (libloc_u32(record + 4) >= pool->count)
			return false;
	}
	return true;
}

static void *copy(const struct libloc_section *section, size_t record)
{
	void *p = malloc(section->count * record + 1);

	if (p)
		memcpy(p, section->data, section->count * record);
	return p;
}

/**
 * df_geo_as_names_read() - keep the names of a libloc database
 * @source: gets them
 * @as: numbers and offsets of names
 * @pool: the names
 *
 * Return: 0, -EINVAL where the sections do not fit each other, -ENOMEM.
 */
int df_geo_as_names_read(struct df_geo_source *source,
			 const struct libloc_section *as,
			 const struct libloc_section *pool)
{
	struct as_names *names;

	if (!well_formed(as, pool))
		return -EINVAL;
	names = calloc(1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	source->as_names = names;
	names->as = copy(as, LIBLOC_AS_LEN);
	names->pool = copy(pool, 1);
	if (!names->as || !names->pool)
		return -ENOMEM;
	names->count = as->count;
	return 0;
}

/**
 * df_geo_as_names_free() - free the names of a source
 * @source: the source
 */
void df_geo_as_names_free(struct df_geo_source *source)
{
	struct as_names *names = source->as_names;

	source->as_names = NULL;
	if (!names)
		return;
	free(names->as);
	free(names->pool);
	free(names);
}

/* Names come from registries all over the world: no control characters. */
static char *printable(char *name)
{
	char *p;

	for (p = name; name && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return name;
}

/**
 * df_geo_as_name() - name of an autonomous system
 * @source: the source to ask
 * @asn: its number
 *
 * Return: the name, to be freed by the caller; NULL where the source does not
 * know it, or memory is short.
 */
char *df_geo_as_name(const struct df_geo_source *source, uint32_t asn)
{
	const struct as_names *names = source->as_names;
	size_t low = 0, high = names ? names->count : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const uint8_t *record = names->as + mid * LIBLOC_AS_LEN;
		uint32_t number = libloc_u32(record);

		if (number == asn)
			return printable(strdup(names->pool + libloc_u32(record + 4)));
		if (number < asn)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
