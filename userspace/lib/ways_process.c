// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways out that depend on what the processes of the applications may do. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <linux/capability.h>

#include "ways.h"

/* Processes that are named for a way; the others are counted. */
#define NAMED 3

#define SLICE "/sys/fs/cgroup/dronefence.slice"

/* Is a way open to a process? */
typedef bool test(const struct df_inventory *inventory,
		  const struct df_proc *proc);

/**
 * struct question - what is asked of each process
 * @open: of those to whom the way is open; ends where their list begins
 * @shut: of all, if there are none
 * @otherwise: state if no process runs
 */
struct question {
	const char *open;
	const char *shut;
	enum df_way_state otherwise;
};

__attribute__((format(printf, 2, 3)))
static void append(char *here, const char *fmt, ...)
{
	size_t used = strlen(here);
	va_list args;

	va_start(args, fmt);
	vsnprintf(here + used, DF_HERE_MAX - used, fmt, args);
	va_end(args);
}

/* Index of the application that a process is, or should be, of; or -1. */
static int app_of(const struct df_inventory *inventory, size_t proc)
{
	const struct df_seen *seen = &inventory->proc_seen[proc];

	return seen->owner.app >= 0 ? seen->owner.app : seen->program.app;
}

static enum df_way_state ask(const struct df_machine *machine, test *is_open,
			     const struct question *question, char *here)
{
	const struct df_inventory *inventory = machine->inventory;
	unsigned int asked = 0, found = 0;
	size_t i;

	for (i = 0; i < inventory->procs.count; i++) {
		const struct df_proc *proc = &inventory->procs.list[i];
		int app = app_of(inventory, i);

		asked += app >= 0;
		if (app < 0 || !is_open(inventory, proc))
			continue;
		if (!found++)
			append(here, "%s", question->open);
		if (found <= NAMED)
			append(here, "%s %s %d %s", found > 1 ? "," : "",
			       inventory->apps->list[app].name, proc->pid,
			       proc->comm);
	}
	if (found > NAMED)
		append(here, " and %u more", found - NAMED);
	if (found)
		return DF_WAY_OPEN_HERE;
	append(here, "%s", asked ? question->shut :
	       "no process of an application runs");
	return asked ? DF_WAY_SHUT_HERE : question->otherwise;
}

static bool has(const struct df_proc *proc, int capability)
{
	return !proc->own_userns && proc->capabilities >> capability & 1;
}

static bool in_groups(const struct df_proc *proc, gid_t gid)
{
	char wanted[16];

	snprintf(wanted, sizeof(wanted), " %u ", gid);
	return proc->gid == gid ||
	       (proc->groups && strstr(proc->groups, wanted));
}

/*
 * A socket in the file system, as the process sees it. What a unit hides stands
 * there all the same, but nobody may write to it.
 */
static bool reaches(const struct df_inventory *inventory,
		    const struct df_proc *proc, const char *socket)
{
	char path[DF_TREE_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s/proc/%d/root%s", inventory->root,
		 proc->pid, socket);
	if (lstat(path, &st) || !S_ISSOCK(st.st_mode) || !(st.st_mode & 0222))
		return false;
	if (has(proc, CAP_DAC_OVERRIDE))
		return true;
	if (st.st_uid == proc->uid)
		return st.st_mode & 0200;
	return st.st_mode & (in_groups(proc, st.st_gid) ? 0020 : 0002);
}

static bool shares_user(const struct df_inventory *inventory,
			const struct df_proc *proc)
{
	size_t i;

	for (i = 0; i < inventory->procs.count; i++)
		if (inventory->procs.list[i].uid == proc->uid &&
		    inventory->proc_seen[i].owner.app < 0)
			return true;
	return false;
}

static bool may_write_as_root(const struct df_inventory *inventory,
			      const struct df_proc *proc)
{
	return !proc->own_userns && (!proc->uid || has(proc, CAP_DAC_OVERRIDE));
}

