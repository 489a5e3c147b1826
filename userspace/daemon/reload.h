/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting the policy file into force, in a process of its own. */
#ifndef DF_RELOAD_H
#define DF_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exit.h"
#include "geo_watch.h"
#include "switch_request.h"

/* What the process may say; the rest is cut off. */
#define DF_RELOAD_TEXT_MAX 65536

/**
 * struct df_reload - a policy that is being loaded
 * @pid: of the process, 0 if there is none
 * @fd: to be waited for, -1 if there is none
 * @text: what it said so far
 * @length: bytes in @text
 * @geo: gets the files that the policy is made with, NULL where nobody wants to know
 */
struct df_reload {
	pid_t pid;
	int fd;
	char text[DF_RELOAD_TEXT_MAX];
	size_t length;
	struct df_geo_watch *geo;
};

/**
 * struct df_reload_options - what to load
 * @policy: path of the policy file; NULL for what was in force last, or for the one
 *	that is built in
 * @geo_root: prefix of the default places of geo data, NULL for none
 * @cache: folder of compiled policies, NULL for none
 * @switches: what is switched
 * @request: what is to be switched with it, NULL for nothing
 * @history: folder of policies that were in force, NULL for none
 * @last_signed: see &struct df_trust
 * @refresh: only if the one in force was made of the same policy file, or there is none,
 *	or the one that is built in
 * @lapse: load none, but let the one before come back, if the one in force was not
 *	confirmed
 */
struct df_reload_options {
	const char *policy;
	const char *geo_root;
	const char *cache;
	const struct df_switches *switches;
	const struct df_switch_request *request;
	const char *history;
	const char *last_signed;
	bool refresh;
	bool lapse;
};

void df_reload_init(struct df_reload *reload);
int df_reload_start(struct df_reload *reload,
		    const struct df_reload_options *options);
bool df_reload_read(struct df_reload *reload);
enum df_exit df_reload_finish(struct df_reload *reload,
			      void (*say)(int priority, const char *line,
					  void *arg), void *arg);
void df_reload_cancel(struct df_reload *reload);

#endif
