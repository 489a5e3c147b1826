// SPDX-License-Identifier: GPL-2.0-or-later
/* Which geo sources a policy gets: places, ages, votes. */
#include "geo_root_util.h"
#include "mmdb_writer.h"

static void both_questions(void **state)
{
	struct df_geo_spec country[] = { LIBLOC(), TORDB() };
	struct df_geo_spec operator[] = { LIBLOC() };
	struct df_policy policy = {
		.country = country, .country_count = 2,
		.operator = operator, .operator_count = 1,
		.max_age = 30 * DAY,
	};
	uint8_t digests[64], digest[32];
	struct df_geo *geo;

	clear_root();
	write_dated(PACKAGED, internet, NOW - 5 * DAY, NULL);
	write_tor(GENERATED, "");
	geo = load(&policy, "");
	/* read once, used twice */
	assert_int_equal(geo->source_count, 2);
	assert_int_equal(geo->country_count, 2);
	assert_int_equal(geo->operator_count, 1);
	assert_int_equal(geo->country[0], geo->operator[0]);
	assert_string_equal(geo->sources[0]->name, "libloc");
	assert_string_equal(geo->sources[0]->path, PACKAGED);
	assert_string_equal(geo->sources[1]->name, "tor-geoipdb");
	assert_string_equal(geo->sources[1]->path, TOR);
	assert_int_equal(geo->date, NOW - 5 * DAY);
	assert_int_equal(geo->sources[1]->date, TOR_DATE);
	memcpy(digests, geo->sources[0]->digest, 32);
	memcpy(digests + 32, geo->sources[1]->digest, 32);
	EVP_Digest(digests, 64, digest, NULL, EVP_sha256(), NULL);
	assert_memory_equal(geo->digest, digest, 32);
	df_geo_free(geo);
}

/* The digest of a source is the one that sha256sum prints. */
static void source_digest(void **state)
{
	struct df_geo *geo;
	uint8_t digest[32];
	char *text;
	size_t size;

	clear_root();
	write_dated(PACKAGED, internet, NOW, NULL);
	geo = load_default("");
	text = read_text(PACKAGED, &size);
	EVP_Digest(text, size, digest, NULL, EVP_sha256(), NULL);
	assert_memory_equal(geo->sources[0]->digest, digest, 32);
	free(text);
	df_geo_free(geo);
}

static void newest_libloc(void **state)
{
	struct df_geo *geo;

	clear_root();
	write_dated(PACKAGED, internet, NOW - 9 * DAY, NULL);
	write_dated(UPDATED, internet, NOW - 2 * DAY, NULL);
	geo = load_default("");
	assert_string_equal(geo->sources[0]->path, UPDATED);
	df_geo_free(geo);
	write_dated(PACKAGED, internet, NOW - 1 * DAY, NULL);
	geo = load_default("");
	assert_string_equal(geo->sources[0]->path, PACKAGED);
	assert_int_equal(geo->date, NOW - 1 * DAY);
	df_geo_free(geo);
	write_dated(CARRIED, internet, NOW, NULL);
	geo = load_default("");
	assert_string_equal(geo->sources[0]->path, CARRIED);
	df_geo_free(geo);
	/* Of one date that of the update counts. */
	write_dated(UPDATED, internet, NOW, NULL);
	geo = load_default("");
	assert_string_equal(geo->sources[0]->path, UPDATED);
	df_geo_free(geo);
}

static void every_libloc_alone(void **state)
{
	static const char *const places[] = { UPDATED, PACKAGED, CARRIED };
	struct df_geo *geo;
	size_t i;

	for (i = 0; i < 3; i++) {
		clear_root();
		write_dated(places[i], internet, NOW, NULL);
		geo = load_default("");
		assert_string_equal(geo->sources[0]->path, places[i]);
		df_geo_free(geo);
	}
}

