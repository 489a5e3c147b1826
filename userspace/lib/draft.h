/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy that allows what an application was seen to send, and nothing else. It
 * is fed with the records in order, and its size does not grow with their number.
 */
#ifndef DF_DRAFT_H
#define DF_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "policy.h"
#include "traffic.h"

/* Most pairs of operator and country; and of each so many are remembered. */
#define DF_DRAFT_GROUPS 512
#define DF_DRAFT_NAMES 4
#define DF_DRAFT_PORTS 16
#define DF_DRAFT_ADDRESSES 32

/**
 * struct df_draft_address - an address
 * @family: of @number
 * @number: the address
 */
struct df_draft_address {
	enum df_family family;
	df_u128 number;
};

/**
 * struct df_draft_group - what was sent to one operator in one country
 * @local: it is what "local" of the policy means; the next three do not hold
 * @asn: of the operator, 0 for unknown
 * @country: by the records, "??" for unknown
 * @name: of the operator, or ""
 * @flows: that passed, at least in part
 * @watched: of these what passed only because of audit mode
 * @bytes: that passed
 * @last: last packet, ns since 1970
 * @names: of hosts
 * @name_count: how many; one more than there is room for if there were more
 * @protocols: a bit for each
 * @any_port: there were packets without a port, or too many ports
 * @ports: the ports
 * @port_count: how many
 * @addresses: of hosts
 * @address_count: how many; one more than there is room for if there were more
 */
struct df_draft_group {
	bool local;
	uint32_t asn;
	char country[8];
	char name[DF_REPORT_LABEL];
	uint64_t flows;
	uint64_t watched;
	uint64_t bytes;
	int64_t last;
	char names[DF_DRAFT_NAMES][DF_REPORT_LABEL];
	size_t name_count;
	uint8_t protocols[DRONEFENCE_PROTOCOLS_LEN];
	bool any_port;
	uint16_t ports[DF_DRAFT_PORTS];
	size_t port_count;
	struct df_draft_address addresses[DF_DRAFT_ADDRESSES];
	size_t address_count;
};

/**
 * struct df_draft - what was seen of an application
 * @pass: records
 * @groups: by operator and country
 * @count: how many
 * @lost: flows of groups there was no room for
 * @refused: flows that did not pass; they are not in @groups
 * @hidden: packets that did not show where they went
 */
struct df_draft {
	struct df_traffic_pass pass;
	struct df_draft_group *groups;
	size_t count;
	uint64_t lost;
	uint64_t refused;
	uint64_t hidden;
};

/**
 * struct df_draft_frame - what stands around the rules
 * @policy: where geo sources and the application's selectors are taken from, NULL
 *	for the usual sources and none
 * @warnings: what is not known of the span, printable, each in one line
 * @warning_count: how many
 */
struct df_draft_frame {
	const struct df_policy *policy;
	const char *const *warnings;
	size_t warning_count;
};

/**
 * struct df_draft_result - what became of it
 * @flows: that the rules are from
 * @left_out: flows to which no rule could be written
 */
struct df_draft_result {
	uint64_t flows;
	uint64_t left_out;
};

int df_draft_begin(struct df_draft *draft, int64_t since, int64_t until,
		   const char *application);
void df_draft_add(struct df_draft *draft, const json_t *record);
void df_draft_end(struct df_draft *draft);
void df_draft_free(struct df_draft *draft);
void df_draft_write(FILE *out, const struct df_draft *draft,
		    const struct df_draft_frame *frame,
		    struct df_draft_result *result);
void df_draft_write_geo(FILE *out, const struct df_policy *policy,
			bool countries, bool operators);
void df_draft_write_application(FILE *out, const struct df_policy *policy,
				const char *name);

#endif
