// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flight has a beginning and an end, which may be in two runs of the daemon:
 * its name is kept in a file. Whether the switch of a vendor is on, or a time of
 * learning is over, the daemon need not know: whoever reads the records sees it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declare.h"
#include "replace.h"
#include "request.h"

#define FILE_NAME "declared.json"

static const char *begin_flight(struct df_declared *declared, const char *name,
				struct df_declaration *declaration)
{
	if (*declared->flight)
		return "a flight has begun already; end it first";
	if (!df_request_is_line(name, DF_DECLARED_NAME_MAX))
		return "a flight has a name of 1 to 64 bytes without control characters";
	declaration->on = true;
	strcpy(declaration->name, name);
	strcpy(declared->flight, name);
	return NULL;
}

static const char *end_flight(struct df_declared *declared,
			      struct df_declaration *declaration)
{
	if (!*declared->flight)
		return "no flight has begun";
	strcpy(declaration->name, declared->flight);
	declared->flight[0] = '\0';
	return NULL;
}

static const char *declare_local_data(const json_t *request,
				      struct df_declaration *declaration)
{
	const char *name = df_request_text(request, "application");
	const json_t *on = json_object_get(request, "on");

	if (!df_request_is_name(name))
		return "this is not the name of an application";
	if (!json_is_boolean(on))
		return "\"on\" is missing";
	declaration->what = DF_DECLARED_LOCAL_DATA;
	declaration->on = json_is_true(on);
	strcpy(declaration->name, name);
	return NULL;
}

static const char *declare_learning(const json_t *request,
				    struct df_declaration *declaration)
{
	const char *name = df_request_text(request, "application");
	json_int_t seconds =
		json_integer_value(json_object_get(request, "seconds"));

	if (!df_request_is_name(name))
		return "this is not the name of an application";
	if (declaration->on && (seconds < 1 || seconds > DF_LEARNING_MAX))
		return "an application is learned for a second to a year";
	declaration->what = DF_DECLARED_LEARNING;
	declaration->seconds = declaration->on ? (uint32_t)seconds : 0;
	strcpy(declaration->name, name);
	return NULL;
}

/**
 * df_declare() - read what the operator declares
 * @declared: what holds now; changed
 * @request: "request" is "flight-start" with a "name", "flight-stop",
 *	"local-data-mode" with an "application" and "on", "learn-start" with an
 *	"application" and "seconds", or "learn-stop" with an "application"
 * @declaration: result, but for who it was; to be ignored after an error
 *
 * Return: NULL, or why it was refused, one line; @declared is as before then.
 */
const char *df_declare(struct df_declared *declared, const json_t *request,
		       struct df_declaration *declaration)
{
	const char *what = df_request_text(request, "request");

	memset(declaration, 0, sizeof(*declaration));
	if (!strcmp(what, "flight-start"))
		return begin_flight(declared, df_request_text(request, "name"),
				    declaration);
	if (!strcmp(what, "flight-stop"))
		return end_flight(declared, declaration);
	if (!strcmp(what, "local-data-mode"))
		return declare_local_data(request, declaration);
	declaration->on = !strcmp(what, "learn-start");
	if (declaration->on || !strcmp(what, "learn-stop"))
		return declare_learning(request, declaration);
	return "there is no such request";
}

/**
 * df_declared_load() - read what holds since an earlier run of the daemon
 * @dir: folder of the state
 * @declared: result; nothing holds after an error
 *
 * Return: 0, also if there is no file; -EINVAL if it is damaged; -ENAMETOOLONG.
 */
int df_declared_load(const char *dir, struct df_declared *declared)
{
	char path[PATH_MAX];
	json_error_t error;
	const char *flight;
	json_t *root;
	int err = 0;

	declared->flight[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/" FILE_NAME, dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_error_code(&error) == json_error_cannot_open_file ?
		       0 : -EINVAL;
	flight = df_request_text(root, "flight");
	if (*flight && !df_request_is_line(flight, DF_DECLARED_NAME_MAX))
		err = -EINVAL;
	else
		strcpy(declared->flight, flight);
	json_decref(root);
	return err;
}

/**
 * df_declared_save() - keep what holds for the next run of the daemon
 * @dir: folder of the state
 * @declared: what to keep
 *
 * Return: 0 or a negative errno; the file is as before then.
 */
int df_declared_save(const char *dir, const struct df_declared *declared)
{
	json_t *root = json_pack("{s:i, s:s}", "version", 1,
				 "flight", declared->flight);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	char path[PATH_MAX];
	int err = -ENOMEM;

	json_decref(root);
	if (text && snprintf(path, sizeof(path), "%s/" FILE_NAME, dir) >=
	    (int)sizeof(path))
		err = -ENAMETOOLONG;
	else if (text)
		err = df_replace(path, text, strlen(text), 0600);
	free(text);
	return err;
}
