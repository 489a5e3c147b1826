/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a report share. */
#ifndef DF_REPORT_PRIVATE_H
#define DF_REPORT_PRIVATE_H

#include "report.h"

/* What was seen of a flow that has not ended. */
#define DF_FLOW_DENIED 1
#define DF_FLOW_WATCHED 2
#define DF_FLOW_ALLOWED 4

struct df_report_flows *df_report_flows_new(void);
void df_report_flows_free(struct df_report_flows *flows);
void df_report_flows_clear(struct df_report_flows *flows);
uint8_t *df_report_flows_get(struct df_report_flows *flows, uint64_t id,
			     bool *full);
uint8_t df_report_flows_take(struct df_report_flows *flows, uint64_t id);
uint64_t df_report_flows_count(const struct df_report_flows *flows,
			       uint8_t flags);

const char *df_report_text(const json_t *record, const char *key, char *buf,
			   size_t size);
bool df_report_number(const json_t *record, const char *key, uint64_t *number);
bool df_report_time(const json_t *record, const char *key, int64_t *ns);
bool df_report_within(const struct df_report *report, int64_t from,
		      int64_t to);
bool df_report_wanted(const struct df_report *report, const char *name);
void df_report_lack(struct df_report *report, enum df_report_lack lack,
		    uint64_t count);
struct df_report_app *df_report_find_app(struct df_report *report,
					 const char *name);
void df_report_note_mode(struct df_report *report, struct df_report_app *app,
			 const char *instance, uint64_t generation,
			 uint8_t mode);
int df_report_verdict(struct df_report *report, const json_t *record);
int df_report_flow_end(struct df_report *report, const json_t *record);
void df_report_evidence(struct df_report *report, const json_t *record);

#endif
