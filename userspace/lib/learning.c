// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "learning.h"
#include "when.h"

static bool read_time(const json_t *record, const char *key, int64_t *ns)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text && !df_when_parse(text, 0, ns);
}

/**
 * df_learning_add() - read the next record
 * @learning: zeroed at first; the last time of learning
 * @record: of kind "learning", of one application, in the order of the store
 *
 * A start while one is under way begins anew. A record that was made by no
 * daemon is no harm: it is left out.
 */
void df_learning_add(struct df_learning *learning, const json_t *record)
{
	const char *what = json_string_value(json_object_get(record, "learning"));
	int64_t time, until;

	if (!what || !read_time(record, "time", &time))
		return;
	if (!strcmp(what, "start")) {
		if (read_time(record, "until", &until) && until > time)
			*learning = (struct df_learning){ true, time, until };
	} else if (!strcmp(what, "stop") && time > learning->begin &&
		   time < learning->end) {
		learning->end = time;
	}
}
