// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests about flows and limits, and their answers, to the attribute. */
#include "fake_netlink.h"

static struct df_flow seen[4];
static size_t seen_count;

static int see(const struct df_flow *flow, void *arg)
{
	seen[seen_count++] = *flow;
	return arg ? *(int *)arg : 0;
}

static int list(const struct df_flow_filter *filter, int *result)
{
	seen_count = 0;
	return df_client_flows(&netlink.client, filter, see, result);
}

static const struct df_flow_filter all = { .verdict = -1 };

static void assert_flow(const struct df_flow *flow, const struct df_flow *want)
{
	assert_int_equal(flow->id, want->id);
	assert_string_equal(flow->application, want->application);
	assert_int_equal(flow->verdict, want->verdict);
	assert_int_equal(flow->mode, want->mode);
	assert_int_equal(flow->reason, want->reason);
	assert_string_equal(flow->set, want->set);
	assert_int_equal(flow->rule, want->rule);
	assert_int_equal(flow->generation, want->generation);
	assert_int_equal(flow->state, want->state);
	assert_int_equal(flow->protocol, want->protocol);
	assert_int_equal(flow->family, want->family);
	assert_true(flow->saddr == want->saddr);
	assert_true(flow->daddr == want->daddr);
	assert_int_equal(flow->has_ports, want->has_ports);
	assert_int_equal(flow->sport, want->sport);
	assert_int_equal(flow->dport, want->dport);
	assert_string_equal(flow->country, want->country);
	assert_int_equal(flow->netns, want->netns);
	assert_int_equal(flow->pid, want->pid);
	assert_string_equal(flow->comm, want->comm);
	assert_int_equal(flow->uid, want->uid);
	assert_int_equal(flow->cgroup, want->cgroup);
	assert_int_equal(flow->start, want->start);
	assert_int_equal(flow->last, want->last);
	assert_memory_equal(&flow->totals, &want->totals, sizeof(want->totals));
}

static void answer_flow(const struct df_flow *flow)
{
	netlink_put_flow(netlink_answer(DFENCE_CMD_FLOW_GET), flow);
}

static void reads_flows(void **state)
{
	struct df_flow flow = make_flow(), other = make_flow();

	other.mode = DFENCE_MODE_AUDIT;
	other.family = DF_IPV6;
	other.saddr = (df_u128)0x20010db8 << 96 | 1;
	other.daddr = (df_u128)0x20010db8 << 96 | 2;
	other.state = DFENCE_FLOW_OTHER;
	other.has_ports = false;
	other.sport = 0;
	other.dport = 0;
	answer_flow(&flow);
	answer_flow(&other);
	assert_int_equal(list(&all, NULL), 0);
	assert_int_equal(seen_count, 2);
	assert_flow(&seen[0], &flow);
	assert_flow(&seen[1], &other);
	assert_int_equal(command_of(netlink.request), DFENCE_CMD_FLOW_GET);
	assert_int_equal(nlmsg_hdr(netlink.request)->nlmsg_flags & NLM_F_DUMP,
			 NLM_F_DUMP);
	assert_null(asked(DFENCE_A_FLOW_APPLICATION));
	assert_null(asked(DFENCE_A_FLOW_VERDICT));
}

/* What the kernel leaves out, and what makes no sense. */
static void reads_bare_flows(void **state)
{
	static const uint8_t four[4], sixteen[16];
	struct nl_msg *msg = netlink_answer(DFENCE_CMD_FLOW_GET);

	nla_put(msg, DFENCE_A_FLOW_SADDR, sizeof(sixteen), sixteen);
	nla_put(msg, DFENCE_A_FLOW_DADDR, sizeof(four), four);
	netlink_answer(DFENCE_CMD_FLOW_GET);
	assert_int_equal(list(&all, NULL), 0);
	assert_int_equal(seen_count, 2);
	assert_int_equal(seen[0].family, DF_IPV4);
	assert_int_equal(seen[0].saddr, 0);
	assert_false(seen[0].has_ports);
	assert_string_equal(seen[0].set, "");
	assert_int_equal(seen[0].totals.packets, 0);
}

static void stops_when_told(void **state)
{
	struct df_flow flow = make_flow();
	int enough = -EPIPE;

	answer_flow(&flow);
	answer_flow(&flow);
	assert_int_equal(list(&all, &enough), -EPIPE);
	assert_int_equal(seen_count, 1);
}

