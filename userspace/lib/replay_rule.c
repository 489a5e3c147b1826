// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judge a recorded flow by a compiled policy, with the module's own evaluation.
 * What the record does not say is not guessed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

/* No interface has such a name, and no pattern but "*" stands for it. */
#define NO_INTERFACE "."
#define OTHER_INTERFACE "/"

static const struct df_application *find_app(const struct df_image *image,
					     const char *name)
{
	size_t i;

	for (i = 0; i < image->application_count; i++)
		if (!strcmp(image->applications[i].name, name))
			return &image->applications[i];
	return NULL;
}

/* Is everything there that a rule may ask for, but for the interface? */
static bool is_shown(const struct df_traffic *t, enum df_unjudged *why)
{
	if (t->forwarded)
		*why = DF_UNJUDGED_FORWARDED;
	else if (t->hidden || t->veiled)
		*why = DF_UNJUDGED_ADDRESS;
	else if (t->protocol < 0 || (df_has_ports(t->protocol) && t->port < 0))
		*why = DF_UNJUDGED_PORT;
	else
		return true;
	return false;
}

static int decide(const struct df_image *image, size_t profile,
		  const struct df_traffic *t, const char *out,
		  struct df_decision *decision)
{
	return df_image_eval_out(image, profile, t->family, t->number,
				 (uint8_t)t->protocol, t->port, out, decision);
}

static bool asks_for_interface(const struct df_image_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->rule_count; i++)
		if (*profile->rules[i].out)
			return true;
	return false;
}

/* Let rule @i hold for any interface, and all others that ask for one for none. */
static void suppose(const struct df_image_profile *profile,
		    struct df_image_rule *rules, size_t i)
{
	size_t r;

	for (r = 0; r < profile->rule_count; r++)
		if (*profile->rules[r].out)
			strcpy(rules[r].out, r == i ? "" : OTHER_INTERFACE);
}

/*
 * Whatever the interface, the first rule decides of those that hold for it, or one
 * that asks for none. So if no rule for an interface changes the verdict when it
 * alone holds, no interface does.
 */
static int decide_for_all(const struct df_image *image, size_t number,
			  const struct df_traffic *t,
			  struct df_decision *decision)
{
	const struct df_image_profile *profile = &image->profiles[number];
	struct df_image_profile supposed = *profile;
	struct df_image one = *image;
	struct df_decision other;
	size_t i;
	int err;

	supposed.rules = calloc(profile->rule_count, sizeof(*supposed.rules));
	if (!supposed.rules)
		return -ENOMEM;
	memcpy(supposed.rules, profile->rules,
	       profile->rule_count * sizeof(*supposed.rules));
	one.profiles = &supposed;
	one.profile_count = 1;
	suppose(profile, supposed.rules, SIZE_MAX);
	err = decide(&one, 0, t, NO_INTERFACE, decision);
	for (i = 0; !err && i < profile->rule_count; i++) {
		if (!*profile->rules[i].out)
			continue;
		suppose(profile, supposed.rules, i);
		err = decide(&one, 0, t, NO_INTERFACE, &other);
		if (!err && other.verdict != decision->verdict)
			err = -EAGAIN;
	}
	free(supposed.rules);
	return err;
}

/**
 * df_rule_flow() - judge a recorded flow by another policy
 * @image: the policy
 * @t: the flow
 * @ruling: result
 * @origin: result: rule or default that decides; of @image
 * @why: result after -EAGAIN
 *
 * Return: 0; -EAGAIN if it cannot be judged; -ENOMEM.
 */
int df_rule_flow(const struct df_image *image, const struct df_traffic *t,
		 struct df_ruling *ruling, const char **origin,
		 enum df_unjudged *why)
{
	const struct df_application *app = find_app(image, t->app);
	const struct df_image_profile *profile;
	struct df_decision decision;
	int err;

	*why = DF_UNJUDGED_APPLICATION;
	if (!app || !is_shown(t, why))
		return -EAGAIN;
	*why = DF_UNJUDGED_INTERFACE;
	profile = &image->profiles[app->profile];
	err = *t->out || !asks_for_interface(profile) ?
	      decide(image, app->profile, t, *t->out ? t->out : NULL, &decision) :
	      decide_for_all(image, app->profile, t, &decision);
	if (err)
		return err;
	ruling->verdict = decision.verdict;
	ruling->audit = app->mode == DFENCE_MODE_AUDIT;
	*origin = decision.rule ? profile->rules[decision.rule - 1].origin :
				  profile->origin;
	return 0;
}
