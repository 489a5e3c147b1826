#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What may happen to a log: its writer is killed, the disk is full or does not
# answer, the power goes off, the clock is set back, the file is moved away. What is
# recorded and what is recorded as lost are together what the kernel counted, in each
# case.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 1800 --memory 1536 --bin build/tests/syn_flood
# vm: --bin build/tests/traffic --module loop --module ext4
# vm: --bin /usr/sbin/mkfs.ext4 --bin /usr/sbin/xfs_io
# apt: e2fsprogs xfsprogs
# shellcheck disable=SC1091
. /tests/lib.sh
# shellcheck disable=SC1091
. /tests/tally.sh

us=8.8.8.8
cn=223.5.5.5
port=7000
daemon='' load='' server=''
here='' json='' store=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed -i 's/    default: allow/&\n    log: new/' /tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app
ip netns exec world traffic serve $port /tmp/served &
server=$!
modprobe dronefence
dronefence apply /tmp/policy.yaml >/dev/null

as_app() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		exec "$@"
	)
}

connect() { as_app traffic connect $us $port "$1"; } # COUNT
flood() { as_app syn_flood $cn "$1"; } # COUNT

# Connections without an end, until stop_load.
start_load() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		exec bash -c "while traffic connect $us $port 10; do sleep 0.1; done"
	) &
	load=$!
}

stop_load() {
	kill $load
	wait $load 2>/dev/null
}

# A place of its own for each case; the events begin anew with the module.
begin() { # NAME [FOLDER OF THE STORE]
	here=/tmp/$1
	mkdir -p "$here"
	json=$here/events.json
	store=${2:-$here}/store.db
	rmmod dronefence
	modprobe dronefence
	dronefence apply /tmp/policy.yaml >/dev/null
}

start() {
	dronefenced --no-policy --sink none --json "$json" --state-dir "$here/state" \
		--store "$store" 2>>"$here/err" &
	daemon=$!
}

# Before that a signal would end it.
start_and_wait() {
	start
	wait_for says started
}

stop() {
	kill -TERM $daemon
	wait $daemon
}

next_seq() { dronefence status --json | field events.next; }
log() { dronefence log --store "$store" "$@"; }

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=30

in_json() { tail -n 200 "$json" 2>/dev/null | grep -q "\"seq\":$1,"; }
in_store() { log --json --limit 200 --reverse 2>/dev/null | grep -q "\"seq\":$1,"; }
says() { grep -q "$1" "$json"; }

# The store has each event once, in order, or a loss of it, and is intact.
balanced() { # LAST DESCRIPTION
	local sum
	wait_for in_store "$1"
	sum=$(log --json | tally "$1")
	note "$2: of $1 $sum"
	is "${sum#* lost=* }" "missing=0 torn=0 disordered=0" "$2: the store and its losses are all"
	is "$(part repeated <<<"$sum")" 0 "$2: none is twice in the store"
	log --verify >/tmp/proof
	is $? 0 "$2: it is intact"
}

plan 38

# --- killed, again and again
begin kill
start
start_load
# However slow it is, each time there is something to write.
goes_on() { [ "$(next_seq)" -gt $((before + 5)) ]; }
for ((i = 0; i < 20; i++)); do
	before=$(next_seq)
	wait_for goes_on
	sleep 0.$((RANDOM % 10))
	kill -KILL $daemon
	wait $daemon 2>/dev/null
	start
done
stop_load
last=$(($(next_seq) - 1))
balanced $last "killed 20 times"
ok "$((last > 100))" "killed 20 times: while there was something to write"
wait_for in_json $last
sum=$(tally $last <"$json")
note "JSON: $sum"
is "$(part missing <<<"$sum")" 0 "killed 20 times: nothing is missing in the JSON file"
ok "$((20 >= $(part torn <<<"$sum")))" "killed 20 times: no more than a line is torn by each"
stop

# --- no room
mkdir -p /tmp/small
mount -t tmpfs -o size=2m tmpfs /tmp/small
begin full /tmp/small
start
connect 20
wait_for in_store $(($(next_seq) - 1))
dd if=/dev/zero of=/tmp/small/filler bs=4k 2>/dev/null
flood 9000
last=$(($(next_seq) - 1))
ok "$(wait_for in_json $last && echo 1)" "no room: the other sink has everything"
ok "$(wait_for says 'sink store:' && echo 1)" "no room: and is told"
ok "$(in_store $last || echo 1)" "no room: the store has not"
rm /tmp/small/filler
mount -o remount,size=64m /tmp/small
connect 5
last=$(($(next_seq) - 1))
balanced $last "room again"
lost=$(log --json | tally $last | part lost)
ok "$((lost > 0))" "room again: what there was no place for is counted"
is "$(log --json --type loss | sed 's/.*"count":\([0-9]*\).*/\1/' | awk '{ n += $1 } END { print n }')" \
	"$lost" "room again: by number"
