// SPDX-License-Identifier: GPL-2.0-or-later
/* What a draft takes from another policy: where geo data comes from, who it is. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "confine.h"
#include "draft.h"

#define DAY 86400

static const char *const kinds[] = {
	[DF_GEO_LIBLOC] = "libloc",
	[DF_GEO_TOR] = "tor-geoipdb",
	[DF_GEO_MMDB] = "mmdb",
};

/* In double quotes, so that it means the same again. */
static void write_quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void write_age(FILE *out, uint64_t seconds)
{
	if (seconds == UINT64_MAX)
		fputs("none", out);
	else
		fprintf(out, "%" PRIu64 "d", seconds / DAY);
}

static void write_source(FILE *out, const struct df_geo_spec *spec)
{
	fputs("{ source: ", out);
	if (spec->path) {
		char *text;

		if (asprintf(&text, "%s:%s", kinds[spec->kind], spec->path) < 0)
			text = NULL;
		/* Not a source: the draft is refused, and nothing is left out. */
		write_quoted(out, text ?: "");
		free(text);
	} else {
		fputs(kinds[spec->kind], out);
	}
	if (spec->optional)
		fputs(", optional: true", out);
	if (spec->max_age) {
		fputs(", max-age: ", out);
		write_age(out, spec->max_age);
	}
	fputs(" }", out);
}

static void write_sources(FILE *out, const char *key,
			  const struct df_geo_spec *list, size_t count)
{
	size_t i;

	if (!count)
		return;
	fprintf(out, "  %s:\n", key);
	for (i = 0; i < count; i++) {
		fputs("    - ", out);
		write_source(out, &list[i]);
		putc('\n', out);
	}
}

static bool is_there(const struct df_geo_spec *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!list[i].optional)
			return true;
	return false;
}

static const struct df_geo_spec usual_country[] = {
	{ .kind = DF_GEO_TOR, .optional = true }, { .kind = DF_GEO_LIBLOC },
};

static const struct df_geo_spec usual_operator[] = {
	{ .kind = DF_GEO_LIBLOC },
};

/**
 * df_draft_write_geo() - write where geo data comes from
 * @out: where to
 * @policy: that it is taken from where it will do, NULL for the usual sources
 * @countries: rules ask for countries
 * @operators: rules ask for operators
 */
void df_draft_write_geo(FILE *out, const struct df_policy *policy,
			bool countries, bool operators)
{
	bool country = policy &&
		       (!countries ||
			is_there(policy->country, policy->country_count));
	bool operator = policy &&
			(!operators ||
			 is_there(policy->operator, policy->operator_count));

	if (policy && country && operator && !policy->country_count &&
	    !policy->operator_count)
		return;
	fputs("geo:\n", out);
	write_sources(out, "country", country ? policy->country : usual_country,
		      country ? policy->country_count : 2);
	write_sources(out, "operator",
		      operator ? policy->operator : usual_operator,
		      operator ? policy->operator_count : 1);
	if (!policy)
		return;
	fprintf(out, "  quorum: { deny: %s, allow: %s }\n",
		df_quorum_name(policy->quorum_deny),
		df_quorum_name(policy->quorum_allow));
	if (policy->max_age) {
		fputs("  max-age: ", out);
		write_age(out, policy->max_age);
		putc('\n', out);
	}
}

static void write_forward(FILE *out, const struct df_selector *selector)
{
	char text[DF_NET_STRLEN];
	const char *comma = "";

	if (*selector->in) {
		fputs("in-interface: ", out);
		write_quoted(out, selector->in);
		comma = ", ";
	}
	if (selector->has_source) {
		df_net_format(&selector->source, text);
		fprintf(out, "%ssource: \"%s\"", comma, text);
		comma = ", ";
	}
	if (selector->has_mac) {
		df_mac_format(selector->mac, text);
		fprintf(out, "%smac: \"%s\"", comma, text);
	}
}

static void write_selector(FILE *out, const struct df_selector *selector)
{
	fputs("      - { ", out);
	switch (selector->type) {
	case DFENCE_SELECTOR_CGROUP:
		fputs("cgroup: ", out);
		write_quoted(out, selector->pattern);
		break;
	case DFENCE_SELECTOR_EXECUTABLE:
		fputs("executable: ", out);
		write_quoted(out, selector->pattern);
		if (selector->copies)
			fputs(", copies: true", out);
		break;
	case DFENCE_SELECTOR_USER:
		fprintf(out, "user: %" PRIu32, selector->uid);
		break;
	case DFENCE_SELECTOR_FORWARD:
		write_forward(out, selector);
		break;
	}
	fputs(" }\n", out);
}

static void write_selectors(FILE *out, const struct df_application *app)
{
	bool any = false;
	size_t i;

	for (i = 0; i < app->selector_count; i++) {
		if (app->selectors[i].implied)
			continue;
		if (!any)
			fputs("    match:\n", out);
		any = true;
		write_selector(out, &app->selectors[i]);
	}
}

static void write_lifted(FILE *out, uint32_t lifted)
{
	const char *name, *comma = "";
	char unknown[64];
	size_t i;

	if (!lifted)
		return;
	fputs("    confine: { lift: [", out);
	for (i = 0; (name = df_confine_name(i, NULL)); i++) {
		uint32_t bit = 0;

		if (df_confine_lift(name, &bit, unknown, sizeof(unknown)) ||
		    !(lifted & bit))
			continue;
		fprintf(out, "%s%s", comma, name);
		comma = ", ";
	}
	fputs("] }\n", out);
}

static const struct df_application *find_app(const struct df_policy *policy,
					     const char *name)
{
	size_t i;

	for (i = 0; policy && i < policy->application_count; i++)
		if (!strcmp(policy->applications[i].name, name))
			return &policy->applications[i];
	return NULL;
}

/**
 * df_draft_write_application() - write who the policy is for
 * @out: where to
 * @policy: that has it, or not; NULL for none
 * @name: of the application, a valid one
 */
void df_draft_write_application(FILE *out, const struct df_policy *policy,
				const char *name)
{
	const struct df_application *app = find_app(policy, name);

	/* A name may look like something else to YAML. */
	fprintf(out, "applications:\n  \"%s\":\n", name);
	if (app)
		write_selectors(out, app);
	else
		fputs("    # How it is recognised is not known here; this is started by\n"
		      "    # dronefence run and the units of dronefence unit.\n", out);
	fputs("    profile: draft\n    mode: enforce\n", out);
	if (app && app->strays != DFENCE_STRAYS_REPORT)
		fprintf(out, "    strays: %s\n", df_strays_name(app->strays));
	if (app)
		write_lifted(out, app->lifted);
}
