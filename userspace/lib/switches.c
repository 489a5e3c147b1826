// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A switch changes what is compiled, not the file: each application can have
 * another profile than the file says, or none of its denials for some time. It is
 * kept in a file of the daemon, so that it holds over a restart and for whoever
 * applies a policy; an unlocked application is locked again by a restart of the
 * machine, whose name is in the file for that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "replace.h"
#include "switches.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_SIZE 37

/* As no policy can call a set. */
#define NOT_LOCAL "!local"

/**
 * df_boottime() - the time that goes on while the machine sleeps
 *
 * Return: s of CLOCK_BOOTTIME.
 */
uint64_t df_boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

/* "" where there is none: then nothing counts as of this start of the machine. */
static void read_boot_id(char id[BOOT_ID_SIZE])
{
	FILE *file = fopen(BOOT_ID_PATH, "re");

	id[0] = '\0';
	if (!file)
		return;
	if (!fgets(id, BOOT_ID_SIZE, file))
		id[0] = '\0';
	fclose(file);
}

static bool copy_name(char name[DRONEFENCE_NAME_MAX + 1], const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) != json_string_length(value) ||
	    strlen(text) > DRONEFENCE_NAME_MAX)
		return false;
	strcpy(name, text);
	return true;
}

static bool load_entry(const json_t *value, bool same_boot,
		       struct df_switches *switches)
{
	const json_t *until = json_object_get(value, "unlocked-until");
	struct df_switch *entry = &switches->list[switches->count];

	if (!copy_name(entry->application, json_object_get(value, "application")) ||
	    !copy_name(entry->profile, json_object_get(value, "profile")) ||
	    !*entry->application || !json_is_integer(until) ||
	    json_integer_value(until) < 0)
		return false;
	if (same_boot)
		entry->unlocked_until = (uint64_t)json_integer_value(until);
	switches->count++;
	return true;
}

static int load_entries(const json_t *root, struct df_switches *switches)
{
	const json_t *list = json_object_get(root, "switches");
	const char *boot = json_string_value(json_object_get(root, "boot"));
	char id[BOOT_ID_SIZE];
	size_t i;

	if (json_integer_value(json_object_get(root, "version")) != 1 || !boot ||
	    !json_is_array(list))
		return -EINVAL;
	switches->list = calloc(json_array_size(list) + 1,
				sizeof(*switches->list));
	if (!switches->list)
		return -ENOMEM;
	read_boot_id(id);
	for (i = 0; i < json_array_size(list); i++)
		if (!load_entry(json_array_get(list, i),
				*id && !strcmp(id, boot), switches))
			return -EINVAL;
	return 0;
}

/**
 * df_switches_any() - is the policy in force another than its file
 * @switches: NULL for none
 * @now: df_boottime()
 *
 * Return: true if some application has another profile, or is unlocked.
 */
bool df_switches_any(const struct df_switches *switches, uint64_t now)
{
	size_t i;

	for (i = 0; switches && i < switches->count; i++)
		if (*switches->list[i].profile ||
		    switches->list[i].unlocked_until > now)
			return true;
	return false;
}

/**
 * df_switches_load() - read what is switched
 * @path: of the file
 * @switches: result; to be freed; nothing is switched after an error
 *
 * Return: 0, also if there is no file; -EINVAL if it is damaged, -EACCES without the
 * right to read it, -ENOMEM. After an error nobody knows what is switched: a policy
 * that is put into force all the same may let pass what was switched off.
 */
