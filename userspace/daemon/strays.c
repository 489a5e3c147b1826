// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program is placed into its application when it is executed. What ran before
 * the policy was applied, or was started by a name that no pattern matches, runs
 * outside: a stray. It is looked for among all processes, by the path of what it
 * runs, and by the file: what the patterns match, see pins.c, is known under its
 * other names too.
 *
 * Whoever belongs to any application, by cgroup or by user, stays where it is, as
 * in the kernel. A process is held while it is looked at, so that what is done to
 * it is not done to another one that got its number.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "adopt.h"
#include "anchor.h"
#include "pattern.h"
#include "proc.h"
#include "strays.h"

/* What the kernel appends to the path of what was removed. */
#define DELETED " (deleted)"

/**
 * struct df_strays_seen - a stray that was told of
 * @pid: its number
 * @start: when it began
 * @application: whose it is
 * @action: what was to be done
 * @failed: it was not done
 * @still: it was found this time, too
 */
struct df_strays_seen {
	pid_t pid;
	unsigned long long start;
	char application[DRONEFENCE_NAME_MAX + 1];
	enum dfence_strays action;
	bool failed;
	bool still;
};

/* Room for one more; false without memory. */
static bool grow(void *list, size_t count, size_t size)
{
	void **p = list, *grown = reallocarray(*p, count + 1, size);

	if (grown)
		*p = grown;
	return grown;
}

static bool add_text(char ***list, size_t *count, const char *text)
{
	if (!grow(list, *count, sizeof(**list)))
		return false;
	(*list)[*count] = strdup(text);
	return (*list)[*count] && ++*count;
}

static bool add_program(struct df_strays *strays,
			const struct df_selector *selector)
{
	struct df_strays_program *program;

	if (!grow(&strays->programs, strays->program_count, sizeof(*program)))
		return false;
	program = &strays->programs[strays->program_count];
	program->pattern = strdup(selector->pattern);
	program->copies = selector->copies;
	program->app = strays->app_count;
	return program->pattern && ++strays->program_count;
}

static bool add_user(struct df_strays *strays, uint32_t uid)
{
	if (!grow(&strays->users, strays->user_count, sizeof(uid)))
		return false;
	strays->users[strays->user_count++] = uid;
	return true;
}

static bool add_selector(struct df_strays *strays,
			 const struct df_selector *selector)
{
	switch (selector->type) {
	case DFENCE_SELECTOR_CGROUP:
		return add_text(&strays->cgroups, &strays->cgroup_count,
				selector->pattern);
	case DFENCE_SELECTOR_EXECUTABLE:
		return add_program(strays, selector);
	case DFENCE_SELECTOR_USER:
		return add_user(strays, selector->uid);
	default:
		return true;
	}
}

static int add_app(const struct df_application_info *info, void *arg)
{
	struct df_strays *strays = arg;
	size_t i;

	if (!grow(&strays->apps, strays->app_count, sizeof(*strays->apps)))
		return -ENOMEM;
	for (i = 0; i < info->selector_count; i++)
		if (!add_selector(strays, &info->selectors[i]))
			return -ENOMEM;
	strcpy(strays->apps[strays->app_count].name, info->name);
	strays->apps[strays->app_count++].action = info->strays;
	return 0;
}

static void forget(struct df_strays *strays)
{
	size_t i;

	for (i = 0; i < strays->program_count; i++)
		free(strays->programs[i].pattern);
	for (i = 0; i < strays->cgroup_count; i++)
		free(strays->cgroups[i]);
	free(strays->programs);
	free(strays->cgroups);
	free(strays->users);
	free(strays->apps);
	strays->programs = NULL;
	strays->cgroups = NULL;
	strays->users = NULL;
	strays->apps = NULL;
	strays->program_count = 0;
	strays->cgroup_count = 0;
	strays->user_count = 0;
	strays->app_count = 0;
	strays->file_count = 0;
	strays->generation = 0;
}

/**
 * df_strays_load() - look for what the policy in force names
 * @strays: zero at first, but for @tell and @arg
 * @client: open
 * @status: of the same kernel
 *
 * Return: 0; a negative errno, then nothing is looked for.
 */
int df_strays_load(struct df_strays *strays, struct df_client *client,
		   const struct df_status *status)
{
	int err;

	forget(strays);
	err = df_client_applications(client, add_app, strays);
	if (err) {
		forget(strays);
		return err;
	}
	strays->instance = status->instance;
	strays->generation = status->generation;
	return 0;
}

/**
 * df_strays_free() - give the memory back
 * @strays: of any state
 */
void df_strays_free(struct df_strays *strays)
{
	forget(strays);
	free(strays->seen);
	strays->seen = NULL;
	strays->seen_count = 0;
}

static void cut_deleted(char *path)
{
	size_t length = strlen(path), tail = sizeof(DELETED) - 1;

	if (length > tail && !strcmp(path + length - tail, DELETED))
		path[length - tail] = '\0';
}

