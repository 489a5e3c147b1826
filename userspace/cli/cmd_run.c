// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence run: start a program inside the cgroup of an application.
 *
 * Every application is also recognised by a scope named dronefence-APP.N.scope,
 * wherever it is (see df_run_pattern()). Where systemd runs it makes that scope,
 * the system's for root and the user's own for everybody else. Without systemd
 * root makes the cgroup by hand; nobody else can.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "anchor.h"
#include "cli.h"
#include "confine.h"
#include "pattern.h"

#define SLICE "dronefence.slice"

static int is_name(const struct df_application_info *info, void *arg)
{
	return strcmp(info->name, arg) ? 0 : 1;
}

/*
 * Only root may ask the kernel. A program that is started in the belief that
 * it is fenced must not run where it is not.
 */
static enum df_exit check_application(char *app)
{
	struct df_client *client;
	enum df_exit status = client_open(&client);
	int found;

	if (status)
		return status;
	found = df_client_applications(client, is_name, app);
	if (found < 0) {
		status = client_failed(client, found);
	} else if (!found) {
		complain("the policy in force has no application \"%s\"", app);
		status = DF_EXIT_NO_OBJECT;
	}
	df_client_close(client);
	return status;
}

static enum df_exit wrong_owner(const char *cgroup, const char *owner)
{
	complain("the cgroup %s would belong to the application \"%s\", which comes before it in the policy",
		 cgroup, owner);
	return DF_EXIT_NO_OBJECT;
}

/* The cgroup of a unit must be the application's, as the kernel sees it. */
static enum df_exit check_owner(const char *app, const char *cgroup)
{
	struct df_apps apps = { 0 };
	struct df_client *client;
	enum df_exit status = client_open(&client);
	struct df_owner owner;

	if (status)
		return status;
	status = read_apps(client, &apps);
	df_client_close(client);
	owner = df_apps_owner(&apps, DFENCE_SELECTOR_CGROUP, cgroup);
	if (!status && owner.app < 0) {
		complain("the policy in force does not take the cgroup %s for an application",
			 cgroup);
		status = DF_EXIT_NO_OBJECT;
	} else if (!status && strcmp(apps.list[owner.app].name, app)) {
		status = wrong_owner(cgroup, apps.list[owner.app].name);
	}
	df_apps_free(&apps);
	return status;
}

static bool owns(const struct df_application *app, const char *cgroup)
{
	size_t i;

	for (i = 0; i < app->selector_count; i++)
		if (app->selectors[i].type == DFENCE_SELECTOR_CGROUP &&
		    dfence_pattern_match(app->selectors[i].pattern, cgroup))
			return true;
	return false;
}

/**
 * check_policy_file() - is there such an application, as far as one can see
 * @cli: options
 * @app: its name
 * @cgroup: that must be its own, NULL for none
 *
 * An ordinary user can only look into the policy file, where that is readable.
 *
 * Return: DF_EXIT_OK, also if that is not known; DF_EXIT_NO_OBJECT.
 */
enum df_exit check_policy_file(const struct cli *cli, const char *app,
			       const char *cgroup)
{
	const struct df_application *owner = NULL;
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(cli->policy, &diags);
	bool found = !policy;
	enum df_exit status;
	size_t i;

	if (!policy)
		complain("%s cannot be read: whether \"%s\" is an application is not checked",
			 cli->policy, app);
	for (i = 0; policy && i < policy->application_count; i++) {
		found |= !strcmp(policy->applications[i].name, app);
		if (cgroup && !owner && owns(&policy->applications[i], cgroup))
			owner = &policy->applications[i];
	}
	status = found ? DF_EXIT_OK : DF_EXIT_NO_OBJECT;
	if (!found)
		complain("%s has no application \"%s\"", cli->policy, app);
	else if (owner && strcmp(owner->name, app))
		status = wrong_owner(cgroup, owner->name);
	df_policy_free(policy);
	df_diags_free(&diags);
	return status;
}

/**
 * valid_application() - may this be the name of an application; or complain
 * @app: any text
 *
 * Return: true if it may.
 */
