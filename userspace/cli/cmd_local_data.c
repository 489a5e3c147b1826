// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence local-data-mode: the switch of this machine keeps the data of an
 * application here; it is asked of the daemon. An application of a vendor may have a
 * switch of its own that is said to do the same. The operator declares when that was
 * on; each attempt towards a public address in that time contradicts the vendor.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "pilot.h"
#include "records.h"
#include "report_page.h"
#include "report_read.h"
#include "when.h"

/* Most times that it was switched on; and most addresses that are listed. */
#define TIMES 64
#define LISTED 1000

/**
 * struct request - what is asked for
 * @source: of the records
 * @when: from and to
 * @application: whose switch it is
 * @json: print JSON
 * @profile: to switch to, NULL for local data mode
 * @given: socket on the command line, or NULL
 * @on: it is on where the reader is
 * @times: when it was on
 * @count: how many
 * @lost: there was no room for more
 */
struct request {
	struct report_source source;
	struct df_report_interval when;
	const char *application;
	bool json;
	const char *profile;
	const char *given;
	bool on;
	struct df_report_interval times[TIMES];
	size_t count;
	bool lost;
};

enum {
	OPT_SINCE = 256,
	OPT_UNTIL,
	OPT_STORE,
	OPT_CONTROL,
	OPT_JSON,
	OPT_PROFILE,
	OPT_HELP,
};

