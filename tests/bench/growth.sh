#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What happens to the cost of a packet when there is more of everything.
cd "$(dirname "$0")" || exit
. ./lib.sh

packets=500000

# open_sockets GROUP...: one socket of each cgroup, on descriptor 3.
open_sockets() {
	local group result
	exec 3<>/sys/kernel/debug/dfbench
	echo "device $device" >&3
	read -r result <&3
	for group in "$@"; do
		echo 0 >"$cgroups/$group/cgroup.procs" || exit
		echo "socket 4" >&3 || exit
		read -r result <&3
	done
	echo 0 >"$cgroups/cgroup.procs"
}

# curve NAME X CASE COMMAND: measured with the sockets of descriptor 3.
curve() {
	local result rest
	echo "$4" >&3 && read -r result rest <&3 &&
		sample "$1" "$2" "$3" "$result"
}

groups() { # PREFIX COUNT
	local i
	for ((i = 0; i < $2; i++)); do echo "$1$i"; done
}

# A program is slow to start here: one for all.
make_groups() { # PREFIX COUNT
	groups "$cgroups/$1" "$2" | xargs mkdir -p
}

over_ranges() {
	local n
	for n in 1000 10000 100000 1000000; do
		apply "ranges-$n"
		(
			open_sockets "$app"
			curve ranges "$n" new "hook 4 0 $packets"
			curve ranges "$n" known "hook 4 16 $packets"
		)
	done
}

over_applications() {
	local n
	for n in 1 10 100 1000; do
		apply "applications-$n"
		(
			# shellcheck disable=SC2046
			open_sockets $(groups dronefence.slice/app "$n")
			curve applications "$n" known "hook 4 1000 $packets"
			curve applications "$n" new "hook 4 0 $packets"
		)
		(
			open_sockets "$other"
			curve applications "$n" bystander "hook 4 16 $packets"
		)
	done
}

over_rules() {
	local n
	for n in 1 4 16 64; do
		apply "rules-$n"
		(
			open_sockets "$app"
			curve rules "$n" new "hook 4 0 $packets"
			curve rules "$n" known "hook 4 16 $packets"
		)
	done
}

over_flows() {
	local n
	apply real
	for n in 1 10 100 1000 10000 60000; do
		(
			open_sockets "$app"
			curve flows "$n" known "hook 4 $n $packets"
		)
	done
}

# All cgroups send in turn; and one sends while the others exist.
over_cgroups() {
	local n
	apply real
	for n in 10 100 1000 10000; do
		make_groups other.slice/c "$n"
		(
			# shellcheck disable=SC2046
			open_sockets $(groups other.slice/c "$n")
			curve cgroups "$n" bystanders "hook 4 $n $packets"
		)
		(
			open_sockets "$other"
			curve cgroups "$n" bystander "hook 4 16 $packets"
		)
		(
			open_sockets "$app"
			curve cgroups "$n" known "hook 4 16 $packets"
		)
	done
	groups "$cgroups/other.slice/c" 10000 | xargs rmdir
}

# Others while an application sends to many destinations.
crowd() {
	apply real
	(
		open_sockets "$other"
		curve crowd 0 bystander "hook 4 16 $packets"
	)
	(
		open_sockets "$app"
		curve crowd 200000 application "hook 4 0 200000"
	)
	(
		open_sockets "$other"
		curve crowd 200000 bystander "hook 4 16 $packets"
	)
	sample crowd 200000 share "$(dronefence status --json | awk -F: '
		/"kept"/ { kept = $2 } /"limit"/ { limit = $2 }
		END { print kept / limit }')"
}

setup
make_groups dronefence.slice/app 1000
load_dronefence
for ((round = 1; round <= DFB_ROUNDS; round++)); do
	say "growth, round $round of $DFB_ROUNDS"
	over_ranges
	over_applications
	over_rules
	over_flows
	over_cgroups
	crowd
done
