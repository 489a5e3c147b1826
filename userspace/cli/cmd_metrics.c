// SPDX-License-Identifier: GPL-2.0-or-later
/* dronefence metrics: numbers for Prometheus, printed or as a file. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "metrics.h"
#include "replace.h"

/* Where the daemon remembers how far its sinks are. */
#define STATE_PATH "/var/lib/dronefence/state.json"

static int read_metrics(struct df_client *client, struct df_metrics *metrics)
{
	const struct df_flow_filter all = { .verdict = -1 };
	int err = df_situation_read(client, "", &metrics->situation);

	if (err || !client)
		return err;
	err = df_client_flows(client, &all, df_flow_counts_add,
			      &metrics->flows);
	if (!err)
		err = df_client_limits(client, &metrics->limits);
	metrics->has_limits = !err;
	/* A daemon that never ran has none. */
	if (!err)
		df_metrics_read_sinks(metrics, STATE_PATH);
	return err;
}

/* A module that is not there is a number, not an error. */
static enum df_exit examine(struct df_metrics *metrics)
{
	enum df_exit status = DF_EXIT_OK;
	struct df_client *client;
	int err = df_client_open(&client);

	if (err == -ENOENT) {
		df_client_close(client);
		client = NULL;
		err = 0;
	}
	if (!err)
		err = read_metrics(client, metrics);
	if (err)
		status = client_failed(client && *df_client_error(client) ?
				       client : NULL, err);
	df_client_close(client);
	return status;
}

/* As a whole or not at all: it may be read at any time, and by another user. */
static enum df_exit write_file(const char *path,
			       const struct df_metrics *metrics)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	int err = -ENOMEM;

	if (file) {
		df_metrics_print(file, metrics);
		err = fclose(file) ? -ENOMEM :
		      df_replace(path, text, length, 0644);
	}
	free(text);
	if (!err)
		return DF_EXIT_OK;
	complain("cannot write %s: %s", path, strerror(-err));
	return DF_EXIT_FAILED;
}

/**
 * cmd_metrics() - print or write numbers for Prometheus
 * @cli: options; @textfile is where to, NULL for standard output
 * @argc: 0
 * @argv: empty
 *
 * Return: DF_EXIT_OK, also without a module: that is one of the numbers.
 */
enum df_exit cmd_metrics(const struct cli *cli, int argc, char **argv)
{
	struct df_metrics *metrics = calloc(1, sizeof(*metrics));
	enum df_exit status;

	if (!metrics)
		return client_failed(NULL, -ENOMEM);
	status = examine(metrics);
	if (!status && cli->textfile)
		status = write_file(cli->textfile, metrics);
	else if (!status)
		df_metrics_print(stdout, metrics);
	df_metrics_free(metrics);
	free(metrics);
	return status;
}