int df_switches_load(const char *path, struct df_switches *switches)
{
	json_error_t error;
	json_t *root;
	int fd, err;

	memset(switches, 0, sizeof(*switches));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
	close(fd);
	if (!root && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (!root)
		return -EINVAL;
	err = load_entries(root, switches);
	json_decref(root);
	if (err)
		df_switches_free(switches);
	return err;
}

static int add_entry(json_t *list, const struct df_switch *entry)
{
	json_t *value = json_pack("{s:s, s:s, s:I}",
				  "application", entry->application,
				  "profile", entry->profile,
				  "unlocked-until",
				  (json_int_t)entry->unlocked_until);

	return json_array_append_new(list, value);
}

static json_t *pack(const struct df_switches *switches)
{
	json_t *list = json_array();
	char id[BOOT_ID_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < switches->count; i++)
		err = add_entry(list, &switches->list[i]);
	if (err) {
		json_decref(list);
		return NULL;
	}
	read_boot_id(id);
	return json_pack("{s:i, s:s, s:o}", "version", 1, "boot", id, "switches",
			 list);
}

/**
 * df_switches_save() - keep what is switched
 * @path: of the file
 * @switches: what
 *
 * Return: 0 or a negative errno; the file is as before then.
 */
int df_switches_save(const char *path, const struct df_switches *switches)
{
	json_t *root = pack(switches);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int err = text ? df_replace(path, text, strlen(text), 0600) : -ENOMEM;

	free(text);
	json_decref(root);
	return err;
}

/**
 * df_switches_copy() - a copy
 * @to: result; to be freed
 * @from: of what
 *
 * Return: 0 or -ENOMEM.
 */
int df_switches_copy(struct df_switches *to, const struct df_switches *from)
{
	to->count = 0;
	to->list = calloc(from->count + 1, sizeof(*to->list));
	if (!to->list)
		return -ENOMEM;
	if (from->count)
		memcpy(to->list, from->list, from->count * sizeof(*to->list));
	to->count = from->count;
	return 0;
}

/**
 * df_switches_free() - free what is switched
 * @switches: nothing afterwards
 */
void df_switches_free(struct df_switches *switches)
{
	free(switches->list);
	memset(switches, 0, sizeof(*switches));
}

static struct df_switch *find(const struct df_switches *switches,
			      const char *application)
{
	size_t i;

	for (i = 0; i < switches->count; i++)
		if (!strcmp(switches->list[i].application, application))
			return &switches->list[i];
	return NULL;
}

/**
 * df_switches_of() - what holds for an application
 * @switches: all
 * @application: name
 *
 * Return: its own entry, else that of all, else NULL.
 */
const struct df_switch *df_switches_of(const struct df_switches *switches,
				       const char *application)
{
	return find(switches, application) ?: find(switches, DF_SWITCH_ALL);
}

/**
 * df_switches_entry() - the entry of an application, to be changed
 * @switches: all
 * @application: name, or DF_SWITCH_ALL
 *
 * A new one holds what the one of all does.
 *
 * Return: valid until the next call; NULL without memory.
 */
struct df_switch *df_switches_entry(struct df_switches *switches,
				    const char *application)
{
	struct df_switch *entry = find(switches, application), *list;
	const struct df_switch *all;

	if (entry)
		return entry;
	list = reallocarray(switches->list, switches->count + 1, sizeof(*list));
	if (!list)
		return NULL;
	switches->list = list;
	all = find(switches, DF_SWITCH_ALL);
	entry = &list[switches->count++];
	if (all)
		*entry = *all;
	else
		memset(entry, 0, sizeof(*entry));
	snprintf(entry->application, sizeof(entry->application), "%s",
		 application);
	return entry;
}

/**
 * df_switches_unlocked() - is an application unlocked
 * @switches: NULL for none
 *
 * Return: true if so, even if its time is over.
 */
bool df_switches_unlocked(const struct df_switches *switches)
{
	size_t i;

	for (i = 0; switches && i < switches->count; i++)
		if (switches->list[i].unlocked_until)
			return true;
	return false;
}

/**
 * df_switches_expire() - lock again what was unlocked long enough
 * @switches: all
 * @now: s of CLOCK_BOOTTIME
 *
 * Return: true if there was something.
 */
bool df_switches_expire(struct df_switches *switches, uint64_t now)
{
	bool any = false;
	size_t i;

	for (i = 0; i < switches->count; i++) {
		struct df_switch *entry = &switches->list[i];

		if (!entry->unlocked_until || entry->unlocked_until > now)
			continue;
		entry->unlocked_until = 0;
		any = true;
	}
	return any;
}

static bool fail(struct df_diags *diags, const char *why)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "%s", why);
	return false;
}

