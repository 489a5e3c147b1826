// SPDX-License-Identifier: GPL-2.0-or-later
/* The requests that read: state, policy, applications, rules, explain. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client_private.h"

/**
 * df_attr_number() - value of a number of any width
 * @attr: attribute of an answer, or NULL
 *
 * Return: its value, 0 if it is absent.
 */
uint64_t df_attr_number(struct nlattr *attr)
{
	switch (attr ? nla_len(attr) : 0) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	case 4:
		return nla_get_u32(attr);
	case 8:
		return nla_get_u64(attr);
	default:
		return 0;
	}
}

/**
 * df_attr_string() - text of an attribute, cut off where it is too long
 * @attr: attribute of an answer, or NULL; a NUL at its end is not needed
 * @buf: result, always terminated
 * @size: bytes in @buf
 */
void df_attr_string(struct nlattr *attr, char *buf, size_t size)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	if (len >= size)
		len = size - 1;
	if (len)
		memcpy(buf, nla_data(attr), len);
	buf[len] = '\0';
}

/**
 * df_attr_counters() - read a nest of counters
 * @nest: attribute of an answer, or NULL
 * @counters: result
 */
void df_attr_counters(struct nlattr *nest, struct df_counters *counters)
{
	struct nlattr *tb[DFENCE_A_COUNT_MAX + 1];

	memset(counters, 0, sizeof(*counters));
	if (!nest || nla_parse_nested(tb, DFENCE_A_COUNT_MAX, nest, NULL) < 0)
		return;
	counters->packets = df_attr_number(tb[DFENCE_A_COUNT_PACKETS]);
	counters->bytes = df_attr_number(tb[DFENCE_A_COUNT_BYTES]);
	counters->allowed_packets =
		df_attr_number(tb[DFENCE_A_COUNT_ALLOWED_PACKETS]);
	counters->allowed_bytes =
		df_attr_number(tb[DFENCE_A_COUNT_ALLOWED_BYTES]);
	counters->denied_packets =
		df_attr_number(tb[DFENCE_A_COUNT_DENIED_PACKETS]);
	counters->denied_bytes =
		df_attr_number(tb[DFENCE_A_COUNT_DENIED_BYTES]);
	counters->dropped_packets =
		df_attr_number(tb[DFENCE_A_COUNT_DROPPED_PACKETS]);
	counters->dropped_bytes =
		df_attr_number(tb[DFENCE_A_COUNT_DROPPED_BYTES]);
	counters->audited_packets =
		df_attr_number(tb[DFENCE_A_COUNT_AUDITED_PACKETS]);
	counters->audited_bytes =
		df_attr_number(tb[DFENCE_A_COUNT_AUDITED_BYTES]);
}

/**
 * df_attr_totals() - read a nest of totals
 * @nest: attribute of an answer, or NULL
 * @totals: result
 */
void df_attr_totals(struct nlattr *nest, struct df_totals *totals)
{
	struct nlattr *tb[DFENCE_A_TOTALS_MAX + 1];

	memset(totals, 0, sizeof(*totals));
	if (!nest || nla_parse_nested(tb, DFENCE_A_TOTALS_MAX, nest, NULL) < 0)
		return;
	totals->flows = df_attr_number(tb[DFENCE_A_TOTALS_FLOWS]);
	totals->packets = df_attr_number(tb[DFENCE_A_TOTALS_PACKETS]);
	totals->bytes = df_attr_number(tb[DFENCE_A_TOTALS_BYTES]);
	totals->refused_packets =
		df_attr_number(tb[DFENCE_A_TOTALS_REFUSED_PACKETS]);
	totals->refused_bytes =
		df_attr_number(tb[DFENCE_A_TOTALS_REFUSED_BYTES]);
}

/**
 * df_attr_addresses() - read a pair of addresses
 * @source: attribute of an answer, or NULL
 * @destination: the same
 * @family: result, of both
 * @saddr: result
 * @daddr: result
 *
 * Return: true; false, with no result, where they are not both there or not of
 * one family.
 */
