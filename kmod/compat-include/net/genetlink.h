/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux before 6.2: no split operations. Ours never mix do and dump in one. */
#ifndef DFENCE_COMPAT_NET_GENETLINK_H
#define DFENCE_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

#ifndef GENL_SET_ERR_MSG_FMT
#define genl_split_ops		genl_ops
#define split_ops		ops
#define n_split_ops		n_ops
#define genl_info_dump(cb)	genl_dumpit_info(cb)
#endif

#endif /* DFENCE_COMPAT_NET_GENETLINK_H */
