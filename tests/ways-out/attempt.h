/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the attempts share. An attempt knows of no fence: it gets an address and
 * tries to bring a payload there. Its exit status says only whether that could
 * be tried; what arrived is counted on the other side. From the environment:
 *
 *	WAY_TO		address of the destination, IPv4 or IPv6
 *	WAY_PORT	its port
 *	WAY_MARK	8 bytes that the payload repeats
 *	WAY_SIZE	bytes of the payload
 *	WAY_DEVICE	network device towards the destination
 *	WAY_MAC		Ethernet address of the next hop
 *	WAY_FROM	an own address of the same family
 *	WAY_SOCKET	path of a Unix socket, where the way takes two programs
 */
#ifndef WAYS_OUT_ATTEMPT_H
#define WAYS_OUT_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Exit status: it could not be tried on this machine. */
#define SKIP 4

/* What fits into a packet, and is a multiple of the mark. */
#define CHUNK 1024

void skip(const char *why) __attribute__((noreturn));
void must(bool good, const char *what);

const char *way(const char *name);
size_t way_size(void);
bool way_is_ipv6(void);

socklen_t address(const char *text, uint16_t port, struct sockaddr_storage *sa);
socklen_t destination(struct sockaddr_storage *sa);
void next_hop(uint8_t mac[6]);
void fill(void *buf, size_t size);

int make_socket(int family, int type, int protocol);
int open_connection(int type, int protocol);
void send_all(int fd);
void attempt(const char *how);

void enter_user_namespace(int more);
void write_file(const char *path, const char *text);
int listen_unix(void);
int connect_unix(void);
void send_fd(int to, int fd);
int receive_fd(int from);

uint16_t checksum(const void *bytes, size_t len);
size_t build_ip(uint8_t *packet, int protocol, const char *from, const char *to,
		size_t payload);
size_t build_udp(uint8_t *packet, const char *from, const char *to,
		 size_t payload);

#endif
