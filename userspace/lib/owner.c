// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state belongs to the daemon's user. Root uses it too, for whom apply and others
 * write there: what root makes in a folder of that user is that user's, or the daemon
 * could not read it. A folder whose owner is somebody else is no place for root to
 * follow names in, so the last part of a path there is never a symbolic link.
 */
#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "owner.h"

/**
 * df_owner_is_daemon() - is it the daemon's user
 * @uid: a user
 *
 * Return: true if so; false also where there is no such user.
 */
bool df_owner_is_daemon(uid_t uid)
{
	const struct passwd *user = uid ? getpwnam(DF_DAEMON_USER) : NULL;

	return user && user->pw_uid == uid;
}

/**
 * df_owner_trusted() - could nobody have written it who may not
 * @st: a file, or a folder
 *
 * Return: true if it is ours, root's, or for root the daemon's, and nobody else may
 * write to it.
 */
bool df_owner_trusted(const struct stat *st)
{
	if (st->st_mode & 0022)
		return false;
	return !st->st_uid || st->st_uid == geteuid() ||
	       (!geteuid() && df_owner_is_daemon(st->st_uid));
}

/**
 * df_owner_give() - what root has made in a folder of the daemon's user is that user's
 * @fd: of the file or folder
 * @dir_fd: of the folder that it is in
 *
 * Return: 0 or a negative errno.
 */
int df_owner_give(int fd, int dir_fd)
{
	struct stat file, dir;

	if (geteuid())
		return 0;
	if (fstat(fd, &file) || fstat(dir_fd, &dir))
		return -errno;
	/* By another name it may be somebody else's. */
	if (file.st_uid == dir.st_uid || !df_owner_is_daemon(dir.st_uid) ||
	    (!S_ISDIR(file.st_mode) && file.st_nlink > 1))
		return 0;
	return fchown(fd, dir.st_uid, dir.st_gid) ? -errno : 0;
}
