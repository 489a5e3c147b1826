#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Records against who counts otherwise: each of many short connections has its
# records, a reader that stands still is told exactly what it missed, the bytes of
# a flow are those that arrived, and all of it in little memory.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 3600 --memory 2560 --bin nft --module nf_tables
# apt: nftables
# vm: --bin build/tests/syn_flood --bin build/tests/traffic
# shellcheck disable=SC1091
. /tests/lib.sh
# shellcheck disable=SC1091
. /tests/tally.sh

us=8.8.8.8
cn=223.5.5.5
port=7000
connections=1000
[ "$DRONEFENCE_LONG" != 1 ] || connections=100000
# More of the daemon and its writer together would be a leak.
memory_limit=65536
here=/tmp/here
json=$here/events.json
store=$here/store.db
daemon=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed -i 's/    default: allow/&\n    log: new/' /tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $here
ip netns exec world traffic serve $port /tmp/served &
server=$!
modprobe dronefence
dronefence apply /tmp/policy.yaml >/dev/null
dronefence limits idle-tcp-opening=1s idle-tcp-closing=1s idle-udp=5s >/dev/null

as_app() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		exec "$@"
	)
}

start() {
	dronefenced --no-policy --sink none --state-dir $here/state "$@" 2>>$here/err &
	daemon=$!
}

stop() {
	kill -TERM $daemon
	wait $daemon
}

status() { dronefence status --json | field "$1"; }
last_seq() { echo $(($(status events.next) - 1)); }
log() { dronefence log --store $store "$@"; }

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=60

in_json() { tail -n 200 $json 2>/dev/null | grep -q "\"seq\":$1,"; }
in_store() { log --json --limit 200 --reverse 2>/dev/null | grep -q "\"seq\":$1,"; }
no_flows() { [ "$(status flows.kept)" = 0 ]; }

family() { # of the daemon: itself and its children
	echo "$daemon"
	tr ' ' '\n' <"/proc/$daemon/task/$daemon/children"
}

peak_memory() {
	local pid
	for pid in $(family); do
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"
	done | awk '{ n += $1 } END { print n }'
}

# Hundredths of a second.
cpu_time() {
	local pid
	for pid in $(family); do
		sed 's/.*) //' "/proc/$pid/stat"
	done | awk '{ n += $12 + $13 } END { print n }'
}

uptime() { awk '{ printf "%d\n", $1 * 100 }' /proc/uptime; }

plan 30

# --- each connection
start --json $json --store $store
wait_for test -s $store
log --follow --json >$here/followed &
follower=$!
begin=$(uptime)
cpu=$(cpu_time)
as_app traffic connect $us $port $connections
took=$(($(uptime) - begin))
wait_for no_flows
last=$(last_seq)
ok "$(wait_for in_store "$last" && echo 1)" "the newest event is in the store"
cpu=$(($(cpu_time) - cpu))
wait_for in_json "$last"
note "$((connections * 100 / took)) connections and $((last * 100 / took)) events a second," \
	"the daemon and its writer: $((cpu * 100 / took)) % of a processor, $(peak_memory) kB"
ok "$(($(peak_memory) < memory_limit))" "the daemon and its writer take less than $memory_limit kB"
is "$(cut -d ' ' -f 1 /tmp/served)" $connections "as many connections as were made"
is "$(status flows.created)" $connections "as many flows as connections"
is "$(status events.suppressed)" 0 "nothing was too much to be recorded"
log --json >$here/stored
for form in stored events.json; do
	is "$(tally "$last" <$here/$form)" \
		"recorded=$last repeated=0 lost=0 missing=0 torn=0 disordered=0" \
		"$form: each event once"
	is "$(grep -c '"type":"verdict".*"dport":7001,' $here/$form)" $connections \
		"$form: a verdict for each connection"
	is "$(grep -c '"type":"flow-end".*"dport":7001,' $here/$form)" $connections \
		"$form: and an end"
done
log --verify >/dev/null
is $? 0 "the store is intact"
in_followed() { tail -n 200 $here/followed | grep -q "\"seq\":$1,"; }
events() { grep '"seq":' $here/"$1" | md5sum; }
wait_for in_followed "$last"
is "$(events followed)" "$(events stored)" "who follows the log has seen the same"
kill $follower

# --- bytes of each flow, and who counts them where they arrive
count_anew() {
	ip netns exec world nft -f - <<-END
	table inet count
	delete table inet count
	table inet count {
		chain input {
			type filter hook input priority 0;
			ip daddr $us tcp dport $port counter comment "tcp"
			ip daddr $us udp dport $port counter comment "udp"
		}
	}
	END
}

