/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of name servers: which name was asked for, and which addresses came. */
#ifndef DF_DNS_PARSE_H
#define DF_DNS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* Longest name as text, the final NUL included. */
#define DF_DNS_NAME_SIZE 256

/* Records of an answer that are looked at; more than any real one has. */
#define DF_DNS_RECORDS_MAX 64

/**
 * struct df_dns_answer - one address that a name was answered with
 * @time: when the answer came, ns since 1970; the caller sets it
 * @ttl: seconds for which it may be kept
 * @family: enum df_family of @addr
 * @addr: in network order
 * @name: that was asked for: lower case, labels joined by dots; each byte that
 *	a host name has not, the underscore excepted, as \xNN
 *
 * A process hands it to another one, so it has one size and no pointer.
 */
struct df_dns_answer {
	uint64_t time;
	uint32_t ttl;
	uint8_t family;
	uint8_t addr[16];
	char name[DF_DNS_NAME_SIZE];
};

size_t df_dns_message(const uint8_t *data, size_t length,
		      struct df_dns_answer answers[DF_DNS_RECORDS_MAX]);
size_t df_dns_packet(const uint8_t *packet, size_t length,
		     struct df_dns_answer answers[DF_DNS_RECORDS_MAX]);
bool df_dns_answer_valid(const struct df_dns_answer *answer);

#endif
