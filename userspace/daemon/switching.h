/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switching an application over, from the request to the policy in force. */
#ifndef DF_SWITCHING_H
#define DF_SWITCHING_H

#include <jansson.h>
#include <sys/socket.h>

#include "record.h"

/* Longest reason for a refusal, with the NUL. */
#define DF_SWITCHING_WHY 400

/**
 * struct df_switching - what is switched, and what is about to be
 * @path: of the file that keeps it
 * @now: what holds
 * @wanted: what is to hold, while @busy
 * @busy: a policy with @wanted is to be put into force
 * @request: that it is for
 * @declaration: that is recorded when it is done
 * @number: of the last request
 * @why: it was not done, "" if it was
 */
struct df_switching {
	char path[512];
	struct df_switches now;
	struct df_switches wanted;
	bool busy;
	struct df_switch_request request;
	struct df_declaration declaration;
	uint32_t number;
	char why[DF_SWITCHING_WHY];
};

int df_switching_init(struct df_switching *switching, const char *dir);
void df_switching_free(struct df_switching *switching);
const char *df_switching_begin(struct df_switching *switching,
			       const json_t *request, const struct ucred *who,
			       bool root);
bool df_switching_expired(struct df_switching *switching);
const struct df_switches *df_switching_wanted(const struct df_switching *switching);
void df_switching_problem(struct df_switching *switching, const char *why);
bool df_switching_end(struct df_switching *switching, bool done);
json_t *df_switching_answer(const struct df_switching *switching,
			    const json_t *request);

#endif
