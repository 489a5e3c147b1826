// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What takes longer than a second is shown, in one line of a terminal that is
 * gone at the end. An alarm shows it, so that a phase that reports nothing is
 * shown as well.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli.h"

/* Back to the first column, and away with what is there. */
#define CLEAR "\r\033[K"

/* Under the alarm's feet: it is blocked while this changes. */
static struct {
	char line[64];
	size_t length;
	bool visible;
} shown;

static void show(void)
{
	/* There is nobody to tell if it fails. */
	if (write(STDERR_FILENO, shown.line, shown.length) < 0)
		return;
}

static void on_alarm(int signal)
{
	shown.visible = true;
	show();
}

static void set_alarm(int seconds)
{
	const struct itimerval timer = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_progress(enum df_phase phase, unsigned int percent, void *arg)
{
	static const char *const names[DF_PHASES] = {
		[DF_PHASE_READ] = "reading geo data",
		[DF_PHASE_COMPILE] = "compiling",
		[DF_PHASE_SEND] = "sending",
		[DF_PHASE_COMMIT] = "committing",
	};
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, &old);
	if (phase == DF_PHASE_SEND)
		snprintf(shown.line, sizeof(shown.line), CLEAR "%s %u %%",
			 names[phase], percent);
	else
		snprintf(shown.line, sizeof(shown.line), CLEAR "%s ...",
			 names[phase]);
	shown.length = strlen(shown.line);
	if (shown.visible)
		show();
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/**
 * progress_start() - begin to show how far a task is
 * @cli: options
 *
 * Return: what the library reports to; to nobody where standard error is no
 * terminal or JSON is wanted.
 */
struct df_progress progress_start(const struct cli *cli)
{
	const struct sigaction action = {
		.sa_handler = on_alarm,
		.sa_flags = SA_RESTART,
	};

	shown.visible = false;
	shown.length = 0;
	if (cli->json || !isatty(STDERR_FILENO) ||
	    sigaction(SIGALRM, &action, NULL))
		return (struct df_progress){ 0 };
	set_alarm(1);
	return (struct df_progress){ .report = on_progress };
}

/**
 * progress_stop() - the task is over: nothing of it is left on the terminal
 */
void progress_stop(void)
{
	set_alarm(0);
	if (!shown.visible)
		return;
	shown.visible = false;
	shown.length = strlen(CLEAR);
	memcpy(shown.line, CLEAR, sizeof(CLEAR));
	show();
}
