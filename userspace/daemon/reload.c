// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To read geo data and to compile a policy can take seconds and some hundred
 * megabytes. A child process does it, so that meanwhile events are forwarded
 * and the watchdog is fed, and so that whatever goes wrong in it, the policy in
 * force stays. It tells what it found through a pipe, one message a line, with
 * the priority as the first character, and before them the files of geo data; its exit
 * status tells how it ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "confirm.h"
#include "fallback.h"
#include "reload.h"

/* In front of a line that tells of a file of geo data. */
#define FILE_MARK 'f'

/* Where the child writes to: the first behind the standard ones. */
#define REPORT_FD 3

/* More messages would only bury the others. */
#define MESSAGES_MAX 50

/**
 * df_reload_init() - nothing is being loaded
 * @reload: result
 */
void df_reload_init(struct df_reload *reload)
{
	reload->pid = 0;
	reload->fd = -1;
	reload->length = 0;
	reload->geo = NULL;
}

static void say_diag(FILE *out, const struct df_diag *diag)
{
	bool error = diag->severity == DF_ERROR;

	fprintf(out, "%d", error ? LOG_ERR : LOG_WARNING);
	if (diag->file)
		fprintf(out, "%s:", diag->file);
	if (diag->file && diag->line)
		fprintf(out, "%u:%u:", diag->line, diag->column);
	fprintf(out, "%s%s: %s\n", diag->file ? " " : "",
		error ? "error" : "warning", diag->message);
}

static void say_diags(FILE *out, const struct df_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->count && i < MESSAGES_MAX; i++)
		say_diag(out, &diags->list[i]);
	if (i < diags->count)
		fprintf(out, "%d%zu more messages; \"dronefence check\" shows all\n",
			LOG_WARNING, diags->count - i);
	if (diags->lost)
		fprintf(out, "%d%s\n", LOG_ERR, "out of memory");
}

static enum df_exit apply(FILE *out, struct df_client *client,
			  const char *policy,
			  const struct df_build_options *build)
{
	struct df_diags diags = { 0 };
	struct df_applied applied;
	enum df_exit code = df_apply_file(client, policy, build, &diags,
					  &applied);

	say_diags(out, &diags);
	if (code == DF_EXIT_OK)
		fprintf(out, "%dpolicy %s is in force, generation %u%s\n",
			LOG_NOTICE, policy ?: "(built in)", applied.generation,
			applied.warm ? ", compiled earlier" : "");
	df_diags_free(&diags);
	return code;
}

static enum df_exit lapse(FILE *out, struct df_client *client,
			  const struct df_build_options *build)
{
	struct df_history_entry entry = { 0 };
	struct df_diags diags = { 0 };
	struct df_applied applied;
	enum df_exit code = df_lapse(client, build, false, &diags, &applied,
				     &entry);

	say_diags(out, &diags);
	if (code == DF_EXIT_OK)
		fprintf(out, "%dpolicy %u (%s) is in force again, generation %u: the one after it was not confirmed\n",
			LOG_WARNING, entry.number, entry.name,
			applied.generation);
	df_diags_free(&diags);
	return code;
}

/* What was in force last, or what is built in. */
static enum df_exit substitute(FILE *out, struct df_client *client,
			       const struct df_build_options *build)
{
	struct df_history_entry entry;
	struct df_diags diags = { 0 };
	struct df_applied applied;
	enum df_exit code = df_restore(client, build, &diags, &applied, &entry);

	say_diags(out, &diags);
	df_diags_free(&diags);
	if (code != DF_EXIT_OK)
		return apply(out, client, NULL, build);
	fprintf(out, "%dpolicy %u (%s) of the history is in force again, generation %u\n",
		LOG_CRIT, entry.number, entry.name, applied.generation);
	return code;
}

static bool is_in_force(struct df_client *client, const struct df_policy *policy)
{
	struct df_policy_info info;

	return df_client_policy(client, &info) || df_fallback_is(&info) ||
	       !memcmp(info.source_digest, policy->digest,
		       sizeof(info.source_digest));
}

/* Before any geo data is read. Its errors are found again, and told, later. */
static bool look_at_file(FILE *out, struct df_client *client,
			 const struct df_reload_options *options)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(options->policy, &diags);
	bool go_on = !options->refresh || (policy && is_in_force(client, policy));

	if (policy)
		df_geo_watch_tell(out, FILE_MARK, policy, options->geo_root);
	df_policy_free(policy);
	df_diags_free(&diags);
	return go_on;
}

