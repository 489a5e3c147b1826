/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report says: sums of records, and what is not known. It is fed with the
 * records in order, one at a time, and its size does not grow with their number.
 */
#ifndef DF_REPORT_H
#define DF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "report_table.h"

/* Most applications, changes of the policy, and gaps that are told one by one. */
#define DF_REPORT_APPS 64
#define DF_REPORT_POLICIES 64
#define DF_REPORT_GAPS 32
#define DF_REPORT_BUCKETS 96

/* Most countries of an application that are told one by one. */
#define DF_REPORT_SHARES 48

/* Longest text, the NUL included. */
#define DF_REPORT_TEXT 320

/**
 * struct df_report_interval - a time
 * @from: ns since 1970
 * @to: the first moment behind it
 */
struct df_report_interval {
	int64_t from;
	int64_t to;
};

/**
 * struct df_report_options - what the report is about
 * @when: the span; both ends are known
 * @application: of this application, NULL for all
 * @only: of the span only these times, in order; NULL for all of it
 * @only_count: how many
 */
struct df_report_options {
	struct df_report_interval when;
	const char *application;
	const struct df_report_interval *only;
	size_t only_count;
};

/**
 * enum df_report_lack - why something is not known, or not to be claimed
 * @DF_LACK_BEGIN: the store begins later than the span
 * @DF_LACK_DAEMON: the daemon did not run, and @gaps say when
 * @DF_LACK_END: nothing shows that the daemon still ran at the end
 * @DF_LACK_LOSS: events were lost, and counted
 * @DF_LACK_HOLE: numbers are missing, and no record says why
 * @DF_LACK_INSTANCE: the module was loaded anew; what came before is not known
 * @DF_LACK_UNLOADED: there was no module
 * @DF_LACK_SUPPRESSED: packets were judged and not recorded
 * @DF_LACK_UNREADABLE: records cannot be read
 * @DF_LACK_POLICY: it is not known which policy was in force
 * @DF_LACK_MODE: nothing shows that the application was enforced
 * @DF_LACK_AUDIT: it was only watched
 * @DF_LACK_STRAY: a program of it ran outside of it
 * @DF_LACK_UNPLACED: a program of it could not be put into it
 * @DF_LACK_HIDDEN: packets did not show where they went
 * @DF_LACK_OPEN: which flows are open still is not known
 * @DF_LACK_NO_FLOW: the module had no memory for a flow
 * @DF_LACK_CLOCK: the clock was set
 * @DF_LACK_FULL: more flows were open than are counted here
 * @DF_LACK_PROOF: the store was not proved
 * @DF_LACK_BROKEN: the store is not as it was written
 * @DF_LACKS: how many
 */
enum df_report_lack {
	DF_LACK_BEGIN,
	DF_LACK_DAEMON,
	DF_LACK_END,
	DF_LACK_LOSS,
	DF_LACK_HOLE,
	DF_LACK_INSTANCE,
	DF_LACK_UNLOADED,
	DF_LACK_SUPPRESSED,
	DF_LACK_UNREADABLE,
	DF_LACK_POLICY,
	DF_LACK_MODE,
	DF_LACK_AUDIT,
	DF_LACK_STRAY,
	DF_LACK_UNPLACED,
	DF_LACK_HIDDEN,
	DF_LACK_OPEN,
	DF_LACK_NO_FLOW,
	DF_LACK_CLOCK,
	DF_LACK_FULL,
	DF_LACK_PROOF,
	DF_LACK_BROKEN,
	DF_LACKS,
};

/**
 * struct df_report_policy - a policy that was in force
 * @instance: of the module
 * @generation: its number
 * @from: since when, ns since 1970
 * @name: of the policy
 * @digest: hexadecimal
 * @comm: who applied it
 * @uid: and as which user
 * @geo: of its geo data, "" where the record does not say
 */
struct df_report_policy {
	char instance[17];
	uint64_t generation;
	int64_t from;
	char name[DF_REPORT_TEXT];
	char digest[72];
	char comm[72];
	uint64_t uid;
	char geo[DF_REPORT_TEXT];
};

/* Bits of what is known of an application under a policy. */
#define DF_MODE_ENFORCE 1
#define DF_MODE_AUDIT 2

/**
 * struct df_report_share - what an application sent to one country
 * @country: two letters, "local" or "??"
 * @bytes: that passed
 */
struct df_report_share {
	char country[8];
	uint64_t bytes;
};

/**
 * struct df_report_app - an application
 * @name: as it is printed
 * @sums: of it
 * @public: of these with public addresses
 * @open_public: flows to public addresses that the module still keeps
 * @lacks: bits of &enum df_report_lack that concern only it
 * @modes: for each of the policies what is known
 * @shares: by country
 * @share_count: how many
 * @shares_rest: bytes to countries that there was no room for
 */
struct df_report_app {
	char name[DF_REPORT_KEY];
	struct df_report_sums sums;
	struct df_report_sums public;
	uint64_t open_public;
	uint32_t lacks;
	uint8_t modes[DF_REPORT_POLICIES];
	struct df_report_share shares[DF_REPORT_SHARES];
	size_t share_count;
	uint64_t shares_rest;
};

