# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dronefence, without its daemon.

fence_setup() {
	cat >"$work/policy.yaml" <<-END
	version: 1
	name: ways-out
	profiles:
	  p:
	    rules:
	      - deny: [$denied_nets4, "$denied_nets6"]
	    default: allow
	applications:
	  app: { match: { cgroup: /$registered }, profile: p }
	END
	modprobe dronefence && dronefence apply "$work/policy.yaml" >/dev/null
}

fence_run() { join "$registered" "$@"; }
fence_teardown() { rmmod dronefence; }
