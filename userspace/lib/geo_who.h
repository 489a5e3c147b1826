/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose network an address is in, asked of a database where it lies. */
#ifndef DF_GEO_WHO_H
#define DF_GEO_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "addr.h"

/* Longest name of an operator, and longest text of a problem, with the NUL. */
#define DF_GEO_WHO_NAME 128
#define DF_GEO_WHO_PROBLEM 256

/* The database of the machine is the newest one of so many. */
#define DF_GEO_WHO_PATHS 3

/* Answers that are remembered; a power of two. */
#define DF_GEO_WHO_ANSWERS 1024

/**
 * struct df_geo_who_part - a section of the file
 * @offset: of its first byte
 * @count: records in it, or bytes where it has none
 */
struct df_geo_who_part {
	uint64_t offset;
	uint64_t count;
};

/**
 * struct df_geo_who_answer - what was asked, and the answer
 * @valid: the rest holds
 * @family: of @addr
 * @addr: the address
 * @asn: autonomous system, 0 for unknown
 * @name: its name, "" for unknown
 */
struct df_geo_who_answer {
	bool valid;
	enum df_family family;
	df_u128 addr;
	uint32_t asn;
	char name[DF_GEO_WHO_NAME];
};

/**
 * struct df_geo_who - an open database of libloc
 * @fd: the file, -1 for none
 * @nodes: of the tree
 * @networks: what nodes refer to
 * @as: autonomous systems, by number
 * @pool: their names
 * @v4_node: where the tree of IPv4 begins, 0 for nowhere
 * @v4_network: what holds there, UINT32_MAX for nothing
 * @seen: the files when they were last looked at; all 0 for one that is missing
 * @looked: @seen holds
 * @problem: why there are no answers, "" if there are, or if there is no file
 * @answers: by a hash of the address
 */
struct df_geo_who {
	int fd;
	struct df_geo_who_part nodes;
	struct df_geo_who_part networks;
	struct df_geo_who_part as;
	struct df_geo_who_part pool;
	uint32_t v4_node;
	uint32_t v4_network;
	struct stat seen[DF_GEO_WHO_PATHS];
	bool looked;
	char problem[DF_GEO_WHO_PROBLEM];
	struct df_geo_who_answer answers[DF_GEO_WHO_ANSWERS];
};

void df_geo_who_init(struct df_geo_who *who);
void df_geo_who_close(struct df_geo_who *who);
int df_geo_who_open(struct df_geo_who *who, const char *path);
bool df_geo_who_refresh(struct df_geo_who *who, const char *root);
const struct df_geo_who_answer *
df_geo_who_ask(struct df_geo_who *who, enum df_family family, df_u128 addr);

#endif
