// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"

/* Live messages that are read before the sinks get their turn. */
#define LIVE_MESSAGES 64

static int fail(struct df_feed *feed, struct df_client *client, int err)
{
	snprintf(feed->error, sizeof(feed->error), "%s",
		 client ? df_client_error(client) : "out of memory");
	return err;
}

/* The name under which the program knew where it sends, if it asked for one. */
static void add_name(const struct df_feed *feed, struct df_record *record)
{
	const struct df_event *event = &record->event;
	bool ended = event->type == DFENCE_EVENT_FLOW_END;
	const char *name;

	if (!feed->names || (!ended && event->type != DFENCE_EVENT_VERDICT &&
			     event->type != DFENCE_EVENT_SOCKET_CLOSED) ||
	    event->ethertype)
		return;
	name = df_dns_table_find(feed->names, event->family, event->daddr,
				 ended ? event->start : event->time);
	if (name)
		strcpy(record->dns, name);
}

static void append(struct df_feed *feed, const struct df_event *event)
{
	struct df_record record = {
		.type = DF_RECORD_EVENT,
		.instance = feed->tracker.instance,
		.time = event->time,
		.event = *event,
	};

	add_name(feed, &record);
	if (feed->annotate)
		feed->annotate(&record, feed->arg);
	df_backlog_append(feed->backlog, &record, event->seq);
	if (feed->taken)
		feed->taken(&record, feed->arg);
	if (++feed->unflushed < feed->backlog->size / 4)
		return;
	feed->unflushed = 0;
	feed->flush(feed->arg);
}

static int take_live(const struct df_event *event, void *arg)
{
	struct df_feed *feed = arg;

	if (df_tracker_live(&feed->tracker, event->seq))
		append(feed, event);
	return 0;
}

static int take_fetched(const struct df_event *event, void *arg)
{
	struct df_feed *feed = arg;

	if (df_tracker_fetched(&feed->tracker, event->seq))
		append(feed, event);
	return 0;
}

static int open_clients(struct df_feed *feed)
{
	int err = df_client_open(&feed->query);

	if (err)
		return fail(feed, feed->query, err);
	err = df_client_open(&feed->live);
	/* Before the state is asked for, so that nothing falls between. */
	if (!err)
		err = df_client_subscribe(feed->live);
	return err ? fail(feed, feed->live, err) : 0;
}

/**
 * df_feed_open() - connect to the kernel module
 * @feed: not connected
 *
 * Return: 0; -ENOENT if the module is not loaded; -EPERM; another negative
 * errno. @error says why in words.
 */
int df_feed_open(struct df_feed *feed)
{
	int err = open_clients(feed);

	if (err)
		df_feed_close(feed);
	return err;
}

/**
 * df_feed_strangers() - add what did not come from the kernel to @strangers
 * @feed: may be disconnected
 */
void df_feed_strangers(struct df_feed *feed)
{
	if (feed->live)
		df_client_strangers(feed->live, &feed->strangers);
	if (feed->query)
		df_client_strangers(feed->query, &feed->strangers);
}

/**
 * df_feed_close() - disconnect
 * @feed: may be disconnected
 */
void df_feed_close(struct df_feed *feed)
{
	df_feed_strangers(feed);
	df_client_close(feed->live);
	df_client_close(feed->query);
	feed->live = NULL;
	feed->query = NULL;
	feed->overrun = false;
}

static bool has_message(const struct df_feed *feed)
{
	struct pollfd pfd = {
		.fd = df_client_fd(feed->live),
		.events = POLLIN,
	};

	return poll(&pfd, 1, 0) > 0;
}

/**
 * df_feed_status() - ask the kernel where it stands
 * @feed: connected
 * @changed: the module was loaded anew
 *
 * If live events are waiting, the ones that are missing may be among them:
 * then it is left for the next time to see whether any were lost.
 *
 * Return: 0; -ENOENT if the module is gone; another negative errno.
 */
int df_feed_status(struct df_feed *feed, bool *changed)
{
	bool waiting = has_message(feed);
	int err = df_client_status(feed->query, &feed->status);

	*changed = false;
	if (err)
		return fail(feed, feed->query, err);
	*changed = df_tracker_status(&feed->tracker, feed->status.instance,
				     waiting ? 1 : feed->status.event_next);
	return 0;
}

/**
 * df_feed_live() - take live events that have come
 * @feed: connected
 *
 * Lost ones are noticed; df_feed_catch_up() fetches them. The socket tells of a
 * loss before it gives what it still holds, and that may be older than what the
 * kernel keeps: so it is emptied first.
 *
 * Return: 0 or a negative errno.
 */
int df_feed_live(struct df_feed *feed)
{
	int i;

	for (i = 0; i < LIVE_MESSAGES && has_message(feed); i++) {
		int err = df_client_receive(feed->live, take_live, feed);

		if (err == -ENOBUFS)
			feed->overrun = true;
		else if (err)
			return fail(feed, feed->live, err);
	}
	if (feed->overrun && !has_message(feed)) {
		feed->overrun = false;
		feed->tracker.behind = true;
	}
	return 0;
}

/**
 * df_feed_catch_up() - fetch events that did not come live
 * @feed: connected
 *
 * Return: 0, also if there is nothing to fetch; or a negative errno.
 */
int df_feed_catch_up(struct df_feed *feed)
{
	int err;

	if (!feed->tracker.behind)
		return 0;
	feed->fetching = true;
	err = df_client_events(feed->query, feed->tracker.next, take_fetched,
			       feed);
	feed->fetching = false;
	if (err)
		return fail(feed, feed->query, err);
	feed->tracker.behind = false;
	return 0;
}
