// SPDX-License-Identifier: GPL-2.0-or-later
/* Sending a policy, and what is told of it meanwhile. */
#include "cache_util.h"
#include "fake_netlink.h"

/* What was reported. */
static struct {
	enum df_phase phase;
	unsigned int percent;
} steps[256];

static size_t step_count;

static void note_step(enum df_phase phase, unsigned int percent, void *arg)
{
	assert_ptr_equal(arg, steps);
	assert_true(step_count < 256);
	steps[step_count].phase = phase;
	steps[step_count++].percent = percent;
}

/* Enough ranges for a dozen of messages. */
static void write_many_ranges(void)
{
	FILE *file = fopen("tor/geoip", "we");
	int i;

	assert_non_null(file);
	fputs(GENERATED, file);
	for (i = 0; i < 50000; i++)
		fprintf(file, "%d,%d,%s\n", i * 40000, i * 40000 + 39999,
			i % 2 ? "US" : "CN");
	assert_int_equal(fclose(file), 0);
}

static void load_image(struct df_build *build)
{
	const struct df_build_options options = {
		.geo.now = TODAY,
		.progress = { .report = note_step, .arg = steps },
	};
	struct df_diags diags = { 0 };

	write_many_ranges();
	step_count = 0;
	assert_int_equal(df_build_load(build, "policy.yaml", &options, &diags),
			 DF_EXIT_OK);
	df_diags_free(&diags);
}

static void reports_each_phase(void **state)
{
	const struct df_progress note = { .report = note_step, .arg = steps };
	struct df_build build;
	uint32_t generation = 0;
	size_t i;

	load_image(&build);
	assert_int_equal(step_count, 2);
	assert_int_equal(steps[0].phase, DF_PHASE_READ);
	assert_int_equal(steps[1].phase, DF_PHASE_COMPILE);

	step_count = 0;
	nla_put_u32(netlink_answer(DFENCE_CMD_POLICY_COMMIT),
		    DFENCE_A_POLICY_GENERATION, 5);
	assert_int_equal(df_client_apply(&netlink.client, build.image, 4, NULL, &note,
					 &generation), 0);
	assert_int_equal(generation, 5);
	/* One for each message, the last of which commits. */
	assert_int_equal(step_count, netlink.requests);
	assert_true(step_count > 10);
	assert_int_equal(steps[0].percent, 0);
	for (i = 0; i + 1 < step_count; i++) {
		assert_int_equal(steps[i].phase, DF_PHASE_SEND);
		assert_true(steps[i].percent <= 100);
		assert_true(!i || steps[i].percent >= steps[i - 1].percent);
	}
	assert_true(steps[step_count / 2].percent > 20);
	assert_true(steps[step_count / 2].percent < 80);
	assert_true(steps[step_count - 2].percent >= 99);
	assert_int_equal(steps[step_count - 1].phase, DF_PHASE_COMMIT);
	df_build_free(&build);
}

/* It works as well for those who do not want to know. */
static void reports_to_nobody(void **state)
{
	struct df_build build;
	uint32_t generation = 0;

	load_image(&build);
	nla_put_u32(netlink_answer(DFENCE_CMD_POLICY_COMMIT),
		    DFENCE_A_POLICY_GENERATION, 5);
	assert_int_equal(df_client_apply(&netlink.client, build.image, 4, NULL, NULL,
					 &generation), 0);
	assert_int_equal(generation, 5);
	df_build_free(&build);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, netlink_forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reports_each_phase),
		TEST(reports_to_nobody),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
