/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events for tests. */
#ifndef EVENT_UTIL_H
#define EVENT_UTIL_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"

/* 2026-11-20T12:13:14.123456789Z */
#define TEST_TIME 1795176794123456789u

static inline struct df_event make_verdict(void)
{
	struct df_event event = {
		.seq = 17,
		.type = DFENCE_EVENT_VERDICT,
		.time = TEST_TIME,
		.boottime = 88000000001u,
		.generation = 7,
		.application = "fleet-server",
		.verdict = DFENCE_VERDICT_DENY,
		.mode = DFENCE_MODE_ENFORCE,
		.reason = DFENCE_REASON_OPERATED_BY,
		.set = "prc-clouds",
		.rule = 2,
		.pid = 812,
		.comm = "curl",
		.uid = 1000,
		.protocol = 6,
		.family = DF_IPV4,
		.saddr = 0x0a000002,
		.daddr = 0x2f5ba1e6,
		.has_ports = true,
		.sport = 43210,
		.dport = 80,
		.country = "US",
		.votes = "USUSCN",
		.netns = 4026531840u,
		.cgroup = 4711,
		.ifname = "eth0",
		.length = 60,
		.flow = 1312,
	};

	return event;
}

static inline struct df_event make_flow_end(void)
{
	struct df_event event = make_verdict();

	event.seq = 19;
	event.type = DFENCE_EVENT_FLOW_END;
	event.verdict = DFENCE_VERDICT_ALLOW;
	event.reason = DFENCE_REASON_LOCATED_IN;
	strcpy(event.set, "US");
	event.rule = 4;
	event.dport = 443;
	event.votes[0] = '\0';
	event.ifname[0] = '\0';
	event.length = 0;
	event.end = DFENCE_FLOW_END_CLOSED;
	event.start = TEST_TIME - 61002000000u;
	event.last = TEST_TIME - 60000000000u;
	event.totals = (struct df_totals){
		.packets = 12, .bytes = 3456, .refused_packets = 2,
		.refused_bytes = 120,
	};
	return event;
}

static inline struct df_event make_socket_closed(void)
{
	struct df_event event = make_verdict();

	event.seq = 20;
	event.type = DFENCE_EVENT_SOCKET_CLOSED;
	event.closed = DFENCE_CLOSED_LENT;
	return event;
}

static inline struct df_event make_policy(void)
{
	struct df_event event = {
		.seq = 18,
		.type = DFENCE_EVENT_POLICY,
		.time = TEST_TIME,
		.boottime = 88000000001u,
		.generation = 8,
		.pid = 900,
		.comm = "dronefence",
		.policy_name = "field-laptops",
		.suppressed = 3,
	};
	int i;

	for (i = 0; i < DRONEFENCE_DIGEST_LEN; i++)
		event.digest[i] = (uint8_t)(i * 8);
	return event;
}

static inline struct df_event make_place(enum dfence_place_error error)
{
	struct df_event event = {
		.seq = 20,
		.type = error ? DFENCE_EVENT_PLACE_FAILED : DFENCE_EVENT_PLACED,
		.time = TEST_TIME,
		.boottime = 88000000001u,
		.generation = 9,
		.application = "qgc",
		.mode = DFENCE_MODE_AUDIT,
		.pid = 813,
		.comm = "QGroundControl",
		.uid = 1000,
		.cgroup = 4712,
		.place_error = error,
	};

	return event;
}

static inline struct df_event make_refusal(void)
{
	struct df_event event = {
		.seq = 21,
		.type = DFENCE_EVENT_REQUEST_REFUSED,
		.time = TEST_TIME,
		.boottime = 88000000001u,
		.generation = 9,
		.pid = 814,
		.comm = "python3",
		.uid = 1000,
		.cgroup = 4712,
		.command = DFENCE_CMD_POLICY_BEGIN,
		.refusal = 3,
	};

	return event;
}

static inline struct df_event make_seal(void)
{
	struct df_event event = {
		.seq = 22,
		.type = DFENCE_EVENT_SEALED,
		.time = TEST_TIME,
		.boottime = 88000000001u,
		.generation = 9,
		.pid = 815,
		.comm = "dronefence",
		.serial = 7,
		.permitted = 4,
	};

	return event;
}

/* What a suspect may call itself, and how that is shown. */
struct hostile_name {
	const char *name;
	const char *shown;
};

static const struct hostile_name hostile_names[] = {
	{ "a\nverdict=allow", "a\\x0averdict\\x3dallow" },
	{ "Web Content", "Web\\x20Content" },
	{ "a\"b", "a\\x22b" },
	{ "a]b[c", "a]b[c" },
	{ "a\\x20b", "a\\x5cx20b" },
	{ "\x1b[31mred", "\\x1b[31mred" },
	{ "\x01\x7f\x80\xff", "\\x01\\x7f\\x80\\xff" },
	{ "\342\200\256exe.txt", "\\xe2\\x80\\xaeexe.txt" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\\xc3\\xbc\\xc3\\x9f" },
	{ "\xc3", "\\xc3" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "-", "-" },
	{ "%s%n\t", "%s%n\\x09" },
	{ "\r\n\r\n", "\\x0d\\x0a\\x0d\\x0a" },
};

#define HOSTILE_NAMES (sizeof(hostile_names) / sizeof(hostile_names[0]))

#endif
