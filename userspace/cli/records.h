/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that read the store, or ask the daemon, share. */
#ifndef DF_CLI_RECORDS_H
#define DF_CLI_RECORDS_H

#include <jansson.h>

#include "exit.h"
#include "learning.h"
#include "store.h"

int64_t records_now(void);
bool records_when(const char *text, int64_t *ns);
enum df_exit records_span(int64_t from, int64_t to);
enum df_exit records_failed(const char *path,
			    const struct df_store_reader *reader, int err);
enum df_exit records_answer(const char *path, json_t *request, json_t **answer);
enum df_exit records_poll(const char *path, json_t *request, json_t **answer);
enum df_exit records_ask(const char *path, json_t *request);
enum df_exit records_learning(const char *path, const char *application,
			      struct df_learning *learning);

#endif
