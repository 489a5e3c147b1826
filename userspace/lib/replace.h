/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are there as a whole or not at all. */
#ifndef DF_REPLACE_H
#define DF_REPLACE_H

#include <stddef.h>
#include <sys/types.h>

int df_replace_in(int dir_fd, const char *name, const void *data, size_t length,
		  mode_t mode);
int df_replace(const char *path, const void *data, size_t length, mode_t mode);

#endif
