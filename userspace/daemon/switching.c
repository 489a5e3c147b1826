// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Somebody asks, a policy that is compiled for it is put into force, and then it
 * holds and is recorded; in between he asks how far it is. What is stricter is kept
 * before it is in force, what opens the fence after that: a daemon that is killed in
 * between comes back with the stricter of the two.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "request.h"
#include "switching.h"

#define FILE_NAME "switches.json"

static bool all_local(struct df_switches *switches)
{
	struct df_switch *entry = df_switches_entry(switches, DF_SWITCH_ALL);

	if (entry)
		strcpy(entry->profile, DF_LOCAL_DATA_MODE);
	return entry;
}

/**
 * df_switching_init() - read what is switched
 * @switching: result
 * @dir: folder of the state
 *
 * Return: 0; -ENOMEM, then no policy may be put into force; another negative errno of
 * df_switches_load(): nobody knows what was forbidden, and local data mode holds for all.
 */
int df_switching_init(struct df_switching *switching, const char *dir)
{
	int err;

	memset(switching, 0, sizeof(*switching));
	if (snprintf(switching->path, sizeof(switching->path), "%s/" FILE_NAME,
		     dir) >= (int)sizeof(switching->path))
		err = -ENAMETOOLONG;
	else
		err = df_switches_load(switching->path, &switching->now);
	if (err && err != -ENOMEM && !all_local(&switching->now))
		err = -ENOMEM;
	return err;
}

/**
 * df_switching_free() - forget it
 * @switching: after df_switching_init()
 */
void df_switching_free(struct df_switching *switching)
{
	df_switches_free(&switching->now);
	df_switches_free(&switching->wanted);
}

static const char *read_switch(const json_t *json,
			       struct df_switch_request *request)
{
	const char *profile = df_request_text(json, "profile");
	const json_t *on = json_object_get(json, "on");

	if (!json_is_boolean(on))
		return "\"on\" is missing";
	request->what = json_is_true(on) ? DF_SWITCH_ON : DF_SWITCH_OFF;
	if (request->what == DF_SWITCH_OFF)
		return NULL;
	if (!*profile)
		profile = DF_LOCAL_DATA_MODE;
	if (!df_request_is_name(profile))
		return "this is not the name of a profile";
	strcpy(request->profile, profile);
	return NULL;
}

static const char *read_unlock(const json_t *json,
			       struct df_switch_request *request)
{
	json_int_t seconds = json_integer_value(json_object_get(json, "seconds"));

	request->what = DF_SWITCH_UNLOCK;
	if (seconds < 1 || seconds > DF_LEARNING_MAX)
		return "an application is unlocked for at least a second";
	if (!df_request_is_line(df_request_text(json, "why"),
				DF_SWITCH_REASON_MAX))
		return "to unlock takes a reason of 1 to 128 bytes without control characters";
	request->seconds = (uint64_t)seconds;
	return NULL;
}

static const char *read_request(const json_t *json,
				struct df_switch_request *request)
{
	const char *what = df_request_text(json, "request");
	const char *application = df_request_text(json, "application");

	if (!*application)
		application = DF_SWITCH_ALL;
	else if (!df_request_is_name(application))
		return "this is not the name of an application";
	strcpy(request->application, application);
	if (!strcmp(what, "switch"))
		return read_switch(json, request);
	if (!strcmp(what, "unlock"))
		return read_unlock(json, request);
	request->what = DF_SWITCH_LOCK;
	return NULL;
}

static bool is_stricter(const struct df_switch_request *request)
{
	return request->what == DF_SWITCH_ON || request->what == DF_SWITCH_LOCK;
}

static void declare(struct df_switching *switching, const char *reason,
		    uint32_t uid, uint32_t pid)
{
	const struct df_switch_request *request = &switching->request;
	struct df_declaration *declaration = &switching->declaration;

	memset(declaration, 0, sizeof(*declaration));
	declaration->what = request->what == DF_SWITCH_ON ||
			    request->what == DF_SWITCH_OFF ?
			    DF_DECLARED_SWITCH : DF_DECLARED_UNLOCK;
	declaration->on = request->what == DF_SWITCH_ON ||
			  request->what == DF_SWITCH_UNLOCK;
	strcpy(declaration->name, request->application);
	strcpy(declaration->profile, request->profile);
	snprintf(declaration->reason, sizeof(declaration->reason), "%s", reason);
	declaration->seconds = (uint32_t)request->seconds;
	declaration->uid = uid;
	declaration->pid = pid;
}

