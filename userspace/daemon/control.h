/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket where root, or a group, asks the daemon for something. */
#ifndef DF_CONTROL_H
#define DF_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <jansson.h>

/* Most that ask at a time; for one more the oldest has to go. */
#define DF_CONTROL_CLIENTS 8

/* Gives a new reference, NULL without memory. */
typedef json_t *(*df_control_fn)(const json_t *request,
				 const struct ucred *who, void *arg);

/**
 * struct df_control_client - somebody who is connected and has not asked yet
 * @fd: -1 for none
 * @order: the lowest is the oldest
 * @who: it is, as the kernel says
 * @may: and may ask; who may not is told so when he asks
 */
struct df_control_client {
	int fd;
	uint64_t order;
	struct ucred who;
	bool may;
};

/**
 * struct df_control - the socket
 * @epoll: can be read when there is something to do, -1 if there is no socket
 * @listen: where clients connect
 * @path: of the socket
 * @group: name of the group that may ask beside root, NULL for none
 * @clients: those that are connected
 * @accepted: how many ever were
 * @answer: called for each request; not NULL
 * @arg: for @answer
 */
struct df_control {
	int epoll;
	int listen;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	const char *group;
	struct df_control_client clients[DF_CONTROL_CLIENTS];
	uint64_t accepted;
	df_control_fn answer;
	void *arg;
};

void df_control_init(struct df_control *control, df_control_fn answer,
		     void *arg);
int df_control_open(struct df_control *control, const char *path,
		    const char *group);
void df_control_ready(struct df_control *control);
void df_control_close(struct df_control *control);
bool df_control_is_root(const struct ucred *who);
json_t *df_control_refusal(const char *why);

#endif