/* The first application that has the program of a process, or NULL. */
static const struct df_strays_app *find_app(struct df_strays *strays, pid_t pid,
					    char exe[PATH_MAX])
{
	int err = df_proc_exe(pid, exe, PATH_MAX);
	char link[64];
	struct statx st;
	size_t i;

	if (err) {
		strays->blind |= err == -EACCES || err == -EPERM;
		return NULL;
	}
	cut_deleted(exe);
	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	for (i = 0; i < strays->program_count; i++)
		if (*exe == '/' &&
		    dfence_pattern_match(strays->programs[i].pattern, exe))
			return &strays->apps[strays->programs[i].app];
	/* What is known of it already: who runs the file system is not asked. */
	if (!strays->file_count ||
	    statx(AT_FDCWD, link, AT_STATX_DONT_SYNC, STATX_INO, &st))
		return NULL;
	for (i = 0; i < strays->file_count; i++)
		if (strays->files[i].inode == st.stx_ino &&
		    strays->files[i].device ==
		    makedev(st.stx_dev_major, st.stx_dev_minor))
			return &strays->apps[strays->files[i].app];
	return NULL;
}

/* Is it an application's, whichever that is? Not known is yes. */
static bool belongs(const struct df_strays *strays, pid_t pid, uid_t uid)
{
	char line[DF_PROC_LINE];
	size_t i;

	if (!df_proc_cgroup(pid, line))
		return true;
	line[strcspn(line, "\n")] = '\0';
	cut_deleted(line);
	for (i = 0; i < strays->cgroup_count; i++)
		if (dfence_pattern_match(strays->cgroups[i], line + 3))
			return true;
	for (i = 0; i < strays->user_count; i++)
		if (strays->users[i] == uid)
			return true;
	return false;
}

static void adopt(int held, struct df_stray *stray)
{
	const char *root = df_cgroup_root();
	struct df_adopted result;
	char folder[256];

	snprintf(folder, sizeof(folder), "%s/dronefence.slice/%s", root ?: "",
		 stray->application);
	df_adopt((pid_t)stray->pid, held, folder, &result);
	snprintf(stray->error, sizeof(stray->error), "%s", result.error);
}

static void act(int held, struct df_stray *stray)
{
	switch (stray->action) {
	case DFENCE_STRAYS_ADOPT:
		adopt(held, stray);
		break;
	case DFENCE_STRAYS_KILL:
		/* One that has just ended is what was wanted. */
		if (pidfd_send_signal(held, SIGKILL, NULL, 0) && errno != ESRCH)
			snprintf(stray->error, sizeof(stray->error), "%s",
				 strerror(errno));
		break;
	default:
		break;
	}
}

static struct df_strays_seen *find_seen(struct df_strays *strays, pid_t pid,
					unsigned long long start)
{
	size_t i;

	for (i = 0; i < strays->seen_count; i++)
		if (strays->seen[i].pid == pid && strays->seen[i].start == start)
			return &strays->seen[i];
	return NULL;
}

/* Tell of a stray, once, and again if something else became of it. */
static void tell(struct df_strays *strays, const struct df_stray *stray,
		 unsigned long long start)
{
	struct df_strays_seen *seen = find_seen(strays, (pid_t)stray->pid, start);
	struct df_strays_seen now = {
		.pid = (pid_t)stray->pid, .start = start,
		.action = stray->action, .failed = *stray->error, .still = true,
	};

	strcpy(now.application, stray->application);
	if (seen && seen->action == now.action && seen->failed == now.failed &&
	    !strcmp(seen->application, now.application)) {
		seen->still = true;
		return;
	}
	if (!seen && grow(&strays->seen, strays->seen_count, sizeof(*seen)))
		seen = &strays->seen[strays->seen_count++];
	if (seen)
		*seen = now;
	strays->tell(stray, strays->arg);
}

static void look_at_held(struct df_strays *strays, pid_t pid, int held)
{
	struct df_stray stray = { .pid = (uint32_t)pid };
	const struct df_strays_app *app;
	unsigned long long start;
	char exe[PATH_MAX];
	pid_t parent;
	uid_t uid;

	app = find_app(strays, pid, exe);
	if (!app || !df_proc_stat(pid, &parent, &start) ||
	    !df_proc_fsuid(pid, &uid) || belongs(strays, pid, uid) ||
	    !df_adopt_held(held))
		return;
	strcpy(stray.application, app->name);
	snprintf(stray.exe, sizeof(stray.exe), "%.*s",
		 (int)sizeof(stray.exe) - 1, exe);
	stray.action = app->action;
	stray.uid = uid;
	act(held, &stray);
	tell(strays, &stray, start);
}

static void look_at(struct df_strays *strays, pid_t pid)
{
	char exe[PATH_MAX];
	int held;

	/* Most processes are done here. */
	if (!find_app(strays, pid, exe))
		return;
	held = df_adopt_hold(pid);
	if (held < 0)
		return;
	look_at_held(strays, pid, held);
	close(held);
}

static void drop_ended(struct df_strays *strays)
{
	size_t i, kept = 0;

	for (i = 0; i < strays->seen_count; i++) {
		if (!strays->seen[i].still)
			continue;
		strays->seen[kept] = strays->seen[i];
		strays->seen[kept++].still = false;
	}
	strays->seen_count = kept;
}

/**
 * df_strays_look() - look for strays, and do with them what the policy says
 * @strays: loaded
 *
 * Costs a look at each process of the machine, unless the policy names no
 * executables. The first process belongs to the machine, as in the kernel.
 */
void df_strays_look(struct df_strays *strays)
{
	DIR *proc = strays->program_count ? opendir("/proc") : NULL;
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 1 && pid != getpid())
			look_at(strays, pid);
	}
	if (proc)
		closedir(proc);
	drop_ended(strays);
}
