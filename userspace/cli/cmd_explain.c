// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence explain: ask the kernel what would happen to a packet, and the geo
 * data why. The verdict is the kernel's; names, labels and votes are looked up
 * here, and it is said where this machine's data is not what the kernel has.
 */

#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "apply.h"
#include "cli.h"

/* What is asked about where only an address is given. */
#define DEFAULT_PORT 443

/**
 * struct target - where the packet would go
 * @family: of @addr
 * @addr: destination
 * @protocol: IP protocol number
 * @port: destination port, -1 where the protocol has none
 */
struct target {
	enum df_family family;
	df_u128 addr;
	uint8_t protocol;
	int port;
};

static bool has_ports(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP;
}

static bool parse_number(const char *text, long max, long *value)
{
	char *end;

	*value = strtol(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *value <= max;
}

/* Cut the port off "addr:port" or "[addr]:port", and the brackets. */
static bool split_port(char **addr, char **port)
{
	char *colon;

	*port = NULL;
	if (**addr == '[') {
		char *end = strchr(*addr, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		*port = end[1] ? end + 2 : NULL;
		*end = '\0';
		(*addr)++;
		return true;
	}
	colon = strchr(*addr, ':');
	/* More than one colon without brackets is an IPv6 address. */
	if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
		*port = colon + 1;
	}
	return true;
}

static bool parse_target(const char *text, struct target *target)
{
	char *copy = strdup(text), *addr = copy, *port, *slash;
	long number = IPPROTO_TCP;
	bool ok;

	slash = copy ? strrchr(copy, '/') : NULL;
	if (slash) {
		*slash = '\0';
		number = df_protocol_number(slash + 1);
		if (number < 0 && !parse_number(slash + 1, 255, &number))
			number = -1;
	}
	ok = copy && number >= 0 && split_port(&addr, &port) &&
	     df_addr_parse(addr, &target->family, &target->addr) == 0;
	if (ok) {
		target->protocol = number;
		target->port = has_ports(number) ? DEFAULT_PORT : -1;
	}
	if (ok && port) {
		ok = has_ports(number) && parse_number(port, 65535, &number);
		target->port = number;
	}
	free(copy);
	return ok;
}

/* The policy's geo sources, or those of the machine, where they can be read. */
static struct df_geo *load_geo(const struct cli *cli)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(cli->policy, &diags);
	struct df_progress progress = progress_start(cli);
	struct df_geo *geo = NULL;

	df_progress(&progress, DF_PHASE_READ, 0);
	if (policy)
		geo = df_geo_load(policy, &cli->geo, &diags);
	else if (!cli->policy_given)
		geo = df_geo_load_default(&cli->geo, &diags);
	progress_stop();
	if (policy)
		df_policy_quote(policy, &diags);
	if (cli->policy_given && df_diags_failed(&diags))
		df_diags_print(&diags, stderr, cli->color);
	df_policy_free(policy);
	df_diags_free(&diags);
	return geo;
}

static uint32_t operator_of(const struct df_geo *geo,
			    const struct target *target, char **name)
{
	size_t i;

	*name = NULL;
	for (i = 0; geo && i < geo->operator_count; i++) {
		const struct df_geo_source *source =
			geo->sources[geo->operator[i]];
		const struct df_geo_range *range =
			df_geo_lookup(source, target->family, target->addr);

		if (range && range->asn) {
			*name = df_geo_as_name(source, range->asn);
			return range->asn;
		}
	}
	return 0;
}

/* Does this machine read the same geo data that the kernel's policy was made of? */
static bool same_data(struct df_client *client, const struct df_geo *geo)
{
	struct df_policy_info info;

	return geo && !df_client_policy(client, &info) &&
	       !memcmp(info.geo_digest, geo->digest, sizeof(info.geo_digest));
}

static const char *source_name(const struct df_geo *geo, bool same, size_t vote)
{
	return same && vote < geo->country_count ?
	       geo->sources[geo->country[vote]]->name : "source";
}

static json_t *json_sources(const struct df_geo *geo, bool same,
			    const char *votes)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i + 1 < strlen(votes); i += 2)
		json_array_append_new(array,
				      json_pack("{s:s, s:o}", "source",
						source_name(geo, same, i / 2),
						"country",
						json_stringn(votes + i, 2)));
	return array;
}

static json_t *json_target(const char *app, const struct target *target)
{
	char addr[DF_NET_STRLEN];

	df_addr_format(target->family, target->addr, addr);
	return json_pack("{s:s, s:s, s:i, s:o}", "application", app,
			 "address", addr, "protocol", target->protocol,
			 "port", target->port < 0 ? json_null() :
						    json_integer(target->port));
}

static json_t *json_decision(const struct df_explanation *x)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:i}",
			 "verdict", df_verdict_name(x->verdict),
			 "mode", df_mode_name(x->mode),
			 "reason", df_reason_name(x->reason), "set", x->set,
			 "profile", x->profile, "rule", (int)x->rule,
			 "origin", x->origin, "zone", (int)x->zone,
			 "generation", (int)x->generation);
}

