/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_USERS_H
#define DFENCE_USERS_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct sock;

/**
 * struct dfence_user - whose processes and sockets are an application's
 * @uid: in the initial user namespace, never 0
 * @app: index of the application
 */
struct dfence_user {
	u32 uid;
	u16 app;
};

/**
 * struct dfence_users - selectors by user
 * @list: by @uid, each of them once
 * @count: number of entries in @list
 * @capacity: room in @list
 */
struct dfence_users {
	struct dfence_user *list;
	u32 count;
	u32 capacity;
};

int dfence_users_add(struct dfence_users *users, u32 uid, u16 app);
void dfence_users_free(struct dfence_users *users);
u16 dfence_users_lookup(const struct dfence_users *users, kuid_t uid);
kuid_t dfence_socket_uid(struct sock *sk);
u16 dfence_users_owner(const struct dfence_users *users, struct sock *sk);

#endif /* DFENCE_USERS_H */
