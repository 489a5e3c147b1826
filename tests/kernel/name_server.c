// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A name server that answers every question with one address, and who asks it:
 *
 *	name_server serve LISTEN ANSWER
 *	name_server ask SERVER NAME
 *
 * In NAME \xNN is a byte. A name that begins with "garbage" is answered with
 * random bytes instead, of every length.
 */

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define HEADER 12

static int open_socket(const char *addr, struct addrinfo **found)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST,
	};

	if (getaddrinfo(addr, "53", &hints, found))
		return -1;
	return socket((*found)->ai_family, SOCK_DGRAM, 0);
}

/* An address, compressed to its number of bytes. */
static size_t parse(const char *text, uint8_t addr[16])
{
	if (inet_pton(AF_INET, text, addr) == 1)
		return 4;
	return inet_pton(AF_INET6, text, addr) == 1 ? 16 : 0;
}

/* Behind the question as it came: its name, type, class, TTL, address. */
static size_t answer(uint8_t *m, size_t length, const uint8_t *addr,
		     size_t size)
{
	const uint8_t record[12] = {
		0xc0, HEADER, 0, size == 4 ? 1 : 28, 0, 1, 0, 0, 1, 44,
		0, (uint8_t)size,
	};

	m[2] = 0x81;
	m[3] = 0x80;
	m[7] = 1;
	memcpy(m + length, record, sizeof(record));
	memcpy(m + length + sizeof(record), addr, size);
	return length + sizeof(record) + size;
}

/* The first ones look like an answer from their header on. */
static void send_garbage(int fd, const struct sockaddr *to, socklen_t to_length,
			 const uint8_t *question)
{
	uint8_t m[512];
	int length, i;

	for (length = 0; length < (int)sizeof(m); length++) {
		memcpy(m, question, HEADER);
		m[2] = 0x81;
		m[3] = 0x80;
		m[7] = 9;
		for (i = length % 2 ? HEADER : 0; i < length; i++)
			m[i] = (uint8_t)random();
		sendto(fd, m, length, 0, to, to_length);
	}
}

static int serve(const char *listen_at, const char *address)
{
	struct sockaddr_storage from;
	uint8_t m[2048], addr[16];
	struct addrinfo *found;
	int fd = open_socket(listen_at, &found);
	size_t size = parse(address, addr);

	if (fd < 0 || !size || bind(fd, found->ai_addr, found->ai_addrlen))
		return 1;
	for (;;) {
		socklen_t from_length = sizeof(from);
		ssize_t length = recvfrom(fd, m, 1024, 0,
					  (struct sockaddr *)&from,
					  &from_length);

		if (length < HEADER + 9)
			continue;
		if (!memcmp(m + HEADER + 1, "garbage", 7))
			send_garbage(fd, (struct sockaddr *)&from, from_length,
				     m);
		length = (ssize_t)answer(m, (size_t)length, addr, size);
		sendto(fd, m, (size_t)length, 0, (struct sockaddr *)&from,
		       from_length);
	}
}

static size_t put_name(uint8_t *to, const char *name)
{
	uint8_t *size = to, *at = to + 1;
	unsigned int byte;

	*size = 0;
	while (*name) {
		if (*name == '.') {
			size = at++;
			*size = 0;
			name++;
			continue;
		}
		if (sscanf(name, "\\x%2x", &byte) == 1) {
			*at++ = (uint8_t)byte;
			name += 4;
		} else {
			*at++ = (uint8_t)*name++;
		}
		++*size;
	}
	*at++ = 0;
	return (size_t)(at - to);
}

/* Waits for any answer, which it does not read. */
static int ask(const char *server, const char *name)
{
	const struct timeval patience = { .tv_sec = 10 };
	uint8_t m[1024] = { 0x12, 0x34, 1, 0, 0, 1 };
	struct addrinfo *found;
	int fd = open_socket(server, &found);
	size_t length = HEADER;

	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen))
		return 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	length += put_name(m + HEADER, name);
	m[length + 1] = found->ai_family == AF_INET ? 1 : 28;
	m[length + 3] = 1;
	length += 4;
	if (send(fd, m, length, 0) != (ssize_t)length)
		return 1;
	return recv(fd, m, sizeof(m), 0) < 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "ask"))
		return ask(argv[2], argv[3]);
	return 2;
}