static void newest_libloc_damaged(void **state)
{
	struct df_geo_spec country[] = { LIBLOC() };
	struct df_policy policy = { .country = country, .country_count = 1 };
	struct df_geo *geo;

	clear_root();
	write_dated(PACKAGED, internet, NOW - 9 * DAY, NULL);
	write_dated(UPDATED, internet, NOW - 2 * DAY, NULL);
	assert_int_equal(truncate(UPDATED, 9000), 0);
	geo = load(&policy, "p.yaml:3:5: warning: " UPDATED
		   ": damaged: it is truncated; using " PACKAGED " instead\n");
	assert_string_equal(geo->sources[0]->path, PACKAGED);
	df_geo_free(geo);

	/* One after the other. */
	write_dated(CARRIED, internet, NOW - 5 * DAY, NULL);
	assert_int_equal(truncate(CARRIED, 9000), 0);
	geo = load(&policy, "p.yaml:3:5: warning: " UPDATED
		   ": damaged: it is truncated; using " PACKAGED " instead\n"
		   "p.yaml:3:5: warning: " CARRIED
		   ": damaged: it is truncated; using " PACKAGED " instead\n");
	assert_string_equal(geo->sources[0]->path, PACKAGED);
	df_geo_free(geo);
	unlink(CARRIED);

	/* The other way round nobody looks at the damaged one. */
	write_dated(PACKAGED, internet, NOW - 1 * DAY, NULL);
	df_geo_free(load(&policy, ""));

	assert_int_equal(truncate(PACKAGED, 9000), 0);
	geo = load(&policy, "error: " PACKAGED ": damaged: it is truncated\n"
		   "error: " UPDATED ": damaged: it is truncated\n");
	assert_null(geo);

	unlink(UPDATED);
	assert_int_equal(symlink("../../../usr/share/libloc-location/location.db",
				 UPDATED), 0);
	geo = load(&policy, "error: " UPDATED ": damaged: it is truncated\n");
	assert_null(geo);

	/* Only one is there, and it has not even a date. */
	unlink(UPDATED);
	write_text(PACKAGED, "garbage");
	geo = load(&policy, "error: " PACKAGED ": not a libloc database\n");
	assert_null(geo);
}

/* The key of the default place, or one beside a file that was named. */
static void keys(void **state)
{
	struct df_geo_spec named[] = { LIBLOC(.path = "own/x.db") };
	struct df_policy policy = { .country = named, .country_count = 1,
				    .max_age = UINT64_MAX };
	struct df_geo *geo;

	/* A date that is not the writer's own would break the signature. */
	now = time(NULL);
	clear_root();
	sign_with_new_key(KEY, internet, PACKAGED);
	geo = load_default("");
	assert_true(geo->sources[0]->verified);
	df_geo_free(geo);
	/* Not signed with this key, though newer. */
	write_dated(UPDATED, internet, now + 3600, NULL);
	geo = load_default("warning: " UPDATED
			   ": the signature does not match the key " KEY
			   "; using " PACKAGED " instead\n");
	df_geo_free(geo);
	unlink(KEY);
	geo = load_default("");
	assert_string_equal(geo->sources[0]->path, UPDATED);
	assert_false(geo->sources[0]->verified);
	df_geo_free(geo);

	mkdir("own", 0755);
	sign_with_new_key("own/signing-key.pem", internet, "own/x.db");
	geo = load(&policy, "");
	assert_true(geo->sources[0]->verified);
	df_geo_free(geo);
	write_libloc("own/x.db", internet, NULL);
	geo = load(&policy,
		   "error: own/x.db: the signature does not match the key own/signing-key.pem\n");
	assert_null(geo);
	now = NOW;
}

