// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of a load fails once, also those of libyaml and the C
 * library: the load must fail with a message, without a crash or a leak.
 */
#include "nomem_util.h"
#include "policy_util.h"

static const char good[] =
	"version: 1\n"
	"name: small\n"
	"include: sets.yaml\n"
	"geo:\n"
	"  country: [libloc, { source: \"mmdb:x.mmdb\", optional: true }]\n"
	"  operator: libloc\n"
	"sets:\n"
	"  company: { networks: [10.0.0.0/8, \"2001:db8::/32\"], sets: prc }\n"
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - allow: [local, company]\n"
	"      - { deny: { operated-by: prc }, protocol: tcp, ports: [1, 2-3] }\n"
	"    default: deny\n"
	"applications:\n"
	"  a: { match: [cgroup: /a*], profile: p }\n";

static const char bad[] =
	"version: 1\n"
	"include: sets.yaml\n"
	"nmae: x\n"
	"sets: { a: { countries: [UK, china], networks: 10.0.0.1/8 } }\n"
	"profiles: { p: { default: dney, rules: [deny: nowhere] } }\n"
	"applications: { a: { profile: q } }\n";

static uint8_t digest[DRONEFENCE_DIGEST_LEN];

/* Returns whether the policy was loaded; it must have been told why not. */
static bool load(unsigned long from, unsigned long count)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy;

	fail_from = from;
	fail_count = count;
	done = 0;
	armed = true;
	policy = df_policy_load("policy.yaml", &diags);
	armed = false;
	assert_int_equal(!policy, df_diags_failed(&diags));
	if (policy && !count)
		memcpy(digest, policy->digest, sizeof(digest));
	else if (policy)
		assert_memory_equal(policy->digest, digest, sizeof(digest));
	df_policy_free(policy);
	df_diags_free(&diags);
	return policy;
}

/*
 * Let one allocation fail after the other, and all from each on. libcrypto can
 * do without some of its own: the policy then loads, and the digest is right.
 */
static void fail_each(bool loads)
{
	unsigned long total, i, spared = 0;

	assert_int_equal(load(0, 0), loads);
	total = done;
	assert_true(total > 100);
	for (i = 1; i <= total; i++) {
		spared += load(i, 1);
		assert_false(load(i, ULONG_MAX));
	}
	assert_in_range(spared, 0, loads ? 3 : 0);
	assert_int_equal(load(total + 1000, 1), loads);
}

static void a_good_policy(void **state)
{
	write_text("policy.yaml", good);
	fail_each(true);
}

static void a_bad_policy(void **state)
{
	write_text("policy.yaml", bad);
	fail_each(false);
}

/*
 * A warning that cannot be kept must not look like success. The C library can
 * do without shrinking the message.
 */
static void a_lost_warning(void **state)
{
	struct df_mark mark = { "file", 1, 1, 1 };
	unsigned int lost = 0;

	fail_from = 0;
	fail_count = 1;
	do {
		struct df_diags diags = { 0 };

		fail_from++;
		done = 0;
		armed = true;
		df_diag(&diags, DF_WARNING, &mark, "text", "old");
		armed = false;
		assert_int_equal(diags.count, !diags.lost);
		assert_int_equal(df_diags_failed(&diags), diags.lost);
		lost += diags.lost;
		df_diags_free(&diags);
	} while (done >= fail_from);
	/* Message, file name, line, place in the list. */
	assert_int_equal(lost, 4);
}

static int set_up(void **state)
{
	struct df_diags diags = { 0 };

	if (enter_tmp_dir(state))
		return -1;
	write_text("sets.yaml",
		   "version: 1\nsets: { prc: { countries: CN, asns: AS1 } }\n");
	/* What is allocated once for the whole process is not at issue. */
	df_policy_free(df_policy_load("sets.yaml", &diags));
	df_diags_free(&diags);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_policy),
		cmocka_unit_test(a_bad_policy),
		cmocka_unit_test(a_lost_warning),
	};

	return cmocka_run_group_tests(tests, set_up, leave_tmp_dir);
}
