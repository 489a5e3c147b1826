// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's evaluation, the same file that runs in the kernel: what matches,
 * in which order, and what becomes of what a packet hides. Correctness.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval.h"

enum {
	ALLOW = DFENCE_VERDICT_ALLOW,
	DENY = DFENCE_VERDICT_DENY,
	DROP = DFENCE_VERDICT_DROP,
};

enum { TCP = 6, UDP = 17, ICMP = 1 };

/* Rules with at most one of each, as short as they can be written. */
struct short_rule {
	uint8_t verdict;
	int set;		/* -1 for any */
	int protocol;		/* -1 for any */
	struct dfence_ports ports;	/* last 0 for any */
};

struct built {
	struct dfence_profile profile;
	struct dfence_rule rules[4];
	u16 sets[4];
	struct dfence_ports ports[4];
};

static void build(struct built *b, uint8_t verdict,
		  const struct short_rule *rules, size_t count)
{
	size_t i;

	memset(b, 0, sizeof(*b));
	b->profile.verdict = verdict;
	b->profile.log = DFENCE_LOG_ALL;
	b->profile.rule_count = count;
	b->profile.rules = b->rules;
	for (i = 0; i < count; i++) {
		struct dfence_rule *rule = &b->rules[i];

		rule->verdict = rules[i].verdict;
		rule->log = DFENCE_LOG_NEW;
		rule->any_protocol = rules[i].protocol < 0;
		if (rules[i].protocol >= 0)
			rule->protocols[rules[i].protocol / 8] =
				1 << (rules[i].protocol % 8);
		b->sets[i] = rules[i].set;
		rule->sets = &b->sets[i];
		rule->set_count = rules[i].set >= 0;
		b->ports[i] = rules[i].ports;
		rule->ports = &b->ports[i];
		rule->port_count = rules[i].ports.last != 0;
	}
}

/* A packet; @sets is the bitmap of its destination. */
static struct dfence_query packet(const u8 *sets, uint8_t protocol, int port,
				  uint8_t hidden)
{
	return (struct dfence_query){
		.sets = sets,
		.protocol = protocol,
		.has_ports = port >= 0,
		.dport = port >= 0 ? port : 0,
		.hidden = hidden,
	};
}

static const u8 none[512], first[512] = { 0x01 }, second[512] = { 0x02 };

#define EXPECT(b, query, v, r) do {					\
	struct dfence_query q_ = query;					\
	struct dfence_decision d_ = dfence_eval(&(b)->profile, &q_);	\
	assert_int_equal(d_.verdict, v);				\
	assert_int_equal(d_.rule, r);					\
} while (0)

static void first_match_decides(void **state)
{
	static const struct short_rule rules[] = {
		{ DENY, 0, -1, { 0, 0 } },
		{ DROP, 1, -1, { 0, 0 } },
		{ DENY, 1, -1, { 0, 0 } },
	};
	struct built b;

	build(&b, ALLOW, rules, 3);
	EXPECT(&b, packet(first, TCP, 80, 0), DENY, 1);
	EXPECT(&b, packet(second, TCP, 80, 0), DROP, 2);
	EXPECT(&b, packet(none, TCP, 80, 0), ALLOW, 0);
}

static void default_and_its_log(void **state)
{
	struct dfence_query query = packet(none, TCP, 80, 0);
	struct dfence_decision d;
	struct built b;

	build(&b, DENY, NULL, 0);
	d = dfence_eval(&b.profile, &query);
	assert_int_equal(d.verdict, DENY);
	assert_int_equal(d.log, DFENCE_LOG_ALL);
	assert_int_equal(d.rule, 0);
	assert_int_equal(d.set, DFENCE_NO_SET);
}

static void the_set_that_matched(void **state)
{
	static const u8 high[512] = { [511] = 0x80 };
	u16 sets[] = { 0, 4095, 1 };
	struct dfence_rule rule = {
		.verdict = DENY, .any_protocol = true, .sets = sets, .set_count = 3,
	};
	struct dfence_profile profile = { .rules = &rule, .rule_count = 1 };
	struct dfence_query query = packet(high, UDP, 53, 0);

	assert_int_equal(dfence_eval(&profile, &query).set, 4095);
	query.sets = second;
	assert_int_equal(dfence_eval(&profile, &query).set, 1);
	query.sets = none;
	assert_int_equal(dfence_eval(&profile, &query).rule, 0);
}

static void protocols(void **state)
{
	static const struct short_rule rules[] = {
		{ DENY, -1, 0, { 0, 0 } },
		{ DENY, -1, 255, { 0, 0 } },
		{ DENY, -1, UDP, { 0, 0 } },
	};
	struct built b;
	int p;

	build(&b, ALLOW, rules, 3);
	for (p = 0; p < 256; p++)
		EXPECT(&b, packet(none, p, -1, 0),
		       p == 0 || p == 255 || p == UDP ? DENY : ALLOW,
		       p == 0 ? 1 : p == 255 ? 2 : p == UDP ? 3 : 0);
}

