/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's side of its keeper. */
#ifndef DF_KEEPER_H
#define DF_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "dns_socket.h"
#include "keep_message.h"

/**
 * struct df_keeper - the keeper, and how it is
 * @path: of its socket; NULL for a child of ours
 * @child: does its work, until @fd is closed at the other side
 * @pid: of the child, 0 for none
 * @fd: to ask by, -1 while there is nobody
 * @number: of the last question
 * @patience: seconds that it has for an answer
 * @retry: do not look for another one before; ms of CLOCK_MONOTONIC
 * @error: a negative errno why it does not answer; 0 if it does
 * @told: @error of which df_keeper_changed() has told
 */
struct df_keeper {
	const char *path;
	void (*child)(int fd);
	pid_t pid;
	int fd;
	uint32_t number;
	unsigned int patience;
	int64_t retry;
	int error;
	int told;
};

void df_keeper_init(struct df_keeper *keeper, const char *path);
void df_keeper_close(struct df_keeper *keeper);
int df_keeper_policy(struct df_keeper *keeper);
int df_keeper_exe(pid_t pid, char *exe, size_t size, void *keeper);
int df_keeper_listen(int fds[DF_DNS_SOCKETS], void *keeper);
bool df_keeper_news(struct df_keeper *keeper, struct df_keep_answer *news);
bool df_keeper_changed(struct df_keeper *keeper);

#endif
