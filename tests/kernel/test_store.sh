#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The store holds what the monitor saw, event by event, also after the daemon
# was killed; it is read without daemon and module, and an altered record is
# found.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 300
# shellcheck disable=SC1091
. /tests/lib.sh

state=/tmp/state
store=$state/store.db
cn=223.5.5.5
daemon=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed -i 's/    default: allow/&\n    log: new/' /tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $state

# Connections of the application: one that is allowed, though nobody listens, and
# one that is denied.
connect() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		true >/dev/tcp/8.8.8.8/80
		: >/dev/tcp/$cn/80
	) 2>/dev/null
}

start() {
	dronefenced --policy /tmp/policy.yaml --sink none --json /tmp/events.json \
		--state-dir $state --store $store "$@" 2>/tmp/daemon.err &
	daemon=$!
}

log() { dronefence log --store $store "$@"; }
next_seq() { dronefence status --json | field events.next; }

has_record() { # SEQ
	log --json 2>/dev/null | grep -q "\"seq\":$1,"
}

is_enforced() { dronefence status >/dev/null 2>&1; }

# Events up to number $last, without what only the daemon adds.
events() {
	sed -E -e 's/,"(as_name|exe|unit|rule_file|geo|cause|previous_digest)":"[^"]*"//g' \
		-e 's/,"(asn|rule_line|previous_gen)":[0-9]+//g' \
		-e 's/,"instance":"[0-9a-f]*"}$/}/' |
		awk -F '"seq":' -v last="$last" 'NF > 1 && $2 + 0 <= last'
}

monitored() {
	dronefence monitor --json --since 1 >/tmp/monitored &
	wait_for grep -q "\"seq\":$last," /tmp/monitored
	kill $!
	wait $! 2>/dev/null
	events </tmp/monitored
}

plan 17

modprobe dronefence
start
wait_for is_enforced
ok "$(test -s $store && echo 1)" "the daemon makes a store"
connect
ok "$((! $? == 0))" "the application is denied"
last=$(($(next_seq) - 1))
ok "$(wait_for has_record "$last" && echo 1)" "the event is in the store"
is "$(log --json | events)" "$(monitored)" "it holds what the monitor saw"
is "$(log --verdict deny --type verdict --json | grep -c "\"daddr\":\"$cn\"")" 1 \
	"asked for what was denied"
is "$(log --verdict allow --type verdict --json | grep -c '"daddr":"8.8.8.8"')" 1 \
	"asked for what was allowed"
contains "$(log --addr $cn/32)" "$cn:80 tcp" "asked for an address"
log --verify >/tmp/proof
is $? 0 "it is proved while the daemon writes"

kill -KILL $daemon
wait $daemon 2>/dev/null
for _ in 1 2 3 4 5; do connect; done
log --verify >/dev/null
is $? 0 "killed: it is intact"
start --no-policy
last=$(($(next_seq) - 1))
ok "$(wait_for has_record "$last" && echo 1)" "restarted: the events of the gap are in the store"
is "$(log --json | events)" "$(monitored)" "restarted: each event once"
is "$(log --type store --json | grep -c '"store":"unclean"')" 1 "restarted: it says that the end was not clean"
kill -TERM $daemon
wait $daemon
rmmod dronefence
log --verify >/dev/null
is $? 0 "without daemon and module: it is proved"
head=$(sed -n 's/.*"store":"checkpoint","number":\([0-9]*\),"hash":"\([0-9a-f]*\)".*/\1:\2/p' \
	/tmp/events.json | tail -n 1)
log --verify --head "$head" >/dev/null
is $? 0 "the last head in the other log is one of it"
is "$(log --verify | sed -n 's/^head *\([0-9]*\):.*/\1/p')" $((${head%%:*} + 1)) \
	"and the newest but for itself"

# One byte, by a hex editor.
offset=$(strings -t d $store | awk -v text='"daddr":"'$cn'"' '
	{ at = $1; sub(/^ *[0-9]+ /, "") }
	index($0, text) { print at + index($0, text) + 8; exit }')
printf 9 | dd of=$store bs=1 seek="$offset" conv=notrunc 2>/dev/null
log --verify >/tmp/proof
is $? 12 "an altered record: exit status 12"
contains "$(cat /tmp/proof)" "was altered" "and it is named"
