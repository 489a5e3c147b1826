// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The images that a policy can become: as its file says, and with each application
 * switched as a pilot may switch it. What only root may switch is not among them. The
 * same files give the same images on every machine.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "permit_file.h"
#include "switches.h"

/* Later than any time that will come. */
#define FOR_EVER UINT64_MAX

/**
 * struct states - how an application can be switched, its own profile aside
 * @profiles: names of profiles that a pilot may switch to
 * @count: of @profiles
 * @unlock: it can be unlocked
 */
struct states {
	const char *profiles[DRONEFENCE_MAX_PROFILES + 1];
	size_t count;
	bool unlock;
};

static void list_states(const struct df_policy *policy,
			enum df_permit_scope scope, struct states *states)
{
	size_t i;

	states->count = 0;
	states->unlock = scope == DF_PERMIT_ALL && policy->unlock &&
			 policy->unlock != UINT64_MAX;
	if (scope == DF_PERMIT_NO_SWITCHES)
		return;
	states->profiles[states->count++] = DF_LOCAL_DATA_MODE;
	for (i = 0; i < policy->profile_count; i++)
		if (policy->profiles[i].pilot)
			states->profiles[states->count++] =
				policy->profiles[i].name;
}

static size_t states_of_each(const struct states *states)
{
	return 1 + states->count + states->unlock;
}

/* 0 for more than fit into a permit. */
static size_t count_variants(const struct df_policy *policy,
			     const struct states *states)
{
	size_t count = 1, i;

	for (i = 0; i < policy->application_count; i++) {
		count *= states_of_each(states);
		if (count > DRONEFENCE_MAX_PERMITTED)
			return 0;
	}
	return count;
}

/* Each application has one digit of @number, which says how it is switched. */
static bool switch_as(const struct df_policy *policy,
		      const struct states *states, size_t number,
		      struct df_switches *switches)
{
	size_t i, digit;

	switches->count = 0;
	for (i = 0; i < policy->application_count; i++) {
		struct df_switch *entry;

		digit = number % states_of_each(states);
		number /= states_of_each(states);
		if (!digit)
			continue;
		entry = df_switches_entry(switches, policy->applications[i].name);
		if (!entry)
			return false;
		if (digit <= states->count)
			strcpy(entry->profile, states->profiles[digit - 1]);
		else
			entry->unlocked_until = FOR_EVER;
	}
	return true;
}

static bool fail(struct df_diags *diags, const char *why)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "%s", why);
	return false;
}

static bool add_image(const struct df_policy *policy, const struct df_geo *geo,
		      struct df_images *images, struct df_diags *diags)
{
	struct df_image *image = df_compile(policy, geo, diags);
	int err;

	if (!image)
		return false;
	err = df_image_digest(image, images->list[images->count]);
	df_image_free(image);
	if (err)
		return fail(diags, strerror(-err));
	images->count++;
	return true;
}

/* A policy that is switched is another one, so it is read again for each. */
static bool add_variant(const char *path, const struct df_policy *base,
			const struct df_geo *geo,
			const struct df_switches *switches,
			struct df_images *images, struct df_diags *diags)
{
	struct df_policy *policy = df_policy_load(path, diags);
	bool good = policy;

	if (good && memcmp(policy->digest, base->digest, sizeof(base->digest)))
		good = fail(diags, "the policy was changed meanwhile");
	good = good && df_switches_apply(switches, df_boottime(), policy, diags) &&
	       add_image(policy, geo, images, diags);
	df_policy_free(policy);
	return good;
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, DRONEFENCE_DIGEST_LEN);
}

/* Two variants can be the same image, as where the pilot's profile is its own. */
static void sort_images(struct df_images *images)
{
	size_t i, kept = 0;

	qsort(images->list, images->count, sizeof(*images->list), by_digest);
	for (i = 0; i < images->count; i++)
		if (!kept || by_digest(images->list[kept - 1], images->list[i]))
			memmove(images->list[kept++], images->list[i],
				sizeof(*images->list));
	images->count = kept;
}

static bool add_variants(const char *path, const struct df_policy *policy,
			 const struct df_geo *geo,
			 const struct df_permit_options *options,
			 struct df_images *images, struct df_diags *diags)
{
	struct df_switches switches = { 0 };
	struct states states;
	size_t count, i;
	bool good = true;

	list_states(policy, options->scope, &states);
	count = count_variants(policy, &states);
	if (!count) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			"%zu applications that a pilot can have in %zu states each are more images than the %u that fit into a permit; leave some out with --no-unlock or --no-switches",
			policy->application_count, states_of_each(&states),
			DRONEFENCE_MAX_PERMITTED);
		return false;
	}
	for (i = 0; good && i < count; i++) {
		/* What the first says, the others would only say again. */
		struct df_diags own = { 0 };

		df_progress(&options->progress, DF_PHASE_COMPILE, 100 * i / count);
		good = switch_as(policy, &states, i, &switches) ?
		       add_variant(path, policy, geo, &switches, images, &own) :
		       fail(&own, "out of memory");
		if (!i || !good)
			df_diags_append(diags, &own);
		df_diags_free(&own);
	}
	df_switches_free(&switches);
	return good;
}

/**
 * df_permit_images() - compile all that a pilot can make of a policy
 * @path: of the policy file
 * @options: see &struct df_permit_options
 * @images: result
 * @diags: where errors and warnings go
 *
 * Return: DF_EXIT_OK; DF_EXIT_POLICY if the policy is invalid, or has more variants than
 * a permit can list; DF_EXIT_GEO.
 */
enum df_exit df_permit_images(const char *path,
			      const struct df_permit_options *options,
			      struct df_images *images, struct df_diags *diags)
{
	struct df_policy *policy = df_policy_load(path, diags);
	struct df_geo *geo = NULL;
	bool good = false;

	images->count = 0;
	if (policy) {
		df_progress(&options->progress, DF_PHASE_READ, 0);
		geo = df_geo_load(policy, &options->geo, diags);
	}
	if (geo)
		good = add_variants(path, policy, geo, options, images, diags);
	df_geo_free(geo);
	if (policy)
		df_policy_quote(policy, diags);
	df_policy_free(policy);
	if (good)
		sort_images(images);
	else if (diags->errors && diags->errors == diags->geo_errors)
		return DF_EXIT_GEO;
	return good ? DF_EXIT_OK : DF_EXIT_POLICY;
}
