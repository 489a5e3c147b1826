// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write a draft. Of the records only numbers, addresses and codes of countries get
 * into rules, each written anew; names stand in comments, as printable ASCII.
 */
#include <inttypes.h>
#include <string.h>

#include "draft.h"
#include "report.h"

/* The rule for local networks is there in any case. */
#define MOST_RULES (DRONEFENCE_MAX_PROFILE_RULES - 1)

enum kind { KIND_OPERATOR, KIND_ADDRESSES, KIND_COUNTRY, KIND_NONE };

/*
 * An operator whose number is known; else the addresses, as long as they are few;
 * else the country.
 */
static enum kind kind_of(const struct df_draft_group *group)
{
	if (group->asn)
		return KIND_OPERATOR;
	if (group->address_count <= DF_DRAFT_ADDRESSES)
		return KIND_ADDRESSES;
	return strlen(group->country) == 2 && df_country_name(group->country) ?
	       KIND_COUNTRY : KIND_NONE;
}

static void write_sums(FILE *out, const struct df_draft_group *group)
{
	char bytes[32], last[32];

	df_report_bytes(group->bytes, bytes);
	df_report_moment(group->last, last);
	fprintf(out, ": %" PRIu64 " flows, %s bytes, last %s\n", group->flows,
		bytes, last);
	if (group->watched)
		fprintf(out, "      # %" PRIu64 " of the flows passed only because of audit mode\n",
			group->watched);
}

static void write_names(FILE *out, const struct df_draft_group *group)
{
	size_t i;

	for (i = 0; i < group->name_count && i < DF_DRAFT_NAMES; i++)
		fprintf(out, "      # name: %s\n", group->names[i]);
	if (group->name_count > DF_DRAFT_NAMES)
		fputs("      # and more names\n", out);
}

static void write_comment(FILE *out, const struct df_draft_group *group)
{
	const char *country = df_country_name(group->country);

	fputs("      # ", out);
	if (group->asn)
		fprintf(out, "AS%" PRIu32 "%s%s, ", group->asn,
			*group->name ? " " : "", group->name);
	else if (strcmp(group->country, "local"))
		fputs("unknown operator, ", out);
	if (country)
		fputs(country, out);
	else
		fputs(strcmp(group->country, "local") ? "unknown country" :
		      "not on the Internet", out);
	write_sums(out, group);
	write_names(out, group);
}

static void write_addresses(FILE *out, const struct df_draft_group *group)
{
	char text[DF_NET_STRLEN];
	size_t i;

	putc('[', out);
	for (i = 0; i < group->address_count; i++) {
		const struct df_draft_address *address = &group->addresses[i];

		df_addr_format(address->family, address->number, text);
		fprintf(out, "%s\"%s\"", i ? ", " : "", text);
	}
	putc(']', out);
}

static void write_destination(FILE *out, const struct df_draft_group *group)
{
	switch (kind_of(group)) {
	case KIND_OPERATOR:
		fprintf(out, "AS%" PRIu32, group->asn);
		break;
	case KIND_COUNTRY:
		fprintf(out, "{ located-in: [\"%.2s\"] }", group->country);
		break;
	default:
		write_addresses(out, group);
	}
}

/* A rule without protocols is for all: some record did not have one. */
static void write_protocols(FILE *out, const struct df_draft_group *group)
{
	const char *comma = "";
	unsigned int p, count = 0;

	for (p = 0; p < 256; p++)
		count += group->protocols[p / 8] >> p % 8 & 1;
	if (count == 256)
		return;
	fputs(", protocol: [", out);
	for (p = 0; p < 256; p++) {
		if (!(group->protocols[p / 8] >> p % 8 & 1))
			continue;
		if (df_protocol_name(p))
			fprintf(out, "%s%s", comma, df_protocol_name(p));
		else
			fprintf(out, "%s%u", comma, p);
		comma = ", ";
	}
	putc(']', out);
}

static void write_ports(FILE *out, const struct df_draft_group *group)
{
	size_t i;

	if (group->any_port)
		return;
	fputs(", ports: [", out);
	for (i = 0; i < group->port_count; i++)
		fprintf(out, "%s%u", i ? ", " : "", group->ports[i]);
	putc(']', out);
}

static void write_rule(FILE *out, const struct df_draft_group *group)
{
	fputs("      - { allow: ", out);
	write_destination(out, group);
	write_protocols(out, group);
	write_ports(out, group);
	fputs(" }\n", out);
}

