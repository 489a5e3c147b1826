// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pilots may not ask the kernel: they ask the daemon, at a socket of their own. To
 * put another policy into force takes it a moment, in which it is asked again.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "pilot.h"
#include "records.h"

/* Tenths of a second. */
#define PATIENCE 1800

/**
 * pilot_socket() - where to ask
 * @given: on the command line, or NULL
 *
 * Return: the socket for root or that for pilots.
 */
const char *pilot_socket(const char *given)
{
	if (given)
		return given;
	return geteuid() ? DF_PILOT_PATH : DF_CONTROL_PATH;
}

static enum df_exit wait_until_done(const char *path, json_int_t number)
{
	enum df_exit status;
	json_t *answer;
	bool done;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		status = records_poll(path,
				      json_pack("{s:s, s:I}", "request",
						"switched", "number", number),
				      &answer);
		if (status)
			return status;
		done = json_is_true(json_object_get(answer, "done"));
		json_decref(answer);
		if (done)
			return DF_EXIT_OK;
		usleep(100000);
	}
	complain("the daemon did not put the policy into force in time; ask for the status");
	return DF_EXIT_FAILED;
}

/**
 * pilot_switch() - switch, and wait until it is in force; or complain
 * @path: of the socket
 * @request: is dropped; NULL stands for a lack of memory
 *
 * Return: see records_answer().
 */
enum df_exit pilot_switch(const char *path, json_t *request)
{
	json_int_t number;
	json_t *answer;
	enum df_exit status = records_answer(path, request, &answer);

	if (status)
		return status;
	number = json_integer_value(json_object_get(answer, "number"));
	json_decref(answer);
	return wait_until_done(path, number);
}

/**
 * pilot_status() - ask how the fence stands, or complain
 * @path: of the socket
 * @status: result, to be dropped
 *
 * Return: see records_answer().
 */
enum df_exit pilot_status(const char *path, json_t **status)
{
	return records_poll(path, json_pack("{s:s}", "request", "status"),
			    status);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "?";
}

static void print_application(const json_t *app)
{
	json_int_t left = json_integer_value(json_object_get(app, "unlocked-seconds"));

	printf("%-20s %s, profile %s", text_of(app, "name"), text_of(app, "mode"),
	       text_of(app, "profile"));
	if (*text_of(app, "switched"))
		printf(", switched to %s", text_of(app, "switched"));
	if (left)
		printf(", UNLOCKED for %" JSON_INTEGER_FORMAT " s more", left);
	printf(", %" JSON_INTEGER_FORMAT " running\n",
	       json_integer_value(json_object_get(app, "processes")));
}

/**
 * pilot_print() - show how the fence stands
 * @status: from pilot_status()
 *
 * Return: DF_EXIT_OK, DF_EXIT_NOT_ENFORCING if nothing is fenced.
 */
enum df_exit pilot_print(const json_t *status)
{
	const json_t *reason, *app;
	size_t i;

	printf("%s\n", text_of(status, "state"));
	json_array_foreach(json_object_get(status, "reasons"), i, reason)
		printf("  %s\n", json_string_value(reason));
	json_array_foreach(json_object_get(status, "applications"), i, app)
		print_application(app);
	return strcmp(text_of(status, "state"), "open") ? DF_EXIT_OK :
							  DF_EXIT_NOT_ENFORCING;
}
