// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies of several files, and files that cannot be read. */
#include <openssl/sha.h>

#include "policy_util.h"

#define V "version: 1\n"

static void includes_sets(void **state)
{
	struct df_policy *policy;

	assert_int_equal(mkdir("sets", 0700), 0);
	write_text("policy.yaml", V "include: [sets/a.yaml, sets/b.yaml]\n"
		   "sets:\n  main: { sets: [a, b] }\n");
	/* An included set may hold one of another file. */
	write_text("sets/a.yaml", V "sets:\n  a: { sets: b, countries: CN }\n");
	write_text("sets/b.yaml", V "sets:\n  b: { asns: 1 }\n");
	policy = assert_loaded("policy.yaml");
	assert_int_equal(policy->set_count, 3);
	assert_int_equal(policy->file_count, 3);
	assert_string_equal(policy->files[1], "sets/a.yaml");
	assert_string_equal(policy->sets[0].name, "main");
	assert_ptr_equal(policy->sets[0].mark.file, policy->files[0]);
	assert_string_equal(policy->sets[1].name, "a");
	assert_ptr_equal(policy->sets[1].mark.file, policy->files[1]);
	assert_int_equal(policy->sets[1].atoms.list[1].set, 2);
	df_policy_free(policy);
}

static void looks_beside_the_policy(void **state)
{
	char path[PATH_MAX + 32];
	struct df_policy *policy;

	assert_int_equal(mkdir("dir", 0700), 0);
	write_text("dir/policy.yaml", V "include: ../other.yaml\n");
	write_text("other.yaml", V "sets: { a: {} }\n");
	policy = assert_loaded("dir/policy.yaml");
	assert_string_equal(policy->files[1], "dir/../other.yaml");
	df_policy_free(policy);

	snprintf(path, sizeof(path), V "include: [ %s/other.yaml ]\n", tmp_dir);
	write_text("dir/policy.yaml", path);
	policy = assert_loaded("dir/policy.yaml");
	assert_int_equal(policy->set_count, 1);
	df_policy_free(policy);
}

/* The digest is what sha256sum says of the files one behind the other. */
static void hashes_all_files(void **state)
{
	static const char text[] = V "include: [b.yaml, a.yaml]\n"
				   V "sets: { b: {} }\n"
				   V "sets: { a: {} }\n";
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_policy *policy;

	write_text("policy.yaml", V "include: [b.yaml, a.yaml]\n");
	write_text("b.yaml", V "sets: { b: {} }\n");
	write_text("a.yaml", V "sets: { a: {} }\n");
	policy = assert_loaded("policy.yaml");
	SHA256((const uint8_t *)text, strlen(text), digest);
	assert_memory_equal(policy->digest, digest, sizeof(digest));
	df_policy_free(policy);
}

static void refuses_a_missing_policy(void **state)
{
	assert_refused("nowhere.yaml",
		       "nowhere.yaml: error: cannot read nowhere.yaml: No such file or directory\n");
	assert_refused("", ": error: cannot read : No such file or directory\n");
}

static void refuses_what_is_no_file(void **state)
{
	assert_refused(".", ".: error: cannot read .: Is a directory\n");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	/* And does not wait for somebody to write into it. */
	assert_refused("fifo",
		       "fifo: error: cannot read fifo: it is not a regular file\n");
	assert_refused("/dev/null",
		       "/dev/null: error: cannot read /dev/null: it is not a regular file\n");
}

static void refuses_a_file_that_ends_early(void **state)
{
	/* /proc says 0 bytes, and there are more. */
	assert_refused("/proc/self/status",
		       "/proc/self/status: error: cannot read /proc/self/status: it changed while it was read\n");
}

static void refuses_a_missing_include(void **state)
{
	/* Sets that may be in the missing file are no second error. */
	write_text("policy.yaml", V "include: [nowhere.yaml]\n"
		   "profiles:\n"
		   "  p: { rules: [deny: there], default: dent }\n");
	assert_refused("policy.yaml",
		       "policy.yaml:2:11: error: cannot read nowhere.yaml: No such file or directory\n"
		       "  include: [nowhere.yaml]\n"
		       "            ^~~~~~~~~~~~\n"
		       "policy.yaml:4:39: error: 'dent' is not a verdict; did you mean 'deny'?\n"
		       "    p: { rules: [deny: there], default: dent }\n"
		       "                                        ^~~~\n");
}

static void refuses_an_include_that_is_no_text(void **state)
{
	/* Here too: who knows which sets that file has. */
	write_text("policy.yaml", V "include: *sets\n"
		   "profiles: { p: { rules: [deny: there], default: deny } }\n");
	assert_refused("policy.yaml",
		       "policy.yaml:2:10: error: aliases (*name) are not supported; quote text that starts with '*'\n"
		       "  include: *sets\n"
		       "           ^~~~~\n");
}

static void refuses_cycles(void **state)
{
	write_text("policy.yaml", V "include: [policy.yaml, ./policy.yaml]\n");
	assert_refused("policy.yaml",
		       "policy.yaml:2:11: error: policy.yaml includes itself\n"
		       "  include: [policy.yaml, ./policy.yaml]\n"
		       "            ^~~~~~~~~~~\n"
		       "policy.yaml:2:24: error: policy.yaml includes itself\n"
		       "  include: [policy.yaml, ./policy.yaml]\n"
		       "                         ^~~~~~~~~~~~~\n");
}

