#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every policy that is shipped, in force on real geo data: what its applications
# and devices reach, what they do not, the aircraft, and a program of none of them.
# What counts is what arrived.
#
#	"controller" 10.42.0.2 <----> ap0        the laptop
#	"fleet"      10.66.0.2 <----> br-fleet               veth0 <----> "world"
#	"guest"      10.77.0.2 <----> lan0
#
# once: the kernel's part of this is in other tests
# vm: --memory 1536 --timeout 1800 --bin build/tests/peer
# vm: --file build/geo/usr/share/tor:/usr/share/tor
# vm: --file build/geo/usr/share/libloc-location:/usr/share/libloc-location
# vm: --file userspace/policies:/usr/share/dronefence
# shellcheck disable=SC1091
. /tests/lib.sh

policies=/usr/share/dronefence
arrived=/tmp/arrived
beats=10

# Addresses of the world, as the databases have them; the last ones are those that
# the policies tell to replace.
declare -A place=(
	[alibaba]=47.91.161.230 [alidns]=223.5.5.5 [hongkong]=18.162.0.1
	[alibaba6]=2400:3200::1 [unknown]=192.0.2.1
	[us]=34.211.0.1 [us6]=2001:4860:4860::8888 [germany]=193.99.144.80
	[company]=10.20.0.5 [drone]=192.168.42.1
	[tiles]=203.0.113.80 [fleet]=203.0.113.9
)

# POLICY, who, place and TCP port, and what becomes of it.
rows='
audit-only                 qgroundcontrol us        443  passes
audit-only                 qgroundcontrol alibaba   443  passes
critical-infrastructure    qgroundcontrol drone     80   passes
critical-infrastructure    qgroundcontrol drone     53   refused
critical-infrastructure    qgroundcontrol company   443  refused
critical-infrastructure    qgroundcontrol us        443  refused
critical-infrastructure    fleet-server   us6       443  refused
deny-countries-of-concern  qgroundcontrol us        443  passes
deny-countries-of-concern  mavproxy       us        2101 passes
deny-countries-of-concern  qgroundcontrol alibaba   443  refused
deny-countries-of-concern  qgroundcontrol alibaba6  443  refused
deny-countries-of-concern  qgroundcontrol alidns    53   refused
deny-countries-of-concern  qgroundcontrol hongkong  443  refused
deny-countries-of-concern  qgroundcontrol unknown   443  refused
eu-residency               qgroundcontrol germany   443  passes
eu-residency               qgroundcontrol germany   2101 refused
eu-residency               qgroundcontrol us        443  refused
eu-residency               qgroundcontrol alibaba   443  refused
hotspot-for-controller     controller     us        443  passes
hotspot-for-controller     controller     us        80   refused
hotspot-for-controller     controller     germany   443  refused
hotspot-for-controller     controller     alibaba   443  refused
hotspot-for-controller     controller     hongkong  443  refused
hotspot-for-controller     controller     drone     80   passes
hotspot-for-controller     qgroundcontrol us        443  passes
hotspot-for-controller     qgroundcontrol alibaba   443  refused
hotspot-for-controller     guest          alibaba   443  passes
local-data-mode            qgroundcontrol company   443  passes
local-data-mode            qgroundcontrol us        443  refused
local-data-mode            qgroundcontrol us6       443  refused
local-data-mode-maps       qgroundcontrol tiles     443  passes
local-data-mode-maps       qgroundcontrol tiles     80   refused
local-data-mode-maps       qgroundcontrol us        443  refused
quarantine                 qgroundcontrol drone     80   passes
quarantine                 qgroundcontrol drone     53   refused
quarantine                 qgroundcontrol company   443  refused
quarantine                 qgroundcontrol us        443  refused
self-hosted-fleet          qgroundcontrol fleet     8883 passes
self-hosted-fleet          qgroundcontrol fleet     22   refused
self-hosted-fleet          qgroundcontrol us        443  refused
self-hosted-fleet          fleet-server   fleet     22   passes
self-hosted-fleet          fleet-server   us        443  refused
self-hosted-fleet          container      fleet     22   passes
self-hosted-fleet          container      us        443  refused
self-hosted-fleet          guest          us        443  passes
update-window              qgroundcontrol us        443  passes
update-window              qgroundcontrol germany   443  passes
update-window              qgroundcontrol us        2101 refused
update-window              qgroundcontrol alibaba   443  refused
update-window              qgroundcontrol unknown   443  refused
us-residency               qgroundcontrol us        443  passes
us-residency               qgroundcontrol us6       443  passes
us-residency               qgroundcontrol us        2101 refused
us-residency               qgroundcontrol germany   443  refused
us-residency               qgroundcontrol alibaba   443  refused
'
rows=$(sed '/^$/d' <<<"$rows")

