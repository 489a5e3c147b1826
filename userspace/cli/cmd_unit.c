// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence unit: print a unit of systemd that an application cannot leave. */

#include <string.h>

#include "cli.h"
#include "confine.h"

static enum df_exit check_command(char **command)
{
	char word[4096];

	if (!*command) {
		complain("usage: dronefence unit APP -- COMMAND [ARG...]");
		return DF_EXIT_USAGE;
	}
	/* What begins otherwise may have another meaning in a unit. */
	if (**command != '/') {
		complain("\"%s\" is not an absolute path", *command);
		return DF_EXIT_USAGE;
	}
	for (; *command; command++) {
		if (df_confine_quote(*command, word, sizeof(word)))
			continue;
		complain("an argument is too long for a unit, or has a control character");
		return DF_EXIT_USAGE;
	}
	return DF_EXIT_OK;
}

/**
 * cmd_unit() - print the unit of an application
 * @cli: options
 * @argc: at least 2
 * @argv: application, an optional "--", and the command
 *
 * Return: DF_EXIT_OK; DF_EXIT_USAGE; DF_EXIT_NO_OBJECT for an unknown
 * application or user.
 */
enum df_exit cmd_unit(const struct cli *cli, int argc, char **argv)
{
	char *app = argv[0], **command = argv + 1;
	struct df_confinement confinement;
	char cgroup[160];
	enum df_exit status;

	if (!strcmp(command[0], "--"))
		command++;
	status = check_command(command);
	if (status)
		return status;
	if (!valid_application(app))
		return DF_EXIT_NO_OBJECT;
	snprintf(cgroup, sizeof(cgroup),
		 "/dronefence.slice/dronefence-%s.service", app);
	status = check_policy_file(cli, app, cgroup) ?:
		 read_confinement(cli, app, &confinement);
	if (!status)
		df_confine_unit(&confinement, command, stdout);
	return status;
}
