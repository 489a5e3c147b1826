/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that listens to the answers of name servers. */
#ifndef DF_DNS_WATCH_H
#define DF_DNS_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "dns_socket.h"
#include "dns_table.h"

/* Longest sentence about why it does not listen, the final NUL included. */
#define DF_DNS_WHY_SIZE 128

/**
 * struct df_dns_watch - the process, and what becomes of it
 * @pid: of the process, 0 while there is none
 * @fd: where answers come from, -1 while there is none
 * @open: opens the sockets; returns 0 or a negative errno. What it may not do is told
 *	by the process, which ends at once
 * @arg: for @open
 * @started: when it began; ms of CLOCK_MONOTONIC
 * @retry: do not start it before; ms of CLOCK_MONOTONIC
 * @delay: ms from its end to @retry, if it ends soon
 * @why: why it ended last, or ""
 */
struct df_dns_watch {
	pid_t pid;
	int fd;
	int (*open)(int fds[DF_DNS_SOCKETS], void *arg);
	void *arg;
	int64_t started;
	int64_t retry;
	int64_t delay;
	char why[DF_DNS_WHY_SIZE];
};

void df_dns_watch_init(struct df_dns_watch *watch);
bool df_dns_watch_start(struct df_dns_watch *watch, int64_t now);
bool df_dns_watch_read(struct df_dns_watch *watch, struct df_dns_table *table);
bool df_dns_watch_finish(struct df_dns_watch *watch, int64_t now);
void df_dns_watch_cancel(struct df_dns_watch *watch);

#endif
