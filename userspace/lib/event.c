// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events as text and as fields.
 *
 * Names of tasks and interfaces are chosen by the suspect. They, and to be safe
 * all other names, are shown as printable ASCII, with what could pass for
 * another field, end a line or act upon a terminal as \xNN; the same text in
 * each format, so that one can be searched for what another shows.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "event.h"

#define NS_PER_SEC 1000000000u
#define NS_PER_MSEC 1000000u

/* What would end a value of the key=value line, or look escaped. */
#define NAME_SPECIAL " \"\\="

/* Every byte of a name may become four. */
#define NAME_SIZE (4 * DRONEFENCE_NAME_MAX + 1)

/* Votes with commas between them. */
#define VOTES_SIZE (DRONEFENCE_VOTES_MAX / 2 * 3 + 1)

/**
 * df_escape() - write a text with printable ASCII characters
 * @text: any bytes, up to the first NUL
 * @size: most bytes that are read
 * @special: printable characters that are not to be shown as they are
 * @out: result; whatever does not fit is left out, an escape never in part
 * @out_size: bytes in @out, at least 1; 4 * @size + 1 hold any text
 *
 * All other bytes are shown as \xNN with two lower-case digits.
 */
void df_escape(const char *text, size_t size, const char *special, char *out,
	       size_t out_size)
{
	size_t used = 0, i;

	for (i = 0; i < size && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];
		bool plain = c >= ' ' && c <= '~' && !strchr(special, c);
		size_t length = plain ? 1 : 4;

		if (used + length >= out_size)
			break;
		if (plain)
			out[used] = (char)c;
		else
			snprintf(out + used, 5, "\\x%02x", c);
		used += length;
	}
	out[used] = '\0';
}

/* A name of an event, "-" if it has none. */
static const char *name_text(const char *name, char out[NAME_SIZE])
{
	df_escape(name, DRONEFENCE_NAME_MAX, NAME_SPECIAL, out, NAME_SIZE);
	return *out ? out : "-";
}

static void name_field(struct df_fields *fields, const char *field,
		       const char *name)
{
	char text[NAME_SIZE];

	if (*name)
		df_fields_text(fields, field, name_text(name, text));
}

/**
 * df_time_format() - a point in time as RFC 3339 says, in UTC
 * @ns: nanoseconds since 1970
 * @digits: of the fraction, 1 to 9; the rest is cut off
 * @buf: result
 */
void df_time_format(uint64_t ns, int digits, char buf[DF_TIME_STRLEN])
{
	time_t seconds = (time_t)(ns / NS_PER_SEC);
	char fraction[16];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(fraction, sizeof(fraction), "%09u", (unsigned int)(ns % NS_PER_SEC));
	strftime(buf, DF_TIME_STRLEN, "%Y-%m-%dT%H:%M:%S.", &tm);
	snprintf(buf + 20, DF_TIME_STRLEN - 20, "%.*sZ", digits, fraction);
}

static void join_votes(const struct df_event *event, char out[VOTES_SIZE])
{
	size_t length = strlen(event->votes), i;
	char *to = out;

	*to = '\0';
	for (i = 0; i + 1 < length; i += 2)
		to += sprintf(to, "%s%.2s", i ? "," : "", event->votes + i);
}

/**
 * df_protocol_text() - an IP protocol as in the kernel log
 * @protocol: its number
 * @ethertype: of a frame that is no IP packet, else 0
 * @buf: room for a number
 *
 * Return: the name of a common one, else @buf with the number.
 */
const char *df_protocol_text(uint8_t protocol, uint16_t ethertype,
			     char buf[DF_PROTOCOL_STRLEN])
{
	if (ethertype) {
		snprintf(buf, DF_PROTOCOL_STRLEN, "ether-0x%04x", ethertype);
		return buf;
	}
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		snprintf(buf, DF_PROTOCOL_STRLEN, "%u", protocol);
		return buf;
	}
}

static const char *protocol_of(const struct df_event *event,
			       char buf[DF_PROTOCOL_STRLEN])
{
	return df_protocol_text(event->protocol, event->ethertype, buf);
}

static const char *country_of(const struct df_event *event)
{
	return *event->country ? event->country : "??";
}

/**
 * df_endpoint_text() - an address, and its port where there is one
 * @family: of @addr
 * @addr: the address
 * @port: the port, -1 for none
 * @out: result
 *
 * Return: @out.
 */
