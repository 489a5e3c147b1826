// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a policy: published under readers, held over its end, given up
 * half-way. What a reader must not see is told by KASAN and RCU's own checks.
 */

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "main_kunit.h"
#include "policy.h"

#define SWAPS	30

/*
 * A whole policy: everywhere is zone 0. Its name and the country of the zone
 * say the same, so that a mixture of two would be seen.
 */
static struct dfence_policy *make_policy(char letter)
{
	const struct dfence_policy_sizes sizes = {
		.zones = 1, .ranges4 = 1, .ranges6 = 1, .apps = 1,
	};
	u8 everywhere[DRONEFENCE_RANGE6_LEN] = { };
	struct dfence_policy *policy = dfence_policy_alloc(&sizes);
	const char *why;

	if (!policy)
		return NULL;
	policy->apps[0].stats = dfence_app_stats_get("app");
	if (!policy->apps[0].stats)
		goto put;
	policy->have = sizes;
	policy->name[0] = letter;
	policy->zones[0].country[0] = letter;

	memset(everywhere + 4, 0xff, 4);
	if (dfence_zonemap_add(&policy->map4, everywhere, DRONEFENCE_RANGE4_LEN))
		goto put;
	memset(everywhere, 0, sizeof(everywhere));
	memset(everywhere + 16, 0xff, 16);
	if (dfence_zonemap_add(&policy->map6, everywhere, DRONEFENCE_RANGE6_LEN) ||
	    dfence_policy_seal(policy, &why))
		goto put;
	return policy;
put:
	dfence_policy_put(policy);
	return NULL;
}

static bool is_whole(const struct dfence_policy *policy)
{
	u16 zone = dfence_zonemap_lookup4(&policy->map4, 0x08080808);

	return policy->zones[zone].country[0] == policy->name[0];
}

static void policy_exit(struct kunit *test)
{
	dfence_policy_publish(NULL);
}

static void none_at_first(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, dfence_policy_get());
	KUNIT_EXPECT_EQ(test, 0U, dfence_policy_generation());
	dfence_policy_put(NULL);
}

static void generations_count_up(struct kunit *test)
{
	struct dfence_policy *policy = make_policy('a');
	u32 first;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	dfence_policy_publish(policy);
	first = dfence_policy_generation();
	dfence_policy_publish(NULL);
	KUNIT_EXPECT_EQ(test, 0U, dfence_policy_generation());

	policy = make_policy('b');
	KUNIT_ASSERT_NOT_NULL(test, policy);
	dfence_policy_publish(policy);
	KUNIT_EXPECT_EQ(test, first + 1, dfence_policy_generation());
}

static void held_policy_outlives_its_successors(struct kunit *test)
{
	struct dfence_policy *policy = make_policy('a'), *held;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	dfence_policy_publish(policy);
	held = dfence_policy_get();
	KUNIT_EXPECT_PTR_EQ(test, policy, held);

	policy = make_policy('b');
	KUNIT_ASSERT_NOT_NULL(test, policy);
	dfence_policy_publish(policy);
	dfence_policy_publish(NULL);
	KUNIT_EXPECT_EQ(test, 'a', held->name[0]);
	KUNIT_EXPECT_TRUE(test, is_whole(held));
	dfence_policy_put(held);
}

static void unfinished_is_refused_and_freed(struct kunit *test)
{
	const struct dfence_policy_sizes sizes = {
		.sets = 1, .zones = 1, .ranges4 = 1, .ranges6 = 1,
		.profiles = 1, .apps = 1,
	};
	struct dfence_policy *policy = dfence_policy_alloc(&sizes);
	const char *why;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	KUNIT_EXPECT_EQ(test, -EINVAL, dfence_policy_seal(policy, &why));
	KUNIT_EXPECT_EQ(test, 0, dfence_profile_alloc_rules(policy->profiles, 3));
	KUNIT_EXPECT_EQ(test, 0, dfence_rule_alloc(policy->profiles->profile.rules,
						   2, 2));
	dfence_policy_put(policy);
}

static void counters_belong_to_the_name(struct kunit *test)
{
	struct dfence_app_stats *one = dfence_app_stats_get("one");
	struct dfence_app_stats *two = dfence_app_stats_get("two");
	struct dfence_app_stats *again = dfence_app_stats_get("one");

	KUNIT_EXPECT_PTR_EQ(test, one, again);
	KUNIT_EXPECT_PTR_NE(test, one, two);
	dfence_app_stats_put(one);
	KUNIT_EXPECT_STREQ(test, "one", again->name);
	dfence_app_stats_put(again);
	dfence_app_stats_put(two);
	dfence_app_stats_put(NULL);
}

struct reader {
	struct task_struct *task;
	unsigned long seen;
	unsigned long mixed;
};

/* As a packet does it. */
static int read_policies(void *arg)
{
	struct reader *reader = arg;

	while (!kthread_should_stop()) {
		const struct dfence_policy *policy;

		rcu_read_lock();
		policy = rcu_dereference(dfence_active_policy);
		if (policy) {
			reader->seen++;
			reader->mixed += !is_whole(policy);
		}
		rcu_read_unlock();
		/* The writer needs its turn, too, on a slow machine. */
		usleep_range(10, 100);
	}
	return 0;
}

/* As a dump does it. */
static int hold_policies(void *arg)
{
	struct reader *reader = arg;

	while (!kthread_should_stop()) {
		struct dfence_policy *policy = dfence_policy_get();

		usleep_range(100, 2000);
		if (policy) {
			reader->seen++;
			reader->mixed += !is_whole(policy);
		}
		dfence_policy_put(policy);
	}
	return 0;
}

static void swapped_under_readers(struct kunit *test)
{
	struct reader readers[] = { { }, { }, { } };
	u32 failed = 0;
	int i;

	readers[0].task = kthread_run(hold_policies, &readers[0], "hold");
	readers[1].task = kthread_run(read_policies, &readers[1], "read/1");
	readers[2].task = kthread_run(read_policies, &readers[2], "read/2");
	for (i = 0; i < SWAPS; i++) {
		struct dfence_policy *policy = make_policy('a' + i % 26);

		failed += !policy;
		dfence_policy_publish(policy);
	}
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		KUNIT_EXPECT_FALSE(test, IS_ERR(readers[i].task));
		if (IS_ERR(readers[i].task))
			continue;
		kthread_stop(readers[i].task);
		KUNIT_EXPECT_GT(test, readers[i].seen, 0UL);
		KUNIT_EXPECT_EQ(test, readers[i].mixed, 0UL);
	}
	KUNIT_EXPECT_EQ(test, 0U, failed);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(none_at_first),
	KUNIT_CASE(generations_count_up),
	KUNIT_CASE(held_policy_outlives_its_successors),
	KUNIT_CASE(unfinished_is_refused_and_freed),
	KUNIT_CASE(counters_belong_to_the_name),
	KUNIT_CASE(swapped_under_readers),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "dfence_policy",
	.suite_init = dfence_kunit_setup,
	.suite_exit = dfence_kunit_cleanup,
	.exit = policy_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
