// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence adopt: make a running process, with its descendants, that of an
 * application, and end the sockets it opened before.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "adopt.h"
#include "anchor.h"
#include "cli.h"
#include "pattern.h"

#define SLICE "/dronefence.slice"

/**
 * struct target - for which application
 * @app: its name, empty until one is chosen
 * @path: its cgroup
 * @owner: application that the kernel takes that cgroup for, or empty
 * @applications: how many there are
 * @known: @app is one of them
 */
struct target {
	char app[DRONEFENCE_NAME_MAX + 1];
	char path[DRONEFENCE_NAME_MAX + sizeof(SLICE) + 1];
	char owner[DRONEFENCE_NAME_MAX + 1];
	unsigned int applications;
	bool known;
};

static int choose(const struct df_application_info *info, void *arg)
{
	struct target *target = arg;

	target->applications++;
	if (!*target->app)
		snprintf(target->app, sizeof(target->app), "%s", info->name);
	target->known |= !strcmp(target->app, info->name);
	return 0;
}

/* The first that matches has it, as in the kernel. */
static int find_owner(const struct df_application_info *info, void *arg)
{
	struct target *target = arg;
	size_t i;

	for (i = 0; i < info->selector_count && !*target->owner; i++) {
		const char *pattern = info->selectors[i].pattern;

		if (pattern && dfence_pattern_match(pattern, target->path))
			snprintf(target->owner, sizeof(target->owner), "%s",
				 info->name);
	}
	return 0;
}

static enum df_exit check_owner(const struct target *target)
{
	if (!strcmp(target->owner, target->app))
		return DF_EXIT_OK;
	if (*target->owner)
		complain("the cgroup %s belongs to the application \"%s\"",
			 target->path, target->owner);
	else
		complain("the policy in force does not take the cgroup %s for an application",
			 target->path);
	return DF_EXIT_NO_OBJECT;
}

/* Which application, and is the cgroup that the process gets really its own. */
static enum df_exit find_target(struct df_client *client, const char *app,
				struct target *target)
{
	int err;

	snprintf(target->app, sizeof(target->app), "%s", app ?: "");
	err = df_client_applications(client, choose, target);
	if (err)
		return client_failed(client, err);
	if (!target->applications) {
		complain("no policy with applications is in force");
		return DF_EXIT_NOT_ENFORCING;
	}
	if (!app && target->applications > 1) {
		complain("there are %u applications: say which", target->applications);
		return DF_EXIT_USAGE;
	}
	if (!target->known || (app && strcmp(app, target->app))) {
		complain("the policy in force has no application \"%s\"", app);
		return DF_EXIT_NO_OBJECT;
	}
	snprintf(target->path, sizeof(target->path), SLICE "/%s", target->app);
	err = df_client_applications(client, find_owner, target);
	return err ? client_failed(client, err) : check_owner(target);
}

static bool make_folder(const char *path)
{
	if (!mkdir(path, 0755) || errno == EEXIST)
		return true;
	complain("%s: %s", path, strerror(errno));
	return false;
}

static enum df_exit adopt(pid_t pid, int held, const struct target *target)
{
	const char *root = df_cgroup_root();
	struct df_adopted result;
	char path[256];
	int err;

	if (!root) {
		complain("no cgroup v2 is mounted");
		return DF_EXIT_FAILED;
	}
	snprintf(path, sizeof(path), "%s" SLICE, root);
	if (!make_folder(path))
		return DF_EXIT_FAILED;
	snprintf(path, sizeof(path), "%s%s", root, target->path);
	if (!make_folder(path))
		return DF_EXIT_FAILED;
	err = df_adopt(pid, held, path, &result);
	if (result.failed)
		complain("%s", result.error);
	if (err == -ESRCH)
		return DF_EXIT_NO_OBJECT;
	printf("%u processes are in %s now, %u sockets were ended\n",
	       result.processes, target->path, result.sockets);
	return err || result.failed ? DF_EXIT_FAILED : DF_EXIT_OK;
}

static enum df_exit adopt_held(const char *app, pid_t pid, int held)
{
	struct target target = { 0 };
	struct df_client *client;
	enum df_exit status = client_open(&client);

	if (status)
		return status;
	status = find_target(client, app, &target);
	df_client_close(client);
	return status ?: adopt(pid, held, &target);
}

/**
 * cmd_adopt() - make a running process that of an application
 * @cli: options
 * @argc: 1 or 2
 * @argv: process, and application where there are several
 *
 * Return: DF_EXIT_NO_OBJECT for an unknown process or application, or one that
 * does not own the cgroup of its name; DF_EXIT_FAILED if a part was not done.
 */
enum df_exit cmd_adopt(const struct cli *cli, int argc, char **argv)
{
	enum df_exit status;
	char *end;
	long pid;
	int held;

	errno = 0;
	pid = strtol(argv[0], &end, 10);
	if (errno || *end || end == argv[0] || pid < 2 || pid > INT32_MAX) {
		complain("\"%s\" is not the number of a process that can be moved",
			 argv[0]);
		return DF_EXIT_USAGE;
	}
	if (geteuid()) {
		complain("only root can move processes of others");
		return DF_EXIT_PERMISSION;
	}
	/* From here on its number means this one, or none. */
	held = df_adopt_hold((pid_t)pid);
	if (held < 0 && held != -ESRCH) {
		complain("process %ld: %s", pid, strerror(-held));
		return DF_EXIT_FAILED;
	}
	status = adopt_held(argc > 1 ? argv[1] : NULL, (pid_t)pid, held);
	if (held >= 0)
		close(held);
	return status;
}
