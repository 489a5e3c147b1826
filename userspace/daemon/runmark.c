// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file that says "running" from the start of the daemon to its end, and then
 * "stopped". Whoever finds "running" while it has the lock comes after one that
 * did not get to its end. The file is on the disk before the daemon goes on: a
 * power failure is the end that it is for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runmark.h"

#define FILE_NAME "run"
#define FILE_NEW "run.new"
#define RUNNING "running\n"
#define STOPPED "stopped\n"

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/**
 * df_runmark_read() - how the last run ended
 * @dir: folder of the state, locked
 *
 * Return: DF_RUN_UNKNOWN where there was none, or the file cannot be read or has
 * been damaged.
 */
enum df_run_end df_runmark_read(const char *dir)
{
	int dir_fd = open_dir(dir), fd;
	char text[16] = "";
	ssize_t length = -1;

	if (dir_fd < 0)
		return DF_RUN_UNKNOWN;
	fd = openat(dir_fd, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY);
	if (fd >= 0) {
		length = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	close(dir_fd);
	if (length < 0)
		return DF_RUN_UNKNOWN;
	text[length] = '\0';
	if (!strcmp(text, RUNNING))
		return DF_RUN_UNCLEAN;
	return strcmp(text, STOPPED) ? DF_RUN_UNKNOWN : DF_RUN_CLEAN;
}

static int write_in(int dir_fd, const char *text)
{
	ssize_t length = (ssize_t)strlen(text);
	int fd, err = 0;

	fd = openat(dir_fd, FILE_NEW,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	errno = ENOSPC;
	if (write(fd, text, (size_t)length) != length || fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir_fd, FILE_NEW, dir_fd, FILE_NAME))
		err = -errno;
	if (!err)
		fsync(dir_fd);
	return err;
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
	int dir_fd = open_dir(dir), err;

	if (dir_fd < 0)
		return dir_fd;
	err = write_in(dir_fd, running ? RUNNING : STOPPED);
	close(dir_fd);
	return err;
}
