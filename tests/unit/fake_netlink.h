/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of lib/client.c: no socket, but the messages themselves. The test
 * says what the kernel answers, and looks at what it was asked.
 */
#ifndef FAKE_NETLINK_H
#define FAKE_NETLINK_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_private.h"

#define NETLINK_FAMILY 30

/**
 * struct netlink - the kernel, and the connection to it
 * @client: the only one there is
 * @request: the last one
 * @requests: how many there were
 * @answers: to come; each request takes those of its command
 * @count: how many
 * @error: of every request, 0 for none
 * @refused: type of the attribute that is to blame
 * @words: what the kernel says then
 */
static struct netlink {
	struct df_client client;
	struct nl_msg *request;
	size_t requests;
	struct nl_msg *answers[16];
	size_t count;
	int error;
	int refused;
	const char *words;
} netlink = {
	.client.family = NETLINK_FAMILY,
};

int df_client_fail(struct df_client *client, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(client->error, sizeof(client->error), fmt, args);
	va_end(args);
	return error;
}

const char *df_client_error(const struct df_client *client)
{
	return client->error;
}

int df_client_open(struct df_client **client)
{
	*client = &netlink.client;
	return 0;
}

void df_client_close(struct df_client *client)
{
}

int df_client_fd(const struct df_client *client)
{
	return -1;
}

static inline struct nl_msg *netlink_message(int command, int flags,
					     size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, NETLINK_FAMILY, 0, flags,
				    command, DFENCE_GENL_VERSION));
	return msg;
}

/* An answer without attributes yet. */
static inline struct nl_msg *netlink_answer(int command)
{
	struct nl_msg *msg = netlink_message(command, 0, 4096);

	assert_true(netlink.count < 16);
	netlink.answers[netlink.count++] = msg;
	return msg;
}

struct nl_msg *df_client_message(struct df_client *client, int flags,
				 uint8_t command, size_t size)
{
	assert_ptr_equal(client, &netlink.client);
	return netlink_message(command, flags, size);
}

static inline int command_of(struct nl_msg *msg)
{
	const struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(msg));

	return header->cmd;
}

/* An attribute of the last request, or NULL. */
static inline struct nlattr *asked(int type)
{
	return nlmsg_find_attr(nlmsg_hdr(netlink.request), GENL_HDRLEN, type);
}

int df_client_request(struct df_client *client, struct nl_msg *msg,
		      int (*valid)(struct nl_msg *, void *), void *arg)
{
	struct nlattr *refused;
	int result = 0;
	size_t i;

	assert_non_null(msg);
	netlink.requests++;
	nlmsg_free(netlink.request);
	netlink.request = msg;
	client->attr_offset = 0;
	client->error[0] = '\0';
	if (netlink.error) {
		refused = asked(netlink.refused);
		if (refused)
			client->attr_offset = (char *)refused -
					      (char *)nlmsg_hdr(msg);
		return df_client_fail(client, netlink.error,
				      "kernel reports: %s", netlink.words);
	}
	for (i = 0; i < netlink.count && !result; i++)
		if (command_of(netlink.answers[i]) == command_of(msg))
			result = valid(netlink.answers[i], arg);
	return result;
}

/* Tear-down of each test. */
static inline int netlink_forget(void **state)
{
	while (netlink.count)
		nlmsg_free(netlink.answers[--netlink.count]);
	nlmsg_free(netlink.request);
	netlink = (struct netlink){ .client.family = NETLINK_FAMILY };
	return 0;
}

static inline void netlink_put_totals(struct nl_msg *msg, int type,
				      const struct df_totals *totals)
{
	struct nlattr *nest = nla_nest_start(msg, type);

	nla_put_u64(msg, DFENCE_A_TOTALS_FLOWS, totals->flows);
	nla_put_u64(msg, DFENCE_A_TOTALS_PACKETS, totals->packets);
	nla_put_u64(msg, DFENCE_A_TOTALS_BYTES, totals->bytes);
	nla_put_u64(msg, DFENCE_A_TOTALS_REFUSED_PACKETS,
		    totals->refused_packets);
	nla_put_u64(msg, DFENCE_A_TOTALS_REFUSED_BYTES, totals->refused_bytes);
	nla_nest_end(msg, nest);
}

