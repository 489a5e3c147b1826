// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "present.h"
#include "situation.h"

/* More do not fit into an answer. */
#define APPLICATIONS_MAX 64
#define REASONS_MAX 32

static void add_reason(const char *reason, void *arg)
{
	json_t *list = arg;

	if (json_array_size(list) < REASONS_MAX)
		json_array_append_new(list, json_string(reason));
}

static bool passes(struct df_client *client, const char *app,
		   const struct df_link *link, const char *out)
{
	struct df_explanation explanation;
	enum df_family family;
	df_u128 addr;

	return !df_addr_parse(link->to, &family, &addr) &&
	       !df_client_explain_out(client, app, family, addr, link->protocol,
				      link->port, out, &explanation) &&
	       explanation.verdict == DFENCE_VERDICT_ALLOW;
}

/* By whatever interface the aircraft is reached. */
static bool passes_somewhere(struct df_client *client, const char *app,
			     const struct df_link *link)
{
	struct if_nameindex *names, *name;
	bool found = passes(client, app, link, NULL);

	if (found)
		return true;
	names = if_nameindex();
	for (name = names; name && name->if_index && !found; name++)
		found = passes(client, app, link, name->if_name);
	if_freenameindex(names);
	return found;
}

/* What is stopped of the link to the aircraft, "" for nothing. */
static void find_cut(struct df_client *client, const char *app, char cut[128])
{
	const struct df_link *first = NULL;
	size_t count = 0, i;

	for (i = 0; i < df_link_count; i++) {
		if (passes_somewhere(client, app, &df_links[i]))
			continue;
		if (!count++)
			first = &df_links[i];
	}
	cut[0] = '\0';
	if (first)
		snprintf(cut, 128, "%s to %s port %u/%s, one of %zu", first->name,
			 first->to, first->port,
			 first->protocol == IPPROTO_UDP ? "udp" : "tcp", count);
}

static json_t *pack_application(struct df_client *client,
				const struct df_situation *situation, size_t i,
				const struct df_switches *switches, uint64_t now)
{
	const struct df_application_info *app = &situation->apps.list[i];
	const struct df_switch *entry = df_switches_of(switches, app->name);
	uint64_t left = entry && entry->unlocked_until > now ?
			entry->unlocked_until - now : 0;
	char cut[128];

	find_cut(client, app->name, cut);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:I}",
			 "name", app->name, "profile", app->profile,
			 "mode", df_mode_name(app->mode),
			 "processes", (json_int_t)situation->processes[i],
			 "denied", (json_int_t)(app->counters.denied_packets +
						app->counters.dropped_packets),
			 "link-cut", cut, "switched", entry ? entry->profile : "",
			 "unlocked-seconds", (json_int_t)left);
}

static json_t *pack(struct df_client *client,
		    const struct df_situation *situation,
		    const struct df_switches *switches)
{
	json_t *reasons = json_array(), *apps = json_array();
	uint64_t now = df_boottime();
	size_t i;

	df_light_reasons(situation, add_reason, reasons);
	for (i = 0; i < situation->apps.count && i < APPLICATIONS_MAX; i++)
		json_array_append_new(apps,
				      pack_application(client, situation, i,
						       switches, now));
	return json_pack("{s:b, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:o}", "ok", 1,
			 "state", df_light_name(df_light_of(situation)),
			 "reasons", reasons, "policy", situation->policy.name,
			 "generation", (json_int_t)situation->policy.generation,
			 "geo-date", (json_int_t)situation->policy.geo_date,
			 "policy-time",
			 (json_int_t)(situation->policy.time / 1000000000u),
			 "application-count",
			 (json_int_t)situation->apps.count, "applications", apps);
}

/**
 * df_present() - how the fence stands
 * @client: connection to the module, NULL for none
 * @switches: what is switched
 *
 * Return: new reference, NULL without memory. At most 64 applications are listed.
 */
json_t *df_present(struct df_client *client, const struct df_switches *switches)
{
	struct df_situation situation;
	json_t *answer;
	int err = df_situation_read(client, "", &situation);

	if (err)
		answer = json_pack("{s:b, s:s}", "ok", 0, "error",
				   strerror(-err));
	else
		answer = pack(client, &situation, switches);
	df_situation_free(&situation);
	return answer;
}
