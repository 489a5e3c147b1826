#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Records by way of two rsyslogds, one of them on another machine: with the
# configurations as they are shipped, the network gone for a while, and the server
# killed. All that the kernel counted is on the other machine.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 1500 --memory 1536 --bin nft --module nf_tables
# apt: nftables
# vm: --bin build/tests/traffic --bin build/tests/search_sink
# vm: --file build/rsyslog:/rsyslog --file userspace/rsyslog:/etc/rsyslog.d
# shellcheck disable=SC1091
. /tests/lib.sh
# shellcheck disable=SC1091
. /tests/tally.sh

us=8.8.8.8
port=7000
state=/tmp/state
received=/var/log/dronefence/dronefence-vm.log
client='' server='' search=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed -i 's/    default: allow/&\n    log: new/' /tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $state /tmp/client /tmp/server
mkdir -p ${received%/*}
echo "10.9.0.2 logserver" >>/etc/hosts
ip netns exec world traffic serve $port /tmp/served &
traffic=$!
modprobe dronefence
dronefence apply /tmp/policy.yaml >/dev/null

# As it says itself, with a search.
mkdir -p /tmp/etc
cp /etc/rsyslog.d/dronefence-{client,search}.conf /tmp/etc
sed 's/^\t#call dronefence-search$/\tcall dronefence-search/' \
	/etc/rsyslog.d/dronefence-server.conf >/tmp/etc/dronefence-server.conf
# What Debian's rsyslog.conf has of it.
for side in client server; do
	cat >/tmp/$side.conf <<-END
	module(load="imuxsock" sysSock.use="off")
	global(workDirectory="/tmp/$side")
	include(file="/tmp/etc/dronefence-$side.conf")
	END
done
echo 'include(file="/tmp/etc/dronefence-search.conf")' >>/tmp/server.conf

rsyslog() { # SIDE
	LD_LIBRARY_PATH=/rsyslog/lib/x86_64-linux-gnu:/rsyslog/usr/lib/x86_64-linux-gnu \
		exec /rsyslog/usr/sbin/rsyslogd -n -f "/tmp/$1.conf" -i "/tmp/$1.pid" \
		-M /rsyslog/usr/lib/x86_64-linux-gnu/rsyslog "${@:2}"
}

start_search() {
	nsenter --net=/run/netns/world search_sink 9200 /tmp/searched &
	search=$!
}

# Names of records that the search has, each once.
searched() { sed -n 's/.*"_id": *"\([^"]*\)".*/\1/p' /tmp/searched | sort -u; }

in_search() { searched | grep -q -- "-$1-"; }

start_client() {
	rsyslog client >>/tmp/client.err 2>&1 &
	client=$!
}

in_world() {
	# The server's host, as far as a network goes.
	exec nsenter --net=/run/netns/world bash -c "$(declare -f rsyslog); rsyslog $*"
}

start_server() {
	in_world server >>/tmp/server.err 2>&1 &
	server=$!
}

connect() { # COUNT
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		exec traffic connect $us $port "$1"
	)
}

last_seq() { echo $(($(dronefence status --json | field events.next) - 1)); }

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=180

# As the JSON lines that tally reads.
as_json() {
	sed -n 's/.* seq="\([0-9]*\)".*/{"seq":\1,}/p; s/.* type="loss".* first="\([0-9]*\)" last="\([0-9]*\)".*/{"type":"loss","count":1,"first":\1,"last":\2,}/p' \
		$received
}
has() { grep -qs " seq=\"$1\"" $received; }

lines() { wc -l <$received; }
has_lines() { [ "$(lines)" -ge "$1" ]; }

# What waited on the disk comes before or after what waited in memory.
has_all_of() { [ "$(as_json | tally "$1" | part missing)" = 0 ]; }

complete() { # DESCRIPTION
	local last sum
	last=$(last_seq)
	ok "$(wait_for has "$last" && echo 1)" "$1: the newest arrives"
	wait_for has_all_of "$last"
	sum=$(as_json | tally "$last")
	note "$1: of $last $sum"
	is "$(part recorded <<<"$sum") $(part missing <<<"$sum")" "$last 0" "$1: and all before it"
}

plan 26

rsyslog client -N 1 >/tmp/checked 2>&1 &
wait $!
is $? 0 "the client's configuration is correct"
rsyslog server -N 1 >>/tmp/checked 2>&1 &
wait $!
is $? 0 "the server's is"
is "$(grep -ci 'error\|warning' /tmp/checked)" 0 "without a remark"
sed 's/^/# /' /tmp/checked

start_server
start_search
start_client
wait_for test -S /run/dronefence-log
dronefenced --no-policy --sink syslog --syslog-socket /run/dronefence-log \
	--state-dir $state 2>/tmp/daemon.err &
daemon=$!
connect 20
complete "the way is free"

# The network is gone: nothing comes, and nobody says so.
ip netns exec world nft -f - <<END
table inet gone {
	chain input { type filter hook input priority 0; tcp dport 2514 drop; }
}
END
connect 200
gone=$(last_seq)
sleep 5
ok "$(has "$gone" || echo 1)" "the network is gone: nothing arrives"
ip netns exec world nft delete table inet gone
complete "the network is back"

# The server is killed, and what comes meanwhile waits on the disk.
kill -KILL $server
wait $server 2>/dev/null
connect 400
on_disk() { find /tmp/client -name 'dronefence.*' | grep -q .; }
ok "$(wait_for on_disk && echo 1)" \
	"the server is gone: the client keeps it on its disk"
connect 100
start_server
complete "the server is back"

ok "$(wait_for in_search "$(last_seq)" && echo 1)" "the search has it"

# The search is gone, and the files go on.
kill $search
wait $search 2>/dev/null
connect 100
complete "the search is gone"
ok "$(in_search "$(last_seq)" || echo 1)" "it does not have that"
start_search
ok "$(wait_for in_search "$(last_seq)" && echo 1)" "the search is back"
# What the daemon says itself has no number.
has_found() { searched | sed -n 's/^[^-]*-\([0-9][0-9]*\)-.*/\1/p' | wc -l; }
finds_all() { [ "$(has_found)" -ge "$(last_seq)" ]; }
wait_for finds_all
is "$(has_found)" "$(last_seq)" "and has each of them, under one name"
contains "$(grep '"app":' /tmp/searched | tail -n 1)" '"dronefence":{' "as fields"

# Killed while it writes: what it had acknowledged is in the file, the rest comes
# again.
: >/tmp/go-on
while [ -e /tmp/go-on ]; do
	connect 50
	sleep 1
done &
load=$!
killed=0
for ((i = 0; i < 5; i++)); do
	wait_for has_lines $(($(lines) + 50)) || break
	kill -KILL $server
	wait $server 2>/dev/null
	start_server
	killed=$((killed + 1))
done
rm /tmp/go-on
wait $load
is $killed 5 "the server was killed while it wrote"
complete "the server was killed 5 times"

is "$(as_json | grep -c loss)" 0 "nothing was recorded as lost"

# What one asks such a file.
is "$(grep -c 'type="verdict".* verdict="allow"' $received)" "$(grep -c '\] verdict=allow' $received)" \
	"asked for verdicts"
is "$(grep -c 'type="flow-end".* app="app"' $received)" "$(grep -c '\] end=reset app=app' $received)" \
	"asked for an application"
is "$(grep -cE 'type="(loss|instance)"' $received)" 0 "asked for what is missing"
ok "$(grep -q 'type="message".*started' $received && echo 1)" "asked for the daemon's messages"

kill $daemon $client $server $search $traffic
