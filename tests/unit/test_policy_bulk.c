// SPDX-License-Identifier: GPL-2.0-or-later
/* What amount of data is worth a record. */
#include "policy_util.h"

#define REST "profiles:\n  p: { default: deny }\n"

static uint64_t bulk_of(const char *line)
{
	struct df_policy *policy;
	char text[256];
	uint64_t bulk;

	snprintf(text, sizeof(text), "version: 1\n%s\n" REST, line);
	write_text("policy.yaml", text);
	policy = assert_loaded("policy.yaml");
	bulk = policy->bulk;
	df_policy_free(policy);
	return bulk;
}

static void reads_sizes(void **state)
{
	assert_int_equal(bulk_of(""), 0);
	assert_int_equal(bulk_of("bulk: none"), 0);
	assert_int_equal(bulk_of("bulk: 1KiB"), 1024);
	assert_int_equal(bulk_of("bulk: 100MiB"), 104857600);
	assert_int_equal(bulk_of("bulk: '2GiB'"), 2147483648u);
	assert_true(bulk_of("bulk: 999999TiB") == 999999ull << 40);
}

static void refuse(const char *line, const char *message)
{
	char text[256], want[512], caret[64] = "";
	const char *value = line + 6;

	snprintf(text, sizeof(text), "version: 1\n%s\n" REST, line);
	write_text("policy.yaml", text);
	/* Of a list or mapping its beginning is shown. */
	memset(caret, '~', strchr("[{", *value) ? 1 : strlen(value));
	caret[0] = '^';
	snprintf(want, sizeof(want),
		 "policy.yaml:2:7: error: %s\n  %s\n        %s\n", message, line,
		 caret);
	assert_refused("policy.yaml", want);
}

#define NO_SIZE(text) "'" text "' is not a size; expected a number and a unit, such as 100MiB (KiB, MiB, GiB, TiB), or none"

static void refuses_what_is_no_size(void **state)
{
	refuse("bulk: 100", NO_SIZE("100"));
	refuse("bulk: MiB", NO_SIZE("MiB"));
	refuse("bulk: 100MB", NO_SIZE("100MB"));
	refuse("bulk: 100 MiB", NO_SIZE("100 MiB"));
	refuse("bulk: -1MiB", NO_SIZE("-1MiB"));
	refuse("bulk: 1.5GiB", NO_SIZE("1.5GiB"));
	refuse("bulk: 1000000KiB", NO_SIZE("1000000KiB"));
	refuse("bulk: ''", "the text is empty");
	refuse("bulk: 0KiB", "0 is out of range; expected a size from 1 to 999999");
	refuse("bulk: 010MiB", "'010' has a leading zero; write '10'");
	refuse("bulk: [1KiB]", "expected a size, found a list");
	refuse("bulk: { a: b }", "expected a size, found a mapping (key: value)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(refuses_what_is_no_size),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
