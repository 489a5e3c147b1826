// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "pattern.h"
#include "utf8.h"

/**
 * df_run_pattern() - the cgroup of what "dronefence run" starts
 * @application: name of the application
 * @buf: where to store the pattern
 * @size: bytes in @buf
 *
 * Return: length of the pattern, or -ENOSPC if @buf is too small.
 */
int df_run_pattern(const char *application, char *buf, size_t size)
{
	int length = snprintf(buf, size, "/**/dronefence-%s.*.scope",
			      application);

	return length < 0 || (size_t)length >= size ? -ENOSPC : length;
}

/* Where the cgroups are in which programs are placed. */
#define PLACE_FOLDER "/dronefence.slice/"

/**
 * df_place_pattern() - the cgroup where programs of an application are placed
 * @application: name of the application
 * @buf: where to store the pattern
 * @size: bytes in @buf
 *
 * Return: length of the pattern, or -ENOSPC if @buf is too small.
 */
int df_place_pattern(const char *application, char *buf, size_t size)
{
	int length = snprintf(buf, size, PLACE_FOLDER "%s", application);

	return length < 0 || (size_t)length >= size ? -ENOSPC : length;
}

/*
 * What runs every other program, or repairs what a policy has broken. Placed
 * into an application, or killed because it has no cgroup yet, it would take
 * the machine with it.
 */
static const char *const essential[] = {
	"/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/sbin/init",
	"/usr/bin/dash", "/bin/dash", "/usr/bin/bash", "/bin/bash",
	"/usr/bin/sh", "/bin/sh", "/usr/bin/sudo", "/usr/bin/login",
	"/usr/bin/dronefence", "/usr/sbin/dronefenced",
	"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
};

static const char *matched_essential(const char *pattern)
{
	size_t i;

	for (i = 0; i < sizeof(essential) / sizeof(*essential); i++)
		if (dfence_pattern_match(pattern, essential[i]))
			return essential[i];
	return NULL;
}

/* Would it register every program of the machine. */
static bool matches_all(const char *pattern)
{
	return strspn(pattern, "/*?") == strlen(pattern);
}

static void load_pattern(struct df_loader *l, const struct df_yaml *value,
			 const char *text, struct df_selector *selector)
{
	const char *why = dfence_pattern_check(text);

	selector->mark = value->mark;
	if (why)
		df_load_error(l, &value->mark, "%s", why);
	else if (strlen(text) > DRONEFENCE_PATTERN_MAX)
		df_load_error(l, &value->mark,
			      "the pattern is longer than %d bytes",
			      DRONEFENCE_PATTERN_MAX);
	else if (matches_all(text))
		df_load_error(l, &value->mark,
			      "the pattern matches every program of the machine; name a part of the path");
	else
		selector->pattern = df_load_strdup(l, text);
}

static void load_cgroup(struct df_loader *l, const struct df_yaml *key,
			const struct df_yaml *value, void *arg)
{
	const char *text = df_load_text(l, value, "a cgroup path pattern");
	struct df_selector *selector = arg;

	if (!text)
		return;
	selector->type = DFENCE_SELECTOR_CGROUP;
	load_pattern(l, value, text, selector);
}

static void load_executable(struct df_loader *l, const struct df_yaml *key,
			    const struct df_yaml *value, void *arg)
{
	const char *text = df_load_text(l, value, "the path pattern of a program");
	struct df_selector *selector = arg;
	const char *program;

	if (!text)
		return;
	selector->type = DFENCE_SELECTOR_EXECUTABLE;
	load_pattern(l, value, text, selector);
	program = selector->pattern ? matched_essential(selector->pattern) : NULL;
	if (program)
		df_load_error(l, &value->mark,
			      "the pattern matches %s, without which nothing else works; name the application's own programs",
			      program);
}

static const struct df_key selector_keys[] = {
	{ "cgroup", false, load_cgroup },
	{ "executable", false, load_executable },
};

static void load_selector(struct df_loader *l, const struct df_yaml *item,
			  struct df_selector *selector)
{
	if (item->kind == DF_YAML_MAPPING && item->count != 1) {
		df_load_error(l, &item->mark,
			      "a selector has one key, 'cgroup' or 'executable'");
		return;
	}
	df_load_mapping(l, item, &item->mark, "a selector", selector_keys, 2,
			selector);
}

static void add_implied(struct df_loader *l, struct df_application *app,
			const char *pattern)
{
	struct df_selector *selector = &app->selectors[app->selector_count];

	selector->type = DFENCE_SELECTOR_CGROUP;
	selector->implied = true;
	selector->mark = app->mark;
	selector->pattern = df_load_strdup(l, pattern);
	if (selector->pattern)
		app->selector_count++;
}

static const struct df_selector *
first_executable(const struct df_application *app)
{
	size_t i;

	for (i = 0; i < app->selector_count; i++)
		if (app->selectors[i].type == DFENCE_SELECTOR_EXECUTABLE)
			return &app->selectors[i];
	return NULL;
}

/* A name and the rest of a pattern always fit. */
static void add_implied_selectors(struct df_loader *l,
				  struct df_application *app)
{
	const struct df_selector *executable = first_executable(app);
	char pattern[DRONEFENCE_PATTERN_MAX + 1];

	if (executable) {
		df_place_pattern(app->name, pattern, sizeof(pattern));
		add_implied(l, app, pattern);
	}
	df_run_pattern(app->name, pattern, sizeof(pattern));
	add_implied(l, app, pattern);
}

