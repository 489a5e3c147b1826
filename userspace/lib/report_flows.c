// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flows that have begun and not ended where the reader is. A denied flow is one
 * attempt, though each packet of it may have a record, and its end another one.
 * It is a table with open addressing; the module keeps no more flows than fit.
 */
#include <stdlib.h>
#include <string.h>

#include "report_private.h"

#define PLACES 524288u
#define MOST (PLACES / 2)

/**
 * struct df_report_flows - the flows
 * @ids: their numbers, 0 for a free place
 * @flags: DF_FLOW_DENIED and the like
 * @count: how many
 */
struct df_report_flows {
	uint64_t ids[PLACES];
	uint8_t flags[PLACES];
	size_t count;
};

/**
 * df_report_flows_new() - no flows
 *
 * Return: to be freed; NULL without memory.
 */
struct df_report_flows *df_report_flows_new(void)
{
	return calloc(1, sizeof(struct df_report_flows));
}

/**
 * df_report_flows_free() - the reverse of df_report_flows_new()
 * @flows: may be NULL
 */
void df_report_flows_free(struct df_report_flows *flows)
{
	free(flows);
}

/**
 * df_report_flows_clear() - forget all: numbers begin again
 * @flows: the flows
 */
void df_report_flows_clear(struct df_report_flows *flows)
{
	if (flows->count)
		memset(flows, 0, sizeof(*flows));
}

static size_t home(uint64_t id)
{
	return (size_t)(id * 0x9e3779b97f4a7c15ull >> 45) & (PLACES - 1);
}

static size_t find(const struct df_report_flows *flows, uint64_t id)
{
	size_t i = home(id);

	while (flows->ids[i] && flows->ids[i] != id)
		i = (i + 1) & (PLACES - 1);
	return i;
}

/**
 * df_report_flows_get() - the flags of a flow
 * @flows: the flows; it is added if it is not there
 * @id: its number, not 0
 * @full: set if there is no room for it
 *
 * Return: the flags, valid until the next call; NULL if there is no room.
 */
uint8_t *df_report_flows_get(struct df_report_flows *flows, uint64_t id,
			     bool *full)
{
	size_t i = find(flows, id);

	if (!flows->ids[i]) {
		if (flows->count == MOST) {
			*full = true;
			return NULL;
		}
		flows->ids[i] = id;
		flows->count++;
	}
	return &flows->flags[i];
}

/* Move back what stood behind the hole because its own place was taken. */
static void close_hole(struct df_report_flows *flows, size_t hole)
{
	size_t i = hole;

	for (;;) {
		i = (i + 1) & (PLACES - 1);
		if (!flows->ids[i])
			break;
		if (((i - home(flows->ids[i])) & (PLACES - 1)) <
		    ((i - hole) & (PLACES - 1)))
			continue;
		flows->ids[hole] = flows->ids[i];
		flows->flags[hole] = flows->flags[i];
		hole = i;
	}
	flows->ids[hole] = 0;
	flows->flags[hole] = 0;
}

/**
 * df_report_flows_take() - a flow has ended
 * @flows: the flows; it is there no longer
 * @id: its number
 *
 * Return: its flags, 0 if it was not there.
 */
uint8_t df_report_flows_take(struct df_report_flows *flows, uint64_t id)
{
	size_t i = find(flows, id);
	uint8_t flags = flows->flags[i];

	if (!id || !flows->ids[i])
		return 0;
	flows->count--;
	close_hole(flows, i);
	return flags;
}

/**
 * df_report_flows_count() - how many flows are open
 * @flows: the flows
 * @flags: with any of these
 *
 * Return: their number.
 */
uint64_t df_report_flows_count(const struct df_report_flows *flows,
			       uint8_t flags)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < PLACES; i++)
		count += flows->ids[i] && flows->flags[i] & flags;
	return count;
}
