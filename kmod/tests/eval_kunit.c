// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evaluation in the kernel: with the rules as the kernel allocates them, where
 * packets ask for it, and what was counted on several processors at once.
 */

#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/smp.h>

#include "policy.h"

#define PACKETS	20000

/* 1: allow set 0; 2: deny set 1 at port 443; otherwise drop. */
static struct dfence_policy *make_policy(void)
{
	const struct dfence_policy_sizes sizes = {
		.sets = 2, .zones = 1, .ranges4 = 1, .ranges6 = 1, .profiles = 1,
	};
	struct dfence_policy *policy = dfence_policy_alloc(&sizes);
	struct dfence_policy_profile *profile;
	struct dfence_rule *rules;

	if (!policy)
		return NULL;
	profile = policy->profiles;
	if (dfence_profile_alloc_rules(profile, 2))
		goto put;
	rules = profile->profile.rules;
	if (dfence_rule_alloc(&rules[0], 1, 0) ||
	    dfence_rule_alloc(&rules[1], 1, 1))
		goto put;

	profile->profile.verdict = DFENCE_VERDICT_DROP;
	rules[0].verdict = DFENCE_VERDICT_ALLOW;
	rules[0].any_protocol = true;
	rules[0].sets[rules[0].set_count++] = 0;
	rules[1].verdict = DFENCE_VERDICT_DENY;
	rules[1].any_protocol = true;
	rules[1].sets[rules[1].set_count++] = 1;
	rules[1].ports[rules[1].port_count++] = (struct dfence_ports){ 443, 443 };
	return policy;
put:
	dfence_policy_put(policy);
	return NULL;
}

static int eval_init(struct kunit *test)
{
	test->priv = make_policy();
	return test->priv ? 0 : -ENOMEM;
}

static void eval_exit(struct kunit *test)
{
	dfence_policy_put(test->priv);
}

struct question {
	u8 sets;
	u8 hidden;
	u16 dport;
	u8 verdict;
	u32 rule;
};

static const struct question questions[] = {
	{ 0x01, 0, 80, DFENCE_VERDICT_ALLOW, 1 },
	{ 0x02, 0, 443, DFENCE_VERDICT_DENY, 2 },
	{ 0x03, 0, 443, DFENCE_VERDICT_ALLOW, 1 },
	{ 0x02, 0, 444, DFENCE_VERDICT_DROP, 0 },
	{ 0x00, 0, 443, DFENCE_VERDICT_DROP, 0 },
	{ 0x02, DFENCE_HIDDEN_PORTS, 0, DFENCE_VERDICT_DENY, 2 },
	{ 0x01, DFENCE_HIDDEN_DESTINATION, 443, DFENCE_VERDICT_DENY, 2 },
};

static struct dfence_decision ask(const struct dfence_policy *policy,
				  const struct question *question)
{
	const struct dfence_query query = {
		.sets = &question->sets,
		.protocol = 6,
		.has_ports = !(question->hidden & DFENCE_HIDDEN_PORTS),
		.hidden = question->hidden,
		.dport = question->dport,
	};
	struct dfence_decision decision;

	/* As at the hook; whatever would sleep is found by the kernel. */
	local_bh_disable();
	rcu_read_lock();
	decision = dfence_eval(&policy->profiles[0].profile, &query);
	rcu_read_unlock();
	local_bh_enable();
	return decision;
}

static void first_match_in_atomic_context(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		struct dfence_decision decision = ask(test->priv, &questions[i]);

		KUNIT_EXPECT_EQ_MSG(test, questions[i].verdict,
				    decision.verdict, "question %d", i);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].rule, decision.rule,
				    "question %d", i);
	}
}

static void count_packets(void *arg)
{
	struct dfence_counters __percpu *counters = (void __percpu *)arg;
	int i;

	for (i = 0; i < PACKETS; i++)
		dfence_counters_add(counters, DFENCE_OUTCOME_DENIED, 3);
}

/* Nothing is lost when all processors count at once. */
static void counters_add_up(struct kunit *test)
{
	const struct dfence_policy *policy = test->priv;
	struct dfence_counters __percpu *counters = policy->profiles[0].counters;
	u64 expected = (u64)num_online_cpus() * PACKETS;
	struct dfence_counters sum;

	on_each_cpu(count_packets, (void __force *)counters, 1);
	dfence_counters_sum(&sum, counters);
	KUNIT_EXPECT_EQ(test, expected, sum.packets[DFENCE_OUTCOME_DENIED]);
	KUNIT_EXPECT_EQ(test, 3 * expected, sum.bytes[DFENCE_OUTCOME_DENIED]);
	KUNIT_EXPECT_EQ(test, 0ULL, sum.packets[DFENCE_OUTCOME_ALLOWED]);
}

static struct kunit_case eval_cases[] = {
	KUNIT_CASE(first_match_in_atomic_context),
	KUNIT_CASE(counters_add_up),
	{}
};

static struct kunit_suite eval_suite = {
	.name = "dfence_eval",
	.init = eval_init,
	.exit = eval_exit,
	.test_cases = eval_cases,
};

kunit_test_suite(eval_suite);
