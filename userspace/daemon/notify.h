/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling systemd how the daemon is. */
#ifndef DF_NOTIFY_H
#define DF_NOTIFY_H

#include <stdint.h>

int df_notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t df_notify_watchdog(void);

#endif
