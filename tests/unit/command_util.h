/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands run as the command line runs them, on stores of a few lines. */
#ifndef COMMAND_UTIL_H
#define COMMAND_UTIL_H

#include "cli.h"
#include "store_util.h"

/* What the last command printed. */
static char *out;

static inline int open_one(void **state)
{
	setenv("TZ", "UTC", 1);
	return make_test_dir(state);
}

static inline int close_one(void **state)
{
	free(out);
	out = NULL;
	return remove_test_dir(state);
}

/* Run it with arguments that have | in between; its output is in @out then. */
static inline int run(enum df_exit (*command)(const struct cli *, int, char **),
		      const char *arguments)
{
	static char line[2048];
	char *argv[32] = { (char *)"x" };
	const struct cli cli = { .policy = "/nowhere/policy.yaml" };
	int argc = 1, saved = dup(1), fd, status;
	char *rest = line, *word;

	snprintf(line, sizeof(line), "%s", arguments);
	while ((word = strsep(&rest, "|")))
		if (*word)
			argv[argc++] = word;
	fflush(stdout);
	fd = open(test_path("out"), O_CREAT | O_TRUNC | O_WRONLY, 0600);
	dup2(fd, 1);
	close(fd);
	status = (int)command(&cli, argc, argv);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	free(out);
	out = read_whole("out");
	return status;
}

/* A store of these lines, the last one NULL, with ' for ". */
static inline void make_lines(const char *name, const char *const *lines)
{
	const struct df_store_mark mark = { .clean = true };
	struct df_store *store;
	char line[2048], *p;

	assert_int_equal(df_store_open(test_path(name), &store), 0);
	for (; *lines; lines++) {
		snprintf(line, sizeof(line), "%s", *lines);
		for (p = line; *p; p++)
			if (*p == '\'')
				*p = '"';
		assert_int_equal(df_store_append(store, line, strlen(line)), 0);
	}
	assert_int_equal(df_store_commit(store, &mark), 0);
	df_store_close(store);
}

#endif
