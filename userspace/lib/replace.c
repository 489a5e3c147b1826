// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace.h"

static int write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -ENOSPC;
		data += written;
		length -= (size_t)written;
	}
	return 0;
}

/* On the disk before it gets its name: after a crash it is the old or the new. */
static int fill(int fd, const void *data, size_t length, mode_t mode)
{
	int err = write_all(fd, data, length);

	if (!err && (fchmod(fd, mode) || fsync(fd)))
		err = -errno;
	return err;
}

/* The name, too, is on the disk then; where that cannot be had, in a while. */
static void settle(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/**
 * df_replace() - write a file by way of a new one that is renamed
 * @path: of the file; what stands there before is replaced, not written to
 * @data: what it is to hold
 * @length: bytes of @data
 * @mode: of the file
 *
 * Return: 0 or a negative errno; the old file is untouched then.
 */
int df_replace(const char *path, const void *data, size_t length, mode_t mode)
{
	char fresh[PATH_MAX];
	int fd, err;

	if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path) >=
	    (int)sizeof(fresh))
		return -ENAMETOOLONG;
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fill(fd, data, length, mode);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		unlink(fresh);
	else
		settle(path);
	return err;
}
