// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file that says "running" from the start of the daemon to its end, and then
 * "stopped". Whoever finds "running" while it has the lock comes after one that
 * did not get to its end. The file is on the disk before the daemon goes on: a
 * power failure is the end that it is for.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replace.h"
#include "runmark.h"

#define FILE_NAME "run"
#define RUNNING "running\n"
#define STOPPED "stopped\n"

/**
 * df_runmark_read() - how the last run ended
 * @dir: folder of the state, locked
 *
 * Return: DF_RUN_UNKNOWN where there was none, or the file cannot be read or has
 * been damaged.
 */
enum df_run_end df_runmark_read(const char *dir)
{
	char path[PATH_MAX], text[16] = "";
	ssize_t length = -1;
	int fd;

	if (snprintf(path, sizeof(path), "%s/" FILE_NAME, dir) >=
	    (int)sizeof(path))
		return DF_RUN_UNKNOWN;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
		  O_NOCTTY);
	if (fd >= 0) {
		length = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (length < 0)
		return DF_RUN_UNKNOWN;
	text[length] = '\0';
	if (!strcmp(text, RUNNING))
		return DF_RUN_UNCLEAN;
	return strcmp(text, STOPPED) ? DF_RUN_UNKNOWN : DF_RUN_CLEAN;
}

/**
 * df_runmark_write() - say how far this run is
 * @dir: folder of the state, locked
 * @running: it has begun; else it has come to its end
 *
 * Return: 0 or a negative errno.
 */
int df_runmark_write(const char *dir, bool running)
{
	const char *text = running ? RUNNING : STOPPED;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" FILE_NAME, dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	return df_replace(path, text, strlen(text), 0600);
}
