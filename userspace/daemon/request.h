/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What requests at the daemon's sockets have in common. */
#ifndef DF_REQUEST_H
#define DF_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

const char *df_request_text(const json_t *request, const char *key);
bool df_request_is_name(const char *text);
bool df_request_is_line(const char *text, size_t size);

#endif
