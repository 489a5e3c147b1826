// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence status: is the fence up, and what has it seen. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "degraded.h"
#include "event.h"
#include "facts.h"
#include "fallback.h"
#include "health.h"
#include "pending.h"

/**
 * struct state - what status shows
 * @status: of the module
 * @policy: the active one
 * @has_policy: @policy holds
 * @sources: see df_facts_sources(); NULL where that is not known
 * @now: what ages are counted to
 * @degraded: see &struct df_situation
 * @alone: the daemon runs, and its keeper does not
 * @enforcing: number of applications in enforce mode
 * @placing: number of applications whose programs are placed
 * @unanchored: of these, number of those that have no cgroup for it
 * @placed: programs that were placed
 * @failed: programs that could not be
 * @waits: @pending holds
 * @pending: the active policy waits to be confirmed
 */
struct state {
	struct df_status status;
	struct df_policy_info policy;
	bool has_policy;
	json_t *sources;
	time_t now;
	char degraded[DF_DEGRADED_SIZE];
	bool alone;
	unsigned int enforcing;
	unsigned int placing, unanchored;
	uint64_t placed, failed;
	bool waits;
	struct df_pending pending;
};

static int count_application(const struct df_application_info *info, void *arg)
{
	struct state *state = arg;

	state->enforcing += info->mode == DFENCE_MODE_ENFORCE;
	if (info->anchor) {
		state->placing++;
		state->unanchored += !info->anchored;
		state->placed += info->placed;
		state->failed += info->place_failed;
	}
	return 0;
}

static bool is_alone(void)
{
	struct df_procs procs;
	bool alone = !df_procs_read("", &procs) && df_daemon_runs(&procs) &&
		     !df_keeper_runs(&procs);

	df_procs_free(&procs);
	return alone;
}

static int read_state(const struct cli *cli, struct df_client *client,
		      struct state *state)
{
	int err = df_client_status(client, &state->status);

	state->now = cli->geo.now;
	df_degraded_read("", state->degraded);
	state->alone = is_alone();
	if (err)
		return err;
	err = df_client_policy(client, &state->policy);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	state->has_policy = true;
	if (cli->cache)
		state->sources = df_facts_sources(cli->cache,
						  state->policy.digest);
	return df_client_applications(client, count_application, state);
}

/* One word for the light on the pilot's desk. */
static const char *state_word(const struct state *state)
{
	if (!state->has_policy || !state->policy.applications)
		return "open";
	if (df_fallback_is(&state->policy) || *state->degraded)
		return "degraded";
	return state->enforcing ? "enforcing" : "audit";
}

static enum df_exit state_exit(const struct state *state)
{
	return state->enforcing && !df_fallback_is(&state->policy) ?
	       DF_EXIT_OK : DF_EXIT_NOT_ENFORCING;
}

static uint64_t date_of(const json_t *source)
{
	return (uint64_t)json_integer_value(json_object_get(source, "date"));
}

static const char *text_of(const json_t *source, const char *key)
{
	return json_string_value(json_object_get(source, key));
}

static json_t *json_age(const struct state *state, uint64_t date)
{
	return date ? json_integer(age_days(state->now, date)) : json_null();
}

static json_t *json_sources(const struct state *state)
{
	json_t *array = state->sources ? json_array() : json_null(), *source;
	size_t i;

	json_array_foreach(state->sources, i, source) {
		char date[32];

		format_time(date_of(source), date);
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:o}",
						"source", text_of(source, "source"),
						"path", text_of(source, "path"),
						"date", date, "age-days",
						json_age(state, date_of(source))));
	}
	return array;
}

static json_t *json_policy(const struct state *state)
{
	const struct df_policy_info *policy = &state->policy;
	char source[2 * DRONEFENCE_DIGEST_LEN + 1];
	char geo[2 * DRONEFENCE_DIGEST_LEN + 1];
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1];
	char geo_date[32], time[32];
	json_t *json;

	format_digest(policy->source_digest, source);
	format_digest(policy->geo_digest, geo);
	format_digest(policy->digest, digest);
	format_time(policy->geo_date, geo_date);
	format_time(policy->time / 1000000000, time);
	json = json_pack("{s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "name", policy->name,
			 "generation", (json_int_t)policy->generation,
			 "applied", time,
			 "applications", (json_int_t)policy->applications,
			 "profiles", (json_int_t)policy->profiles,
			 "rules", (json_int_t)policy->rules,
			 "sets", (json_int_t)policy->sets,
			 "zones", (json_int_t)policy->zones,
			 "ranges4", (json_int_t)policy->ranges4,
			 "ranges6", (json_int_t)policy->ranges6);
	json_object_update_new(json,
			       json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:o}",
					 "source-digest", source,
					 "geo-digest", geo,
					 "geo-date", geo_date,
					 "geo-age-days",
					 json_age(state, policy->geo_date),
					 "digest", digest,
					 "memory", (json_int_t)policy->memory,
					 "geo-sources", json_sources(state)));
	return json;
}

