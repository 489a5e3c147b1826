// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon knows beside an event. Programs, units and operators have the
 * names that somebody gave them, and are escaped as all others are.
 */
#include <stdio.h>

#include "event.h"
#include "record.h"

/* Every byte of a text may become four. */
#define ESCAPED(size) (4 * (size) + 1)

static void text_field(struct df_fields *fields, const char *field,
		       const char *text, size_t size)
{
	char escaped[ESCAPED(DF_STRAY_EXE_MAX)];

	df_escape(text, size, "\"\\", escaped, sizeof(escaped));
	df_fields_text(fields, field, escaped);
}

static void event_notes(const struct df_notes *notes, struct df_fields *fields)
{
	if (notes->asn)
		df_fields_number(fields, "asn", notes->asn);
	text_field(fields, "as_name", notes->as_name, sizeof(notes->as_name));
	text_field(fields, "exe", notes->exe, sizeof(notes->exe));
	text_field(fields, "unit", notes->unit, sizeof(notes->unit));
	text_field(fields, "rule_file", notes->rule_file,
		   sizeof(notes->rule_file));
	if (notes->rule_line)
		df_fields_number(fields, "rule_line", notes->rule_line);
}

static void replaced_notes(const struct df_replaced *replaced,
			   struct df_fields *fields)
{
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1];
	int i;

	if (replaced->known) {
		for (i = 0; i < DRONEFENCE_DIGEST_LEN; i++)
			snprintf(digest + 2 * i, 3, "%02x", replaced->digest[i]);
		df_fields_number(fields, "previous_gen", replaced->generation);
		df_fields_text(fields, "previous_digest", digest);
	}
	text_field(fields, "geo", replaced->geo, sizeof(replaced->geo));
	text_field(fields, "cause", replaced->cause, sizeof(replaced->cause));
}

/**
 * df_notes_fields() - add what stands beside an event to a list
 * @record: an event
 * @fields: the list
 */
void df_notes_fields(const struct df_record *record, struct df_fields *fields)
{
	if (record->event.type == DFENCE_EVENT_POLICY)
		replaced_notes(&record->replaced, fields);
	else
		event_notes(&record->notes, fields);
}
