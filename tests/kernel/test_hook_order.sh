#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who else sees packets, and when: what doctor says beside what was set up.
#
# once:
# apt: nftables
# vm: --bin nft --module nf_tables --module nfnetlink_hook --module nf_conntrack
# shellcheck disable=SC1091
. /tests/lib.sh

# AppArmor's are there or not, as the kernel was built.
line() { sed -n "s/^  $1 *//p" <<<"$out" | sed 's/apparmor_[a-z0-9_]*/apparmor/;s/apparmor, //;s/apparmor/nobody/'; }
run() {
	out=$(dronefence doctor "$@" 2>&1)
}

plan 7

run
is "$(line ipv4-output)" nobody "nobody sees packets"
nft -f - <<-END
	table inet mine {
		chain early { type filter hook output priority -300; }
		chain late { type filter hook output priority 100; }
	}
	table ip other {
		chain last { type filter hook postrouting priority 300; }
	}
END
run
is "$(line ipv4-output)" "nft mine early, nft mine late" "chains of nftables, in their order"
is "$(line ipv4-postrouting)" "nft other last" "and where packets leave"
is "$(line ipv6-postrouting)" nobody "of one family only"

modprobe dronefence
setup_geo
write_policy /tmp/policy.yaml
dronefence apply /tmp/policy.yaml >/dev/null 2>&1
run
is "$(line ipv4-output)" "nft mine early, dronefence, nft mine late" "the fence is between them"
is "$(line ipv6-output)" "nft mine early, dronefence, nft mine late" "for both families"
run --json
is "$(grep -c '"priority": -1$' <<<"$out")" 2 "as JSON with the priority of the filter table less one"
