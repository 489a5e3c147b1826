# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What run.sh, the fences and the list of ways know of: the world, its
# addresses, and the two control groups.
# shellcheck disable=SC2034,SC2154

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
# Of another program, which may send to these networks only. No IPv6 is named.
listed=registered.slice/listed
listed_nets4=8.8.8.0/24
other=other.slice/program
# One that belongs to the user, as below user@.service.
own=user.slice/own

# An IPv4 address that is denied, in IPv6 ones that translate to it.
nat64=64:ff9b::${denied4}
sixtofour=2002:df05:505::1
# The mark for which there is a route of its own, see option.c.
mark=7

work=$(mktemp -d)
chmod 1777 "$work"
heard=$work/heard
# A program of this folder is the registered one as well, wherever it is started,
# if a fence can say so.
named=$work/named
# The same program under another name: a hard link, a copy, behind a bind mount.
linked=$work/linked copied=$work/copied mounted=$work/mounted
helper='' inside='' around='' after=''
# The list of ways, and whether the fence shuts those of class B+.
list=ways.sh companion=''
# Seconds that a helper waits for the program.
patience=15
# To sleep without a program, which is slow where the machine is emulated.
mkfifo "$work/never"
exec {never}<>"$work/never"

# join CGROUP COMMAND...: in a process of its own.
join() {
	(
		echo $BASHPID >"$cgroups/$1/cgroup.procs" || exit 4
		shift
		exec "$@"
	)
}

outside() { join $other "$@"; }

# A container: its network and its users are not those of the machine, and what
# it sends does not pass by it. The addresses are allowed ones.
build_container() {
	unshare --user --net sleep 10000 &
	container=$!
	until [ "$(readlink "/proc/$container/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do
		sleep 0.1
	done
	ip link add veth2 type veth peer name veth3 netns world
	ip link set veth2 netns "$container"
	nsenter -t "$container" -n sh -e <<-END
	ip link set lo up
	ip addr add 10.9.2.1/24 dev veth2
	ip -6 addr add fd00:9:2::1/64 dev veth2 nodad
	ip link set veth2 up
	ip route add default via 10.9.2.2
	ip -6 route add default via fd00:9:2::2
	END
	ip -n world addr add 10.9.2.2/24 dev veth3
	ip -n world -6 addr add fd00:9:2::2/64 dev veth3 nodad
	ip -n world link set veth3 up
}

# What its owner may do: an allowed address becomes a denied one, behind the
# place where most fences look.
translate_in_container() {
	nsenter -t "$container" -n nft -f - <<-END
	table ip nat {
		chain output {
			type nat hook output priority 50
			ip daddr $allowed4 dnat to $denied4
		}
	}
	table ip6 nat {
		chain output {
			type nat hook output priority 50
			ip6 daddr $allowed6 dnat to $denied6
		}
	}
	END
}

prepare_programs() {
	cp "$ways/bin/plain" "$work/setuid"
	chmod 4755 "$work/setuid"
	mkdir -p "$named"
	cp "$ways/bin/plain" "$named/"
	# Not the same as what other programs start under that name.
	echo >>"$named/plain"
	mkdir -p "$linked" "$copied" "$mounted"
	ln "$named/plain" "$linked/"
	cp "$named/plain" "$copied/"
	: >"$mounted/plain"
}

build_world() {
	local a
	setup_world
	# SCTP answers with the address that its route names.
	ip -n world route change 10.9.0.0/24 dev veth1 src $denied4
	for a in "$nat64" "$sixtofour"; do
		ip -n world -6 addr add "$a/128" dev lo nodad
	done
	ip rule add fwmark $mark table 100
	ip route add default via 10.9.0.2 table 100
	ip -6 rule add fwmark $mark table 100
	ip -6 route add default via fd00:9::2 table 100
	# Data in the first packet, without a cookie.
	echo 5 >/proc/sys/net/ipv4/tcp_fastopen
	# Not loaded by themselves on Debian.
	modprobe -qa dccp_ipv4 dccp_ipv6 rds_tcp tls
	# As udev would do.
	modprobe -q tun
	chmod 666 /dev/net/tun
	build_container
	prepare_programs
	ip link set veth0 address 02:00:00:00:00:01
	ip -n world link set veth1 address $world_mac
	ping -q -c 1 -W 5 10.9.0.2 >/dev/null
	ping -q -c 1 -W 5 fd00:9::2 >/dev/null
	mkdir -p "$heard" $cgroups/$registered $cgroups/$listed \
		$cgroups/$other $cgroups/$own
	chown -R 1000:1000 $cgroups/$own
	ip netns exec world "$ways/bin/world" $port "$heard" &
	world=$!
	until [ -e "$heard/0000a" ]; do sleep 0.1; done
	echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range
	PATH=$ways/bin:$ways:$PATH
}

leave_world() {
	kill "$world" "$container"
	wait "$world" "$container"
	return 0
} 2>/dev/null
