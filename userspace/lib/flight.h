/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flights, as the records tell of them. */
#ifndef DF_FLIGHT_H
#define DF_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* Longest name of a flight as it is printed, the NUL included. */
#define DF_FLIGHT_NAME_SIZE 260

/**
 * struct df_flight - a flight
 * @name: printable ASCII
 * @begin: ns since 1970
 * @end: the same; INT64_MAX if it is not known
 */
struct df_flight {
	char name[DF_FLIGHT_NAME_SIZE];
	int64_t begin;
	int64_t end;
};

/**
 * struct df_flight_scan - where a reader of the records is
 * @open: @flight has begun and not ended
 * @flight: see @open
 */
struct df_flight_scan {
	bool open;
	struct df_flight flight;
};

bool df_flight_next(struct df_flight_scan *scan, const json_t *record,
		    struct df_flight *flight);

#endif