static void asks_for_some(void **state)
{
	struct df_flow_filter filter = { .application = "qgc", .verdict = 0 };

	assert_int_equal(list(&filter, NULL), 0);
	assert_string_equal(nla_get_string(asked(DFENCE_A_FLOW_APPLICATION)),
			    "qgc");
	assert_int_equal(nla_get_u8(asked(DFENCE_A_FLOW_VERDICT)), 0);
	filter.application = NULL;
	filter.verdict = DFENCE_VERDICT_DROP;
	assert_int_equal(list(&filter, NULL), 0);
	assert_null(asked(DFENCE_A_FLOW_APPLICATION));
	assert_int_equal(nla_get_u8(asked(DFENCE_A_FLOW_VERDICT)),
			 DFENCE_VERDICT_DROP);
}

static const int attrs[DF_LIMITS] = {
	[DF_LIMIT_FLOWS] = DFENCE_A_LIMITS_FLOWS,
	[DF_LIMIT_TCP_OPENING] = DFENCE_A_LIMITS_IDLE_TCP_OPENING,
	[DF_LIMIT_TCP_ESTABLISHED] = DFENCE_A_LIMITS_IDLE_TCP_ESTABLISHED,
	[DF_LIMIT_TCP_CLOSING] = DFENCE_A_LIMITS_IDLE_TCP_CLOSING,
	[DF_LIMIT_UDP] = DFENCE_A_LIMITS_IDLE_UDP,
	[DF_LIMIT_OTHER] = DFENCE_A_LIMITS_IDLE_OTHER,
};

static void reads_limits(void **state)
{
	struct nl_msg *msg = netlink_answer(DFENCE_CMD_LIMITS_GET);
	struct df_limits limits;
	int i;

	for (i = 0; i < DF_LIMITS; i++)
		nla_put_u32(msg, attrs[i], 100 + i);
	assert_int_equal(df_client_limits(&netlink.client, &limits), 0);
	assert_int_equal(command_of(netlink.request), DFENCE_CMD_LIMITS_GET);
	for (i = 0; i < DF_LIMITS; i++) {
		assert_true(limits.given[i]);
		assert_int_equal(limits.value[i], 100 + i);
	}
}

static void sets_limits_that_are_given(void **state)
{
	struct df_limits wanted = { 0 };
	int i;

	wanted.given[DF_LIMIT_UDP] = true;
	wanted.value[DF_LIMIT_UDP] = 30;
	wanted.value[DF_LIMIT_FLOWS] = 1;
	assert_int_equal(df_client_set_limits(&netlink.client, &wanted), 0);
	assert_int_equal(command_of(netlink.request), DFENCE_CMD_LIMITS_SET);
	for (i = 0; i < DF_LIMITS; i++) {
		if (i == DF_LIMIT_UDP)
			assert_int_equal(nla_get_u32(asked(attrs[i])), 30);
		else
			assert_null(asked(attrs[i]));
	}
}

/* The kernel points at a byte of the request; people want a name. */
static void names_the_limit_that_was_refused(void **state)
{
	struct df_limits wanted = { 0 };
	char want[128];
	int i;

	for (i = 0; i < DF_LIMITS; i++)
		wanted.given[i] = true;
	netlink.error = -ERANGE;
	netlink.words = "limit is out of range";
	for (i = 0; i < DF_LIMITS; i++) {
		netlink.refused = attrs[i];
		assert_int_equal(df_client_set_limits(&netlink.client, &wanted), -ERANGE);
		snprintf(want, sizeof(want),
			 "kernel reports: limit is out of range (%s)",
			 df_limit_name(i));
		assert_string_equal(netlink.client.error, want);
	}
	netlink.refused = DFENCE_A_LIMITS_MAX + 5;
	assert_int_equal(df_client_set_limits(&netlink.client, &wanted), -ERANGE);
	assert_string_equal(netlink.client.error,
			    "kernel reports: limit is out of range");
}

#define TEST(name) cmocka_unit_test_teardown(name, netlink_forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_flows),
		TEST(reads_bare_flows),
		TEST(stops_when_told),
		TEST(asks_for_some),
		TEST(reads_limits),
		TEST(sets_limits_that_are_given),
		TEST(names_the_limit_that_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
