#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dronefence apps: what the applications match right now, and why they match
# nothing.
# shellcheck disable=SC1091
. /tests/lib.sh

setup_geo
mkdir -p /opt/qgc
cp /usr/bin/busybox /opt/qgc/sleep
cat >/tmp/policy.yaml <<'END'
version: 1
name: test
geo: { country: "tor-geoipdb:/tmp/geo", max-age: none }
profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }
applications:
  first: { match: { cgroup: /x/first* }, profile: p }
  second: { match: { cgroup: /x/first-1 }, profile: p, mode: audit }
  qgc: { match: [ { cgroup: /x/qgc }, { executable: /opt/qgc/sle* } ], profile: p }
  away: { match: { executable: /opt/away/run }, profile: p }
  phone: { match: [ { in-interface: "usb*" }, { in-interface: d0 } ], profile: p }
END

out='' err='' status=0
run() {
	out=$(timeout 60 "$@" 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
}

# part APPLICATION: the lines about it.
part() { awk -v app="$1:" '/^application/ { on = $2 == app } on' <<<"$out"; }

plan 27

run dronefence apps
is $status 3 "without the module: ends with 3"
modprobe dronefence
run dronefence apps
is $status 3 "no policy: ends with 3"
contains "$err" "no policy with applications is in force" "and says why"
run setpriv --reuid 1000 --regid 1000 --clear-groups dronefence apps
is $status 6 "as a user: ends with 6"

# This one runs before there is a policy, so nobody places it.
/opt/qgc/sleep 1000 &
old=$!
run dronefence apply /tmp/policy.yaml
is $status 0 "the policy is applied"

run dronefence apps
is $status 0 "ends with 0"
contains "$(part first)" "nothing: no such cgroup exists" "a cgroup that does not exist"
contains "$(part qgc)" "nothing: the cgroup /dronefence.slice/qgc exists, but no process is in it" \
	"a cgroup with nobody but the thread that marks it"
contains "$(part qgc)" "stray: $old sleep runs /opt/qgc/sleep outside the application, in /" \
	"a program that ran before the policy came is a stray"
contains "$(part qgc)" "file /opt/qgc/sleep" "the files of a pattern"
contains "$(part away)" "nothing: no running process has this executable, and /opt/away/run does not exist" \
	"a program that is not installed"
contains "$(part phone)" "nothing: no such interface exists" "an interface that does not exist"

mkdir -p /sys/fs/cgroup/x/first-1/deep /sys/fs/cgroup/x/qgc
ip link add d0 type veth peer name d1
run dronefence apps
contains "$(part first)" "nothing: the cgroup /x/first-1 exists, but no process is in it" \
	"a cgroup without a process"
contains "$(part second)" 'nothing: /x/first-1 belongs to the application "first", which comes before it' \
	"a cgroup of an application before it"
contains "$(part phone)" "nothing: the interface d0 is down" "an interface that is down"

sleep 1000 &
inside=$!
echo $inside >/sys/fs/cgroup/x/first-1/deep/cgroup.procs
ip link set d0 up
run dronefence apps
contains "$(part first)" "in /x/first-1: 1" "a process below a cgroup belongs to it"
contains "$(part first)" "1 process: $inside sleep" "and is named"
contains "$(part phone)" "1 interfaces, 1 up" "an interface that is up"

/opt/qgc/sleep 1000 &
placed=$!
for ((i = 0; i < 100; i++)); do
	grep -q qgc /proc/$placed/cgroup && break
	sleep 0.1
done
run dronefence apps
contains "$(part qgc)" "in /dronefence.slice/qgc: 1" "a program that was placed is in its cgroup"
contains "$(part qgc)" "2 processes: " "its executable matches both"
is "$(grep -c stray: <<<"$out")" 1 "and the placed one is no stray"

# A name that others chose stays in its line.
hostile=$'/sys/fs/cgroup/x/first-\e[31m'
cp /usr/bin/busybox $'/tmp/a\eb'
(exec -a sleep $'/tmp/a\eb' 1000) &
named=$!
mkdir -p "$hostile"
echo $named >"$hostile/cgroup.procs"
for ((i = 0; i < 100; i++)); do
	[ "$(cat /proc/$named/comm)" = $'a\eb' ] && break
	sleep 0.1
done
run dronefence apps
contains "$(part first)" 'in /x/first-\x1b[31m: 1' "control characters of a cgroup are shown as such"
contains "$(part first)" "$named a\\x1bb" "and of a process"

run dronefence apps --json
is $status 0 "apps --json ends with 0"
is "$(field name <<<"$out")" first "apps --json: the first application"
contains "$out" '"why": "no such interface exists in this network namespace"' "apps --json: why"
contains "$out" "\"executable\": \"/opt/qgc/sleep\"," "apps --json: a stray"
