// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence learn: name a time in which an application is only watched, so that a
 * policy can be drafted from all that it did. What is enforced the policy alone says;
 * a command that lifted it would be a second one.
 */
#include <getopt.h>
#include <string.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "records.h"
#include "when.h"

/**
 * struct request - what is asked for
 * @application: name
 * @store: records
 * @control: socket of the daemon
 * @seconds: how long to learn, 0 to look only
 * @stop: no longer
 * @json: print JSON
 */
struct request {
	const char *application;
	const char *store;
	const char *control;
	int64_t seconds;
	bool stop;
	bool json;
};

enum {
	OPT_FOR = 256,
	OPT_STOP,
	OPT_STORE,
	OPT_CONTROL,
	OPT_JSON,
	OPT_HELP,
};

const struct option cmd_learn_options[] = {
	{ "for", required_argument, NULL, OPT_FOR },
	{ "stop", no_argument, NULL, OPT_STOP },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence learn APP [--for LENGTH | --stop] [OPTION...]\n"
"\n"
"Name a time from now on in which APP is watched, which dronefence draft APP then\n"
"goes by; stop it early; or show the last one. APP has to be in audit mode.\n"
"\n"
"  --for LENGTH    so long, such as 2h or 14d; with s, min, h, d and w\n"
"  --stop          it is over\n"
"  --json          print JSON\n"
"  --store FILE    default " DF_STORE_PATH "\n"
"  --control PATH  socket of the daemon, default " DF_CONTROL_PATH "\n"
"\n"
"exit status: 0 done, 1 failed, as where APP is enforced, 2 usage, 3 there is no module,\n"
"4 there is no APP, no store or no such time, 6 not root\n";

static enum df_exit check_mode(const struct request *request,
			       const struct df_apps *apps)
{
	size_t i;

	for (i = 0; i < apps->count; i++) {
		if (strcmp(apps->list[i].name, request->application))
			continue;
		if (apps->list[i].mode == DFENCE_MODE_AUDIT)
			return DF_EXIT_OK;
		complain("%s is enforced: what is refused cannot be learned; give it \"mode: audit\" in the policy, and apply that first",
			 request->application);
		return DF_EXIT_FAILED;
	}
	complain("there is no application \"%s\" in the policy in force",
		 request->application);
	return DF_EXIT_NO_OBJECT;
}

static enum df_exit is_watched(const struct request *request)
{
	struct df_apps apps = { 0 };
	struct df_client *client;
	enum df_exit status = client_open(&client);

	if (status)
		return status;
	status = read_apps(client, &apps) ?: check_mode(request, &apps);
	df_apps_free(&apps);
	df_client_close(client);
	return status;
}

static enum df_exit start(const struct request *request)
{
	return is_watched(request) ?:
	       records_ask(request->control,
			   json_pack("{s:s, s:s, s:I}", "request", "learn-start",
				     "application", request->application,
				     "seconds", (json_int_t)request->seconds));
}

static enum df_exit stop(const struct request *request)
{
	return records_ask(request->control,
			   json_pack("{s:s, s:s}", "request", "learn-stop",
				     "application", request->application));
}

static enum df_exit show(const struct request *request)
{
	struct df_learning learning;
	enum df_exit status = records_learning(request->store,
					       request->application, &learning);
	bool over = learning.end <= records_now();
	char begin[DF_TIME_STRLEN], end[DF_TIME_STRLEN];

	if (status)
		return status;
	if (!learning.known) {
		complain("no time of learning is recorded for %s",
			 request->application);
		return DF_EXIT_NO_OBJECT;
	}
	df_time_format((uint64_t)learning.begin, 3, begin);
	df_time_format((uint64_t)learning.end, 3, end);
	if (request->json)
		return print_json(json_pack("{s:s, s:s, s:s, s:b}", "application",
					    request->application, "begin", begin,
					    "end", end, "over", over));
	printf("%s: learning from %s to %s, %s\n", request->application, begin,
	       end, over ? "over" : "under way");
	if (over)
		printf("next: dronefence draft %s\n", request->application);
	return DF_EXIT_OK;
}

static bool take(struct request *request, int option)
{
	switch (option) {
	case OPT_FOR:
		if (df_when_length(optarg, &request->seconds) && request->seconds)
			return true;
		complain("\"%s\" is no length of time, such as 2h or 14d", optarg);
		return false;
	case OPT_STOP:
		request->stop = true;
		return true;
	case OPT_STORE:
		request->store = optarg;
		return true;
	case OPT_CONTROL:
		request->control = optarg;
		return true;
	case OPT_JSON:
		request->json = true;
		return true;
	default:
		complain("try: dronefence learn --help");
		return false;
	}
}

/**
 * cmd_learn() - name a time in which an application is watched, or show the last
 * @cli: options
 * @argc: the name, the application and options
 * @argv: see @argc
 *
 * Return: see the usage.
 */
enum df_exit cmd_learn(const struct cli *cli, int argc, char **argv)
{
	struct request request = {
		.store = DF_STORE_PATH, .control = DF_CONTROL_PATH,
		.json = cli->json,
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_learn_options,
				     NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return DF_EXIT_OK;
		}
		if (!take(&request, option))
			return DF_EXIT_USAGE;
	}
	if (argc - optind != 1 || !valid_application(argv[optind]) ||
	    (request.stop && request.seconds)) {
		complain("try: dronefence learn --help");
		return DF_EXIT_USAGE;
	}
	request.application = argv[optind];
	if (request.stop)
		return stop(&request);
	return request.seconds ? start(&request) : show(&request);
}
