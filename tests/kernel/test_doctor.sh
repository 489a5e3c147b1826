#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dronefence doctor: which applications are enforced, why others are not, and
# the ways out as they are on this machine.
# shellcheck disable=SC1091
. /tests/lib.sh

setup_geo
write_policy /tmp/policy.yaml

out='' err='' status=0
run() {
	out=$(timeout 60 "$@" 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
}

# way START: what becomes of a way out, and the lines below it.
way() {
	awk -v start="$1" '/^[a-z]/ { on = index(substr($0, 11), start) == 1 } on' <<<"$out"
}

plan 30

run dronefence doctor
is $status 3 "without the module: ends with 3"
contains "$out" "not loaded: nothing is enforced" "and says why"
contains "$out" 'there is one for this kernel: "modprobe dronefence"' "and what to do"
run dronefence doctor --ways-out
contains "$(way 'packet sockets')" "open here" "without the module packet sockets are open"
modprobe dronefence
run dronefence doctor
is $status 3 "no policy: ends with 3"
contains "$out" "kernel                $(uname -r), Secure Boot none" "the kernel is named"
contains "$out" "no policy with applications is in force" "and says why"
run setpriv --reuid 1000 --regid 1000 --clear-groups dronefence doctor
is $status 6 "as a user: ends with 6"

dronefence apply /tmp/policy.yaml >/dev/null 2>&1
run dronefence doctor
is $status 3 "nothing runs: ends with 3"
contains "$out" "nothing that runs is recognised as it" "and says why"
contains "$out" "does not run: events stay in the kernel" "a daemon that does not run is said"

mkdir -p /sys/fs/cgroup/dronefence.slice/app
setpriv --reuid 500 --regid 500 --clear-groups sleep 1000 &
pid=$!
echo $pid >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
sleeps() { [ "$(cat /proc/"$1"/comm)" = sleep ]; }
wait_for sleeps $pid
run dronefence doctor
is "$status $err" "0 " "it runs, and is enforced: ends with 0"
contains "$out" "enforced, 1 process" "and is counted"
ok "$(grep -q '^geo data  *[0-9]* days old' <<<"$out" && echo 1)" "the age of the geo data is said"
run dronefence doctor --application nobody
is $status 4 "an unknown application ends with 4"

run dronefence doctor --ways-out
is $status 0 "doctor --ways-out has the same status"
contains "$(way AF_XDP)" "shut here" "without CAP_NET_RAW AF_XDP is shut"
contains "$(way 'leaving a cgroup below /dronefence')" "shut here" "the slice holds it"
contains "$(way 'packet sockets')" "shut" "with the module packet sockets are shut"
contains "$(way ptrace)" "a user of its own" "nobody else has its user"
contains "$(way 'a VPN or relay')" "allowed by default: app" "its profile allows by default"
setpriv --reuid 500 --regid 500 --clear-groups sleep 1000 &
sleep 1000 &
root=$!
echo $root >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
wait_for sleeps $root
wait_for sleeps $!
run dronefence doctor --ways-out
contains "$(way AF_XDP)" "CAP_NET_RAW is held by app $root sleep" "a process of root holds CAP_NET_RAW"
contains "$(way AF_XDP)" "to shut it: " "and there is something to do"
contains "$(way 'leaving a cgroup below /dronefence')" "open here" "and it can leave its cgroup"
contains "$(way 'rmmod')" "open here" "and unload the module"
run dronefence doctor --ways-out --json
is "$(field judging <<<"$out")" true "doctor --json agrees"
is "$(grep -c '"way":' <<<"$out")" "$(grep -c '"result": "' <<<"$out")" "each way has a result"

sed 's/profile: p }/profile: p, mode: audit }/' /tmp/policy.yaml >/tmp/audit.yaml
dronefence apply /tmp/audit.yaml >/dev/null 2>&1
run dronefence doctor
is $status 3 "audit mode: ends with 3"
contains "$out" "it is in audit mode" "and says why"
run dronefence doctor --json
is "$(field enforced <<<"$out")" false "doctor --json agrees"
