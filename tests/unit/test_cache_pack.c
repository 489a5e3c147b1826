// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of compiled policies, and files that somebody made up. */
#include "cache_util.h"

static struct df_cache place;
static struct df_policy *policy;
static struct df_geo_file contents;

static void read_contents(void)
{
	struct df_diags diags = { 0 };
	const char *path = only_file();

	policy = df_policy_load("policy.yaml", &diags);
	assert_non_null(policy);
	assert_int_equal(df_cache_key(&place, policy, "root"), 0);
	assert_int_equal(df_geo_file_read(path, &contents), 0);
	df_diags_free(&diags);
}

static void drop_contents(void)
{
	df_geo_file_free(&contents);
	df_policy_free(policy);
}

/* Make the digest at the end fit again. */
static void sign(void)
{
	const struct df_geo_file body = {
		contents.data, contents.size - DRONEFENCE_DIGEST_LEN,
	};

	assert_int_equal(df_geo_sha256(&body, 1, contents.data + body.size), 0);
}

static bool unpacks(struct df_compiled *compiled)
{
	return df_compiled_unpack(&place, &contents, policy, compiled);
}

static void finds_any_damage(void **state)
{
	struct df_compiled compiled;
	size_t i, size;

	assert_cold();
	read_contents();
	assert_true(unpacks(&compiled));
	df_compiled_free(&compiled);
	for (i = 0; i < contents.size; i++) {
		contents.data[i] ^= 1 << i % 8;
		assert_false(unpacks(&compiled));
		contents.data[i] ^= 1 << i % 8;
	}
	size = contents.size;
	for (contents.size = 0; contents.size < size; contents.size++)
		assert_false(unpacks(&compiled));
	place.key[7] ^= 1;
	assert_false(unpacks(&compiled));
	drop_contents();
}

/* What the kernel and the programs rely on. */
static void assert_sound(const struct df_image *image)
{
	size_t f, i, p, r, s;

	assert_true(image->zone_count > 0);
	for (f = 0; f < DF_FAMILIES; f++) {
		const struct df_image_ranges *ranges = &image->ranges[f];
		df_u128 next = 0;

		assert_true(ranges->count > 0);
		for (i = 0; i < ranges->count; i++) {
			assert_true(ranges->list[i].first == next);
			assert_true(ranges->list[i].last >= next);
			assert_true(ranges->list[i].zone < image->zone_count);
			next = ranges->list[i].last + 1;
		}
		assert_true(ranges->list[ranges->count - 1].last ==
			    df_addr_max(f));
	}
	for (i = 0; i < image->application_count; i++)
		assert_true(image->applications[i].profile <
			    image->profile_count);
	for (p = 0; p < image->profile_count; p++)
		for (r = 0; r < image->profiles[p].rule_count; r++)
			for (s = 0; s < image->profiles[p].rules[r].set_count; s++)
				assert_true(image->profiles[p].rules[r].sets[s] <
					    image->set_count);
}

/* Somebody signed nonsense: it is refused, or harmless. */
static void survives_forgeries(void **state)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_compiled compiled;
	size_t i, refused = 0;
	int bit;

	assert_cold();
	read_contents();
	for (i = 0; i < contents.size - DRONEFENCE_DIGEST_LEN; i++) {
		for (bit = 0; bit < 8; bit++) {
			contents.data[i] ^= 1 << bit;
			sign();
			if (unpacks(&compiled)) {
				assert_sound(compiled.image);
				df_image_digest(compiled.image, digest);
				df_geo_check_dates(policy, compiled.geo, now,
						   &compiled.diags);
				df_compiled_free(&compiled);
			} else {
				refused++;
			}
			contents.data[i] ^= 1 << bit;
		}
	}
	assert_true(refused > contents.size);
	sign();
	assert_true(unpacks(&compiled));
	df_compiled_free(&compiled);
	drop_contents();
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_any_damage),
		TEST(survives_forgeries),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