const char *df_endpoint_text(enum df_family family, df_u128 addr, int port,
			     char out[DF_ENDPOINT_STRLEN])
{
	char text[DF_NET_STRLEN];

	df_addr_format(family, addr, text);
	if (port < 0)
		snprintf(out, DF_ENDPOINT_STRLEN, "%s", text);
	else if (family == DF_IPV6)
		snprintf(out, DF_ENDPOINT_STRLEN, "[%s]:%u", text, (uint16_t)port);
	else
		snprintf(out, DF_ENDPOINT_STRLEN, "%s:%u", text, (uint16_t)port);
	return out;
}

static const char *source(const struct df_event *event,
			  char out[DF_ENDPOINT_STRLEN])
{
	return df_endpoint_text(event->family, event->saddr,
				event->has_ports ? event->sport : -1, out);
}

static const char *destination(const struct df_event *event,
			       char out[DF_ENDPOINT_STRLEN])
{
	return df_endpoint_text(event->family, event->daddr,
				event->has_ports ? event->dport : -1, out);
}

static void digest_text(const struct df_event *event,
			char out[2 * DRONEFENCE_DIGEST_LEN + 1])
{
	int i;

	for (i = 0; i < DRONEFENCE_DIGEST_LEN; i++)
		snprintf(out + 2 * i, 3, "%02x", event->digest[i]);
}

/* Longest text of sender_text(), with any name of a task. */
#define SENDER_SIZE (NAME_SIZE + 40)

/* Who sends: nobody knows that of what is forwarded, and 0 would be root. */
static const char *sender_text(const struct df_event *event,
			       char out[SENDER_SIZE])
{
	char comm[NAME_SIZE];

	if (event->forwarded)
		return "pid=- comm=- uid=-";
	snprintf(out, SENDER_SIZE, "pid=%u comm=%s uid=%u", event->pid,
		 name_text(event->comm, comm), event->uid);
	return out;
}

/* Longest text of arrival_text(). */
#define ARRIVAL_SIZE (NAME_SIZE + DF_MAC_STRLEN + 16)

/* Where a forwarded packet came in; nothing for the others. */
static const char *arrival_text(const struct df_event *event,
				char out[ARRIVAL_SIZE])
{
	char in[NAME_SIZE], mac[DF_MAC_STRLEN] = "-";

	if (!event->forwarded)
		return "";
	if (event->has_mac)
		df_mac_format(event->mac, mac);
	snprintf(out, ARRIVAL_SIZE, " in=%s mac=%s", name_text(event->in, in),
		 mac);
	return out;
}

/* The end of a socket has the packet that caused it, and why it did. */
static void verdict_text(const struct df_event *event,
			 char buf[DF_EVENT_TEXT_SIZE])
{
	char app[NAME_SIZE], set[NAME_SIZE], ifname[NAME_SIZE];
	char from[SENDER_SIZE], in[ARRIVAL_SIZE];
	char src[DF_ENDPOINT_STRLEN], dst[DF_ENDPOINT_STRLEN];
	char country[NAME_SIZE], votes[NAME_SIZE];
	char joined[VOTES_SIZE], protocol[DF_PROTOCOL_STRLEN];
	int used = 0;

	join_votes(event, joined);
	if (event->type == DFENCE_EVENT_SOCKET_CLOSED)
		used = snprintf(buf, DF_EVENT_TEXT_SIZE, "closed=%s ",
				df_closed_name(event->closed));
	used += snprintf(buf + used, DF_EVENT_TEXT_SIZE - used,
			"verdict=%s app=%s mode=%s reason=%s set=%s country=%s votes=%s rule=%u gen=%u",
			df_verdict_name(event->verdict),
			name_text(event->application, app),
			df_mode_name(event->mode), df_reason_name(event->reason),
			name_text(event->set, set),
			name_text(country_of(event), country),
			name_text(joined, votes), event->rule,
			event->generation);
	snprintf(buf + used, DF_EVENT_TEXT_SIZE - used,
		 " proto=%s src=%s dst=%s len=%u %s if=%s%s netns=%u flow=%" PRIu64
		 " seq=%" PRIu64 " suppressed=%u",
		 protocol_of(event, protocol),
		 source(event, src), destination(event, dst),
		 event->length, sender_text(event, from),
		 name_text(event->ifname, ifname), arrival_text(event, in),
		 event->netns,
		 event->flow, event->seq, event->suppressed);
}

