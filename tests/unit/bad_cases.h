/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies that must be refused, with the exact messages. */
#ifndef BAD_CASES_H
#define BAD_CASES_H

#include "policy_util.h"

/**
 * struct bad_case - a file policy.yaml and what is said about it
 * @name: of the test
 * @text: content of the file
 * @size: bytes in @text, 0 if it ends with its NUL
 * @expected: all messages as they are printed
 */
struct bad_case {
	const char *name;
	const char *text;
	size_t size;
	const char *expected;
};

#define TEXT(text) text, 0
#define BYTES(bytes) bytes, sizeof(bytes) - 1

static void run_bad_case(void **state)
{
	const struct bad_case *bad = *state;

	write_bytes("policy.yaml", bad->text,
		    bad->size ? bad->size : strlen(bad->text));
	assert_refused("policy.yaml", bad->expected);
}

static inline struct CMUnitTest bad_test(const struct bad_case *bad)
{
	return (struct CMUnitTest){
		.name = bad->name,
		.test_func = run_bad_case,
		.initial_state = (void *)bad,
	};
}

/* Run a table as the tests of a program. */
#define RUN_BAD_CASES(cases) ({						\
	struct CMUnitTest tests[COUNT(cases)];				\
	size_t i_;							\
									\
	for (i_ = 0; i_ < COUNT(cases); i_++)				\
		tests[i_] = bad_test(&(cases)[i_]);			\
	cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);	\
})

#endif
