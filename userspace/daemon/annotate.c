// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Remarks beside the events: whose network, what program, which unit, which line
 * of the policy, and what a policy replaced. Nothing that decides anything sees
 * them.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "annotate.h"

static_assert(DF_AS_NAME_MAX == DF_GEO_WHO_NAME, "names of operators");
static_assert(DF_GEO_TEXT_MAX == DF_FACTS_GEO, "lists of geo data");
static_assert(DF_CAUSE_TEXT_MAX == DF_FACTS_CAUSE, "causes of a change");

/**
 * df_annotate_init() - nothing is known yet
 * @annotate: result
 * @geo_root: prefix of the usual places of geo data, NULL for none; borrowed
 * @cache: folder of compiled policies, NULL for none
 */
void df_annotate_init(struct df_annotate *annotate, const char *geo_root,
		      const char *cache)
{
	memset(annotate, 0, sizeof(*annotate));
	annotate->geo_root = geo_root;
	annotate->who.ops = &df_who_system;
	snprintf(annotate->cache, sizeof(annotate->cache), "%s", cache ?: "");
	df_geo_who_init(&annotate->geo);
}

/**
 * df_annotate_free() - the reverse of df_annotate_init()
 * @annotate: initialised
 */
void df_annotate_free(struct df_annotate *annotate)
{
	df_geo_who_close(&annotate->geo);
	df_places_free(&annotate->places);
}

/**
 * df_annotate_geo() - look whether the geo data was replaced
 * @annotate: initialised
 *
 * To be called once a second.
 *
 * Return: what is wrong with it, to be told; NULL if nothing is, or it was told.
 */
const char *df_annotate_geo(struct df_annotate *annotate)
{
	struct df_geo_who *geo = &annotate->geo;

	if (df_geo_who_refresh(geo, annotate->geo_root) || !*geo->problem)
		annotate->geo_told = false;
	if (!*geo->problem || annotate->geo_told)
		return NULL;
	annotate->geo_told = true;
	return geo->problem;
}

static struct df_annotate_past *slot_of(struct df_annotate *annotate,
					uint32_t generation)
{
	return &annotate->past[generation % DF_ANNOTATE_PAST];
}

static void remember(struct df_annotate *annotate, uint64_t instance,
		     uint32_t generation,
		     const uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	struct df_annotate_past *past = slot_of(annotate, generation);

	past->instance = instance;
	past->generation = generation;
	memcpy(past->digest, digest, sizeof(past->digest));
}

/**
 * df_annotate_policy() - there may be another policy in force
 * @annotate: initialised
 * @client: open, and not in use
 * @instance: of the kernel module
 * @generation: of the policy that records are of, or that is in force
 *
 * The kernel is asked once for each generation; if that fails, nothing is known of
 * it until the next one.
 */
void df_annotate_policy(struct df_annotate *annotate, struct df_client *client,
			uint64_t instance, uint32_t generation)
{
	struct df_places *places = &annotate->places;

	if (annotate->tried_instance == instance &&
	    annotate->tried == generation)
		return;
	annotate->tried_instance = instance;
	annotate->tried = generation;
	memset(&annotate->facts, 0, sizeof(annotate->facts));
	if (df_places_load(places, client, instance) || !places->generation)
		return;
	remember(annotate, instance, places->generation, places->digest);
	if (*annotate->cache)
		df_facts_read(annotate->cache, places->digest, &annotate->facts);
}

static void note_policy(struct df_annotate *annotate, struct df_record *record)
{
	const struct df_event *event = &record->event;
	const struct df_annotate_past *past;
	struct df_facts facts;

	past = slot_of(annotate, event->generation - 1);
	if (event->generation > 1 && past->instance == record->instance &&
	    past->generation == event->generation - 1) {
		record->replaced.known = true;
		record->replaced.generation = past->generation;
		memcpy(record->replaced.digest, past->digest,
		       sizeof(past->digest));
	}
	remember(annotate, record->instance, event->generation, event->digest);
	if (*annotate->cache &&
	    !df_facts_read(annotate->cache, event->digest, &facts)) {
		memcpy(record->replaced.geo, facts.geo, sizeof(facts.geo));
		memcpy(record->replaced.cause, facts.cause,
		       sizeof(facts.cause));
	}
}

static void note_operator(struct df_annotate *annotate,
			  const struct df_event *event, struct df_notes *notes)
{
	const struct df_geo_who_answer *answer;

	if (event->ethertype || df_addr_is_local(event->family, event->daddr))
		return;
	answer = df_geo_who_ask(&annotate->geo, event->family, event->daddr);
	if (!answer)
		return;
	notes->asn = answer->asn;
	memcpy(notes->as_name, answer->name, sizeof(notes->as_name));
}

/**
 * df_annotate_record() - write beside an event what is known
 * @annotate: initialised
 * @record: an event whose notes are empty
 *
 * The remote address is the destination: an application sends, or somebody sends
 * through this machine.
 */
void df_annotate_record(struct df_annotate *annotate, struct df_record *record)
{
	const struct df_event *event = &record->event;
	struct df_notes *notes = &record->notes;

	switch (event->type) {
	case DFENCE_EVENT_VERDICT:
	case DFENCE_EVENT_FLOW_END:
	case DFENCE_EVENT_SOCKET_CLOSED:
		note_operator(annotate, event, notes);
		df_who_ask(&annotate->who, event, notes);
		df_places_ask(&annotate->places, record->instance, event, notes);
		break;
	case DFENCE_EVENT_PLACED:
		df_who_ask(&annotate->who, event, notes);
		break;
	case DFENCE_EVENT_POLICY:
		note_policy(annotate, record);
		break;
	default:
		break;
	}
}

/**
 * df_annotate_bulk() - count what a record says was sent
 * @annotate: initialised
 * @record: after df_annotate_record()
 * @note: what is to be told
 *
 * Return: false if there is nothing to tell.
 */
bool df_annotate_bulk(struct df_annotate *annotate,
		      const struct df_record *record,
		      struct df_bulk_note *note)
{
	return df_bulk_add(&annotate->bulk, annotate->facts.bulk, record, note);
}
