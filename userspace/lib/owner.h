/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose the files are that root and the daemon share. */
#ifndef DF_OWNER_H
#define DF_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The system user that the daemon runs as, where there is one. */
#define DF_DAEMON_USER "dronefenced"

bool df_owner_is_daemon(uid_t uid);
bool df_owner_trusted(const struct stat *st);
int df_owner_give(int fd, int dir_fd);

#endif
