// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence preflight: one screen before a flight, go or no-go. What the fence is
 * the daemon says, so that a pilot need not be root; the rest is looked at here.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "pilot.h"

enum grade {
	GRADE_GOOD,
	GRADE_REMINDER,
	GRADE_NO_GO,
};

/**
 * struct flight - what was found
 * @worst: of all lines
 * @lines: for JSON
 * @json: print JSON in place of the lines
 */
struct flight {
	enum grade worst;
	json_t *lines;
	bool json;
};

static const char *const grades[] = {
	[GRADE_GOOD] = "ok",
	[GRADE_REMINDER] = "remember",
	[GRADE_NO_GO] = "NO-GO",
};

static void tell(struct flight *flight, enum grade grade, const char *what,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void tell(struct flight *flight, enum grade grade, const char *what,
		 const char *format, ...)
{
	char text[512], safe[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	df_escape(text, sizeof(text), "", safe, sizeof(safe));
	if (grade > flight->worst)
		flight->worst = grade;
	json_add(&flight->lines, json_pack("{s:s, s:s, s:s}", "check", what,
					   "result", grades[grade], "text", safe));
	if (!flight->json)
		printf("%-9s %-12s %s\n", grades[grade], what, safe);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void check_state(struct flight *flight, const json_t *status)
{
	const char *state = text_of(status, "state");
	const json_t *reason;
	size_t i;

	if (!strcmp(state, "sealed"))
		tell(flight, GRADE_GOOD, "fence",
		     "sealed by policy %s, generation %" JSON_INTEGER_FORMAT,
		     text_of(status, "policy"), number_of(status, "generation"));
	else
		tell(flight, GRADE_NO_GO, "fence", "%s", state);
	json_array_foreach(json_object_get(status, "reasons"), i, reason)
		tell(flight, GRADE_NO_GO, "fence", "%s",
		     json_string_value(reason));
}

/* An application that nothing runs of is fenced when it is started. */
static void check_application(struct flight *flight, const json_t *app)
{
	const char *name = text_of(app, "name");
	json_int_t left = number_of(app, "unlocked-seconds");
	json_int_t running = number_of(app, "processes");

	if (*text_of(app, "link-cut"))
		tell(flight, GRADE_NO_GO, name, "the aircraft link is stopped: %s",
		     text_of(app, "link-cut"));
	if (left)
		tell(flight, GRADE_NO_GO, name,
		     "unlocked for %" JSON_INTEGER_FORMAT " s more", left);
	else if (*text_of(app, "switched"))
		tell(flight, GRADE_GOOD, name,
		     "%s, switched to %s, %" JSON_INTEGER_FORMAT " running",
		     text_of(app, "mode"), text_of(app, "switched"), running);
	else
		tell(flight, GRADE_GOOD, name,
		     "%s, profile %s, %" JSON_INTEGER_FORMAT " running",
		     text_of(app, "mode"), text_of(app, "profile"), running);
}

static void check_applications(struct flight *flight, const json_t *status)
{
	const json_t *app;
	size_t i;

	json_array_foreach(json_object_get(status, "applications"), i, app)
		check_application(flight, app);
	if (number_of(status, "application-count") > (json_int_t)i)
		tell(flight, GRADE_REMINDER, "applications", "not all are shown");
}

static void check_geo(struct flight *flight, const json_t *status, time_t now)
{
	json_int_t date = number_of(status, "geo-date");
	int64_t days = age_days(now, (uint64_t)date);

	if (!date)
		tell(flight, GRADE_GOOD, "geo data", "the policy needs none");
	else if (date > now + DAY_SECONDS)
		tell(flight, GRADE_NO_GO, "geo data", "is of the future: look at the clock");
	else if (days > OLD_GEO_DAYS)
		tell(flight, GRADE_REMINDER, "geo data", "%" PRId64 " days old", days);
	else
		tell(flight, GRADE_GOOD, "geo data", "%" PRId64 " days old", days);
}

/* Records are evidence by their time. */
static void check_clock(struct flight *flight, const json_t *status, time_t now)
{
	struct timex timex = { 0 };

	if (now < number_of(status, "policy-time"))
		tell(flight, GRADE_NO_GO, "clock",
		     "is before the time when the policy was applied");
	else if (adjtimex(&timex) == TIME_ERROR)
		tell(flight, GRADE_REMINDER, "clock", "is not synchronised");
	else
		tell(flight, GRADE_GOOD, "clock", "is synchronised");
}

static bool is_removable(const struct mntent *mount)
{
	return !strncmp(mount->mnt_dir, "/media/", 7) ||
	       !strncmp(mount->mnt_dir, "/run/media/", 11) ||
	       !strncmp(mount->mnt_fsname, "/dev/mmcblk", 11);
}

/* No fence is around them: they are carried away. */
static void check_media(struct flight *flight)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool any = false;

	if (!mounts) {
		tell(flight, GRADE_REMINDER, "media", "cannot be seen: %s",
		     strerror(errno));
		return;
	}
	while ((mount = getmntent(mounts))) {
		if (!is_removable(mount))
			continue;
		tell(flight, GRADE_REMINDER, "media",
		     "%s is mounted: what is written to it is not fenced",
		     mount->mnt_dir);
		any = true;
	}
	endmntent(mounts);
	if (!any)
		tell(flight, GRADE_GOOD, "media", "no SD card or stick is mounted");
}

const struct option cmd_preflight_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "control", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char usage[] =
"usage: dronefence preflight [OPTION...]\n"
"\n"
"Is this machine ready for a flight: is every application fenced, does the aircraft\n"
"link pass, how old is the geo data, is the clock right, what can be carried away.\n"
"\n"
"  --json          print JSON\n"
"  --control PATH  socket of the daemon, default " DF_CONTROL_PATH ",\n"
"                  for who is not root " DF_PILOT_PATH "\n"
"\n"
"exit status: 0 go, 1 no-go or failed, 2 usage, 6 not a pilot\n";

static enum df_exit finish(struct flight *flight)
{
	bool go = flight->worst != GRADE_NO_GO;
	enum df_exit err;

	if (!flight->json) {
		puts(go ? "\nGO" : "\nNO-GO");
		return go ? DF_EXIT_OK : DF_EXIT_FAILED;
	}
	err = print_json(json_pack("{s:b, s:o}", "go", go, "checks",
				   flight->lines));
	return err ?: go ? DF_EXIT_OK : DF_EXIT_FAILED;
}

static enum df_exit check(const char *control, bool json)
{
	struct flight flight = { .lines = json_array(), .json = json };
	time_t now = time(NULL);
	json_t *status;
	enum df_exit code = pilot_status(control, &status);

	if (code) {
		json_decref(flight.lines);
		return code;
	}
	check_state(&flight, status);
	check_applications(&flight, status);
	check_geo(&flight, status, now);
	check_clock(&flight, status, now);
	check_media(&flight);
	json_decref(status);
	code = finish(&flight);
	if (!json)
		json_decref(flight.lines);
	return code;
}

/**
 * cmd_preflight() - one screen before a flight
 * @cli: options
 * @argc: the name and its options
 * @argv: see @argc
 *
 * Return: DF_EXIT_OK for go; DF_EXIT_FAILED for no-go, or without a daemon.
 */
enum df_exit cmd_preflight(const struct cli *cli, int argc, char **argv)
{
	const char *control = NULL;
	bool json = cli->json;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", cmd_preflight_options,
				     NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'c':
			control = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return DF_EXIT_OK;
		default:
			complain("try: dronefence preflight --help");
			return DF_EXIT_USAGE;
		}
	}
	if (optind < argc) {
		complain("try: dronefence preflight --help");
		return DF_EXIT_USAGE;
	}
	return check(pilot_socket(control), json);
}
