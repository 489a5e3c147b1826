#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet costs, candidate by candidate, in rounds: whatever else the
# machine does meets all of them alike.
cd "$(dirname "$0")" || exit
. ./lib.sh

# Packets of a measurement: about 50 ms of the fast ones.
fast=2000000 slow=300000

# Which candidate is measured in which case.
bystander=(none empty dronefence nft-cgroup xt-cgroup)
known4=(none empty dronefence nft-ct-set)
new4=(none empty dronefence nft-ct-set nft-set nft-map xt-geoip ipset)
known6=(none empty dronefence)
new6=(none empty dronefence)
send=(none empty dronefence nft-cgroup)

in_list() { # WORD LIST...
	local word=$1
	shift
	[[ " $* " == *" $word "* ]]
}

measure() { # CASE CANDIDATE CGROUP COMMAND...
	local name=$1 candidate=$2 value
	shift 2
	value=$(probe "$@") && [ -n "$value" ] &&
		sample ns "$name" "$candidate" "$value"
}

xtables() { # RULE...
	modprobe -d "$DFB_KERNEL/modules" iptable_filter &&
		iptables-legacy -A OUTPUT "$@"
}

off_xtables() {
	iptables-legacy -F OUTPUT
	rmmod iptable_filter
}

nft_on() { nft -f "$DFB_DATA/$1.nft"; }
nft_off() { nft delete table "$1" peer; }

on_none() { :; }
off_none() { :; }
on_empty() { probe "$other" "empty 1" >/dev/null; }
off_empty() { probe "$other" "empty 0" >/dev/null; }
on_dronefence() { load_dronefence && apply real; }
off_dronefence() { rmmod dronefence; }
on_nft-cgroup() { nft_on nft-cgroup; }
off_nft-cgroup() { nft_off inet; }
on_nft-set() { nft_on nft-set; }
off_nft-set() { nft_off ip; }
on_nft-ct-set() { nft_on nft-ct-set; }
off_nft-ct-set() { nft_off ip; }
# It takes long to load: loaded once, asleep in between.
on_nft-map() { nft add table ip zones; }
off_nft-map() { nft add table ip zones '{ flags dormant; }'; }
on_xt-cgroup() { xtables -m cgroup --path dronefence.slice -j DROP; }
off_xt-cgroup() { off_xtables; }
on_xt-geoip() { xtables -m geoip --dst-cc CN,HK,TW -j DROP; }
off_xt-geoip() { off_xtables; }
on_ipset() { xtables -m set --match-set geo dst -j DROP; }
off_ipset() { off_xtables; }

cases() { # CANDIDATE
	local c=$1 many=$fast
	in_list "$c" none empty dronefence nft-cgroup xt-cgroup || many=$slow
	! in_list "$c" "${bystander[@]}" || {
		measure bystander4 "$c" "$other" "socket 4" "hook 4 16 $many"
		[ "$c" = xt-cgroup ] ||
			measure bystander6 "$c" "$other" "socket 6" "hook 6 16 $many"
	}
	! in_list "$c" "${known4[@]}" ||
		measure known4 "$c" "$app" "socket 4" "hook 4 16 $many"
	! in_list "$c" "${new4[@]}" ||
		measure new4 "$c" "$app" "socket 4" "hook 4 0 $slow"
	! in_list "$c" "${known6[@]}" ||
		measure known6 "$c" "$app" "socket 6" "hook 6 16 $many"
	! in_list "$c" "${new6[@]}" ||
		measure new6 "$c" "$app" "socket 6" "hook 6 0 $slow"
	! in_list "$c" "${send[@]}" ||
		measure send4 "$c" "$other" "socket 4" "send 4 16 $slow"
}

lookups() {
	measure lookup4 dronefence "$other" "map 4 $DFB_DATA/records4" "lookup 4 1000000"
	measure lookup6 dronefence "$other" "map 6 $DFB_DATA/records6" "lookup 6 1000000"
}

candidates=(none empty dronefence nft-cgroup nft-set nft-ct-set nft-map
	xt-cgroup xt-geoip ipset)

setup
load_peers
ipset restore <"$DFB_DATA/ipset"
say "loading every range of IPv4 into nftables"
nft -f "$DFB_DATA/nft-map.nft"

for ((round = 1; round <= DFB_ROUNDS; round++)); do
	say "round $round of $DFB_ROUNDS"
	for candidate in "${candidates[@]}"; do
		if "on_$candidate"; then
			cases "$candidate"
			"off_$candidate"
		else
			missing ns '*' "$candidate" "it could not be set up"
		fi
	done
	lookups
done
