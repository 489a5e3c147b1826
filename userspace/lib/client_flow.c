// SPDX-License-Identifier: GPL-2.0-or-later
/* The flows of the applications, and the limits that hold for them. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "client_private.h"

/**
 * struct listing - who is called for each flow
 * @each: called for each
 * @arg: for @each
 */
struct listing {
	int (*each)(const struct df_flow *flow, void *arg);
	void *arg;
};

static void read_decision(struct nlattr **tb, struct df_flow *flow)
{
	df_attr_string(tb[DFENCE_A_FLOW_APPLICATION], flow->application,
		       sizeof(flow->application));
	flow->verdict = df_attr_number(tb[DFENCE_A_FLOW_VERDICT]);
	flow->mode = df_attr_number(tb[DFENCE_A_FLOW_MODE]);
	flow->reason = df_attr_number(tb[DFENCE_A_FLOW_REASON]);
	df_attr_string(tb[DFENCE_A_FLOW_SET], flow->set, sizeof(flow->set));
	flow->rule = df_attr_number(tb[DFENCE_A_FLOW_RULE]);
	flow->generation = df_attr_number(tb[DFENCE_A_FLOW_GENERATION]);
	df_attr_string(tb[DFENCE_A_FLOW_COUNTRY], flow->country,
		       sizeof(flow->country));
}

static void read_ends(struct nlattr **tb, struct df_flow *flow)
{
	flow->protocol = df_attr_number(tb[DFENCE_A_FLOW_PROTOCOL]);
	df_attr_addresses(tb[DFENCE_A_FLOW_SADDR], tb[DFENCE_A_FLOW_DADDR],
			  &flow->family, &flow->saddr, &flow->daddr);
	flow->has_ports = tb[DFENCE_A_FLOW_DPORT];
	flow->sport = df_attr_number(tb[DFENCE_A_FLOW_SPORT]);
	flow->dport = df_attr_number(tb[DFENCE_A_FLOW_DPORT]);
	flow->ethertype = df_attr_number(tb[DFENCE_A_FLOW_ETHERTYPE]);
	flow->netns = df_attr_number(tb[DFENCE_A_FLOW_NETNS]);
}

static int read_flow(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[DFENCE_A_FLOW_MAX + 1];
	const struct listing *listing = arg;
	struct df_flow flow;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, DFENCE_A_FLOW_MAX, NULL) < 0)
		return -EPROTO;
	memset(&flow, 0, sizeof(flow));
	flow.id = df_attr_number(tb[DFENCE_A_FLOW_ID]);
	flow.state = df_attr_number(tb[DFENCE_A_FLOW_STATE]);
	read_decision(tb, &flow);
	read_ends(tb, &flow);
	flow.pid = df_attr_number(tb[DFENCE_A_FLOW_PID]);
	df_attr_string(tb[DFENCE_A_FLOW_COMM], flow.comm, sizeof(flow.comm));
	flow.uid = df_attr_number(tb[DFENCE_A_FLOW_UID]);
	flow.cgroup = df_attr_number(tb[DFENCE_A_FLOW_CGROUP]);
	flow.forwarded = tb[DFENCE_A_FLOW_IN_INTERFACE];
	df_attr_string(tb[DFENCE_A_FLOW_IN_INTERFACE], flow.in,
		       sizeof(flow.in));
	flow.has_mac = df_attr_mac(tb[DFENCE_A_FLOW_MAC], flow.mac);
	flow.start = df_attr_number(tb[DFENCE_A_FLOW_START]);
	flow.last = df_attr_number(tb[DFENCE_A_FLOW_LAST]);
	df_attr_totals(tb[DFENCE_A_FLOW_TOTALS], &flow.totals);
	return listing->each(&flow, listing->arg);
}

/**
 * df_client_flows() - list the flows that the module keeps
 * @client: open
 * @filter: which ones
 * @each: called for each, in no order; what it returns first that is not 0 is
 *	returned
 * @arg: for @each
 *
 * Flows come and go while they are listed: one that is there all the time is
 * listed once, another one perhaps.
 *
 * Return: 0, also if there is no such application; or a negative errno.
 */
int df_client_flows(struct df_client *client,
		    const struct df_flow_filter *filter,
		    int (*each)(const struct df_flow *, void *), void *arg)
{
	struct nl_msg *msg = df_client_message(client, NLM_F_DUMP,
					       DFENCE_CMD_FLOW_GET, 256);
	struct listing listing = { .each = each, .arg = arg };

	if (msg &&
	    ((filter->application &&
	      nla_put_string(msg, DFENCE_A_FLOW_APPLICATION,
			     filter->application)) ||
	     (filter->verdict >= 0 &&
	      nla_put_u8(msg, DFENCE_A_FLOW_VERDICT, filter->verdict)))) {
		nlmsg_free(msg);
		return df_client_fail(client, -ENOENT,
				      "there is no application \"%.64s\"",
				      filter->application ?: "");
	}
	return df_client_request(client, msg, read_flow, &listing);
}