static void flow_end_text(const struct df_event *event,
			  char buf[DF_EVENT_TEXT_SIZE])
{
	char app[NAME_SIZE], set[NAME_SIZE], country[NAME_SIZE];
	char from[SENDER_SIZE], in[ARRIVAL_SIZE];
	char src[DF_ENDPOINT_STRLEN], dst[DF_ENDPOINT_STRLEN];
	char protocol[DF_PROTOCOL_STRLEN];
	const struct df_totals *t = &event->totals;
	int used;

	used = snprintf(buf, DF_EVENT_TEXT_SIZE,
			"end=%s app=%s verdict=%s mode=%s reason=%s set=%s country=%s rule=%u gen=%u",
			df_flow_end_name(event->end),
			name_text(event->application, app),
			df_verdict_name(event->verdict),
			df_mode_name(event->mode), df_reason_name(event->reason),
			name_text(event->set, set),
			name_text(country_of(event), country), event->rule,
			event->generation);
	used += snprintf(buf + used, DF_EVENT_TEXT_SIZE - used,
			 " proto=%s src=%s dst=%s packets=%" PRIu64 " bytes=%" PRIu64
			 " refused_packets=%" PRIu64 " refused_bytes=%" PRIu64
			 " duration_ms=%" PRIu64,
			 protocol_of(event, protocol),
			 source(event, src), destination(event, dst),
			 t->packets, t->bytes, t->refused_packets,
			 t->refused_bytes,
			 (event->last - event->start) / NS_PER_MSEC);
	snprintf(buf + used, DF_EVENT_TEXT_SIZE - used,
		 " %s%s netns=%u flow=%" PRIu64 " seq=%" PRIu64
		 " suppressed=%u",
		 sender_text(event, from), arrival_text(event, in),
		 event->netns, event->flow, event->seq, event->suppressed);
}

static const char *place_result(const struct df_event *event)
{
	if (event->type != DFENCE_EVENT_PLACE_FAILED)
		return "done";
	return event->mode == DFENCE_MODE_AUDIT ? "failed" : "killed";
}

static void place_text(const struct df_event *event,
		       char buf[DF_EVENT_TEXT_SIZE])
{
	char app[NAME_SIZE], comm[NAME_SIZE];

	snprintf(buf, DF_EVENT_TEXT_SIZE,
		 "place=%s app=%s mode=%s error=%s gen=%u pid=%u comm=%s uid=%u cgroup=%" PRIu64
		 " seq=%" PRIu64 " suppressed=%u",
		 place_result(event), name_text(event->application, app),
		 df_mode_name(event->mode),
		 df_place_error_name(event->place_error), event->generation,
		 event->pid, name_text(event->comm, comm), event->uid,
		 event->cgroup, event->seq, event->suppressed);
}

static void refusal_text(const struct df_event *event,
			 char buf[DF_EVENT_TEXT_SIZE])
{
	char comm[NAME_SIZE];

	snprintf(buf, DF_EVENT_TEXT_SIZE,
		 "refused=%s because=%s refusal=%" PRIu64
		 " gen=%u pid=%u comm=%s uid=%u cgroup=%" PRIu64
		 " seq=%" PRIu64 " suppressed=%u",
		 df_command_name(event->command),
		 df_refused_name(event->refused), event->refusal,
		 event->generation, event->pid, name_text(event->comm, comm),
		 event->uid, event->cgroup, event->seq, event->suppressed);
}

static void seal_text(const struct df_event *event, char buf[DF_EVENT_TEXT_SIZE])
{
	char comm[NAME_SIZE];

	snprintf(buf, DF_EVENT_TEXT_SIZE,
		 "sealed=%" PRIu64 " permitted=%u gen=%u pid=%u comm=%s uid=%u seq=%" PRIu64
		 " suppressed=%u",
		 event->serial, event->permitted, event->generation, event->pid,
		 name_text(event->comm, comm), event->uid, event->seq,
		 event->suppressed);
}

/**
 * df_event_text() - an event as one line
 * @event: from the kernel
 * @buf: result, without a line end
 *
 * It is the line of the kernel log without "dronefence: ", but for @suppressed:
 * the kernel log has a limit of its own and counts what that left out as well.
 */