/* A folder or file that root owns, and nobody else may write to. */
static bool is_roots(const char *root, const char *file)
{
	char path[DF_TREE_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", root, file);
	return stat(path, &st) || (!st.st_uid && !(st.st_mode & 0022));
}

/**
 * df_way_slice() - leaving a cgroup that root owns
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_slice(const struct df_machine *machine,
			       char here[DF_HERE_MAX])
{
	static const struct question question = {
		"may write as root:", "the slice is root's, and no process of an application may write as root",
		DF_WAY_SHUT,
	};

	if (!is_roots(machine->inventory->root, SLICE)) {
		append(here, "others than root may write to " SLICE);
		return DF_WAY_OPEN_HERE;
	}
	return ask(machine, may_write_as_root, &question, here);
}

static bool reaches_system_bus(const struct df_inventory *inventory,
			       const struct df_proc *proc)
{
	return reaches(inventory, proc, "/run/dbus/system_bus_socket") ||
	       reaches(inventory, proc, "/run/systemd/private");
}

/**
 * df_way_system_bus() - asking the system's manager
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_system_bus(const struct df_machine *machine,
				    char here[DF_HERE_MAX])
{
	static const struct question question = {
		"the system bus can be reached by", "no process of an application can reach the system bus",
		DF_WAY_OPEN,
	};

	return ask(machine, reaches_system_bus, &question, here);
}

/**
 * df_way_user_cgroup() - leaving a cgroup that the user owns
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_user_cgroup(const struct df_machine *machine,
				     char here[DF_HERE_MAX])
{
	const struct df_inventory *inventory = machine->inventory;
	unsigned int apps = 0;
	size_t i;

	for (i = 0; i < inventory->cgroups.count; i++) {
		struct df_owner owner = inventory->cgroup_seen[i].owner;

		if (owner.app < 0)
			continue;
		apps++;
		if (strstr(inventory->cgroups.list[i], "/user@")) {
			append(here, "%s is in %s",
			       inventory->apps->list[owner.app].name,
			       inventory->cgroups.list[i]);
			return DF_WAY_OPEN_HERE;
		}
	}
	append(here, apps ? "no application is below user@.service" :
	       "no application has a cgroup");
	return apps ? DF_WAY_SHUT_HERE : DF_WAY_OPEN;
}

/**
 * df_way_strays() - programs that are not recognised
 * @machine: what is looked at
 * @here: what was seen
 *
 * Only programs whose executable the policy names can be seen.
 *
 * Return: the state.
 */
enum df_way_state df_way_strays(const struct df_machine *machine,
				char here[DF_HERE_MAX])
{
	const struct df_inventory *inventory = machine->inventory;
	size_t i;

	for (i = 0; i < inventory->procs.count; i++) {
		if (!df_inventory_stray(inventory, i))
			continue;
		append(here, "%d %s runs %s outside its application",
		       inventory->procs.list[i].pid,
		       inventory->procs.list[i].comm,
		       inventory->procs.list[i].exe);
		return DF_WAY_OPEN_HERE;
	}
	return DF_WAY_OPEN;
}

static bool has_session(const struct df_inventory *inventory,
			const struct df_proc *proc)
{
	char bus[64], manager[64];

	snprintf(bus, sizeof(bus), "/run/user/%u/bus", proc->uid);
	snprintf(manager, sizeof(manager), "/run/user/%u/systemd/private",
		 proc->uid);
	return reaches(inventory, proc, bus) ||
	       reaches(inventory, proc, manager) || shares_user(inventory, proc);
}

/**
 * df_way_session_bus() - having something started elsewhere
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_session_bus(const struct df_machine *machine,
				     char here[DF_HERE_MAX])
{
	static const struct question question = {
		"a session bus, or programs of the same user, are there for",
		"every process of an application has a user of its own, and no session bus",
		DF_WAY_OPEN,
	};

	return ask(machine, has_session, &question, here);
}

static bool has_sys_ptrace(const struct df_inventory *inventory,
			   const struct df_proc *proc)
{
	return has(proc, CAP_SYS_PTRACE);
}

static bool may_trace(const struct df_inventory *inventory,
		      const struct df_proc *proc)
{
	return has(proc, CAP_SYS_PTRACE) || shares_user(inventory, proc);
}

/**
 * df_way_ptrace() - making another program send
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_ptrace(const struct df_machine *machine,
				char here[DF_HERE_MAX])
{
	static const struct question restricted = {
		"CAP_SYS_PTRACE is held by", "kernel.yama.ptrace_scope is set",
		DF_WAY_SHUT_HERE,
	};
	static const struct question question = {
		"kernel.yama.ptrace_scope is 0, and an unregistered program has the same user as",
		"every process of an application has a user of its own",
		DF_WAY_OPEN,
	};
	char scope[16];

	df_tree_line(machine->inventory->root,
		     "/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope));
	if (atoi(scope) > 0)
		return ask(machine, has_sys_ptrace, &restricted, here);
	return ask(machine, may_trace, &question, here);
}

static bool has_net_raw(const struct df_inventory *inventory,
			const struct df_proc *proc)
{
	return has(proc, CAP_NET_RAW);
}

static const struct question net_raw = {
	"CAP_NET_RAW is held by", "no process of an application has CAP_NET_RAW",
	DF_WAY_OPEN,
};

/**
 * df_way_xdp() - AF_XDP sockets
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_xdp(const struct df_machine *machine,
			     char here[DF_HERE_MAX])
{
	return ask(machine, has_net_raw, &net_raw, here);
}

/**
 * df_way_raw_tunnel() - tunnels made of raw sockets
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_raw_tunnel(const struct df_machine *machine,
				    char here[DF_HERE_MAX])
{
	return ask(machine, has_net_raw, &net_raw, here);
}

static bool may_ping(const struct df_inventory *inventory,
		     const struct df_proc *proc)
{
	const char *group = proc->groups ? proc->groups : "";
	unsigned long first = 1, last = 0, gid = proc->gid;
	char range[64], *end;

	if (has(proc, CAP_NET_RAW))
		return true;
	df_tree_line(inventory->root, "/proc/sys/net/ipv4/ping_group_range",
		     range, sizeof(range));
	sscanf(range, "%lu %lu", &first, &last);
	for (;;) {
		if (first <= gid && gid <= last)
			return true;
		gid = strtoul(group, &end, 10);
		if (end == group)
			return false;
		group = end;
	}
}

/**
 * df_way_ping() - data in echo requests
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_ping(const struct df_machine *machine,
			      char here[DF_HERE_MAX])
{
	static const struct question question = {
		"net.ipv4.ping_group_range or CAP_NET_RAW allows ICMP to",
		"no process of an application may send ICMP",
		DF_WAY_OPEN,
	};

	return ask(machine, may_ping, &question, here);
}

static bool reaches_engine(const struct df_inventory *inventory,
			   const struct df_proc *proc)
{
	return reaches(inventory, proc, "/run/docker.sock") ||
	       reaches(inventory, proc, "/run/podman/podman.sock") ||
	       reaches(inventory, proc, "/run/containerd/containerd.sock");
}

/**
 * df_way_container_engine() - containers that a service starts
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_container_engine(const struct df_machine *machine,
					  char here[DF_HERE_MAX])
{
	static const struct question question = {
		"the socket of a container engine can be reached by",
		"no process of an application can reach a container engine",
		DF_WAY_SHUT,
	};

	return ask(machine, reaches_engine, &question, here);
}

static bool has_net_admin(const struct df_inventory *inventory,
			  const struct df_proc *proc)
{
	return has(proc, CAP_NET_ADMIN);
}

/**
 * df_way_net_admin() - changing the policy
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_net_admin(const struct df_machine *machine,
				   char here[DF_HERE_MAX])
{
	static const struct question question = {
		"CAP_NET_ADMIN is held by",
		"no process of an application has CAP_NET_ADMIN",
		DF_WAY_SHUT,
	};

	return ask(machine, has_net_admin, &question, here);
}

static bool may_redirect(const struct df_inventory *inventory,
			 const struct df_proc *proc)
{
	return has(proc, CAP_NET_ADMIN) || has(proc, CAP_SYS_ADMIN) ||
	       has(proc, CAP_BPF);
}

/**
 * df_way_net_admin_outside() - changing packets behind the hook
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_net_admin_outside(const struct df_machine *machine,
					   char here[DF_HERE_MAX])
{
	static const struct question question = {
		"CAP_NET_ADMIN, CAP_BPF or CAP_SYS_ADMIN is held by",
		"no process of an application has CAP_NET_ADMIN, CAP_BPF or CAP_SYS_ADMIN",
		DF_WAY_OUTSIDE,
	};

	return ask(machine, may_redirect, &question, here);
}

static bool has_sys_module(const struct df_inventory *inventory,
			   const struct df_proc *proc)
{
	return has(proc, CAP_SYS_MODULE);
}

/**
 * df_way_module_unload() - unloading the module
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_module_unload(const struct df_machine *machine,
				       char here[DF_HERE_MAX])
{
	static const struct question question = {
		"CAP_SYS_MODULE is held by",
		"no process of an application has CAP_SYS_MODULE",
		DF_WAY_SHUT,
	};

	return ask(machine, has_sys_module, &question, here);
}

/**
 * df_way_policy_owner() - another policy file
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_policy_owner(const struct df_machine *machine,
				      char here[DF_HERE_MAX])
{
	static const struct question question = {
		"may write as root:", "only root may write to it, and no process of an application as root",
		DF_WAY_SHUT_HERE,
	};
	const char *root = machine->inventory->root;

	if (!is_roots(root, "/etc/dronefence") ||
	    !is_roots(root, "/etc/dronefence/policy.yaml")) {
		append(here, "others than root may write to /etc/dronefence");
		return DF_WAY_OPEN_HERE;
	}
	return ask(machine, may_write_as_root, &question, here);
}
