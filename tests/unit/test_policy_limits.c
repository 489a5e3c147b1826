// SPDX-License-Identifier: GPL-2.0-or-later
/* The largest policies that load, and the smallest that do not. */
#include "loader.h"
#include "policy_util.h"

#define V "version: 1\n"
#define HEAD V "profiles:\n  p:\n    default: deny\n"
#define RULE HEAD "    rules:\n      - allow: any\n"

/**
 * struct limit - something of which there can be only so many
 * @name: of the test
 * @head: text before the first
 * @before: text of each before its number
 * @after: text of each behind its number
 * @max: how many there can be
 * @column: where the first that is too many stands
 * @what: what is said about it behind the number
 */
struct limit {
	const char *name;
	const char *head;
	const char *before;
	const char *after;
	size_t max;
	unsigned int column;
	const char *what;
};

static const struct limit limits[] = {
	{ "sets", V "sets:\n", "  s", ": {}\n", DRONEFENCE_MAX_SETS, 3,
	  "sets" },
	{ "profiles", V "profiles:\n", "  p", ": { default: deny }\n",
	  DRONEFENCE_MAX_PROFILES, 3, "profiles" },
	{ "applications", HEAD "applications:\n", "  a", ": { profile: p }\n",
	  DRONEFENCE_MAX_APPLICATIONS, 3, "applications" },
	{ "rules", HEAD "    rules:\n", "      - allow: 10.0.0.", "\n",
	  DRONEFENCE_MAX_PROFILE_RULES, 9, "rules in a profile" },
	{ "destinations", HEAD "    rules:\n      - allow:\n",
	  "        - 10.0.0.", "\n", DRONEFENCE_MAX_RULE_SETS, 11,
	  "destinations in a rule; put them into a set" },
	{ "ports", RULE "        protocol: tcp\n        ports:\n",
	  "          - 1", "\n", DRONEFENCE_MAX_RULE_PORTS, 13,
	  "ports and ranges in a rule" },
	/* One selector more is made for "dronefence run". */
	{ "selectors", HEAD "applications:\n  a:\n    profile: p\n    match:\n",
	  "      - cgroup: /a", "\n",
	  DRONEFENCE_MAX_APPLICATION_SELECTORS - 1, 9,
	  "selectors of an application" },
	/* And one for where programs are placed. */
	{ "executables", HEAD "applications:\n  a:\n    profile: p\n    match:\n",
	  "      - executable: /a", "\n",
	  DRONEFENCE_MAX_APPLICATION_SELECTORS - 2, 9,
	  "selectors of an application with executables" },
	{ "files", V "include:\n", "  - f", ".yaml\n", DF_POLICY_FILES_MAX - 1,
	  5, "included files" },
};

static void write_limit(const struct limit *limit, size_t count)
{
	FILE *file = fopen("policy.yaml", "we");
	size_t i;

	assert_non_null(file);
	fputs(limit->head, file);
	for (i = 0; i < count; i++)
		fprintf(file, "%s%zu%s", limit->before, i, limit->after);
	assert_int_equal(fclose(file), 0);
}

/* What the test of the files includes. */
static int write_included(void **state)
{
	char name[32], text[64];
	size_t i;

	if (enter_tmp_dir(state))
		return -1;
	for (i = 0; i < DF_POLICY_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "f%zu.yaml", i);
		snprintf(text, sizeof(text), V "sets: { s%zu: {} }\n", i);
		write_text(name, text);
	}
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void refuse_with(const struct limit *limit)
{
	struct df_diags diags = { 0 };
	char *message;

	assert_true(asprintf(&message, "more than %zu %s", limit->max,
			     limit->what) > 0);
	assert_null(df_policy_load("policy.yaml", &diags));
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.list[0].message, message);
	assert_int_equal(diags.list[0].line,
			 count_lines(limit->head) + limit->max + 1);
	assert_int_equal(diags.list[0].column, limit->column);
	free(message);
	df_diags_free(&diags);
}

static void test_limit(void **state)
{
	const struct limit *limit = *state;

	write_limit(limit, limit->max);
	df_policy_free(assert_loaded("policy.yaml"));
	write_limit(limit, limit->max + 1);
	refuse_with(limit);
}

static void test_size(void **state)
{
	size_t size = DF_SOURCE_MAX;
	char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, '#', size + 1);
	memcpy(text, V, strlen(V));
	write_bytes("policy.yaml", text, size);
	df_policy_free(assert_loaded("policy.yaml"));
	write_bytes("policy.yaml", text, size + 1);
	assert_refused("policy.yaml",
		       "policy.yaml: error: cannot read policy.yaml: it is larger than 4 MiB\n");
	free(text);
}

static void write_pattern(size_t length)
{
	char *text;

	assert_true(asprintf(&text, HEAD "applications:\n  a: { profile: p, match: { cgroup: /%0*d } }\n",
			     (int)length - 1, 0) > 0);
	write_text("policy.yaml", text);
	free(text);
}

/* The line is too long to be shown. */
static void test_pattern(void **state)
{
	struct df_policy *policy;

	write_pattern(DRONEFENCE_PATTERN_MAX);
	policy = assert_loaded("policy.yaml");
	assert_int_equal(strlen(policy->applications[0].selectors[0].pattern),
			 DRONEFENCE_PATTERN_MAX);
	df_policy_free(policy);
	write_pattern(DRONEFENCE_PATTERN_MAX + 1);
	assert_refused("policy.yaml",
		       "policy.yaml:6:37: error: the pattern is longer than 511 bytes\n");
}

