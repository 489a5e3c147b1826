// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence log: ask the store of this machine, and prove it. It needs neither
 * the daemon nor the module.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "cli_log.h"
#include "records.h"

#define NS_PER_SEC 1000000000ll

/* How often --follow looks for new records. */
#define FOLLOW_US 300000

/**
 * struct log - what is asked for
 * @path: of the store
 * @form: how records are printed
 * @follow: go on with new ones
 * @verify: prove the store, print no records
 * @has_kept: @kept holds
 * @kept: head that was kept elsewhere; number 0 if only its hash was given
 * @filter: which records
 * @last: number of the newest record that was printed
 * @inode: file that it was in
 * @made: when that was made, where the file system knows; ns since 1970
 */
struct log {
	const char *path;
	enum log_form form;
	bool follow;
	bool verify;
	bool has_kept;
	struct df_store_link kept;
	struct df_store_filter filter;
	uint64_t last;
	uint64_t inode;
	int64_t made;
};

enum {
	OPT_STORE = 256,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_APPLICATION,
	OPT_VERDICT,
	OPT_TYPE,
	OPT_COUNTRY,
	OPT_SET,
	OPT_ADDR,
	OPT_PORT,
	OPT_LIMIT,
	OPT_REVERSE,
	OPT_FOLLOW,
	OPT_JSON,
	OPT_CSV,
	OPT_VERIFY,
	OPT_HEAD,
	OPT_HELP,
};

const struct option cmd_log_options[] = {
	{ "store", required_argument, NULL, OPT_STORE },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "application", required_argument, NULL, OPT_APPLICATION },
	{ "verdict", required_argument, NULL, OPT_VERDICT },
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "country", required_argument, NULL, OPT_COUNTRY },
	{ "set", required_argument, NULL, OPT_SET },
	{ "addr", required_argument, NULL, OPT_ADDR },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "reverse", no_argument, NULL, OPT_REVERSE },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "verify", no_argument, NULL, OPT_VERIFY },
	{ "head", required_argument, NULL, OPT_HEAD },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char usage[] =
"usage: dronefence log [OPTION...]\n"
"\n"
"Print records that the daemon has kept (dronefenced --store), oldest first.\n"
"\n"
"  --since WHEN, --until WHEN\n"
"                    not before, and before: 2026-11-20, \"2026-11-20 12:13\",\n"
"                    2026-11-20T12:13:14Z, 2h (ago; s, min, h, d, w), now,\n"
"                    today, yesterday; local time unless there is a Z\n"
"  --application APP, --verdict VERDICT, --type TYPE, --country CC\n"
"  --set SET         where this set of the policy matched, or AS45102, or CN\n"
"  --addr ADDR[/LEN] from or to an address or a network\n"
"  --port PORT       to a port\n"
"  --limit N         no more than N\n"
"  --reverse         newest first\n"
"  --follow          go on with new records\n"
"  --json, --csv     lines of JSON as they were written; or comma-separated\n"
"  --verify          prove that nothing was altered, inserted or removed\n"
"  --head [NUMBER:]HASH\n"
"                    with --verify: a head that another log has\n"
"  --store FILE      default " DF_STORE_PATH "\n"
"\n"
"exit status: 0 done, 1 failed, 2 usage, 4 there is no store, 12 not as written\n";

static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *number <= max)
		return true;
	complain("\"%s\" is not a number up to %" PRIu64, text, max);
	return false;
}

static bool parse_addr(const char *text, struct df_store_filter *filter)
{
	struct df_net net;
	const char *why;

	if (df_net_parse(text, &net, &why)) {
		complain("\"%s\" is no address or network: %s", text, why);
		return false;
	}
	filter->net = true;
	df_store_addr(net.family, net.first, filter->first);
	df_store_addr(net.family, net.last, filter->last);
	return true;
}