static void missing(void **state)
{
	const struct df_geo_spec libloc = LIBLOC(), tor = TORDB();
	const struct df_geo_spec libloc_opt = LIBLOC(.optional = true);
	const struct df_geo_spec tor_opt = TORDB(.optional = true);
	const struct df_geo_spec mmdb = MMDB(.path = "no.mmdb");
	const struct df_geo_spec mmdb_opt = MMDB(.path = "no.mmdb", .optional = true);

	clear_root();
	expect(&libloc, 1, NULL, 0, "error: libloc: nothing in its default place\n");
	expect(&tor, 1, NULL, 0, "error: tor-geoipdb: nothing in its default place\n");
	expect(&mmdb, 1, NULL, 0, "error: mmdb: nothing in no.mmdb\n");
	expect(&libloc_opt, 1, NULL, 0,
	       "p.yaml:3:5: warning: libloc: nothing in its default place; the policy does without it\n");
	expect(&tor_opt, 1, NULL, 0,
	       "p.yaml:4:5: warning: tor-geoipdb: nothing in its default place; the policy does without it\n");
	expect(&mmdb_opt, 1, NULL, 0,
	       "p.yaml:5:5: warning: mmdb: nothing in no.mmdb; the policy does without it\n");
	/* Damaged is not missing. */
	write_text("no.mmdb", "damaged");
	expect(&mmdb_opt, 1, NULL, 0,
	       "error: no.mmdb: damaged or not an MMDB database: The MaxMind DB file contains invalid metadata\n");
	unlink("no.mmdb");
	/* All errors at once. */
	expect(&libloc, 1, &mmdb, 1,
	       "error: libloc: nothing in its default place\n"
	       "error: mmdb: nothing in no.mmdb\n");
}

static void wrong_role(void **state)
{
	const struct df_geo_spec tor = TORDB(), libloc = LIBLOC();
	const struct df_geo_spec mmdb = MMDB(.path = "asn.mmdb");
	const struct mmdb_net nets[] = { { "0.0.0.0/1", NULL, 7 } };
	static struct mmdb db = { .record_size = 24, .ip_version = 4,
				  .epoch = NOW };

	clear_root();
	write_dated(PACKAGED, internet, NOW, NULL);
	write_tor(GENERATED, "");
	expect(&libloc, 1, &tor, 1, "error: tor-geoipdb: " TOR " has no AS numbers\n");
	mmdb_build(&db, nets, 1);
	write_bytes("asn.mmdb", (char *)db.data, db.size);
	expect(&mmdb, 1, &mmdb, 1,
	       "p.yaml:5:5: warning: mmdb: asn.mmdb knows 50 % of the IPv4 addresses and 0 IPv6 ranges; the rest counts as unknown\n"
	       "error: mmdb: asn.mmdb has no countries\n");
}

static void same_data_twice(void **state)
{
	const struct df_geo_spec twice[] = { TORDB(), TORDB() };
	const struct df_geo_spec copies[] = {
		LIBLOC(), TORDB(), LIBLOC(.path = "copy.db"),
	};

	clear_root();
	write_dated(PACKAGED, internet, NOW, NULL);
	write_tor(GENERATED, "");
	expect(twice, 2, NULL, 0, "error: " TOR " and " TOR
	       " are the same data and would vote twice\n");
	assert_int_equal(system("cp " PACKAGED " copy.db"), 0);
	expect(copies, 3, NULL, 0, "error: " PACKAGED
	       " and copy.db are the same data and would vote twice\n");
	/* For the two questions the same data is as it should be. */
	expect(copies, 2, copies, 1, "");
}

static void too_many(void **state)
{
	struct df_geo_spec specs[9];
	char path[9][32];
	int i;

	for (i = 0; i < 9; i++) {
		const struct mmdb_net nets[] = { { "0.0.0.0/1", "US", i + 1 } };
		static struct mmdb db = { .record_size = 24, .ip_version = 4,
					  .epoch = NOW };

		snprintf(path[i], sizeof(path[i]), "%d.mmdb", i);
		mmdb_build(&db, nets, 1);
		write_bytes(path[i], (char *)db.data, db.size);
		specs[i] = (struct df_geo_spec)MMDB(.path = path[i]);
		specs[i].mark.file = NULL;
	}
	clear_root();
	{
		const struct df_geo_options options = { .now = NOW };
		struct df_policy policy = { .country = specs, .country_count = 8 };
		struct df_diags diags = { 0 };
		struct df_geo *geo = df_geo_load(&policy, &options, &diags);

		assert_non_null(geo);
		assert_int_equal(geo->country_count, 8);
		df_geo_free(geo);
		policy.country_count = 9;
		assert_null(df_geo_load(&policy, &options, &diags));
		assert_int_equal(diags.geo_errors, 1);
		assert_string_equal(diags.list[diags.count - 1].message,
				    "more than 8 sources");
		df_diags_free(&diags);
	}
}

