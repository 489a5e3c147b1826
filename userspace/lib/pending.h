/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy that goes again unless somebody confirms it. */
#ifndef DF_PENDING_H
#define DF_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "switches.h"
#include "trust.h"

/* Longest time to confirm, seconds. */
#define DF_CONFIRM_MAX 86400

/**
 * struct df_pending - what waits to be confirmed
 * @instance: of the kernel module
 * @replaces: generation of the policy before
 * @digest: of the policy that waits
 * @before: of the policy that comes back
 * @deadline: s of CLOCK_BOOTTIME, see df_boottime()
 * @found: its signature: only when it stays, no older policy may come
 */
struct df_pending {
	uint64_t instance;
	uint32_t replaces;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	uint8_t before[DRONEFENCE_DIGEST_LEN];
	uint64_t deadline;
	struct df_signed found;
};

int df_pending_read(const char *dir, struct df_pending *pending);
int df_pending_write(const char *dir, const struct df_pending *pending);
int df_pending_remove(const char *dir);
bool df_pending_overdue(const char *dir);
int df_pending_holds(const struct df_pending *pending,
		     struct df_client *client);

#endif
