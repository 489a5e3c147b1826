/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of geo data and of the compiler share. */
#ifndef GEO_UTIL_H
#define GEO_UTIL_H

#include <arpa/inet.h>
#include <errno.h>

#include <libloc/database.h>
#include <libloc/writer.h>

#include "geo.h"
#include "policy_util.h"

/* 2026-11-20; a test must not depend on the clock of the machine. */
#define NOW 1795132800

static inline uint32_t random32(uint64_t *state)
{
	/* splitmix64: short, and the same everywhere */
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) >> 32;
}

static inline df_u128 random_addr(uint64_t *state, enum df_family family)
{
	df_u128 addr = random32(state);
	int i;

	for (i = 0; family == DF_IPV6 && i < 3; i++)
		addr = addr << 32 | random32(state);
	return addr;
}

static inline df_u128 addr_of(const char *text, enum df_family *family)
{
	df_u128 addr;

	if (df_addr_parse(text, family, &addr))
		fail_msg("not an address: %s", text);
	return addr;
}

/* "US 45102" as a source says it, "-" for an unknown country. */
static inline const char *says(const struct df_geo_source *source,
			       const char *text)
{
	static char buf[32];
	enum df_family family;
	df_u128 addr = addr_of(text, &family);
	const struct df_geo_range *range = df_geo_lookup(source, family, addr);

	snprintf(buf, sizeof(buf), "%.2s %u",
		 range && range->country[0] ? range->country : "-",
		 range ? range->asn : 0);
	return buf;
}

static inline void assert_well_formed(const struct df_geo_source *source)
{
	size_t i;
	int f;

	for (f = 0; f < DF_FAMILIES; f++) {
		const struct df_geo_table *table = &source->table[f];

		for (i = 0; i < table->count; i++) {
			const struct df_geo_range *range = &table->list[i];

			assert_true(range->first <= range->last);
			assert_true(range->last <= df_addr_max(f));
			assert_true(range->asn || range->country[0]);
			assert_true(!i || table->list[i - 1].last < range->first);
			if (range->country[0])
				assert_non_null(df_country_name(range->country));
		}
	}
}

/* What a source says, in the order of addresses. */
struct said {
	const char *net;
	const char *country;
	uint32_t asn;
};

static inline struct df_geo_source *new_source(const struct said *list, size_t count)
{
	struct df_geo_source *source = calloc(1, sizeof(*source));
	size_t i;

	source->name = "libloc";
	source->has_country = true;
	source->has_asn = true;
	for (i = 0; i < count; i++) {
		struct df_geo_table *table;
		struct df_net net;
		const char *why;

		assert_int_equal(df_net_parse(list[i].net, &net, &why), 0);
		table = &source->table[net.family];
		table->list = reallocarray(table->list, table->count + 1,
					   sizeof(*table->list));
		table->list[table->count] = (struct df_geo_range){
			.first = net.first, .last = net.last,
			.asn = list[i].asn,
		};
		if (list[i].country)
			memcpy(table->list[table->count].country,
			       list[i].country, 2);
		table->count++;
	}
	return source;
}

/* A network of a libloc database; NULL ends a list. */
struct loc_net {
	const char *net;
	const char *country;
	uint32_t asn;
};

static inline void loc_quiet(struct loc_ctx *ctx, int priority,
			     const char *file, int line, const char *fn,
			     const char *format, va_list args)
{
}

static inline struct loc_ctx *loc_context(void)
{
	struct loc_ctx *ctx;

	assert_int_equal(loc_new(&ctx), 0);
	loc_set_log_fn(ctx, loc_quiet);
	return ctx;
}

/* @key: PEM files of the private keys that sign, or NULL. */
static inline void write_libloc(const char *path, const struct loc_net *nets,
				const char *const key[2])
{
	struct loc_ctx *ctx = loc_context();
	FILE *file = fopen(path, "w+e"), *keys[2] = { NULL, NULL };
	struct loc_writer *writer;
	struct loc_network *network;
	struct loc_as *as;
	int i;

	assert_non_null(file);
	for (i = 0; key && i < 2; i++)
		keys[i] = key[i] ? fopen(key[i], "re") : NULL;
	assert_int_equal(loc_writer_new(ctx, &writer, keys[0], keys[1]), 0);
	assert_int_equal(loc_writer_set_vendor(writer, "dronefence tests"), 0);
	for (; nets->net; nets++) {
		if (loc_writer_add_network(writer, &network, nets->net))
			fail_msg("libloc refuses %s", nets->net);
		if (nets->country)
			loc_network_set_country_code(network, nets->country);
		loc_network_set_asn(network, nets->asn);
		loc_network_unref(network);
		if (nets->asn && !loc_writer_add_as(writer, &as, nets->asn)) {
			char name[32];

			snprintf(name, sizeof(name), "Operator %u", nets->asn);
			loc_as_set_name(as, name);
			loc_as_unref(as);
		}
	}
	assert_int_equal(loc_writer_write(writer, file, LOC_DATABASE_VERSION_1), 0);
	loc_writer_unref(writer);
	loc_unref(ctx);
	for (i = 0; i < 2; i++)
		if (keys[i])
			fclose(keys[i]);
	assert_int_equal(fclose(file), 0);
}

#endif
