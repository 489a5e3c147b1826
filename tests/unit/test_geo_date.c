// SPDX-License-Identifier: GPL-2.0-or-later
/* How old geo data may be, and that a source is blamed once for what it lacks. */
#include "geo_root_util.h"

static void ages(void **state)
{
	const struct df_geo_spec plain = LIBLOC(), own = LIBLOC(.max_age = 50 * DAY);
	const struct df_geo_spec none = LIBLOC(.max_age = UINT64_MAX);
	struct df_policy policy = { .country_count = 1 };

	clear_root();
	write_dated(PACKAGED, internet, NOW - 40 * DAY, NULL);
	policy.country = (struct df_geo_spec *)&plain;
	policy.max_age = 40 * DAY;
	df_geo_free(load(&policy, ""));
	policy.max_age = 40 * DAY - 1;
	assert_null(load(&policy, "error: libloc: " PACKAGED
			 " is of 2026-10-11, 40 days old; max-age is 39 days\n"));
	/* What a source says of itself goes before the policy. */
	policy.country = (struct df_geo_spec *)&own;
	df_geo_free(load(&policy, ""));
	policy.country = (struct df_geo_spec *)&none;
	df_geo_free(load(&policy, ""));

	write_dated(PACKAGED, internet, NOW - 181 * DAY, NULL);
	df_geo_free(load(&policy, "p.yaml:3:5: warning: libloc: " PACKAGED
			 " is of 2026-05-23, 181 days old, and there is no max-age\n"));
	write_dated(PACKAGED, internet, NOW - 180 * DAY, NULL);
	df_geo_free(load(&policy, ""));
	/* With a limit there is no such warning. */
	write_dated(PACKAGED, internet, NOW - 300 * DAY, NULL);
	policy.country = (struct df_geo_spec *)&plain;
	policy.max_age = 365 * DAY;
	df_geo_free(load(&policy, ""));
}

static void odd_dates(void **state)
{
	struct df_geo_spec tor[] = { TORDB() };
	struct df_policy policy = { .country = tor, .country_count = 1 };
	struct df_geo *geo;

	clear_root();
	write_tor("", "");
	geo = load(&policy, "p.yaml:4:5: warning: tor-geoipdb: " TOR
		   " says nothing about its date\n");
	assert_int_equal(geo->date, 0);
	df_geo_free(geo);
	policy.max_age = 40 * DAY;
	assert_null(load(&policy, "error: tor-geoipdb: " TOR
			 " says nothing about its date, but there is a max-age\n"));
	/* A day more is nobody's fault. */
	write_tor("# Generated: Sat, 21 Nov 2026 00:00:00 GMT\n", "");
	df_geo_free(load(&policy, ""));
	write_tor("# Generated: Sun, 22 Nov 2026 00:00:00 GMT\n", "");
	df_geo_free(load(&policy, "p.yaml:4:5: warning: tor-geoipdb: " TOR
			 " is of 2026-11-22, which is in the future; is the clock right?\n"));
}

/* A source that answers both questions is looked for, and blamed, once. */
static void blamed_once(void **state)
{
	struct df_geo_spec country = LIBLOC(), operator = LIBLOC();
	struct df_policy policy = {
		.country = &country, .country_count = 1,
		.operator = &operator, .operator_count = 1,
		.max_age = 30 * DAY,
	};

	clear_root();
	expect(&country, 1, &operator, 1,
	       "error: libloc: nothing in its default place\n");
	country.optional = true;
	operator.optional = true;
	expect(&country, 1, &operator, 1,
	       "p.yaml:3:5: warning: libloc: nothing in its default place; the policy does without it\n");
	operator.optional = false;
	expect(&country, 1, &operator, 1,
	       "p.yaml:3:5: warning: libloc: nothing in its default place; the policy does without it\n"
	       "error: libloc: nothing in its default place\n");
	country.optional = false;
	operator.optional = true;
	expect(&country, 1, &operator, 1,
	       "error: libloc: nothing in its default place\n");

	write_text(PACKAGED, "garbage");
	expect(&country, 1, &operator, 1,
	       "error: " PACKAGED ": not a libloc database\n");
	write_dated(PACKAGED, half, NOW, NULL);
	expect(&country, 1, &operator, 1, "error: libloc: " PACKAGED
	       " is incomplete: it knows 37 % of the IPv4 addresses and 1 IPv6 ranges\n");

	write_dated(PACKAGED, internet, NOW - 40 * DAY, NULL);
	df_geo_free(load(&policy, "error: libloc: " PACKAGED
			 " is of 2026-10-11, 40 days old; max-age is 30 days\n"));
	/* Two limits are two errors. */
	operator.max_age = 20 * DAY;
	df_geo_free(load(&policy, "error: libloc: " PACKAGED
			 " is of 2026-10-11, 40 days old; max-age is 30 days\n"
			 "error: libloc: " PACKAGED
			 " is of 2026-10-11, 40 days old; max-age is 20 days\n"));
	operator.max_age = UINT64_MAX;
	country.max_age = UINT64_MAX;
	df_geo_free(load(&policy, ""));
}

/* What can be read is asked for its age, even if another source is missing. */
static void old_and_missing(void **state)
{
	const struct df_geo_spec country[] = { LIBLOC(), TORDB() };
	const struct df_policy policy = {
		.country = (struct df_geo_spec *)country, .country_count = 2,
		.max_age = 30 * DAY,
	};

	clear_root();
	write_dated(PACKAGED, internet, NOW - 40 * DAY, NULL);
	df_geo_free(load(&policy,
			 "error: tor-geoipdb: nothing in its default place\n"
			 "error: libloc: " PACKAGED
			 " is of 2026-10-11, 40 days old; max-age is 30 days\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages),
		cmocka_unit_test(odd_dates),
		cmocka_unit_test(blamed_once),
		cmocka_unit_test(old_and_missing),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
