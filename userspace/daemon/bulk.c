// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many small flows are one large one to whoever receives them. So what an
 * application sent is added up over flows, apart for each country and operator,
 * and told when it passes the limit of the policy; then counting begins anew, so
 * that each record stands for bytes that no other counts. A flow counts when it
 * has ended, because only then the kernel says what it sent.
 */
#include <string.h>

#include "addr.h"
#include "bulk.h"

static bool is_same(const struct df_bulk_note *total,
		    const struct df_record *record)
{
	return total->asn == record->notes.asn &&
	       !strcmp(total->country, record->event.country) &&
	       !strcmp(total->application, record->event.application);
}

static struct df_bulk_note *begin(struct df_bulk_note *total,
				  const struct df_record *record)
{
	memset(total, 0, sizeof(*total));
	strcpy(total->application, record->event.application);
	strcpy(total->country, record->event.country);
	total->asn = record->notes.asn;
	total->since = record->event.time;
	return total;
}

/* Where there is no room the smallest one makes it: it is the furthest away. */
static struct df_bulk_note *find(struct df_bulk *bulk,
				 const struct df_record *record)
{
	struct df_bulk_note *smallest = &bulk->list[0];
	size_t i;

	for (i = 0; i < bulk->count; i++) {
		struct df_bulk_note *total = &bulk->list[i];

		if (is_same(total, record))
			return total;
		if (total->bytes < smallest->bytes)
			smallest = total;
	}
	if (bulk->count < DF_BULK_TOTALS)
		smallest = &bulk->list[bulk->count++];
	return begin(smallest, record);
}

static bool counts(const struct df_record *record)
{
	const struct df_event *event = &record->event;

	return record->type == DF_RECORD_EVENT &&
	       event->type == DFENCE_EVENT_FLOW_END && event->totals.bytes &&
	       !event->ethertype &&
	       !df_addr_is_local(event->family, event->daddr);
}

/**
 * df_bulk_add() - count a record
 * @bulk: what was counted so far
 * @limit: bytes that are worth a record, 0 for none
 * @record: any, with its notes; only the end of a flow to a public address counts
 * @note: what is to be told
 *
 * Return: false if there is nothing to tell.
 */
bool df_bulk_add(struct df_bulk *bulk, uint64_t limit,
		 const struct df_record *record, struct df_bulk_note *note)
{
	struct df_bulk_note *total;

	if (!limit || !counts(record))
		return false;
	total = find(bulk, record);
	if (!total->flows)
		total->since = record->event.time;
	total->flows++;
	if (__builtin_add_overflow(total->bytes, record->event.totals.bytes,
				   &total->bytes))
		total->bytes = UINT64_MAX;
	if (total->bytes < limit)
		return false;
	*note = *total;
	note->limit = limit;
	memcpy(note->as_name, record->notes.as_name, sizeof(note->as_name));
	total->bytes = 0;
	total->flows = 0;
	return true;
}
