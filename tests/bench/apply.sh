#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long it takes to load the world. The kernel is fresh: the longer User Mode
# Linux runs, the more pieces its memory is in, and the more each new page of a
# program costs, for all candidates alike.
cd "$(dirname "$0")" || exit
. ./lib.sh

# cost NAME COMMAND...
cost() {
	local name=$1 begin end
	shift
	begin=${EPOCHREALTIME/./}
	if ! "$@" >/dev/null; then
		missing apply seconds "$name" "it failed"
		return
	fi
	end=${EPOCHREALTIME/./}
	sample apply seconds "$name" "$(((end - begin) / 1000000)).$(printf %06d \
		$(((end - begin) % 1000000)))"
}

setup
load_peers
modprobe -d "$DFB_KERNEL/modules" iptable_filter
load_dronefence
for ((round = 1; round <= DFB_ROUNDS; round++)); do
	say "loading, round $round of $DFB_ROUNDS"
	cost dronefence apply real
	# The first time has left it in the cache.
	cost dronefence-again apply real
	rm -rf /var/lib/dronefence
	cost nft-map nft -f "$DFB_DATA/nft-map.nft"
	nft delete table ip zones
	cost nft-set nft -f "$DFB_DATA/nft-set.nft"
	nft delete table ip peer
	cost ipset ipset restore -file "$DFB_DATA/ipset"
	ipset destroy
	cost xt-geoip xt_geoip
	iptables-legacy -F OUTPUT
done
