/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder "root" that geo data is installed in, and policies that use it. */
#ifndef GEO_ROOT_UTIL_H
#define GEO_ROOT_UTIL_H

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "geo_libloc.h"
#include "geo_util.h"

#define UPDATED "root/var/lib/location/database.db"
#define PACKAGED "root/usr/share/libloc-location/location.db"
#define CARRIED "root/usr/share/dronefence-geodata/location.db"
#define KEY "root/var/lib/location/signing-key.pem"
#define TOR "root/usr/share/tor"

#define DAY 86400ull

/* Large enough to pass for the Internet. */
static const struct loc_net internet[] = {
	{ "0.0.0.0/2", "US", 45102 },
	{ "64.0.0.0/2", "CN", 4134 },
	{ "2000::/4", "US", 45102 },
	{ "2c00::/12", "ZA", 37100 },
	{ NULL, NULL, 0 },
};

static const struct loc_net half[] = {
	{ "0.0.0.0/2", "US", 45102 },
	{ "64.0.0.0/3", "CN", 4134 },
	{ "2c00::/12", "ZA", 37100 },
	{ NULL, NULL, 0 },
};

static inline void clear_root(void)
{
	assert_int_equal(system("rm -rf root; mkdir -p root/var/lib/location"), 0);
	assert_int_equal(system("mkdir -p " TOR " root/usr/share/libloc-location root/usr/share/dronefence-geodata"), 0);
}

/* Write a database that claims to be made at @date. */
static inline void write_dated(const char *path, const struct loc_net *nets,
			       uint64_t date, const char *const key[2])
{
	uint64_t be = htobe64(date);
	FILE *file;

	write_libloc(path, nets, key);
	if (!date)
		return;
	file = fopen(path, "r+e");
	assert_non_null(file);
	assert_int_equal(fseek(file, LIBLOC_CREATED_AT, SEEK_SET), 0);
	assert_int_equal(fwrite(&be, 8, 1, file), 1);
	fclose(file);
}

/* Write a database, signed with a key that is made for it. */
static inline void sign_with_new_key(const char *public,
				     const struct loc_net *nets,
				     const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-521");
	FILE *file = fopen("private.pem", "we");

	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	file = fopen(public, "we");
	assert_non_null(file);
	assert_int_equal(PEM_write_PUBKEY(file, key), 1);
	fclose(file);
	EVP_PKEY_free(key);
	write_dated(path, nets, 0, (const char *[]){ "private.pem", NULL });
}

static inline void write_tor(const char *generated, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text), "%s0,2147483647,US\n%s", generated, more);
	write_text(TOR "/geoip", text);
	snprintf(text, sizeof(text), "%s2000::,3fff::,US\n", generated);
	write_text(TOR "/geoip6", text);
}

#define GENERATED "# Generated: Fri, 20 Nov 2026 00:00:00 GMT\n"
#define TOR_DATE 1795132800

/* What the library takes for the time. */
static time_t now = NOW;

/* Load @policy; the messages must be @messages. */
static inline struct df_geo *load(const struct df_policy *policy, const char *messages)
{
	const struct df_geo_options options = { .root = "root", .now = now };
	struct df_diags diags = { 0 };
	struct df_geo *geo = df_geo_load(policy, &options, &diags);
	char *text = render(&diags);

	assert_string_equal(text, messages);
	assert_int_equal(!geo, df_diags_failed(&diags));
	assert_int_equal(diags.errors, diags.geo_errors);
	free(text);
	df_diags_free(&diags);
	return geo;
}

static inline struct df_geo *load_default(const char *messages)
{
	const struct df_geo_options options = { .root = "root", .now = now };
	struct df_diags diags = { 0 };
	struct df_geo *geo = df_geo_load_default(&options, &diags);
	char *text = render(&diags);

	assert_string_equal(text, messages);
	free(text);
	df_diags_free(&diags);
	return geo;
}

static inline void expect(const struct df_geo_spec *country, size_t countries,
			  const struct df_geo_spec *operator, size_t operators,
			  const char *messages)
{
	const struct df_policy policy = {
		.country = (struct df_geo_spec *)country,
		.country_count = countries,
		.operator = (struct df_geo_spec *)operator,
		.operator_count = operators,
	};

	df_geo_free(load(&policy, messages));
}

#define LIBLOC(...) { .kind = DF_GEO_LIBLOC, \
		      .mark = { "p.yaml", 3, 5, 6 }, __VA_ARGS__ }
#define TORDB(...) { .kind = DF_GEO_TOR, \
		     .mark = { "p.yaml", 4, 5, 6 }, __VA_ARGS__ }
#define MMDB(...) { .kind = DF_GEO_MMDB, \
		    .mark = { "p.yaml", 5, 5, 6 }, __VA_ARGS__ }

#endif