const struct option cmd_local_data_options[] = {
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence local-data-mode on [APP] [--profile NAME]\n"
"       dronefence local-data-mode off [APP]\n"
"       dronefence local-data-mode status\n"
"       dronefence local-data-mode declare APP on|off [OPTION...]\n"
"       dronefence local-data-mode verify APP [OPTION...]\n"
"\n"
"Let APP, or all applications, reach local networks only, whatever else the policy\n"
"allows; off takes root. Or give it another profile of the policy.\n"
"\n"
"Record that the vendor's own switch of APP is on or off; or list what APP tried\n"
"to send to public addresses while it was on.\n"
"\n"
"  --profile NAME  in place of that of APP; root, or one with \"pilot: true\"\n"
"  --since WHEN, --until WHEN\n"
"                  from and to, as of dronefence log; default: all records\n"
"  --json          status and verify print JSON\n"
"  --store FILE    default " DF_STORE_PATH "\n"
"  --control PATH  socket of the daemon, default " DF_CONTROL_PATH ",\n"
"                  for who is not root " DF_PILOT_PATH "\n"
"\n"
"exit status of on and off: 0 in force, 1 refused or failed, 2 usage, 6 not a pilot;\n"
"of status: 0, 1 failed, 3 nothing is fenced, 6 not a pilot;\n"
"of declare: 0 done, 1 failed, 2 usage, 6 not root;\n"
"of verify: 0 nothing was tried, 1 something was, 2 usage, 4 there is no store or\n"
"it was not declared, 13 cannot tell\n";

static void end_time(struct request *request, int64_t end)
{
	struct df_report_interval *last = &request->times[request->count - 1];

	last->to = end < request->when.to ? end : request->when.to;
	if (last->from < request->when.from)
		last->from = request->when.from;
	if (last->from >= last->to)
		request->count--;
	request->on = false;
}

static void note_switch(struct request *request, const char *declared,
			int64_t time)
{
	if (!strcmp(declared, "off") && request->on) {
		end_time(request, time);
	} else if (!strcmp(declared, "on") && !request->on) {
		if (request->count == TIMES) {
			request->lost = true;
			return;
		}
		request->times[request->count++].from = time;
		request->on = true;
	}
}

static int note(const struct df_store_record *record, void *arg)
{
	struct request *request = arg;
	const char *declared, *time;
	json_t *object;
	int64_t ns;
	int err = df_store_load(record->line, record->length, &object);

	if (err)
		return err == -ENOMEM ? err : 0;
	declared = json_string_value(json_object_get(object, "declared"));
	time = json_string_value(json_object_get(object, "time"));
	if (declared && time && !df_when_parse(time, 0, &ns))
		note_switch(request, declared, ns);
	json_decref(object);
	return 0;
}

static enum df_exit find_times(struct request *request)
{
	const struct df_store_filter filter = {
		.since = INT64_MIN, .until = request->when.to, .port = -1,
		.type = "local-data-mode", .application = request->application,
	};
	struct df_store_reader *reader;
	enum df_exit status = DF_EXIT_OK;
	int err = df_store_read(request->source.store, &reader);

	if (!err)
		err = df_store_query(reader, &filter, note, request);
	if (err)
		status = records_failed(request->source.store, reader, err);
	df_store_read_end(reader);
	if (status)
		return status == DF_EXIT_NO_OBJECT ? status :
		       DF_EXIT_CANNOT_TELL;
	if (request->on)
		end_time(request, request->when.to);
	if (request->lost) {
		complain("it was switched on more than %d times; narrow the span",
			 TIMES);
		return DF_EXIT_CANNOT_TELL;
	}
	if (request->count)
		return DF_EXIT_OK;
	complain("local data mode of %s was not declared to be on",
		 request->application);
	return DF_EXIT_NO_OBJECT;
}

static bool is_violation(const struct df_report_row *row)
{
	const struct df_report_sums *sums = &row->sums;

	return row->public && (sums->attempts || sums->watched ||
			       sums->allowed || sums->flows);
}

/* What became of it, by all records of the address together. */
static const char *outcome(const struct df_report_sums *sums)
{
	bool passed = sums->packets || sums->allowed || sums->watched;

	if (passed && (sums->attempts || sums->refused_packets))
		return "denied and passed";
	return passed ? "passed" : "denied";
}

static size_t count_violations(const struct df_report *report)
{
	size_t i, count = 0;

	for (i = 0; i < report->destinations.count; i++)
		count += is_violation(&report->destinations.rows[i]);
	return count;
}

/* Nothing is listed, and yet there was something. */
static bool has_more(const struct df_report *report)
{
	return report->apps[0].open_public || report->destinations.left_out;
}

static void print_violation(const struct df_report_row *row)
{
	char bytes[32], first[32];

	df_report_bytes(row->sums.bytes, bytes);
	df_report_moment(row->first, first);
	printf("%-40s %-2s %-17s %14s bytes %6" PRIu64 " denied  %s  %s%s%s\n",
	       row->key, row->country, outcome(&row->sums), bytes,
	       row->sums.attempts, first, row->operator,
	       *row->label ? "  " : "", row->label);
}

static void print_lacks(const struct df_report *report, uint32_t lacks)
{
	char text[DF_REPORT_TEXT];
	int i;

	for (i = 0; i < DF_LACKS; i++) {
		if (!(lacks & 1u << i))
			continue;
		df_report_lack_text(report, (enum df_report_lack)i, text);
		printf("  %s\n", text);
	}
}

static void print_times(const struct request *request)
{
	char from[32], to[32];
	size_t i;

	printf("Local data mode of %s was declared to be on\n",
	       request->application);
	for (i = 0; i < request->count; i++) {
		df_report_moment(request->times[i].from, from);
		df_report_moment(request->times[i].to, to);
		printf("  from %s to %s\n", from, to);
	}
}

static void print_result(const struct request *request,
			 const struct df_report *report, uint32_t lacks)
{
	const struct df_report_table *table = &report->destinations;
	size_t count = count_violations(report), i, listed = 0;

	print_times(request);
	if (count || has_more(report))
		printf("It tried to reach %zu public addresses:\n", count);
	else if (lacks)
		printf("No attempt to reach a public address is recorded, but there may have been some:\n");
	else
		printf("It did not try to reach any public address.\n");
	for (i = 0; i < table->count && listed < LISTED; i++)
		if (is_violation(&table->rows[i])) {
			print_violation(&table->rows[i]);
			listed++;
		}
	if (count > listed || table->left_out)
		printf("and more\n");
	if (report->apps[0].open_public)
		printf("%" PRIu64 " flows to public addresses are still open\n",
		       report->apps[0].open_public);
	if (count && lacks)
		printf("There may have been more:\n");
	print_lacks(report, lacks);
}

static json_t *violation_json(const struct df_report_row *row)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o}",
			 "address", row->key, "country", row->country,
			 "operator", row->operator, "dns", row->label,
			 "outcome", outcome(&row->sums),
			 "bytes", (json_int_t)row->sums.bytes,
			 "denied", (json_int_t)row->sums.attempts,
			 "first", report_moment_json(row->first),
			 "last", report_moment_json(row->last));
}

static json_t *violations_json(const struct df_report_table *table)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct df_report_row *row = &table->rows[i];

		if (is_violation(row))
			json_add(&array, violation_json(row));
	}
	return array;
}

static enum df_exit tell(const struct request *request,
			 const struct df_report *report)
{
	uint32_t lacks = df_report_unseen(report, &report->apps[0]);
	enum df_exit status = lacks ? DF_EXIT_CANNOT_TELL : DF_EXIT_OK;
	static const char *const results[] = { "none", "violated" };

	if (count_violations(report) || has_more(report))
		status = DF_EXIT_FAILED;
	if (!request->json) {
		print_result(request, report, lacks);
		return status;
	}
	if (print_json(json_pack("{s:i, s:s, s:s, s:o, s:o, s:I, s:b, s:o}",
				 "v", 1, "application", request->application,
				 "result", status == DF_EXIT_CANNOT_TELL ?
				 "cannot-tell" : results[status],
				 "declared", report_intervals_json(request->times, request->count), "violations",
				 violations_json(&report->destinations), "open",
				 (json_int_t)report->apps[0].open_public,
				 "more-not-told-apart",
				 report->destinations.left_out,
				 "lacking", report_lacks_json(report, lacks))))
		return DF_EXIT_CANNOT_TELL;
	return status;
}

