// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Permits
 *
 * A permit says which images may be in force. Somebody signs it; here it is only
 * read. All numbers are in network order:
 *
 *	magic		8 bytes		"dfpermit"
 *	version		4 bytes		1
 *	count		4 bytes		of the digests
 *	serial		8 bytes		newer permits have higher ones
 *	digests		32 bytes each	SHA-256 of an image, in ascending order
 *
 * There is one way to write a permit: what is not exactly so is none.
 */

#include "permit.h"

static const u8 *digest_at(const struct dfence_permit *permit, u32 i)
{
	return permit->digests + (size_t)i * DRONEFENCE_DIGEST_LEN;
}

static bool in_order(const struct dfence_permit *permit)
{
	u32 i;

	for (i = 1; i < permit->count; i++)
		if (memcmp(digest_at(permit, i - 1), digest_at(permit, i),
			   DRONEFENCE_DIGEST_LEN) >= 0)
			return false;
	return true;
}

/**
 * dfence_permit_parse() - read a permit
 * @data: what was signed
 * @size: bytes of @data
 * @permit: result; refers to @data
 *
 * Context: any; no locks, does not sleep.
 * Return: NULL if it is one, else what is wrong with it, a constant.
 */
const char *dfence_permit_parse(const u8 *data, size_t size,
				struct dfence_permit *permit)
{
	if (size < DFENCE_PERMIT_HEADER ||
	    memcmp(data, DFENCE_PERMIT_MAGIC, DFENCE_PERMIT_MAGIC_LEN))
		return "what was signed is no permit";
	if (dfence_get_be32(data + 8) != DFENCE_PERMIT_VERSION)
		return "the permit is of a version that is not known";
	permit->count = dfence_get_be32(data + 12);
	permit->serial = dfence_get_be64(data + 16);
	permit->digests = data + DFENCE_PERMIT_HEADER;
	if (!permit->count || permit->count > DRONEFENCE_MAX_PERMITTED)
		return "the permit lists no image, or too many";
	if (size - DFENCE_PERMIT_HEADER !=
	    (size_t)permit->count * DRONEFENCE_DIGEST_LEN)
		return "the permit is longer or shorter than it says";
	if (!permit->serial)
		return "the permit has no serial";
	if (!in_order(permit))
		return "the permit lists images out of order, or twice";
	return NULL;
}

/**
 * dfence_permit_lists() - may an image be in force
 * @permit: from dfence_permit_parse()
 * @digest: of the image
 *
 * Context: any; no locks, does not sleep.
 * Return: true if it may.
 */
bool dfence_permit_lists(const struct dfence_permit *permit,
			 const u8 digest[DRONEFENCE_DIGEST_LEN])
{
	u32 low = 0, high = permit->count;

	while (low < high) {
		u32 middle = (low + high) / 2;
		int order = memcmp(digest_at(permit, middle), digest,
				   DRONEFENCE_DIGEST_LEN);

		if (!order)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/**
 * dfence_permit_same() - do two permits say the same
 * @one: from dfence_permit_parse()
 * @other: from dfence_permit_parse()
 *
 * Context: any; no locks, does not sleep.
 * Return: true if so, the serial included.
 */
bool dfence_permit_same(const struct dfence_permit *one,
			const struct dfence_permit *other)
{
	return one->serial == other->serial && one->count == other->count &&
	       !memcmp(one->digests, other->digests,
		       (size_t)one->count * DRONEFENCE_DIGEST_LEN);
}
