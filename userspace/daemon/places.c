// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel keeps of each rule where it was written, for people. A record has
 * the number of the rule and the generation of the policy; the place is only said
 * of records of the generation that it was asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "places.h"

static int compare(const void *a, const void *b)
{
	const struct df_place_rule *x = a, *y = b;
	int order = strcmp(x->profile, y->profile);

	if (order)
		return order;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int add_rule(const struct df_rule_info *info, void *arg)
{
	struct df_places *places = arg;
	struct df_place_rule *rules, *rule;

	rules = reallocarray(places->rules, places->count + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	places->rules = rules;
	rule = &rules[places->count++];
	memcpy(rule->profile, info->profile, sizeof(rule->profile));
	memcpy(rule->origin, info->origin, sizeof(rule->origin));
	rule->index = info->index;
	return 0;
}

/**
 * df_places_free() - forget the policy
 * @places: of any state
 */
void df_places_free(struct df_places *places)
{
	df_apps_free(&places->apps);
	free(places->rules);
	memset(places, 0, sizeof(*places));
}

static int read_all(struct df_places *places, struct df_client *client,
		    struct df_policy_info *info)
{
	struct df_policy_info before;
	int err = df_client_policy(client, &before);

	if (!err)
		err = df_apps_read(client, &places->apps);
	if (!err)
		err = df_client_rules(client, add_rule, places);
	if (!err)
		err = df_client_policy(client, info);
	/* Of two policies, the one before and the one behind. */
	if (!err && info->generation != before.generation)
		err = -EAGAIN;
	return err;
}

/**
 * df_places_load() - ask the kernel for the policy in force
 * @places: of any state
 * @client: open, and not in use
 * @instance: of the kernel module
 *
 * Return: 0, also where none is in force; a negative errno, then nothing is known.
 */
int df_places_load(struct df_places *places, struct df_client *client,
		   uint64_t instance)
{
	struct df_policy_info info = { 0 };
	int err;

	df_places_free(places);
	err = read_all(places, client, &info);
	if (err) {
		df_places_free(places);
		return err == -ENOENT ? 0 : err;
	}
	if (places->count)
		qsort(places->rules, places->count, sizeof(*places->rules),
		      compare);
	places->instance = instance;
	places->generation = info.generation;
	memcpy(places->digest, info.digest, sizeof(places->digest));
	return 0;
}

static const char *profile_of(const struct df_places *places, const char *name)
{
	size_t i;

	for (i = 0; i < places->apps.count; i++)
		if (!strcmp(places->apps.list[i].name, name))
			return places->apps.list[i].profile;
	return NULL;
}

/* "policy.yaml:11"; what is otherwise is no place. */
static void split(const char *origin, struct df_notes *notes)
{
	const char *colon = strrchr(origin, ':');
	char *end;
	unsigned long line;

	if (!colon || colon == origin || colon[1] < '1' || colon[1] > '9')
		return;
	errno = 0;
	line = strtoul(colon + 1, &end, 10);
	if (*end || errno || line > UINT32_MAX)
		return;
	memcpy(notes->rule_file, origin, colon - origin);
	notes->rule_file[colon - origin] = '\0';
	notes->rule_line = (uint32_t)line;
}

/**
 * df_places_ask() - say of a record where its rule stands
 * @places: what is known
 * @instance: of the kernel module that the record is from
 * @event: a verdict, or the end of a flow or socket
 * @notes: @rule_file and @rule_line are set where they are known
 */
void df_places_ask(const struct df_places *places, uint64_t instance,
		   const struct df_event *event, struct df_notes *notes)
{
	struct df_place_rule key = { .index = event->rule };
	const struct df_place_rule *rule;
	const char *profile;

	if (!places->generation || places->instance != instance ||
	    places->generation != event->generation || !places->count)
		return;
	profile = profile_of(places, event->application);
	if (!profile)
		return;
	strcpy(key.profile, profile);
	rule = bsearch(&key, places->rules, places->count,
		       sizeof(*places->rules), compare);
	if (rule)
		split(rule->origin, notes);
}