bool valid_application(const char *app)
{
	size_t len = strlen(app);

	if (len && len <= DRONEFENCE_NAME_MAX &&
	    strspn(app, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len)
		return true;
	complain("\"%s\" is not the name of an application", app);
	return false;
}

static enum df_exit run_scope(const char *scope, bool user, char **command)
{
	char unit[128];
	const char *args[8];
	char **argv;
	size_t n = 0, count = 0;

	while (command[count])
		count++;
	snprintf(unit, sizeof(unit), "--unit=%s", scope);
	args[n++] = "systemd-run";
	if (user)
		args[n++] = "--user";
	args[n++] = "--scope";
	args[n++] = "--quiet";
	args[n++] = "--collect";
	args[n++] = unit;
	if (!user)
		args[n++] = "--slice=" SLICE;
	argv = calloc(n + count + 2, sizeof(*argv));
	if (argv) {
		memcpy(argv, args, n * sizeof(*argv));
		argv[n] = "--";
		memcpy(argv + n + 1, command, count * sizeof(*argv));
		execvp(argv[0], argv);
	}
	complain("systemd-run: %s", strerror(errno));
	free(argv);
	return DF_EXIT_FAILED;
}

static int make_cgroup(const char *scope, char *path, size_t size)
{
	const char *root = df_cgroup_root();

	if (!root) {
		complain("no cgroup v2 is mounted");
		return -1;
	}
	snprintf(path, size, "%s/%s", root, SLICE);
	if (mkdir(path, 0755) && errno != EEXIST)
		goto fail;
	snprintf(path, size, "%s/%s/%s", root, SLICE, scope);
	if (!mkdir(path, 0755))
		return 0;
fail:
	complain("%s: %s", path, strerror(errno));
	return -1;
}

/* Move the calling process. */
static int enter_cgroup(const char *path)
{
	char procs[544];
	int fd, err;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	err = fd < 0 || write(fd, "0", 1) != 1;
	if (err)
		complain("%s: %s", procs, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err ? -1 : 0;
}

static enum df_exit wait_for(pid_t child)
{
	int status;

	/* The terminal signals the child as well; it decides. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return DF_EXIT_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static enum df_exit run_by_hand(const char *scope, char **command)
{
	char path[512];
	enum df_exit status;
	pid_t child;

	if (make_cgroup(scope, path, sizeof(path)))
		return DF_EXIT_FAILED;
	child = fork();
	if (child < 0) {
		complain("fork: %s", strerror(errno));
		rmdir(path);
		return DF_EXIT_FAILED;
	}
	if (!child) {
		if (!enter_cgroup(path)) {
			execvp(command[0], command);
			complain("%s: %s", command[0], strerror(errno));
		}
		_exit(127);
	}
	status = wait_for(child);
	/* Fails while a descendant is alive: it stays fenced. */
	rmdir(path);
	return status;
}

static bool user_manager_runs(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char path[512];

	if (!dir)
		return false;
	snprintf(path, sizeof(path), "%s/systemd/private", dir);
	return !access(path, F_OK);
}

/* Never without what confines it. */
static enum df_exit confine(const struct cli *cli, char *app, char **command)
{
	struct df_confinement confinement;
	char unit[128], cgroup[160];
	enum df_exit status = read_confinement(cli, app, &confinement);

	if (status)
		return status;
	if (geteuid()) {
		complain("only root can confine a program; nothing was started");
		return DF_EXIT_PERMISSION;
	}
	snprintf(unit, sizeof(unit), "dronefence-%s.%d.service", app, getpid());
	snprintf(cgroup, sizeof(cgroup), "/" SLICE "/%s", unit);
	status = check_application(app) ?: check_owner(app, cgroup);
	if (status)
		return status;
	if (access("/run/systemd/system", F_OK)) {
		complain("systemd does not run here, and confines programs; nothing was started");
		return DF_EXIT_FAILED;
	}
	return run_confined(&confinement, unit, command);
}

/**
 * cmd_run() - start a program as an application
 * @cli: options
 * @argc: at least 2
 * @argv: application, an optional "--", and the command
 *
 * Return: what the command returned; DF_EXIT_NO_OBJECT for an unknown
 * application; DF_EXIT_NOT_ENFORCING without the module.
 */
enum df_exit cmd_run(const struct cli *cli, int argc, char **argv)
{
	char *app = argv[0], **command = argv + 1;
	bool systemd = !access("/run/systemd/system", F_OK);
	char scope[128];
	enum df_exit status;

	if (!strcmp(command[0], "--"))
		command++;
	if (!command[0]) {
		complain("usage: dronefence run APP -- COMMAND [ARG...]");
		return DF_EXIT_USAGE;
	}
	if (!valid_application(app))
		return DF_EXIT_NO_OBJECT;
	if (cli->confined)
		return confine(cli, app, command);
	if (cli->as || cli->lift) {
		complain("--as and --lift need --confined");
		return DF_EXIT_USAGE;
	}
	snprintf(scope, sizeof(scope), "dronefence-%s.%d.scope", app, getpid());

	if (geteuid()) {
		if (systemd && user_manager_runs())
			return check_policy_file(cli, app, NULL) ?:
			       run_scope(scope, true, command);
		complain("without root this needs a systemd user session, and there is none");
		return DF_EXIT_PERMISSION;
	}
	status = check_application(app);
	if (status)
		return status;
	return systemd ? run_scope(scope, false, command) :
			 run_by_hand(scope, command);
}
