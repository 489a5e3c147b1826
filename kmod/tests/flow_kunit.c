// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow table from all processors at once: whatever packets, listings and
 * limits do to one another, each packet is counted exactly once. What a flow
 * is to the applications is tested with real packets in tests/kernel.
 */

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/netfilter.h>
#include <linux/prandom.h>

#include "flow.h"
#include "main_kunit.h"
#include "stats.h"

#define PORTS	300
#define BYTES	100
#define PACKETS	5000U

/**
 * struct sender - somebody who sends packets
 * @app: application
 * @task: its thread
 * @random: state
 * @sent: packets so far
 */
struct sender {
	struct dfence_app_stats *app;
	struct task_struct *task;
	struct rnd_state random;
	u32 sent;
};

static const struct dfence_flow_limits defaults = {
	.flows = 65536, .idle = { 3600, 3600, 3600, 3600, 3600 },
};

static int flow_init(struct kunit *test)
{
	test->priv = dfence_app_stats_get(test->name);
	dfence_flow_set_limits(&defaults);
	return test->priv ? 0 : -ENOMEM;
}

/* As when a policy without the application is published. */
static void flow_exit(struct kunit *test)
{
	struct dfence_app_stats *app = test->priv;

	dfence_flow_sweep(app->generation + 1);
	synchronize_rcu();
	dfence_app_stats_put(app);
}

/* As the hook does it. */
static void send_packet(struct dfence_app_stats *app, u16 port,
			struct dfence_flow_packet packet)
{
	const u8 outcome = port % 2 ? DFENCE_OUTCOME_ALLOWED :
				      DFENCE_OUTCOME_DENIED;
	struct dfence_flow_key key = {
		.net = 1,
		.app = app,
		.pf = NFPROTO_IPV4,
		.protocol = packet.state == DFENCE_FLOW_UDP ? IPPROTO_UDP :
							      IPPROTO_TCP,
		.has_ports = true,
		.ports = port << 16 | 443,
	};
	struct dfence_flow *flow;

	packet.bytes = BYTES;
	rcu_read_lock();
	local_bh_disable();
	flow = dfence_flow_find(&key, &packet) ?:
	       dfence_flow_create(&key, &packet);
	if (flow) {
		flow->judgement = (struct dfence_judgement) {
			.decision.log = DFENCE_LOG_NONE,
			.outcome = outcome,
		};
		dfence_flow_count(flow, &packet);
	} else {
		dfence_app_stats_unlisted(app, outcome, BYTES);
	}
	local_bh_enable();
	rcu_read_unlock();
}

static void add(struct dfence_totals *sum, const struct dfence_totals *more)
{
	sum->flows += more->flows;
	sum->packets += more->packets;
	sum->bytes += more->bytes;
	sum->refused_packets += more->refused_packets;
	sum->refused_bytes += more->refused_bytes;
}

/* What flows have now, and what the application remembers of others. */
static u32 sum_up(const struct dfence_app_stats *app, struct dfence_totals *sum)
{
	struct dfence_flow_cursor cursor = { };
	struct dfence_app_counts counts;
	struct dfence_flow_info info;
	u32 flows = 0;

	memset(sum, 0, sizeof(*sum));
	for (; dfence_flow_next(&cursor, &info); flows++)
		add(sum, &info.flow.totals);
	dfence_app_counts_sum(&counts, app);
	add(sum, &counts.ended);
	add(sum, &counts.unlisted);
	return flows;
}

static void expect_sent(struct kunit *test, u64 sent)
{
	struct dfence_totals sum;
	u32 flows = sum_up(test->priv, &sum);
	struct dfence_flow_usage usage;

	dfence_flow_usage(&usage);
	KUNIT_EXPECT_EQ(test, flows, usage.flows);
	KUNIT_EXPECT_EQ(test, sent, sum.packets + sum.refused_packets);
	KUNIT_EXPECT_EQ(test, sent * BYTES, sum.bytes + sum.refused_bytes);
}

static void counted_until_the_end(struct kunit *test)
{
	const struct dfence_flow_packet udp = { .state = DFENCE_FLOW_UDP };
	struct dfence_totals sum;
	int i;

	for (i = 0; i < 10; i++)
		send_packet(test->priv, 1 + i % 2, udp);
	KUNIT_EXPECT_EQ(test, 2U, sum_up(test->priv, &sum));
	KUNIT_EXPECT_EQ(test, 5ULL, sum.packets);
	KUNIT_EXPECT_EQ(test, 5ULL, sum.refused_packets);
	dfence_flow_sweep(1);
	KUNIT_EXPECT_EQ(test, 0U, sum_up(test->priv, &sum));
	KUNIT_EXPECT_EQ(test, 2ULL, sum.flows);
	expect_sent(test, 10);
}

