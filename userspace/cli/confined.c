// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of "dronefence run --confined" and "dronefence unit", and the start. */

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "confine.h"

/* Most arguments of systemd-run in front of the command. */
#define ARGS 128

/* What may stand in a directive without being read as something else. */
static const char plain[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-";

static bool is_plain(const char *text)
{
	return *text && !text[strspn(text, plain)];
}

static enum df_exit unknown_restriction(const char *name)
{
	const char *known, *help;
	size_t i;

	complain("there is no restriction \"%s\"; those that can be lifted, and what that allows:",
		 name);
	for (i = 0; (known = df_confine_name(i, &help)); i++)
		fprintf(stderr, "  %-13s %s\n", known, help);
	return DF_EXIT_USAGE;
}

static enum df_exit read_user(const char *name, struct df_confinement *c)
{
	struct passwd *user = getpwnam(name);

	if (!user || !is_plain(name)) {
		complain("there is no user \"%s\"", name);
		return DF_EXIT_NO_OBJECT;
	}
	if (!user->pw_uid) {
		complain("nothing confines a program of root: name another user");
		return DF_EXIT_USAGE;
	}
	c->user = name;
	c->uid = user->pw_uid;
	return DF_EXIT_OK;
}

/*
 * The kernel does not know what the policy lifts: that is in the file. Where it
 * cannot be read, or is about other applications, the program gets less.
 */
static uint32_t lifted_by_policy(const struct cli *cli, const char *app)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(cli->policy, &diags);
	uint32_t lifted = 0;
	bool found = false;
	size_t i;

	for (i = 0; policy && i < policy->application_count; i++) {
		if (strcmp(policy->applications[i].name, app))
			continue;
		lifted = policy->applications[i].lifted;
		found = true;
	}
	if (!policy)
		df_diags_print(&diags, stderr, cli->color);
	if (!found)
		complain("%s %s: only what --lift says is lifted", cli->policy,
			 policy ? "does not have the application" :
				  "is of no use");
	df_policy_free(policy);
	df_diags_free(&diags);
	return lifted;
}

/**
 * read_confinement() - how an application is to be confined
 * @cli: options
 * @app: valid name of the application
 * @c: result
 *
 * What the policy file lifts is lifted as well as what the options say.
 *
 * Return: DF_EXIT_OK; DF_EXIT_USAGE or DF_EXIT_NO_OBJECT after a message.
 */
enum df_exit read_confinement(const struct cli *cli, const char *app,
			      struct df_confinement *c)
{
	const char *display = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
	enum df_exit status = DF_EXIT_OK;
	char unknown[64];

	*c = (struct df_confinement){
		.application = app,
		.display = display && is_plain(display) ? display : ":0",
		.wayland = wayland && is_plain(wayland) ? wayland : "wayland-0",
	};
	if (cli->as)
		status = read_user(cli->as, c);
	if (status)
		return status;
	if (df_confine_lift(cli->lift, &c->lifted, unknown, sizeof(unknown)))
		return unknown_restriction(unknown);
	c->lifted |= lifted_by_policy(cli, app);
	if (!df_confine_fixed(c))
		return DF_EXIT_OK;
	complain("\"%s\" cannot be lifted for a user that systemd makes up: name one with --as",
		 df_confine_fixed(c));
	return DF_EXIT_USAGE;
}

/**
 * struct arguments - of systemd-run
 * @list: ends with NULL
 * @count: how many
 * @room: how many fit, the last NULL not counted
 */
struct arguments {
	char **list;
	size_t count, room;
};

static int add(struct arguments *args, char *text)
{
	if (!text || args->count == args->room) {
		free(text);
		return -ENOMEM;
	}
	args->list[args->count++] = text;
	return 0;
}

static int add_property(const char *restriction, const char *directive,
			void *arg)
{
	char *text;

	return add(arg, asprintf(&text, "--property=%s", directive) < 0 ? NULL :
		   text);
}

/* systemd puts variables into the arguments; a second $ keeps it from that. */
static char *escape(const char *word)
{
	char *text = malloc(2 * strlen(word) + 1), *to = text;

	for (; text && *word; word++) {
		if (*word == '$')
			*to++ = '$';
		*to++ = *word;
	}
	if (text)
		*to = '\0';
	return text;
}

static int add_all(struct arguments *args, const struct df_confinement *c,
		   const char *unit, char **command)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	char *text;
	int err = add(args, strdup("systemd-run")) ?:
		  add(args, asprintf(&text, "--unit=%s", unit) < 0 ? NULL : text) ?:
		  add(args, strdup("--quiet")) ?:
		  add(args, strdup("--collect")) ?:
		  add(args, strdup("--service-type=exec")) ?:
		  add(args, strdup("--wait")) ?:
		  add(args, strdup(terminal ? "--pty" : "--pipe")) ?:
		  df_confine_each(c, add_property, args) ?:
		  add(args, strdup("--"));

	for (; *command && !err; command++)
		err = add(args, escape(*command));
	return err;
}

/**
 * run_confined() - start a program as a transient unit of the system
 * @c: how it is confined
 * @unit: name of the unit
 * @command: ends with NULL
 *
 * Return: does not, where it was started; DF_EXIT_FAILED.
 */
enum df_exit run_confined(const struct df_confinement *c, const char *unit,
			  char **command)
{
	struct arguments args = { .room = ARGS };

	while (command[args.room - ARGS])
		args.room++;
	args.list = calloc(args.room + 1, sizeof(*args.list));
	if (args.list && !add_all(&args, c, unit, command)) {
		execvp(args.list[0], args.list);
		complain("systemd-run: %s", strerror(errno));
	} else {
		complain("out of memory");
	}
	while (args.count)
		free(args.list[--args.count]);
	free(args.list);
	return DF_EXIT_FAILED;
}
