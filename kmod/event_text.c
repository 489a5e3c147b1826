// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event as a line of the kernel log, and of the audit system where that is
 * wanted: key=value, one blank between, no value with a blank in it. Names of
 * tasks and interfaces are chosen by the suspect, so whatever could pass for
 * another field is written as \xNN.
 */

#define pr_fmt(fmt) "dronefence: " fmt

#include <linux/audit.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/printk.h>

#include "event_text.h"

static bool audit;
module_param(audit, bool, 0644);
MODULE_PARM_DESC(audit, "write what goes into the kernel log to the audit system, too");

static const char * const verdict_names[] = {
	[DFENCE_VERDICT_ALLOW] = "allow",
	[DFENCE_VERDICT_DENY] = "deny",
	[DFENCE_VERDICT_DROP] = "drop",
};

static_assert(ARRAY_SIZE(verdict_names) == DFENCE_VERDICT_DROP + 1);

static const char * const mode_names[] = {
	[DFENCE_MODE_ENFORCE] = "enforce",
	[DFENCE_MODE_AUDIT] = "audit",
};

static_assert(ARRAY_SIZE(mode_names) == DFENCE_MODE_AUDIT + 1);

static const char * const reason_names[] = {
	[DFENCE_REASON_DEFAULT] = "default",
	[DFENCE_REASON_ANY] = "any",
	[DFENCE_REASON_NETWORK] = "network",
	[DFENCE_REASON_LOCATED_IN] = "located-in",
	[DFENCE_REASON_OPERATED_BY] = "operated-by",
	[DFENCE_REASON_HIDDEN] = "hidden",
};

static_assert(ARRAY_SIZE(reason_names) == DFENCE_REASON_HIDDEN + 1);

static const char * const end_names[] = {
	[DFENCE_FLOW_END_IDLE] = "idle",
	[DFENCE_FLOW_END_CLOSED] = "closed",
	[DFENCE_FLOW_END_RESET] = "reset",
	[DFENCE_FLOW_END_REUSED] = "reused",
	[DFENCE_FLOW_END_EVICTED] = "evicted",
	[DFENCE_FLOW_END_POLICY] = "policy",
};

static_assert(ARRAY_SIZE(end_names) == DFENCE_FLOW_END_POLICY + 1);

static const char * const place_error_names[] = {
	[DFENCE_PLACE_ERROR_NONE] = "none",
	[DFENCE_PLACE_ERROR_MEMORY] = "memory",
	[DFENCE_PLACE_ERROR_ANCHOR] = "anchor",
	[DFENCE_PLACE_ERROR_ATTACH] = "attach",
};

static_assert(ARRAY_SIZE(place_error_names) == DFENCE_PLACE_ERROR_ATTACH + 1);
static const char * const closed_names[] = {
	[DFENCE_CLOSED_LENT] = "lent",
	[DFENCE_CLOSED_POLICY] = "policy",
};

static_assert(ARRAY_SIZE(closed_names) == DFENCE_CLOSED_POLICY + 1);

