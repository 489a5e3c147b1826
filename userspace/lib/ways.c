// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of ways out: the rows of Documentation/threat-model.rst, in its words
 * and its order. A unit test compares the two. Where a row depends on the
 * machine it names who looks.
 */

#include "ways.h"

#define STARTING "Starting and becoming another process"
#define SOCKETS "Sockets"
#define PROTOCOLS "Protocols and packets"
#define MACHINE "Other ways through the machine"
#define FENCE "The fence itself"

const struct df_way df_ways[] = {
	{ STARTING, "fork, double fork, setsid, daemon",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "another program started by it: curl, Python, a shell, an updater",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "interpreters, ld.so ./program, memfd_create and exec, AppImage and FUSE mounts, an update that replaces the file",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "started by the path of its program from a menu, a shell, a timer",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "a program that a pattern names, started under another path: a copy, a hard link of another name, ld.so ./program, a script whose interpreter is not named",
	  DF_WAY_OPEN, NULL,
	  "register the cgroup it runs in as well" },
	{ STARTING, "a program that a pattern names, hidden by a bind mount or below another root, in a mount namespace of the user's own",
	  DF_WAY_OPEN, df_way_userns,
	  "sysctl kernel.unprivileged_userns_clone=0" },
	{ STARTING, "a program that a pattern names, started before the policy was applied",
	  DF_WAY_OPEN, df_way_strays,
	  "start it again, use dronefence adopt, or strays: adopt in the policy" },
	{ STARTING, "an update that replaces the program",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "executing the program of another application, with a wider profile",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "holding the program with a debugger where it was executed",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "killing what marks the cgroup, removing the cgroup",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "a forged name of the executable (prctl)",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "setuid helpers, another user",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "a user that a selector names, in another cgroup, in a user namespace, with sockets of others",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "the same user as another one: a set-user-ID program, sudo, a user of /etc/subuid in a user namespace",
	  DF_WAY_OPEN, NULL,
	  "name cgroups beside the user: they are inherited" },
	{ STARTING, "a restarted unit, a cgroup removed and made again, nested deeper than a path can say",
	  DF_WAY_SHUT, NULL, NULL },
	{ STARTING, "leaving a cgroup below /dronefence.slice without root",
	  DF_WAY_SHUT, df_way_slice,
	  "see who owns /sys/fs/cgroup/dronefence.slice" },
	{ STARTING, "asking systemd over D-Bus to move a process of the same user out of /dronefence.slice (AttachProcessesToUnit); desktops do so for what they start from a menu",
	  DF_WAY_OPEN, df_way_system_bus,
	  "start it with dronefence run --confined, or as the unit that dronefence unit prints" },
	{ STARTING, "leaving a cgroup below user@UID.service",
	  DF_WAY_OPEN, df_way_user_cgroup,
	  "start it as root with dronefence run, or as a unit in dronefence.slice" },
	{ STARTING, "started from a menu, a shell or an icon whose cgroup no pattern names",
	  DF_WAY_OPEN, df_way_strays,
	  "use dronefence run, or name its cgroup or its program in the policy" },
	{ STARTING, "a misspelt application name in dronefence run without root",
	  DF_WAY_SHUT, df_way_policy_readable,
	  "make /etc/dronefence/policy.yaml readable for those who start programs" },
	{ STARTING, "~/.bashrc, autostart, crontab, systemctl --user, D-Bus activation, systemd-run --user, xdg-open",
	  DF_WAY_OPEN, df_way_session_bus,
	  "start it with dronefence run --confined, or as the unit that dronefence unit prints" },
	{ STARTING, "ptrace into another program of the same user",
	  DF_WAY_OPEN, df_way_ptrace,
	  "use a user of its own, or sysctl kernel.yama.ptrace_scope=1" },
	{ STARTING, "another program that sends for it, knowingly",
	  DF_WAY_OUTSIDE, NULL, NULL },
	{ SOCKETS, "a socket of its own, used after the process left the cgroup, or after the cgroup was removed, or given to an outsider",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "a socket that an outsider opened: sent over a Unix socket (SCM_RIGHTS), inherited at start, handed over by socket activation",
	  DF_WAY_SHUT, df_way_lent_sockets,
	  "keep sctp and dccp from being loaded, sysctl net.mptcp.enabled=0" },
	{ SOCKETS, "sockets opened before the policy was applied",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "data that was queued before a change of the policy",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "a process moved into the cgroup after it opened sockets",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "io_uring: in line, by a worker, by the thread that polls",
	  DF_WAY_SHUT, df_way_io_uring, NULL },
	{ SOCKETS, "SO_BINDTODEVICE, SO_MARK, policy routing",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "TCP Fast Open, MSG_ZEROCOPY, sendfile, splice, kernel TLS",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "a listener that others connect to",
	  DF_WAY_SHUT, NULL, NULL },
	{ SOCKETS, "packet sockets (AF_PACKET), with and without the device's queue",
	  DF_WAY_SHUT, df_way_packet_sockets, NULL },
	{ SOCKETS, "frames on a CAN or IEEE 802.15.4 bus, and on Wi-Fi in monitor mode",
	  DF_WAY_OUTSIDE, NULL,
	  "RestrictAddressFamilies= in a unit" },
	{ SOCKETS, "AF_XDP",
	  DF_WAY_OPEN, df_way_xdp,
	  "take CAP_NET_RAW away from it, or RestrictAddressFamilies= in a unit" },
	{ SOCKETS, "PPP sockets (AF_PPPOX), which an unprivileged user can open on Debian",
	  DF_WAY_SHUT, df_way_pppox, NULL },
	{ SOCKETS, "RDS over TCP",
	  DF_WAY_OPEN, NULL,
	  "restrict the families of sockets, as the unit of dronefence unit does" },
	{ SOCKETS, "protocols that send through a socket of the kernel's own (RxRPC, TIPC over UDP)",
	  DF_WAY_OPEN, df_way_kernel_sockets,
	  "keep these modules from being loaded, or RestrictAddressFamilies= in a unit" },
	{ SOCKETS, "sockets that are not IP: Bluetooth, CAN, VSOCK",
	  DF_WAY_OUTSIDE, NULL,
	  "RestrictAddressFamilies= in a unit" },
	{ PROTOCOLS, "TCP, UDP connected and not, ICMP, raw protocols; IPv4 and IPv6",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "UDP-Lite, SCTP, MPTCP, DCCP",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "raw sockets that write their own IP header, a spoofed source",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "a packet to the machine itself, or to an allowed host, in the name of a denied address: the answer goes there and quotes the packet. With IPv6 this needs no right (IPV6_FREEBIND), else a raw or packet socket",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "IPv4 addresses in IPv6 sockets",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "fragments, cut headers, extension headers, source routes, routing headers",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "IPv6 where the rules speak of IPv4 only",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "6in4, IPIP, GRE and other protocols from raw sockets",
	  DF_WAY_OPEN, df_way_raw_tunnel,
	  "take CAP_NET_RAW away from it, or give rules a protocol" },
	{ PROTOCOLS, "IPv6 addresses that stand for IPv4 ones: NAT64, 6to4, Teredo, ISATAP, mapped and compatible ones",
	  DF_WAY_SHUT, NULL, NULL },
	{ PROTOCOLS, "ICMP as a tunnel to an allowed address",
	  DF_WAY_OPEN, df_way_ping,
	  "give rules a protocol, or sysctl net.ipv4.ping_group_range=\"1 0\"" },
	{ PROTOCOLS, "RST, TIME_WAIT, ICMP errors and echo replies",
	  DF_WAY_OUTSIDE, NULL, NULL },
	{ MACHINE, "network and user namespaces of its own, with a helper that carries the packets (slirp4netns, pasta)",
	  DF_WAY_SHUT, NULL, NULL },
	{ MACHINE, "containers",
	  DF_WAY_SHUT, df_way_container_engine,
	  "take its user out of the group of the socket" },
	{ MACHINE, "address translation in a network namespace of its own, behind the hook",
	  DF_WAY_SHUT, NULL, NULL },
	{ MACHINE, "forwarded packets: tethered controllers and phones, containers and virtual machines behind a bridge, tun devices",
	  DF_WAY_SHUT, NULL, NULL },
	{ MACHINE, "the same, recognised by MAC address or source",
	  DF_WAY_OPEN, df_way_forward_in,
	  "name the interface as well" },
	{ MACHINE, "from one port of a bridge to another; a virtual machine whose device sends past the kernel's IP (macvtap, passed-through cards)",
	  DF_WAY_OPEN, NULL,
	  "let the virtual machine send through the kernel's IP" },
	{ MACHINE, "a proxy, resolver or other service of this machine that a tethered device uses",
	  DF_WAY_OPEN, NULL,
	  "make the service an application" },
	{ MACHINE, "a kernel VPN that root set up",
	  DF_WAY_SHUT, NULL, NULL },
	{ MACHINE, "a VPN or relay inside the program",
	  DF_WAY_OPEN, df_way_allow_list,
	  "use an allow-list: default: deny" },
	{ MACHINE, "a proxy or resolver on 127.0.0.1 (tor, ssh -D, systemd-resolved)",
	  DF_WAY_OPEN, NULL,
	  "name the ports of the link in place of local, or deny 127.0.0.0/8 and ::1 first" },
	{ MACHINE, "DNS tunnels",
	  DF_WAY_OPEN, NULL,
	  "allow no resolver that asks others" },
	{ MACHINE, "DNS over HTTPS, QUIC, encrypted client hello, domain fronting",
	  DF_WAY_OPEN, NULL,
	  "allow only addresses that nobody else serves from" },
	{ MACHINE, "XDP, tc, nftables that redirect packets behind the hook",
	  DF_WAY_OUTSIDE, df_way_net_admin_outside,
	  "take CAP_NET_ADMIN away from it" },
	{ FENCE, "netlink requests without CAP_NET_ADMIN, from a user namespace, from another network namespace",
	  DF_WAY_SHUT, df_way_net_admin,
	  "take CAP_NET_ADMIN away from it" },
	{ FENCE, "a broken, incomplete or competing transaction",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "rmmod without root",
	  DF_WAY_SHUT, df_way_module_unload,
	  "let it run as another user than root, without CAP_SYS_MODULE" },
	{ FENCE, "killing the daemon",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "reading the events without rights, by joining every free multicast group before the module is loaded",
	  DF_WAY_OPEN, df_way_load_at_boot,
	  "load the module at boot: /etc/modules-load.d/dronefence.conf" },
	{ FENCE, "exhausting memory, the cgroup cache, the flow table or the event ring",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "log lines made up by the name of a process or an interface",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "an older policy file, or another one, in place of the right one",
	  DF_WAY_OPEN, df_way_policy_owner,
	  "let only root write to /etc/dronefence" },
	{ FENCE, "a compiled policy put into the cache, or damaged there",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "false, stale or cut geo data",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "a wrong clock",
	  DF_WAY_SHUT, NULL, NULL },
	{ FENCE, "before the policy is loaded at boot, after the module is unloaded",
	  DF_WAY_OPEN, NULL,
	  "let a unit that must not run then ask dronefence status first" },
};

const size_t df_way_count = sizeof(df_ways) / sizeof(*df_ways);

/**
 * df_way_state_name() - a state in words
 * @state: which
 *
 * Return: constant text.
 */
const char *df_way_state_name(enum df_way_state state)
{
	static const char *const names[] = {
		[DF_WAY_SHUT] = "shut",
		[DF_WAY_OPEN] = "open",
		[DF_WAY_SHUT_HERE] = "shut here",
		[DF_WAY_OPEN_HERE] = "open here",
		[DF_WAY_OUTSIDE] = "outside",
	};

	return names[state];
}

/**
 * df_way_look() - what becomes of a way on a machine
 * @way: of df_ways
 * @machine: what is looked at
 * @here: result, what was seen, or ""
 *
 * Return: the state.
 */
enum df_way_state df_way_look(const struct df_way *way,
			      const struct df_machine *machine,
			      char here[DF_HERE_MAX])
{
	*here = '\0';
	return way->probe ? way->probe(machine, here) : way->state;
}