/**
 * struct limit - what there is to know of a limit
 * @name: for people, that of the attribute
 * @attr: type of the attribute
 * @max: largest value; the smallest one is 1
 */
struct limit {
	const char *name;
	int attr;
	uint32_t max;
};

static const struct limit limits[] = {
	[DF_LIMIT_FLOWS] = {
		"flows", DFENCE_A_LIMITS_FLOWS, DRONEFENCE_MAX_FLOWS },
	[DF_LIMIT_TCP_OPENING] = {
		"idle-tcp-opening", DFENCE_A_LIMITS_IDLE_TCP_OPENING,
		DRONEFENCE_MAX_IDLE },
	[DF_LIMIT_TCP_ESTABLISHED] = {
		"idle-tcp-established", DFENCE_A_LIMITS_IDLE_TCP_ESTABLISHED,
		DRONEFENCE_MAX_IDLE },
	[DF_LIMIT_TCP_CLOSING] = {
		"idle-tcp-closing", DFENCE_A_LIMITS_IDLE_TCP_CLOSING,
		DRONEFENCE_MAX_IDLE },
	[DF_LIMIT_UDP] = {
		"idle-udp", DFENCE_A_LIMITS_IDLE_UDP, DRONEFENCE_MAX_IDLE },
	[DF_LIMIT_OTHER] = {
		"idle-other", DFENCE_A_LIMITS_IDLE_OTHER, DRONEFENCE_MAX_IDLE },
};

static_assert(sizeof(limits) / sizeof(*limits) == DF_LIMITS, "limits");

/**
 * df_limit_name() - name of a limit
 * @limit: below DF_LIMITS
 *
 * Return: a constant.
 */
const char *df_limit_name(enum df_limit limit)
{
	return limits[limit].name;
}

/**
 * df_limit_max() - largest value of a limit
 * @limit: below DF_LIMITS
 *
 * Return: a number of flows or of seconds; the smallest one is 1.
 */
uint32_t df_limit_max(enum df_limit limit)
{
	return limits[limit].max;
}

static int read_limits(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[DFENCE_A_LIMITS_MAX + 1];
	struct df_limits *result = arg;
	int i;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, DFENCE_A_LIMITS_MAX, NULL) < 0)
		return -EPROTO;
	for (i = 0; i < DF_LIMITS; i++) {
		result->value[i] = df_attr_number(tb[limits[i].attr]);
		result->given[i] = tb[limits[i].attr];
	}
	return 0;
}

/**
 * df_client_limits() - the limits that hold
 * @client: open
 * @result: result; @given tells which ones the kernel has named
 *
 * Return: 0 or a negative errno, -EPERM without CAP_NET_ADMIN.
 */
int df_client_limits(struct df_client *client, struct df_limits *result)
{
	memset(result, 0, sizeof(*result));
	return df_client_request(client,
				 df_client_message(client, 0,
						   DFENCE_CMD_LIMITS_GET, 0),
				 read_limits, result);
}

static int put_limits(struct nl_msg *msg, const struct df_limits *wanted)
{
	int i;

	for (i = 0; i < DF_LIMITS; i++)
		if (wanted->given[i] &&
		    nla_put_u32(msg, limits[i].attr, wanted->value[i]))
			return -ENOMEM;
	return 0;
}

/* Say which limit the kernel refused. */
static int explain_refusal(struct df_client *client, struct nl_msg *msg, int err)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	char words[DF_CLIENT_ERROR_MAX];
	struct nlattr *attr;
	int rem, i;

	memcpy(words, client->error, sizeof(words));
	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rem) {
		uint32_t at = (char *)attr - (char *)header;

		if (client->attr_offset >= at + nla_total_size(nla_len(attr)))
			continue;
		for (i = 0; i < DF_LIMITS; i++)
			if (limits[i].attr == nla_type(attr))
				return df_client_fail(client, err,
						      "%.400s (%s)", words,
						      limits[i].name);
	}
	return err;
}

/**
 * df_client_set_limits() - change limits
 * @client: open
 * @wanted: the ones that are @given
 *
 * All of them or none.
 *
 * Return: 0; -ERANGE or -EINVAL for a value that the kernel refuses, named in
 * df_client_error(); -EPERM without CAP_NET_ADMIN; another negative errno.
 */
int df_client_set_limits(struct df_client *client,
			 const struct df_limits *wanted)
{
	struct nl_msg *msg = df_client_message(client, 0, DFENCE_CMD_LIMITS_SET,
					       256);
	int err;

	if (msg && put_limits(msg, wanted)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	if (!msg)
		return df_client_request(client, NULL, NULL, NULL);
	/* Kept until its error can be explained. */
	nlmsg_get(msg);
	err = df_client_request(client, msg, NULL, NULL);
	if (err && client->attr_offset)
		err = explain_refusal(client, msg, err);
	nlmsg_free(msg);
	return err;
}