static bool parse_head(const char *text, struct log *log)
{
	const char *colon = strchr(text, ':');
	char *end;

	log->has_kept = true;
	log->kept.number = colon ? strtoull(text, &end, 10) : 0;
	if ((!colon || (*text >= '1' && *text <= '9' && end == colon)) &&
	    !df_store_hash_parse(colon ? colon + 1 : text, log->kept.hash))
		return true;
	complain("\"%s\" is no head; expected HASH or NUMBER:HASH", text);
	return false;
}

/* Options that say which records are asked for. */
static bool take_filter(struct df_store_filter *filter, int option)
{
	uint64_t number;

	switch (option) {
	case OPT_SINCE:
		return records_when(optarg, &filter->since);
	case OPT_UNTIL:
		return records_when(optarg, &filter->until);
	case OPT_APPLICATION:
		filter->application = optarg;
		return true;
	case OPT_VERDICT:
		filter->verdict = optarg;
		return true;
	case OPT_TYPE:
		filter->type = optarg;
		return true;
	case OPT_COUNTRY:
		filter->country = optarg;
		return true;
	case OPT_SET:
		filter->set = optarg;
		return true;
	case OPT_ADDR:
		return parse_addr(optarg, filter);
	case OPT_PORT:
		if (!parse_number(optarg, UINT16_MAX, &number))
			return false;
		filter->port = (int)number;
		return true;
	case OPT_LIMIT:
		return parse_number(optarg, INT64_MAX, &filter->limit);
	case OPT_REVERSE:
		filter->reverse = true;
		return true;
	default:
		complain("try: dronefence log --help");
		return false;
	}
}

static bool take(struct log *log, int option)
{
	switch (option) {
	case OPT_STORE:
		log->path = optarg;
		return true;
	case OPT_FOLLOW:
		log->follow = true;
		return true;
	case OPT_JSON:
		log->form = LOG_JSON;
		return true;
	case OPT_CSV:
		log->form = LOG_CSV;
		return true;
	case OPT_VERIFY:
		log->verify = true;
		return true;
	case OPT_HEAD:
		return parse_head(optarg, log);
	default:
		return take_filter(&log->filter, option);
	}
}

/* What cannot be meant is an error rather than something else. */
static bool agrees(const struct log *log)
{
	if (log->has_kept && !log->verify)
		complain("--head is for --verify");
	else if (log->follow && (log->filter.reverse || log->filter.limit ||
				 log->verify))
		complain("--follow contradicts --reverse, --limit and --verify");
	else
		return true;
	return false;
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct log *log, int argc, char **argv)
{
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_log_options,
				     NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return DF_EXIT_OK;
		}
		if (!take(log, option))
			return DF_EXIT_USAGE;
	}
	if (optind < argc) {
		complain("unexpected argument \"%s\"; try: dronefence log --help",
			 argv[optind]);
		return DF_EXIT_USAGE;
	}
	return agrees(log) ? -1 : DF_EXIT_USAGE;
}

static int print(const struct df_store_record *record, void *arg)
{
	struct log *log = arg;

	if (record->number > log->last)
		log->last = record->number;
	return log_print(record, log->form);
}

static enum df_exit list(struct log *log)
{
	struct df_store_reader *reader;
	int err = df_store_read(log->path, &reader);
	enum df_exit status = DF_EXIT_OK;

	if (!err)
		err = df_store_query(reader, &log->filter, print, log);
	/* main() tells that nobody reads the output. */
	if (err == -EPIPE)
		status = DF_EXIT_FAILED;
	else if (err)
		status = records_failed(log->path, reader, err);
	df_store_read_end(reader);
	return status;
}

/*
 * Is there the store of the last time? In another one the numbers begin anew; it is
 * left alone for a moment, for it may be in the making. The number of a file that
 * was deleted may be given away again.
 */