arrived() { # COMMENT: packets and bytes
	ip netns exec world nft list table inet count |
		sed -n "s/.*packets \([0-9]*\) bytes \([0-9]*\) comment \"$1\"/\1 \2/p"
}

# Of the flow that ended last: packets and bytes that passed.
recorded() { # PROTOCOL
	log --json --type flow-end --port $port --reverse |
		sed -n "/\"proto\":\"$1\"/{s/.*\"packets\":\([0-9]*\),\"bytes\":\([0-9]*\),.*/\1 \2/p;q}"
}

payload() { cut -d ' ' -f "$1" /tmp/served; }

# wait_for counted FIELD NUMBER
counted() { [ "$(payload "$1")" = "$2" ]; }

ended() {
	no_flows && in_store "$(last_seq)"
}

compare() { # DESCRIPTION PROTOCOL COMMAND...
	local description=$1 protocol=$2
	shift 2
	count_anew
	as_app "$@"
	wait_for ended
	is "$(recorded "$protocol")" "$(arrived "$protocol")" \
		"$description: packets and bytes of the record are those that arrived"
}

# Headers of TCP over IPv4 without options are 40 bytes, with time stamps 52, of
# the first packet 60; a packet that is cut up later counts once.
before=$(payload 2)
compare "TCP" tcp traffic tcp $us $port 3000000
ok "$(wait_for counted 2 $((before + 3000000)) && echo 1)" "TCP: all of it was read"
read -r packets bytes <<<"$(recorded tcp)"
note "TCP, cut up late: $packets packets, $bytes bytes, headers $((bytes - 3000000))"
ok "$((bytes - 3000000 >= packets * 40 && bytes - 3000000 <= packets * 60))" \
	"TCP: the rest are 40 to 60 bytes of headers a packet"
ok "$((packets < 3000000 / 1448))" "TCP: packets were cut up late"

ip link set dev veth0 gso_max_segs 1
compare "TCP, whole packets" tcp traffic tcp $us $port 3000000
read -r packets bytes <<<"$(recorded tcp)"
note "TCP, whole: $packets packets, $bytes bytes, headers $((bytes - 3000000))"
ok "$((packets > 3000000 / 1448))" "TCP, whole packets: no packet is cut up"
ok "$((bytes - 3000000 >= packets * 40 && bytes - 3000000 <= packets * 60))" \
	"TCP, whole packets: the rest are 40 to 60 bytes of headers a packet"
ip link set dev veth0 gso_max_segs 65535

# Of UDP the headers are 28 bytes.
before=$(payload 4) datagrams=$(payload 3)
compare "UDP" udp traffic udp $us $port 500 700
is "$(recorded udp)" "500 $((500 * 728))" "UDP: 28 bytes of headers a packet"
wait_for counted 3 $((datagrams + 500))
is "$(($(payload 3) - datagrams)) $(($(payload 4) - before))" "500 350000" "UDP: and all of it was read"

# Ten at a time share the header: 252 bytes less than on a wire.
before=$(payload 4) datagrams=$(payload 3)
compare "UDP, cut up late" udp traffic gso $us $port 300 700
is "$(recorded udp)" "300 $((300 * 7028))" "UDP, cut up late: 28 bytes of headers for ten"
wait_for counted 3 $((datagrams + 3000))
is "$(($(payload 3) - datagrams)) $(($(payload 4) - before))" "3000 2100000" \
	"UDP, cut up late: and all ten were read"
stop

# --- a reader that stands still; the events begin anew with the module
rmmod dronefence
modprobe dronefence
dronefence apply /tmp/policy.yaml >/dev/null
dronefence limits idle-tcp-opening=1s >/dev/null
mkfifo $here/pipe
start --json $here/pipe
exec 7<$here/pipe
as_app syn_flood $cn 10000
wait_for no_flows
last=$(last_seq)
cat <&7 >$here/read &
reader=$!
exec 7<&-
reads_last() { grep -q "\"seq\":$last," $here/read; }
ok "$(wait_for reads_last && echo 1)" "a reader that stood still gets the newest event"
stop
wait $reader
sum=$(tally "$last" <$here/read)
note "a reader that stood still: of $last $sum"
lost=$(part lost <<<"$sum")
ok "$((lost > 0))" "and was too slow for all of them"
is "${sum#* lost=* }" "missing=0 torn=0 disordered=0" "and what it missed is recorded"
is "$(sed -n 's/.*"type":"loss".*"count":\([0-9]*\).*/\1/p' $here/read |
	awk '{ n += $1 } END { print n + 0 }')" "$lost" "exactly, by number"
kill $server
