// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A family is a name, a help, a type, and samples that follow each other. Labels
 * are what the policy names, countries and sinks: nothing that a program could
 * make more of. Counts are those of the module and begin again when it is
 * loaded, as Prometheus expects of a counter.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "metrics.h"

#define PREFIX "dronefence_"

#define NS_PER_SEC 1000000000u

static void family(FILE *out, const char *name, const char *type,
		   const char *help)
{
	fprintf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name,
		help, name, type);
}

static void single(FILE *out, const char *name, const char *type,
		   const char *help, uint64_t value)
{
	family(out, name, type, help);
	fprintf(out, PREFIX "%s %" PRIu64 "\n", name, value);
}

/* Names may come from a module, or a file, that is not ours. */
static void label(FILE *out, const char *name, const char *value)
{
	char text[4 * DF_SINK_NAME_SIZE + 1];
	const char *c;

	df_escape(value, DF_SINK_NAME_SIZE, "", text, sizeof(text));
	fprintf(out, "%s=\"", name);
	for (c = text; *c; c++)
		fprintf(out, *c == '\\' || *c == '"' ? "\\%c" : "%c", *c);
	fputc('"', out);
}

static void labelled(FILE *out, const char *name, const char *key,
		     const char *value, uint64_t number)
{
	fprintf(out, PREFIX "%s{", name);
	label(out, key, value);
	fprintf(out, "} %" PRIu64 "\n", number);
}

static void print_state(FILE *out, const struct df_situation *situation)
{
	enum df_light now = df_light_of(situation), light;

	single(out, "module_loaded", "gauge", "Is the kernel module loaded.",
	       situation->loaded);
	family(out, "state", "gauge", "State of the fence: 1 for the one that holds.");
	for (light = 0; light < DF_LIGHTS; light++)
		labelled(out, "state", "state", df_light_name(light),
			 light == now);
	single(out, "daemon_running", "gauge", "Does the daemon run.",
	       situation->daemon);
	single(out, "keeper_running", "gauge",
	       "Does the process run that looks after programs for the daemon.",
	       situation->keeper);
}

static void print_policy(FILE *out, const struct df_situation *situation)
{
	const struct df_policy_info *policy = &situation->policy;

	single(out, "judging", "gauge", "Are packets being judged.",
	       situation->status.hooks);
	single(out, "policy_generation", "gauge",
	       "Number of the policy in force, 0 for none.",
	       situation->status.generation);
	if (!situation->has_policy)
		return;
	family(out, "policy_info", "gauge", "Name of the policy in force.");
	labelled(out, "policy_info", "policy", policy->name, 1);
	single(out, "policy_applied_timestamp_seconds", "gauge",
	       "When the policy came into force.", policy->time / NS_PER_SEC);
	if (policy->geo_date)
		single(out, "policy_geo_timestamp_seconds", "gauge",
		       "Date of the oldest geo source of the policy.",
		       policy->geo_date);
	single(out, "policy_memory_bytes", "gauge",
	       "Kernel memory of the policy.", policy->memory);
}

/**
 * struct column - a number that each application has
 * @name: of the family
 * @type: of the family
 * @help: of the family
 * @value: the number
 */
struct column {
	const char *name, *type, *help;
	uint64_t (*value)(const struct df_situation *situation, size_t app);
};

static uint64_t enforced(const struct df_situation *situation, size_t app)
{
	return !situation->ills[app];
}

static uint64_t audited(const struct df_situation *situation, size_t app)
{
	return situation->apps.list[app].mode == DFENCE_MODE_AUDIT;
}

static uint64_t processes(const struct df_situation *situation, size_t app)
{
	return situation->processes[app];
}

static uint64_t placed(const struct df_situation *situation, size_t app)
{
	return situation->apps.list[app].placed;
}

static uint64_t place_failed(const struct df_situation *situation, size_t app)
{
	return situation->apps.list[app].place_failed;
}

static uint64_t ended(const struct df_situation *situation, size_t app)
{
	return situation->apps.list[app].ended.flows;
}

static const struct column columns[] = {
	{ "application_enforced", "gauge",
	  "Is the application enforced, as doctor sees it.", enforced },
	{ "application_audit", "gauge",
	  "Is the application in audit mode.", audited },
	{ "application_processes", "gauge",
	  "Processes that are recognised as the application.", processes },
	{ "application_placed_total", "counter",
	  "Programs that were placed.", placed },
	{ "application_place_failed_total", "counter",
	  "Programs that could not be placed.", place_failed },
	{ "application_flows_ended_total", "counter",
	  "Flows of the application that ended.", ended },
};

