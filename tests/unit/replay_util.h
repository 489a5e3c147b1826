/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies, and records that are held against them. */
#ifndef REPLAY_UTIL_H
#define REPLAY_UTIL_H

#include "apply.h"
#include "geo_root_util.h"
#include "report_util.h"
#include "traffic.h"

#define HEAD "version: 1\nname: other\n" \
	"geo: { country: libloc, operator: libloc }\n"

/* Read and compile; what is said of errors is in @said, to be freed. */
static inline enum df_exit build_policy(const char *text, struct df_build *build,
					char **said)
{
	const struct df_build_options how = {
		.geo = { .root = "root", .now = NOW },
	};
	struct df_diags diags = { 0 };
	enum df_exit status;

	write_text("policy.yaml", text);
	status = df_build_load(build, "policy.yaml", &how, &diags);
	*said = render(&diags);
	df_diags_free(&diags);
	return status;
}

static inline int enter_with_geo(void **state)
{
	if (enter_tmp_dir(state))
		return -1;
	clear_root();
	write_dated(PACKAGED, internet, NOW - DAY, NULL);
	return 0;
}

static inline json_t *object(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline json_t *object(const char *fmt, ...)
{
	va_list args;
	json_t *made;

	va_start(args, fmt);
	made = object_of(fmt, args);
	va_end(args);
	return made;
}

/**
 * struct seen - a record in short
 * @app: application
 * @verdict: of the rules
 * @mode: of the application
 * @proto: protocol
 * @daddr: destination
 * @dport: its port, -1 for none
 * @flow: number of the flow
 * @bytes: of the end of a flow; passed, or refused where @verdict was carried out
 * @more: begins with a comma, or NULL
 */
struct seen {
	const char *app;
	const char *verdict;
	const char *mode;
	const char *proto;
	const char *daddr;
	int dport;
	uint64_t flow;
	uint64_t bytes;
	const char *more;
};

static inline json_t *verdict_of(const struct seen *s)
{
	char port[32] = "";

	if (s->dport >= 0)
		snprintf(port, sizeof(port), ",'dport':%d", s->dport);
	return object("{'type':'verdict','time':'2026-11-20T10:30:00.000000000Z','verdict':'%s','app':'%s','mode':'%s','proto':'%s','daddr':'%s','flow':%llu%s%s}",
		      s->verdict, s->app, s->mode, s->proto, s->daddr,
		      (unsigned long long)s->flow, port, s->more ?: "");
}

static inline json_t *end_of(const struct seen *s)
{
	bool refused = strcmp(s->verdict, "allow") && strcmp(s->mode, "audit");
	unsigned long long bytes = s->bytes;
	char port[32] = "";

	if (s->dport >= 0)
		snprintf(port, sizeof(port), ",'dport':%d", s->dport);
	return object("{'type':'flow-end','time':'2026-11-20T10:40:00.000000000Z','start_time':'2026-11-20T10:30:00.000000000Z','last_time':'2026-11-20T10:35:00.000000000Z','verdict':'%s','app':'%s','mode':'%s','proto':'%s','daddr':'%s','flow':%llu,'packets':%d,'bytes':%llu,'refused_packets':%d,'refused_bytes':%llu%s%s}",
		      s->verdict, s->app, s->mode, s->proto, s->daddr,
		      (unsigned long long)s->flow, !refused,
		      refused ? 0 : bytes, refused, refused ? bytes : 0, port,
		      s->more ?: "");
}

#endif