static bool copy_rule(struct df_rule *to, const struct df_rule *from)
{
	*to = *from;
	to->to.list = calloc(from->to.count + 1, sizeof(*to->to.list));
	to->ports = calloc(from->port_count + 1, sizeof(*to->ports));
	if (!to->to.list || !to->ports)
		return false;
	memcpy(to->to.list, from->to.list,
	       from->to.count * sizeof(*to->to.list));
	if (from->port_count)
		memcpy(to->ports, from->ports,
		       from->port_count * sizeof(*to->ports));
	return true;
}

static struct df_atom *add_run(struct df_atom *atom, enum df_family family,
			       df_u128 first, df_u128 last)
{
	*atom = (struct df_atom){
		.kind = DF_ATOM_NETWORK,
		.net = { .family = family, .first = first, .last = last },
	};
	return atom + 1;
}

/* The gaps between the local networks of a family, which are in order. */
static struct df_atom *add_gaps(struct df_atom *atom, enum df_family family)
{
	df_u128 next = 0;
	size_t i;

	for (i = 0; i < df_local_network_count; i++) {
		const struct df_net *net = &df_local_networks[i];

		if (net->family != family)
			continue;
		if (net->first > next)
			atom = add_run(atom, family, next, net->first - 1);
		if (net->last == df_addr_max(family))
			return atom;
		next = net->last + 1;
	}
	return add_run(atom, family, next, df_addr_max(family));
}

static bool list_not_local(struct df_atoms *atoms)
{
	struct df_atom *end;

	/* At most one gap before each, and one at the end of each family. */
	atoms->list = calloc(df_local_network_count + DF_FAMILIES,
			     sizeof(*atoms->list));
	if (!atoms->list)
		return false;
	end = add_gaps(atoms->list, DF_IPV4);
	end = add_gaps(end, DF_IPV6);
	atoms->count = (size_t)(end - atoms->list);
	return true;
}

/* All that is not local, as a set that rules can name. */
static bool add_not_local(struct df_policy *policy)
{
	struct df_set *sets = reallocarray(policy->sets, policy->set_count + 1,
					   sizeof(*sets));
	struct df_set *set;

	if (!sets)
		return false;
	policy->sets = sets;
	set = &sets[policy->set_count];
	memset(set, 0, sizeof(*set));
	set->name = strdup(NOT_LOCAL);
	if (!set->name || !list_not_local(&set->atoms)) {
		free(set->name);
		return false;
	}
	policy->set_count++;
	return true;
}

static void free_rules(struct df_rule *rules, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(rules[i].to.list);
		free(rules[i].ports);
	}
	free(rules);
}

/* First what is not local is denied, then comes what the profile says itself. */
static bool narrow_rules(const struct df_policy *policy, size_t own,
			 struct df_profile *narrowed)
{
	const struct df_profile *profile = &policy->profiles[own];
	struct df_rule *rules = calloc(profile->rule_count + 1, sizeof(*rules));
	size_t i;

	if (!rules)
		return false;
	narrowed->rules = rules;
	narrowed->rule_count = profile->rule_count + 1;
	rules[0] = (struct df_rule){
		.verdict = DFENCE_VERDICT_DENY, .log = DFENCE_LOG_NEW,
		.any_protocol = true, .mark = profile->mark,
	};
	rules[0].to.list = calloc(1, sizeof(*rules[0].to.list));
	if (!rules[0].to.list)
		return false;
	rules[0].to.count = 1;
	rules[0].to.list[0] = (struct df_atom){
		.kind = DF_ATOM_SET, .set = policy->set_count - 1,
		.mark = profile->mark,
	};
	for (i = 0; i < profile->rule_count; i++)
		if (!copy_rule(&rules[i + 1], &profile->rules[i]))
			return false;
	return true;
}

/* What the profile @own allows, as far as it is local: never more than @own. */
static bool add_narrowed(struct df_policy *policy, size_t own)
{
	struct df_profile *profiles =
		reallocarray(policy->profiles, policy->profile_count + 1,
			     sizeof(*profiles));
	struct df_profile *narrowed;
	char name[DRONEFENCE_NAME_MAX + 1];

	if (!profiles)
		return false;
	policy->profiles = profiles;
	narrowed = &profiles[policy->profile_count];
	*narrowed = profiles[own];
	snprintf(name, sizeof(name), DF_LOCAL_DATA_MODE "+%.40s",
		 profiles[own].name);
	narrowed->name = strdup(name);
	narrowed->rules = NULL;
	narrowed->rule_count = 0;
	if (!narrowed->name || !narrow_rules(policy, own, narrowed)) {
		free(narrowed->name);
		free_rules(narrowed->rules, narrowed->rule_count);
		return false;
	}
	policy->profile_count++;
	return true;
}

