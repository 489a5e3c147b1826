// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"
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

/**
 * df_replace_in() - write a file by way of a new one that is renamed
 * @dir_fd: of the folder that it is in
 * @name: of the file; what stands there before is replaced, not written to
 * @data: what it is to hold
 * @length: bytes of @data
 * @mode: of the file
 *
 * Return: 0 or a negative errno; the old file is untouched then.
 */
int df_replace_in(int dir_fd, const char *name, const void *data, size_t length,
		  mode_t mode)
{
	char fresh[NAME_MAX + 1];
	int fd, err;

	if (snprintf(fresh, sizeof(fresh), "%s.%d.new", name, (int)getpid()) >=
	    (int)sizeof(fresh))
		return -ENAMETOOLONG;
	/* Left behind by somebody who was killed. */
	unlinkat(dir_fd, fresh, 0);
	fd = openat(dir_fd, fresh,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	err = fill(fd, data, length, mode);
	if (!err)
		err = df_owner_give(fd, dir_fd);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir_fd, fresh, dir_fd, name))
		err = -errno;
	if (err)
		unlinkat(dir_fd, fresh, 0);
	else
		/* The name, too; where that cannot be had, in a while. */
		fsync(dir_fd);
	return err;
}

/**
 * df_replace() - the same by the path of the file
 * @path: of the file
 * @data: what it is to hold
 * @length: bytes of @data
 * @mode: of the file
 *
 * Return: as df_replace_in().
 */
int df_replace(const char *path, const void *data, size_t length, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	char copy[PATH_MAX];
	int dir_fd, err;

	if (strlen(path) >= sizeof(copy))
		return -ENAMETOOLONG;
	strcpy(copy, path);
	dir_fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	err = df_replace_in(dir_fd, slash ? slash + 1 : path, data, length,
			    mode);
	close(dir_fd);
	return err;
}
