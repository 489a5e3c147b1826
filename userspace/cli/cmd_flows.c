// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence flows: with whom the applications talk right now. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "event.h"

#define NS_PER_SEC 1000000000u

/* Every byte of a name may become four. */
#define NAME_SIZE (4 * DRONEFENCE_NAME_MAX + 1)

/* A longer source gets a line of its own. */
#define SOURCE_WIDTH 24

/* Seconds, minutes, hours or days. */
#define AGE_STRLEN 24

static void format_age(uint64_t now, uint64_t since, char buf[AGE_STRLEN])
{
	uint64_t seconds = now > since ? (now - since) / NS_PER_SEC : 0;

	if (seconds < 120)
		snprintf(buf, AGE_STRLEN, "%" PRIu64 " s", seconds);
	else if (seconds < 2 * 3600)
		snprintf(buf, AGE_STRLEN, "%" PRIu64 " min", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(buf, AGE_STRLEN, "%" PRIu64 " h", seconds / 3600);
	else
		snprintf(buf, AGE_STRLEN, "%" PRIu64 " d", seconds / 86400);
}

/* Names may come from a module that is not ours. */
static const char *clean(const char *name, char out[NAME_SIZE])
{
	df_escape(name, DRONEFENCE_NAME_MAX, " \"\\=", out, NAME_SIZE);
	return *out ? out : "-";
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* What was decided, where to, and why. */
static void print_decision(const struct df_flow *flow)
{
	char app[NAME_SIZE], why[NAME_SIZE], country[NAME_SIZE];
	char dst[DF_ENDPOINT_STRLEN], protocol[DF_PROTOCOL_STRLEN];
	char verdict[32];

	snprintf(verdict, sizeof(verdict), "%s%s",
		 df_verdict_name(flow->verdict),
		 flow->mode == DFENCE_MODE_AUDIT ? "/audit" : "");
	printf("%-14s %-5s %-4s %s %s %s %s\n", clean(flow->application, app),
	       verdict, df_protocol_text(flow->protocol, flow->ethertype,
					  protocol),
	       df_endpoint_text(flow->family, flow->daddr,
				flow->has_ports ? flow->dport : -1, dst),
	       *flow->country ? clean(flow->country, country) : "??",
	       *flow->set ? clean(flow->set, why) : df_reason_name(flow->reason),
	       df_flow_state_name(flow->state));
}

/* From where, how much, and since when. */
static void print_traffic(const struct df_flow *flow, uint64_t now)
{
	const struct df_totals *t = &flow->totals;
	char src[DF_ENDPOINT_STRLEN], passed[32], refused[32];
	char in[NAME_SIZE];
	char age[AGE_STRLEN], idle[AGE_STRLEN];

	df_endpoint_text(flow->family, flow->saddr,
			 flow->has_ports ? flow->sport : -1, src);
	printf("    from %s", src);
	if (flow->forwarded)
		printf(" by %s", clean(flow->in, in));
	printf("%s",
	       strlen(src) > SOURCE_WIDTH ? "\n    " : ", ");
	format_size(t->bytes, passed);
	printf("passed %" PRIu64 " (%s)", t->packets, passed);
	if (t->refused_packets) {
		format_size(t->refused_bytes, refused);
		printf(", refused %" PRIu64 " (%s)", t->refused_packets, refused);
	}
	format_age(now, flow->start, age);
	format_age(now, flow->last, idle);
	printf(", age %s, idle %s\n", age, idle);
}

static json_t *json_name(const char *name)
{
	char text[NAME_SIZE];

	df_escape(name, DRONEFENCE_NAME_MAX, " \"\\=", text, sizeof(text));
	return *text ? json_string(text) : json_null();
}

static json_t *json_port(const struct df_flow *flow, uint16_t port)
{
	return flow->has_ports ? json_integer(port) : json_null();
}

static json_t *json_decision(const struct df_flow *flow)
{
	char protocol[DF_PROTOCOL_STRLEN];

	return json_pack("{s:I, s:o, s:s, s:s, s:s, s:o, s:I, s:I, s:s, s:s, s:o}",
			 "flow", (json_int_t)flow->id,
			 "application", json_name(flow->application),
			 "verdict", df_verdict_name(flow->verdict),
			 "mode", df_mode_name(flow->mode),
			 "reason", df_reason_name(flow->reason),
			 "set", json_name(flow->set),
			 "rule", (json_int_t)flow->rule,
			 "generation", (json_int_t)flow->generation,
			 "state", df_flow_state_name(flow->state),
			 "protocol", df_protocol_text(flow->protocol, flow->ethertype,
					  protocol),
			 "country", json_name(flow->country));
}

static json_t *json_ends(const struct df_flow *flow)
{
	char saddr[DF_NET_STRLEN], daddr[DF_NET_STRLEN];

	df_addr_format(flow->family, flow->saddr, saddr);
	df_addr_format(flow->family, flow->daddr, daddr);
	return json_pack("{s:s, s:o, s:s, s:o, s:I}",
			 "source", saddr,
			 "source-port", json_port(flow, flow->sport),
			 "destination", daddr,
			 "destination-port", json_port(flow, flow->dport),
			 "netns", (json_int_t)flow->netns);
}

/* A process, or where a forwarded flow comes in. */
static json_t *json_sender(const struct df_flow *flow)
{
	char mac[DF_MAC_STRLEN];

	if (!flow->forwarded)
		return json_pack("{s:I, s:I, s:I, s:o}",
				 "cgroup", (json_int_t)flow->cgroup,
				 "uid", (json_int_t)flow->uid,
				 "pid", (json_int_t)flow->pid,
				 "comm", json_name(flow->comm));
	df_mac_format(flow->mac, mac);
	return json_pack("{s:o, s:o}", "in-interface", json_name(flow->in),
			 "mac", flow->has_mac ? json_string(mac) : json_null());
}

static json_t *json_traffic(const struct df_flow *flow)
{
	const struct df_totals *t = &flow->totals;
	char start[DF_TIME_STRLEN], last[DF_TIME_STRLEN];

	df_time_format(flow->start, 9, start);
	df_time_format(flow->last, 9, last);
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "start", start,
			 "last", last, "packets", (json_int_t)t->packets,
			 "bytes", (json_int_t)t->bytes, "refused-packets",
			 (json_int_t)t->refused_packets, "refused-bytes",
			 (json_int_t)t->refused_bytes);
}

/**
 * struct listing - where the output stands
 * @now: ns since 1970
 * @count: flows that were listed
 */
struct listing {
	uint64_t now;
	size_t count;
};

/* One by one: a quarter of a million of them would not fit into memory. */
static int json_flow(const struct df_flow *flow, void *arg)
{
	json_t *json = json_decision(flow);
	struct listing *listing = arg;
	int err = json_object_update_new(json, json_ends(flow)) |
		  json_object_update_new(json, json_sender(flow)) |
		  json_object_update_new(json, json_traffic(flow));

	fputs(listing->count++ ? ",\n" : "[\n", stdout);
	if (!err)
		err = json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	if (ferror(stdout))
		return -EPIPE;
	return err ? -ENOMEM : 0;
}

static int print_flow(const struct df_flow *flow, void *arg)
{
	struct listing *listing = arg;

	listing->count++;
	print_decision(flow);
	print_traffic(flow, listing->now);
	/* Nobody may be reading any more. */
	return ferror(stdout) ? -EPIPE : 0;
}

static bool parse_verdict(const char *text, int *verdict)
{
	for (*verdict = 0; *verdict <= DFENCE_VERDICT_DROP; (*verdict)++)
		if (!strcmp(text, df_verdict_name(*verdict)))
			return true;
	complain("\"%s\" is not a verdict; expected allow, deny or drop", text);
	return false;
}

static int compare_name(const struct df_application_info *info, void *arg)
{
	return !strcmp(info->name, arg);
}

/* Nothing to list: is it because of a mistyped name? */
static enum df_exit check_name(struct df_client *client, const char *name)
{
	int found = df_client_applications(client, compare_name, (void *)name);

	if (found < 0)
		return client_failed(client, found);
	if (found)
		return DF_EXIT_OK;
	complain("there is no application \"%s\"", name);
	return DF_EXIT_NO_OBJECT;
}

static enum df_exit list(const struct cli *cli, struct df_client *client,
			 const struct df_flow_filter *filter)
{
	struct listing listing = { .now = now_ns() };
	int err;

	err = df_client_flows(client, filter,
			      cli->json ? json_flow : print_flow, &listing);
	/* main() tells that nobody reads the output. */
	if (err == -EPIPE)
		return DF_EXIT_FAILED;
	/* A list that is cut off must not look like one that is complete. */
	if (err)
		return client_failed(client, err);
	if (cli->json)
		puts(listing.count ? "\n]" : "[]");
	return listing.count || !filter->application ? DF_EXIT_OK :
	       check_name(client, filter->application);
}

/**
 * cmd_flows() - list the flows that the module keeps
 * @cli: options; @application and @verdict choose
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT for an application that there is not.
 */
enum df_exit cmd_flows(const struct cli *cli, int argc, char **argv)
{
	struct df_flow_filter filter = {
		.application = cli->application,
		.verdict = -1,
	};
	struct df_client *client;
	enum df_exit status;

	if (cli->verdict && !parse_verdict(cli->verdict, &filter.verdict))
		return DF_EXIT_USAGE;
	status = client_open(&client);
	if (status)
		return status;
	status = list(cli, client, &filter);
	df_client_close(client);
	return status;
}
