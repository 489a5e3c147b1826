# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways out, one a line:
#
#   way NUMBER CLASS FAMILIES USER NAME COMMAND...
#
# The number is for reference only. CLASS B is shut by the fence, N is not, and
# says so. The command runs as root or as an ordinary user. helper=COMMAND before
# a line runs outside the fence meanwhile, inside=FUNCTION starts the program
# behind the fence in another way than fence_run, around=FUNCTION starts it on
# either side, by the command that it gets.
# shellcheck disable=SC2034,SC2154

# The program is started by its path, outside.
by_path() { PATH=$named:$PATH outside "$@"; }
by_link() { PATH=$linked:$PATH outside "$@"; }
by_copy() { PATH=$copied:$PATH outside "$@"; }
by_mount() {
	# shellcheck disable=SC2016
	PATH=$mounted:$PATH outside unshare --mount sh -c \
		'mount --bind "$0" "$1" && shift && exec "$@"' \
		"$named/plain" "$mounted/plain" "$@"
}

# A connection that the outsider who starts it leaves open for it.
inherit() {
	(
		exec 5<>"/dev/tcp/$WAY_TO/$WAY_PORT" || exit 4
		"$@"
	)
}

# It comes under the fence when its socket is open.
adopted() {
	local pid
	outside "$@" &
	until [ -s "$WAY_SOCKET.ready" ]; do sleep 0.05; done
	read -r pid <"$WAY_SOCKET.ready"
	fence_adopt "$pid"
	: >"$WAY_SOCKET.go"
	wait $!
}

# Where there is no fence to come under.
go_on() { [[ $WAY_MARK == *f* ]] || : >"$WAY_SOCKET.go"; }

way 1 B 46 user "TCP from a child" plain tcp fork
way 1 B 46 user "UDP after a double fork" plain udp double
way 1 B 46 user "TCP from a daemon" plain tcp daemon
way 2 B 46 user "a shell, TCP" shell.sh tcp
way 2 B 46 user "netcat, TCP" shell.sh nc
inside=by_path
way 3 B 46 user "started by its path" plain tcp
inside=by_path
way 4 B 4 user "20 started by path at once, no daemon" shell.sh many
way 6 B 46 user "a program from memory" memfd "$ways/bin/plain" tcp
inside=by_link
way 7 B 46 user "started by another name of its file" plain tcp
inside=by_mount
way 7 B 46 user "started behind a bind mount of its own" plain tcp
inside=by_copy
way 7 B 46 user "a copy of its program" plain tcp
inside=outside
way 7 N 46 user "a copy of its program with a byte less" plain tcp
way 10 B 46 root "a forged name of its executable" exe /bin/busybox
way 56 B 46 user "a setuid helper" "$work/setuid" tcp
way 47 B 46 user "leaving its cgroup in ten ways" leave "$cgroups" \
	"$cgroups/$other" "$cgroups/$own"

way 19 B 46 user "io_uring, in line" uring inline
way 19 B 46 user "io_uring, by a worker" uring worker
way 19 B 46 user "io_uring, by the thread that polls" uring poll

fence_attacks >"$work/attacks"
way 49 B 4 user "switching the fence off, as a user" tamper.sh "$work/attacks"
way 49 B 4 user "the same as root of a user namespace" unshare --user \
	--map-root-user tamper.sh "$work/attacks"

helper="lend give tcp"
way 13 B 46 user "an outsider's TCP connection, SCM_RIGHTS" lend use
helper="lend give udp"
way 13 B 46 user "an outsider's UDP socket, SCM_RIGHTS" lend use
helper="lend take"
way 14 B 46 user "its TCP socket in the hands of an outsider" lend hand tcp
helper="lend take"
way 14 B 46 user "its UDP socket in the hands of an outsider" lend hand udp
around=inherit
way 17 B 46 user "a connection open when it is started" lend inherited 5
inside=adopted
helper=go_on
way 16 B 46 user "a TCP connection open before it is registered" keep tcp
inside=adopted
helper=go_on
way 16 B 46 user "a UDP socket open before it is registered" keep udp
helper="lend relay"
way 15 N 46 user "an outsider who sends for it" lend feed
helper="lend proxy"
way 34 N 46 user "a proxy on the loopback address" lend loopback