bool df_attr_addresses(struct nlattr *source, struct nlattr *destination,
		       enum df_family *family, df_u128 *saddr, df_u128 *daddr)
{
	if (!source || !destination || nla_len(source) != nla_len(destination) ||
	    (nla_len(source) != 4 && nla_len(source) != 16))
		return false;
	*family = nla_len(source) == 16 ? DF_IPV6 : DF_IPV4;
	*saddr = df_addr_from_bytes(*family, nla_data(source));
	*daddr = df_addr_from_bytes(*family, nla_data(destination));
	return true;
}

/**
 * df_attr_mac() - read a MAC address
 * @attr: attribute of an answer, or NULL
 * @mac: result
 *
 * Return: true; false, with no result, where there is none.
 */
bool df_attr_mac(struct nlattr *attr, uint8_t mac[DRONEFENCE_MAC_LEN])
{
	if (!attr || nla_len(attr) != DRONEFENCE_MAC_LEN)
		return false;
	memcpy(mac, nla_data(attr), DRONEFENCE_MAC_LEN);
	return true;
}

static void copy_digest(uint8_t digest[DRONEFENCE_DIGEST_LEN],
			struct nlattr *attr)
{
	if (attr && nla_len(attr) == DRONEFENCE_DIGEST_LEN)
		memcpy(digest, nla_data(attr), DRONEFENCE_DIGEST_LEN);
}

static int parse(struct nl_msg *msg, struct nlattr **tb, int max)
{
	return genlmsg_parse(nlmsg_hdr(msg), 0, tb, max, NULL) < 0 ? -EPROTO : 0;
}

static void read_seal(struct nlattr *nest, struct df_status *status)
{
	struct df_seal_info *seal = &status->seal;
	struct nlattr *attr;
	int rem;

	if (!nest)
		return;
	status->sealed = true;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == DFENCE_A_SEALINFO_SERIAL)
			seal->serial = df_attr_number(attr);
		else if (nla_type(attr) == DFENCE_A_SEALINFO_PERMITTED)
			seal->permitted = df_attr_number(attr);
		else if (nla_type(attr) == DFENCE_A_SEALINFO_KEY &&
			 seal->key_count < DRONEFENCE_MAX_CERTIFICATES)
			df_attr_string(attr, seal->keys[seal->key_count++],
				       DF_KEY_NAME_SIZE);
	}
}

static int read_status(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[DFENCE_A_STATUS_MAX + 1];
	struct df_status *status = arg;
	int err = parse(msg, tb, DFENCE_A_STATUS_MAX);

	if (err)
		return err;
	df_attr_string(tb[DFENCE_A_STATUS_VERSION], status->version,
		       sizeof(status->version));
	status->instance = df_attr_number(tb[DFENCE_A_STATUS_INSTANCE]);
	status->generation = df_attr_number(tb[DFENCE_A_STATUS_GENERATION]);
	status->hooks = tb[DFENCE_A_STATUS_HOOKS];
	df_attr_counters(tb[DFENCE_A_STATUS_COUNTERS], &status->counters);
	status->bystander_packets =
		df_attr_number(tb[DFENCE_A_STATUS_BYSTANDER_PACKETS]);
	status->event_next = df_attr_number(tb[DFENCE_A_STATUS_EVENT_NEXT]);
	status->event_oldest = df_attr_number(tb[DFENCE_A_STATUS_EVENT_OLDEST]);
	status->event_suppressed =
		df_attr_number(tb[DFENCE_A_STATUS_EVENT_SUPPRESSED]);
	status->log_suppressed =
		df_attr_number(tb[DFENCE_A_STATUS_LOG_SUPPRESSED]);
	status->cgroup_misses =
		df_attr_number(tb[DFENCE_A_STATUS_CGROUP_MISSES]);
	status->cgroup_errors =
		df_attr_number(tb[DFENCE_A_STATUS_CGROUP_ERRORS]);
	status->transaction = df_attr_number(tb[DFENCE_A_STATUS_TRANSACTION]);
	status->flows = df_attr_number(tb[DFENCE_A_STATUS_FLOWS]);
	status->flow_limit = df_attr_number(tb[DFENCE_A_STATUS_FLOW_LIMIT]);
	status->flow_memory = df_attr_number(tb[DFENCE_A_STATUS_FLOW_MEMORY]);
	status->flows_created =
		df_attr_number(tb[DFENCE_A_STATUS_FLOWS_CREATED]);
	status->flows_evicted =
		df_attr_number(tb[DFENCE_A_STATUS_FLOWS_EVICTED]);
	status->flow_errors = df_attr_number(tb[DFENCE_A_STATUS_FLOW_ERRORS]);
	status->forward_bystander_packets =
		df_attr_number(tb[DFENCE_A_STATUS_FORWARD_BYSTANDER_PACKETS]);
	status->sockets_waiting =
		df_attr_number(tb[DFENCE_A_STATUS_SOCKETS_WAITING]);
	status->sockets_condemned =
		df_attr_number(tb[DFENCE_A_STATUS_SOCKETS_CONDEMNED]);
	status->sockets_closed =
		df_attr_number(tb[DFENCE_A_STATUS_SOCKETS_CLOSED]);
	status->socket_errors =
		df_attr_number(tb[DFENCE_A_STATUS_SOCKET_ERRORS]);
	status->requests_refused =
		df_attr_number(tb[DFENCE_A_STATUS_REQUESTS_REFUSED]);
	status->refusals_suppressed =
		df_attr_number(tb[DFENCE_A_STATUS_REFUSALS_SUPPRESSED]);
	status->socket_packets =
		df_attr_number(tb[DFENCE_A_STATUS_SOCKET_PACKETS]);
	status->pins = df_attr_number(tb[DFENCE_A_STATUS_PINS]);
	status->pinned_copies =
		df_attr_number(tb[DFENCE_A_STATUS_PINNED_COPIES]);
	status->unread_programs =
		df_attr_number(tb[DFENCE_A_STATUS_UNREAD_PROGRAMS]);
	read_seal(tb[DFENCE_A_STATUS_SEAL], status);
	return 0;
}

