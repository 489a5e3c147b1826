// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Units of systemd: from the name of one to the pattern of its cgroup.
 *
 * A unit's cgroup has its name and is below those of its slices. The units of
 * the system are below slices only; those of users below user@UID.service, a
 * part of the tree that belongs to the user. A name that the kernel could take
 * for a file of its own gets a "_" in front, see cg_escape() of systemd.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The longest name of a unit. */
#define UNIT_MAX 255

/* Kinds of units that have a cgroup. */
static const char *const suffixes[] = {
	".service", ".scope", ".slice", ".socket", ".mount", ".swap",
};

/* And those that only start others. */
static const char *const without[] = {
	".timer", ".target", ".path", ".device", ".automount", ".snapshot",
};

/* What the names of the kernel's own files begin with. */
static const char *const reserved[] = {
	"cgroup.", "cpu.", "cpuacct.", "cpuset.", "io.", "blkio.", "memory.",
	"devices.", "pids.", "bpf-firewall.", "bpf-devices.", "bpf-foreign.",
	"bpf-socket-bind.", "bpf-restrict-network-interfaces.",
	"bpf-bind-network-interface.", "_", ".",
};

static const char *suffix_of(const char *name, const char *const *list,
			     size_t count)
{
	size_t length = strlen(name), i;

	for (i = 0; i < count; i++) {
		size_t size = strlen(list[i]);

		if (length > size && !strcmp(name + length - size, list[i]))
			return list[i];
	}
	return NULL;
}

static bool complain(struct df_loader *l, const struct df_yaml *node,
		     const char *stem, int length, const char *suffix)
{
	char buf[DF_QUOTE_SIZE], meant[UNIT_MAX + 16], quoted[DF_QUOTE_SIZE];

	snprintf(meant, sizeof(meant), "%.*s%s", length, stem, suffix);
	df_load_error(l, &node->mark,
		      "'%s' is no unit with processes; did you mean '%s'?",
		      df_quote(node->text, buf), df_quote(meant, quoted));
	return false;
}

/* Does it end in a word for a unit with processes? */
static bool check_suffix(struct df_loader *l, const struct df_yaml *node)
{
	const char *name = node->text, *dot = strrchr(name, '.');
	const char *other = suffix_of(name, without, COUNT(without));
	struct df_suggestion suggestion = { .word = dot };
	size_t i;

	if (suffix_of(name, suffixes, COUNT(suffixes)))
		return true;
	if (other)
		return complain(l, node, name,
				(int)(strlen(name) - strlen(other)), ".service");
	for (i = 0; dot && i < COUNT(suffixes); i++)
		df_suggest(&suggestion, suffixes[i]);
	if (suggestion.best)
		return complain(l, node, name, (int)(dot - name),
				suggestion.best);
	return complain(l, node, name, (int)strlen(name), ".service");
}

static bool has_allowed(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) &&
		    !strchr(":-_.\\@*?[]!^", *name))
			return false;
	return true;
}

static bool check_name(struct df_loader *l, const struct df_yaml *node)
{
	const char *name = node->text, *at = strchr(name, '@');
	char buf[DF_QUOTE_SIZE];

	if (!*name || strlen(name) > UNIT_MAX || !has_allowed(name)) {
		df_load_error(l, &node->mark,
			      "'%s' is not the name of a unit; expected one such as qgc.service",
			      df_quote(name, buf));
		return false;
	}
	if (!check_suffix(l, node))
		return false;
	/* A template is only what instances are made from. */
	if (at && at[1] == '.' && !strchr(at + 2, '.')) {
		char suffix[UNIT_MAX + 2];

		snprintf(suffix, sizeof(suffix), "*%s", at + 1);
		return complain(l, node, name, (int)(at + 1 - name), suffix);
	}
	if (strspn(name, "*?") == (size_t)(strrchr(name, '.') - name)) {
		df_load_error(l, &node->mark,
			      "'%s' matches every unit; write a part of the name",
			      df_quote(name, buf));
		return false;
	}
	return true;
}

/*
 * Has the cgroup a "_" before the name? For a pattern that can depend on what
 * it stands for; then false after an error was reported.
 */
static bool find_escape(struct df_loader *l, const struct df_yaml *node,
			const char **escape)
{
	size_t literal = strcspn(node->text, "*?["), i;
	char buf[DF_QUOTE_SIZE];

	*escape = "";
	for (i = 0; i < COUNT(reserved); i++) {
		size_t size = strlen(reserved[i]);

		if (!strncmp(node->text, reserved[i], size)) {
			*escape = "_";
			return true;
		}
		/* A star at the beginning stands for the "_" as well. */
		if (!node->text[literal] || *node->text == '*' ||
		    literal >= size || strncmp(node->text, reserved[i], literal))
			continue;
		df_load_error(l, &node->mark,
			      "'%s' could also be '%sservice', whose control group is '_%sservice'; write more of the name, or use 'cgroup'",
			      df_quote(node->text, buf), reserved[i],
			      reserved[i]);
		return false;
	}
	return true;
}

/**
 * df_load_unit() - the cgroups that a name or pattern of units stands for
 * @l: the loader
 * @node: a text
 * @of_user: of the service manager of any user, not of the system
 * @pattern: where to store the pattern, which passes dfence_pattern_check() if
 *	@node has no [ without ]
 *
 * Return: true; false after an error was reported.
 */
bool df_load_unit(struct df_loader *l, const struct df_yaml *node, bool of_user,
		  char pattern[DRONEFENCE_PATTERN_MAX + 1])
{
	const char *escape;

	if (!check_name(l, node) || !find_escape(l, node, &escape))
		return false;
	snprintf(pattern, DRONEFENCE_PATTERN_MAX + 1, "%s/%s%s",
		 of_user ? "/user.slice/user-*.slice/user@*.service/**" :
			   "/**.slice", escape, node->text);
	return true;
}
