// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon does with the policy when it is started, without the rest of it: so
 * that the fence stands before there is a network whatever becomes of the daemon.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "client.h"
#include "keeper.h"
#include "load.h"
#include "reload.h"
#include "switching.h"

/* The service manager takes the number for the priority of the line. */
static void say(int priority, const char *line, void *arg)
{
	fprintf(stderr, "<%d>dronefenced: %s\n", priority, line);
}

static enum df_exit load(const struct df_reload_options *options)
{
	static struct df_reload reload;
	int err;

	df_reload_init(&reload);
	err = df_reload_start(&reload, options);
	if (err) {
		say(LOG_ERR, strerror(-err), NULL);
		return DF_EXIT_FAILED;
	}
	while (!df_reload_read(&reload))
		;
	return df_reload_finish(&reload, say, NULL);
}

/* Where programs are placed, and what is wrong with that. */
static void set_up_cgroups(const struct df_options *options)
{
	struct df_keep_answer news;
	struct df_keeper keeper;
	int err;

	df_keeper_init(&keeper, options->keeper);
	err = df_keeper_policy(&keeper);
	if (err)
		fprintf(stderr, "<%d>dronefenced: programs cannot be placed until there is a keeper: %s\n",
			LOG_ERR, strerror(-err));
	/* Another one than our own tells the daemon. */
	while (!options->keeper && df_keeper_news(&keeper, &news))
		if (news.what == DF_KEEP_TROUBLE)
			say((int)news.trouble.priority, news.trouble.text, NULL);
	df_keeper_close(&keeper);
}

/* Only where there is no policy something takes its place. */
static bool is_empty(void)
{
	struct df_client *client;
	struct df_status status;
	bool empty = !df_client_open(&client) &&
		     !df_client_status(client, &status) && !status.generation;

	df_client_close(client);
	return empty;
}

/**
 * df_load_run() - put the policy into force
 * @options: command line
 *
 * Where it cannot be loaded and none is in force, the one that was in force last takes
 * its place, or the one that is built in. Needs no other user of the state.
 *
 * Return: DF_EXIT_OK if a policy is in force, be it another one; else how loading the
 * policy ended.
 */
enum df_exit df_load_run(const struct df_options *options)
{
	char cache[PATH_MAX], history[PATH_MAX], last_signed[PATH_MAX];
	struct df_switching switching;
	struct df_reload_options reload = {
		.policy = options->policy, .geo_root = options->geo_root,
		.cache = options->no_cache ? NULL : cache, .history = history,
		.last_signed = last_signed,
	};
	enum df_exit code;
	int err;

	snprintf(cache, sizeof(cache), "%s/cache", options->state_dir);
	snprintf(history, sizeof(history), "%s/history", options->state_dir);
	snprintf(last_signed, sizeof(last_signed), "%s/signed",
		 options->state_dir);
	err = df_switching_init(&switching, options->state_dir);
	if (err == -ENOMEM) {
		say(LOG_CRIT, strerror(ENOMEM), NULL);
		return DF_EXIT_FAILED;
	}
	if (err)
		say(LOG_CRIT, "what was switched is not known: local data mode holds for all",
		    NULL);
	reload.switches = df_switching_wanted(&switching);
	code = load(&reload);
	if (code && !options->require_policy && is_empty()) {
		say(LOG_CRIT, "the policy was not loaded: another one takes its place",
		    NULL);
		reload.policy = NULL;
		reload.switches = NULL;
		if (!load(&reload))
			code = DF_EXIT_OK;
	}
	df_switching_free(&switching);
	if (!code)
		set_up_cgroups(options);
	return code;
}
