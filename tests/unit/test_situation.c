// SPDX-License-Identifier: GPL-2.0-or-later
/* One word for how the fence stands, and why it is not a better one. */
#include "fallback.h"
#include "situation_util.h"

static struct df_situation situation;
static char reasons[4096];

static int set_up(void **state)
{
	make_situation(&situation);
	return 0;
}

static int tear_down(void **state)
{
	df_situation_free(&situation);
	return 0;
}

static void add_reason(const char *reason, void *arg)
{
	strcat(reasons, reason);
	strcat(reasons, "\n");
}

static void expect(enum df_light light, const char *why)
{
	*reasons = '\0';
	df_light_reasons(&situation, add_reason, NULL);
	assert_string_equal(reasons, why);
	assert_int_equal(df_light_of(&situation), light);
}

static void is_sealed(void **state)
{
	expect(DF_LIGHT_SEALED, "");
	/* Nothing of it runs: its programs will be fenced. */
	situation.ills[0] = 1u << DF_ILL_NOTHING;
	situation.processes[0] = 0;
	expect(DF_LIGHT_SEALED, "");
	assert_string_equal(df_light_name(DF_LIGHT_SEALED), "sealed");
}

static void is_open(void **state)
{
	situation.status.hooks = false;
	expect(DF_LIGHT_OPEN, "the module judges no packets: nothing is fenced\n");
	situation.has_policy = false;
	expect(DF_LIGHT_OPEN, "no policy was applied: nothing is fenced\n");
	situation.loaded = false;
	/* That beats whatever else is wrong. */
	situation.daemon = false;
	expect(DF_LIGHT_OPEN,
	       "the kernel module is not loaded: nothing is fenced\n");
	assert_string_equal(df_light_name(DF_LIGHT_OPEN), "open");
}

static void is_open_without_applications(void **state)
{
	df_apps_free(&situation.apps);
	expect(DF_LIGHT_OPEN,
	       "the policy names no application: nothing is fenced\n");
}

static void is_audit(void **state)
{
	situation.ills[1] = 1u << DF_ILL_AUDIT;
	expect(DF_LIGHT_AUDIT,
	       "qgc: it is in audit mode: what the policy denies passes\n");
	assert_string_equal(df_light_name(DF_LIGHT_AUDIT), "audit");
}

static void is_degraded_by_the_fallback(void **state)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_fallback_load(&diags);

	assert_non_null(policy);
	memcpy(situation.policy.source_digest, policy->digest,
	       sizeof(policy->digest));
	df_policy_free(policy);
	expect(DF_LIGHT_DEGRADED,
	       "the policy could not be loaded: the one that is built in knows only what runs below /dronefence.slice\n");
	situation.policy.source_digest[0] ^= 1;
	expect(DF_LIGHT_SEALED, "");
}

static void is_degraded(void **state)
{
	situation.daemon = false;
	expect(DF_LIGHT_DEGRADED,
	       "the daemon does not run: records stay in the kernel\n");
	situation.daemon = true;
	situation.keeper = false;
	expect(DF_LIGHT_DEGRADED,
	       "the daemon's keeper does not run: nobody looks for programs outside of their applications\n");
	situation.keeper = true;
	situation.apps.list[0].place_failed = 2;
	situation.apps.list[1].place_failed = 1;
	expect(DF_LIGHT_DEGRADED, "3 programs could not be placed\n");
	situation.apps.list[0].place_failed = 0;
	situation.apps.list[1].place_failed = 0;
	situation.ills[1] = 1u << DF_ILL_STRAYS | 1u << DF_ILL_AUDIT;
	expect(DF_LIGHT_DEGRADED,
	       "qgc: it is in audit mode: what the policy denies passes\n"
	       "qgc: its programs run outside it, and their packets pass\n");
	assert_string_equal(df_light_name(DF_LIGHT_DEGRADED), "degraded");
}

static void each_count_degrades(void **state)
{
	struct df_status *s = &situation.status;
	uint64_t *const counts[] = {
		&s->unread_programs, &s->event_suppressed, &s->flow_errors,
		&s->socket_errors,
	};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		*counts[i] = 7;
		*reasons = '\0';
		df_light_reasons(&situation, add_reason, NULL);
		assert_int_equal(strncmp(reasons, "7 p", 3), 0);
		assert_int_equal(df_light_of(&situation), DF_LIGHT_DEGRADED);
		*counts[i] = 0;
	}
	situation.ills[0] = 1u << DF_ILL_ANCHOR;
	assert_int_equal(df_light_of(&situation), DF_LIGHT_DEGRADED);
}

/* Without a module there is nothing to ask. */
static void reads_a_machine_without_it(void **state)
{
	struct df_situation read;

	assert_int_equal(df_situation_read(NULL, "", &read), 0);
	assert_false(read.loaded);
	assert_int_equal(df_light_of(&read), DF_LIGHT_OPEN);
	df_situation_free(&read);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_sealed),
		TEST(is_open),
		TEST(is_open_without_applications),
		TEST(is_audit),
		TEST(is_degraded_by_the_fallback),
		TEST(is_degraded),
		TEST(each_count_degrades),
		TEST(reads_a_machine_without_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
