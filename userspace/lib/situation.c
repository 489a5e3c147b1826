// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an application lacks is asked of the same function as for doctor, and
 * counts are those of the module. An application that nothing runs of lacks
 * nothing: its programs will be fenced when they are started.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fallback.h"
#include "health.h"
#include "situation.h"

/* What is wrong with an application, and not only as the policy wants it. */
static const unsigned int wrong = 1u << DF_ILL_STRAYS | 1u << DF_ILL_ANCHOR;

/**
 * struct fault - something that is counted and should not happen
 * @count: since the module was loaded
 * @text: what it is, behind the number
 */
struct fault {
	uint64_t count;
	const char *text;
};

#define FAULTS 5

static void list_faults(const struct df_situation *situation,
			struct fault faults[FAULTS])
{
	const struct df_status *s = &situation->status;
	uint64_t failed = 0;
	size_t i;

	for (i = 0; i < situation->apps.count; i++)
		failed += situation->apps.list[i].place_failed;
	faults[0] = (struct fault){ failed, "programs could not be placed" };
	faults[1] = (struct fault){ s->unread_programs,
		"programs that may be copies of pinned files could not be read" };
	faults[2] = (struct fault){ s->event_suppressed,
		"packets were not recorded, because of the rate limit" };
	faults[3] = (struct fault){ s->flow_errors,
		"packets were judged without a flow for lack of memory" };
	faults[4] = (struct fault){ s->socket_errors,
		"packets were denied whose socket could not be condemned" };
}

static int read_machine(struct df_situation *situation, const char *root)
{
	size_t count = situation->apps.count, i;
	struct df_inventory inventory;
	int err = df_inventory_read(&inventory, root, &situation->apps);

	situation->ills = calloc(count + 1, sizeof(*situation->ills));
	situation->processes = calloc(count + 1, sizeof(*situation->processes));
	if (!situation->ills || !situation->processes)
		err = -ENOMEM;
	for (i = 0; !err && i < count; i++) {
		situation->ills[i] = df_health_of(&inventory, (int)i,
						  situation->status.hooks);
		situation->processes[i] = df_inventory_count(&inventory, (int)i,
							     -1);
	}
	situation->daemon = !err && df_daemon_runs(&inventory.procs);
	situation->keeper = !err && df_keeper_runs(&inventory.procs);
	df_inventory_free(&inventory);
	return err;
}

/**
 * df_situation_read() - ask the module, and look at the machine
 * @client: open; NULL if the module is not loaded
 * @root: folder that stands for the machine's root, "" for itself
 * @situation: result; free it in any case
 *
 * Return: 0 or a negative errno; df_client_error() says why if that was in the
 * way.
 */
int df_situation_read(struct df_client *client, const char *root,
		      struct df_situation *situation)
{
	struct timespec now;
	int err = 0;

	memset(situation, 0, sizeof(*situation));
	clock_gettime(CLOCK_MONOTONIC, &now);
	situation->time = (uint64_t)now.tv_sec * 1000000000u +
			  (uint64_t)now.tv_nsec;
	situation->loaded = client;
	df_degraded_read(root, situation->degraded);
	if (client)
		err = df_client_status(client, &situation->status);
	if (!err && client) {
		err = df_client_policy(client, &situation->policy);
		situation->has_policy = !err;
		if (err == -ENOENT)
			err = 0;
	}
	if (!err && client)
		err = df_apps_read(client, &situation->apps);
	return err ?: read_machine(situation, root);
}

/**
 * df_situation_free() - the reverse of df_situation_read()
 * @situation: may have failed to be read
 */
void df_situation_free(struct df_situation *situation)
{
	df_apps_free(&situation->apps);
	free(situation->ills);
	free(situation->processes);
	memset(situation, 0, sizeof(*situation));
}

static bool is_open(const struct df_situation *situation)
{
	return !situation->loaded || !situation->has_policy ||
	       !situation->apps.count || !situation->status.hooks;
}