void df_event_text(const struct df_event *event, char buf[DF_EVENT_TEXT_SIZE])
{
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1], name[NAME_SIZE];

	switch (event->type) {
	case DFENCE_EVENT_VERDICT:
	case DFENCE_EVENT_SOCKET_CLOSED:
		verdict_text(event, buf);
		break;
	case DFENCE_EVENT_FLOW_END:
		flow_end_text(event, buf);
		break;
	case DFENCE_EVENT_PLACED:
	case DFENCE_EVENT_PLACE_FAILED:
		place_text(event, buf);
		break;
	case DFENCE_EVENT_REQUEST_REFUSED:
		refusal_text(event, buf);
		break;
	case DFENCE_EVENT_SEALED:
		seal_text(event, buf);
		break;
	case DFENCE_EVENT_POLICY:
		digest_text(event, digest);
		snprintf(buf, DF_EVENT_TEXT_SIZE,
			 "policy=%s gen=%u digest=%s seq=%" PRIu64 " suppressed=%u",
			 name_text(event->policy_name, name), event->generation,
			 digest, event->seq, event->suppressed);
		break;
	default:
		snprintf(buf, DF_EVENT_TEXT_SIZE,
			 "event=%u gen=%u seq=%" PRIu64 " suppressed=%u",
			 (unsigned int)event->type, event->generation,
			 event->seq, event->suppressed);
	}
}

static void endpoint_fields(const struct df_event *event,
			    struct df_fields *fields)
{
	char addr[DF_NET_STRLEN];

	df_addr_format(event->family, event->saddr, addr);
	df_fields_text(fields, "saddr", addr);
	if (event->has_ports)
		df_fields_number(fields, "sport", event->sport);
	df_addr_format(event->family, event->daddr, addr);
	df_fields_text(fields, "daddr", addr);
	if (event->has_ports)
		df_fields_number(fields, "dport", event->dport);
}

static void decision_fields(const struct df_event *event,
			    struct df_fields *fields)
{
	char votes[VOTES_SIZE], protocol[DF_PROTOCOL_STRLEN];

	join_votes(event, votes);
	df_fields_text(fields, "verdict", df_verdict_name(event->verdict));
	name_field(fields, "app", event->application);
	df_fields_text(fields, "mode", df_mode_name(event->mode));
	df_fields_text(fields, "reason", df_reason_name(event->reason));
	name_field(fields, "set", event->set);
	name_field(fields, "country", country_of(event));
	name_field(fields, "votes", votes);
	df_fields_number(fields, "rule", event->rule);
	df_fields_number(fields, "gen", event->generation);
	df_fields_text(fields, "proto",
		       protocol_of(event, protocol));
	endpoint_fields(event, fields);
}

static void totals_fields(const struct df_event *event,
			  struct df_fields *fields)
{
	const struct df_totals *totals = &event->totals;
	char time[DF_TIME_STRLEN];

	df_time_format(event->start, 9, time);
	df_fields_text(fields, "start_time", time);
	df_time_format(event->last, 9, time);
	df_fields_text(fields, "last_time", time);
	df_fields_number(fields, "packets", totals->packets);
	df_fields_number(fields, "bytes", totals->bytes);
	df_fields_number(fields, "refused_packets", totals->refused_packets);
	df_fields_number(fields, "refused_bytes", totals->refused_bytes);
}

static void process_fields(const struct df_event *event,
			   struct df_fields *fields)
{
	df_fields_number(fields, "pid", event->pid);
	name_field(fields, "comm", event->comm);
	df_fields_number(fields, "uid", event->uid);
}

static void arrival_fields(const struct df_event *event,
			   struct df_fields *fields)
{
	char mac[DF_MAC_STRLEN];

	name_field(fields, "in", event->in);
	if (!event->has_mac)
		return;
	df_mac_format(event->mac, mac);
	df_fields_text(fields, "mac", mac);
}

/* A verdict, or the end of the flow or socket that verdicts were made for. */
static void flow_fields(const struct df_event *event, struct df_fields *fields)
{
	bool end = event->type == DFENCE_EVENT_FLOW_END;

	if (end)
		df_fields_text(fields, "end", df_flow_end_name(event->end));
	if (event->type == DFENCE_EVENT_SOCKET_CLOSED)
		df_fields_text(fields, "closed", df_closed_name(event->closed));
	decision_fields(event, fields);
	if (end)
		totals_fields(event, fields);
	else
		df_fields_number(fields, "len", event->length);
	if (!event->forwarded)
		process_fields(event, fields);
	name_field(fields, "if", event->ifname);
	if (event->forwarded)
		arrival_fields(event, fields);
	df_fields_number(fields, "netns", event->netns);
	if (!event->forwarded)
		df_fields_number(fields, "cgroup", event->cgroup);
	if (event->flow)
		df_fields_number(fields, "flow", event->flow);
}

