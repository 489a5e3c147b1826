/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_PERMIT_H
#define DFENCE_PERMIT_H

#include "core.h"

/* What a permit begins with: what it is, and by which rules it is written. */
#define DFENCE_PERMIT_MAGIC	"dfpermit"
#define DFENCE_PERMIT_MAGIC_LEN	8
#define DFENCE_PERMIT_VERSION	1

/* Magic, version, count and serial. */
#define DFENCE_PERMIT_HEADER	24

/**
 * struct dfence_permit - what may be in force
 * @serial: newer permits have higher ones; not 0
 * @count: of @digests, 1 to DRONEFENCE_MAX_PERMITTED
 * @digests: of images, in ascending order, none twice; belongs to the caller
 */
struct dfence_permit {
	u64 serial;
	u32 count;
	const u8 *digests;
};

const char *dfence_permit_parse(const u8 *data, size_t size,
				struct dfence_permit *permit);
bool dfence_permit_lists(const struct dfence_permit *permit,
			 const u8 digest[DRONEFENCE_DIGEST_LEN]);
bool dfence_permit_same(const struct dfence_permit *one,
			const struct dfence_permit *other);

#endif /* DFENCE_PERMIT_H */
