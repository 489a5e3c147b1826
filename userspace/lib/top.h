/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the applications do right now: rates, and their latest flows. */
#ifndef DF_TOP_H
#define DF_TOP_H

#include "situation.h"

/* Flows that are shown of each kind. */
#define DF_TOP_FLOWS 12

/**
 * struct df_top_flows - the latest flows
 * @list: the one with the latest packet first
 * @count: how many
 */
struct df_top_flows {
	struct df_flow list[DF_TOP_FLOWS];
	size_t count;
};

/**
 * struct df_top - what is shown
 * @before: the situation a while ago; zero at first
 * @now: the situation
 * @talks: flows of which something passes
 * @attempts: flows that are refused, or would be but for audit mode
 */
struct df_top {
	struct df_situation before, now;
	struct df_top_flows talks, attempts;
};

/**
 * struct df_top_rate - per second
 * @packets: judged
 * @bytes: of these
 * @refused: packets that did not pass
 */
struct df_top_rate {
	uint64_t packets, bytes, refused;
};

int df_top_read(struct df_client *client, const char *root, struct df_top *top);
void df_top_free(struct df_top *top);

bool df_top_rate(const struct df_top *top, size_t app,
		 struct df_top_rate *rate);
int df_top_add(const struct df_flow *flow, void *arg);

#endif