/**
 * struct state - of df_switches_apply()
 * @policy: that is changed
 * @narrowed: for each profile of the file the one that is narrowed, 0 for none
 * @own: how many profiles the file has
 * @diags: where errors go
 */
struct state {
	struct df_policy *policy;
	size_t *narrowed;
	size_t own;
	struct df_diags *diags;
};

static bool narrow(struct state *state, struct df_application *app)
{
	struct df_policy *policy = state->policy;
	size_t own = app->profile;

	if (policy->profiles[own].rule_count == DRONEFENCE_MAX_PROFILE_RULES ||
	    policy->profile_count == DRONEFENCE_MAX_PROFILES) {
		df_diag(state->diags, DF_ERROR, &app->mark, NULL,
			"local data mode of '%s' takes one rule and one profile more than a policy can have",
			app->name);
		return false;
	}
	if (policy->profile_count == state->own && !add_not_local(policy))
		return fail(state->diags, "out of memory");
	if (!state->narrowed[own]) {
		if (!add_narrowed(policy, own))
			return fail(state->diags, "out of memory");
		state->narrowed[own] = policy->profile_count - 1;
	}
	app->profile = state->narrowed[own];
	return true;
}

static bool replace(struct state *state, struct df_application *app,
		    const char *name)
{
	size_t i;

	for (i = 0; i < state->own; i++) {
		if (strcmp(state->policy->profiles[i].name, name))
			continue;
		app->profile = i;
		return true;
	}
	df_diag(state->diags, DF_ERROR, &app->mark, NULL,
		"'%s' is switched to profile '%s', which the policy does not have",
		app->name, name);
	return false;
}

static bool apply_to(struct state *state, struct df_application *app,
		     const struct df_switch *entry, uint64_t now)
{
	if (entry->unlocked_until > now) {
		app->mode = DFENCE_MODE_AUDIT;
		return true;
	}
	if (!*entry->profile)
		return true;
	app->mode = DFENCE_MODE_ENFORCE;
	if (strcmp(entry->profile, DF_LOCAL_DATA_MODE))
		return replace(state, app, entry->profile);
	return narrow(state, app);
}

/* What is compiled depends on it, and is found again by it. */
static bool set_variant(const struct df_switches *switches, uint64_t now,
			struct df_policy *policy)
{
	size_t size, i;
	FILE *file = open_memstream(&policy->variant, &size);

	if (!file)
		return false;
	for (i = 0; i < switches->count; i++)
		fprintf(file, "%s=%s%s;", switches->list[i].application,
			switches->list[i].profile,
			switches->list[i].unlocked_until > now ? "!" : "");
	return !fclose(file);
}

/**
 * df_switches_apply() - change a policy before it is compiled
 * @switches: what is switched; of other applications than the policy's it is of no
 *	effect
 * @now: s of CLOCK_BOOTTIME
 * @policy: from df_policy_load(); changed, and to be freed, after an error too
 * @diags: where errors go
 *
 * Return: true, or false after an error.
 */
bool df_switches_apply(const struct df_switches *switches, uint64_t now,
		       struct df_policy *policy, struct df_diags *diags)
{
	struct state state = {
		.policy = policy, .own = policy->profile_count, .diags = diags,
	};
	bool good = true;
	size_t i;

	if (!switches->count)
		return true;
	state.narrowed = calloc(state.own + 1, sizeof(*state.narrowed));
	if (!state.narrowed || !set_variant(switches, now, policy))
		good = fail(diags, "out of memory");
	for (i = 0; good && i < policy->application_count; i++) {
		struct df_application *app = &policy->applications[i];
		const struct df_switch *entry = df_switches_of(switches, app->name);

		if (entry)
			good = apply_to(&state, app, entry, now);
	}
	free(state.narrowed);
	return good;
}
