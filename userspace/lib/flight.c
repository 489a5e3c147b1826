// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "event.h"
#include "flight.h"
#include "when.h"

static bool read_time(const json_t *record, int64_t *ns)
{
	const char *text = json_string_value(json_object_get(record, "time"));

	return text && !df_when_parse(text, 0, ns);
}

/**
 * df_flight_next() - read the next record of a flight
 * @scan: zeroed at first
 * @record: in the order of the store; other kinds than "flight" are no harm
 * @flight: result
 *
 * A flight whose end is not recorded ends with the beginning of the next one: its
 * end is not known then. After the last record the one in @scan is still open.
 *
 * Return: true if @flight is over.
 */
bool df_flight_next(struct df_flight_scan *scan, const json_t *record,
		    struct df_flight *flight)
{
	const char *what = json_string_value(json_object_get(record, "flight"));
	const char *name = json_string_value(json_object_get(record, "name"));
	bool over = scan->open;
	int64_t time;

	if (!what || !name || !read_time(record, &time))
		return false;
	*flight = scan->flight;
	if (!strcmp(what, "start")) {
		scan->open = true;
		scan->flight.begin = time;
		scan->flight.end = INT64_MAX;
		df_escape(name, DF_FLIGHT_NAME_SIZE, "\"", scan->flight.name,
			  DF_FLIGHT_NAME_SIZE);
		return over;
	}
	if (strcmp(what, "stop"))
		return false;
	flight->end = time;
	scan->open = false;
	return over;
}
