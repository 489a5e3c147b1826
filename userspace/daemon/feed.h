/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events from the kernel, complete and in order, into the backlog. */
#ifndef DF_FEED_H
#define DF_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "backlog.h"
#include "client.h"
#include "dns_table.h"
#include "tracker.h"

/**
 * struct df_feed - the way from the kernel to the backlog
 * @live: socket of live events, NULL while the module is not there
 * @query: socket of requests, NULL while the module is not there
 * @overrun: @live has lost messages behind those that it still holds
 * @tracker: what has been taken
 * @strangers: messages that did not come from the kernel; whoever tells of them
 *	begins anew
 * @backlog: where events go
 * @flush: called often enough that a sink which keeps up never loses anything
 *	to the size of the backlog
 * @annotate: write beside an event what is known, or NULL; the event is not in the
 *	backlog yet
 * @taken: an event is in the backlog now, or NULL
 * @fetching: events are being fetched: @query is in use
 * @arg: for @flush, @annotate and @taken
 * @unflushed: events since the last @flush
 * @names: which names addresses were answered for, NULL where nobody listens
 * @status: last state of the kernel
 * @error: why the module cannot be reached
 */
struct df_feed {
	struct df_client *live;
	struct df_client *query;
	bool overrun;
	struct df_tracker tracker;
	struct df_strangers strangers;
	struct df_backlog *backlog;
	void (*flush)(void *arg);
	void (*annotate)(struct df_record *record, void *arg);
	void (*taken)(const struct df_record *record, void *arg);
	bool fetching;
	void *arg;
	size_t unflushed;
	const struct df_dns_table *names;
	struct df_status status;
	char error[DF_CLIENT_ERROR_MAX];
};

int df_feed_open(struct df_feed *feed);
void df_feed_close(struct df_feed *feed);
void df_feed_strangers(struct df_feed *feed);
int df_feed_status(struct df_feed *feed, bool *changed);
int df_feed_live(struct df_feed *feed);
int df_feed_catch_up(struct df_feed *feed);

#endif
