// SPDX-License-Identifier: GPL-2.0-or-later
/* What top shows. The screen shows the same lines as --once prints. */

#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "event.h"
#include "top_print.h"

#define NS_PER_SEC 1000000000u

/* Every byte of a name may become four. */
#define NAME_SIZE (4 * DRONEFENCE_NAME_MAX + 1)

/* Names may come from a module that is not ours. */
static const char *clean(const char *name, char out[NAME_SIZE])
{
	df_escape(name, DRONEFENCE_NAME_MAX, " \"\\=", out, NAME_SIZE);
	return *out ? out : "-";
}

static void print_reason(const char *reason, void *arg)
{
	fprintf(arg, "              %s\n", reason);
}

static void print_light(FILE *out, const struct df_situation *now)
{
	char name[NAME_SIZE];

	fprintf(out, "state         %s\n", df_light_name(df_light_of(now)));
	df_light_reasons(now, print_reason, out);
	if (now->has_policy)
		fprintf(out, "policy        %s, generation %u\n",
			clean(now->policy.name, name), now->policy.generation);
}

static const char *mode_word(const struct df_situation *now, size_t app)
{
	if (now->apps.list[app].mode == DFENCE_MODE_AUDIT)
		return "audit";
	if (!now->processes[app])
		return "idle";
	return now->ills[app] ? "not whole" : "enforced";
}

static void print_app(FILE *out, const struct df_top *top, size_t app)
{
	const struct df_application_info *info = &top->now.apps.list[app];
	const struct df_counters *c = &info->counters;
	char name[NAME_SIZE], bytes[32], packets[24] = "-", refused[24] = "-";
	struct df_top_rate rate;

	strcpy(bytes, "-");
	if (df_top_rate(top, app, &rate)) {
		snprintf(packets, sizeof(packets), "%" PRIu64, rate.packets);
		snprintf(refused, sizeof(refused), "%" PRIu64, rate.refused);
		format_size(rate.bytes, bytes);
	}
	fprintf(out, "%-20s %-9s %5zu %9s %10s %9s %11" PRIu64 " %9" PRIu64 "\n",
		clean(info->name, name), mode_word(&top->now, app),
		top->now.processes[app], packets, bytes, refused, c->packets,
		c->denied_packets + c->dropped_packets);
}

static void print_flow(FILE *out, const struct df_flow *flow, uint64_t now)
{
	char app[NAME_SIZE], country[NAME_SIZE], why[NAME_SIZE], passed[32];
	char dst[DF_ENDPOINT_STRLEN], protocol[DF_PROTOCOL_STRLEN];
	uint64_t idle = now > flow->last ? (now - flow->last) / NS_PER_SEC : 0;

	format_size(flow->totals.bytes, passed);
	fprintf(out, "  %-18s %-5s %-4s %s %s %s, passed %s", clean(flow->application, app),
		df_verdict_name(flow->verdict),
		df_protocol_text(flow->protocol, flow->ethertype, protocol),
		df_endpoint_text(flow->family, flow->daddr,
				 flow->has_ports ? flow->dport : -1, dst),
		*flow->country ? clean(flow->country, country) : "??",
		*flow->set ? clean(flow->set, why) :
		df_reason_name(flow->reason), passed);
	if (flow->totals.refused_packets)
		fprintf(out, ", refused %" PRIu64, flow->totals.refused_packets);
	fprintf(out, ", idle %" PRIu64 " s\n", idle);
}

static void print_flows(FILE *out, const char *title,
			const struct df_top_flows *flows, uint64_t now)
{
	size_t i;

	fprintf(out, "\n%s%s\n", title, flows->count ? "" : ": none");
	for (i = 0; i < flows->count; i++)
		print_flow(out, &flows->list[i], now);
}

/**
 * top_print() - write what is shown
 * @out: where to
 * @top: from df_top_read()
 * @now: ns since 1970
 */
void top_print(FILE *out, const struct df_top *top, uint64_t now)
{
	size_t i;

	print_light(out, &top->now);
	if (!top->now.apps.count)
		return;
	fprintf(out, "\n%-20s %-9s %5s %9s %10s %9s %11s %9s\n", "application",
		"", "procs", "packets/s", "bytes/s", "refused/s", "packets",
		"refused");
	for (i = 0; i < top->now.apps.count; i++)
		print_app(out, top, i);
	print_flows(out, "refused, or refused but for audit mode, the latest first",
		    &top->attempts, now);
	print_flows(out, "allowed, the latest first", &top->talks, now);
}

static void add_reason(const char *reason, void *arg)
{
	json_add(arg, json_text(reason));
}

static json_t *json_rate(const struct df_top *top, size_t app)
{
	struct df_top_rate rate;

	if (!df_top_rate(top, app, &rate))
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "packets", (json_int_t)rate.packets,
			 "bytes", (json_int_t)rate.bytes, "refused-packets",
			 (json_int_t)rate.refused);
}

static json_t *json_apps(const struct df_top *top)
{
	const struct df_situation *now = &top->now;
	json_t *apps = json_array();
	size_t i;

	for (i = 0; i < now->apps.count; i++) {
		const struct df_application_info *info = &now->apps.list[i];
		json_t *app = json_pack("{s:o, s:s, s:b, s:I, s:o, s:o}",
					"name", json_text(info->name), "mode",
					df_mode_name(info->mode), "enforced",
					!now->ills[i], "processes",
					(json_int_t)now->processes[i],
					"counters",
					json_counters(&info->counters),
					"rate", json_rate(top, i));

		json_add(&apps, app);
	}
	return apps;
}

static json_t *json_flow(const struct df_flow *flow)
{
	const struct df_totals *t = &flow->totals;
	char addr[DF_NET_STRLEN], last[DF_TIME_STRLEN];
	char protocol[DF_PROTOCOL_STRLEN];
	json_t *json;

	df_addr_format(flow->family, flow->daddr, addr);
	df_time_format(flow->last, 9, last);
	json = json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s}",
			 "application", json_text(flow->application),
			 "verdict", df_verdict_name(flow->verdict),
			 "mode", df_mode_name(flow->mode), "protocol",
			 df_protocol_text(flow->protocol, flow->ethertype,
					  protocol), "destination", addr,
			 "port", flow->has_ports ? json_integer(flow->dport) :
			 json_null(), "country",
			 json_text(*flow->country ? flow->country : NULL),
			 "set", json_text(*flow->set ? flow->set : NULL),
			 "last", last);
	json_object_update_new(json,
			       json_pack("{s:s, s:I, s:I, s:I}", "reason",
					 df_reason_name(flow->reason),
					 "packets", (json_int_t)t->packets,
					 "bytes", (json_int_t)t->bytes,
					 "refused-packets",
					 (json_int_t)t->refused_packets));
	return json;
}

static json_t *json_flows(const struct df_top_flows *flows)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < flows->count; i++)
		json_add(&list, json_flow(&flows->list[i]));
	return list;
}

/**
 * top_json() - what is shown, as a document
 * @top: from df_top_read()
 *
 * Return: new object, or NULL without memory.
 */
json_t *top_json(const struct df_top *top)
{
	const struct df_situation *now = &top->now;
	json_t *reasons = json_array();

	df_light_reasons(now, add_reason, &reasons);
	return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:o}", "state",
			 df_light_name(df_light_of(now)), "reasons", reasons,
			 "policy", json_text(now->has_policy ?
					     now->policy.name : NULL),
			 "generation", (json_int_t)now->status.generation,
			 "applications", json_apps(top), "refused",
			 json_flows(&top->attempts), "allowed",
			 json_flows(&top->talks));
}
