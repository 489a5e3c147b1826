# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What run.sh, the fences and the list of ways know of: the world, its
# addresses, and the two control groups.
# shellcheck disable=SC2034

# What a fence must deny to the registered program, and nothing else: these
# networks, in both families. The addresses are in them.
denied_nets4=223.5.0.0/16
denied_nets6=2400:3200::/32
denied4=223.5.5.5
denied6=2400:3200::1
# Allowed, as everything else.
allowed4=8.8.8.8
allowed6=2001:4860:4860::8888

port=4711
size=65536
device=veth0
own4=10.9.0.1
own6=fd00:9::1
world_mac=02:00:00:00:00:02

cgroups=/sys/fs/cgroup
# The cgroup of the registered program, and one of any other.
registered=registered.slice/app
other=other.slice/program

work=$(mktemp -d)
chmod 1777 "$work"
heard=$work/heard
helper='' inside=''

# join CGROUP COMMAND...: in a process of its own.
join() {
	(
		echo $BASHPID >"$cgroups/$1/cgroup.procs" || exit 4
		shift
		exec "$@"
	)
}

outside() { join $other "$@"; }

build_world() {
	setup_world
	ip link set veth0 address 02:00:00:00:00:01
	ip -n world link set veth1 address $world_mac
	ping -q -c 1 -W 5 10.9.0.2 >/dev/null
	ping -q -c 1 -W 5 fd00:9::2 >/dev/null
	mkdir -p "$heard" $cgroups/$registered $cgroups/$other
	ip netns exec world "$ways/bin/world" $port "$heard" &
	world=$!
	until [ -e "$heard/0000a" ]; do sleep 0.1; done
	echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range
	PATH=$ways/bin:$ways:$PATH
}

leave_world() {
	kill "$world"
	wait "$world"
} 2>/dev/null
