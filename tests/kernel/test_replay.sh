#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# From watching to enforcing: what an application sends in audit mode becomes a
# draft, which the compiler takes, under which nothing that was recorded would fare
# otherwise, and which refuses what was not seen. Another policy's effect is named
# before it is in force.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 600
# shellcheck disable=SC1091
. /tests/lib.sh

state=/tmp/state
store=$state/store.db
control=$state/control

setup_world
setup_geo
write_policy /tmp/strict.yaml
sed 's/profile: p/profile: p, mode: audit/' /tmp/strict.yaml >/tmp/policy.yaml
sed '/deny:/d; s/    rules:/    rules: []/' /tmp/strict.yaml >/tmp/open.yaml
sed 's/  app:/  another:/' /tmp/strict.yaml >/tmp/foreign.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $state

inside() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		"$@"
	) 2>/dev/null
}
datagram() { echo hello >"/dev/udp/$1/$2"; }
attempt() { : >"/dev/tcp/$1/443"; }

is_loaded() { [ "$(dronefence --json | field generation)" = 1 ]; }
no_flows() { [ "$(dronefence flows --application app | wc -l)" = 0 ]; }
has_flows() { # COUNT
	local count
	count=$(dronefence log --store $store --type flow-end --json 2>/dev/null | wc -l)
	[ "$count" -ge "$1" ]
}
replay() { dronefence replay "$@" --store $store >/tmp/replay 2>/tmp/err; }
learn() { dronefence learn "$@" --store $store --control $control >/tmp/learn 2>&1; }

plan 35

modprobe dronefence
dronefence limits idle-udp=1s idle-tcp-opening=1s >/dev/null
dronefenced --policy /tmp/policy.yaml --sink none --state-dir $state \
	--store $store --control $control 2>/tmp/daemon.err &
daemon=$!
ok "$(wait_for is_loaded && echo 1)" "a policy watches"

dronefence draft app --store $store --policy /tmp/policy.yaml >/tmp/empty.yaml 2>/tmp/err
is $? 13 "nothing was seen yet"
contains "$(cat /tmp/err)" "nothing was seen of app" "which is said"
dronefence check /tmp/empty.yaml >/dev/null 2>&1
is $? 0 "and what is written is a policy"

# Not learned, so not in the draft.
inside datagram 8.8.4.4 4711
ok "$(wait_for has_flows 1 && wait_for no_flows && echo 1)" "a flow too early"
learn nobody --for 1h
is $? 4 "an application that there is not cannot be learned"
learn app --for 1h
is $? 0 "one in audit mode can"
learn app
contains "$(cat /tmp/learn)" ", under way" "which is shown"

inside attempt 223.5.5.5
inside datagram 8.8.8.8 4711
inside datagram 2001:4860:4860::8888 4711
inside datagram 10.9.0.2 14550
ok "$(wait_for has_flows 5 && wait_for no_flows && echo 1)" "four flows are recorded"

learn app --stop
is_over() { learn app; grep -q ', over' /tmp/learn; }
wait_for is_over
contains "$(cat /tmp/learn)" ", over" "the time of learning is over"
# Nor what is too late.
inside datagram 8.8.4.4 4712
ok "$(wait_for has_flows 6 && wait_for no_flows && echo 1)" "a flow too late"
dronefence draft app --store $store --policy /tmp/policy.yaml >/tmp/draft.yaml 2>/tmp/err
is $? 0 "a draft is written"
draft=$(cat /tmp/draft.yaml)
contains "$draft" "- allow: local" "with a rule for the link"
contains "$draft" '{ allow: ["8.8.8.8", "2001:4860:4860::8888"], protocol: [udp], ports: [4711] }' \
	"and one for where it sent"
contains "$draft" '{ allow: ["223.5.5.5"], protocol: [tcp], ports: [443] }' "and where else"
contains "$draft" "1 of the flows passed only because of audit mode" "with a remark"
dronefence check /tmp/draft.yaml >/dev/null 2>/tmp/err
is $? 0 "it is a policy"

since=$(dronefence learn app --store $store --json | field begin)
until=$(dronefence learn app --store $store --json | field end)
replay /tmp/draft.yaml --since "$since" --until "$until"
is $? 0 "under it nothing would change"
contains "$(cat /tmp/replay)" "4 flows, " "of the four flows"
replay /tmp/draft.yaml
is $? 10 "but of what came before and after"
replay /tmp/strict.yaml
is $? 10 "under a stricter one something would"
contains "$(cat /tmp/replay)" "app to 223.5.5.5, CN, unknown" "which is named"
contains "$(cat /tmp/replay)" "deny/audit -> deny, 1 flows, " "with what becomes of it"
replay /tmp/foreign.yaml
is $? 13 "a policy without the application tells nothing"
contains "$(cat /tmp/replay)" "6 flows, " "and these flows are counted"
contains "$(cat /tmp/replay)" "cannot be judged: the policy does not have the application" "with the reason"

applied=$(date -u +%Y-%m-%dT%H:%M:%SZ)
dronefence apply /tmp/draft.yaml >/dev/null 2>/tmp/err
is $? 0 "the draft is applied"
learn app --for 1h
is $? 1 "what is enforced is not learned"
inside datagram 8.8.8.8 4711
is $? 0 "what was seen passes"
inside datagram 8.8.8.8 53
is $? 1 "another port does not"
inside attempt 8.8.8.8
ok "$(wait_for has_flows 9 && wait_for no_flows && echo 1)" "all of it is recorded"
replay /tmp/draft.yaml --since "$applied"
is $? 0 "what it refuses it would refuse"
replay /tmp/open.yaml
is $? 14 "and a policy that denies nothing would not"
contains "$(cat /tmp/replay)" "app to 8.8.8.8, US, unknown" "which is named as well"
is "$(dronefence replay /tmp/open.yaml --store $store --json 2>/dev/null | field passed.flows)" 2 \
	"with the number of flows"
kill -TERM $daemon
wait $daemon
rmmod dronefence
