# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dronefence. Its daemon runs until it has found the files of the program, and no more.
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
	    match:
	      - cgroup: /$registered
	      - { executable: "$named/*", copies: true }
	    profile: p
	  listed: { match: { cgroup: /$listed }, profile: list }
	END
	sed "s/default: deny/default: allow/; /deny:/s/:.*/: 192.0.2.1/" \
		"$work/policy.yaml" >"$work/open.yaml"
	modprobe dronefence && dronefence apply "$work/policy.yaml" >/dev/null &&
		pin_programs
}

pin_programs() {
	local daemon i
	mkdir -p "$work/state"
	dronefenced --no-policy --sink none --state-dir "$work/state" &
	daemon=$!
	for ((i = 0; i < 300; i++)); do
		! dronefence status --json | grep -q '"pinned": [1-9]' || break
		sleep 0.1
	done
	kill $daemon
	wait $daemon
	[ "$i" -lt 300 ]
}

fence_run() { join "$registered" "$@"; }
fence_run_listed() { join "$listed" "$@"; }
fence_attacks() {
	printf '%s\n' "dronefence apply $work/open.yaml" \
		"dronefence limits flows=1" "rmmod dronefence"
}
fence_adopt() { dronefence adopt "$1" app; }
fence_teardown() { rmmod dronefence; }
