// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rate is the difference of two counts by the time between. The counts are of
 * an application's name since the module was loaded; where module or application
 * are not the same, or a count went back, there is no rate.
 */

#include <string.h>

#include "top.h"

#define NS_PER_SEC 1000000000u

/**
 * df_top_read() - look again
 * @client: open; NULL if the module is not loaded
 * @root: folder that stands for the machine's root, "" for itself
 * @top: zero, or as it was left the time before; free it in any case
 *
 * Return: 0 or a negative errno.
 */
int df_top_read(struct df_client *client, const char *root, struct df_top *top)
{
	const struct df_flow_filter all = { .verdict = -1 };
	int err;

	df_situation_free(&top->before);
	top->before = top->now;
	top->talks.count = 0;
	top->attempts.count = 0;
	err = df_situation_read(client, root, &top->now);
	if (err || !client)
		return err;
	return df_client_flows(client, &all, df_top_add, top);
}

/**
 * df_top_free() - free what was read
 * @top: zero, or from df_top_read()
 */
void df_top_free(struct df_top *top)
{
	df_situation_free(&top->before);
	df_situation_free(&top->now);
}

static const struct df_application_info *
find_before(const struct df_top *top, const char *name)
{
	const struct df_apps *apps = &top->before.apps;
	size_t i;

	for (i = 0; i < apps->count; i++)
		if (!strcmp(apps->list[i].name, name))
			return &apps->list[i];
	return NULL;
}

static bool rate_of(uint64_t before, uint64_t now, uint64_t ns, uint64_t *rate)
{
	*rate = (uint64_t)((double)(now - before) * NS_PER_SEC / (double)ns +
			   0.5);
	return now >= before;
}

/**
 * df_top_rate() - how fast an application sends
 * @top: from df_top_read()
 * @app: index of the application in @top->now
 * @rate: result
 *
 * Return: false if that is not known.
 */
bool df_top_rate(const struct df_top *top, size_t app,
		 struct df_top_rate *rate)
{
	const struct df_application_info *now = &top->now.apps.list[app];
	const struct df_application_info *before = find_before(top, now->name);
	const struct df_counters *b, *n = &now->counters;
	uint64_t ns = top->now.time - top->before.time;

	memset(rate, 0, sizeof(*rate));
	if (!before || top->now.time <= top->before.time ||
	    top->before.status.instance != top->now.status.instance)
		return false;
	b = &before->counters;
	return rate_of(b->packets, n->packets, ns, &rate->packets) &&
	       rate_of(b->bytes, n->bytes, ns, &rate->bytes) &&
	       rate_of(b->denied_packets + b->dropped_packets,
		       n->denied_packets + n->dropped_packets, ns,
		       &rate->refused);
}

static void insert(struct df_top_flows *flows, const struct df_flow *flow)
{
	size_t at = flows->count;

	while (at && flows->list[at - 1].last < flow->last)
		at--;
	if (at == DF_TOP_FLOWS)
		return;
	if (flows->count < DF_TOP_FLOWS)
		flows->count++;
	memmove(&flows->list[at + 1], &flows->list[at],
		(flows->count - at - 1) * sizeof(*flow));
	flows->list[at] = *flow;
}

/**
 * df_top_add() - take a flow, if it is among the latest
 * @flow: of df_client_flows()
 * @arg: struct df_top
 *
 * Return: 0.
 */
int df_top_add(const struct df_flow *flow, void *arg)
{
	struct df_top *top = arg;

	insert(flow->verdict == DFENCE_VERDICT_ALLOW ? &top->talks :
	       &top->attempts, flow);
	return 0;
}