static const char *prepare(struct df_switching *switching,
			   const struct df_switch_request *request)
{
	const char *why = NULL;

	if (df_switches_copy(&switching->wanted, &switching->now))
		why = "out of memory";
	if (!why)
		why = df_switch_request(request, df_boottime(), &switching->wanted);
	if (!why && is_stricter(request) &&
	    df_switches_save(switching->path, &switching->wanted))
		why = "it cannot be kept: the folder of the state cannot be written";
	if (why) {
		df_switches_free(&switching->wanted);
		return why;
	}
	switching->request = *request;
	switching->busy = true;
	switching->number++;
	switching->why[0] = '\0';
	return NULL;
}

/**
 * df_switching_begin() - somebody wants to switch
 * @switching: not busy
 * @request: "switch" with "on" and perhaps a "profile", "unlock" with "seconds" and
 *	"why", or "lock"; each with an "application", or for all
 * @who: asks
 * @root: he is root
 *
 * Return: NULL, then put a policy into force with df_switching_wanted() and the
 * request, and call df_switching_end(); or why not, one line.
 */
const char *df_switching_begin(struct df_switching *switching,
			       const json_t *request, const struct ucred *who,
			       bool root)
{
	struct df_switch_request wanted = { .root = root };
	const char *why = read_request(request, &wanted);

	if (why)
		return why;
	why = prepare(switching, &wanted);
	if (!why)
		declare(switching, df_request_text(request, "why"), who->uid,
			(uint32_t)who->pid);
	return why;
}

/**
 * df_switching_expired() - has an application been unlocked long enough
 * @switching: not busy
 *
 * Return: true if so: go on as after df_switching_begin().
 */
bool df_switching_expired(struct df_switching *switching)
{
	uint64_t now = df_boottime();
	size_t i;

	for (i = 0; i < switching->now.count; i++) {
		const struct df_switch *entry = &switching->now.list[i];
		struct df_switch_request request = {
			.what = DF_SWITCH_LOCK, .root = true,
		};

		if (!entry->unlocked_until || entry->unlocked_until > now)
			continue;
		strcpy(request.application, entry->application);
		if (prepare(switching, &request))
			return false;
		declare(switching, "", geteuid(), (uint32_t)getpid());
		return true;
	}
	return false;
}

/**
 * df_switching_wanted() - with what a policy is to be compiled
 * @switching: of any state
 *
 * Return: borrowed.
 */
const struct df_switches *df_switching_wanted(const struct df_switching *switching)
{
	return switching->busy ? &switching->wanted : &switching->now;
}

/**
 * df_switching_problem() - something went wrong on the way
 * @switching: if it is not busy nobody wants to know
 * @why: one line; the first one counts
 */
void df_switching_problem(struct df_switching *switching, const char *why)
{
	if (switching->busy && !*switching->why)
		snprintf(switching->why, sizeof(switching->why), "%s", why);
}

/**
 * df_switching_end() - a policy was put into force, or was not
 * @switching: busy
 * @done: it was
 *
 * Return: true if @declaration is to be recorded. That what opens the fence cannot be
 * kept is no error: after a restart of the daemon it is shut.
 */
bool df_switching_end(struct df_switching *switching, bool done)
{
	bool stricter = is_stricter(&switching->request);

	switching->busy = false;
	if (done) {
		df_switches_free(&switching->now);
		switching->now = switching->wanted;
		memset(&switching->wanted, 0, sizeof(switching->wanted));
		switching->why[0] = '\0';
	} else {
		df_switches_free(&switching->wanted);
		if (!*switching->why)
			strcpy(switching->why, "the policy was not loaded");
	}
	if (stricter != done)
		df_switches_save(switching->path, &switching->now);
	return done;
}

/**
 * df_switching_answer() - tell how far it is
 * @switching: of any state
 * @request: its "number" is that of the request
 *
 * Return: new reference, NULL without memory.
 */
json_t *df_switching_answer(const struct df_switching *switching,
			    const json_t *request)
{
	json_int_t number = json_integer_value(json_object_get(request, "number"));

	if (number != switching->number)
		return json_pack("{s:b, s:s}", "ok", 0, "error",
				 "something else was switched meanwhile; look at the status");
	if (switching->busy)
		return json_pack("{s:b, s:b}", "ok", 1, "done", 0);
	if (*switching->why)
		return json_pack("{s:b, s:s%}", "ok", 0, "error", switching->why,
				 strlen(switching->why));
	return json_pack("{s:b, s:b}", "ok", 1, "done", 1);
}