static json_t *json_events(const struct df_status *s)
{
	return json_pack("{s:I, s:I, s:I, s:I}",
			 "next", (json_int_t)s->event_next,
			 "oldest", (json_int_t)s->event_oldest,
			 "suppressed", (json_int_t)s->event_suppressed,
			 "log-suppressed", (json_int_t)s->log_suppressed);
}

static json_t *json_flows(const struct df_status *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}",
			 "kept", (json_int_t)s->flows,
			 "limit", (json_int_t)s->flow_limit,
			 "memory", (json_int_t)s->flow_memory,
			 "created", (json_int_t)s->flows_created,
			 "evicted", (json_int_t)s->flows_evicted,
			 "unlisted-packets", (json_int_t)s->flow_errors);
}

static json_t *json_programs(const struct state *state)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "applications", (json_int_t)state->placing,
			 "without-cgroup", (json_int_t)state->unanchored,
			 "placed", (json_int_t)state->placed,
			 "failed", (json_int_t)state->failed,
			 "pinned", (json_int_t)state->status.pins,
			 "pinned-copies", (json_int_t)state->status.pinned_copies,
			 "unread", (json_int_t)state->status.unread_programs);
}

static json_t *json_sockets(const struct df_status *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}",
			 "condemned", (json_int_t)s->sockets_condemned,
			 "closed", (json_int_t)s->sockets_closed,
			 "waiting", (json_int_t)s->sockets_waiting,
			 "held-packets", (json_int_t)s->socket_packets,
			 "uncondemned-packets", (json_int_t)s->socket_errors);
}

static json_t *json_requests(const struct df_status *s)
{
	return json_pack("{s:I, s:I}",
			 "refused", (json_int_t)s->requests_refused,
			 "unrecorded", (json_int_t)s->refusals_suppressed);
}

static json_t *json_seal(const struct df_status *s)
{
	json_t *keys = json_array();
	size_t i;

	for (i = 0; i < s->seal.key_count; i++)
		json_add(&keys, json_text(s->seal.keys[i]));
	return json_pack("{s:I, s:I, s:o}",
			 "serial", (json_int_t)s->seal.serial,
			 "permitted", (json_int_t)s->seal.permitted,
			 "keys", keys);
}

static enum df_exit print_state_json(const struct state *state)
{
	const struct df_status *s = &state->status;
	json_t *json;
	enum df_exit err;

	json = json_pack("{s:s, s:s, s:I, s:b, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "state", state_word(state), "module", s->version,
			 "generation", (json_int_t)s->generation,
			 "hooks", s->hooks,
			 "enforcing", (json_int_t)state->enforcing,
			 "counters", json_counters(&s->counters),
			 "bystander-packets", (json_int_t)s->bystander_packets,
			 "events", json_events(s), "flows", json_flows(s),
			 "sockets", json_sockets(s),
			 "cgroups",
			 json_pack("{s:I, s:I}",
				   "resolved", (json_int_t)s->cgroup_misses,
				   "uncached", (json_int_t)s->cgroup_errors),
			 "programs", json_programs(state),
			 "requests", json_requests(s),
			 "seal", s->sealed ? json_seal(s) : json_null(),
			 "policy", state->has_policy ?
				   json_policy(state) : json_null());
	err = print_json(json);
	return err ?: state_exit(state);
}

static void print_date(const struct state *state, uint64_t date)
{
	char text[32];

	format_time(date, text);
	printf("of %s", text);
	if (date)
		printf(" (%" PRId64 " days old)", age_days(state->now, date));
}

/* The kernel knows the oldest date only. */
static void print_geo(const struct state *state)
{
	json_t *source;
	size_t i;

	if (!state->sources) {
		printf("geo data      oldest source ");
		print_date(state, state->policy.geo_date);
		putchar('\n');
	}
	json_array_foreach(state->sources, i, source) {
		printf("%-13s %s ", i ? "" : "geo data", text_of(source, "source"));
		print_date(state, date_of(source));
		printf(", %s\n", text_of(source, "path"));
	}
}

static void print_policy(const struct state *state)
{
	const struct df_policy_info *policy = &state->policy;
	char text[2 * DRONEFENCE_DIGEST_LEN + 1];

	printf("policy        %s, generation %u\n", policy->name,
	       policy->generation);
	format_time(policy->time / 1000000000, text);
	printf("applied       %s\n", text);
	format_digest(policy->source_digest, text);
	printf("source        sha256 %s\n", text);
	print_geo(state);
	format_size(policy->memory, text);
	printf("size          %u applications, %u rules, %u sets, %u zones, ",
	       policy->applications, policy->rules, policy->sets,
	       policy->zones);
	printf("%u + %u ranges, %s\n", policy->ranges4, policy->ranges6, text);
}