/* A link is the same file by another name. */
static void refuses_a_file_twice(void **state)
{
	write_text("once.yaml", V "sets: { a: {} }\n");
	assert_int_equal(symlink("once.yaml", "again.yaml"), 0);
	write_text("policy.yaml", V "include:\n  - once.yaml\n  - again.yaml\n");
	assert_refused("policy.yaml",
		       "policy.yaml:4:5: error: again.yaml is included twice\n"
		       "    - again.yaml\n"
		       "      ^~~~~~~~~~\n");
}

static void refuses_other_keys(void **state)
{
	write_text("policy.yaml", V "include: inner.yaml\n");
	write_text("inner.yaml", V "sets: {}\ninclude: x.yaml\nprofiles: {}\n");
	assert_refused("policy.yaml",
		       "inner.yaml:3:1: error: unknown key 'include' in an included file; there can be: version, sets\n"
		       "  include: x.yaml\n"
		       "  ^~~~~~~\n"
		       "inner.yaml:4:1: error: unknown key 'profiles' in an included file; there can be: version, sets\n"
		       "  profiles: {}\n"
		       "  ^~~~~~~~\n");
}

static void refuses_missing_keys(void **state)
{
	write_text("policy.yaml", V "include: [inner.yaml, second.yaml]\n");
	write_text("inner.yaml", "sets: {}\n");
	write_text("second.yaml", V);
	assert_refused("policy.yaml",
		       "inner.yaml:1:1: error: 'version' is missing; write 'version: 1'\n"
		       "  sets: {}\n"
		       "  ^\n"
		       "second.yaml:1:1: error: 'sets' is missing in an included file\n"
		       "  version: 1\n"
		       "  ^\n");
}

static void refuses_another_version(void **state)
{
	write_text("policy.yaml", V "include: inner.yaml\n");
	write_text("inner.yaml", "version: 3\nthings: {}\n");
	assert_refused("policy.yaml",
		       "inner.yaml:1:10: error: version '3' is not known; this program reads version 1\n"
		       "  version: 3\n"
		       "           ^\n");
}

static void shows_errors_of_all_files(void **state)
{
	write_text("policy.yaml", V "include: [b.yaml, a.yaml]\n"
		   "nmae: x\nsets:\n  c: { sets: [q] }\n");
	write_text("a.yaml", V "sets:\n  a: { countries: [CHN] }\n");
	write_text("b.yaml", V "sets:\n  b: { countries: [CN\n");
	/* b.yaml may have the set q. */
	assert_refused("policy.yaml",
		       "a.yaml:3:20: error: 'CHN' is not a country code of ISO 3166-1\n"
		       "    a: { countries: [CHN] }\n"
		       "                     ^~~\n"
		       "b.yaml:3:19: error: the list that opens here is not closed: expected ',' or ']'\n"
		       "    b: { countries: [CN\n"
		       "                    ^\n"
		       "policy.yaml:3:1: error: unknown key 'nmae' in the policy; did you mean 'name'?\n"
		       "  nmae: x\n"
		       "  ^~~~\n");
}

static void refuses_one_set_in_two_files(void **state)
{
	write_text("policy.yaml", V "include: inner.yaml\nsets:\n  a: {}\n");
	write_text("inner.yaml", V "sets:\n  b: {}\n  a: { sets: [c] }\n");
	assert_refused("policy.yaml",
		       "inner.yaml:4:3: error: set 'a' is defined already, at policy.yaml:4\n"
		       "    a: { sets: [c] }\n"
		       "    ^\n"
		       "inner.yaml:4:15: error: there is no set 'c' in this policy\n"
		       "    a: { sets: [c] }\n"
		       "                ^\n");
}

static void refuses_binary_includes(void **state)
{
	write_text("policy.yaml", V "include: inner.yaml\n");
	write_bytes("inner.yaml", "\x00\x01\x02", 3);
	assert_refused("policy.yaml",
		       "inner.yaml:1:1: error: control character 0x00 in the file\n");
}

static void refuses_an_include_that_is_a_folder(void **state)
{
	write_text("policy.yaml", V "include: .\n");
	assert_refused("policy.yaml",
		       "policy.yaml:2:10: error: cannot read .: Is a directory\n"
		       "  include: .\n"
		       "           ^\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(includes_sets),
		cmocka_unit_test(looks_beside_the_policy),
		cmocka_unit_test(hashes_all_files),
		cmocka_unit_test(refuses_a_missing_policy),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(refuses_a_file_that_ends_early),
		cmocka_unit_test(refuses_a_missing_include),
		cmocka_unit_test(refuses_an_include_that_is_no_text),
		cmocka_unit_test(refuses_cycles),
		cmocka_unit_test(refuses_a_file_twice),
		cmocka_unit_test(refuses_other_keys),
		cmocka_unit_test(refuses_missing_keys),
		cmocka_unit_test(refuses_another_version),
		cmocka_unit_test(shows_errors_of_all_files),
		cmocka_unit_test(refuses_one_set_in_two_files),
		cmocka_unit_test(refuses_binary_includes),
		cmocka_unit_test(refuses_an_include_that_is_a_folder),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
