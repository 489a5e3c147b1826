/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as people and programs read them; see Documentation/events.rst. */
#ifndef DF_EVENT_H
#define DF_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "client.h"
#include "fields.h"

/* Longest line of df_event_text(), the final NUL included. */
#define DF_EVENT_TEXT_SIZE 2048

/* "2026-11-20T12:13:14.123456789Z" and a NUL. */
#define DF_TIME_STRLEN 32

/* "[address]:port" and a NUL. */
#define DF_ENDPOINT_STRLEN (DF_NET_STRLEN + 8)

/* The number of an IP protocol and a NUL. */
#define DF_PROTOCOL_STRLEN 16

void df_event_text(const struct df_event *event, char buf[DF_EVENT_TEXT_SIZE]);
void df_event_fields(const struct df_event *event, struct df_fields *fields);
json_t *df_event_json(const struct df_event *event);

void df_escape(const char *text, size_t size, const char *special, char *out,
	       size_t out_size);
const char *df_endpoint_text(enum df_family family, df_u128 addr, int port,
			     char out[DF_ENDPOINT_STRLEN]);
const char *df_protocol_text(uint8_t protocol, uint16_t ethertype,
			     char buf[DF_PROTOCOL_STRLEN]);
void df_time_format(uint64_t ns, int digits, char buf[DF_TIME_STRLEN]);

#endif
