#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Whole connections of TCP between two network namespaces: bytes and
# connections a second without the module, with it, for a program that is not
# registered and for one that is.
cd "$(dirname "$0")" || exit
. ./lib.sh

seconds=1 connections=1000
there=10.98.0.2

world() {
	ip netns add world
	ip link add near type veth peer name far netns world
	ip addr add 10.98.0.1/24 dev near
	ip link set near up
	ip -n world addr add $there/24 dev far
	ip -n world link set far up
	ip -n world link set lo up
	ip netns exec world iperf3 -s >/dev/null &
	ip netns exec world connect 7 &
	ping -q -c 1 -w 10 $there >/dev/null || die "no network"
	sleep 1
}

# as CGROUP COMMAND...
as() {
	(
		echo 0 >"$cgroups/$1/cgroup.procs" || exit
		shift
		exec "$@"
	)
}

bytes() { # CANDIDATE CGROUP
	local value
	value=$(as "$2" iperf3 -c $there -t $seconds -J |
		sed -n '/"sum_received"/,/}/s/.*"bits_per_second":[^0-9]*\([0-9]*\).*/\1/p')
	if [ -n "$value" ]; then
		sample network bits "$1" "$value"
	else
		missing network bits "$1" "iperf3 gave no result"
	fi
}

connects() { # CANDIDATE CGROUP
	local value
	if value=$(as "$2" connect 7 $there $connections); then
		sample network connections "$1" "$value"
	else
		missing network connections "$1" "a connection failed"
	fi
}

both() {
	bytes "$@"
	connects "$@"
}

# Events so far, those that were left out and counted as well.
events() {
	dronefence status --json | awk '
		$1 == "\"next\":" || $1 == "\"suppressed\":" { n += $2 }
		END { print n }'
}

# What a policy that logs costs, and whether an event is there for each
# connection: one at its beginning, one at its end.
logged() {
	local before
	apply small-logged
	bytes logged "$app"
	before=$(events)
	connects logged "$app"
	sample network events logged \
		"$(awk "BEGIN { print ($(events) - $before) / $connections }")"
}

setup
world
for ((round = 1; round <= DFB_ROUNDS; round++)); do
	say "network, round $round of $DFB_ROUNDS"
	both absent "$other"
	load_dronefence
	apply small
	both bystander "$other"
	both registered "$app"
	logged
	rmmod dronefence
done
