// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what anybody may have sent: every offset is compared with the length,
 * and every loop has an end that does not depend on the packet. What is not
 * wholly as RFC 1035 says is thrown away as a whole: a name that is missing
 * in the log does no harm, a wrong one does.
 *
 * An address belongs to the name of the question if its record has that name,
 * or one that a chain of CNAMEs leads to. A record of any other name is ignored,
 * as a resolver ignores it.
 */
#include <stdio.h>
#include <string.h>

#include "dns_parse.h"

#define PORT 53

#define UDP 17
#define UDP_HEADER 8
#define IPV4_HEADER 20
#define IPV6_HEADER 40

#define HEADER 12
#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_AAAA 28
#define CLASS_IN 1

/* Compression pointers in one name, and CNAMEs one behind the other. */
#define JUMPS_MAX 16
#define CHAIN_MAX 16

/**
 * struct message - what is left to be read
 * @data: all of it
 * @length: of @data
 * @at: next byte
 */
struct message {
	const uint8_t *data;
	size_t length;
	size_t at;
};

/**
 * struct record - a resource record
 * @owner: name that it is about
 * @type: TYPE_A and the like; of another class than the Internet's 0
 * @ttl: seconds
 * @length: of its data
 * @data: offset in the message
 */
struct record {
	char owner[DF_DNS_NAME_SIZE];
	uint16_t type;
	uint32_t ttl;
	uint16_t length;
	size_t data;
};