# join NAME DEVICE NETWORK: a namespace behind a device of this machine.
join() {
	ip netns add "$1"
	ip link add "$2" type veth peer name eth0 netns "$1"
	ip addr add "$3.1/24" dev "$2"
	ip link set "$2" up
	ip -n "$1" addr add "$3.2/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "$3.1"
	ip -n world route add "$3.0/24" via 10.9.0.1
}

build_world() {
	local name
	setup_world
	for name in "${!place[@]}"; do
		# Some are there already.
		ip -n world addr replace "${place[$name]}" dev lo nodad
	done 2>/dev/null
	echo 1 >/proc/sys/net/ipv4/ip_forward
	join controller ap0 10.42.0
	join fleet br-fleet 10.66.0
	join guest lan0 10.77.0
	ip netns exec world peer serve $arrived 22 53 80 443 2101 8883 &
	peer=$!
	wait_for test -e $arrived
}

# By an application, by a device, or by a program of no application.
as() { # WHO COMMAND...
	local who=$1
	shift
	case $who in
	controller | guest) ip netns exec "$who" "$@" ;;
	container) ip netns exec fleet "$@" ;;
	bystander) "$@" ;;
	*) dronefence run "$who" -- "$@" ;;
	esac
}

bytes() { awk -v a="$1" '$1 == a { n = $2 } END { print n + 0 }' $arrived; }
more_than() { [ "$(bytes "$1")" -gt "$2" ]; }

cat >/tmp/request <<'END'
exec 3<>"/dev/tcp/$1/$2" && printf 'GET / HTTP/1.1\r\n\r\n' >&3 && read -r -t 20 <&3
END

# Both ends must agree.
outcome() { # WHO PLACE PORT
	local addr=${place[$2]} before status=0
	before=$(bytes "$addr")
	as "$1" bash /tmp/request "$addr" "$3" 2>/tmp/error || status=$?
	if [ $status = 0 ]; then
		wait_for more_than "$addr" "$before" && echo passes && return
	else
		sleep 0.3
		[ "$(bytes "$addr")" = "$before" ] &&
			grep -q 'Connection refused' /tmp/error && echo refused && return
	fi
	echo "status $status, $(bytes "$addr") bytes after $before, $(head -n 1 /tmp/error)"
}

# fly WHO: is each heartbeat answered?
fly() { as "$1" peer mavlink "${place[drone]}" $beats 2>&1; }

apply() { # FILE DESCRIPTION
	dronefence apply --no-cache "$1" >/tmp/applied 2>&1
	is $? 0 "$2: apply" || sed 's/^/# /' /tmp/applied
}

policy_count=$(awk '{ print $1 }' <<<"$rows" | uniq | wc -l)
plan $(($(wc -l <<<"$rows") + 3 * policy_count + 6))

build_world
modprobe dronefence
is "$(cd $policies && printf '%s\n' *.yaml | sort)" \
	"$(awk '{ print $1 ".yaml" }' <<<"$rows" | sort -u)" "every policy has its rows"

policy=''
while read -r -u 9 name who where port expected; do
	if [ "$name" != "$policy" ]; then
		policy=$name
		apply "$policies/$policy.yaml" "$policy"
		is "$(fly qgroundcontrol)" "$beats of $beats" "$policy: the aircraft answers"
		is "$(outcome bystander alibaba 443)" passes \
			"$policy: a program of no application reaches alibaba"
	fi
	is "$(outcome "$who" "$where" "$port")" "$expected" \
		"$policy: $who to $where, port $port: $expected"
done 9<<<"$rows"

contains "$(dmesg)" "verdict=deny app=qgroundcontrol mode=audit" \
	"audit-only: what passed is recorded as what would not"

# The interface of the aircraft, entered.
strict=$policies/critical-infrastructure.yaml
ln -s $policies/sets /tmp/sets
sed 's/# out-interface: wlan1/out-interface: veth0/' $strict >/tmp/veth0.yaml
apply /tmp/veth0.yaml "critical-infrastructure by veth0"
is "$(fly qgroundcontrol)" "$beats of $beats" \
	"critical-infrastructure by veth0: the aircraft answers"
sed 's/# out-interface: wlan1/out-interface: other0/' $strict >/tmp/other0.yaml
apply /tmp/other0.yaml "critical-infrastructure by other0"
is "$(outcome qgroundcontrol drone 80)" refused \
	"critical-infrastructure by other0: what stands elsewhere is refused"
kill $peer
