/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file format of libloc, version 1; all numbers are big endian. */
#ifndef DF_GEO_LIBLOC_H
#define DF_GEO_LIBLOC_H

#include <endian.h>
#include <string.h>

#include "geo_read.h"

/* Where the daily update puts the database, Debian's package, and a package of ours. */
#define LIBLOC_PLACES 3
#define LIBLOC_UPDATED "/var/lib/location/database.db"
#define LIBLOC_PACKAGED "/usr/share/libloc-location/location.db"
#define LIBLOC_CARRIED "/usr/share/dronefence-geodata/location.db"

#define LIBLOC_MAGIC		"LOCDBXX\1"
#define LIBLOC_MAGIC_LEN	8

/* Where things are in the header, counted from the start of the file. */
#define LIBLOC_CREATED_AT	8
#define LIBLOC_AS		28
#define LIBLOC_NETWORKS		36
#define LIBLOC_TREE		44
#define LIBLOC_COUNTRIES	52
#define LIBLOC_POOL		60
#define LIBLOC_SIGNATURE_LEN	68
#define LIBLOC_SIGNATURES	72
#define LIBLOC_SIGNATURE_MAX	2048
#define LIBLOC_HEADER_LEN	4200

/* Bytes of a record. */
#define LIBLOC_AS_LEN		8
#define LIBLOC_NETWORK_LEN	12
#define LIBLOC_NODE_LEN		12
#define LIBLOC_COUNTRY_LEN	8

/* A node of the tree that no network belongs to. */
#define LIBLOC_NO_NETWORK	UINT32_MAX

/**
 * struct libloc_section - a part of the file
 * @data: its first byte
 * @count: how many records, or bytes where it has none
 */
struct libloc_section {
	const uint8_t *data;
	size_t count;
};

static inline uint16_t libloc_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

static inline uint32_t libloc_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline uint64_t libloc_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

int df_geo_libloc_places(const char *root, char *paths[LIBLOC_PLACES]);
void df_geo_libloc_newest_first(char *paths[LIBLOC_PLACES]);
int df_geo_libloc_verify(const struct df_geo_file *file, const char *key);
int df_geo_as_names_read(struct df_geo_source *source,
			 const struct libloc_section *as,
			 const struct libloc_section *pool);

#endif