static enum df_exit verify(struct request *request)
{
	struct df_report_options report_options = {
		.application = request->application, .only = request->times,
	};
	struct df_report *report;
	enum df_exit status = find_times(request);

	if (status)
		return status;
	report_options.only_count = request->count;
	report_options.when.from = request->times[0].from;
	report_options.when.to = request->times[request->count - 1].to;
	/* Who cannot read the records cannot tell; 1 would be an accusation. */
	if (report_read(&request->source, &report_options, &report))
		return DF_EXIT_CANNOT_TELL;
	status = tell(request, report);
	df_report_free(report);
	return status;
}

static enum df_exit declare(const struct request *request, const char *value)
{
	bool on = !strcmp(value, "on");

	if (!on && strcmp(value, "off")) {
		complain("\"%s\" is neither \"on\" nor \"off\"", value);
		return DF_EXIT_USAGE;
	}
	return records_ask(request->source.control,
			   json_pack("{s:s, s:s, s:b}", "request",
				     "local-data-mode", "application",
				     request->application, "on", on));
}

static bool take(struct request *request, int option)
{
	switch (option) {
	case OPT_SINCE:
		return records_when(optarg, &request->when.from);
	case OPT_UNTIL:
		return records_when(optarg, &request->when.to);
	case OPT_STORE:
		request->source.store = optarg;
		return true;
	case OPT_CONTROL:
		request->source.control = optarg;
		request->given = optarg;
		return true;
	case OPT_PROFILE:
		request->profile = optarg;
		return true;
	case OPT_JSON:
		request->json = true;
		return true;
	default:
		complain("try: dronefence local-data-mode --help");
		return false;
	}
}

static enum df_exit show(const struct request *request)
{
	json_t *answer;
	enum df_exit status = pilot_status(pilot_socket(request->given), &answer);

	if (status)
		return status;
	if (request->json)
		return print_json(answer);
	status = pilot_print(answer);
	json_decref(answer);
	return status;
}

static enum df_exit switch_over(const struct request *request, bool on)
{
	if (request->profile && !on) {
		complain("to switch off takes no profile");
		return DF_EXIT_USAGE;
	}
	return pilot_switch(pilot_socket(request->given),
			    json_pack("{s:s, s:b, s:s*, s:s*}", "request",
				      "switch", "on", on, "application",
				      request->application, "profile",
				      request->profile));
}

static bool is_switch(int argc, char **argv)
{
	return argc > 0 && (!strcmp(argv[0], "on") || !strcmp(argv[0], "off"));
}

/**
 * cmd_local_data() - switch, declare that a vendor's switch is on, or hold it to its word
 * @cli: options
 * @argc: the name, its arguments and its options
 * @argv: see @argc
 *
 * Return: of on and off see pilot_switch(), of status pilot_print(), of declare
 * records_ask(). Of verify DF_EXIT_OK if nothing was tried;
 * DF_EXIT_FAILED if something was; DF_EXIT_CANNOT_TELL; DF_EXIT_NO_OBJECT if there
 * is no store, or if it was not declared.
 */
enum df_exit cmd_local_data(const struct cli *cli, int argc, char **argv)
{
	struct request request = {
		.source = { .store = DF_STORE_PATH, .control = DF_CONTROL_PATH },
		.when = { 0, records_now() },
		.json = cli->json,
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_local_data_options,
				     NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return DF_EXIT_OK;
		}
		if (!take(&request, option))
			return DF_EXIT_USAGE;
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && !strcmp(argv[0], "status"))
		return show(&request);
	if (argc == 1 && is_switch(argc, argv))
		return switch_over(&request, !strcmp(argv[0], "on"));
	if (argc < 2 || !valid_application(argv[1])) {
		complain("try: dronefence local-data-mode --help");
		return DF_EXIT_USAGE;
	}
	request.application = argv[1];
	if (argc == 2 && is_switch(argc, argv))
		return switch_over(&request, !strcmp(argv[0], "on"));
	if (!strcmp(argv[0], "declare") && argc == 3)
		return declare(&request, argv[2]);
	if (!strcmp(argv[0], "verify") && argc == 2)
		return verify(&request);
	complain("try: dronefence local-data-mode --help");
	return DF_EXIT_USAGE;
}
