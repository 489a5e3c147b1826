/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command ended; the same numbers for every program of dronefence. */
#ifndef DF_EXIT_H
#define DF_EXIT_H

/**
 * enum df_exit - exit status of a program
 * @DF_EXIT_OK: done
 * @DF_EXIT_FAILED: not done, for a reason that no other number names
 * @DF_EXIT_USAGE: the command line is wrong
 * @DF_EXIT_NOT_ENFORCING: no policy is in force, or the module is missing
 * @DF_EXIT_NO_OBJECT: what was named does not exist
 * @DF_EXIT_POLICY: the policy is invalid
 * @DF_EXIT_PERMISSION: CAP_NET_ADMIN is missing
 * @DF_EXIT_GEO: the geo data is missing, invalid or too old
 * @DF_EXIT_WOULD_DENY: explained: the packet would not pass
 * @DF_EXIT_WOULD_LOG: explained: the packet would pass only because of audit mode
 * @DF_EXIT_BROKEN: the store is not as it was written
 * @DF_EXIT_CANNOT_TELL: records that an answer takes are missing
 * @DF_EXIT_WOULD_CHANGE: replayed: something would fare otherwise, and nothing that
 *	passed would be denied
 */
enum df_exit {
	DF_EXIT_OK = 0,
	DF_EXIT_FAILED = 1,
	DF_EXIT_USAGE = 2,
	DF_EXIT_NOT_ENFORCING = 3,
	DF_EXIT_NO_OBJECT = 4,
	DF_EXIT_POLICY = 5,
	DF_EXIT_PERMISSION = 6,
	DF_EXIT_GEO = 7,
	DF_EXIT_WOULD_DENY = 10,
	DF_EXIT_WOULD_LOG = 11,
	DF_EXIT_BROKEN = 12,
	DF_EXIT_CANNOT_TELL = 13,
	DF_EXIT_WOULD_CHANGE = 14,
};

#endif