/* In a default place half of a database is a damaged one. */
static void incomplete(void **state)
{
	const struct df_geo_spec libloc = LIBLOC();
	const struct df_geo_spec named = LIBLOC(.path = PACKAGED);
	const struct df_geo_spec tor = TORDB();

	clear_root();
	write_dated(PACKAGED, half, NOW, NULL);
	expect(&libloc, 1, NULL, 0, "error: libloc: " PACKAGED
	       " is incomplete: it knows 37 % of the IPv4 addresses and 1 IPv6 ranges\n");
	expect(&named, 1, NULL, 0, "p.yaml:3:5: warning: libloc: " PACKAGED
	       " knows 37 % of the IPv4 addresses and 1 IPv6 ranges; the rest counts as unknown\n");
	/* Cut off at the end of a line, which the format cannot tell. */
	write_tor(GENERATED, "");
	expect(&tor, 1, NULL, 0, "");
	write_text(TOR "/geoip6", GENERATED "2000::,2bff::,US\n");
	expect(&tor, 1, NULL, 0, "error: tor-geoipdb: " TOR
	       " is incomplete: it knows 50 % of the IPv4 addresses and 1 IPv6 ranges\n");
	write_text(TOR "/geoip6", GENERATED "2000::,2c00::,US\n");
	expect(&tor, 1, NULL, 0, "");
	write_text(TOR "/geoip", GENERATED "0,2147483646,US\n");
	expect(&tor, 1, NULL, 0, "error: tor-geoipdb: " TOR
	       " is incomplete: it knows 49 % of the IPv4 addresses and 1 IPv6 ranges\n");
}

static void installed(void **state)
{
	struct df_geo *geo;

	clear_root();
	geo = load_default(
		"error: no geo data is installed: neither libloc-database nor tor-geoipdb\n");
	assert_null(geo);
	write_tor(GENERATED, "");
	geo = load_default("");
	assert_int_equal(geo->source_count, 1);
	assert_int_equal(geo->country_count, 1);
	assert_int_equal(geo->operator_count, 0);
	df_geo_free(geo);
	write_dated(PACKAGED, internet, NOW, NULL);
	geo = load_default("");
	assert_int_equal(geo->source_count, 2);
	assert_int_equal(geo->country_count, 2);
	assert_int_equal(geo->operator_count, 1);
	assert_string_equal(geo->sources[geo->operator[0]]->name, "libloc");
	df_geo_free(geo);
	write_tor(GENERATED, "garbage\n");
	assert_null(load_default("error: " TOR
				 "/geoip:3: expected first,last,country\n"));
}

static void no_source(void **state)
{
	const struct df_policy policy = { 0 };
	struct df_geo *geo = load(&policy, "");

	assert_int_equal(geo->source_count, 0);
	assert_int_equal(geo->date, 0);
	df_geo_free(geo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_questions),
		cmocka_unit_test(source_digest),
		cmocka_unit_test(newest_libloc),
		cmocka_unit_test(every_libloc_alone),
		cmocka_unit_test(newest_libloc_damaged),
		cmocka_unit_test(keys),
		cmocka_unit_test(missing),
		cmocka_unit_test(wrong_role),
		cmocka_unit_test(same_data_twice),
		cmocka_unit_test(too_many),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(installed),
		cmocka_unit_test(no_source),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
