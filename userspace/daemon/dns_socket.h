/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that get the answers of name servers. */
#ifndef DF_DNS_SOCKET_H
#define DF_DNS_SOCKET_H

/* One for each family. */
#define DF_DNS_SOCKETS 2

int df_dns_sockets(int fds[DF_DNS_SOCKETS]);

#endif