static enum df_exit explain_json(const char *app, const struct target *target,
				 const char *out, const struct df_explanation *x,
				 const struct df_geo *geo, bool same)
{
	json_t *json = json_target(app, target);
	char *as_name;
	uint32_t asn = operator_of(geo, target, &as_name);

	json_object_update_new(json, json_decision(x));
	json_object_set_new(json, "out-interface",
			    out ? json_string(out) : json_null());
	json_object_set_new(json, "out-interface-wanted",
			    json_boolean(x->out_wanted));
	json_object_update_new(json,
			       json_pack("{s:s, s:o, s:I, s:s?, s:b}",
					 "country", x->country, "votes",
					 json_sources(geo, same, x->votes),
					 "asn", (json_int_t)asn,
					 "operator", as_name,
					 "same-geo-data", same));
	free(as_name);
	return print_json(json);
}

static void print_labels(const struct target *target,
			 const struct df_explanation *x,
			 const struct df_geo *geo, bool same)
{
	const char *country = *x->country ? df_country_name(x->country) : NULL;
	char *as_name;
	uint32_t asn = operator_of(geo, target, &as_name);
	size_t i;

	printf("located in    %s%s%s%s\n", *x->country ? x->country : "unknown",
	       country ? " (" : "", country ?: "", country ? ")" : "");
	for (i = 0; i + 1 < strlen(x->votes); i += 2)
		printf("    vote      %.2s by %s %zu\n", x->votes + i,
		       source_name(geo, same, i / 2), i / 2 + 1);
	if (asn)
		printf("operated by   AS%u %s\n", asn, as_name ?: "");
	else
		printf("operated by   unknown\n");
	free(as_name);
	if (!geo)
		complain("geo data cannot be read here: the operator is not shown");
	else if (!same)
		complain("the policy in force was made of other geo data than is read here (see --policy)");
}

static void print_explanation(const char *app, const struct target *target,
			      const struct df_explanation *x)
{
	const char *protocol = df_protocol_name(target->protocol);
	char addr[DF_NET_STRLEN], port[24] = "";

	df_addr_format(target->family, target->addr, addr);
	if (target->port >= 0)
		snprintf(port, sizeof(port), " port %d", target->port);
	printf("%s to %s %s%s: %s%s\n", app, addr, protocol ?: "protocol", port,
	       df_verdict_name(x->verdict),
	       x->mode == DFENCE_MODE_AUDIT &&
	       x->verdict != DFENCE_VERDICT_ALLOW ?
	       ", but audit mode lets it pass" : "");
	printf("reason        %s%s%s\n", df_reason_name(x->reason),
	       *x->set ? " " : "", x->set);
	if (x->rule)
		printf("rule          %u of profile %s, %s\n", x->rule,
		       x->profile, x->origin);
	else
		printf("rule          default of profile %s, %s\n", x->profile,
		       x->origin);
	printf("policy        generation %u\n", x->generation);
	if (x->out_wanted)
		printf("interface     unknown: rules for an interface hold if they deny, and not if they allow; name one with --out\n");
}

static enum df_exit exit_of(const struct df_explanation *x)
{
	if (x->verdict == DFENCE_VERDICT_ALLOW)
		return DF_EXIT_OK;
	return x->mode == DFENCE_MODE_AUDIT ? DF_EXIT_WOULD_LOG :
					      DF_EXIT_WOULD_DENY;
}

static enum df_exit explain(const struct cli *cli, struct df_client *client,
			    const char *app, const struct target *target)
{
	struct df_explanation x;
	struct df_geo *geo;
	enum df_exit err = DF_EXIT_OK;
	bool same;
	int ret;

	ret = df_client_explain_out(client, app, target->family, target->addr,
				    target->protocol, target->port, cli->out,
				    &x);
	if (ret) {
		err = client_failed(client, ret);
		return err == DF_EXIT_NOT_ENFORCING ? DF_EXIT_NO_OBJECT : err;
	}
	geo = load_geo(cli);
	same = same_data(client, geo);
	if (cli->json) {
		err = explain_json(app, target, cli->out, &x, geo, same);
	} else {
		print_explanation(app, target, &x);
		print_labels(target, &x, geo, same);
	}
	df_geo_free(geo);
	return err ?: exit_of(&x);
}

/**
 * cmd_explain() - what would happen to a packet
 * @cli: options
 * @argc: 2
 * @argv: application and destination, DEST[:PORT][/PROTO]; without a port 443
 *	is asked about, without a protocol TCP
 *
 * Return: DF_EXIT_OK if it would pass, DF_EXIT_WOULD_DENY, DF_EXIT_WOULD_LOG.
 */
enum df_exit cmd_explain(const struct cli *cli, int argc, char **argv)
{
	struct df_client *client;
	struct target target;
	enum df_exit status;

	if (!parse_target(argv[1], &target)) {
		complain("\"%s\" is not ADDRESS[:PORT][/PROTOCOL]; IPv6 with a port is [ADDRESS]:PORT",
			 argv[1]);
		return DF_EXIT_USAGE;
	}
	status = client_open(&client);
	if (status)
		return status;
	status = explain(cli, client, argv[0], &target);
	df_client_close(client);
	return status;
}