static void test_name(void **state)
{
	char text[128];
	struct df_policy *policy;

	snprintf(text, sizeof(text), V "name: %063d\n", 0);
	write_text("policy.yaml", text);
	policy = assert_loaded("policy.yaml");
	assert_int_equal(strlen(policy->name), DRONEFENCE_NAME_MAX);
	df_policy_free(policy);
}

/* Levels of lists and mappings, the outermost one included. */
static void test_nesting(void **state)
{
	static const char open[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
	static const char close[] = "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
	char text[128];

	assert_int_equal(strlen(open) + 1, DF_YAML_DEPTH_MAX);
	snprintf(text, sizeof(text), V "name:\n  %sx%s\n", open, close);
	write_text("policy.yaml", text);
	assert_refused("policy.yaml",
		       "policy.yaml:3:3: error: expected a name, found a list\n"
		       "    [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
		       "    ^\n");
	snprintf(text, sizeof(text), V "name:\n  [%sx%s]\n", open, close);
	write_text("policy.yaml", text);
	assert_refused("policy.yaml",
		       "policy.yaml:3:34: error: nested deeper than 32 levels\n"
		       "    [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
		       "                                   ^\n");
}

static void write_chain(size_t count, bool closed)
{
	FILE *file = fopen("policy.yaml", "we");
	size_t i;

	assert_non_null(file);
	fputs(V "sets:\n", file);
	for (i = 0; i < count; i++)
		if (i + 1 < count || closed)
			fprintf(file, "  s%zu: { sets: s%zu }\n", i,
				(i + 1) % count);
		else
			fprintf(file, "  s%zu: {}\n", i);
	assert_int_equal(fclose(file), 0);
}

/* Each set in the one before: nesting as deep as there can be sets. */
static void test_chain_of_sets(void **state)
{
	write_chain(DRONEFENCE_MAX_SETS, false);
	df_policy_free(assert_loaded("policy.yaml"));
	write_chain(DRONEFENCE_MAX_SETS, true);
	assert_refused("policy.yaml",
		       "policy.yaml:4098:18: error: set 's0' contains itself, by way of 's4095'\n"
		       "    s4095: { sets: s0 }\n"
		       "                   ^~\n");
}

static void test_number_of_errors(void **state)
{
	struct df_diags diags = { 0 };
	FILE *file = fopen("policy.yaml", "we");
	size_t i;

	assert_non_null(file);
	fputs(V "sets: { a: { countries: [", file);
	for (i = 0; i < 5000; i++)
		fputs("XX, ", file);
	fputs("] } }\n", file);
	assert_int_equal(fclose(file), 0);
	assert_null(df_policy_load("policy.yaml", &diags));
	assert_int_equal(diags.count, DF_SOURCE_ERRORS_MAX + 1);
	assert_string_equal(diags.list[DF_SOURCE_ERRORS_MAX].message,
			    "more than 1000 errors, the others are not shown");
	df_diags_free(&diags);
}

/*
 * A large file must cost time in proportion to its size, whatever is in it.
 * There is no time limit here: what is not so does not come to its end.
 */
static void fill(const char *head, const char *before, size_t number,
		 const char *after)
{
	FILE *file = fopen("policy.yaml", "we");

	assert_non_null(file);
	fputs(head, file);
	while (ftell(file) < (long)DF_SOURCE_MAX - 64)
		fprintf(file, "%s%zu%s", before, number++, after);
	assert_int_equal(fclose(file), 0);
}

static size_t count_errors(void)
{
	struct df_diags diags = { 0 };
	size_t errors;

	df_policy_free(df_policy_load("policy.yaml", &diags));
	errors = diags.errors;
	df_diags_free(&diags);
	return errors;
}

static void test_large_files(void **state)
{
	/* One line, a quarter of a million entries. */
	fill(V "sets: { a: { asns: [", "AS", 1000000, ", ");
	assert_int_equal(count_errors(), 1);
	/* As many keys, in order. */
	fill(V "sets:\n", "  s", 1000000, ": {}\n");
	assert_int_equal(count_errors(), 1);
	/* Characters of several bytes. */
	fill(V, "# \xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2 ", 0, "\n");
	assert_int_equal(count_errors(), 0);
	/* Everything opens, nothing closes. */
	fill(V "name: ", "{a", 0, ": [");
	assert_int_equal(count_errors(), 1);
}

/* Thousands of names, none of which is right. */
static void test_many_suggestions(void **state)
{
	FILE *file = fopen("policy.yaml", "we");
	size_t i;

	assert_non_null(file);
	fputs(V "sets:\n", file);
	for (i = 0; i < 4095; i++)
		fprintf(file, "  abcdefghijklmnopqrstuvwxyz%030zu: {}\n", i);
	fputs("  all:\n    sets:\n", file);
	for (i = 5000; i < 6100; i++)
		fprintf(file, "      - abcdefghijklmnopqrstuvwxyz%030zu\n", i);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(count_errors(), DF_SOURCE_ERRORS_MAX + 1);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_chain_of_sets),
		cmocka_unit_test(test_number_of_errors),
		cmocka_unit_test(test_large_files),
		cmocka_unit_test(test_many_suggestions),
	};
	struct CMUnitTest tests[COUNT(limits) + COUNT(fixed)];
	size_t i;

	for (i = 0; i < COUNT(limits); i++)
		tests[i] = (struct CMUnitTest){
			.name = limits[i].name,
			.test_func = test_limit,
			.initial_state = (void *)&limits[i],
		};
	memcpy(tests + COUNT(limits), fixed, sizeof(fixed));
	return cmocka_run_group_tests(tests, write_included, leave_tmp_dir);
}