/* Four verdicts, of packets or of bytes. */
static void print_verdicts(FILE *out, const struct df_situation *situation,
			   const char *name, bool bytes)
{
	static const char *const verdicts[] = {
		"allowed", "denied", "dropped", "audited",
	};
	size_t i, v;

	for (i = 0; i < situation->apps.count; i++) {
		const struct df_counters *c = &situation->apps.list[i].counters;
		const uint64_t values[2][4] = {
			{ c->allowed_packets, c->denied_packets,
			  c->dropped_packets, c->audited_packets },
			{ c->allowed_bytes, c->denied_bytes,
			  c->dropped_bytes, c->audited_bytes },
		};

		for (v = 0; v < 4; v++) {
			fprintf(out, PREFIX "%s{", name);
			label(out, "application", situation->apps.list[i].name);
			fprintf(out, ",verdict=\"%s\"} %" PRIu64 "\n",
				verdicts[v], values[bytes][v]);
		}
	}
}

static void print_applications(FILE *out, const struct df_situation *situation)
{
	const struct df_apps *apps = &situation->apps;
	size_t c, i;

	if (!apps->count)
		return;
	for (c = 0; c < sizeof(columns) / sizeof(*columns); c++) {
		family(out, columns[c].name, columns[c].type, columns[c].help);
		for (i = 0; i < apps->count; i++)
			labelled(out, columns[c].name, "application",
				 apps->list[i].name,
				 columns[c].value(situation, i));
	}
	family(out, "application_packets_total", "counter",
	       "Packets of the application, by what became of them.");
	print_verdicts(out, situation, "application_packets_total", false);
	family(out, "application_bytes_total", "counter",
	       "Bytes of the application, by what became of them.");
	print_verdicts(out, situation, "application_bytes_total", true);
}

static void print_flows(FILE *out, const struct df_metrics *metrics)
{
	const struct df_status *s = &metrics->situation.status;
	size_t i;

	single(out, "flows_kept", "gauge", "Flows that the module keeps.",
	       s->flows);
	single(out, "flows_limit", "gauge", "Most flows that are kept.",
	       s->flow_limit);
	single(out, "flows_memory_bytes", "gauge", "Kernel memory of flows.",
	       s->flow_memory);
	single(out, "flows_created_total", "counter", "Flows that began.",
	       s->flows_created);
	single(out, "flows_evicted_total", "counter",
	       "Flows that ended early, to make room.", s->flows_evicted);
	single(out, "flowless_packets_total", "counter",
	       "Packets judged without a flow for lack of memory.",
	       s->flow_errors);
	if (!metrics->flows.count)
		return;
	family(out, "application_flows", "gauge",
	       "Flows that are kept, by country of the destination.");
	for (i = 0; i < metrics->flows.count; i++) {
		const struct df_flow_count *flow = &metrics->flows.list[i];

		fputs(PREFIX "application_flows{", out);
		label(out, "application", flow->application);
		fputc(',', out);
		label(out, "country", *flow->country ? flow->country : "??");
		fprintf(out, "} %" PRIu64 "\n", flow->count);
	}
}

static void print_events(FILE *out, const struct df_status *s)
{
	single(out, "events_recorded_total", "counter", "Events that got a number.",
	       s->event_next ? s->event_next - 1 : 0);
	single(out, "events_held", "gauge", "Events that the kernel still holds.",
	       s->event_next - s->event_oldest);
	single(out, "events_suppressed_total", "counter",
	       "Packets that the rate limit kept from being recorded.",
	       s->event_suppressed);
	single(out, "log_suppressed_total", "counter",
	       "Events that the rate limit kept out of the kernel log.",
	       s->log_suppressed);
}

static void print_others(FILE *out, const struct df_status *s)
{
	single(out, "bystander_packets_total", "counter",
	       "Packets of other programs, which passed.", s->bystander_packets);
	single(out, "forward_bystander_packets_total", "counter",
	       "Forwarded packets that no selector is for.",
	       s->forward_bystander_packets);
	single(out, "sockets_condemned_total", "counter",
	       "Sockets that were condemned.", s->sockets_condemned);
	single(out, "sockets_closed_total", "counter",
	       "Condemned sockets that the module ended.", s->sockets_closed);
	single(out, "sockets_uncondemned_packets_total", "counter",
	       "Denied packets whose socket could not be condemned.",
	       s->socket_errors);
	single(out, "requests_refused_total", "counter",
	       "Requests to the module that were refused.",
	       s->requests_refused);
	single(out, "sealed", "gauge",
	       "1 if only permitted policies can be in force.", s->sealed);
	single(out, "permit_serial", "gauge",
	       "Number of the permit that holds; 0 if nothing is sealed.",
	       s->seal.serial);
	single(out, "pins", "gauge", "Files that are pinned.", s->pins);
	single(out, "unread_programs_total", "counter",
	       "Programs that may be copies of pinned files and could not be read.",
	       s->unread_programs);
}

