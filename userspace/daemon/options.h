/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command line of the daemon. */
#ifndef DF_OPTIONS_H
#define DF_OPTIONS_H

#include <stdbool.h>

#include "exit.h"

/**
 * enum df_log_sink - where records go beside the JSON file
 * @DF_SINK_AUTO: journald if its socket is there, else syslog
 * @DF_SINK_JOURNALD: journald
 * @DF_SINK_SYSLOG: the local syslog daemon
 * @DF_SINK_NONE: nowhere
 */
enum df_log_sink {
	DF_SINK_AUTO,
	DF_SINK_JOURNALD,
	DF_SINK_SYSLOG,
	DF_SINK_NONE,
};

/**
 * struct df_options - what the command line says
 * @policy: path of the policy file
 * @no_policy: load none, only forward events
 * @load_only: put the policy into force, and end
 * @require_policy: fail at start if the policy cannot be loaded, even if the
 *	kernel has one in force
 * @sink: where records go
 * @json: path of the JSON lines, NULL for none
 * @store: path of the store, NULL for none
 * @store_days: days after which its records are deleted, 0 for never
 * @store_size: MiB over which its oldest records are deleted, 0 for never
 * @syslog_socket: socket of the syslog daemon
 * @journal_socket: socket of journald
 * @state_dir: folder of the state
 * @no_cache: compile policies each time, and keep nothing
 * @geo_root: prefix of the default places of geo data, NULL for none
 * @to_stderr: show messages on standard error too
 * @control: path of the socket for requests, NULL for none
 * @pilot: path of the socket for @pilot_group, NULL for none
 * @pilot_group: name of a group whose members may ask there
 * @dns: listen to the answers of name servers
 * @keeper: path of the socket of the keeper, NULL to have a child do its work
 * @keep: be the keeper, and nothing else
 */
struct df_options {
	const char *policy;
	bool no_policy;
	bool load_only;
	bool require_policy;
	enum df_log_sink sink;
	const char *json;
	const char *store;
	unsigned int store_days;
	unsigned int store_size;
	const char *syslog_socket;
	const char *journal_socket;
	const char *state_dir;
	bool no_cache;
	const char *geo_root;
	bool to_stderr;
	const char *control;
	const char *pilot;
	const char *pilot_group;
	bool dns;
	const char *keeper;
	bool keep;
};

bool df_options_parse(struct df_options *options, int argc, char **argv,
		      enum df_exit *code);

#endif