static void policy_fields(const struct df_event *event,
			  struct df_fields *fields)
{
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1];

	digest_text(event, digest);
	name_field(fields, "policy", event->policy_name);
	df_fields_number(fields, "gen", event->generation);
	df_fields_text(fields, "digest", digest);
	process_fields(event, fields);
}

static void place_fields(const struct df_event *event,
			 struct df_fields *fields)
{
	name_field(fields, "app", event->application);
	df_fields_text(fields, "mode", df_mode_name(event->mode));
	if (event->type == DFENCE_EVENT_PLACE_FAILED)
		df_fields_text(fields, "error",
			       df_place_error_name(event->place_error));
	df_fields_number(fields, "gen", event->generation);
	df_fields_number(fields, "pid", event->pid);
	name_field(fields, "comm", event->comm);
	df_fields_number(fields, "uid", event->uid);
	df_fields_number(fields, "cgroup", event->cgroup);
}

static void refusal_fields(const struct df_event *event,
			   struct df_fields *fields)
{
	df_fields_text(fields, "command", df_command_name(event->command));
	df_fields_text(fields, "because", df_refused_name(event->refused));
	df_fields_number(fields, "refusal", event->refusal);
	df_fields_number(fields, "gen", event->generation);
	process_fields(event, fields);
	df_fields_number(fields, "cgroup", event->cgroup);
}

static void seal_fields(const struct df_event *event, struct df_fields *fields)
{
	df_fields_number(fields, "serial", event->serial);
	df_fields_number(fields, "permitted", event->permitted);
	df_fields_number(fields, "gen", event->generation);
	process_fields(event, fields);
}

/**
 * df_event_fields() - add what an event says to a list
 * @event: from the kernel
 * @fields: the list
 *
 * A value that the event does not have is left out.
 */
void df_event_fields(const struct df_event *event, struct df_fields *fields)
{
	char time[DF_TIME_STRLEN];

	df_time_format(event->time, 9, time);
	switch (event->type) {
	case DFENCE_EVENT_VERDICT:
		df_fields_text(fields, "type", "verdict");
		break;
	case DFENCE_EVENT_FLOW_END:
		df_fields_text(fields, "type", "flow-end");
		break;
	case DFENCE_EVENT_PLACED:
		df_fields_text(fields, "type", "placed");
		break;
	case DFENCE_EVENT_PLACE_FAILED:
		df_fields_text(fields, "type", "place-failed");
		break;
	case DFENCE_EVENT_POLICY:
		df_fields_text(fields, "type", "policy");
		break;
	case DFENCE_EVENT_SOCKET_CLOSED:
		df_fields_text(fields, "type", "socket-closed");
		break;
	case DFENCE_EVENT_REQUEST_REFUSED:
		df_fields_text(fields, "type", "request-refused");
		break;
	case DFENCE_EVENT_SEALED:
		df_fields_text(fields, "type", "sealed");
		break;
	default:
		df_fields_text(fields, "type", "event");
		df_fields_number(fields, "event", event->type);
	}
	df_fields_number(fields, "seq", event->seq);
	df_fields_text(fields, "time", time);
	df_fields_number(fields, "boottime", event->boottime);
	if (event->type == DFENCE_EVENT_VERDICT ||
	    event->type == DFENCE_EVENT_FLOW_END ||
	    event->type == DFENCE_EVENT_SOCKET_CLOSED)
		flow_fields(event, fields);
	else if (event->type == DFENCE_EVENT_POLICY)
		policy_fields(event, fields);
	else if (event->type == DFENCE_EVENT_PLACED ||
		 event->type == DFENCE_EVENT_PLACE_FAILED)
		place_fields(event, fields);
	else if (event->type == DFENCE_EVENT_REQUEST_REFUSED)
		refusal_fields(event, fields);
	else if (event->type == DFENCE_EVENT_SEALED)
		seal_fields(event, fields);
	df_fields_number(fields, "suppressed", event->suppressed);
}

/**
 * df_event_json() - an event as a JSON object
 * @event: from the kernel
 *
 * Return: new reference, NULL when memory is short.
 */
json_t *df_event_json(const struct df_event *event)
{
	struct df_fields fields;

	df_fields_init(&fields);
	df_event_fields(event, &fields);
	return df_fields_json(&fields);
}
