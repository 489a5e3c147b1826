/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways out of the threat model, and what is true of them on this machine. */
#ifndef DF_WAYS_H
#define DF_WAYS_H

#include "inventory.h"

/* Longest text about this machine, the final NUL included. */
#define DF_HERE_MAX 512

/**
 * enum df_way_state - what becomes of a way out
 * @DF_WAY_SHUT: its packets are judged, on every machine
 * @DF_WAY_OPEN: not covered, on every machine
 * @DF_WAY_SHUT_HERE: shut by how this machine is set up
 * @DF_WAY_OPEN_HERE: open because of how this machine is set up
 * @DF_WAY_OUTSIDE: not a matter of the fence
 */
enum df_way_state {
	DF_WAY_SHUT,
	DF_WAY_OPEN,
	DF_WAY_SHUT_HERE,
	DF_WAY_OPEN_HERE,
	DF_WAY_OUTSIDE,
};

/**
 * struct df_machine - what is looked at
 * @inventory: processes and applications; without a policy it has none of these
 * @open_defaults: names of the applications whose profile allows what no rule
 *	speaks of, "" if there are none, NULL if nobody knows
 */
struct df_machine {
	const struct df_inventory *inventory;
	const char *open_defaults;
};

/* Look at a machine: what becomes of the way there; @here is "" on entry. */
typedef enum df_way_state df_way_probe(const struct df_machine *machine,
				       char here[DF_HERE_MAX]);

/**
 * struct df_way - a way out
 * @group: of the table that it is in
 * @way: the words of Documentation/threat-model.rst
 * @state: what becomes of it as far as that does not depend on the machine
 * @probe: looks at the machine, NULL where nothing depends on it
 * @todo: what shuts it, NULL where nothing is to be done
 */
struct df_way {
	const char *group;
	const char *way;
	enum df_way_state state;
	df_way_probe *probe;
	const char *todo;
};

extern const struct df_way df_ways[];
extern const size_t df_way_count;

const char *df_way_state_name(enum df_way_state state);
enum df_way_state df_way_look(const struct df_way *way,
			      const struct df_machine *machine,
			      char here[DF_HERE_MAX]);

/* By the processes of the applications: ways_process.c */
df_way_probe df_way_slice, df_way_system_bus, df_way_user_cgroup, df_way_strays;
df_way_probe df_way_session_bus, df_way_ptrace, df_way_xdp, df_way_raw_tunnel;
df_way_probe df_way_ping, df_way_container_engine, df_way_net_admin;
df_way_probe df_way_net_admin_outside, df_way_module_unload;
df_way_probe df_way_policy_owner;

/* By settings of the machine and of the policy: ways_system.c */
df_way_probe df_way_pins, df_way_policy_readable, df_way_lent_sockets;
df_way_probe df_way_io_uring, df_way_packet_sockets, df_way_pppox;
df_way_probe df_way_kernel_sockets, df_way_forward_in, df_way_allow_list;
df_way_probe df_way_load_at_boot;

#endif
