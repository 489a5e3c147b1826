// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dronefence monitor: events as they happen, one line each. What is lost on
 * the way is said, with its number.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "event.h"

/**
 * struct monitor - where the output stands
 * @json: print JSON lines
 * @next: sequence number that is expected next, 0 for any
 * @client: to fetch what did not arrive
 */
struct monitor {
	bool json;
	uint64_t next;
	struct df_client *client;
};

static int print_json_line(const struct df_event *event)
{
	json_t *json = df_event_json(event);
	int err = json ? json_dumpf(json, stdout, JSON_COMPACT) : -1;

	json_decref(json);
	return err ? -ENOMEM : 0;
}

static int print_event(const struct df_event *event, void *arg)
{
	struct monitor *monitor = arg;
	char line[DF_EVENT_TEXT_SIZE];
	int err = 0;

	if (event->seq < monitor->next)
		return 0;
	if (monitor->next && event->seq > monitor->next)
		complain("%" PRIu64 " events were lost, %" PRIu64 " to %" PRIu64,
			 event->seq - monitor->next, monitor->next,
			 event->seq - 1);
	monitor->next = event->seq + 1;

	if (monitor->json) {
		err = print_json_line(event);
	} else {
		df_event_text(event, line);
		fputs(line, stdout);
	}
	putchar('\n');
	if (fflush(stdout))
		return -EPIPE;
	return err;
}

static bool parse_since(int argc, char **argv, uint64_t *since)
{
	char *end;

	*since = 0;
	if (!argc)
		return true;
	if (argc != 2 || strcmp(argv[0], "--since"))
		return false;
	*since = strtoull(argv[1], &end, 10);
	return *argv[1] >= '0' && *argv[1] <= '9' && !*end;
}

static int fetch(struct monitor *monitor)
{
	return df_client_events(monitor->client, monitor->next, print_event,
				monitor);
}

/* What did not arrive is fetched first; what is gone by then is lost. */
static int live_event(const struct df_event *event, void *arg)
{
	struct monitor *monitor = arg;
	int err = 0;

	if (monitor->next && event->seq > monitor->next)
		err = fetch(monitor);
	return err ?: print_event(event, monitor);
}

static int receive(struct df_client *live, struct monitor *monitor)
{
	int err = df_client_receive(live, live_event, monitor);

	return err == -ENOBUFS ? fetch(monitor) : err;
}

static enum df_exit monitor_events(struct df_client *live,
				   struct monitor *monitor, uint64_t since)
{
	int err = df_client_subscribe(live);

	if (err)
		return client_failed(live, err);
	monitor->next = since;
	if (since)
		err = fetch(monitor);
	while (!err)
		err = receive(live, monitor);
	/* Whoever read the output has gone. */
	if (err == -EPIPE)
		return DF_EXIT_OK;
	return client_failed(*df_client_error(live) ? live : monitor->client,
			     err);
}

/**
 * cmd_monitor() - print events until it is interrupted
 * @cli: options
 * @argc: 0 or 2
 * @argv: optionally "--since" and a sequence number
 *
 * Return: DF_EXIT_OK when the reader of the output went away, else an error.
 */
enum df_exit cmd_monitor(const struct cli *cli, int argc, char **argv)
{
	struct monitor monitor = { .json = cli->json };
	struct df_client *live;
	enum df_exit status;
	uint64_t since;

	/* Options may stand behind the command. */
	if (argc && !strcmp(argv[0], "--json")) {
		monitor.json = true;
		argc--;
		argv++;
	}
	if (!parse_since(argc, argv, &since)) {
		complain("usage: dronefence [--json] monitor [--since SEQ]");
		return DF_EXIT_USAGE;
	}
	status = client_open(&live);
	if (status)
		return status;
	status = client_open(&monitor.client);
	if (!status)
		status = monitor_events(live, &monitor, since);
	df_client_close(monitor.client);
	df_client_close(live);
	return status;
}
