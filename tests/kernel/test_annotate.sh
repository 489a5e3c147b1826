#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the daemon writes beside the events: operator, program, unit, line of the
# policy, what a policy replaced; and of itself: runs, applications, bulk.
#
# once: what the kernel does for it other tests look at
# vm: --memory 1024 --timeout 600
# vm: --file build/geo/usr/share/libloc-location:/usr/share/libloc-location
# shellcheck disable=SC1091
. /tests/lib.sh

json=/tmp/events.json
state=/tmp/state
group=/sys/fs/cgroup/dronefence.slice/app/fly.service
cn=223.5.5.5
# Nobody has it: what is sent there is lost without an answer.
us=8.8.8.9
daemon=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed -i -e 's/    default: allow/&\n    log: new/' \
	-e 's/^geo:/bulk: 8KiB\n&/' /tmp/policy.yaml
deny_line=$(grep -n 'deny:' /tmp/policy.yaml | cut -d: -f1)
default_line=$(grep -n 'default:' /tmp/policy.yaml | cut -d: -f1)
mkdir -p $group $state

start() {
	dronefenced --policy /tmp/policy.yaml --sink none --json $json \
		--state-dir $state 2>/tmp/daemon.err &
	daemon=$!
}

has() { # PATTERN
	grep -qE "$1" $json 2>/dev/null
}

# seen PATTERN DESCRIPTION: such a record comes.
seen() {
	ok "$(wait_for has "$1" && echo 1)" "$2"
}

# What a program of the application does while it is held alive: it is told to end
# by a line.
mkfifo /tmp/end
app() { # COMMANDS
	(
		echo $BASHPID >$group/cgroup.procs
		exec bash -c "$1; read -r _ </tmp/end" app
	) 2>/dev/null &
}
end_app() {
	echo >/tmp/end
	wait "$!"
}

plan 24

modprobe dronefence
start
seen '"type":"daemon".*"daemon":"started"' "the start of the daemon"
is "$(grep -c previous_end $json)" 0 "no run before it is known"
seen '"module":"present","version"' "the module that was there"
seen '"type":"policy".*"gen":1,.*"geo":"tor-geoipdb 2026-06-25"' "geo data of the policy"
is "$(grep '"gen":1,' $json | grep -c previous_gen)" 0 "the first policy replaced none"

app "exec 3<>/dev/udp/$us/9000; echo one >&3; : >/dev/tcp/$cn/80"
program=$!
seen '"type":"app-started".*"app":"app"' "the application runs"
allowed='"type":"verdict".*"verdict":"allow".*"daddr":"8.8.8.9"'
denied='"type":"verdict".*"verdict":"deny".*"daddr":"'$cn'"'
seen "$allowed" "a verdict that allows"
seen "$denied" "a verdict that denies"
exe=$(readlink "/proc/$program/exe")
contains "$(grep -E "$allowed" $json)" '"asn":15169,"as_name":"' "whose network it is"
contains "$(grep -E "$denied" $json)" "\"exe\":\"$exe\"" "what ran"
contains "$(grep -E "$denied" $json)" '"unit":"fly.service"' "in which unit"
contains "$(grep -E "$denied" $json)" \
	"\"rule_file\":\"policy.yaml\",\"rule_line\":$deny_line" "the line of the rule"
contains "$(grep -E "$allowed" $json)" \
	"\"rule_file\":\"policy.yaml\",\"rule_line\":$default_line" "the line of the default"
end_app
seen '"type":"app-stopped".*"app":"app"' "the application has ended"

# Three flows of some 5 KiB each: the second passes the limit.
dronefence limits idle-udp=1s >/dev/null
for port in 9001 9002 9003; do
	app "exec 3<>/dev/udp/$us/$port; for i in 1 2 3 4 5; do printf %01000d 0 >&3; done"
	wait_for has "\"dport\":$port"
	end_app
done
seen '"type":"flow-end".*"dport":9003.*"exe":"' "the end of a flow names its program, which has ended"
seen '"type":"bulk".*"app":"app","country":"US","asn":15169.*"limit":8192' "much was sent"
is "$(grep -c '"type":"bulk"' $json)" 1 "and told once"

kill -HUP $daemon
seen '"type":"policy".*"gen":2,.*"previous_gen":1,"previous_digest":"[0-9a-f]{64}"' "what the policy replaced"
is "$(awk '/VmRSS/ { print ($2 < 65536) }' "/proc/$daemon/status")" 1 "the daemon takes less than 64 MB"
note "$(grep VmRSS "/proc/$daemon/status")"

kill -KILL $daemon
wait $daemon 2>/dev/null
start
seen '"previous_end":"unclean"' "killed: the end was not clean"
kill -TERM $daemon
wait $daemon
is "$(grep -c '"daemon":"stopped"' $json)" 1 "the end of the daemon"
loads() { grep -c 'is in force, generation' $json; }
before=$(loads)
start
seen '"previous_end":"clean"' "stopped: the end was clean"
loaded() { [ "$(loads)" -gt "$before" ]; }
wait_for loaded
rmmod dronefence
seen '"type":"module".*"module":"unloaded"' "the module is gone"
modprobe dronefence
seen '"type":"module".*"module":"loaded"' "and is back"
kill -TERM $daemon
wait $daemon
