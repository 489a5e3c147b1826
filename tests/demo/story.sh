#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demo, inside the virtual machine; scripts/demo.sh starts it. A ground
# control laptop, a small Internet in a network namespace whose hosts carry
# real addresses, and real programs. Exits non-zero if anything went otherwise
# than expected.
set -u

arrived=/tmp/arrived
wrong=0
policies=/usr/share/dronefence

# Who has which address. All of them are in the databases as they are here.
company=10.20.0.5
us=34.211.0.1
cn=202.96.128.86
hk=18.162.0.1
alibaba=47.91.161.230
alibaba6=2400:3200::1
drone=192.168.42.1

if [ -n "${COLOR:-}" ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
else
	bold='' green='' red='' off=''
fi

title() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }

build_world() {
	local a
	ip link set lo up
	ip netns add internet
	ip link add wlan0 type veth peer name uplink netns internet
	ip addr add 10.0.0.2/24 dev wlan0
	ip -6 addr add 2001:db8::2/64 dev wlan0 nodad
	ip link set wlan0 up
	ip -n internet link set lo up
	ip -n internet addr add 10.0.0.1/24 dev uplink
	ip -n internet -6 addr add 2001:db8::1/64 dev uplink nodad
	ip -n internet link set uplink up
	ip route add default via 10.0.0.1
	ip -6 route add default via 2001:db8::1
	for a in $company $us $cn $hk $alibaba $drone; do
		ip -n internet addr add "$a/32" dev lo
	done
	ip -n internet -6 addr add $alibaba6/128 dev lo nodad
	ip netns exec internet peer serve $arrived &
	until [ -e $arrived ]; do sleep 0.1; done
	head -c 1048576 /dev/urandom >/tmp/flight-log.bin
}

bytes_at() { awk -v a="$1" '$1 == a { print $2 }' $arrived; }

# start REGISTERED COMMAND...: as an application, or as any other program.
start() {
	local registered=$1
	shift
	if [ "$registered" = yes ]; then
		dronefence run qgroundcontrol -- "$@"
	else
		"$@"
	fi
}

address() {
	if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi
}

fetch() {
	start "$1" curl -g -s -S -m 10 -o /dev/null "http://$(address "$2")/map-tile"
}

upload() {
	start "$1" curl -g -s -S -m 20 -o /dev/null -T /tmp/flight-log.bin \
		"http://$(address "$2")/flight-log"
}

fly() { start "$1" peer mavlink "$2" 50; }

# try REGISTERED ACTION ADDRESS WHO EXPECTED(passes|denied)
try() {
	local registered=$1 action=$2 addr=$3 who=$4 expected=$5
	local before after outcome program error status=0 color=$green mark=ok
	before=$(bytes_at "$addr")
	error=$($action "$registered" "$addr" 2>&1 >/tmp/out) || status=$?
	after=$(bytes_at "$addr")
	after=$((${after:-0} - ${before:-0}))

	# Both ends must agree.
	if [ $status = 0 ] && [ $after -gt 0 ]; then
		outcome=passes
	elif [ $status != 0 ] && [ $after = 0 ]; then
		outcome=denied
	else
		outcome="client $status, $after bytes arrived"
	fi
	if [ "$outcome" != "$expected" ]; then
		color=$red mark=WRONG wrong=$((wrong + 1))
		echo "$error" >&2
	fi
	program='any other program'
	[ "$registered" = no ] || program=qgroundcontrol
	printf '  %-18s %-7s %-18s %-15s %-8s %s%-8s%s %9d  %s\n' "$program" \
		"$action" "$who" "$addr" "$expected" "$color" "$outcome" "$off" \
		"$after" "$mark"
}

head_line() {
	printf '  %-18s %-7s %-18s %-15s %-8s %-8s %9s\n' program action \
		destination address expected happened 'arrived B'
}

title "The laptop without a fence knows no difference"
build_world
modprobe dronefence
head_line
try no fetch $alibaba "Alibaba" passes

# Warnings, as of the age of geo data, are not what this is about.
apply() { # POLICY
	dronefence apply "$policies/$1.yaml" 2>/tmp/apply.err && return
	cat /tmp/apply.err
	exit 1
}

title "1. Policy deny-countries-of-concern"
apply deny-countries-of-concern
head_line
try yes fetch $company "own company" passes
try yes fetch $us "AWS in the US" passes
try yes fetch $cn "China Telecom, CN" denied
try yes fetch $hk "AWS in Hong Kong" denied
try yes fetch $alibaba "Alibaba, in \"US\"" denied
try yes upload $alibaba "Alibaba, in \"US\"" denied
try yes fetch $alibaba6 "Alibaba, IPv6" denied
try yes fly $drone "the aircraft" passes
try no fetch $cn "China Telecom, CN" passes
try no upload $alibaba "Alibaba, in \"US\"" passes
try no fetch $alibaba6 "Alibaba, IPv6" passes

title "Why is an address in the US denied?"
dronefence --policy $policies/deny-countries-of-concern.yaml explain \
	qgroundcontrol $alibaba:80 2>/dev/null | sed 's/^/  /'

title "2. Policy local-data-mode: nothing public at all, the aircraft stays"
apply local-data-mode
head_line
try yes fetch $company "own company" passes
try yes fetch $us "AWS in the US" denied
try yes fetch $cn "China Telecom, CN" denied
try yes upload $alibaba "Alibaba, in \"US\"" denied
try yes fly $drone "the aircraft" passes
try no fetch $us "AWS in the US" passes
try no upload $alibaba "Alibaba, in \"US\"" passes

title "What the kernel log says (the same goes to syslog, journald and JSON)"
dmesg | sed -n 's/^.*\(dronefence: verdict=\)/  \1/p'

title "What the counters say"
dronefence status | sed 's/^/  /'

echo
if [ $wrong = 0 ]; then
	printf '%sEverything went as expected.%s\n' "$green" "$off"
else
	printf '%s%d outcomes were wrong.%s\n' "$red" $wrong "$off"
fi
[ $wrong = 0 ]
