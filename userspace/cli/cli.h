/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share. */
#ifndef DF_CLI_H
#define DF_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "apps.h"
#include "client.h"
#include "confine.h"
#include "diag.h"
#include "exit.h"
#include "geo.h"
#include "progress.h"

/* Where the policy of this machine is. */
#define DF_POLICY_PATH "/etc/dronefence/policy.yaml"

/* Where apply keeps compiled policies; the daemon's state is beside it. */
#define DF_CACHE_DIR "/var/lib/dronefence/cache"

/* Where the policies are that were in force last; the daemon looks there too. */
#define DF_HISTORY_DIR "/var/lib/dronefence/history"

#define DAY_SECONDS 86400

/* Older geo data is worth a word, whatever the policy lets pass. */
#define OLD_GEO_DAYS 60

/**
 * struct cli - the options in front of, or behind, a command
 * @json: print JSON
 * @color: standard error is a terminal and NO_COLOR is not set
 * @policy: policy file, DF_POLICY_PATH unless given
 * @policy_given: it was given
 * @application: flows or health of this application only, NULL for all
 * @verdict: flows of this verdict only, NULL for all
 * @out: outgoing interface that explain is about, NULL for an unknown one
 * @ways_out: doctor shows the ways out
 * @confined: run as a unit that the program cannot leave
 * @lift: names of restrictions that such a unit is to be without, or NULL
 * @as: user of such a unit, NULL for one of its own
 * @verbose: tell more
 * @cache: folder of compiled policies, NULL for none
 * @history: folder of the policies that were in force
 * @confirm: seconds in which apply wants to be confirmed, as text; or NULL
 * @geo: where the geo data is, and the time it is compared with
 * @textfile: file that metrics writes, NULL for standard output
 * @once: top shows the state once, as text
 */
struct cli {
	bool json;
	bool color;
	const char *policy;
	bool policy_given;
	const char *application;
	const char *verdict;
	const char *out;
	bool ways_out;
	bool confined;
	const char *lift, *as;
	bool verbose;
	const char *cache;
	const char *history;
	const char *confirm;
	struct df_geo_options geo;
	const char *textfile;
	bool once;
};

/**
 * struct command - an entry of the command table
 * @name: as it is typed
 * @args: its arguments, for the help
 * @help: one line
 * @min: fewest arguments
 * @max: most arguments, -1 for no limit
 * @run: with the arguments behind the name
 * @options: which it reads itself, and then wants its name in front; NULL for the
 *	options in front of a command
 */
struct command {
	const char *name;
	const char *args;
	const char *help;
	int min;
	int max;
	enum df_exit (*run)(const struct cli *cli, int argc, char **argv);
	const struct option *options;
};

extern const struct option cmd_log_options[], cmd_flight_options[];
extern const struct option cmd_report_options[], cmd_local_data_options[];
extern const struct option cmd_replay_options[], cmd_learn_options[];
extern const struct option cmd_draft_options[], cmd_unlock_options[];
extern const struct option cmd_preflight_options[], cmd_sign_options[];
extern const struct option cmd_geo_options[], cmd_seal_options[];

enum df_exit cmd_status(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_check(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_apply(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_sign(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_seal(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_history(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_rollback(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_confirm(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_show(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_apps(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_doctor(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_flows(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_limits(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_explain(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_run(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_unit(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_adopt(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_monitor(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_log(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_geo(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_flight(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_report(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_local_data(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_unlock(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_preflight(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_metrics(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_top(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_replay(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_learn(const struct cli *cli, int argc, char **argv);
enum df_exit cmd_draft(const struct cli *cli, int argc, char **argv);

struct df_switches;
enum df_exit read_switches(struct df_switches *switches);
struct df_pending;
bool read_pending(const struct cli *cli, struct df_client *client,
		  struct df_pending *pending);
void warn_pending(const struct df_pending *pending);

struct df_progress progress_start(const struct cli *cli);
void progress_stop(void);

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
enum df_exit client_open(struct df_client **client);
enum df_exit client_failed(struct df_client *client, int err);
enum df_exit print_json(json_t *json);
json_t *json_counters(const struct df_counters *counters);
json_t *json_totals(const struct df_totals *totals);
json_t *json_votes(const char *votes);
void format_digest(const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		   char buf[2 * DRONEFENCE_DIGEST_LEN + 1]);
bool parse_count(const char *text, uint32_t max, uint32_t *number);
void format_time(uint64_t seconds, char buf[32]);
int64_t age_days(time_t now, uint64_t date);
void format_size(uint64_t bytes, char buf[32]);
bool valid_application(const char *app);
enum df_exit geo_ask(const struct cli *cli, int argc, char **argv);
enum df_exit check_policy_file(const struct cli *cli, const char *app,
			       const char *cgroup);
enum df_exit read_confinement(const struct cli *cli, const char *app,
			      struct df_confinement *c);
enum df_exit run_confined(const struct df_confinement *c, const char *unit,
			  char **command);
json_t *json_selector(const struct df_selector *selector);
void print_selector(const struct df_selector *selector);
json_t *json_text(const char *text);
void json_add(json_t **array, json_t *value);
enum df_exit read_apps(struct df_client *client, struct df_apps *apps);
void print_destinations(FILE *out, const struct df_rule_info *rule);

#endif
