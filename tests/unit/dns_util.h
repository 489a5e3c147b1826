/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of name servers, as they are on the wire. */
#ifndef DNS_UTIL_H
#define DNS_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_parse.h"

/**
 * struct wire - a message that is written
 * @data: what there is
 * @length: of it
 */
struct wire {
	uint8_t data[4096];
	size_t length;
};

static inline void put_bytes(struct wire *w, const void *bytes, size_t length)
{
	assert_true(w->length + length <= sizeof(w->data));
	memcpy(w->data + w->length, bytes, length);
	w->length += length;
}

static inline void put16(struct wire *w, unsigned int value)
{
	const uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	put_bytes(w, bytes, 2);
}

/* A name without compression; returns its offset. */
static inline size_t put_name(struct wire *w, const char *name)
{
	size_t at = w->length;

	while (*name) {
		uint8_t length = (uint8_t)strcspn(name, ".");

		put_bytes(w, &length, 1);
		put_bytes(w, name, length);
		name += length + (name[length] == '.');
	}
	put_bytes(w, "", 1);
	return at;
}

static inline void put_pointer(struct wire *w, size_t target)
{
	put16(w, 0xc000 | (unsigned int)target);
}

/* Header and question; returns the offset of the name asked for. */
static inline size_t begin_answer(struct wire *w, const char *name,
				  unsigned int type, unsigned int records)
{
	size_t at;

	w->length = 0;
	put16(w, 0x1234);
	put16(w, 0x8180);
	put16(w, 1);
	put16(w, records);
	put16(w, 0);
	put16(w, 0);
	at = put_name(w, name);
	put16(w, type);
	put16(w, 1);
	return at;
}

/* What is between the owner of a record and its data. */
static inline void put_record(struct wire *w, unsigned int type,
			      unsigned int ttl, unsigned int length)
{
	put16(w, type);
	put16(w, 1);
	put16(w, ttl >> 16);
	put16(w, ttl & 0xffff);
	put16(w, length);
}

/* As a name server answers: compressed. */
static inline void simple_answer(struct wire *w, const char *name,
				 const char addr[4])
{
	size_t question = begin_answer(w, name, 1, 1);

	put_pointer(w, question);
	put_record(w, 1, 300, 4);
	put_bytes(w, addr, 4);
}

/* The packet of IP version @version that carries a message. */
static inline void wrap(const struct wire *message, int version,
			struct wire *packet)
{
	static const uint8_t v4[20] = { [0] = 0x45, [8] = 64, [9] = 17 };
	static const uint8_t v6[40] = { [0] = 0x60, [6] = 17, [7] = 64 };

	packet->length = 0;
	if (version == 4)
		put_bytes(packet, v4, sizeof(v4));
	else
		put_bytes(packet, v6, sizeof(v6));
	put16(packet, 53);
	put16(packet, 40000);
	put16(packet, 8 + (unsigned int)message->length);
	put16(packet, 0);
	put_bytes(packet, message->data, message->length);
}

#endif