/* @value is NULL where there is no "match". */
static void load_selectors(struct df_loader *l, const struct df_yaml *value,
			   struct df_application *app)
{
	const size_t max = DRONEFENCE_MAX_APPLICATION_SELECTORS - 1;
	const struct df_yaml *items = NULL;
	size_t count = value ? df_load_items(value, &items) : 0, i;

	if (count > max) {
		df_load_error(l, &items[max].mark,
			      "more than %zu selectors of an application", max);
		count = max;
	}
	/* One more for "dronefence run", and one for where programs are placed. */
	app->selectors = df_load_alloc(l, count + 2, sizeof(*app->selectors));
	if (!app->selectors)
		return;
	for (i = 0; i < count; i++) {
		struct df_selector *selector = &app->selectors[app->selector_count];

		load_selector(l, &items[i], selector);
		if (selector->pattern)
			app->selector_count++;
	}
	if (first_executable(app) && app->selector_count == max)
		df_load_error(l, &items[max - 1].mark,
			      "more than %zu selectors of an application with executables",
			      max - 1);
	add_implied_selectors(l, app);
}

static void load_match(struct df_loader *l, const struct df_yaml *key,
		       const struct df_yaml *value, void *arg)
{
	if (value->kind == DF_YAML_LIST && !value->count)
		df_load_error(l, &value->mark,
			      "the list has no selector; leave 'match' out if only 'dronefence run' is to be used");
	load_selectors(l, value, arg);
}

static void unknown_profile(struct df_loader *l, const struct df_yaml *node)
{
	struct df_suggestion suggestion = { .word = node->text };
	char buf[DF_QUOTE_SIZE];
	size_t i;

	for (i = 0; i < l->policy->profile_count; i++)
		df_suggest(&suggestion, l->policy->profiles[i].name);
	if (suggestion.best)
		df_load_error(l, &node->mark,
			      "there is no profile '%s'; did you mean '%s'?",
			      df_quote(node->text, buf), suggestion.best);
	else
		df_load_error(l, &node->mark,
			      "there is no profile '%s' in this policy",
			      df_quote(node->text, buf));
}

static void load_profile(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	const char *text = df_load_text(l, value, "the name of a profile");
	struct df_application *app = arg;
	size_t i;

	if (!text)
		return;
	for (i = 0; i < l->policy->profile_count; i++) {
		if (strcmp(l->policy->profiles[i].name, text))
			continue;
		app->profile = i;
		return;
	}
	if (!l->no_profiles)
		unknown_profile(l, value);
}

static void load_mode(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	struct df_application *app = arg;
	unsigned int choice;

	if (df_load_choice(l, value, "a mode", df_mode_name,
			   DFENCE_MODE_AUDIT + 1, &choice))
		app->mode = (enum dfence_mode)choice;
}

static const struct df_key application_keys[] = {
	{ "match", false, load_match },
	{ "profile", true, load_profile },
	{ "mode", false, load_mode },
};

static void load_application(struct df_loader *l, const struct df_yaml *key,
			     const struct df_yaml *value)
{
	struct df_policy *policy = l->policy;
	struct df_application *app = &policy->applications[policy->application_count];
	char what[DRONEFENCE_NAME_MAX + 16];

	app->name = df_load_name(l, key, "an application");
	if (!app->name)
		return;
	policy->application_count++;
	app->mark = key->mark;
	snprintf(what, sizeof(what), "application '%s'", app->name);
	df_load_mapping(l, value, &key->mark, what, application_keys, 3, app);
	if (!app->selectors)
		load_selectors(l, NULL, app);
}

static bool owns_cgroup(const struct df_application *app, const char *path)
{
	size_t i;

	for (i = 0; i < app->selector_count; i++)
		if (app->selectors[i].type == DFENCE_SELECTOR_CGROUP &&
		    dfence_pattern_match(app->selectors[i].pattern, path))
			return true;
	return false;
}

/*
 * A program that is placed must arrive at its own application: one that the
 * first match gives to another would be killed instead.
 */
static void check_place(struct df_loader *l, const struct df_application *app)
{
	const struct df_selector *executable = first_executable(app);
	char path[DRONEFENCE_PATTERN_MAX + 1];
	const struct df_application *other;

	if (!executable)
		return;
	df_place_pattern(app->name, path, sizeof(path));
	for (other = l->policy->applications; other < app; other++) {
		if (!owns_cgroup(other, path))
			continue;
		df_load_error(l, &executable->mark,
			      "programs of '%s' are placed into the cgroup %s, which matches application '%s' first; write '%s' before it",
			      app->name, path, other->name, app->name);
		return;
	}
}

/**
 * df_load_applications() - read the part "applications"
 * @l: the loader, after df_load_profiles()
 * @node: its value
 */
void df_load_applications(struct df_loader *l, const struct df_yaml *node)
{
	struct df_policy *policy = l->policy;
	size_t count, i;

	if (!df_load_is_mapping(l, node, "'applications'"))
		return;
	count = node->count;
	if (count > DRONEFENCE_MAX_APPLICATIONS) {
		df_load_error(l, &node->list[2 * DRONEFENCE_MAX_APPLICATIONS].mark,
			      "more than %d applications",
			      DRONEFENCE_MAX_APPLICATIONS);
		count = DRONEFENCE_MAX_APPLICATIONS;
	}
	policy->applications = df_load_alloc(l, count,
					     sizeof(*policy->applications));
	if (!policy->applications)
		return;
	for (i = 0; i < count; i++)
		load_application(l, &node->list[2 * i], &node->list[2 * i + 1]);
	for (i = 0; i < policy->application_count; i++)
		check_place(l, &policy->applications[i]);
}