/* A rule cannot ask for an operator in a country: one for both is enough. */
static bool has_rule(const struct df_draft *draft, size_t number, size_t full)
{
	const struct df_draft_group *group = &draft->groups[number];
	size_t i;

	for (i = 0; group->asn && i < number && i < full; i++) {
		const struct df_draft_group *other = &draft->groups[i];

		if (other->asn == group->asn &&
		    other->any_port == group->any_port &&
		    other->port_count == group->port_count &&
		    !memcmp(other->ports, group->ports, sizeof(other->ports)) &&
		    !memcmp(other->protocols, group->protocols,
			    sizeof(other->protocols)))
			return true;
	}
	return false;
}

/**
 * struct rules - rules while they are written
 * @out: where to
 * @draft: what they are of
 * @result: see there
 * @count: how many were written
 * @full: first group for which there was no room, SIZE_MAX for none
 */
struct rules {
	FILE *out;
	const struct df_draft *draft;
	struct df_draft_result *result;
	size_t count;
	size_t full;
};

static void write_group(struct rules *rules, size_t number)
{
	const struct df_draft_group *group = &rules->draft->groups[number];
	bool same = has_rule(rules->draft, number, rules->full);

	rules->result->flows += group->flows;
	write_comment(rules->out, group);
	if (same) {
		fputs("      # the rule for this operator above is for it too\n",
		      rules->out);
	} else if (kind_of(group) == KIND_NONE || rules->count == MOST_RULES) {
		if (rules->count == MOST_RULES && rules->full > number)
			rules->full = number;
		fputs("      # left out: there is no rule for it, or no room for one\n",
		      rules->out);
		rules->result->left_out += group->flows;
	} else {
		write_rule(rules->out, group);
		rules->count++;
	}
}

static void write_rules(struct rules *rules)
{
	const struct df_draft *draft = rules->draft;
	size_t i = 0;

	fputs("      # Local networks and the link to the aircraft", rules->out);
	if (draft->count && draft->groups[0].local) {
		write_sums(rules->out, &draft->groups[0]);
		rules->result->flows += draft->groups[i++].flows;
	} else {
		fputs(": nothing was seen\n", rules->out);
	}
	fputs("      - allow: local\n", rules->out);
	for (; i < draft->count; i++)
		write_group(rules, i);
}

static void write_head(FILE *out, const struct df_draft *draft,
		       const struct df_draft_frame *frame)
{
	char from[32], to[32];
	size_t i;

	df_report_moment(draft->pass.since, from);
	df_report_moment(draft->pass.until, to);
	fprintf(out, "# A draft: all that %s was seen to send, from %s\n"
		"# to %s. Read it, take out what is not wanted, and replay it.\n",
		draft->pass.application, from, to);
	if (draft->refused)
		fprintf(out, "# %" PRIu64 " flows were refused; no rule is for them.\n",
			draft->refused);
	if (!draft->count)
		fputs("# Warning: nothing was seen.\n", out);
	if (draft->lost)
		fprintf(out, "# Warning: %" PRIu64 " flows to further places are left out.\n",
			draft->lost);
	if (draft->hidden)
		fprintf(out, "# Warning: %" PRIu64 " packets did not show where they went.\n",
			draft->hidden);
	for (i = 0; i < frame->warning_count; i++)
		fprintf(out, "# Warning: %s.\n", frame->warnings[i]);
}

static bool any_of(const struct df_draft *draft, enum kind kind)
{
	size_t i;

	for (i = 0; i < draft->count; i++)
		if (!draft->groups[i].local && kind_of(&draft->groups[i]) == kind)
			return true;
	return false;
}

/**
 * df_draft_write() - write the policy
 * @out: where to; the caller looks for errors
 * @draft: after df_draft_end()
 * @frame: see there
 * @result: result
 */
void df_draft_write(FILE *out, const struct df_draft *draft,
		    const struct df_draft_frame *frame,
		    struct df_draft_result *result)
{
	struct rules rules = {
		.out = out, .draft = draft, .result = result, .full = SIZE_MAX,
	};

	memset(result, 0, sizeof(*result));
	result->left_out = draft->lost;
	write_head(out, draft, frame);
	fputs("version: 1\nname: draft\n", out);
	df_draft_write_geo(out, frame->policy, any_of(draft, KIND_COUNTRY),
			   any_of(draft, KIND_OPERATOR));
	fputs("profiles:\n  draft:\n    rules:\n", out);
	write_rules(&rules);
	fputs("    default: deny\n    log: new\n", out);
	df_draft_write_application(out, frame->policy, draft->pass.application);
}