static enum df_exit load_file(FILE *out, struct df_client *client,
			      const struct df_reload_options *options,
			      const struct df_build_options *build)
{
	if (look_at_file(out, client, options))
		return apply(out, client, options->policy, build);
	fprintf(out, "%d%s is not what is in force, and is not loaded\n",
		LOG_NOTICE, options->policy);
	return DF_EXIT_NO_OBJECT;
}

static enum df_exit load(FILE *out, const struct df_reload_options *options)
{
	struct df_build_options build = {
		.geo.root = options->geo_root,
		.geo.now = time(NULL),
		.cache = options->cache,
		.switches = options->switches,
		.request = options->request,
		.trust = { DF_TRUST_DIR, options->last_signed },
		.history = options->history,
		.keeper = true,
	};
	struct df_client *client;
	enum df_exit code;
	int err;

	err = df_client_open(&client);
	if (err) {
		fprintf(out, "%d%s\n", LOG_ERR,
			client ? df_client_error(client) : "out of memory");
		df_client_close(client);
		return df_exit_of_client(err);
	}
	if (options->lapse)
		code = lapse(out, client, &build);
	else if (options->policy)
		code = load_file(out, client, options, &build);
	else
		code = substitute(out, client, &build);
	df_client_close(client);
	return code;
}

/*
 * The child owns copies of the daemon's sockets and of its lock; it keeps none
 * of them.
 */
static void child(int fd, const struct df_reload_options *options, pid_t parent)
{
	sigset_t none;
	FILE *out;
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(DF_EXIT_FAILED);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd != REPORT_FD && dup2(fd, REPORT_FD) < 0)
		_exit(DF_EXIT_FAILED);
	closefrom(REPORT_FD + 1);
	out = fdopen(REPORT_FD, "w");
	if (!out)
		_exit(DF_EXIT_FAILED);
	code = (int)load(out, options);
	if (fclose(out))
		code = code ?: DF_EXIT_FAILED;
	_exit(code);
}

/**
 * df_reload_start() - begin to load a policy
 * @reload: idle
 * @options: what to load
 *
 * Return: 0, then wait until @reload->fd can be read; or a negative errno.
 */
int df_reload_start(struct df_reload *reload,
		    const struct df_reload_options *options)
{
	pid_t parent = getpid();
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	reload->length = 0;
	reload->pid = fork();
	if (!reload->pid)
		child(fds[1], options, parent);
	if (reload->pid < 0) {
		err = -errno;
		reload->pid = 0;
		close(fds[0]);
		close(fds[1]);
		return err;
	}
	close(fds[1]);
	reload->fd = fds[0];
	return 0;
}

/**
 * df_reload_read() - take what the process has said
 * @reload: @fd can be read
 *
 * Return: true at the end: call df_reload_finish().
 */
bool df_reload_read(struct df_reload *reload)
{
	size_t room = DF_RELOAD_TEXT_MAX - 1 - reload->length;
	char dump[512];
	ssize_t length;

	length = room ? read(reload->fd, reload->text + reload->length, room) :
			read(reload->fd, dump, sizeof(dump));
	if (length > 0 && room)
		reload->length += (size_t)length;
	return length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
}

static int reap(struct df_reload *reload)
{
	int status = 0;

	while (waitpid(reload->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(reload->fd);
	reload->fd = -1;
	reload->pid = 0;
	return status;
}

/**
 * df_reload_finish() - the process has ended
 * @reload: idle afterwards
 * @say: called for each message
 * @arg: for @say
 *
 * Return: how it ended, see df_apply_file(); DF_EXIT_NO_OBJECT where there was nothing to
 * refresh.
 */
enum df_exit df_reload_finish(struct df_reload *reload,
			      void (*say)(int priority, const char *line,
					  void *arg), void *arg)
{
	char *rest = reload->text, *line, reason[64];
	int status = reap(reload);

	reload->text[reload->length] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line >= '0' && *line <= '7')
			say(*line - '0', line + 1, arg);
		else if (*line == FILE_MARK && reload->geo)
			df_geo_watch_take(reload->geo, line + 1);
	if (WIFEXITED(status))
		return (enum df_exit)WEXITSTATUS(status);
	snprintf(reason, sizeof(reason),
		 "loading the policy was ended by signal %d", WTERMSIG(status));
	say(LOG_ERR, reason, arg);
	return DF_EXIT_FAILED;
}

/**
 * df_reload_cancel() - give up; the policy in force stays
 * @reload: idle afterwards
 */
void df_reload_cancel(struct df_reload *reload)
{
	if (!reload->pid)
		return;
	kill(reload->pid, SIGKILL);
	reap(reload);
}
