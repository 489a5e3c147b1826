// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "confine.h"
#include "loader.h"
#include "pattern.h"
#include "utf8.h"

/**
 * df_run_pattern() - cgroups of what "dronefence run" and its units start
 * @application: name of the application
 * @buf: where to store the pattern
 * @size: bytes in @buf
 *
 * Return: length of the pattern, or -ENOSPC if @buf is too small.
 */
int df_run_pattern(const char *application, char *buf, size_t size)
{
	int length = snprintf(buf, size, "/**/dronefence-%s.*", application);

	return length < 0 || (size_t)length >= size ? -ENOSPC : length;
}

/* What stands for any number of slices, at the beginning of a pattern. */
#define SLICES "/**.slice"

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
	if (!strncmp(pattern, SLICES, sizeof(SLICES) - 1))
		pattern += sizeof(SLICES) - 1;
	return strspn(pattern, "/*?") == strlen(pattern);
}

/**
 * struct selector_state - a selector while it is read
 * @selector: the selector
 * @local: its key for programs of this machine, the later one; NULL for none
 * @forward: the first key that is for forwarded packets, NULL for none
 * @copies: the key that says whether copies count, NULL for none
 * @bad: one of these has a value that cannot be used
 */
struct selector_state {
	struct df_selector *selector;
	const struct df_yaml *local;
	const struct df_yaml *forward;
	const struct df_yaml *copies;
	bool bad;
};

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

/* A value for forwarded packets, or NULL. */
static const char *load_forward(struct df_loader *l, const struct df_yaml *key,
				const struct df_yaml *value,
				struct selector_state *state, const char *what)
{
	const char *text = df_load_text(l, value, what);

	if (!state->forward) {
		state->forward = key;
		state->selector->mark = value->mark;
	}
	state->bad |= !text;
	return text;
}

static void load_in(struct df_loader *l, const struct df_yaml *key,
		    const struct df_yaml *value, void *arg)
{
	struct selector_state *state = arg;

	if (load_forward(l, key, value, state, "the name of an interface") &&
	    !df_load_ifname(l, value, state->selector->in))
		state->bad = true;
}

static void load_source(struct df_loader *l, const struct df_yaml *key,
			const struct df_yaml *value, void *arg)
{
	struct selector_state *state = arg;

	if (!load_forward(l, key, value, state, "a network"))
		return;
	state->selector->has_source =
		df_load_network(l, value, &state->selector->source);
	state->bad |= !state->selector->has_source;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_mac(const char *text, uint8_t mac[DRONEFENCE_MAC_LEN])
{
	size_t i;

	if (strlen(text) != DF_MAC_STRLEN - 1)
		return false;
	for (i = 0; i < DRONEFENCE_MAC_LEN; i++, text += 3) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);
		char end = i + 1 < DRONEFENCE_MAC_LEN ? ':' : '\0';

		if (high < 0 || low < 0 || text[2] != end)
			return false;
		mac[i] = high << 4 | low;
	}
	return true;
}

/**
 * df_mac_format() - a MAC address as text
 * @mac: the address
 * @buf: result
 */
