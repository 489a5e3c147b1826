// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const verdict_names[] = {
	[DFENCE_VERDICT_ALLOW] = "allow",
	[DFENCE_VERDICT_DENY] = "deny",
	[DFENCE_VERDICT_DROP] = "drop",
};

static_assert(COUNT(verdict_names) == DFENCE_VERDICT_DROP + 1, "verdict names");

static const char *const log_names[] = {
	[DFENCE_LOG_NONE] = "none",
	[DFENCE_LOG_NEW] = "new",
	[DFENCE_LOG_ALL] = "all",
};

static_assert(COUNT(log_names) == DFENCE_LOG_ALL + 1, "log names");

static const char *const mode_names[] = {
	[DFENCE_MODE_ENFORCE] = "enforce",
	[DFENCE_MODE_AUDIT] = "audit",
};

static_assert(COUNT(mode_names) == DFENCE_MODE_AUDIT + 1, "mode names");

static const char *const reason_names[] = {
	[DFENCE_REASON_DEFAULT] = "default",
	[DFENCE_REASON_ANY] = "any",
	[DFENCE_REASON_NETWORK] = "network",
	[DFENCE_REASON_LOCATED_IN] = "located-in",
	[DFENCE_REASON_OPERATED_BY] = "operated-by",
	[DFENCE_REASON_HIDDEN] = "hidden",
};

static_assert(COUNT(reason_names) == DFENCE_REASON_HIDDEN + 1, "reason names");

static const char *const quorum_names[] = {
	[DF_QUORUM_ANY] = "any",
	[DF_QUORUM_MAJORITY] = "majority",
	[DF_QUORUM_ALL] = "all",
};

static_assert(COUNT(quorum_names) == DF_QUORUM_ALL + 1, "quorum names");

static const char *const place_error_names[] = {
	[DFENCE_PLACE_ERROR_NONE] = "none",
	[DFENCE_PLACE_ERROR_MEMORY] = "memory",
	[DFENCE_PLACE_ERROR_ANCHOR] = "anchor",
	[DFENCE_PLACE_ERROR_ATTACH] = "attach",
};

static_assert(COUNT(place_error_names) == DFENCE_PLACE_ERROR_ATTACH + 1,
	      "place error names");

static const char *const strays_names[] = {
	[DFENCE_STRAYS_REPORT] = "report",
	[DFENCE_STRAYS_ADOPT] = "adopt",
	[DFENCE_STRAYS_KILL] = "kill",
};

static_assert(COUNT(strays_names) == DFENCE_STRAYS_KILL + 1, "strays names");

static const char *const selector_names[] = {
	[DFENCE_SELECTOR_CGROUP] = "cgroup",
	[DFENCE_SELECTOR_FORWARD] = "forward",
	[DFENCE_SELECTOR_EXECUTABLE] = "executable",
	[DFENCE_SELECTOR_USER] = "user",
};

static_assert(COUNT(selector_names) == DFENCE_SELECTOR_USER + 1,
	      "selector names");

static const char *const flow_state_names[] = {
	[DFENCE_FLOW_TCP_OPENING] = "tcp-opening",
	[DFENCE_FLOW_TCP_ESTABLISHED] = "tcp-established",
	[DFENCE_FLOW_TCP_CLOSING] = "tcp-closing",
	[DFENCE_FLOW_UDP] = "udp",
	[DFENCE_FLOW_OTHER] = "other",
};

static_assert(COUNT(flow_state_names) == DFENCE_FLOW_OTHER + 1,
	      "flow state names");

static const char *const flow_end_names[] = {
	[DFENCE_FLOW_END_IDLE] = "idle",
	[DFENCE_FLOW_END_CLOSED] = "closed",
	[DFENCE_FLOW_END_RESET] = "reset",
	[DFENCE_FLOW_END_REUSED] = "reused",
	[DFENCE_FLOW_END_EVICTED] = "evicted",
	[DFENCE_FLOW_END_POLICY] = "policy",
};

static_assert(COUNT(flow_end_names) == DFENCE_FLOW_END_POLICY + 1,
	      "flow end names");

static const char *const closed_names[] = {
	[DFENCE_CLOSED_LENT] = "lent",
	[DFENCE_CLOSED_POLICY] = "policy",
};

static_assert(COUNT(closed_names) == DFENCE_CLOSED_POLICY + 1, "closed names");

static const char *const command_names[] = {
	[DFENCE_CMD_STATUS_GET] = "status-get",
	[DFENCE_CMD_POLICY_BEGIN] = "policy-begin",
	[DFENCE_CMD_POLICY_ADD] = "policy-add",
	[DFENCE_CMD_POLICY_COMMIT] = "policy-commit",
	[DFENCE_CMD_POLICY_ABORT] = "policy-abort",
	[DFENCE_CMD_POLICY_GET] = "policy-get",
	[DFENCE_CMD_APPLICATION_GET] = "application-get",
	[DFENCE_CMD_RULE_GET] = "rule-get",
	[DFENCE_CMD_EXPLAIN] = "explain",
	[DFENCE_CMD_EVENT_GET] = "event-get",
	[DFENCE_CMD_FLOW_GET] = "flow-get",
	[DFENCE_CMD_LIMITS_GET] = "limits-get",
	[DFENCE_CMD_LIMITS_SET] = "limits-set",
	[DFENCE_CMD_EVENT_NTF] = "event-ntf",
	[DFENCE_CMD_PINS_SET] = "pins-set",
	[DFENCE_CMD_SEAL] = "seal",
};

static_assert(COUNT(command_names) == DFENCE_CMD_MAX + 1, "command names");

