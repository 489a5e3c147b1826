# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dronefence, without its daemon.
# shellcheck disable=SC2154

fence_setup() {
	cat >"$work/policy.yaml" <<-END
	version: 1
	name: ways-out
	profiles:
	  p:
	    rules:
	      - deny: [$denied_nets4, "$denied_nets6"]
	    default: allow
	  list: { rules: [ allow: $listed_nets4 ], default: deny }
	applications:
	  app:
	    match: [cgroup: /$registered, executable: "$named/*"]
	    profile: p
	  listed: { match: { cgroup: /$listed }, profile: list }
	END
	sed "s/default: deny/default: allow/; /deny:/s/:.*/: 192.0.2.1/" \
		"$work/policy.yaml" >"$work/open.yaml"
	modprobe dronefence && dronefence apply "$work/policy.yaml" >/dev/null
}

fence_run() { join "$registered" "$@"; }
fence_run_listed() { join "$listed" "$@"; }
fence_attacks() {
	printf '%s\n' "dronefence apply $work/open.yaml" \
		"dronefence limits flows=1" "rmmod dronefence"
}
fence_adopt() { dronefence adopt "$1" app; }
fence_teardown() { rmmod dronefence; }
