/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending sockets of other processes, by sock_diag. */
#ifndef DF_SOCKDIAG_H
#define DF_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct df_inodes - a set of socket inodes
 * @list: sorted once df_inodes_sort() was called
 * @count: entries in @list
 * @room: entries that fit into @list
 */
struct df_inodes {
	uint64_t *list;
	size_t count, room;
};

/**
 * struct df_sockets_ended - what df_sockets_end() did
 * @ended: sockets that were ended
 * @failed: sockets that the kernel refused to end
 */
struct df_sockets_ended {
	unsigned int ended, failed;
};

int df_inodes_add(struct df_inodes *inodes, uint64_t inode);
void df_inodes_sort(struct df_inodes *inodes);
void df_inodes_free(struct df_inodes *inodes);
int df_sockets_end(const struct df_inodes *inodes, uint64_t cgroup,
		   struct df_sockets_ended *result);

#endif