static const char *const refused_names[] = {
	[DFENCE_REFUSED_CAPABILITY] = "capability",
	[DFENCE_REFUSED_SEALED] = "sealed",
	[DFENCE_REFUSED_UNLISTED] = "unlisted",
	[DFENCE_REFUSED_OLD] = "old",
	[DFENCE_REFUSED_PERMIT] = "permit",
};

static_assert(COUNT(refused_names) == DFENCE_REFUSED_PERMIT + 1, "refused names");

static const char *name_of(const char *const *names, size_t count,
			   unsigned int value)
{
	return value < count && names[value] ? names[value] : "?";
}

/**
 * df_verdict_name() - name of a verdict
 * @verdict: enum dfence_verdict, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_verdict_name(unsigned int verdict)
{
	return name_of(verdict_names, COUNT(verdict_names), verdict);
}

/**
 * df_log_name() - name of what a rule records
 * @log: enum dfence_log, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_log_name(unsigned int log)
{
	return name_of(log_names, COUNT(log_names), log);
}

/**
 * df_mode_name() - name of an application's mode
 * @mode: enum dfence_mode, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_mode_name(unsigned int mode)
{
	return name_of(mode_names, COUNT(mode_names), mode);
}

/**
 * df_reason_name() - name of the reason for a verdict
 * @reason: enum dfence_reason, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_reason_name(unsigned int reason)
{
	return name_of(reason_names, COUNT(reason_names), reason);
}

/**
 * df_flow_state_name() - name of how far a flow is
 * @state: enum dfence_flow_state, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_flow_state_name(unsigned int state)
{
	return name_of(flow_state_names, COUNT(flow_state_names), state);
}

/**
 * df_flow_end_name() - name of why a flow ended
 * @end: enum dfence_flow_end, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_flow_end_name(unsigned int end)
{
	return name_of(flow_end_names, COUNT(flow_end_names), end);
}

/**
 * df_command_name() - name of what a request asks for
 * @command: enum dfence_cmd, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_command_name(unsigned int command)
{
	return name_of(command_names, COUNT(command_names), command);
}

/**
 * df_refused_name() - name of why a request was refused
 * @refused: enum dfence_refused, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_refused_name(unsigned int refused)
{
	return name_of(refused_names, COUNT(refused_names), refused);
}

/**
 * df_place_error_name() - name of why a program could not be placed
 * @error: enum dfence_place_error, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_place_error_name(unsigned int error)
{
	return name_of(place_error_names, COUNT(place_error_names), error);
}

/**
 * df_selector_name() - name of a kind of selector, as in the policy
 * @type: enum dfence_selector_type, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_selector_name(unsigned int type)
{
	return name_of(selector_names, COUNT(selector_names), type);
}

/**
 * df_strays_name() - name of what is done with strays, as in the policy
 * @strays: enum dfence_strays, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_strays_name(unsigned int strays)
{
	return name_of(strays_names, COUNT(strays_names), strays);
}

/**
 * df_closed_name() - name of why a socket was ended
 * @closed: enum dfence_closed, or anything that the kernel sent
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_closed_name(unsigned int closed)
{
	return name_of(closed_names, COUNT(closed_names), closed);
}

/**
 * df_quorum_name() - name of a quorum
 * @quorum: enum df_quorum
 *
 * Return: a constant, "?" for a value that this program does not know.
 */
const char *df_quorum_name(unsigned int quorum)
{
	return name_of(quorum_names, COUNT(quorum_names), quorum);
}

struct protocol {
	unsigned int number;
	const char *name;
};

/*
 * Names and numbers as in the registry "Protocol Numbers" of IANA. Where a
 * number has two names the first is the one that is shown.
 */
static const struct protocol protocols[] = {
	{ 1, "icmp" },
	{ 2, "igmp" },
	{ 4, "ipip" },
	{ 4, "ipencap" },
	{ 6, "tcp" },
	{ 17, "udp" },
	{ 33, "dccp" },
	{ 41, "ipv6" },
	{ 47, "gre" },
	{ 50, "esp" },
	{ 51, "ah" },
	{ 58, "icmpv6" },
	{ 58, "ipv6-icmp" },
	{ 88, "eigrp" },
	{ 89, "ospf" },
	{ 103, "pim" },
	{ 108, "ipcomp" },
	{ 112, "vrrp" },
	{ 115, "l2tp" },
	{ 132, "sctp" },
	{ 136, "udplite" },
	{ 137, "mpls-in-ip" },
	{ 143, "ethernet" },
};

/* A decimal number from 0 to 255 without leading zeros, or -EINVAL. */
static int protocol_from_digits(const char *text)
{
	size_t length = strlen(text), i;
	int number = 0;

	if (!length || length > 3 || (length > 1 && text[0] == '0'))
		return -EINVAL;
	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		number = 10 * number + text[i] - '0';
	}
	return number <= 255 ? number : -EINVAL;
}

/**
 * df_protocol_number() - number of an IP protocol
 * @name: lower-case name, or the number itself in decimal
 *
 * Return: 0 to 255, or -EINVAL if @name is neither.
 */
int df_protocol_number(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			return (int)protocols[i].number;
	return protocol_from_digits(name);
}

/**
 * df_protocol_name() - name of an IP protocol
 * @number: of the protocol
 *
 * Return: a constant, NULL if it has no name here: show the number.
 */
const char *df_protocol_name(unsigned int number)
{
	size_t i;

	for (i = 0; i < COUNT(protocols); i++)
		if (protocols[i].number == number)
			return protocols[i].name;
	return NULL;
}
