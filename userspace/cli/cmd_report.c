// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence report: what the applications sent in a span of time or on a flight,
 * by the records of the store, and what these do not tell.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "flight.h"
#include "records.h"
#include "report_page.h"
#include "report_read.h"
#include "seal.h"
#include "when.h"

/* Rows of a table, unless something else is asked for; and the most of them. */
#define TOP 20
#define TOP_MAX 10000

enum form { FORM_TEXT, FORM_JSON, FORM_HTML };

/**
 * struct request - what is asked for
 * @options: of the report
 * @source: of the report
 * @page: of the report
 * @form: how it is written
 * @output: to which file, NULL for standard output
 * @key: to be signed with, or NULL
 * @flight: name as it was given, or NULL
 * @name: as it is printed
 */
struct request {
	struct df_report_options options;
	struct report_source source;
	struct report_page page;
	enum form form;
	const char *output;
	const char *key;
	const char *flight;
	char name[DF_FLIGHT_NAME_SIZE];
};

enum {
	OPT_SINCE = 256,
	OPT_UNTIL,
	OPT_FLIGHT,
	OPT_APPLICATION,
	OPT_TEXT,
	OPT_JSON,
	OPT_HTML,
	OPT_OUTPUT,
	OPT_SIGN,
	OPT_TOP,
	OPT_STORE,
	OPT_CONTROL,
	OPT_HELP,
};

const struct option cmd_report_options[] = {
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "flight", required_argument, NULL, OPT_FLIGHT },
	{ "application", required_argument, NULL, OPT_APPLICATION },
	{ "text", no_argument, NULL, OPT_TEXT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "sign", required_argument, NULL, OPT_SIGN },
	{ "top", required_argument, NULL, OPT_TOP },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence report [OPTION...]\n"
"\n"
"Say what the applications sent, by the records of the store.\n"
"\n"
"  --since WHEN, --until WHEN\n"
"                    from and to, as of dronefence log; default: all records\n"
"  --flight NAME     the last flight of this name, see dronefence flight\n"
"  --application APP only of this application\n"
"  --text, --json    to standard output; --text is the default\n"
"  --html FILE       a page with a map, that needs nothing from elsewhere\n"
"  --output FILE     write text or JSON to FILE\n"
"  --sign KEY        sign FILE with this key (Ed25519, PEM), to FILE.sig;\n"
"                    FILE.sha256 is written in any case\n"
"  --top N           rows of a table, default 20; the rest is summed\n"
"  --store FILE      default " DF_STORE_PATH "\n"
"  --control PATH    socket of the daemon, default " DF_CONTROL_PATH "\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 4 there is no store or no such flight,\n"
"12 the store is damaged\n";

static bool take_top(struct request *request)
{
	char *end;
	unsigned long top = strtoul(optarg, &end, 10);

	if (*optarg < '0' || *optarg > '9' || *end || top > TOP_MAX) {
		complain("\"%s\" is not a number up to %d", optarg, TOP_MAX);
		return false;
	}
	request->page.top = top;
	return true;
}

/* How it is written. */
static bool take_form(struct request *request, int option)
{
	switch (option) {
	case OPT_TEXT:
		request->form = FORM_TEXT;
		return true;
	case OPT_JSON:
		request->form = FORM_JSON;
		return true;
	case OPT_HTML:
		request->form = FORM_HTML;
		request->output = optarg;
		return true;
	case OPT_OUTPUT:
		request->output = optarg;
		return true;
	case OPT_SIGN:
		request->key = optarg;
		return true;
	case OPT_TOP:
		return take_top(request);
	default:
		complain("try: dronefence report --help");
		return false;
	}
}

static bool take(struct request *request, int option)
{
	switch (option) {
	case OPT_SINCE:
		return records_when(optarg, &request->options.when.from);
	case OPT_UNTIL:
		return records_when(optarg, &request->options.when.to);
	case OPT_FLIGHT:
		request->flight = optarg;
		return true;
	case OPT_APPLICATION:
		request->options.application = optarg;
		return valid_application(optarg);
	case OPT_STORE:
		request->source.store = optarg;
		return true;
	case OPT_CONTROL:
		request->source.control = optarg;
		return true;
	default:
		return take_form(request, option);
	}
}

static bool agrees(const struct request *request, bool span)
{
	if (request->flight && span)
		complain("--flight contradicts --since and --until");
	else if (request->key && !request->output)
		complain("--sign is for --html and --output");
	else
		return true;
	return false;
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct request *request, int argc, char **argv)
{
	bool span = false;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_report_options,
				     NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return DF_EXIT_OK;
		}
		if (!take(request, option))
			return DF_EXIT_USAGE;
		span |= option == OPT_SINCE || option == OPT_UNTIL;
	}
	if (optind < argc) {
		complain("unexpected argument \"%s\"; try: dronefence report --help",
			 argv[optind]);
		return DF_EXIT_USAGE;
	}
	return agrees(request, span) ? -1 : DF_EXIT_USAGE;
}

