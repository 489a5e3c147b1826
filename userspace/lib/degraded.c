// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel knows what is in force, and only the daemon whether that is what the
 * admin wants: it says so in a file that is gone with it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "degraded.h"
#include "replace.h"

#define FOLDER "/run/dronefence"
#define FILE_NAME "degraded"

/**
 * df_degraded_write() - the policy file could not be loaded, or could
 * @control: path of the daemon's socket, in whose folder the file is; NULL for none
 * @why: one line about what is in force; NULL if all is well
 *
 * Where there is no such folder nobody is told by it.
 */
void df_degraded_write(const char *control, const char *why)
{
	const char *slash = control ? strrchr(control, '/') : NULL;
	char path[PATH_MAX];

	if (!slash || snprintf(path, sizeof(path), "%.*s/" FILE_NAME,
			       (int)(slash - control), control) >=
	    (int)sizeof(path))
		return;
	if (why)
		df_replace(path, why, strlen(why), 0644);
	else
		unlink(path);
}

/**
 * df_degraded_read() - what the daemon said
 * @root: folder that stands for the machine's root, "" for itself
 * @why: result, "" if all is well
 */
void df_degraded_read(const char *root, char why[DF_DEGRADED_SIZE])
{
	char path[PATH_MAX];
	ssize_t length;
	int fd;

	why[0] = '\0';
	snprintf(path, sizeof(path), "%s" FOLDER "/" FILE_NAME, root);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	length = read(fd, why, DF_DEGRADED_SIZE - 1);
	why[length > 0 ? length : 0] = '\0';
	close(fd);
}