/**
 * df_client_status() - state of the module
 * @client: open
 * @status: result
 *
 * Return: 0 or a negative errno, -EPERM without CAP_NET_ADMIN.
 */
int df_client_status(struct df_client *client, struct df_status *status)
{
	memset(status, 0, sizeof(*status));
	return df_client_request(client,
				 df_client_message(client, 0,
						   DFENCE_CMD_STATUS_GET, 0),
				 read_status, status);
}

static int read_policy(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[DFENCE_A_POLICY_MAX + 1];
	struct df_policy_info *info = arg;
	int err = parse(msg, tb, DFENCE_A_POLICY_MAX);

	if (err)
		return err;
	df_attr_string(tb[DFENCE_A_POLICY_NAME], info->name, sizeof(info->name));
	info->generation = df_attr_number(tb[DFENCE_A_POLICY_GENERATION]);
	info->sets = df_attr_number(tb[DFENCE_A_POLICY_SETS]);
	info->zones = df_attr_number(tb[DFENCE_A_POLICY_ZONES]);
	info->ranges4 = df_attr_number(tb[DFENCE_A_POLICY_RANGES4]);
	info->ranges6 = df_attr_number(tb[DFENCE_A_POLICY_RANGES6]);
	info->profiles = df_attr_number(tb[DFENCE_A_POLICY_PROFILES]);
	info->rules = df_attr_number(tb[DFENCE_A_POLICY_RULES]);
	info->applications = df_attr_number(tb[DFENCE_A_POLICY_APPLICATIONS]);
	copy_digest(info->source_digest, tb[DFENCE_A_POLICY_SOURCE_DIGEST]);
	copy_digest(info->geo_digest, tb[DFENCE_A_POLICY_GEO_DIGEST]);
	copy_digest(info->digest, tb[DFENCE_A_POLICY_DIGEST]);
	info->geo_date = df_attr_number(tb[DFENCE_A_POLICY_GEO_DATE]);
	info->time = df_attr_number(tb[DFENCE_A_POLICY_TIME]);
	info->memory = df_attr_number(tb[DFENCE_A_POLICY_MEMORY]);
	return 0;
}

/**
 * df_client_policy() - summary of the active policy
 * @client: open
 * @info: result
 *
 * Return: 0; -ENOENT if none was committed; another negative errno.
 */
int df_client_policy(struct df_client *client, struct df_policy_info *info)
{
	memset(info, 0, sizeof(*info));
	return df_client_request(client,
				 df_client_message(client, 0,
						   DFENCE_CMD_POLICY_GET, 0),
				 read_policy, info);
}