static void limit_holds(struct kunit *test)
{
	const struct dfence_flow_packet udp = { .state = DFENCE_FLOW_UDP };
	struct dfence_flow_limits limits = defaults;
	struct dfence_totals sum;
	int i;

	limits.flows = 10;
	dfence_flow_set_limits(&limits);
	for (i = 0; i < 50; i++)
		send_packet(test->priv, i, udp);
	KUNIT_EXPECT_EQ(test, 10U, sum_up(test->priv, &sum));
	limits.flows = 3;
	dfence_flow_set_limits(&limits);
	KUNIT_EXPECT_EQ(test, 3U, sum_up(test->priv, &sum));
	expect_sent(test, 50);
}

static void idle_flows_end(struct kunit *test)
{
	const struct dfence_flow_packet udp = { .state = DFENCE_FLOW_UDP };
	struct dfence_flow_limits limits = defaults;
	struct dfence_totals sum;
	int i;

	limits.idle[DFENCE_FLOW_UDP] = 1;
	dfence_flow_set_limits(&limits);
	send_packet(test->priv, 1, udp);
	for (i = 0; i < 300 && sum_up(test->priv, &sum); i++)
		msleep(100);
	KUNIT_EXPECT_EQ(test, 0U, sum_up(test->priv, &sum));
	expect_sent(test, 1);
}

/* All kinds of packets, also those that end a flow. */
static int send_packets(void *arg)
{
	struct sender *sender = arg;

	while (sender->sent < PACKETS && !kthread_should_stop()) {
		u32 random = prandom_u32_state(&sender->random);
		struct dfence_flow_packet packet = {
			.state = random >> 16 & 1 ? DFENCE_FLOW_UDP :
				 (random >> 17) % (DFENCE_FLOW_TCP_CLOSING + 1),
			.resets = !(random >> 20 & 31),
		};

		packet.opens = packet.state == DFENCE_FLOW_TCP_OPENING;
		send_packet(sender->app, random % PORTS, packet);
		WRITE_ONCE(sender->sent, sender->sent + 1);
		cond_resched();
	}
	/* Until the test has read what was sent. */
	while (!kthread_should_stop())
		usleep_range(1000, 5000);
	return 0;
}

/* Meanwhile flows are listed, there is little room, and policies change. */
static void disturb(struct sender *senders, u32 count)
{
	struct dfence_flow_limits limits = defaults;
	struct dfence_totals sum;
	u32 i = 0, done;

	do {
		limits.flows = 1 + i * 37 % PORTS;
		dfence_flow_set_limits(&limits);
		sum_up(senders[0].app, &sum);
		if (!(++i % 8))
			dfence_flow_sweep(1);
		cond_resched();
		for (done = 0; done < count; done++)
			if (READ_ONCE(senders[done].sent) < PACKETS)
				break;
	} while (done < count);
}

static void every_packet_counts_once(struct kunit *test)
{
	struct sender senders[3] = { };
	u32 i, started = 0;
	u64 sent = 0;

	for (i = 0; i < ARRAY_SIZE(senders); i++) {
		struct task_struct *task;

		senders[i].app = test->priv;
		prandom_seed_state(&senders[i].random, i + 1);
		task = kthread_run(send_packets, &senders[i], "send/%u", i);
		if (IS_ERR(task))
			break;
		senders[i].task = task;
		started++;
	}
	KUNIT_EXPECT_EQ(test, (u32)ARRAY_SIZE(senders), started);
	disturb(senders, started);
	for (i = 0; i < started; i++) {
		kthread_stop(senders[i].task);
		sent += senders[i].sent;
	}
	KUNIT_EXPECT_EQ(test, (u64)started * PACKETS, sent);
	expect_sent(test, sent);
}

static struct kunit_case flow_cases[] = {
	KUNIT_CASE(counted_until_the_end),
	KUNIT_CASE(limit_holds),
	KUNIT_CASE(idle_flows_end),
	KUNIT_CASE(every_packet_counts_once),
	{}
};

static struct kunit_suite flow_suite = {
	.name = "dfence_flow",
	.suite_init = dfence_kunit_setup,
	.suite_exit = dfence_kunit_cleanup,
	.init = flow_init,
	.exit = flow_exit,
	.test_cases = flow_cases,
};

kunit_test_suite(flow_suite);
