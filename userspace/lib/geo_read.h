/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of geo data share; not for users of the library. */
#ifndef DF_GEO_READ_H
#define DF_GEO_READ_H

#include "diag.h"
#include "geo.h"

/**
 * struct df_geo_file - the contents of a file
 * @data: the bytes, with one NUL behind them that @size does not count
 * @size: how many bytes
 */
struct df_geo_file {
	uint8_t *data;
	size_t size;
};

int df_geo_fd_read(int fd, struct df_geo_file *file);
int df_geo_file_read(const char *path, struct df_geo_file *file);
void df_geo_file_free(struct df_geo_file *file);
int df_geo_sha256(const struct df_geo_file *files, size_t count,
		  uint8_t digest[DRONEFENCE_DIGEST_LEN]);

/**
 * struct df_geo_writer - fills the tables of a source in ascending order
 * @source: whose tables
 * @capacity: ranges that fit into each table
 * @iso: for each pair of letters whether it is an ISO 3166 country
 */
struct df_geo_writer {
	struct df_geo_source *source;
	size_t capacity[DF_FAMILIES];
	bool iso[26 * 26];
};

void df_geo_writer_init(struct df_geo_writer *writer,
			struct df_geo_source *source);
int df_geo_writer_reserve(struct df_geo_writer *writer, enum df_family family,
			  size_t count);
bool df_geo_code_valid(const char code[2]);
int df_geo_writer_add(struct df_geo_writer *writer, enum df_family family,
		      df_u128 first, df_u128 last, uint32_t asn,
		      const char code[2]);
int df_geo_writer_add_part(struct df_geo_writer *writer, enum df_family family,
			   df_u128 first, df_u128 last, df_u128 low,
			   df_u128 high, uint32_t asn, const char code[2]);
void df_geo_writer_finish(struct df_geo_writer *writer);

/*
 * The readers. @source->path is set by the caller; on success everything else
 * but the name is set too. Each returns 0, -ENOENT where the data is missing
 * (nothing is reported then), or another negative errno after having reported
 * what is wrong. The caller frees @source in each case.
 */
int df_geo_read_tor(struct df_geo_source *source, struct df_diags *diags);
int df_geo_read_libloc(struct df_geo_source *source, const char *key,
		       struct df_diags *diags);
int df_geo_read_mmdb(struct df_geo_source *source, struct df_diags *diags);
bool df_geo_mmdb_record_valid(const uint8_t *bytes, size_t size, size_t offset);

uint64_t df_geo_libloc_date(const char *path);
bool df_geo_complete(const struct df_geo_source *source);
int df_geo_report(struct df_diags *diags, const char *path, int err);
void df_geo_as_names_free(struct df_geo_source *source);

/* Most files that a source is read from. */
#define DF_GEO_SPEC_FILES 4

int df_geo_spec_files(const struct df_geo_spec *spec, const char *root,
		      char *paths[DF_GEO_SPEC_FILES]);
bool df_geo_spec_same(const struct df_geo_spec *a, const struct df_geo_spec *b);
int df_geo_source_open(const struct df_geo_spec *spec, const char *root,
		       struct df_geo_source **source, struct df_diags *diags);
void df_geo_source_free(struct df_geo_source *source);
const char *df_geo_spec_name(const struct df_geo_spec *spec);
const char *df_geo_name(const char *text);

#endif