static void ports(void **state)
{
	static const struct short_rule rules[] = {
		{ DENY, -1, TCP, { 8000, 8100 } },
		{ DENY, -1, TCP, { 65535, 65535 } },
	};
	struct built b;

	build(&b, ALLOW, rules, 2);
	EXPECT(&b, packet(none, TCP, 7999, 0), ALLOW, 0);
	EXPECT(&b, packet(none, TCP, 8000, 0), DENY, 1);
	EXPECT(&b, packet(none, TCP, 8100, 0), DENY, 1);
	EXPECT(&b, packet(none, TCP, 8101, 0), ALLOW, 0);
	EXPECT(&b, packet(none, TCP, 65535, 0), DENY, 2);
	EXPECT(&b, packet(none, TCP, 0, 0), ALLOW, 0);
	EXPECT(&b, packet(none, UDP, 8000, 0), ALLOW, 0);
	/* A protocol without ports has none that could match. */
	EXPECT(&b, packet(none, ICMP, -1, 0), ALLOW, 0);
}

/* What is hidden: a rule that denies matches, a rule that allows does not. */
static void hidden_ports(void **state)
{
	static const struct short_rule deny[] = { { DENY, -1, TCP, { 443, 443 } } };
	static const struct short_rule drop[] = { { DROP, -1, TCP, { 443, 443 } } };
	static const struct short_rule allow[] = { { ALLOW, -1, TCP, { 443, 443 } } };
	static const struct short_rule any[] = { { ALLOW, -1, TCP, { 0, 0 } } };
	struct built b;

	build(&b, ALLOW, deny, 1);
	EXPECT(&b, packet(none, TCP, -1, DFENCE_HIDDEN_PORTS), DENY, 1);
	EXPECT(&b, packet(none, UDP, -1, DFENCE_HIDDEN_PORTS), ALLOW, 0);
	build(&b, ALLOW, drop, 1);
	EXPECT(&b, packet(none, TCP, -1, DFENCE_HIDDEN_PORTS), DROP, 1);
	build(&b, DENY, allow, 1);
	EXPECT(&b, packet(none, TCP, -1, DFENCE_HIDDEN_PORTS), DENY, 0);
	build(&b, DENY, any, 1);
	EXPECT(&b, packet(none, TCP, -1, DFENCE_HIDDEN_PORTS), ALLOW, 1);
}

static void hidden_protocol(void **state)
{
	static const struct short_rule deny[] = { { DENY, -1, TCP, { 0, 0 } } };
	static const struct short_rule allow[] = { { ALLOW, -1, TCP, { 0, 0 } } };
	static const struct short_rule any[] = { { ALLOW, -1, -1, { 0, 0 } } };
	struct built b;

	build(&b, ALLOW, deny, 1);
	EXPECT(&b, packet(none, 0, -1, DFENCE_HIDDEN_PROTOCOL), DENY, 1);
	build(&b, DENY, allow, 1);
	EXPECT(&b, packet(none, TCP, -1, DFENCE_HIDDEN_PROTOCOL), DENY, 0);
	build(&b, DENY, any, 1);
	EXPECT(&b, packet(none, 0, -1, DFENCE_HIDDEN_PROTOCOL), ALLOW, 1);
}

static void hidden_destination(void **state)
{
	static const struct short_rule deny[] = { { DENY, 0, -1, { 0, 0 } } };
	static const struct short_rule allow[] = { { ALLOW, 0, -1, { 0, 0 } } };
	static const struct short_rule any[] = { { ALLOW, -1, -1, { 0, 0 } } };
	struct dfence_query query;
	struct built b;

	build(&b, ALLOW, deny, 1);
	EXPECT(&b, packet(none, UDP, 53, DFENCE_HIDDEN_DESTINATION), DENY, 1);
	query = packet(none, UDP, 53, DFENCE_HIDDEN_DESTINATION);
	assert_int_equal(dfence_eval(&b.profile, &query).set, DFENCE_HIDDEN_SET);
	build(&b, DENY, allow, 1);
	EXPECT(&b, packet(first, UDP, 53, DFENCE_HIDDEN_DESTINATION), DENY, 0);
	build(&b, DENY, any, 1);
	EXPECT(&b, packet(first, UDP, 53, DFENCE_HIDDEN_DESTINATION), ALLOW, 1);
}

/* A rule for an interface, with a name, with another, and with none known. */
static void outgoing_interface(void **state)
{
	static const struct short_rule rules[] = {
		{ ALLOW, -1, -1, { 0, 0 } },
		{ DROP, 1, -1, { 0, 0 } },
		{ DENY, -1, TCP, { 0, 0 } },
	};
	static const struct {
		const char *out;
		uint8_t verdict;
		u32 rule;
	} cases[] = {
		{ "wg0", ALLOW, 1 }, { "wg12", DROP, 2 }, { "eth0", DENY, 3 },
		{ "wg", DROP, 2 }, { "", DENY, 3 }, { NULL, DROP, 2 },
	};
	u8 sets = 0x02;
	struct built b;
	size_t i;

	build(&b, DENY, rules, 3);
	strcpy(b.rules[0].out, "wg0");
	strcpy(b.rules[1].out, "wg*");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dfence_query query = {
			.sets = &sets, .protocol = TCP, .has_ports = true,
			.dport = 443, .out = cases[i].out,
		};
		struct dfence_decision d = dfence_eval(&b.profile, &query);

		assert_int_equal(d.verdict, cases[i].verdict);
		assert_int_equal(d.rule, cases[i].rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_match_decides),
		cmocka_unit_test(default_and_its_log),
		cmocka_unit_test(the_set_that_matched),
		cmocka_unit_test(protocols),
		cmocka_unit_test(ports),
		cmocka_unit_test(hidden_ports),
		cmocka_unit_test(hidden_protocol),
		cmocka_unit_test(hidden_destination),
		cmocka_unit_test(outgoing_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