way 21 B 46 root "raw socket, own IP header" raw header
way 21 B 46 root "raw socket, protocol 253" raw protocol 253
way 22 B 46 root "ICMP echo, raw socket" raw echo
way 22 B 46 user "ICMP echo, ping socket" raw ping
way 38 B 46 root "IPv6 in IP (41), raw socket" raw tunnel 41
way 38 B 46 root "IPv4 in IP (4), raw socket" raw tunnel 4
way 38 B 46 root "GRE, raw socket" raw tunnel 47
way 38 N 4 root "IPv6 in IP (41) to an allowed address" \
	env "WAY_TO=$allowed4" raw tunnel 41
way 38 N 6 root "IPv6 in IP (41) to an allowed address" \
	env "WAY_TO=$allowed6" raw tunnel 41
way 41 B 46 root "fragments" raw fragments
way 41 B 46 root "fragments without the first" raw later
way 41 B 46 root "fragments of 8 bytes" raw tiny
way 41 B 46 root "IP options, extension headers" raw options
way 43 B 46 root "a spoofed source" raw spoofed
way 43 B 6 user "ping to itself in the name of the destination" reflect ping
way 43 B 6 user "UDP to a closed port of its own, the same" reflect closed
way 43 B 46 root "raw echo to itself, the same" reflect echo

way 20 B 46 user "bound to a device" option device
way 20 B 46 root "marked, by a route of its own" option mark
way 23 B 46 root "packet socket, frames" packet raw
way 23 B 46 root "packet socket, frames, around the queue" packet raw bypass
way 23 B 46 root "packet socket, datagrams" packet dgram
way 23 B 46 root "packet socket, datagrams, around the queue" packet dgram bypass
way 23 B 46 root "packet socket, ring" packet ring
way 23 B 46 root "packet socket, VLAN" packet vlan
way 23 N 4 root "packet socket, called ARP, to the next machine" packet arp
way 43 B 4 root "packet socket, echo to itself in the name of the destination" packet reflect
way 24 N 46 root "XDP socket" xdp
way 25 B 46 user "PPP session" ppp
way 26 B 46 user "SCTP" transport sctp
way 26 B 46 user "DCCP" transport dccp
way 26 B 46 user "UDP-Lite" transport udplite
way 26 B 46 user "MPTCP" transport mptcp
way 26 B 46 user "L2TP over IP" transport l2tp
way 26 N 46 user "RDS over TCP" rds
way 28 B 46 user "a namespace and a helper like slirp4netns" slirp
way 28 B 46 root "in a container" nsenter -t "$container" -U -n \
	--preserve-credentials plain udp
way 38 B 6 user "to the IPv4 address by NAT64" env "WAY_TO=$nat64" plain tcp
way 38 B 6 user "to the IPv4 address by 6to4" env "WAY_TO=$sixtofour" plain tcp
inside=fence_run_listed
way 40 B 6 user "IPv6, where the rules list IPv4" plain tcp
way 39 B 4 user "IPv4 by a socket of IPv6" option mapped
way 42 B 46 user "TCP Fast Open" fast open
way 42 B 46 user "MSG_ZEROCOPY" fast zerocopy
way 42 B 46 user "sendfile" fast sendfile
way 42 B 46 user "splice" fast splice
way 42 B 46 user "UDP that the kernel segments" fast segments
way 42 B 46 user "TLS by the kernel" fast tls

translate_in_container
way 29 B 4 root "translated behind the hook, in a container" \
	nsenter -t "$container" -U -n \
	--preserve-credentials env "WAY_TO=$allowed4" plain udp
way 29 B 6 root "translated behind the hook, in a container" \
	nsenter -t "$container" -U -n \
	--preserve-credentials env "WAY_TO=$allowed6" plain udp
