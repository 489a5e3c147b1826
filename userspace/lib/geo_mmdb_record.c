// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is it safe to ask libmaxminddb for the values of a record? It skips what it
 * is not asked for by recursion without a limit: two bytes of a file for each
 * level, and a few megabytes of them overflow the stack.
 */

#include "geo_read.h"

/* Real records have 3 levels, and less than 200 values. */
#define DEPTH_MAX 16
#define VALUES_MAX 10000

#define TYPE_EXTENDED	0
#define TYPE_POINTER	1
#define TYPE_MAP	7
#define TYPE_ARRAY	11
#define TYPE_BOOLEAN	14

/**
 * struct data - the data section while a record is read
 * @bytes: of the section
 * @size: how many
 * @values: seen so far in the record
 */
struct data {
	const uint8_t *bytes;
	size_t size;
	unsigned int values;
};

/* A big-endian number of up to 4 bytes. */
static bool take(const struct data *data, size_t *at, size_t len, uint32_t *value)
{
	*value = 0;
	if (*at > data->size || len > data->size - *at)
		return false;
	while (len--)
		*value = *value << 8 | data->bytes[(*at)++];
	return true;
}

static bool skip(struct data *data, size_t *at, unsigned int depth);

static bool skip_many(struct data *data, size_t *at, uint64_t count,
		      unsigned int depth)
{
	while (count--)
		if (!skip(data, at, depth))
			return false;
	return true;
}

/* What a pointer leads to counts as a level. */
static bool follow(struct data *data, size_t *at, uint8_t control,
		   unsigned int depth)
{
	static const uint32_t base[] = { 0, 2048, 526336, 0 };
	unsigned int len = (control >> 3 & 3) + 1;
	uint32_t value;
	size_t target;

	if (!take(data, at, len, &value))
		return false;
	target = value + (size_t)base[len - 1];
	if (len < 4)
		target += (size_t)(control & 7) << 8 * len;
	return skip(data, &target, depth + 1);
}

static bool take_size(const struct data *data, size_t *at, uint8_t control,
		      uint32_t *size)
{
	static const uint32_t base[] = { 29, 285, 65821 };
	uint32_t more;

	*size = control & 31;
	if (*size < 29)
		return true;
	if (!take(data, at, *size - 28, &more))
		return false;
	*size = base[*size - 29] + more;
	return true;
}

static bool skip(struct data *data, size_t *at, unsigned int depth)
{
	uint32_t control, type, size;

	if (depth > DEPTH_MAX || ++data->values > VALUES_MAX ||
	    !take(data, at, 1, &control))
		return false;
	type = control >> 5;
	if (type == TYPE_POINTER)
		return follow(data, at, control, depth);
	if (type == TYPE_EXTENDED) {
		if (!take(data, at, 1, &type))
			return false;
		type += 7;
	}
	if (!take_size(data, at, control, &size))
		return false;
	if (type == TYPE_MAP)
		return skip_many(data, at, 2 * (uint64_t)size, depth + 1);
	if (type == TYPE_ARRAY)
		return skip_many(data, at, size, depth + 1);
	if (type == TYPE_BOOLEAN)
		return true;
	if (*at > data->size || size > data->size - *at)
		return false;
	*at += size;
	return true;
}

/**
 * df_geo_mmdb_record_valid() - check the form of a data record
 * @bytes: data section of an MMDB database
 * @size: bytes of the section
 * @offset: of the record
 *
 * Return: true if it and all it points to is within the section, is not nested
 * deeper than real records are, and has an end.
 */
bool df_geo_mmdb_record_valid(const uint8_t *bytes, size_t size, size_t offset)
{
	struct data data = { .bytes = bytes, .size = size };

	return skip(&data, &offset, 0);
}
