// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence top: how the fence stands, and what the applications do, every
 * second. The screen shows the lines of --once, as many as there is room for.
 */

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "cli.h"
#include "module.h"
#include "top_print.h"

#define INTERVAL_MS 1000

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * A module that is not there is a state, and may come back. To ask for it each
 * second would start modprobe each second, so it is looked for first.
 */
static int look(struct df_top *top, char error[DF_CLIENT_ERROR_MAX])
{
	struct df_client *client = NULL;
	int err = 0;

	*error = '\0';
	if (df_module_loaded())
		err = df_client_open(&client);
	if (err == -ENOENT) {
		df_client_close(client);
		client = NULL;
		err = 0;
	}
	if (!err)
		err = df_top_read(client, "", top);
	if (err)
		snprintf(error, DF_CLIENT_ERROR_MAX, "%s",
			 client && *df_client_error(client) ?
			 df_client_error(client) : strerror(-err));
	df_client_close(client);
	return err;
}

static enum df_exit state_exit(const struct df_top *top)
{
	return df_light_of(&top->now) == DF_LIGHT_OPEN ?
	       DF_EXIT_NOT_ENFORCING : DF_EXIT_OK;
}

static enum df_exit show_once(const struct cli *cli, struct df_top *top)
{
	const struct timespec interval = { .tv_sec = INTERVAL_MS / 1000 };
	char error[DF_CLIENT_ERROR_MAX];
	int err = look(top, error);

	/* Twice, because of the rates. */
	if (!err) {
		nanosleep(&interval, NULL);
		err = look(top, error);
	}
	if (err) {
		complain("%s", error);
		return df_exit_of_client(err);
	}
	if (cli->json)
		return print_json(top_json(top)) ?: state_exit(top);
	top_print(stdout, top, now_ns());
	return state_exit(top);
}

static int color_of(const struct df_top *top)
{
	switch (df_light_of(&top->now)) {
	case DF_LIGHT_SEALED:
		return COLOR_GREEN;
	case DF_LIGHT_OPEN:
		return COLOR_RED;
	default:
		return COLOR_YELLOW;
	}
}

/* The first line is the state. */
static void draw(char *text, int color)
{
	char *line;
	int row;

	erase();
	for (row = 0; row < LINES && (line = strsep(&text, "\n")); row++) {
		int look_of = row ? A_NORMAL : A_BOLD | COLOR_PAIR(color);

		attrset(look_of);
		mvaddnstr(row, 0, line, COLS);
	}
	refresh();
}

static int show(struct df_top *top)
{
	char error[DF_CLIENT_ERROR_MAX], *text = NULL;
	int err = look(top, error);
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -errno;
	if (err)
		fprintf(out, "%s\n", error);
	else
		top_print(out, top, now_ns());
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	draw(text, err ? COLOR_RED : color_of(top));
	free(text);
	return 0;
}

static int run_screen(struct df_top *top)
{
	int key, err;

	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	timeout(INTERVAL_MS);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(COLOR_RED, COLOR_RED, -1);
		init_pair(COLOR_GREEN, COLOR_GREEN, -1);
		init_pair(COLOR_YELLOW, COLOR_YELLOW, -1);
	}
	do {
		err = show(top);
		key = getch();
	} while (!err && key != 'q');
	return err;
}

static enum df_exit show_screen(struct df_top *top)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);
	int err;

	if (!screen) {
		complain("this terminal is not known; try: dronefence top --once");
		return DF_EXIT_FAILED;
	}
	err = run_screen(top);
	endwin();
	delscreen(screen);
	return err ? client_failed(NULL, err) : DF_EXIT_OK;
}

/**
 * cmd_top() - show what is fenced and what passes
 * @cli: options; with @json, @once or without a terminal once and without a screen
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK; where it is shown once DF_EXIT_NOT_ENFORCING if nothing is
 * fenced.
 */
enum df_exit cmd_top(const struct cli *cli, int argc, char **argv)
{
	struct df_top *top = calloc(1, sizeof(*top));
	enum df_exit status;

	if (!top)
		return client_failed(NULL, -ENOMEM);
	if (cli->json || cli->once || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO))
		status = show_once(cli, top);
	else
		status = show_screen(top);
	df_top_free(top);
	free(top);
	return status;
}
