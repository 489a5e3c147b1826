// SPDX-License-Identifier: GPL-2.0-only
/* Whose processes: the sorted array, its limit, and whom a socket belongs to. */

#include <kunit/test.h>
#include <linux/in.h>
#include <net/sock.h>

#include "core.h"
#include "identity.h"
#include "users.h"

static int users_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct dfence_users),
				   GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void users_exit(struct kunit *test)
{
	dfence_users_free(test->priv);
}

static u16 ask(struct kunit *test, u32 uid)
{
	return dfence_users_lookup(test->priv, KUIDT_INIT(uid));
}

static void nobody(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, 0));
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, 1000));
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, U32_MAX));
}

static void ends_of_the_array(struct kunit *test)
{
	static const u32 uids[] = { 1000, U32_MAX - 1, 1, 1002, 7 };
	u16 i;

	for (i = 0; i < ARRAY_SIZE(uids); i++)
		KUNIT_ASSERT_EQ(test, 0, dfence_users_add(test->priv, uids[i], i));
	for (i = 0; i < ARRAY_SIZE(uids); i++) {
		KUNIT_EXPECT_EQ(test, i, ask(test, uids[i]));
		KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, uids[i] + 1));
		KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, uids[i] - 1));
	}
}

static void once_each(struct kunit *test)
{
	struct dfence_users *users = test->priv;

	KUNIT_ASSERT_EQ(test, 0, dfence_users_add(users, 1000, 1));
	KUNIT_EXPECT_EQ(test, -EEXIST, dfence_users_add(users, 1000, 2));
	KUNIT_EXPECT_EQ(test, 1, ask(test, 1000));
	KUNIT_EXPECT_EQ(test, 1U, users->count);
}

/* In an order that is neither up nor down, as many as there may be. */
static void as_many_as_allowed(struct kunit *test)
{
	struct dfence_users *users = test->priv;
	u32 i;

	for (i = 0; i < DRONEFENCE_MAX_USERS; i++) {
		u32 uid = 2 * (i * 1361 % DRONEFENCE_MAX_USERS) + 1;

		KUNIT_ASSERT_EQ(test, 0, dfence_users_add(users, uid, uid % 1021));
	}
	for (i = 1; i < DRONEFENCE_MAX_USERS; i++)
		KUNIT_ASSERT_LT(test, users->list[i - 1].uid, users->list[i].uid);
	for (i = 0; i < DRONEFENCE_MAX_USERS; i++) {
		KUNIT_ASSERT_EQ(test, (2 * i + 1) % 1021, (u32)ask(test, 2 * i + 1));
		KUNIT_ASSERT_EQ(test, DFENCE_NO_APP, ask(test, 2 * i));
	}
	KUNIT_EXPECT_EQ(test, -E2BIG, dfence_users_add(users, 2, 0));
	KUNIT_EXPECT_EQ(test, -EEXIST, dfence_users_add(users, 1, 0));
}

static void used_again(struct kunit *test)
{
	struct dfence_users *users = test->priv;

	KUNIT_ASSERT_EQ(test, 0, dfence_users_add(users, 1000, 1));
	dfence_users_free(users);
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, ask(test, 1000));
	KUNIT_ASSERT_EQ(test, 0, dfence_users_add(users, 1001, 2));
	KUNIT_EXPECT_EQ(test, 2, ask(test, 1001));
}

/* Of a socket its user decides, also if the kernel opened it for him. */
static void owner_of_a_socket(struct kunit *test)
{
	struct sock *sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	KUNIT_ASSERT_EQ(test, 0, dfence_users_add(test->priv, 1000, 3));
	sk->sk_family = AF_INET;
	sk->sk_type = SOCK_DGRAM;
	sk->sk_protocol = IPPROTO_UDP;
	sk->sk_uid = KUIDT_INIT(1000);
	KUNIT_EXPECT_EQ(test, 3, dfence_users_owner(test->priv, sk));
	sk->sk_uid = KUIDT_INIT(1001);
	KUNIT_EXPECT_EQ(test, DFENCE_NO_APP, dfence_users_owner(test->priv, sk));
	sk->sk_uid = KUIDT_INIT(1000);
	sk->sk_kern_sock = 1;
	KUNIT_EXPECT_EQ(test, 3, dfence_users_owner(test->priv, sk));
}

static struct kunit_case users_cases[] = {
	KUNIT_CASE(nobody),
	KUNIT_CASE(ends_of_the_array),
	KUNIT_CASE(once_each),
	KUNIT_CASE(as_many_as_allowed),
	KUNIT_CASE(used_again),
	KUNIT_CASE(owner_of_a_socket),
	{}
};

static struct kunit_suite users_suite = {
	.name = "dfence_users",
	.init = users_init,
	.exit = users_exit,
	.test_cases = users_cases,
};

kunit_test_suite(users_suite);
