// SPDX-License-Identifier: GPL-2.0-or-later
/* Signed policies: what is taken, and each way in which one is not. */
#include <errno.h>

#include "policy_util.h"
#include "trust.h"

static const char policy_text[] =
	"version: 1\n"
	"include: more.yaml\n"
	"profiles: { p: { rules: [ { allow: more } ], default: deny } }\n"
	"applications: { a: { match: { cgroup: /a }, profile: p } }\n";

static const char more_text[] =
	"version: 1\n"
	"sets: { more: { networks: [10.0.0.0/8] } }\n";

static const struct df_trust trust = { "trusted", "state/signed" };
static struct df_signed found;
static char why[512];

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	run("rm -rf trusted state policy.yaml.sig; mkdir -m 755 trusted");
	run("openssl genpkey -algorithm ed25519 -out ours 2>/dev/null");
	run("openssl pkey -in ours -pubout -out trusted/ours.pem");
	run("openssl genpkey -algorithm ed25519 -out theirs 2>/dev/null");
	write_text("policy.yaml", policy_text);
	write_text("more.yaml", more_text);
	return 0;
}

static int sign_with(const char *key, uint64_t serial)
{
	struct df_policy *policy = assert_loaded("policy.yaml");
	int err = df_trust_sign(policy, "policy.yaml", serial, key);

	df_policy_free(policy);
	return err;
}

/* What is said of the policy, "" if it may come into force. */
static const char *check(void)
{
	struct df_policy *policy = assert_loaded("policy.yaml");
	struct df_diags diags = { 0 };
	bool good = df_trust_check(&trust, policy, "policy.yaml", &found, &diags);

	assert_int_equal(good, !diags.errors);
	snprintf(why, sizeof(why), "%s", good ? "" : diags.list[0].message);
	df_diags_free(&diags);
	df_policy_free(policy);
	return why;
}

static void keep_it(void)
{
	assert_int_equal(df_trust_keep(&trust, &found), 0);
}

static void takes_what_is_signed(void **state)
{
	assert_int_equal(sign_with("ours", 7), 0);
	assert_string_equal(check(), "");
	assert_true(found.is && found.serial == 7);
	keep_it();
	/* The same again, as at each start. */
	assert_string_equal(check(), "");
	assert_int_equal(sign_with("ours", 8), 0);
	assert_string_equal(check(), "");
	/* By any key. */
	run("openssl pkey -in theirs -pubout -out trusted/theirs.pem");
	assert_int_equal(sign_with("theirs", 9), 0);
	assert_string_equal(check(), "");
}

static void asks_for_nothing_without_keys(void **state)
{
	run("rm trusted/ours.pem; touch trusted/README");
	assert_int_equal(df_trust_needed(&trust), 0);
	assert_string_equal(check(), "");
	assert_false(found.is);
	keep_it();
	assert_int_equal(access("state/signed", F_OK), -1);
	run("rm -r trusted");
	assert_int_equal(df_trust_needed(&trust), 0);
	assert_string_equal(check(), "");
}

static void refuses_an_unsigned_one(void **state)
{
	assert_string_equal(check(), "policy.yaml.sig: the policy is not signed");
}

static void refuses_a_stranger(void **state)
{
	assert_int_equal(sign_with("theirs", 7), 0);
	assert_string_equal(check(), "policy.yaml.sig: no trusted key has made it");
	/* A key that is none, and one that others may have put there. */
	run("echo x >trusted/bad.pem; openssl pkey -in theirs -pubout -out trusted/theirs.pem; chmod 666 trusted/theirs.pem");
	assert_string_equal(check(), "policy.yaml.sig: no trusted key has made it");
	run("chmod 644 trusted/theirs.pem; chmod 777 trusted");
	assert_string_equal(check(), "policy.yaml.sig: no trusted key has made it");
	run("chmod 755 trusted");
	assert_string_equal(check(), "");
}

static void refuses_another_text(void **state)
{
	assert_int_equal(sign_with("ours", 7), 0);
	run("sed -i s/10.0.0.0/11.0.0.0/ more.yaml");
	assert_string_equal(check(), "policy.yaml.sig: it is for another text: the policy, or a file that it includes, was changed");
	write_text("more.yaml", more_text);
	run("echo '#' >>policy.yaml");
	assert_string_equal(check(), "policy.yaml.sig: it is for another text: the policy, or a file that it includes, was changed");
}

static void refuses_an_older_one(void **state)
{
	assert_int_equal(sign_with("ours", 7), 0);
	assert_string_equal(check(), "");
	keep_it();
	assert_int_equal(sign_with("ours", 6), 0);
	assert_string_equal(check(), "policy.yaml.sig: serial 6 is older than 7, which was in force");
	run("echo '#' >>policy.yaml");
	assert_int_equal(sign_with("ours", 7), 0);
	assert_string_equal(check(), "policy.yaml.sig: another policy with this serial was in force");
	/* Nobody knows what was the newest. */
	run("echo x >state/signed");
	assert_int_equal(sign_with("ours", 9), 0);
	assert_string_equal(check(), "state/signed: which policy was the newest is not known: the file is damaged");
}

/* Each bit of the file matters. */
static void refuses_every_altered_byte(void **state)
{
	char text[512] = "";
	size_t length, i;
	FILE *file;

	assert_int_equal(sign_with("ours", 7), 0);
	file = fopen("policy.yaml.sig", "r");
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_true(length > 200);
	for (i = 0; i < length; i++) {
		text[i] ^= 1;
		file = fopen("policy.yaml.sig", "w");
		assert_int_equal(fwrite(text, 1, length, file), length);
		fclose(file);
		assert_string_not_equal(check(), "");
		text[i] ^= 1;
	}
	run("cp policy.yaml.sig x; printf 'more\\n' >>policy.yaml.sig");
	assert_string_not_equal(check(), "");
	run(": >policy.yaml.sig");
	assert_string_equal(check(), "policy.yaml.sig: this is no signature");
}

static void cannot_sign_with_another_key(void **state)
{
	run("openssl genpkey -algorithm x25519 -out other 2>/dev/null");
	assert_int_equal(sign_with("other", 7), -EINVAL);
	assert_int_equal(sign_with("policy.yaml", 7), -EINVAL);
	assert_int_equal(sign_with("gone", 7), -ENOENT);
	assert_int_equal(access("policy.yaml.sig", F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_what_is_signed, set_up),
		cmocka_unit_test_setup(asks_for_nothing_without_keys, set_up),
		cmocka_unit_test_setup(refuses_an_unsigned_one, set_up),
		cmocka_unit_test_setup(refuses_a_stranger, set_up),
		cmocka_unit_test_setup(refuses_another_text, set_up),
		cmocka_unit_test_setup(refuses_an_older_one, set_up),
		cmocka_unit_test_setup(refuses_every_altered_byte, set_up),
		cmocka_unit_test_setup(cannot_sign_with_another_key, set_up),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
