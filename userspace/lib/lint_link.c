// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles that would cut the link to the aircraft. What ground-control
 * programs talk to on the networks that drones open is sent through the
 * profile of each application that is enforced.
 */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "lint.h"

/**
 * struct cut - links that one rule cuts
 * @first: the first of them
 * @count: how many
 */
struct cut {
	const struct df_link *first;
	size_t count;
};

/*
 * By which interface the aircraft is reached is not known here: a link is cut
 * if it is by every interface that the rules speak of, and by any other.
 */
static int eval_link(const struct df_image *image, size_t profile,
		     enum df_family family, df_u128 addr,
		     const struct df_link *link, struct df_decision *decision)
{
	const struct df_image_profile *p = &image->profiles[profile];
	struct df_decision other;
	size_t r;
	int err;

	/* The name that no rule has: only a pattern of nothing but stars. */
	err = df_image_eval_out(image, profile, family, addr, link->protocol,
				link->port, "", decision);
	for (r = 0; !err && r < p->rule_count &&
	     decision->verdict != DFENCE_VERDICT_ALLOW; r++) {
		if (!*p->rules[r].out)
			continue;
		err = df_image_eval_out(image, profile, family, addr,
					link->protocol, link->port,
					p->rules[r].out, &other);
		if (!err && other.verdict == DFENCE_VERDICT_ALLOW)
			*decision = other;
	}
	return err;
}

/* @cuts: for each rule of the profile, the default first. */
static int find_cuts(const struct df_image *image, size_t profile,
		     struct cut *cuts)
{
	struct df_decision decision;
	enum df_family family;
	df_u128 addr;
	size_t i;
	int err;

	for (i = 0; i < df_link_count; i++) {
		err = df_addr_parse(df_links[i].to, &family, &addr);
		if (!err)
			err = eval_link(image, profile, family, addr, &df_links[i],
					&decision);
		if (err)
			return err;
		if (decision.verdict == DFENCE_VERDICT_ALLOW)
			continue;
		if (!cuts[decision.rule].count++)
			cuts[decision.rule].first = &df_links[i];
	}
	return 0;
}

static void report(const struct df_profile *profile, size_t rule,
		   const struct cut *cut, struct df_diags *diags)
{
	const struct df_mark *mark = rule ? &profile->rules[rule - 1].mark :
					    &profile->default_mark;
	char by[32] = "the default", more[32] = "";

	if (rule)
		snprintf(by, sizeof(by), "rule %zu", rule);
	if (cut->count > 1)
		snprintf(more, sizeof(more), " and %zu more", cut->count - 1);
	df_diag(diags, DF_WARNING, mark, NULL,
		"profile '%s' cuts the aircraft link: %s stops %s to %s port %u/%s%s",
		profile->name, by, cut->first->name, cut->first->to,
		cut->first->port,
		cut->first->protocol == IPPROTO_UDP ? "udp" : "tcp", more);
}

static bool is_enforced(const struct df_policy *policy, size_t profile)
{
	size_t i;

	for (i = 0; i < policy->application_count; i++)
		if (policy->applications[i].profile == profile &&
		    policy->applications[i].mode == DFENCE_MODE_ENFORCE)
			return true;
	return false;
}

/**
 * df_lint_link() - warn of profiles that cut the link to the aircraft
 * @policy: the policy
 * @image: compiled from @policy
 * @diags: where warnings go
 *
 * Only profiles of applications that are enforced matter.
 */
void df_lint_link(const struct df_policy *policy, const struct df_image *image,
		  struct df_diags *diags)
{
	struct cut cuts[DRONEFENCE_MAX_PROFILE_RULES + 1];
	size_t p, r;

	for (p = 0; p < policy->profile_count; p++) {
		if (!is_enforced(policy, p))
			continue;
		memset(cuts, 0, sizeof(cuts));
		if (find_cuts(image, p, cuts)) {
			diags->lost = true;
			return;
		}
		for (r = 0; r <= policy->profiles[p].rule_count; r++)
			if (cuts[r].count)
				report(&policy->profiles[p], r, &cuts[r], diags);
	}
}