static bool is_degraded(const struct df_situation *situation)
{
	struct fault faults[FAULTS];
	size_t i;

	if (df_fallback_is(&situation->policy) || *situation->degraded)
		return true;
	list_faults(situation, faults);
	for (i = 0; i < FAULTS; i++)
		if (faults[i].count)
			return true;
	for (i = 0; i < situation->apps.count; i++)
		if (situation->ills[i] & wrong)
			return true;
	return !situation->daemon || !situation->keeper;
}

/**
 * df_light_of() - how the fence stands, in one word
 * @situation: from df_situation_read()
 *
 * Return: the worst that holds.
 */
enum df_light df_light_of(const struct df_situation *situation)
{
	size_t i;

	if (is_open(situation))
		return DF_LIGHT_OPEN;
	if (is_degraded(situation))
		return DF_LIGHT_DEGRADED;
	for (i = 0; i < situation->apps.count; i++)
		if (situation->ills[i] & 1u << DF_ILL_AUDIT)
			return DF_LIGHT_AUDIT;
	return DF_LIGHT_SEALED;
}

/**
 * df_light_name() - the word itself
 * @light: below DF_LIGHTS
 *
 * Return: a constant.
 */
const char *df_light_name(enum df_light light)
{
	static const char *const names[DF_LIGHTS] = {
		[DF_LIGHT_OPEN] = "open",
		[DF_LIGHT_DEGRADED] = "degraded",
		[DF_LIGHT_AUDIT] = "audit",
		[DF_LIGHT_SEALED] = "sealed",
	};

	return names[light];
}

static const char *why_open(const struct df_situation *situation)
{
	if (!situation->loaded)
		return "the kernel module is not loaded: nothing is fenced";
	if (!situation->has_policy)
		return "no policy was applied: nothing is fenced";
	if (!situation->apps.count)
		return "the policy names no application: nothing is fenced";
	return "the module judges no packets: nothing is fenced";
}

static void app_reasons(const struct df_situation *situation, size_t app,
			void (*each)(const char *reason, void *arg), void *arg)
{
	unsigned int told = wrong | 1u << DF_ILL_AUDIT;
	char reason[DF_REASON_SIZE];
	int ill;

	for (ill = 0; ill < DF_ILLS; ill++) {
		if (!(situation->ills[app] & told & 1u << ill))
			continue;
		snprintf(reason, sizeof(reason), "%s: %s",
			 situation->apps.list[app].name, df_ill_text(ill));
		each(reason, arg);
	}
}

/**
 * df_light_reasons() - why the light is not better
 * @situation: from df_situation_read()
 * @each: called for each reason: a sentence without full stop
 * @arg: for @each
 *
 * Nothing is called for DF_LIGHT_SEALED. Counts are since the module was
 * loaded: what was missed is not made good by time.
 */
void df_light_reasons(const struct df_situation *situation,
		      void (*each)(const char *reason, void *arg), void *arg)
{
	struct fault faults[FAULTS];
	char reason[DF_REASON_SIZE];
	size_t i;

	if (is_open(situation)) {
		each(why_open(situation), arg);
		return;
	}
	list_faults(situation, faults);
	for (i = 0; i < FAULTS; i++) {
		if (!faults[i].count)
			continue;
		snprintf(reason, sizeof(reason), "%" PRIu64 " %s",
			 faults[i].count, faults[i].text);
		each(reason, arg);
	}
	if (df_fallback_is(&situation->policy))
		each("the policy could not be loaded: the one that is built in knows only what runs below /dronefence.slice",
		     arg);
	else if (*situation->degraded)
		each(situation->degraded, arg);
	if (!situation->daemon)
		each("the daemon does not run: records stay in the kernel", arg);
	if (!situation->keeper)
		each("the daemon's keeper does not run: nobody looks for programs outside of their applications",
		     arg);
	for (i = 0; i < situation->apps.count; i++)
		app_reasons(situation, i, each, arg);
}