static uint16_t number_at(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static bool read_number(struct message *m, uint16_t *number)
{
	if (m->length - m->at < 2)
		return false;
	*number = number_at(m->data + m->at);
	m->at += 2;
	return true;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

static bool add_text(char name[DF_DNS_NAME_SIZE], const char *text)
{
	size_t used = strlen(name), length = strlen(text);

	if (used + length >= DF_DNS_NAME_SIZE)
		return false;
	memcpy(name + used, text, length + 1);
	return true;
}

/* Resolvers mix the case of what they ask, so that answers are hard to guess. */
static bool add_label(char name[DF_DNS_NAME_SIZE], const uint8_t *label,
		      size_t length)
{
	char text[8];
	size_t i;

	if (*name && !add_text(name, "."))
		return false;
	for (i = 0; i < length; i++) {
		uint8_t c = label[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		snprintf(text, sizeof(text), is_plain((char)c) ? "%c" : "\\x%02x",
			 c);
		if (!add_text(name, text))
			return false;
	}
	return true;
}

/*
 * A pointer must point in front of where the labels began that it ends, so each
 * one leads further to the front.
 */
static bool read_name(struct message *m, char name[DF_DNS_NAME_SIZE])
{
	size_t at = m->at, front = m->at, end = 0;
	unsigned int jumps = 0;

	*name = '\0';
	while (at < m->length && m->data[at]) {
		uint8_t size = m->data[at];

		if (size >= 0xc0) {
			if (m->length - at < 2 || jumps++ == JUMPS_MAX)
				return false;
			if (!end)
				end = at + 2;
			at = number_at(m->data + at) & 0x3fff;
			if (at >= front)
				return false;
			front = at;
			continue;
		}
		if (size > 63 || m->length - at - 1 < size ||
		    !add_label(name, m->data + at + 1, size))
			return false;
		at += 1 + (size_t)size;
	}
	m->at = end ?: at + 1;
	return at < m->length;
}

static bool read_record(struct message *m, struct record *record)
{
	uint16_t class, high, low;

	if (!read_name(m, record->owner) || !read_number(m, &record->type) ||
	    !read_number(m, &class) || !read_number(m, &high) ||
	    !read_number(m, &low) || !read_number(m, &record->length) ||
	    m->length - m->at < record->length)
		return false;
	if (class != CLASS_IN)
		record->type = 0;
	record->ttl = (uint32_t)high << 16 | low;
	record->data = m->at;
	m->at += record->length;
	return true;
}

/* The name that the records at the end of the chain have. */
static void follow(const struct message *m, const struct record *records,
		   size_t count, char name[DF_DNS_NAME_SIZE])
{
	unsigned int links = 0;
	size_t i;

	for (i = 0; i < count && links < CHAIN_MAX; i++) {
		struct message target = *m;
		char next[DF_DNS_NAME_SIZE];

		target.at = records[i].data;
		if (records[i].type != TYPE_CNAME ||
		    strcmp(records[i].owner, name) || !read_name(&target, next))
			continue;
		strcpy(name, next);
		links++;
		/* The records may be in any order. */
		i = (size_t)-1;
	}
}

static bool take_address(const struct message *m, const struct record *record,
			 struct df_dns_answer *answer)
{
	bool v4 = record->type == TYPE_A && record->length == 4;
	bool v6 = record->type == TYPE_AAAA && record->length == 16;

	if (!v4 && !v6)
		return false;
	memset(answer, 0, sizeof(*answer));
	answer->ttl = record->ttl;
	answer->family = v4 ? DF_IPV4 : DF_IPV6;
	memcpy(answer->addr, m->data + record->data, record->length);
	return true;
}

static size_t take_addresses(const struct message *m, const char *question,
			     const struct record *records, size_t count,
			     struct df_dns_answer *answers)
{
	char name[DF_DNS_NAME_SIZE];
	size_t taken = 0, i;

	strcpy(name, question);
	follow(m, records, count, name);
	for (i = 0; i < count; i++) {
		if (strcmp(records[i].owner, name) ||
		    !take_address(m, &records[i], &answers[taken]))
			continue;
		strcpy(answers[taken++].name, question);
	}
	return taken;
}

/* One question for addresses, answered without an error. */
static bool read_question(struct message *m, char name[DF_DNS_NAME_SIZE])
{
	uint16_t type, class;

	if (m->length < HEADER || (m->data[2] & 0xf8) != 0x80 ||
	    m->data[3] & 0x0f || number_at(m->data + 4) != 1)
		return false;
	m->at = HEADER;
	return read_name(m, name) && *name && read_number(m, &type) &&
	       read_number(m, &class) && class == CLASS_IN &&
	       (type == TYPE_A || type == TYPE_AAAA);
}

/**
 * df_dns_message() - read the answer of a name server
 * @data: message, as it is in a UDP packet
 * @length: of @data
 * @answers: result
 *
 * Return: how many; 0 for anything that is no answer with addresses.
 */
size_t df_dns_message(const uint8_t *data, size_t length,
		      struct df_dns_answer answers[DF_DNS_RECORDS_MAX])
{
	static struct record records[DF_DNS_RECORDS_MAX];
	struct message m = { .data = data, .length = length };
	char question[DF_DNS_NAME_SIZE];
	size_t count, i;

	if (!read_question(&m, question))
		return 0;
	count = number_at(data + 6);
	if (count > DF_DNS_RECORDS_MAX)
		count = DF_DNS_RECORDS_MAX;
	for (i = 0; i < count; i++)
		if (!read_record(&m, &records[i]))
			return 0;
	return take_addresses(&m, question, records, count, answers);
}

/* Fragments do not show what they are; the first one is not whole. */
static size_t header_length(const uint8_t *packet, size_t length)
{
	size_t header;

	if (length >= IPV4_HEADER && packet[0] >> 4 == 4) {
		header = (packet[0] & 0x0f) * 4u;
		return header >= IPV4_HEADER && packet[9] == UDP &&
		       !(number_at(packet + 6) & 0x3fff) ? header : 0;
	}
	if (length >= IPV6_HEADER && packet[0] >> 4 == 6)
		return packet[6] == UDP ? IPV6_HEADER : 0;
	return 0;
}

/**
 * df_dns_packet() - read the answer of a name server
 * @packet: IP packet, from its header on
 * @length: of @packet
 * @answers: result
 *
 * Extension headers of IPv6 are not looked behind.
 *
 * Return: how many; 0 for anything but a UDP packet from port 53 that holds an
 * answer with addresses.
 */
size_t df_dns_packet(const uint8_t *packet, size_t length,
		     struct df_dns_answer answers[DF_DNS_RECORDS_MAX])
{
	size_t header = header_length(packet, length), udp;

	if (!header || length < header + UDP_HEADER ||
	    number_at(packet + header) != PORT)
		return 0;
	/* What is behind its end is padding. */
	udp = number_at(packet + header + 4);
	if (udp < UDP_HEADER || udp > length - header)
		return 0;
	return df_dns_message(packet + header + UDP_HEADER, udp - UDP_HEADER,
			      answers);
}

static bool is_escape(const char *text)
{
	static const char digits[] = "0123456789abcdef";

	return text[0] == '\\' && text[1] == 'x' && text[2] && text[3] &&
	       strchr(digits, text[2]) && strchr(digits, text[3]);
}

/**
 * df_dns_answer_valid() - is it one that df_dns_message() could have made
 * @answer: from a process that may have been taken over
 *
 * Return: false if not: its name may be anything then.
 */
bool df_dns_answer_valid(const struct df_dns_answer *answer)
{
	const char *c = answer->name;

	if (answer->family >= DF_FAMILIES || !*c ||
	    !memchr(c, '\0', sizeof(answer->name)))
		return false;
	while (*c) {
		if (is_plain(*c) || *c == '.')
			c++;
		else if (is_escape(c))
			c += 4;
		else
			return false;
	}
	return true;
}
