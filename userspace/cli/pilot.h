/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands for pilots share. */
#ifndef DF_CLI_PILOT_H
#define DF_CLI_PILOT_H

#include <jansson.h>

#include "exit.h"

const char *pilot_socket(const char *given);
enum df_exit pilot_switch(const char *path, json_t *request);
enum df_exit pilot_status(const char *path, json_t **status);
enum df_exit pilot_print(const json_t *status);

#endif