void df_mac_format(const uint8_t mac[DRONEFENCE_MAC_LEN],
		   char buf[DF_MAC_STRLEN])
{
	snprintf(buf, DF_MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void load_mac(struct df_loader *l, const struct df_yaml *key,
		     const struct df_yaml *value, void *arg)
{
	static const uint8_t zero[DRONEFENCE_MAC_LEN];
	struct selector_state *state = arg;
	uint8_t *mac = state->selector->mac;
	const char *text = load_forward(l, key, value, state, "a MAC address");
	char buf[DF_QUOTE_SIZE];

	if (!text)
		return;
	if (!parse_mac(text, mac))
		df_load_error(l, &value->mark,
			      "'%s' is not a MAC address; expected six pairs of digits, such as 02:00:5e:10:00:01",
			      df_quote(text, buf));
	else if ((mac[0] & 1) || !memcmp(mac, zero, sizeof(zero)))
		df_load_error(l, &value->mark,
			      "no packet is from the MAC address '%s'", text);
	else
		state->selector->has_mac = true;
	state->bad |= !state->selector->has_mac;
}

/* A pattern for what runs on this machine, or NULL. */
static const char *load_local(struct df_loader *l, const struct df_yaml *key,
			      const struct df_yaml *value,
			      struct selector_state *state, const char *what)
{
	if (state->local) {
		df_load_error(l, &key->mark,
			      "'%s' beside '%s': a selector has one key for programs; make another selector",
			      key->text, state->local->text);
		state->bad = true;
	}
	state->local = key;
	return df_load_text(l, value, what);
}

static void load_cgroup(struct df_loader *l, const struct df_yaml *key,
			const struct df_yaml *value, void *arg)
{
	struct selector_state *state = arg;
	const char *text = load_local(l, key, value, state,
				      "a cgroup path pattern");

	if (!text || state->bad)
		return;
	state->selector->type = DFENCE_SELECTOR_CGROUP;
	load_pattern(l, value, text, state->selector);
}

static void load_executable(struct df_loader *l, const struct df_yaml *key,
			    const struct df_yaml *value, void *arg)
{
	struct selector_state *state = arg;
	struct df_selector *selector = state->selector;
	const char *text = load_local(l, key, value, state,
				      "the path pattern of a program");
	const char *program;

	if (!text || state->bad)
		return;
	selector->type = DFENCE_SELECTOR_EXECUTABLE;
	load_pattern(l, value, text, selector);
	program = selector->pattern ? matched_essential(selector->pattern) : NULL;
	if (program)
		df_load_error(l, &value->mark,
			      "the pattern matches %s, without which nothing else works; name the application's own programs",
			      program);
}

/* The cgroup of a unit of systemd, of the system's or of a user's. */
static void load_unit(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	bool of_user = !strcmp(key->text, "user-unit");
	struct selector_state *state = arg;
	const char *text = load_local(l, key, value, state, "the name of a unit");
	char pattern[DRONEFENCE_PATTERN_MAX + 1];

	if (!text || state->bad || !df_load_unit(l, value, of_user, pattern))
		return;
	state->selector->type = DFENCE_SELECTOR_CGROUP;
	load_pattern(l, value, pattern, state->selector);
}

static void load_user(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	struct selector_state *state = arg;

	if (!load_local(l, key, value, state, "the name or number of a user") ||
	    state->bad)
		return;
	state->selector->type = DFENCE_SELECTOR_USER;
	state->selector->mark = value->mark;
	state->bad = !df_load_user(l, value, &state->selector->uid);
}

static void load_copies(struct df_loader *l, const struct df_yaml *key,
			const struct df_yaml *value, void *arg)
{
	struct selector_state *state = arg;

	state->copies = key;
	if (!df_load_bool(l, value, "a value for 'copies'",
			  &state->selector->copies))
		state->bad = true;
}

static const struct df_key selector_keys[] = {
	{ "cgroup", false, load_cgroup },
	{ "executable", false, load_executable },
	{ "unit", false, load_unit },
	{ "user-unit", false, load_unit },
	{ "user", false, load_user },
	{ "copies", false, load_copies },
	{ "in-interface", false, load_in },
	{ "source", false, load_source },
	{ "mac", false, load_mac },
};

/* Read a selector; false after an error was reported. */
static bool load_selector(struct df_loader *l, const struct df_yaml *node,
			  struct df_selector *selector)
{
	struct selector_state state = { .selector = selector };

	if (!df_load_mapping(l, node, &node->mark, "a selector", selector_keys,
			     sizeof(selector_keys) / sizeof(*selector_keys),
			     &state))
		return false;
	if (!state.local && !state.forward) {
		df_load_error(l, &node->mark,
			      "the selector names nothing; expected one of cgroup, executable, unit, user-unit and user, or one or more of in-interface, source and mac");
		return false;
	}
	if (state.local && state.forward) {
		df_load_error(l, &state.forward->mark,
			      "'%s' is for forwarded packets, which no program of this machine sends; make it a selector of its own",
			      state.forward->text);
		return false;
	}
	if (state.forward)
		selector->type = DFENCE_SELECTOR_FORWARD;
	if (state.copies && !state.bad &&
	    selector->type != DFENCE_SELECTOR_EXECUTABLE) {
		df_load_error(l, &state.copies->mark,
			      "'copies' is for an executable, and the selector names none");
		return false;
	}
	return !state.bad && (state.forward || selector->pattern ||
			      selector->type == DFENCE_SELECTOR_USER);
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

		if (load_selector(l, &items[i], selector)) {
			app->selector_count++;
		} else {
			free(selector->pattern);
			memset(selector, 0, sizeof(*selector));
		}
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

static void load_strays(struct df_loader *l, const struct df_yaml *key,
			const struct df_yaml *value, void *arg)
{
	struct df_application *app = arg;
	unsigned int choice;

	if (df_load_choice(l, value, "something to do with strays",
			   df_strays_name, DFENCE_STRAYS_KILL + 1, &choice))
		app->strays = (enum dfence_strays)choice;
}

static void unknown_restriction(struct df_loader *l, const struct df_yaml *node)
{
	struct df_suggestion suggestion = { .word = node->text };
	char buf[DF_QUOTE_SIZE];
	const char *name;
	size_t i;

	for (i = 0; (name = df_confine_name(i, NULL)); i++)
		df_suggest(&suggestion, name);
	df_load_error(l, &node->mark, "there is no restriction '%s'%s%s%s",
		      df_quote(node->text, buf),
		      suggestion.best ? "; did you mean '" : "",
		      suggestion.best ?: " that could be lifted",
		      suggestion.best ? "'?" : "");
}

static void load_lift(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	struct df_application *app = arg;
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;
	char unknown[64];

	for (i = 0; i < count; i++) {
		const char *text = df_load_text(l, &items[i],
						"the name of a restriction");

		/* One name each: a comma is part of none. */
		if (text && (strchr(text, ',') ||
			     df_confine_lift(text, &app->lifted, unknown,
					     sizeof(unknown))))
			unknown_restriction(l, &items[i]);
	}
}

static const struct df_key confine_keys[] = {
	{ "lift", true, load_lift },
};

static void load_confine(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	df_load_mapping(l, value, &key->mark, "'confine'", confine_keys,
			sizeof(confine_keys) / sizeof(*confine_keys), arg);
}

static const struct df_key application_keys[] = {
	{ "match", false, load_match },
	{ "profile", true, load_profile },
	{ "mode", false, load_mode },
	{ "strays", false, load_strays },
	{ "confine", false, load_confine },
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
	df_load_mapping(l, value, &key->mark, what, application_keys,
			sizeof(application_keys) / sizeof(*application_keys), app);
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

/* They are found by their executables. */
static void check_strays(struct df_loader *l, const struct df_application *app)
{
	if (app->strays != DFENCE_STRAYS_REPORT && !first_executable(app))
		df_load_error(l, &app->mark,
			      "application '%s' has 'strays: %s', but no executable by which they could be found",
			      app->name, df_strays_name(app->strays));
}

static const struct df_application *
user_of(const struct df_application *app, uint32_t uid, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (app->selectors[i].type == DFENCE_SELECTOR_USER &&
		    app->selectors[i].uid == uid)
			return app;
	return NULL;
}

/* The second selector for a user would never be reached. */
static void check_users(struct df_loader *l, const struct df_application *app)
{
	const struct df_application *other, *first;
	size_t i;

	for (i = 0; i < app->selector_count; i++) {
		const struct df_selector *selector = &app->selectors[i];

		if (selector->type != DFENCE_SELECTOR_USER)
			continue;
		first = user_of(app, selector->uid, i);
		for (other = l->policy->applications; other < app && !first;
		     other++)
			first = user_of(other, selector->uid,
					other->selector_count);
		if (first)
			df_load_error(l, &selector->mark,
				      "user %u is application '%s' already",
				      selector->uid, first->name);
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
	for (i = 0; i < policy->application_count; i++)
		check_users(l, &policy->applications[i]);
	for (i = 0; i < policy->application_count; i++)
		check_strays(l, &policy->applications[i]);
}
