/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which recorded flows would fare otherwise under another policy. It is fed with
 * the records in order, and its size does not grow with their number.
 */
#ifndef DF_REPLAY_H
#define DF_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "image.h"
#include "traffic.h"

/* Most groups of flows that are told one by one. */
#define DF_REPLAY_ROWS 4096

/**
 * enum df_unjudged - why a flow cannot be judged by its records
 * @DF_UNJUDGED_APPLICATION: the policy does not have its application
 * @DF_UNJUDGED_ADDRESS: no address, or the packet did not show it
 * @DF_UNJUDGED_FORWARDED: it came from another machine
 * @DF_UNJUDGED_PORT: no protocol, or one with ports and no port
 * @DF_UNJUDGED_INTERFACE: the rules ask for the interface, and the answer depends
 *	on it
 * @DF_UNJUDGED: how many
 */
enum df_unjudged {
	DF_UNJUDGED_APPLICATION,
	DF_UNJUDGED_ADDRESS,
	DF_UNJUDGED_FORWARDED,
	DF_UNJUDGED_PORT,
	DF_UNJUDGED_INTERFACE,
	DF_UNJUDGED,
};

/**
 * enum df_turn - what becomes of a flow
 * @DF_TURN_NONE: the same as before
 * @DF_TURN_REFUSED: it passed, and would not
 * @DF_TURN_WATCHED: it was allowed, and would pass only because of audit mode
 * @DF_TURN_PASSED: it did not pass, and would
 * @DF_TURN_OTHERWISE: it would not pass either, but is told another way
 * @DF_TURNS: how many
 */
enum df_turn {
	DF_TURN_NONE,
	DF_TURN_REFUSED,
	DF_TURN_WATCHED,
	DF_TURN_PASSED,
	DF_TURN_OTHERWISE,
	DF_TURNS,
};

/**
 * struct df_ruling - a verdict, and whether it is carried out
 * @verdict: of the rules
 * @audit: the application is only watched
 */
struct df_ruling {
	enum dfence_verdict verdict;
	bool audit;
};

/**
 * struct df_replay_sum - what came together
 * @flows: flows, or packets without one
 * @bytes: that passed, or that did not where the flow was refused
 */
struct df_replay_sum {
	uint64_t flows;
	uint64_t bytes;
};

/**
 * struct df_replay_row - flows that are alike
 * @app: application
 * @place: name of the destination, or its address
 * @country: where it is by the records, "local" or "??"
 * @operator: key of the operator by the records
 * @operator_name: what else it is called, or ""
 * @was: as it was recorded
 * @becomes: under the other policy
 * @turn: never DF_TURN_NONE
 * @origin: rule or default that decides the first of them; of the image
 * @sum: of them
 */
struct df_replay_row {
	char app[DF_REPORT_KEY];
	char place[DF_REPORT_LABEL];
	char country[8];
	char operator[DF_REPORT_KEY];
	char operator_name[DF_REPORT_LABEL];
	struct df_ruling was;
	struct df_ruling becomes;
	enum df_turn turn;
	const char *origin;
	struct df_replay_sum sum;
};

/**
 * struct df_replay - the comparison
 * @pass: records
 * @image: the other policy
 * @rows: flows that would fare otherwise
 * @count: how many
 * @index: of a row by a hash, plus 1; 0 for none
 * @turns: all judged flows, by &enum df_turn
 * @rest: of those with a turn the ones that there was no row for
 * @unjudged: by &enum df_unjudged
 */
struct df_replay {
	struct df_traffic_pass pass;
	const struct df_image *image;
	struct df_replay_row *rows;
	size_t count;
	uint32_t *index;
	struct df_replay_sum turns[DF_TURNS];
	struct df_replay_sum rest;
	struct df_replay_sum unjudged[DF_UNJUDGED];
};

int df_replay_begin(struct df_replay *replay, const struct df_image *image,
		    int64_t since, int64_t until, const char *application);
int df_replay_add(struct df_replay *replay, const json_t *record);
void df_replay_end(struct df_replay *replay);
void df_replay_free(struct df_replay *replay);
uint64_t df_replay_judged(const struct df_replay *replay);
const char *df_unjudged_text(enum df_unjudged why);
const char *df_ruling_text(const struct df_ruling *ruling, char buf[16]);

int df_rule_flow(const struct df_image *image, const struct df_traffic *t,
		 struct df_ruling *ruling, const char **origin,
		 enum df_unjudged *why);

#endif