/**
 * struct df_report_bucket - a part of the span
 * @bytes: of flows that had their last packet then
 * @attempts: that were denied then
 */
struct df_report_bucket {
	uint64_t bytes;
	uint64_t attempts;
};

/**
 * struct df_report_live - what the module and the daemon say now
 * @module: the rest holds, but for @daemon
 * @daemon: it runs
 * @instance: of the module
 * @generation: of the policy in force
 * @event_next: number that its next event gets
 * @flow_errors: packets that it had no memory to count in a flow
 * @geo_date: of the oldest geo data of that policy, seconds since 1970, 0 for none
 */
struct df_report_live {
	bool module;
	bool daemon;
	char instance[17];
	uint64_t generation;
	uint64_t event_next;
	uint64_t flow_errors;
	uint64_t geo_date;
};

struct df_report_flows;

/**
 * struct df_report - everything
 * @options: see there
 * @apps: applications
 * @app_count: how many
 * @apps_rest: sums of those there was no room for
 * @countries: by country; "local" for what is not public, "??" for unknown
 * @operators: by AS number, or else by the set of operators that matched
 * @destinations: by address
 * @policies: those in force in the span; the first may be older
 * @policy_count: how many
 * @policies_lost: there was no room for more
 * @gaps: when the daemon did not run
 * @gap_count: how many
 * @gaps_more: those there was no room for
 * @buckets: parts of the span
 * @bucket_count: how many
 * @bucket_ns: length of one
 * @lacks: number of whatever is not known, by &enum df_report_lack
 * @records: that were read
 * @losses: records "loss"
 * @cut: records that were deleted in order
 * @sockets_closed: records of them
 * @refused: requests to the module that were refused
 * @flows_begun_before: whose bytes are counted in whole though some are older
 * @flows_ended_after: and though some are younger
 * @flows_open: that had not ended at the end of the span
 * @open_bytes: of those of @flows_open of which it is known
 * @flow_set: flows that are open where the reader is
 * @instance: of the module where the reader is
 * @next_seq: number of the event that is expected, 0 for not known
 * @clock: boot of the machine by the clock, ns since 1970
 * @clock_known: @clock holds
 * @up: the daemon runs, where the reader is
 * @up_known: @up holds
 * @down_since: it did not run since then
 * @last_time: of the newest record that was read
 * @has_before: there are records from before the span
 * @apps_lost: there was no room for more applications
 * @live: what is said now
 */
struct df_report {
	struct df_report_options options;
	struct df_report_app apps[DF_REPORT_APPS];
	size_t app_count;
	struct df_report_sums apps_rest;
	struct df_report_table countries;
	struct df_report_table operators;
	struct df_report_table destinations;
	struct df_report_policy policies[DF_REPORT_POLICIES];
	size_t policy_count;
	bool policies_lost;
	struct df_report_interval gaps[DF_REPORT_GAPS];
	size_t gap_count;
	uint64_t gaps_more;
	struct df_report_bucket buckets[DF_REPORT_BUCKETS];
	size_t bucket_count;
	int64_t bucket_ns;
	uint64_t lacks[DF_LACKS];
	uint64_t records;
	uint64_t losses;
	uint64_t cut;
	uint64_t sockets_closed;
	uint64_t refused;
	uint64_t flows_begun_before;
	uint64_t flows_ended_after;
	uint64_t flows_open;
	uint64_t open_bytes;
	struct df_report_flows *flow_set;
	char instance[17];
	uint64_t next_seq;
	int64_t clock;
	bool clock_known;
	bool up;
	bool up_known;
	int64_t down_since;
	int64_t last_time;
	bool has_before;
	bool apps_lost;
	struct df_report_live live;
};

/**
 * struct df_report_open - a flow that the module still keeps
 * @application: its application
 * @public: to a public address
 * @passed: something passed
 * @start: first packet, ns since 1970
 * @bytes: that passed
 */
struct df_report_open {
	const char *application;
	bool public;
	bool passed;
	int64_t start;
	uint64_t bytes;
};

struct df_report *df_report_new(const struct df_report_options *options);
void df_report_free(struct df_report *report);
int df_report_before(struct df_report *report, const json_t *record);
int df_report_add(struct df_report *report, const json_t *record);
void df_report_unreadable(struct df_report *report);
void df_report_proof(struct df_report *report, bool intact);
bool df_report_tells_state(const json_t *record);
void df_report_live(struct df_report *report,
		    const struct df_report_live *live);
void df_report_live_app(struct df_report *report, const char *name,
			bool enforced);
void df_report_live_flow(struct df_report *report,
			 const struct df_report_open *flow);
void df_report_end(struct df_report *report);

uint32_t df_report_lacking(const struct df_report *report,
			   const struct df_report_app *app);
uint32_t df_report_unseen(const struct df_report *report,
			  const struct df_report_app *app);
bool df_report_contacted(const struct df_report_app *app);
void df_report_lack_text(const struct df_report *report,
			 enum df_report_lack lack, char buf[DF_REPORT_TEXT]);
char *df_report_statement(const struct df_report *report,
			  const struct df_report_app *app);
void df_report_bytes(uint64_t bytes, char buf[32]);
void df_report_moment(int64_t ns, char buf[32]);

#endif
