// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What makes the fence stricter anybody may do who may ask at all; what opens it
 * takes root, but for what the policy leaves to a pilot: profiles with "pilot", and
 * to unlock an application for a while.
 */
#include <string.h>

#include "switch_request.h"

static const char *change(const struct df_switch_request *request, uint64_t now,
			  struct df_switch *entry)
{
	switch (request->what) {
	case DF_SWITCH_ON:
		if (!request->root && *entry->profile &&
		    strcmp(entry->profile, request->profile))
			return "another profile is switched on; only root may replace it";
		strcpy(entry->profile, request->profile);
		entry->unlocked_until = 0;
		break;
	case DF_SWITCH_OFF:
		if (!request->root)
			return "only root may switch that off";
		entry->profile[0] = '\0';
		break;
	case DF_SWITCH_UNLOCK:
		entry->unlocked_until = now + request->seconds;
		break;
	case DF_SWITCH_LOCK:
		entry->unlocked_until = 0;
		break;
	}
	return NULL;
}

static bool is_same(const struct df_switch *entry, const struct df_switch *other)
{
	return !strcmp(entry->profile, other->profile) &&
	       entry->unlocked_until == other->unlocked_until;
}

/* An entry that says what holds without it. */
static bool is_needless(const struct df_switches *switches,
			const struct df_switch *entry)
{
	static const struct df_switch nothing;
	const struct df_switch *all = df_switches_of(switches, DF_SWITCH_ALL);

	return is_same(entry, all && entry != all ? all : &nothing);
}

static void prune(struct df_switches *switches)
{
	size_t i = 0;

	while (i < switches->count) {
		if (is_needless(switches, &switches->list[i]))
			switches->list[i] = switches->list[--switches->count];
		else
			i++;
	}
}

/**
 * df_switch_request() - switch
 * @request: what
 * @now: s of CLOCK_BOOTTIME
 * @switches: what is switched; changed; to be thrown away after an error
 *
 * What is asked for all is done to each that has an entry of its own, too.
 *
 * Return: NULL, or why not, one line.
 */
const char *df_switch_request(const struct df_switch_request *request,
			      uint64_t now, struct df_switches *switches)
{
	bool all = !strcmp(request->application, DF_SWITCH_ALL);
	const char *why = NULL;
	size_t i;

	if (!df_switches_entry(switches, request->application))
		return "out of memory";
	for (i = 0; !why && i < switches->count; i++)
		if (all || !strcmp(switches->list[i].application,
				   request->application))
			why = change(request, now, &switches->list[i]);
	if (!why)
		prune(switches);
	return why;
}

static bool refuse(struct df_diags *diags, const char *why, const char *name)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "%s '%s'", why, name);
	return false;
}

static bool has_application(const struct df_policy *policy, const char *name)
{
	size_t i;

	if (!strcmp(name, DF_SWITCH_ALL))
		return true;
	for (i = 0; i < policy->application_count; i++)
		if (!strcmp(policy->applications[i].name, name))
			return true;
	return false;
}

static bool may_switch_to(const struct df_switch_request *request,
			  const struct df_policy *policy, struct df_diags *diags)
{
	size_t i;

	if (!strcmp(request->profile, DF_LOCAL_DATA_MODE))
		return true;
	for (i = 0; i < policy->profile_count; i++) {
		if (strcmp(policy->profiles[i].name, request->profile))
			continue;
		if (request->root || policy->profiles[i].pilot)
			return true;
		return refuse(diags, "the policy does not let a pilot switch to profile",
			      request->profile);
	}
	return refuse(diags, "the policy has no profile", request->profile);
}

static bool may_unlock(const struct df_switch_request *request,
		       const struct df_policy *policy, struct df_diags *diags)
{
	if (policy->unlock == UINT64_MAX)
		return refuse(diags, "the policy says 'unlock: never', for",
			      request->application);
	if (request->root || request->seconds <= policy->unlock)
		return true;
	if (!policy->unlock)
		return refuse(diags, "the policy does not let a pilot unlock",
			      request->application);
	df_diag(diags, DF_ERROR, NULL, NULL,
		"the policy lets a pilot unlock for %llu seconds at most",
		(unsigned long long)policy->unlock);
	return false;
}

/**
 * df_switch_permitted() - does the policy allow that, and can it be
 * @request: what
 * @policy: as it was loaded
 * @diags: why not
 *
 * Return: true if it does.
 */
bool df_switch_permitted(const struct df_switch_request *request,
			 const struct df_policy *policy, struct df_diags *diags)
{
	if (!has_application(policy, request->application))
		return refuse(diags, "the policy has no application",
			      request->application);
	switch (request->what) {
	case DF_SWITCH_ON:
		return may_switch_to(request, policy, diags);
	case DF_SWITCH_UNLOCK:
		return may_unlock(request, policy, diags);
	case DF_SWITCH_OFF:
	case DF_SWITCH_LOCK:
		break;
	}
	return true;
}