/**
 * struct search - a flight that is looked for
 * @scan: flights as they are read
 * @name: of the one, as the records have it; borrowed
 * @found: the last of this name
 * @any: @found holds
 */
struct search {
	struct df_flight_scan scan;
	const char *name;
	struct df_flight found;
	bool any;
};

static void look(struct search *search, const struct df_flight *flight)
{
	if (strcmp(flight->name, search->name))
		return;
	search->found = *flight;
	search->any = true;
}

static int note_flight(const struct df_store_record *record, void *arg)
{
	struct search *search = arg;
	struct df_flight flight;
	json_t *object;
	int err = df_store_load(record->line, record->length, &object);

	if (err)
		return err == -ENOMEM ? err : 0;
	if (df_flight_next(&search->scan, object, &flight))
		look(search, &flight);
	json_decref(object);
	return 0;
}

static enum df_exit find_flight(struct request *request,
				struct df_store_reader *reader)
{
	const struct df_store_filter filter = {
		.since = INT64_MIN, .until = INT64_MAX, .port = -1,
		.type = "flight",
	};
	struct search search = { .name = request->name };
	int err;

	df_escape(request->flight, strlen(request->flight), "\"\\",
		  request->name, sizeof(request->name));
	err = df_store_query(reader, &filter, note_flight, &search);
	if (err)
		return records_failed(request->source.store, reader, err);
	if (search.scan.open)
		look(&search, &search.scan.flight);
	if (!search.any) {
		complain("no flight \"%s\" is recorded", search.name);
		return DF_EXIT_NO_OBJECT;
	}
	request->options.when.from = search.found.begin;
	if (search.found.end < request->options.when.to)
		request->options.when.to = search.found.end;
	return DF_EXIT_OK;
}

static enum df_exit find_first(struct request *request,
			       struct df_store_reader *reader)
{
	int err = report_first(reader, &request->options.when.from);

	return err ? records_failed(request->source.store, reader, err) :
		     DF_EXIT_OK;
}

/* Both ends of the span. */
static enum df_exit set_span(struct request *request)
{
	struct df_report_interval *when = &request->options.when;
	struct df_store_reader *reader;
	enum df_exit status = DF_EXIT_OK;
	int err = df_store_read(request->source.store, &reader);

	if (err)
		status = records_failed(request->source.store, reader, err);
	else if (request->flight)
		status = find_flight(request, reader);
	else if (when->from == INT64_MIN)
		status = find_first(request, reader);
	df_store_read_end(reader);
	return status ?: records_span(when->from, when->to);
}

static int write_form(FILE *out, const struct request *request)
{
	json_t *json;
	int err;

	if (request->form == FORM_TEXT)
		report_text(out, &request->page);
	if (request->form == FORM_HTML)
		report_html(out, &request->page);
	if (request->form != FORM_JSON)
		return ferror(out) ? -ENOMEM : 0;
	json = report_json(&request->page);
	err = json ? json_dumpf(json, out, JSON_INDENT(2)) : -1;
	json_decref(json);
	putc('\n', out);
	return err ? -ENOMEM : 0;
}

static enum df_exit write_file(const struct request *request)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	int err = out ? write_form(out, request) : -ENOMEM;

	if (out && fclose(out))
		err = -ENOMEM;
	if (!err)
		err = df_seal_write(request->output, text, length,
				    request->key);
	free(text);
	if (err == -EINVAL && request->key)
		complain("%s is no private key of Ed25519", request->key);
	else if (err)
		complain("%s: %s", request->output, strerror(-err));
	return err ? DF_EXIT_FAILED : DF_EXIT_OK;
}

static enum df_exit write_report(const struct request *request)
{
	if (request->output)
		return write_file(request);
	if (!write_form(stdout, request))
		return DF_EXIT_OK;
	/* main() tells that nobody reads the output. */
	if (!ferror(stdout))
		complain("out of memory");
	return DF_EXIT_FAILED;
}

/**
 * cmd_report() - say what the applications sent
 * @cli: options
 * @argc: the name and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if there is no store or no such flight;
 * DF_EXIT_BROKEN if the store is damaged; DF_EXIT_FAILED; DF_EXIT_USAGE.
 */
enum df_exit cmd_report(const struct cli *cli, int argc, char **argv)
{
	struct request request = {
		.options.when = { INT64_MIN, records_now() },
		.source = { .store = DF_STORE_PATH, .control = DF_CONTROL_PATH },
		.page.top = TOP,
		.form = cli->json ? FORM_JSON : FORM_TEXT,
	};
	struct df_report *report;
	int status = parse(&request, argc, argv);

	if (status >= 0)
		return (enum df_exit)status;
	status = set_span(&request);
	if (!status)
		status = report_read(&request.source, &request.options, &report);
	if (status)
		return (enum df_exit)status;
	request.page.report = report;
	request.page.flight = request.flight ? request.name : NULL;
	request.page.store = request.source.store;
	request.page.head = request.source.head;
	request.page.made = records_now();
	status = write_report(&request);
	df_report_free(report);
	return (enum df_exit)status;
}
