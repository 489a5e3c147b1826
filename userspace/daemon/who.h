/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ran in a process, and the unit of a cgroup. */
#ifndef DF_WHO_H
#define DF_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc.h"
#include "record.h"

/* Processes and cgroups that are remembered; powers of two. */
#define DF_WHO_PROCS 256
#define DF_WHO_UNITS 1024

/**
 * struct df_who_look - a process as it is
 * @from: it began not before; ns since boot, suspend included
 * @until: and still ran then
 * @cgroup: id of its cgroup
 * @path: and the path of that, as in /proc/PID/cgroup behind "0::"
 * @exe: path of the program that it executes, "" where that may not be read or is
 *	too long
 */
struct df_who_look {
	uint64_t from;
	uint64_t until;
	uint64_t cgroup;
	char path[DF_PROC_LINE];
	char exe[DF_STRAY_EXE_MAX];
};

/**
 * struct df_who_ops - where answers come from
 * @look: look at a process. Returns false if there is none.
 * @walk: call @each for each cgroup with its id and path
 * @now: ns of a clock that nobody sets
 */
struct df_who_ops {
	bool (*look)(uint32_t pid, struct df_who_look *look);
	void (*walk)(void (*each)(uint64_t cgroup, const char *path, void *arg),
		     void *arg);
	uint64_t (*now)(void);
};

extern const struct df_who_ops df_who_system;

/**
 * struct df_who_proc - a process that was looked at
 * @pid: its number, 0 for none
 * @look: what was seen
 */
struct df_who_proc {
	uint32_t pid;
	struct df_who_look look;
};

/**
 * struct df_who_unit - a cgroup that was looked for; its id is never used again
 * @cgroup: its id, 0 for none
 * @unit: "" if it belongs to none, or was gone already
 */
struct df_who_unit {
	uint64_t cgroup;
	char unit[DF_UNIT_MAX];
};

/**
 * struct df_who - what is known
 * @ops: where answers come from
 * @procs: by number
 * @units: by id
 * @searched: when all cgroups were last looked at, by @ops, 0 for never
 */
struct df_who {
	const struct df_who_ops *ops;
	struct df_who_proc procs[DF_WHO_PROCS];
	struct df_who_unit units[DF_WHO_UNITS];
	uint64_t searched;
};

bool df_unit_of(const char *path, char unit[DF_UNIT_MAX]);
void df_who_ask(struct df_who *who, const struct df_event *event,
		struct df_notes *notes);

#endif
