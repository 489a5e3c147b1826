/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the daemon, see Documentation/admin-guide.rst. */
#ifndef DF_ASK_H
#define DF_ASK_H

#include <jansson.h>

/* Where the daemon's unit puts its socket, and where it is looked for. */
#define DF_CONTROL_PATH "/run/dronefence/control"

/* And one where a group may ask for what makes the fence stricter. */
#define DF_PILOT_PATH "/run/dronefence/pilot"

/* Longest request and longest answer, bytes. */
#define DF_CONTROL_MAX 32768

int df_ask_connect(const char *path, unsigned int seconds);
int df_ask(const char *path, json_t *request, json_t **answer);

#endif