static bool is_same(struct log *log)
{
	struct statx st;
	int64_t made;

	if (statx(AT_FDCWD, log->path, 0, STATX_INO | STATX_BTIME, &st))
		return false;
	made = st.stx_btime.tv_sec * NS_PER_SEC + st.stx_btime.tv_nsec;
	if (!(st.stx_mask & STATX_BTIME))
		made = 0;
	if (st.stx_ino == log->inode && made == log->made)
		return true;
	log->inode = st.stx_ino;
	log->made = made;
	log->last = 0;
	return false;
}

/* Opened anew each time: the daemon may have begun another one. */
static enum df_exit follow(struct log *log)
{
	enum df_exit status = DF_EXIT_OK;

	do {
		if (fflush(stdout))
			return DF_EXIT_FAILED;
		usleep(FOLLOW_US);
		if (!is_same(log))
			continue;
		log->filter.after = log->last;
		status = list(log);
	} while (status == DF_EXIT_OK);
	return status;
}

static json_t *json_report(const struct df_store_report *report)
{
	char anchor[DF_STORE_HASH_STRLEN], head[DF_STORE_HASH_STRLEN];

	df_store_hash_text(report->anchor.hash, anchor);
	df_store_hash_text(report->head.hash, head);
	return json_pack("{s:b, s:I, s:{s:I, s:s}, s:{s:I, s:s}, s:o, s:o}",
			 "intact", report->fault == DF_STORE_INTACT,
			 "records", (json_int_t)report->count,
			 "deleted", "number", (json_int_t)report->anchor.number,
			 "hash", anchor,
			 "head", "number", (json_int_t)report->head.number,
			 "hash", head, "broken", report->fault ?
			 json_integer((json_int_t)report->number) : json_null(),
			 "why", *report->why ? json_string(report->why) :
			 json_null());
}

static void print_report(const struct df_store_report *report)
{
	char head[DF_STORE_HASH_STRLEN];

	df_store_hash_text(report->head.hash, head);
	if (report->fault)
		printf("not intact: %s\n", report->why);
	else
		printf("intact\n");
	printf("good          %" PRIu64 " records, %" PRIu64 " to %" PRIu64 "\n",
	       report->count, report->anchor.number + 1, report->head.number);
	if (report->anchor.number)
		printf("deleted       up to %" PRIu64 ", because of age or size\n",
		       report->anchor.number);
	printf("%s %" PRIu64 ":%s\n", report->fault ? "last good    " :
	       "head         ", report->head.number, head);
}

static enum df_exit verify(const struct log *log)
{
	struct df_store_reader *reader;
	struct df_store_report report;
	enum df_exit status;
	int err = df_store_read(log->path, &reader);

	if (!err)
		err = df_store_verify(reader, log->has_kept ? &log->kept : NULL,
				      &report);
	if (err) {
		status = records_failed(log->path, reader, err);
	} else {
		status = report.fault ? DF_EXIT_BROKEN : DF_EXIT_OK;
		if (report.fault == DF_STORE_TOO_OLD)
			status = DF_EXIT_FAILED;
		if (log->form == LOG_JSON && print_json(json_report(&report)))
			status = DF_EXIT_FAILED;
		else if (log->form != LOG_JSON)
			print_report(&report);
	}
	df_store_read_end(reader);
	return status;
}

/**
 * cmd_log() - print records of the store, or prove it
 * @cli: options
 * @argc: the name and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK; DF_EXIT_NO_OBJECT if there is no store; DF_EXIT_BROKEN if
 * it is not as the daemon wrote it.
 */
enum df_exit cmd_log(const struct cli *cli, int argc, char **argv)
{
	struct log log = {
		.path = DF_STORE_PATH,
		.form = cli->json ? LOG_JSON : LOG_TABLE,
		.filter = {
			.since = INT64_MIN,
			.until = INT64_MAX,
			.port = -1,
		},
	};
	int status = parse(&log, argc, argv);

	if (status >= 0)
		return status;
	if (log.verify)
		return verify(&log);
	is_same(&log);
	log_print_head(log.form);
	status = list(&log);
	if (status == DF_EXIT_OK && log.follow)
		status = follow(&log);
	return status;
}
