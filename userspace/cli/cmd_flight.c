// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence flight: tell the daemon when a flight begins and ends, so that the
 * records can be asked for by its name.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "flight.h"
#include "records.h"

/**
 * struct flights - what list is at
 * @scan: flights as they are read
 * @array: those that are over, NULL to print them
 */
struct flights {
	struct df_flight_scan scan;
	json_t *array;
};

enum {
	OPT_STORE = 256,
	OPT_CONTROL,
	OPT_JSON,
	OPT_HELP,
};

const struct option cmd_flight_options[] = {
	{ "store", required_argument, NULL, OPT_STORE },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence flight start NAME | stop | list [OPTION...]\n"
"\n"
"Tell the daemon that a flight begins or ends, or list those in the store.\n"
"\n"
"  --json          list prints JSON\n"
"  --store FILE    default " DF_STORE_PATH "\n"
"  --control PATH  socket of the daemon, default " DF_CONTROL_PATH "\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 4 there is no store, 6 not root\n";

static void format(int64_t ns, char buf[DF_TIME_STRLEN])
{
	if (ns == INT64_MAX)
		strcpy(buf, "-");
	else
		df_time_format((uint64_t)ns, 3, buf);
}

static int give(const struct flights *flights, const struct df_flight *flight)
{
	char begin[DF_TIME_STRLEN], end[DF_TIME_STRLEN];

	format(flight->begin, begin);
	format(flight->end, end);
	if (!flights->array) {
		printf("%-24s %-24s %s\n", begin, end, flight->name);
		return 0;
	}
	return json_array_append_new(flights->array,
				     json_pack("{s:s, s:s, s:o}",
					       "name", flight->name,
					       "begin", begin, "end",
					       flight->end == INT64_MAX ?
					       json_null() :
					       json_string(end))) ? -ENOMEM : 0;
}

static int note(const struct df_store_record *record, void *arg)
{
	struct flights *flights = arg;
	struct df_flight flight;
	json_t *object;
	int err = df_store_load(record->line, record->length, &object);

	if (err)
		return err == -ENOMEM ? err : 0;
	if (df_flight_next(&flights->scan, object, &flight))
		err = give(flights, &flight);
	json_decref(object);
	return err;
}

static int read_flights(struct df_store_reader *reader,
			struct flights *flights)
{
	const struct df_store_filter filter = {
		.since = INT64_MIN, .until = INT64_MAX, .port = -1,
		.type = "flight",
	};
	int err = df_store_query(reader, &filter, note, flights);

	if (!err && flights->scan.open)
		err = give(flights, &flights->scan.flight);
	return err;
}

static enum df_exit list(const char *store, bool json)
{
	struct flights flights = { .array = json ? json_array() : NULL };
	struct df_store_reader *reader;
	enum df_exit status = DF_EXIT_OK;
	int err = df_store_read(store, &reader);

	if (!err)
		err = read_flights(reader, &flights);
	if (err)
		status = records_failed(store, reader, err);
	df_store_read_end(reader);
	if (status)
		json_decref(flights.array);
	else if (json)
		status = print_json(flights.array);
	return status;
}

static enum df_exit act(int argc, char **argv, const char *store,
			const char *control, bool json)
{
	const char *what = argc ? argv[0] : "list";

	if (!strcmp(what, "start") && argc == 2)
		return records_ask(control, json_pack("{s:s, s:s}", "request",
						      "flight-start", "name",
						      argv[1]));
	if (!strcmp(what, "stop") && argc == 1)
		return records_ask(control, json_pack("{s:s}", "request",
						      "flight-stop"));
	if (!strcmp(what, "list") && argc <= 1)
		return list(store, json);
	complain("try: dronefence flight --help");
	return DF_EXIT_USAGE;
}

/**
 * cmd_flight() - begin, end or list flights
 * @cli: options
 * @argc: the name, its arguments and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK; DF_EXIT_FAILED if the daemon refused; DF_EXIT_PERMISSION;
 * DF_EXIT_NO_OBJECT if there is no store.
 */
enum df_exit cmd_flight(const struct cli *cli, int argc, char **argv)
{
	const char *store = DF_STORE_PATH, *control = DF_CONTROL_PATH;
	bool json = cli->json;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_flight_options,
				     NULL)) != -1) {
		switch (option) {
		case OPT_STORE:
			store = optarg;
			break;
		case OPT_CONTROL:
			control = optarg;
			break;
		case OPT_JSON:
			json = true;
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			return DF_EXIT_OK;
		default:
			complain("try: dronefence flight --help");
			return DF_EXIT_USAGE;
		}
	}
	return act(argc - optind, argv + optind, store, control, json);
}