static void print_limits(FILE *out, const struct df_limits *limits)
{
	int i;

	family(out, "idle_limit_seconds", "gauge",
	       "Time without a packet after which a flow ends.");
	for (i = DF_LIMIT_TCP_OPENING; i < DF_LIMITS; i++)
		labelled(out, "idle_limit_seconds", "limit", df_limit_name(i),
			 limits->value[i]);
}

/* A sink that stands at another instance of the module has all to come. */
static void print_sinks(FILE *out, const struct df_metrics *metrics)
{
	const struct df_status *s = &metrics->situation.status;
	size_t i;

	family(out, "sink_waiting_events", "gauge",
	       "Events that a sink of the daemon does not have yet.");
	for (i = 0; i < metrics->sink_count; i++) {
		const struct df_sink_state *sink = &metrics->sinks[i];
		uint64_t next = sink->instance == s->instance ? sink->next : 1;

		labelled(out, "sink_waiting_events", "sink", sink->name,
			 s->event_next > next ? s->event_next - next : 0);
	}
}

/**
 * df_metrics_print() - write all of it
 * @out: where to
 * @metrics: what
 */
void df_metrics_print(FILE *out, const struct df_metrics *metrics)
{
	const struct df_situation *situation = &metrics->situation;

	print_state(out, situation);
	if (!situation->loaded)
		return;
	family(out, "module_info", "gauge", "Version of the kernel module.");
	labelled(out, "module_info", "version", situation->status.version, 1);
	print_policy(out, situation);
	print_applications(out, situation);
	print_flows(out, metrics);
	print_events(out, &situation->status);
	print_others(out, &situation->status);
	if (metrics->has_limits)
		print_limits(out, &metrics->limits);
	if (metrics->sink_count)
		print_sinks(out, metrics);
}

/**
 * df_flow_counts_add() - count a flow
 * @flow: of df_client_flows()
 * @arg: struct df_flow_counts
 *
 * Return: 0 or -ENOMEM.
 */
int df_flow_counts_add(const struct df_flow *flow, void *arg)
{
	struct df_flow_counts *counts = arg;
	struct df_flow_count *one;
	size_t i;

	for (i = 0; i < counts->count; i++) {
		one = &counts->list[i];
		if (strcmp(one->application, flow->application) ||
		    strcmp(one->country, flow->country))
			continue;
		one->count++;
		return 0;
	}
	one = reallocarray(counts->list, counts->count + 1, sizeof(*one));
	if (!one)
		return -ENOMEM;
	counts->list = one;
	one += counts->count++;
	memset(one, 0, sizeof(*one));
	strcpy(one->application, flow->application);
	strcpy(one->country, flow->country);
	one->count = 1;
	return 0;
}

static bool read_sink(const char *name, const json_t *json,
		      struct df_sink_state *sink)
{
	const json_t *next = json_object_get(json, "next");
	const char *instance;
	char *end;

	instance = json_string_value(json_object_get(json, "instance"));
	if (!instance || strlen(name) >= sizeof(sink->name) ||
	    !json_is_integer(next) || json_integer_value(next) < 1)
		return false;
	strcpy(sink->name, name);
	sink->next = (uint64_t)json_integer_value(next);
	sink->instance = strtoull(instance, &end, 16);
	return *instance && !*end;
}

/**
 * df_metrics_read_sinks() - how far the daemon's sinks are
 * @metrics: @sinks and @sink_count are set
 * @path: state file of the daemon
 *
 * Return: 0; -ENOENT if it cannot be read; -EINVAL if it is not one.
 */
int df_metrics_read_sinks(struct df_metrics *metrics, const char *path)
{
	json_t *root = NULL, *sink;
	const char *name;
	FILE *file = fopen(path, "re");

	metrics->sink_count = 0;
	if (!file)
		return -ENOENT;
	root = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
	fclose(file);
	json_object_foreach(json_object_get(root, "sinks"), name, sink) {
		if (metrics->sink_count == DF_METRICS_SINKS ||
		    !read_sink(name, sink, &metrics->sinks[metrics->sink_count])) {
			metrics->sink_count = 0;
			break;
		}
		metrics->sink_count++;
	}
	json_decref(root);
	return metrics->sink_count ? 0 : -EINVAL;
}

/**
 * df_metrics_free() - free what is told
 * @metrics: zero, or filled in part
 */
void df_metrics_free(struct df_metrics *metrics)
{
	df_situation_free(&metrics->situation);
	free(metrics->flows.list);
	metrics->flows.list = NULL;
	metrics->flows.count = 0;
}
