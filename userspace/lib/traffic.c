// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read the records of packets and flows. They may have been altered, and names in
 * them were chosen by whoever is watched, so nothing is taken as it is found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "policy.h"
#include "report_private.h"
#include "special.h"
#include "traffic.h"

static bool read_address(const json_t *record, struct df_traffic *t)
{
	const char *text = json_string_value(json_object_get(record, "daddr"));
	const char *proto = json_string_value(json_object_get(record, "proto"));
	char address[DF_NET_STRLEN];

	if (!text || df_addr_parse(text, &t->family, &t->number))
		return false;
	/* A frame that is no IP packet: nobody knows its addresses. */
	t->hidden = proto && !strncmp(proto, "ether-", 6);
	t->public = !t->hidden && df_addr_is_public(t->family, t->number);
	df_addr_format(t->family, t->number, address);
	snprintf(t->address, sizeof(t->address), "%s",
		 t->hidden ? "not shown" : address);
	return true;
}

static void read_country(const json_t *record, struct df_traffic *t)
{
	char code[8];

	df_report_text(record, "country", code, sizeof(code));
	if (!t->public)
		strcpy(t->country, "local");
	else if (strlen(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' &&
		 code[1] >= 'A' && code[1] <= 'Z')
		strcpy(t->country, code);
	else
		strcpy(t->country, "??");
}

/* Whose network it is, or else what the policy calls the operator. */
static void read_operator(const json_t *record, struct df_traffic *t)
{
	char set[DF_REPORT_KEY - 4], reason[32];
	uint64_t asn;

	df_report_text(record, "reason", reason, sizeof(reason));
	df_report_text(record, "set", set, sizeof(set));

	if (!t->public) {
		strcpy(t->operator, "local");
	} else if (df_report_number(record, "asn", &asn) && asn) {
		snprintf(t->operator, sizeof(t->operator), "AS%llu",
			 (unsigned long long)asn);
		df_report_text(record, "as_name", t->operator_name,
			       sizeof(t->operator_name));
		t->asn = asn <= UINT32_MAX ? (uint32_t)asn : 0;
	} else if (*set && !strcmp(reason, "operated-by")) {
		snprintf(t->operator, sizeof(t->operator), "set %s", set);
	} else {
		strcpy(t->operator, "unknown");
	}
}

static bool read_decision(const json_t *record, struct df_traffic *t)
{
	char verdict[16], mode[16], reason[32];

	df_report_text(record, "verdict", verdict, sizeof(verdict));
	df_report_text(record, "mode", mode, sizeof(mode));
	df_report_text(record, "reason", reason, sizeof(reason));
	t->veiled = !strcmp(reason, "hidden");
	if (!strcmp(verdict, "allow"))
		t->verdict = DFENCE_VERDICT_ALLOW;
	else if (!strcmp(verdict, "deny"))
		t->verdict = DFENCE_VERDICT_DENY;
	else if (!strcmp(verdict, "drop"))
		t->verdict = DFENCE_VERDICT_DROP;
	else
		return false;
	t->watched = t->verdict != DFENCE_VERDICT_ALLOW &&
		     !strcmp(mode, "audit");
	t->denied = t->verdict != DFENCE_VERDICT_ALLOW && !t->watched;
	return true;
}

/**
 * df_has_ports() - does a protocol have ports that rules may ask for
 * @protocol: its number, or -1
 *
 * Return: true if it has.
 */
bool df_has_ports(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP;
}

static void read_protocol(const json_t *record, struct df_traffic *t)
{
	char text[32], *end;
	uint64_t port;

	df_report_text(record, "proto", text, sizeof(text));
	t->protocol = df_protocol_number(text);
	if (*text >= '0' && *text <= '9') {
		unsigned long number = strtoul(text, &end, 10);

		t->protocol = !*end && number < 256 ? (int)number : -1;
	}
	t->port = df_has_ports(t->protocol) &&
		  df_report_number(record, "dport", &port) && port < 65536 ?
		  (int)port : -1;
}

/* A name with an escape is not the one that the kernel knows. */
static void read_interfaces(const json_t *record, struct df_traffic *t)
{
	char name[4 * DRONEFENCE_IFNAME_MAX + 1];

	df_report_text(record, "if", name, sizeof(name));
	if (strlen(name) < sizeof(t->out) && !strchr(name, '\\'))
		strcpy(t->out, name);
	t->forwarded = json_object_get(record, "in");
}

/**
 * df_traffic_read() - read what a record of a packet says
 * @record: of kind "verdict"
 * @t: result
 *
 * Return: true if it has what it must have.
 */
bool df_traffic_read(const json_t *record, struct df_traffic *t)
{
	memset(t, 0, sizeof(*t));
	df_report_number(record, "flow", &t->flow);
	if (!*df_report_text(record, "app", t->app, sizeof(t->app)) ||
	    !read_address(record, t) || !read_decision(record, t) ||
	    !df_report_time(record, "time", &t->start))
		return false;
	t->last = t->start;
	df_report_text(record, "dns", t->dns, sizeof(t->dns));
	read_country(record, t);
	read_operator(record, t);
	read_protocol(record, t);
	read_interfaces(record, t);
	return true;
}

/**
 * df_traffic_read_end() - read what a record of the end of a flow says
 * @record: of kind "flow-end"
 * @t: result
 *
 * Return: true if it has what it must have.
 */
bool df_traffic_read_end(const json_t *record, struct df_traffic *t)
{
	return df_traffic_read(record, t) &&
	       df_report_time(record, "start_time", &t->start) &&
	       df_report_time(record, "last_time", &t->last) &&
	       df_report_number(record, "packets", &t->sums.packets) &&
	       df_report_number(record, "bytes", &t->sums.bytes) &&
	       df_report_number(record, "refused_packets",
				&t->sums.refused_packets) &&
	       df_report_number(record, "refused_bytes",
				&t->sums.refused_bytes);
}

/**
 * df_traffic_begin() - begin to read records
 * @pass: result; to be ended after an error too
 * @since: not before; ns since 1970
 * @until: before; ns since 1970
 * @application: of this application, NULL for any; borrowed
 *
 * Return: 0 or -ENOMEM.
 */
int df_traffic_begin(struct df_traffic_pass *pass, int64_t since,
		     int64_t until, const char *application)
{
	*pass = (struct df_traffic_pass){
		.since = since, .until = until, .application = application,
		.flows = df_report_flows_new(),
	};
	return pass->flows ? 0 : -ENOMEM;
}

/**
 * df_traffic_end() - the reverse of df_traffic_begin()
 * @pass: any that was begun
 */
void df_traffic_end(struct df_traffic_pass *pass)
{
	df_report_flows_free(pass->flows);
	pass->flows = NULL;
}

/* Numbers of flows begin again with each load of the module. */
static void follow_instance(struct df_traffic_pass *pass, const json_t *record)
{
	char instance[17];

	df_report_text(record, "instance", instance, sizeof(instance));
	if (!*instance || !strcmp(instance, pass->instance))
		return;
	strcpy(pass->instance, instance);
	df_report_flows_clear(pass->flows);
}

static uint8_t flag_of(const struct df_traffic *t)
{
	if (t->denied)
		return DF_FLOW_DENIED;
	return t->watched ? DF_FLOW_WATCHED : DF_FLOW_ALLOWED;
}

/* What a record adds to the number of flows: each counts once for a verdict. */
static uint64_t count_flow(struct df_traffic_pass *pass,
			   const struct df_traffic *t, bool ended)
{
	uint8_t none = 0, *seen = &none;
	bool full;

	if (ended) {
		none = df_report_flows_take(pass->flows, t->flow);
		return !(none & flag_of(t));
	}
	if (t->flow)
		seen = df_report_flows_get(pass->flows, t->flow, &full);
	if (!seen || *seen & flag_of(t))
		return !seen;
	*seen |= flag_of(t);
	return 1;
}

static bool is_within(const struct df_traffic_pass *pass,
		      const struct df_traffic *t)
{
	return t->last >= pass->since && t->start < pass->until;
}

/**
 * df_traffic_next() - read a record, if it is of traffic that counts
 * @pass: the records before it
 * @record: of any kind, in the order of the store
 * @t: result; the number of flows in its sums is 0 where another record of the
 *	same flow and the same verdict came before
 *
 * Return: true if @t holds.
 */
bool df_traffic_next(struct df_traffic_pass *pass, const json_t *record,
		     struct df_traffic *t)
{
	char type[32];
	bool ended;

	follow_instance(pass, record);
	df_report_text(record, "type", type, sizeof(type));
	ended = !strcmp(type, "flow-end");
	if (!ended && strcmp(type, "verdict"))
		return false;
	if (!(ended ? df_traffic_read_end(record, t) :
		      df_traffic_read(record, t))) {
		pass->unreadable++;
		return false;
	}
	if (pass->application && strcmp(pass->application, t->app))
		return false;
	t->sums.flows = count_flow(pass, t, ended);
	return is_within(pass, t);
}