/**
 * struct listing - who is called for each entry of a dump
 * @app: for applications
 * @rule: for rules
 * @arg: for either
 */
struct listing {
	int (*app)(const struct df_application_info *info, void *arg);
	int (*rule)(const struct df_rule_info *info, void *arg);
	void *arg;
};

static void read_source(struct nlattr **tb, struct df_selector *selector)
{
	struct nlattr *attr = tb[DFENCE_A_SELECTOR_SOURCE];
	struct df_net *source = &selector->source;

	if (!attr || (nla_len(attr) != 4 && nla_len(attr) != 16))
		return;
	source->family = nla_len(attr) == 16 ? DF_IPV6 : DF_IPV4;
	source->first = df_addr_from_bytes(source->family, nla_data(attr));
	source->prefix = df_attr_number(tb[DFENCE_A_SELECTOR_SOURCE_PREFIX]);
	selector->has_source = true;
}

static bool read_selector(struct nlattr *nest, struct df_selector *selector)
{
	struct nlattr *tb[DFENCE_A_SELECTOR_MAX + 1];

	if (nla_parse_nested(tb, DFENCE_A_SELECTOR_MAX, nest, NULL) < 0)
		return false;
	selector->type = df_attr_number(tb[DFENCE_A_SELECTOR_TYPE]);
	if (selector->type == DFENCE_SELECTOR_FORWARD) {
		df_attr_string(tb[DFENCE_A_SELECTOR_IN_INTERFACE], selector->in,
			       sizeof(selector->in));
		read_source(tb, selector);
		selector->has_mac = df_attr_mac(tb[DFENCE_A_SELECTOR_MAC],
						selector->mac);
		return true;
	}
	if (selector->type == DFENCE_SELECTOR_USER) {
		selector->uid = df_attr_number(tb[DFENCE_A_SELECTOR_UID]);
		return true;
	}
	if (!tb[DFENCE_A_SELECTOR_PATTERN])
		return false;
	selector->pattern = nla_get_string(tb[DFENCE_A_SELECTOR_PATTERN]);
	selector->copies = tb[DFENCE_A_SELECTOR_COPIES];
	return true;
}

static void read_app_config(struct nlattr *nest,
			    struct df_application_info *info)
{
	struct nlattr *tb[DFENCE_A_APP_MAX + 1];
	struct nlattr *attr;
	int rem;

	if (!nest || nla_parse_nested(tb, DFENCE_A_APP_MAX, nest, NULL) < 0)
		return;
	df_attr_string(tb[DFENCE_A_APP_NAME], info->name, sizeof(info->name));
	info->mode = df_attr_number(tb[DFENCE_A_APP_MODE]);
	info->strays = df_attr_number(tb[DFENCE_A_APP_STRAYS]);
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == DFENCE_A_APP_SELECTOR &&
		    info->selector_count < DRONEFENCE_MAX_APPLICATION_SELECTORS &&
		    read_selector(attr, &info->selectors[info->selector_count]))
			info->selector_count++;
	}
}

static int read_app(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[DFENCE_A_CHUNK_MAX + 1];
	struct nlattr *tb[DFENCE_A_APPINFO_MAX + 1];
	const struct listing *listing = arg;
	struct df_application_info info = { 0 };

	if (parse(msg, top, DFENCE_A_CHUNK_MAX) ||
	    !top[DFENCE_A_CHUNK_APPLICATION_INFO] ||
	    nla_parse_nested(tb, DFENCE_A_APPINFO_MAX,
			     top[DFENCE_A_CHUNK_APPLICATION_INFO], NULL) < 0)
		return -EPROTO;
	read_app_config(tb[DFENCE_A_APPINFO_APPLICATION], &info);
	df_attr_string(tb[DFENCE_A_APPINFO_PROFILE], info.profile,
		       sizeof(info.profile));
	df_attr_counters(tb[DFENCE_A_APPINFO_COUNTERS], &info.counters);
	df_attr_totals(tb[DFENCE_A_APPINFO_ENDED], &info.ended);
	df_attr_totals(tb[DFENCE_A_APPINFO_UNLISTED], &info.unlisted);
	info.anchor = df_attr_number(tb[DFENCE_A_APPINFO_ANCHOR]);
	info.anchored = tb[DFENCE_A_APPINFO_ANCHORED];
	info.placed = df_attr_number(tb[DFENCE_A_APPINFO_PLACED]);
	info.place_failed = df_attr_number(tb[DFENCE_A_APPINFO_PLACE_FAILED]);
	info.pins = df_attr_number(tb[DFENCE_A_APPINFO_PINS]);
	return listing->app(&info, listing->arg);
}

