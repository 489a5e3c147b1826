// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Whose processes
 *
 * A policy can give a user with all that he runs to an application. The user is
 * asked only where no selector for cgroups matches, see identity.c. Users are
 * few and never change while a policy is in force, so they are a sorted array
 * that is searched by halves.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <net/mptcp.h>
#include <net/sock.h>

#include "core.h"
#include "identity.h"
#include "users.h"

/* Where @uid is, or would be. */
static u32 find(const struct dfence_users *users, u32 uid)
{
	u32 low = 0, high = users->count;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (users->list[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int grow(struct dfence_users *users)
{
	u32 capacity = max(16U, 2 * users->capacity);
	struct dfence_user *grown;

	grown = kvmalloc_array(capacity, sizeof(*grown),
			       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!grown)
		return -ENOMEM;
	if (users->count)
		memcpy(grown, users->list, users->count * sizeof(*grown));
	kvfree(users->list);
	users->list = grown;
	users->capacity = capacity;
	return 0;
}

/**
 * dfence_users_add() - give a user to an application
 * @users: zeroed at first; not published yet
 * @uid: in the initial user namespace
 * @app: index of the application
 *
 * Context: process; may sleep.
 * Return: 0; -EEXIST if the user is in there; -E2BIG; -ENOMEM.
 */
int dfence_users_add(struct dfence_users *users, u32 uid, u16 app)
{
	u32 i = find(users, uid);

	if (i < users->count && users->list[i].uid == uid)
		return -EEXIST;
	if (users->count == DRONEFENCE_MAX_USERS)
		return -E2BIG;
	if (users->count == users->capacity && grow(users))
		return -ENOMEM;
	memmove(&users->list[i + 1], &users->list[i],
		(users->count - i) * sizeof(*users->list));
	users->list[i].uid = uid;
	users->list[i].app = app;
	users->count++;
	return 0;
}

/**
 * dfence_users_free() - give the memory back
 * @users: zeroed, or with users; no packet uses it any more
 *
 * Context: process; may sleep.
 */
void dfence_users_free(struct dfence_users *users)
{
	kvfree(users->list);
	memset(users, 0, sizeof(*users));
}

/**
 * dfence_users_lookup() - to which application does a user belong
 * @users: of a published policy
 * @uid: of a process or a socket
 *
 * Context: any; no locks, does not sleep.
 * Return: index of the application or DFENCE_NO_APP.
 */
u16 dfence_users_lookup(const struct dfence_users *users, kuid_t uid)
{
	u32 i = find(users, __kuid_val(uid));

	if (i == users->count || users->list[i].uid != __kuid_val(uid))
		return DFENCE_NO_APP;
	return users->list[i].app;
}

static bool is_mptcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM &&
	       (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       sk_is_mptcp(sk);
}

/**
 * dfence_socket_uid() - who opened a socket
 * @sk: full socket
 *
 * Those below an MPTCP connection are opened by the kernel, later ones in nobody's
 * name, but have the owner of the connection.
 *
 * Context: any but hard interrupt.
 * Return: in terms of the kernel.
 */
kuid_t dfence_socket_uid(struct sock *sk)
{
	kuid_t uid;

	if (likely(!sk->sk_kern_sock) || !is_mptcp(sk))
		return sk->sk_uid;
	uid = sk_uid(sk);
	return uid_eq(uid, GLOBAL_ROOT_UID) ? sk->sk_uid : uid;
}

/**
 * dfence_users_owner() - to which application does a socket belong by its user
 * @users: of a published policy
 * @sk: full socket
 *
 * Also one that the kernel opened in the name of a user: protocols on top of UDP
 * or TCP (RxRPC, SMC) send what is his by such. Those that it opens for itself are
 * root's, who is no application's.
 *
 * Context: any but hard interrupt.
 * Return: index of the application or DFENCE_NO_APP.
 */
u16 dfence_users_owner(const struct dfence_users *users, struct sock *sk)
{
	return dfence_users_lookup(users, dfence_socket_uid(sk));
}
