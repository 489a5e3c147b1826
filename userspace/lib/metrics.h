/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for Prometheus, in its text format. */
#ifndef DF_METRICS_H
#define DF_METRICS_H

#include <stdio.h>

#include "client.h"
#include "situation.h"

/* Sinks of the daemon that are told of. */
#define DF_METRICS_SINKS 8

/* Longest name of a sink, the final NUL included. */
#define DF_SINK_NAME_SIZE 4200

/**
 * struct df_flow_count - flows of an application to a country
 * @application: name
 * @country: two letters, or "" for unknown
 * @count: how many
 */
struct df_flow_count {
	char application[DRONEFENCE_NAME_MAX + 1];
	char country[DRONEFENCE_COUNTRY_LEN + 1];
	uint64_t count;
};

/**
 * struct df_flow_counts - the same for all of them
 * @list: in no order
 * @count: how many
 */
struct df_flow_counts {
	struct df_flow_count *list;
	size_t count;
};

/**
 * struct df_sink_state - how far a sink of the daemon is
 * @name: kind and path
 * @instance: load of the module that @next is of
 * @next: number of the event that it gets next
 */
struct df_sink_state {
	char name[DF_SINK_NAME_SIZE];
	uint64_t instance;
	uint64_t next;
};

/**
 * struct df_metrics - all that is told
 * @situation: how the fence stands
 * @flows: that the module keeps
 * @has_limits: @limits hold
 * @limits: of the module
 * @sinks: of the daemon
 * @sink_count: how many; 0 if that is not known
 */
struct df_metrics {
	struct df_situation situation;
	struct df_flow_counts flows;
	bool has_limits;
	struct df_limits limits;
	struct df_sink_state sinks[DF_METRICS_SINKS];
	size_t sink_count;
};

int df_flow_counts_add(const struct df_flow *flow, void *arg);
int df_metrics_read_sinks(struct df_metrics *metrics, const char *path);
void df_metrics_print(FILE *out, const struct df_metrics *metrics);
void df_metrics_free(struct df_metrics *metrics);

#endif