/**
 * df_client_applications() - list the applications with their counters
 * @client: open
 * @each: called for each; what it returns first that is not 0 is returned
 * @arg: for @each
 *
 * Return: 0 or a negative errno.
 */
int df_client_applications(struct df_client *client,
			   int (*each)(const struct df_application_info *, void *),
			   void *arg)
{
	struct listing listing = { .app = each, .arg = arg };

	return df_client_request(client,
				 df_client_message(client, NLM_F_DUMP,
						   DFENCE_CMD_APPLICATION_GET, 0),
				 read_app, &listing);
}

static void read_rule_config(struct nlattr *nest, struct df_rule_info *info)
{
	struct nlattr *tb[DFENCE_A_RULE_MAX + 1];
	struct nlattr *attr;
	int rem;

	if (!nest || nla_parse_nested(tb, DFENCE_A_RULE_MAX, nest, NULL) < 0)
		return;
	info->verdict = df_attr_number(tb[DFENCE_A_RULE_VERDICT]);
	info->log = df_attr_number(tb[DFENCE_A_RULE_LOG]);
	df_attr_string(tb[DFENCE_A_RULE_ORIGIN], info->origin,
		       sizeof(info->origin));
	df_attr_string(tb[DFENCE_A_RULE_OUT_INTERFACE], info->out,
		       sizeof(info->out));
	attr = tb[DFENCE_A_RULE_PROTOCOLS];
	info->any_protocol = !attr;
	if (attr && nla_len(attr) == DRONEFENCE_PROTOCOLS_LEN)
		memcpy(info->protocols, nla_data(attr), DRONEFENCE_PROTOCOLS_LEN);
	nla_for_each_nested(attr, nest, rem) {
		uint32_t ports = df_attr_number(attr);

		if (nla_type(attr) != DFENCE_A_RULE_PORTS ||
		    info->port_count == DRONEFENCE_MAX_RULE_PORTS)
			continue;
		info->ports[info->port_count].first = ports >> 16;
		info->ports[info->port_count].last = ports & 0xffff;
		info->port_count++;
	}
}

static void read_set_names(struct nlattr *nest, struct df_rule_info *info)
{
	struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) == DFENCE_A_RULEINFO_SET_NAME &&
		    info->set_count < DRONEFENCE_MAX_RULE_SETS)
			info->sets[info->set_count++] = nla_get_string(attr);
}

static int read_rule(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[DFENCE_A_CHUNK_MAX + 1];
	struct nlattr *tb[DFENCE_A_RULEINFO_MAX + 1];
	const struct listing *listing = arg;
	struct df_rule_info info = { 0 };

	if (parse(msg, top, DFENCE_A_CHUNK_MAX) ||
	    !top[DFENCE_A_CHUNK_RULE_INFO] ||
	    nla_parse_nested(tb, DFENCE_A_RULEINFO_MAX,
			     top[DFENCE_A_CHUNK_RULE_INFO], NULL) < 0)
		return -EPROTO;
	df_attr_string(tb[DFENCE_A_RULEINFO_PROFILE], info.profile,
		       sizeof(info.profile));
	info.index = df_attr_number(tb[DFENCE_A_RULEINFO_INDEX]);
	read_rule_config(tb[DFENCE_A_RULEINFO_RULE], &info);
	read_set_names(top[DFENCE_A_CHUNK_RULE_INFO], &info);
	df_attr_counters(tb[DFENCE_A_RULEINFO_COUNTERS], &info.counters);
	return listing->rule(&info, listing->arg);
}

/**
 * df_client_rules() - list the rules of all profiles with their counters
 * @client: open
 * @each: called for each, a profile's default first; what it returns first
 *	that is not 0 is returned
 * @arg: for @each
 *
 * Return: 0 or a negative errno.
 */
