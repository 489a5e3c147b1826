#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A program asks for a name and sends to the address that it got: the records
# have the name, with both families, from a resolver on the machine itself, and
# by a VLAN. Answers made to do harm do none.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 600 --bin build/tests/name_server --module 8021q?
# shellcheck disable=SC1091
. /tests/lib.sh

if [ ! -e /proc/sys/kernel/seccomp ]; then
	echo "1..0 # SKIP this kernel has no seccomp, so nobody listens"
	exit
fi

state=/tmp/state
json=/tmp/events.json
cn=223.5.5.5
cn6=2400:3200::1
us=8.8.8.8
daemon=''

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed -i 's/    default: allow/&\n    log: new/' /tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $state
ip link add link veth0 name vlan0 type vlan id 5
ip -n world link add link veth1 name vlan1 type vlan id 5
ip addr add 10.8.0.1/24 dev vlan0
ip -n world addr add 10.8.0.2/24 dev vlan1
ip link set vlan0 up
ip -n world link set vlan1 up

ip netns exec world name_server serve 10.9.0.2 $cn &
ip netns exec world name_server serve fd00:9::2 $cn6 &
ip netns exec world name_server serve 10.8.0.2 192.168.42.1 &
name_server serve 127.0.0.53 $us &

app() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		"$@"
	)
}

connect() { # ADDRESS
	app bash -c ": >/dev/tcp/$1/80" 2>/dev/null
}

# Asks, gives whoever listens the time to hear it, and connects.
ask_and_connect() { # SERVER NAME ADDRESS
	app name_server ask "$1" "$2" || note "no answer from $1"
	sleep 1
	connect "$3"
}

start() {
	dronefenced --policy /tmp/policy.yaml --sink none --json $json \
		--state-dir $state "$@" 2>/tmp/daemon.err &
	daemon=$!
}

is_enforced() { dronefence status >/dev/null 2>&1; }

# The process of the daemon that listens.
listener() {
	local pid
	for pid in $(</proc/$daemon/task/$daemon/children); do
		grep -q '^Seccomp:.2' "/proc/$pid/status" 2>/dev/null && echo "$pid" && return
	done
	return 1
}

# Records of a type and an address with this as their name, as JSON has it.
has() { # TYPE ADDRESS NAME
	grep "\"type\":\"$1\"" $json | grep "\"daddr\":\"$2\"" |
		grep -qF "\"dns\":\"$3\""
}

nameless() { # ADDRESS
	grep '"type":"verdict"' $json | grep "\"daddr\":\"$1\"" | grep -qv '"dns":'
}

# On a busy machine a name may be learnt after the record of the connection is
# written, which then has none: then once more, with more time.
hears() { # SERVER NAME ADDRESS [NAME AS JSON HAS IT]
	local patience
	# shellcheck disable=SC2034
	for patience in 5 10 20; do
		ask_and_connect "$1" "$2" "$3" >&2
		wait_for has verdict "$3" "${4:-$2}" && return 0
	done
	return 1
}

plan 19

modprobe dronefence
start
wait_for is_enforced
dronefence limits idle-tcp-opening=1s >/dev/null
ok "$(wait_for listener >/dev/null && echo 1)" "somebody listens"
child=$(listener)
contains "$(cat "/proc/$child/status")" "Seccomp:	2" "and can do nothing else"
connect $cn
ok "$(wait_for nameless $cn && echo 1)" "not asked for: no name"

ok "$(hears 10.9.0.2 Gateway.Vendor.example $cn gateway.vendor.example && echo 1)" \
	"asked for: the verdict has the name"
ok "$(wait_for has flow-end $cn gateway.vendor.example && echo 1)" \
	"and so has the end of the flow"
ok "$(hears fd00:9::2 six.vendor.example $cn6 && echo 1)" "over IPv6"
ok "$(hears 127.0.0.53 maps.example $us && echo 1)" \
	"from a resolver on the machine"
ok "$(hears 10.8.0.2 vlan.example 192.168.42.1 && echo 1)" "by a VLAN"

ok "$(hears 10.9.0.2 other.vendor.example $cn && echo 1)" \
	"the same address with another name: the newer one"
harm='<b>\x1b[31m\x0a","verdict":"allow'
name='\\x3cb\\x3e\\x1b\\x5b31m\\x0a\\x22\\x2c\\x22verdict\\x22\\x3a\\x22allow'
ok "$(hears 10.9.0.2 "$harm" $cn "$name" && echo 1)" "a name made to do harm is escaped"
is "$(grep -c $'\x1b' $json)" 0 "no escape sequence gets into the log"
is "$(grep -vc '^{.*}$' $json)" 0 "and no line end"

for server in 10.9.0.2 fd00:9::2 127.0.0.53 10.8.0.2; do
	app name_server ask $server garbage.example
done
sleep 1
is "$(listener)" "$child" "garbage: who listens goes on"
ok "$(hears 10.9.0.2 after.vendor.example $cn && echo 1)" "and hears"

kill -KILL "$child"
is_another() { [ "$(listener)" ] && [ "$(listener)" != "$child" ]; }
ok "$(wait_for is_another && echo 1)" "killed: it is started again"
ended='names of hosts are not learnt: the process was ended by signal 9'
ok "$(wait_for grep -q "$ended" $json && echo 1)" "and that is told"
ok "$(hears 10.9.0.2 again.vendor.example $cn && echo 1)" "and it hears again"
kill -TERM $daemon
wait $daemon

rm $json
start --no-policy --no-dns
wait_for test -s $json
ask_and_connect 10.9.0.2 quiet.vendor.example $cn
ok "$(wait_for nameless $cn && echo 1)" "told not to: no name"
is "$(listener)" "" "told not to: nobody listens"
kill -TERM $daemon
wait $daemon
