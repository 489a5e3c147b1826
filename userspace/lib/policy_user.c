// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users, by name or number. The kernel knows numbers only, so a name stands for
 * whom it means on this machine when the policy is compiled.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

static void unknown_user(struct df_loader *l, const struct df_yaml *node)
{
	struct df_suggestion suggestion = { .word = node->text };
	char buf[DF_QUOTE_SIZE], best[DRONEFENCE_NAME_MAX + 1] = "";
	const struct passwd *user;

	setpwent();
	while ((user = getpwent())) {
		const char *before = suggestion.best;

		/* The next call overwrites the name. */
		if (strlen(user->pw_name) >= sizeof(best))
			continue;
		df_suggest(&suggestion, user->pw_name);
		if (suggestion.best == before)
			continue;
		strcpy(best, user->pw_name);
		suggestion.best = best;
	}
	endpwent();
	if (*best)
		df_load_error(l, &node->mark,
			      "this machine has no user '%s'; did you mean '%s'?",
			      df_quote(node->text, buf), best);
	else
		df_load_error(l, &node->mark,
			      "this machine has no user '%s'; a number does not need to have a name",
			      df_quote(node->text, buf));
}

/* Find a user by name; false after an error was reported. */
static bool find_name(struct df_loader *l, const struct df_yaml *node,
		      uint32_t *uid)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(node->text);
	if (user) {
		*uid = user->pw_uid;
		return true;
	}
	/* Said in many ways: there is no such user. */
	if (!errno || errno == ENOENT || errno == ESRCH || errno == EBADF ||
	    errno == EPERM)
		unknown_user(l, node);
	else
		df_load_error(l, &node->mark, "users cannot be looked up: %s",
			      strerror(errno));
	return false;
}

/* No user has the highest number: it means "none". */
static bool read_number(struct df_loader *l, const struct df_yaml *node,
			uint32_t *uid)
{
	unsigned long number;
	char buf[DF_QUOTE_SIZE];

	errno = 0;
	number = strtoul(node->text, NULL, 10);
	if (errno || number >= UINT32_MAX ||
	    (node->text[0] == '0' && node->text[1])) {
		df_load_error(l, &node->mark,
			      "'%s' is not the number of a user; expected 1 to 4294967294",
			      df_quote(node->text, buf));
		return false;
	}
	*uid = (uint32_t)number;
	return true;
}

/**
 * df_load_user() - read the name or number of a user
 * @l: the loader
 * @node: a text
 * @uid: where to store the number, which is not 0
 *
 * Return: true; false after an error was reported.
 */
bool df_load_user(struct df_loader *l, const struct df_yaml *node,
		  uint32_t *uid)
{
	bool number = !node->text[strspn(node->text, "0123456789")];

	if (!(number ? read_number(l, node, uid) : find_name(l, node, uid)))
		return false;
	if (*uid)
		return true;
	df_load_error(l, &node->mark,
		      "everything that keeps the machine running is root's; name the user that the application has for itself");
	return false;
}