int df_client_rules(struct df_client *client,
		    int (*each)(const struct df_rule_info *, void *), void *arg)
{
	struct listing listing = { .rule = each, .arg = arg };

	return df_client_request(client,
				 df_client_message(client, NLM_F_DUMP,
						   DFENCE_CMD_RULE_GET, 0),
				 read_rule, &listing);
}

static int read_explanation(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[DFENCE_A_EXPLAIN_MAX + 1];
	struct df_explanation *x = arg;
	int err = parse(msg, tb, DFENCE_A_EXPLAIN_MAX);

	if (err)
		return err;
	x->verdict = df_attr_number(tb[DFENCE_A_EXPLAIN_VERDICT]);
	x->log = df_attr_number(tb[DFENCE_A_EXPLAIN_LOG]);
	x->mode = df_attr_number(tb[DFENCE_A_EXPLAIN_MODE]);
	x->reason = df_attr_number(tb[DFENCE_A_EXPLAIN_REASON]);
	df_attr_string(tb[DFENCE_A_EXPLAIN_SET], x->set, sizeof(x->set));
	x->rule = df_attr_number(tb[DFENCE_A_EXPLAIN_RULE]);
	df_attr_string(tb[DFENCE_A_EXPLAIN_ORIGIN], x->origin,
		       sizeof(x->origin));
	df_attr_string(tb[DFENCE_A_EXPLAIN_PROFILE], x->profile,
		       sizeof(x->profile));
	x->zone = df_attr_number(tb[DFENCE_A_EXPLAIN_ZONE]);
	df_attr_string(tb[DFENCE_A_EXPLAIN_COUNTRY], x->country,
		       sizeof(x->country));
	df_attr_string(tb[DFENCE_A_EXPLAIN_VOTES], x->votes, sizeof(x->votes));
	x->generation = df_attr_number(tb[DFENCE_A_EXPLAIN_GENERATION]);
	x->out_wanted = tb[DFENCE_A_EXPLAIN_OUT_WANTED];
	return 0;
}

/**
 * df_client_explain_out() - what would happen to a packet of an application
 * @client: open
 * @application: its name
 * @family: of @addr
 * @addr: destination
 * @protocol: IP protocol number
 * @port: destination port, or -1 for none
 * @out: outgoing interface, or NULL for one that nobody knows
 * @explanation: result
 *
 * Return: 0; -ENOENT if there is no such application, or no policy; another
 * negative errno.
 */
int df_client_explain_out(struct df_client *client, const char *application,
			  enum df_family family, df_u128 addr, uint8_t protocol,
			  int port, const char *out,
			  struct df_explanation *explanation)
{
	struct nl_msg *msg = df_client_message(client, 0, DFENCE_CMD_EXPLAIN,
					       256);
	uint8_t bytes[16];
	size_t len = df_addr_to_bytes(family, addr, bytes);

	memset(explanation, 0, sizeof(*explanation));
	if (msg &&
	    (nla_put_string(msg, DFENCE_A_EXPLAIN_APPLICATION, application) ||
	     nla_put(msg, DFENCE_A_EXPLAIN_ADDRESS, len, bytes) ||
	     nla_put_u8(msg, DFENCE_A_EXPLAIN_PROTOCOL, protocol) ||
	     (port >= 0 && nla_put_u16(msg, DFENCE_A_EXPLAIN_PORT, port)) ||
	     (out && nla_put_string(msg, DFENCE_A_EXPLAIN_OUT_INTERFACE, out)))) {
		nlmsg_free(msg);
		return df_client_fail(client, -ENOENT,
				      "there is no application \"%.64s\"",
				      application);
	}
	return df_client_request(client, msg, read_explanation, explanation);
}

/**
 * df_client_explain() - df_client_explain_out() for an unknown interface
 * @client: open
 * @application: its name
 * @family: of @addr
 * @addr: destination
 * @protocol: IP protocol number
 * @port: destination port, or -1 for none
 * @explanation: result
 *
 * Return: 0 or a negative errno.
 */
int df_client_explain(struct df_client *client, const char *application,
		      enum df_family family, df_u128 addr, uint8_t protocol,
		      int port, struct df_explanation *explanation)
{
	return df_client_explain_out(client, application, family, addr, protocol,
				     port, NULL, explanation);
}
