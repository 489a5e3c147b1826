#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The daemon dies, comes back, reloads, stops: the verdicts stay, and every
# event arrives or is reported as lost with its number.
#
# vm: --timeout 600 --bin build/tests/syn_flood
# shellcheck disable=SC1091
. /tests/lib.sh

json=/tmp/events.json
state=/tmp/state
cn=223.5.5.5
ring=8192
daemon=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $state

# One connection of the application; denied when it fails.
connect() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		: >/dev/tcp/$cn/80
	) 2>/dev/null
}

flood() { # COUNT
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		exec syn_flood $cn "$1"
	)
}

start() {
	dronefenced --policy /tmp/policy.yaml --sink syslog --json $json \
		--state-dir $state "$@" 2>/tmp/daemon.err &
	daemon=$!
}

generation() { dronefence status --json | field generation; }
next_seq() { dronefence status --json | field events.next; }

has_record() { # SEQ
	grep -q "\"seq\": *$1[,}]" $json 2>/dev/null
}

# Sequence numbers that were written, one a line.
written() { sed -n 's/.*"seq": *\([0-9]*\)[,}].*/\1/p' $json; }

is_generation() { [ "$(generation)" = "$1" ]; }

# Every number from 1 to LAST, in order, each once.
complete() { # LAST
	[ "$(written)" = "$(seq 1 "$1")" ] && echo yes || echo no
}

busybox syslogd -O /tmp/syslog
plan 35

timeout 30 dronefenced --policy /tmp/policy.yaml --state-dir $state 2>/tmp/err
is $? 3 "without the module: exit status 3"
contains "$(cat /tmp/err)" "not loaded" "and it says so"

modprobe dronefence
echo "version: 2" >/tmp/broken.yaml
timeout 30 dronefenced --policy /tmp/broken.yaml --state-dir $state --sink none --stderr --require-policy 2>/tmp/err
is $? 5 "with a broken policy: exit status 5"
contains "$(cat /tmp/err)" "/tmp/broken.yaml:1:" "and it names file and line"

# Without that, a machine that has just been started gets what is built in.
dronefenced --policy /tmp/broken.yaml --state-dir $state --sink none --stderr 2>/tmp/err &
daemon=$!
is_state() { [ "$(dronefence status --json | field state)" = "$1" ]; }
ok "$(wait_for is_state degraded && echo 1)" "otherwise it falls back"
contains "$(dronefence 2>&1 >/dev/null)" "could not be loaded" "and the tool says so"
connect
ok "$((! $? == 0))" "fallen back: what runs in the slice is denied"
contains "$(dronefence explain dronefence-slice 10.9.0.2)" allow "fallen back: but for local networks"
ping -q -c 1 -W 5 $cn >/dev/null
is $? 0 "fallen back: others are not"
kill -TERM $daemon
wait $daemon
rm /run/dronefence/degraded
dronefenced --policy /tmp/broken.yaml --state-dir $state --sink none &
daemon=$!
knows() { [ -s /run/dronefence/degraded ] && is_state degraded; }
ok "$(wait_for knows && echo 1)" "a daemon that finds it in force knows it"
cp /tmp/policy.yaml /tmp/broken.yaml
kill -HUP $daemon
ok "$(wait_for is_state enforcing && echo 1)" "the mended policy replaces it"
kill -TERM $daemon
wait $daemon
rmmod dronefence
modprobe dronefence
# No flow ends while events are counted.
dronefence limits idle-tcp-opening=1h >/dev/null

start
ok "$(wait_for is_generation 1 && echo 1)" "it puts the policy into force"
connect
ok "$((! $? == 0))" "the application is denied"
last=$(($(next_seq) - 1))
ok "$(wait_for has_record "$last" && echo 1)" "the event is in the JSON file"
ok "$(wait_for grep -q 'app="app"' /tmp/syslog && echo 1)" "and in the system log"
contains "$(grep 'app="app"' /tmp/syslog)" "[dronefence@32473" "as structured data"

kill -KILL $daemon
wait $daemon 2>/dev/null
for _ in 1 2 3 4 5; do connect && break; done
ok "$((! $? == 0))" "killed: the application is denied still"
is "$(generation)" 1 "killed: the policy is the same"
last=$(($(next_seq) - 1))
ok "$(has_record "$last" || echo 1)" "killed: nobody writes events"
start --no-policy
ok "$(wait_for has_record "$last" && echo 1)" "restarted: the events of the gap arrive"
is "$(complete "$last")" yes "restarted: every one of them, in order, none twice"

kill -KILL $daemon
wait $daemon 2>/dev/null
flood $((ring + 300))
last=$(($(next_seq) - 1))
start --no-policy
ok "$(wait_for has_record "$last" && echo 1)" "after an overrun: the newest events arrive"
loss=$(grep '"type": *"loss"' $json)
contains "$loss" '"count":300' "after an overrun: the loss is reported with its number"
held=$(written | awk -v from=$((last - ring)) '$1 > from' | wc -l)
is "$held" $ring "after an overrun: everything the kernel held arrives"

kill -TERM $daemon
wait $daemon
is $? 0 "asked to stop: exit status 0"
is "$(generation)" 1 "stopped: the policy stays in force"
connect
ok "$((! $? == 0))" "stopped: the application is denied still"

start
ok "$(wait_for is_generation 2 && echo 1)" "started again: the policy is loaded again"
cp /tmp/policy.yaml /tmp/good.yaml
echo "  nonsense" >>/tmp/policy.yaml
broken=/tmp/policy.yaml:$(wc -l </tmp/policy.yaml)
kill -HUP $daemon
# Its last word on the matter: the next signal must not meet a load that still goes on.
stays='/tmp/policy.yaml was not loaded; generation 2 stays in force'
ok "$(wait_for grep -q "$stays" /tmp/syslog && echo 1)" "reload of a broken file: reported"
contains "$(grep error: /tmp/syslog)" "$broken:" "reload of a broken file: with its line"
is "$(generation)" 2 "reload of a broken file: the old policy stays"
connect
ok "$((! $? == 0))" "reload of a broken file: the application is denied still"
cp /tmp/good.yaml /tmp/policy.yaml
kill -HUP $daemon
ok "$(wait_for is_generation 3 && echo 1)" "reload of a good file: in force"
ok "$(kill -0 $daemon && echo 1)" "the daemon lives on"
kill -TERM $daemon
wait $daemon
rmmod dronefence
is $? 0 "the module can be unloaded"