static void print_counter(const char *name, uint64_t packets, uint64_t bytes)
{
	char size[32];

	format_size(bytes, size);
	printf("%-13s %" PRIu64 " packets, %s\n", name, packets, size);
}

/* What never happened is not worth a word. */
static void print_flows(const struct df_status *s)
{
	char size[32];

	format_size(s->flow_memory, size);
	printf("flows         %u of %u, %s", s->flows, s->flow_limit, size);
	if (s->flows_evicted)
		printf("; %" PRIu64 " ended early to make room",
		       s->flows_evicted);
	putchar('\n');
	if (s->flow_errors)
		printf("              %" PRIu64 " packets judged without a flow for lack of memory\n",
		       s->flow_errors);
}

static void print_sockets(const struct df_status *s)
{
	if (s->sockets_condemned)
		printf("sockets       %" PRIu64 " condemned, %" PRIu64 " of them closed by the module, %u waiting\n",
		       s->sockets_condemned, s->sockets_closed,
		       s->sockets_waiting);
	if (s->socket_errors)
		printf("              %" PRIu64 " packets denied whose socket could not be condemned\n",
		       s->socket_errors);
}

static void print_seal(const struct df_seal_info *seal)
{
	char name[4 * DF_KEY_NAME_SIZE];
	size_t i;

	printf("sealed        until the next start; permit %" PRIu64 " lists %u image%s\n",
	       seal->serial, seal->permitted, seal->permitted == 1 ? "" : "s");
	for (i = 0; i < seal->key_count; i++) {
		df_escape(seal->keys[i], strlen(seal->keys[i]), "", name,
			  sizeof(name));
		printf("              permits are signed by %s\n", name);
	}
	if (!seal->key_count)
		puts("              permits are signed by a key that the kernel trusts");
}

static enum df_exit print_state(const struct state *state)
{
	const struct df_status *s = &state->status;

	printf("state         %s\n", state_word(state));
	printf("module        dronefence %s%s\n", s->version,
	       s->hooks ? "" : ", no packet is looked at");
	if (state->has_policy)
		print_policy(state);
	if (s->sealed)
		print_seal(&s->seal);
	print_counter("allowed", s->counters.allowed_packets,
		      s->counters.allowed_bytes);
	print_counter("denied", s->counters.denied_packets,
		      s->counters.denied_bytes);
	print_counter("dropped", s->counters.dropped_packets,
		      s->counters.dropped_bytes);
	print_counter("audited", s->counters.audited_packets,
		      s->counters.audited_bytes);
	printf("bystanders    %" PRIu64 " packets of other programs\n",
	       s->bystander_packets);
	print_flows(s);
	if (state->placing)
		printf("programs      %" PRIu64 " placed, %" PRIu64 " failed\n",
		       state->placed, state->failed);
	print_sockets(s);
	printf("events        %" PRIu64 " recorded, %" PRIu64 " suppressed by the rate limit\n",
	       s->event_next - 1, s->event_suppressed);
	if (s->requests_refused)
		printf("requests      %" PRIu64 " refused by the module, %" PRIu64 " of them only counted\n",
		       s->requests_refused, s->refusals_suppressed);
	if (!state->has_policy)
		complain("no policy was applied: nothing is fenced");
	else if (!state->policy.applications)
		complain("the policy names no application: nothing is fenced");
	else if (df_fallback_is(&state->policy))
		complain("the policy could not be loaded: the one that is built in lets programs below /dronefence.slice reach local networks only, and does not know others; dronefence check tells what is wrong");
	else if (*state->degraded)
		complain("%s; dronefence check tells what is wrong", state->degraded);
	else if (!state->enforcing)
		complain("every application is in audit mode: nothing is blocked");
	if (state->alone)
		complain("the daemon's keeper does not run: nobody looks for programs outside of their applications");
	if (state->waits)
		warn_pending(&state->pending);
	if (state->unanchored)
		complain("programs of %u applications cannot be started, or only unfenced in audit mode, because their cgroup is not set up; apply the policy again",
			 state->unanchored);
	return state_exit(state);
}

/**
 * cmd_status() - show the state of the module
 * @cli: options
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK if at least one application is in enforce mode, by a policy of
 * the admin.
 */
enum df_exit cmd_status(const struct cli *cli, int argc, char **argv)
{
	struct state state = { 0 };
	struct df_client *client;
	enum df_exit status = client_open(&client);
	int err;

	if (status)
		return status;
	err = read_state(cli, client, &state);
	if (!err)
		state.waits = read_pending(cli, client, &state.pending);
	if (err)
		status = client_failed(client, err);
	else if (cli->json)
		status = print_state_json(&state);
	else
		status = print_state(&state);
	json_decref(state.sources);
	df_client_close(client);
	return status;
}
