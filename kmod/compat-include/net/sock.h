/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux before 6.17: the user of a socket had to be asked of its inode. */
#ifndef DFENCE_COMPAT_NET_SOCK_H
#define DFENCE_COMPAT_NET_SOCK_H

#include_next <net/sock.h>

#ifndef DFENCE_HAS_SK_UID
#define sk_uid(sk)	sock_i_uid(sk)
#endif

#endif /* DFENCE_COMPAT_NET_SOCK_H */
