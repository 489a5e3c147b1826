/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling a backlog. */
#ifndef BACKLOG_UTIL_H
#define BACKLOG_UTIL_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "backlog.h"
#include "tracker.h"

static inline void put_event(struct df_backlog *b, uint64_t instance, uint64_t seq)
{
	struct df_record record = {
		.type = DF_RECORD_EVENT,
		.instance = instance,
		.time = 1000 + seq,
		.event = { .seq = seq },
	};

	df_backlog_append(b, &record, seq);
}

static inline void put_message(struct df_backlog *b, uint64_t instance, uint64_t next)
{
	struct df_record record = { .instance = instance };

	df_record_message(&record, LOG_INFO, "hello");
	df_backlog_append(b, &record, next);
}

#endif