static const char * const command_names[] = {
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

static_assert(ARRAY_SIZE(command_names) == DFENCE_CMD_MAX + 1);

static const char * const refused_names[] = {
	[DFENCE_REFUSED_CAPABILITY] = "capability",
	[DFENCE_REFUSED_SEALED] = "sealed",
	[DFENCE_REFUSED_UNLISTED] = "unlisted",
	[DFENCE_REFUSED_OLD] = "old",
	[DFENCE_REFUSED_PERMIT] = "permit",
};

static_assert(ARRAY_SIZE(refused_names) == DFENCE_REFUSED_PERMIT + 1);

/* Every character of a name may become four. */
#define ESCAPED_SIZE	(4 * TASK_COMM_LEN + 1)
static_assert(TASK_COMM_LEN >= IFNAMSIZ);

/* Votes with commas between them. */
#define VOTES_SIZE	(DRONEFENCE_VOTES_MAX / 2 * 3 + 1)

/* "ether-0x8863" */
#define PROTOCOL_SIZE	16

/* "[address]:port" */
#define ENDPOINT_SIZE	64

static const char *escape(char out[ESCAPED_SIZE], const char *name, size_t size)
{
	char *to = out;
	size_t i;

	for (i = 0; i < size && name[i]; i++) {
		u8 c = name[i];

		if (isascii(c) && isgraph(c) && !strchr("\"\\=", c))
			*to++ = c;
		else
			to += sprintf(to, "\\x%02x", c);
	}
	*to = '\0';
	return *out ? out : "-";
}

static const char *join_votes(char out[VOTES_SIZE],
			      const struct dfence_event *event)
{
	char *to = out;
	int i;

	for (i = 0; i + 1 < event->votes_len; i += 2)
		to += sprintf(to, "%s%c%c", i ? "," : "", event->votes[i],
			      event->votes[i + 1]);
	*to = '\0';
	return *out ? out : "-";
}

static const char *endpoint(char out[ENDPOINT_SIZE],
			    const struct dfence_event *event, const u8 *addr,
			    u16 port)
{
	bool ipv6 = event->pf == NFPROTO_IPV6;

	if (ipv6 && event->has_ports)
		snprintf(out, ENDPOINT_SIZE, "[%pI6c]:%u", addr, port);
	else if (event->has_ports)
		snprintf(out, ENDPOINT_SIZE, "%pI4:%u", addr, port);
	else if (ipv6)
		snprintf(out, ENDPOINT_SIZE, "%pI6c", addr);
	else
		snprintf(out, ENDPOINT_SIZE, "%pI4", addr);
	return out;
}

static const char *protocol_name(char out[PROTOCOL_SIZE],
				 const struct dfence_event *event)
{
	if (!event->has_ports && event->dport) {
		sprintf(out, "ether-0x%04x", event->dport);
		return out;
	}
	switch (event->protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		sprintf(out, "%u", event->protocol);
		return out;
	}
}

/* "02:00:5e:10:00:01" */
#define MAC_SIZE	18

/* " in=", " mac=" and their values */
#define ARRIVAL_SIZE	(ESCAPED_SIZE + MAC_SIZE + 16)

/* "pid=1 comm=x uid=0" */
#define SENDER_SIZE	(ESCAPED_SIZE + 40)

/* Who sends: nobody knows that of what is forwarded, and 0 would be root. */
static const char *sender(char out[SENDER_SIZE],
			  const struct dfence_event *event)
{
	char comm[ESCAPED_SIZE];

	if (event->forwarded)
		return "pid=- comm=- uid=-";
	snprintf(out, SENDER_SIZE, "pid=%u comm=%s uid=%u", event->pid,
		 escape(comm, event->comm, sizeof(event->comm)), event->uid);
	return out;
}

/* Where a forwarded packet came in; nothing for the others. */
static const char *arrival(char out[ARRIVAL_SIZE],
			   const struct dfence_event *event)
{
	char in[ESCAPED_SIZE], mac[MAC_SIZE] = "-";

	if (!event->forwarded)
		return "";
	if (event->has_mac)
		snprintf(mac, sizeof(mac), "%pM", event->mac);
	snprintf(out, ARRIVAL_SIZE, " in=%s mac=%s",
		 escape(in, event->in, sizeof(event->in)), mac);
	return out;
}

/*
 * The audit system counts what it has no room for; a gap in the sequence numbers
 * tells its reader.
 */
static __printf(1, 2) void event_info(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_info("%pV\n", &vaf);
	if (READ_ONCE(audit))
		audit_log(NULL, GFP_ATOMIC, AUDIT_KERNEL_OTHER, "dronefence: %pV",
			  &vaf);
	va_end(args);
}

/* The end of a socket has the packet that caused it, and why it did. */
static void print_verdict(const struct dfence_event *event, u32 suppressed)
{
	bool closed = event->type == DFENCE_EVENT_SOCKET_CLOSED;
	char src[ENDPOINT_SIZE], dst[ENDPOINT_SIZE];
	char from[SENDER_SIZE], ifname[ESCAPED_SIZE], in[ARRIVAL_SIZE];
	char votes[VOTES_SIZE], protocol[PROTOCOL_SIZE];

	event_info("%s%s%sverdict=%s app=%s mode=%s reason=%s set=%s country=%s votes=%s rule=%u gen=%u proto=%s src=%s dst=%s len=%u %s if=%s%s netns=%u flow=%llu seq=%llu suppressed=%u",
		   closed ? "closed=" : "",
		   closed ? closed_names[event->closed] : "", closed ? " " : "",
		   verdict_names[event->verdict], event->app,
		   mode_names[event->mode], reason_names[event->reason],
		   *event->set ? event->set : "-",
		   *event->country ? event->country : "??",
		   join_votes(votes, event), event->rule, event->generation,
		   protocol_name(protocol, event),
		   endpoint(src, event, event->saddr, event->sport),
		   endpoint(dst, event, event->daddr, event->dport),
		   event->length, sender(from, event),
		   escape(ifname, event->ifname, sizeof(event->ifname)),
		   arrival(in, event), event->netns, event->flow, event->seq, suppressed);
}

static void print_flow_end(const struct dfence_event *event, u32 suppressed)
{
	char src[ENDPOINT_SIZE], dst[ENDPOINT_SIZE];
	char from[SENDER_SIZE], in[ARRIVAL_SIZE], protocol[PROTOCOL_SIZE];

	event_info("end=%s app=%s verdict=%s mode=%s reason=%s set=%s country=%s rule=%u gen=%u proto=%s src=%s dst=%s packets=%llu bytes=%llu refused_packets=%llu refused_bytes=%llu duration_ms=%llu %s%s netns=%u flow=%llu seq=%llu suppressed=%u",
		   end_names[event->end], event->app,
		   verdict_names[event->verdict], mode_names[event->mode],
		   reason_names[event->reason], *event->set ? event->set : "-",
		   *event->country ? event->country : "??", event->rule,
		   event->generation, protocol_name(protocol, event),
		   endpoint(src, event, event->saddr, event->sport),
		   endpoint(dst, event, event->daddr, event->dport),
		   event->totals.packets, event->totals.bytes,
		   event->totals.refused_packets, event->totals.refused_bytes,
		   div_u64(event->last - event->start, NSEC_PER_MSEC),
		   sender(from, event), arrival(in, event), event->netns,
		   event->flow, event->seq, suppressed);
}

static const char *place_result(const struct dfence_event *event)
{
	if (!event->place_error)
		return "done";
	return event->mode == DFENCE_MODE_AUDIT ? "failed" : "killed";
}

static void print_place(const struct dfence_event *event, u32 suppressed)
{
	char comm[ESCAPED_SIZE];

	event_info("place=%s app=%s mode=%s error=%s gen=%u pid=%u comm=%s uid=%u cgroup=%llu seq=%llu suppressed=%u",
		   place_result(event), event->app,
		   mode_names[event->mode], place_error_names[event->place_error],
		   event->generation, event->pid,
		   escape(comm, event->comm, sizeof(event->comm)), event->uid,
		   event->cgroup, event->seq, suppressed);
}

static void print_refusal(const struct dfence_event *event, u32 suppressed)
{
	char comm[ESCAPED_SIZE];

	event_info("refused=%s because=%s refusal=%llu gen=%u pid=%u comm=%s uid=%u cgroup=%llu seq=%llu suppressed=%u",
		   command_names[event->command],
		   refused_names[event->refused], event->refusal,
		   event->generation, event->pid,
		   escape(comm, event->comm, sizeof(event->comm)), event->uid,
		   event->cgroup, event->seq, suppressed);
}

static void print_seal(const struct dfence_event *event, u32 suppressed)
{
	char comm[ESCAPED_SIZE];

	event_info("sealed=%llu permitted=%u gen=%u pid=%u comm=%s uid=%u seq=%llu suppressed=%u",
		   event->serial, event->permitted, event->generation,
		   event->pid, escape(comm, event->comm, sizeof(event->comm)),
		   event->uid, event->seq, suppressed);
}

/**
 * dfence_event_print() - write an event to the kernel log
 * @event: recorded
 * @suppressed: packets or events that were left out of the log before it
 *
 * Context: any.
 */
void dfence_event_print(const struct dfence_event *event, u32 suppressed)
{
	switch (event->type) {
	case DFENCE_EVENT_POLICY:
		event_info("policy=%s gen=%u digest=%*phN seq=%llu suppressed=%u",
			   event->app, event->generation, DRONEFENCE_DIGEST_LEN,
			   event->digest, event->seq, suppressed);
		break;
	case DFENCE_EVENT_FLOW_END:
		print_flow_end(event, suppressed);
		break;
	case DFENCE_EVENT_PLACED:
	case DFENCE_EVENT_PLACE_FAILED:
		print_place(event, suppressed);
		break;
	case DFENCE_EVENT_REQUEST_REFUSED:
		print_refusal(event, suppressed);
		break;
	case DFENCE_EVENT_SEALED:
		print_seal(event, suppressed);
		break;
	default:
		print_verdict(event, suppressed);
	}
}