stop
umount /tmp/small

# --- a disk that does not answer
dd if=/dev/zero of=/tmp/image bs=1M count=64 2>/dev/null
mke2fs -q /tmp/image 2>/dev/null
mkdir -p /tmp/disk
mount -t ext4 -o loop /tmp/image /tmp/disk
begin frozen /tmp/disk
start
connect 20
first=$(($(next_seq) - 1))
wait_for in_store $first
fsfreeze --freeze /tmp/disk
connect 20
sleep 2
connect 20
last=$(($(next_seq) - 1))
ok "$(wait_for in_json $last && echo 1)" "the disk does not answer: the other sink goes on"
is "$(tally $last <"$json")" \
	"recorded=$last repeated=0 lost=0 missing=0 torn=0 disordered=0" \
	"the disk does not answer: and has everything"
ok "$(awk '{ print $3 != "D" }' "/proc/$daemon/stat")" "the disk does not answer: the daemon does"
fsfreeze --unfreeze /tmp/disk
connect 5
last=$(($(next_seq) - 1))
balanced $last "the disk answers"
stop
umount /tmp/disk

# --- the power goes off: with it what was not yet on the disk, and all that the
# kernel knew
mkfs.ext4 -q /tmp/image
mkdir -p /tmp/power
mount -t ext4 -o loop /tmp/image /tmp/power
begin power
start
start_load
wait_for in_store 200
seen=$(log --json --reverse --limit 20 | sed -n 's/.*"seq":\([0-9]*\),.*/\1/p' | head -n 1)
xfs_io -x -c shutdown /tmp/power
is $? 0 "the power goes off"
kill -KILL $daemon
wait $daemon 2>/dev/null
stop_load
last=$(($(next_seq) - 1))
umount /tmp/power
rmmod dronefence
mount -t ext4 -o loop /tmp/image /tmp/power
log --verify >/tmp/proof
is $? 0 "the power went off: the store is intact"
kept=$(log --json --reverse --limit 20 | sed -n 's/.*"seq":\([0-9]*\),.*/\1/p' | head -n 1)
note "the power went off: of $last events $kept are kept, of which $seen could be read before"
ok "$((kept >= seen))" "the power went off: what could be read before is there"
sum=$(log --json | tally "$kept")
is "${sum#* lost=* }" "missing=0 torn=0 disordered=0" "the power went off: and all before it"
modprobe dronefence
dronefence apply /tmp/policy.yaml >/dev/null
start
connect 5
# The numbers are those of old records, too.
begins_anew() { log --json --type instance | grep -q "\"next\":$((kept + 1)),"; }
wait_for begins_anew
contains "$(log --json --type daemon --reverse --limit 1)" '"previous_end":"unclean"' \
	"the power went off: the log says so"
contains "$(log --json --type instance)" "\"next\":$((kept + 1))," \
	"and where the kernel's numbers begin anew"
log --verify >/tmp/proof
is $? 0 "the power went off: what is written behind that is proved, too"
stop
umount /tmp/power

# --- an hour back
begin clock
start
connect 30
wait_for in_store $(($(next_seq) - 1))
date -s "@$(($(date +%s) - 3600))" >/dev/null
connect 30
last=$(($(next_seq) - 1))
balanced $last "an hour back"
back=$(log --json | sed -n 's/.*"seq":.*"time":"\([^"]*\)".*/\1/p' |
	awk '$0 < before { n++ } { before = $0 } END { print n + 0 }')
ok "$((back > 0))" "an hour back: the records say so"
kill -KILL $daemon
wait $daemon 2>/dev/null
start
connect 5
last=$(($(next_seq) - 1))
balanced $last "an hour back, killed"
stop
date -s "@$(($(date +%s) + 3600))" >/dev/null

# --- rotated
begin rotate
start_and_wait
start_load
for ((i = 10; i < 30; i++)); do
	sleep 0.$((RANDOM % 4))
	mv "$json" "$json.$i"
	kill -HUP $daemon
	wait_for test -e "$json"
done
stop_load
last=$(($(next_seq) - 1))
in_any() { cat "$json".29 "$json" | grep -q "\"seq\":$1,"; }
wait_for in_any $last
sum=$(cat "$json".?? "$json" | tally $last)
note "rotated: of $last $sum"
is "$sum" "recorded=$last repeated=0 lost=0 missing=0 torn=0 disordered=0" \
	"rotated 20 times: each event is one line"
balanced $last "rotated 20 times"
stop

kill $server
