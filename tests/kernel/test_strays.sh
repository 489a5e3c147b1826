#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs of applications that run outside of them: the daemon finds them, tells
# of each once, and does what the policy says and nothing to anybody else.
#
# vm: --timeout 600 --module tcp_diag --module udp_diag
# shellcheck disable=SC1091
. /tests/lib.sh

json=/tmp/events.json
daemon=''

setup_world
setup_geo
mkdir -p /tmp/state /opt/s /opt/other /sys/fs/cgroup/other
for program in rep ado kil bystander; do
	cp "$(command -v busybox)" /opt/s/$program
done
cp "$(command -v bash)" /opt/s/shell
ln /opt/s/rep /opt/other/link
cp /opt/s/rep /opt/other/copy

policy() { # STRAYS of the application "rep"
	cat >/tmp/policy.yaml <<-END
		version: 1
		name: test
		geo: { country: "tor-geoipdb:/tmp/geo", max-age: none }
		profiles: { p: { default: allow } }
		applications:
		  rep: { match: { executable: /opt/s/rep }, profile: p, strays: $1 }
		  ado:
		    match: [ executable: /opt/s/ado, executable: /opt/s/shell ]
		    profile: p
		    strays: adopt
		  kil: { match: { executable: /opt/s/kil }, profile: p, strays: kill }
		  usr: { match: { user: 4001 }, profile: p }
	END
}

# run PROGRAM: in a cgroup that is no application's; sets $!.
run() {
	(
		echo $BASHPID >/sys/fs/cgroup/other/cgroup.procs
		exec -a sleep "$1" 1000
	) &
}

start() {
	dronefenced --policy /tmp/policy.yaml --sink none --json $json \
		--state-dir /tmp/state 2>/tmp/daemon.err &
	daemon=$!
}

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=30

# Records of a process.
records() { tr -d ' ' <$json | grep '"type":"stray"' | grep "\"pid\":$1,"; }
has_record() { records "$1" >/dev/null; }
count() { records "$1" | wc -l; }
cgroup() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
in_cgroup() { [ "$(cgroup "$1")" = "$2" ]; }
# Is the socket of the shell connected?
sockets() { grep -c " ${socket//[!0-9]/} " /proc/net/udp; }
is_dead() { ! kill -0 "$1" 2>/dev/null; }

plan 25

# Before there is a policy: nobody is placed.
policy report
run /opt/s/rep
rep=$!
run /opt/s/ado
ado=$!
run /opt/s/kil
kil=$!
run /opt/s/bystander
bystander=$!
run /opt/other/link
link=$!
run /opt/other/copy
copy=$!
(
	echo $BASHPID >/sys/fs/cgroup/other/cgroup.procs
	# shellcheck disable=SC2016
	exec /opt/s/shell -c 'exec 3<>/dev/udp/8.8.8.8/9; while :; do sleep 1; done'
) &
shell=$!
setpriv --reuid 4001 --regid 4001 --clear-groups bash -c 'exec -a sleep /opt/s/kil 1000' &
of_user=$!
all_run() {
	local pid
	for pid in $rep $ado $kil $bystander $link $copy $shell $of_user; do
		[[ $(readlink "/proc/$pid/exe") == /opt/* ]] || return 1
	done
	[[ $(readlink "/proc/$shell/fd/3") == socket:* ]]
}
wait_for all_run
socket=$(readlink /proc/$shell/fd/3)
is "$(sockets)" 1 "the program that will be adopted has a socket"
modprobe dronefence
start

ok "$(wait_for has_record $rep && echo 1)" "report: it is told of"
contains "$(records $rep)" '"stray":"report","app":"rep"' "report: and whose it is"
contains "$(records $rep)" '"exe":"/opt/s/rep"' "report: and what it runs"
is "$(cgroup $rep)" /other "report: it is where it was"
ok "$(wait_for in_cgroup $ado /dronefence.slice/ado && echo 1)" "adopt: it is in the application's cgroup"
ok "$(wait_for has_record $ado && echo 1)" "adopt: it is told of"
contains "$(records $ado)" '"stray":"adopt","app":"ado"' "adopt: as adopted"
is "$(records $ado | grep -c error)" 0 "adopt: without an error"
ok "$(wait_for in_cgroup $shell /dronefence.slice/ado && echo 1)" "adopt: another program of it, too"
is "$(sockets)" 0 "adopt: its socket is ended"
ok "$(wait_for is_dead $kil && echo 1)" "kill: it is dead"
ok "$(wait_for has_record $kil && echo 1)" "kill: it is told of"
contains "$(records $kil)" '"stray":"kill","app":"kil"' "kill: as killed"
is "$(cgroup $bystander)" /other "a bystander is where it was"
is "$(count $bystander)" 0 "and nobody tells of it"
ok "$(is_dead $of_user || echo 1)" "one that is an application's by its user is left alone"

# By another name of the same file, and not by a copy.
run /opt/s/rep
placed=$!
ok "$(wait_for has_record $link && echo 1)" "another name of the same file is found"
contains "$(records $link)" '"exe":"/opt/other/link"' "and told of by that name"
ok "$(wait_for in_cgroup $placed /dronefence.slice/rep && echo 1)" "one that was placed"
sleep 6
is "$(count $placed)" 0 "is no stray"
is "$(count $copy)" 0 "nor is a copy"
is "$(count $rep)" 1 "each is told of once"

policy adopt
kill -HUP $daemon
ok "$(wait_for in_cgroup $rep /dronefence.slice/rep && echo 1)" "after a reload the new policy holds"
is_told_twice() { [ "$(count $rep)" = 2 ]; }
wait_for is_told_twice
kill $daemon
wait $daemon
is "$(count $rep)" 2 "and that is told of, too"

for pid in $rep $ado $bystander $shell $of_user $link $copy $placed; do
	kill -KILL "$pid" 2>/dev/null
done
rmmod dronefence