/* A flow as the kernel lists it. */
static inline void netlink_put_flow(struct nl_msg *msg,
				    const struct df_flow *flow)
{
	uint8_t bytes[16];
	size_t size;

	nla_put_string(msg, DFENCE_A_FLOW_APPLICATION, flow->application);
	nla_put_u8(msg, DFENCE_A_FLOW_VERDICT, flow->verdict);
	nla_put_u64(msg, DFENCE_A_FLOW_ID, flow->id);
	nla_put_u8(msg, DFENCE_A_FLOW_STATE, flow->state);
	nla_put_u8(msg, DFENCE_A_FLOW_MODE, flow->mode);
	nla_put_u8(msg, DFENCE_A_FLOW_REASON, flow->reason);
	if (*flow->set)
		nla_put_string(msg, DFENCE_A_FLOW_SET, flow->set);
	nla_put_u32(msg, DFENCE_A_FLOW_RULE, flow->rule);
	nla_put_u32(msg, DFENCE_A_FLOW_GENERATION, flow->generation);
	nla_put_u8(msg, DFENCE_A_FLOW_PROTOCOL, flow->protocol);
	size = df_addr_to_bytes(flow->family, flow->saddr, bytes);
	nla_put(msg, DFENCE_A_FLOW_SADDR, size, bytes);
	size = df_addr_to_bytes(flow->family, flow->daddr, bytes);
	nla_put(msg, DFENCE_A_FLOW_DADDR, size, bytes);
	if (flow->has_ports) {
		nla_put_u16(msg, DFENCE_A_FLOW_SPORT, flow->sport);
		nla_put_u16(msg, DFENCE_A_FLOW_DPORT, flow->dport);
	}
	nla_put_string(msg, DFENCE_A_FLOW_COUNTRY, flow->country);
	nla_put_u32(msg, DFENCE_A_FLOW_NETNS, flow->netns);
	nla_put_u32(msg, DFENCE_A_FLOW_PID, flow->pid);
	nla_put_string(msg, DFENCE_A_FLOW_COMM, flow->comm);
	nla_put_u32(msg, DFENCE_A_FLOW_UID, flow->uid);
	nla_put_u64(msg, DFENCE_A_FLOW_CGROUP, flow->cgroup);
	nla_put_u64(msg, DFENCE_A_FLOW_START, flow->start);
	nla_put_u64(msg, DFENCE_A_FLOW_LAST, flow->last);
	netlink_put_totals(msg, DFENCE_A_FLOW_TOTALS, &flow->totals);
}

static inline struct df_flow make_flow(void)
{
	struct df_flow flow = {
		.id = 4294967298u,
		.application = "fleet-server",
		.verdict = DFENCE_VERDICT_DENY,
		.mode = DFENCE_MODE_ENFORCE,
		.reason = DFENCE_REASON_OPERATED_BY,
		.set = "prc-clouds",
		.rule = 3,
		.generation = 9,
		.state = DFENCE_FLOW_TCP_OPENING,
		.protocol = 6,
		.family = DF_IPV4,
		.saddr = 0x0a000002,
		.daddr = 0x2f5ba1e6,
		.has_ports = true,
		.sport = 43210,
		.dport = 443,
		.country = "US",
		.netns = 4026531840u,
		.pid = 812,
		.comm = "curl",
		.uid = 1000,
		.cgroup = 4711,
		.start = 1795176794123456789u,
		.last = 1795176796000000000u,
		.totals = {
			.flows = 1, .packets = 5000000000u,
			.bytes = 6000000000000u, .refused_packets = 7,
			.refused_bytes = 420,
		},
	};

	return flow;
}

#endif
