/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record of a packet or of a flow says of its traffic. */
#ifndef DF_TRAFFIC_H
#define DF_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <linux/dronefence.h>

#include "addr.h"
#include "report_table.h"

/**
 * struct df_traffic - a record that is read
 * @app: application
 * @address: destination
 * @family: of @number
 * @number: destination, where it is not @hidden
 * @dns: the name it was asked for by, or ""
 * @country: key of the country
 * @operator: key of the operator
 * @operator_name: what else it is called, or ""
 * @asn: number of the operator, 0 for unknown
 * @protocol: IP protocol, -1 where the record does not say
 * @port: destination port, -1 where there is none, or for a protocol without ports
 * @out: interface by which it would leave, "" where the record does not say
 * @forwarded: it came from another machine
 * @public: the Internet reaches it
 * @hidden: the packet did not show where it went
 * @veiled: a rule decided because the packet did not show all that it asks for
 * @verdict: that the rules gave
 * @denied: it did not pass
 * @watched: it should not have passed
 * @flow: number of the flow, 0 for none
 * @start: first packet
 * @last: last packet
 * @sums: what it adds
 */
struct df_traffic {
	char app[DF_REPORT_KEY];
	char address[DF_REPORT_KEY];
	enum df_family family;
	df_u128 number;
	char dns[DF_REPORT_LABEL];
	char country[8];
	char operator[DF_REPORT_KEY];
	char operator_name[DF_REPORT_LABEL];
	uint32_t asn;
	int protocol;
	int port;
	char out[DRONEFENCE_IFNAME_MAX + 1];
	bool forwarded;
	bool public;
	bool hidden;
	bool veiled;
	enum dfence_verdict verdict;
	bool denied;
	bool watched;
	uint64_t flow;
	int64_t start;
	int64_t last;
	struct df_report_sums sums;
};

struct df_report_flows;

/**
 * struct df_traffic_pass - records read one after the other, each flow once
 * @since: not before; ns since 1970
 * @until: before; ns since 1970
 * @application: of this application, NULL for any
 * @flows: those that were counted and have not ended
 * @instance: of the module where the reader is
 * @unreadable: records that cannot be read, those without an address among them
 */
struct df_traffic_pass {
	int64_t since;
	int64_t until;
	const char *application;
	struct df_report_flows *flows;
	char instance[17];
	uint64_t unreadable;
};

bool df_has_ports(int protocol);
bool df_traffic_read(const json_t *record, struct df_traffic *t);
bool df_traffic_read_end(const json_t *record, struct df_traffic *t);

int df_traffic_begin(struct df_traffic_pass *pass, int64_t since,
		     int64_t until, const char *application);
void df_traffic_end(struct df_traffic_pass *pass);
bool df_traffic_next(struct df_traffic_pass *pass, const json_t *record,
		     struct df_traffic *t);

#endif
