#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What kernel memory each candidate takes for the world.
cd "$(dirname "$0")" || exit
. ./lib.sh

# What is freed behind readers, or by a work item, takes its time.
free_kib() {
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	echo 3 >/proc/sys/vm/drop_caches
	sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

cost() { # NAME COMMAND...
	local name=$1 before
	shift
	before=$(free_kib)
	if ! "$@" >/dev/null; then
		missing load KiB "$name" "it failed"
		return
	fi
	# Round 0 is for everything that is done once only.
	[ "$round" = 0 ] || sample load KiB "$name" $((before - $(free_kib)))
}

nft_load() { nft -f "$DFB_DATA/$1.nft"; }

setup
load_peers
modprobe -d "$DFB_KERNEL/modules" iptable_filter
iptables-legacy -A OUTPUT -j ACCEPT
iptables-legacy -F OUTPUT

for ((round = 0; round <= DFB_ROUNDS; round++)); do
	say "loading, round $round of $DFB_ROUNDS"
	cost dronefence-module load_dronefence
	cost dronefence apply real
	# Of the policy, and not of the flow table, which says so too.
	sample load said dronefence "$(dronefence status --json | sed -n \
		'/"policy":/,/}/s/.*"memory": *\([0-9]*\).*/\1/p')"
	rmmod dronefence
	cost nft-map nft_load nft-map
	nft delete table ip zones
	cost nft-set nft_load nft-set
	nft delete table ip peer
	cost ipset ipset restore -file "$DFB_DATA/ipset"
	ipset destroy
	cost xt-geoip xt_geoip
	iptables-legacy -F OUTPUT
done
