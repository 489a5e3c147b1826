#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# metrics and top: the word for how the fence stands changes with it, and the
# numbers are those of status.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 600
# shellcheck disable=SC1091
. /tests/lib.sh

cn=223.5.5.5
prom=/tmp/prom/dronefence.prom

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed 's/profile: p }/profile: p, mode: audit }/' /tmp/policy.yaml >/tmp/audit.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app /tmp/prom /var/lib

connect() { # ADDRESS
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		: >"/dev/tcp/$1/80"
	) 2>/dev/null
}

state() { dronefence top --json | field state; }
metric() { dronefence metrics | awk -v name="$1" '$1 == name { print $2 }'; }
packets() { # VERDICT
	metric "dronefence_application_packets_total{application=\"app\",verdict=\"$1\"}"
}

plan 25

dronefence top --once >/tmp/out
is $? 3 "top without the module: exit status 3"
contains "$(cat /tmp/out)" "state         open" "and the state is open"
dronefence metrics >/tmp/out
is $? 0 "metrics without the module: exit status 0"
contains "$(cat /tmp/out)" "dronefence_module_loaded 0" "and that it is missing"

modprobe dronefence
# No flow ends while they are looked at.
dronefence limits idle-tcp-opening=1h >/dev/null
is "$(state)" open "without a policy: open"
dronefence apply --no-cache /tmp/policy.yaml
is "$(state)" degraded "without the daemon: degraded"
contains "$(dronefence top --once)" "the daemon does not run" "and it says why"
dronefenced --no-policy --sink none --json /tmp/events.json 2>/tmp/daemon.err &
daemon=$!
wait_for test -s /tmp/events.json
is "$(state)" sealed "with it: sealed"

connect $cn
connect 8.8.8.8
dronefence top --once >/tmp/out
is $? 0 "top: exit status 0"
ok "$(grep -qE "app +deny +tcp +$cn:80 CN CN" /tmp/out && echo 1)" "top shows what was denied"
ok "$(grep -qE 'app +allow +tcp +8.8.8.8:80 US' /tmp/out && echo 1)" "and what was allowed"
ok "$(grep -qE '^app +idle +0 +0 +0 B +0 ' /tmp/out && echo 1)" "and the application at rest"

# Something to have a rate of.
(
	echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
	exec ping -q -i 0.2 8.8.8.8 >/dev/null
) &
pinger=$!
sleep 1
rate=$(dronefence top --json | awk '$1 == "\"rate\":" { found = 1 }
	found && $1 == "\"packets\":" { print $2 + 0; exit }')
ok "$((rate > 0 && rate < 100))" "a rate of packets ($rate)"
ok "$(dronefence top --once | grep -qE '^app +enforced +1 ' && echo 1)" "of an application that runs"
kill $pinger

is "$(packets denied)" "$(dronefence status --json | field denied.packets)" \
	"metrics count what status counts"
ok "$(($(packets allowed) > 0))" "by verdict"
is "$(metric 'dronefence_state{state="sealed"}')" 1 "the state"
is "$(metric 'dronefence_application_flows{application="app",country="CN"}')" 1 \
	"flows by country"
events=$(($(dronefence status --json | field events.next) - 1))
is "$(metric dronefence_events_recorded_total)" "$events" "events"
behind() { metric 'dronefence_sink_waiting_events{sink="json:/tmp/events.json"}'; }
has_all() { [ "$(behind)" = 0 ]; }
ok "$(wait_for has_all && echo 1)" "and that the daemon's sink has them"

dronefence metrics --textfile $prom
is "$?$(ls /tmp/prom)" 0dronefence.prom "a file, and nothing beside it"
# All flows may have ended meanwhile.
types() { grep '^# TYPE' | grep -v application_flows; }
is "$(types <$prom)" "$(dronefence metrics | types)" "with the same in it"
dronefence metrics --textfile /tmp/prom/no/x.prom 2>/tmp/err
is $? 1 "where it cannot be written: exit status 1"

dronefence apply --no-cache /tmp/audit.yaml
is "$(state)" audit "in audit mode: audit"
kill -TERM $daemon
wait $daemon
rmmod dronefence
is "$(state)" open "unloaded: open"
