# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rules that nft(8) has for the same wish: who sends by the cgroup of the
# socket, where to by a set of networks.
# shellcheck disable=SC2154

fence_setup() {
	nft -f - <<-END
	table inet fence {
		set denied4 {
			type ipv4_addr; flags interval
			elements = { $denied_nets4 }
		}
		set denied6 {
			type ipv6_addr; flags interval
			elements = { $denied_nets6 }
		}
		chain output {
			type filter hook output priority filter
			socket cgroupv2 level 2 "$registered" jump registered
			socket cgroupv2 level 2 "$listed" jump listed
		}
		chain registered {
			ip daddr @denied4 reject
			ip6 daddr @denied6 reject
		}
		chain listed {
			ip daddr $listed_nets4 accept
			reject
		}
	}
	END
}

fence_run() { join "$registered" "$@"; }
fence_run_listed() { join "$listed" "$@"; }
fence_attacks() { printf '%s\n' "nft flush ruleset" "rmmod nft_socket"; }
fence_adopt() { echo "$1" >"$cgroups/$registered/cgroup.procs"; }
fence_teardown() { nft delete table inet fence; }
