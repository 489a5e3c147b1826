/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the policy loader share. */
#ifndef POLICY_UTIL_H
#define POLICY_UTIL_H

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "diag.h"
#include "policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FOUND_SIZE (2 * PATH_MAX)

static char policies_dir[FOUND_SIZE];
static char tmp_dir[] = "/tmp/dronefence-test-XXXXXX";

/* Go up from the current directory, or from this program, to the sources. */
static inline int find_up(char *dir, const char *wanted, char *found)
{
	char *slash;

	for (;;) {
		snprintf(found, FOUND_SIZE, "%s/%s", dir, wanted);
		if (!access(found, R_OK))
			return 0;
		slash = strrchr(dir, '/');
		if (!slash)
			return -1;
		*slash = '\0';
	}
}

static inline int find_in_sources(const char *wanted, char *found)
{
	char dir[PATH_MAX];
	ssize_t length;

	if (getcwd(dir, sizeof(dir)) && !find_up(dir, wanted, found))
		return 0;
	length = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	if (length < 0)
		return -1;
	dir[length] = '\0';
	return find_up(dir, wanted, found);
}

/* Group set-up: all files of a test are in a directory of its own. */
static inline int enter_tmp_dir(void **state)
{
	if (find_in_sources("userspace/policies", policies_dir)) {
		fprintf(stderr, "the sources of dronefence are not above this directory\n");
		return -1;
	}
	return mkdtemp(tmp_dir) && !chdir(tmp_dir) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int type,
			     struct FTW *ftw)
{
	return remove(path);
}

static inline int leave_tmp_dir(void **state)
{
	if (chdir("/"))
		return -1;
	return nftw(tmp_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void write_bytes(const char *path, const char *data, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static inline void write_text(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static inline char *read_text(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	char *text;
	long length;

	if (!file)
		fail_msg("cannot read %s", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	length = ftell(file);
	rewind(file);
	text = malloc(length + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, length, file), length);
	text[length] = '\0';
	fclose(file);
	*size = length;
	return text;
}

/* All messages as a person sees them. */
static inline char *render(struct df_diags *diags)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	df_diags_sort(diags);
	df_diags_print(diags, out, false);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Into the folder DRONEFENCE_KEEP, if there is one: for who checks the schema. */
static inline void keep_for_schema(const char *path, const char *as)
{
	const char *dir = getenv("DRONEFENCE_KEEP");
	static unsigned int count;
	char copy[FOUND_SIZE], *text;
	struct stat st;
	size_t size;

	if (!dir || stat(path, &st) || !S_ISREG(st.st_mode) || access(path, R_OK))
		return;
	text = read_text(path, &size);
	snprintf(copy, sizeof(copy), "%s/%s-%d-%u.yaml", dir, as, getpid(), count++);
	write_bytes(copy, text, size);
	free(text);
}

/* Load a policy that must be refused with exactly these messages. */
static inline void assert_refused(const char *path, const char *expected)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(path, &diags);
	char *text = render(&diags);

	keep_for_schema(path, "refused");
	assert_string_equal(text, expected);
	assert_null(policy);
	assert_true(df_diags_failed(&diags));
	free(text);
	df_diags_free(&diags);
}

/* Load a policy that has no errors. */
static inline struct df_policy *assert_loaded(const char *path)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(path, &diags);
	char *text = render(&diags);

	keep_for_schema(path, "loaded");
	assert_string_equal(text, "");
	assert_non_null(policy);
	assert_false(df_diags_failed(&diags));
	free(text);
	df_diags_free(&diags);
	return policy;
}

#endif
