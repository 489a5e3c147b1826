#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The daemon and its keeper as the units that are installed, under the systemd of a
# Debian: what each may do, what they must reach through their own restrictions, what
# one does without the other, and what journalctl tells of it.
#
# vm: --system --timeout 1800 --memory 2048 --bin build/tests/name_server
# shellcheck disable=SC1091
. /tests/lib.sh

setup_world
modprobe dronefence
systemd-sysusers
pilot=$(id -nu 1000)
home=$(getent passwd 1000 | cut -d : -f 6)
program=$home/Apps/QGroundControl.AppImage
mkdir -p /etc/dronefence "$home/Apps"
cp /bin/bash "$program"
chown -R "$pilot" "$home"
chmod 700 "$home"
cat >/etc/dronefence/policy.yaml <<END
version: 1
name: unit
profiles:
  p: { rules: [ { deny: [223.5.0.0/16], log: new } ], default: allow }
applications:
  qgc:
    match: { executable: $home/Apps/*.AppImage, copies: true }
    profile: p
    strays: adopt
END
journalctl --update-catalog

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=60

status() { dronefence status --json | field "$1"; }
pinned() { [ "$(dronefence apps --json | grep -c '"pins": 1')" = 1 ]; }
as_pilot() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
in_journal() { journalctl -q -x -t dronefenced "$@" | grep -q .; }
main_pid() { systemctl show -P MainPID "$1"; }
status_of() { sed -n "s/^$2:\t\([^\t]*\).*/\1/p" "/proc/$(main_pid "$1")/status"; }
capabilities() { echo "$(status_of "$1" CapPrm) $(status_of "$1" CapEff) $(status_of "$1" CapBnd)"; }
logged() { dronefence log --json "${@:2}" | tr -d ' ' | grep -q "$1"; }

# at_most UNIT SCORE DESCRIPTION
at_most() {
	local score
	score=$(systemd-analyze security --no-pager "$1" | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
	note "systemd-analyze security $1: $score"
	ok "$(awk -v score="${score:-10}" -v most="$2" 'BEGIN { print score <= most }')" "$3"
}

# Everything that the daemon's user has.
as_daemon() {
	setpriv --reuid dronefenced --regid dronefenced --clear-groups \
		--bounding-set -all,+net_admin --inh-caps -all,+net_admin --ambient-caps +net_admin \
		--no-new-privs "$@"
}

mkfifo -m 644 /tmp/never
# A program of the application that was moved out of it; its number is in $stray.
start_stray() {
	setpriv --reuid 1000 --regid 1000 --clear-groups "$program" -c 'read -r _ </tmp/never' &
	stray=$!
	wait_for in_cgroup /dronefence.slice/qgc
	mkdir -p /sys/fs/cgroup/elsewhere
	echo "$stray" >/sys/fs/cgroup/elsewhere/cgroup.procs
}
in_cgroup() { [ "$(cat "/proc/$stray/cgroup")" = "0::$1" ]; }
stray=''

plan 49

# As an older version leaves it: what is kept is root's.
dronefence apply /etc/dronefence/policy.yaml >/dev/null
systemctl start dronefenced
is $? 0 "the unit starts"
is "$(find /var/lib/dronefence ! -user dronefenced)" "" "and has what root kept before"
is "$(systemctl show -P StatusErrno dronefenced)" 0 "without an error"
is "$(status policy.name)" unit "its policy is in force"
wait_for pinned
is $? 0 "a file in a home that is closed to others is pinned"

# --- who may do what: CAP_NET_ADMIN; and that, CAP_DAC_READ_SEARCH, CAP_KILL,
# CAP_NET_RAW and CAP_SYS_PTRACE.
is "$(status_of dronefenced Uid)" "$(id -u dronefenced)" "the daemon has a user of its own"
is "$(capabilities dronefenced)" "0000000000001000 0000000000001000 0000000000001000" \
	"and may ask the kernel module"
is "$(status_of dronefence-keeper Uid)" 0 "its keeper is root"
is "$(capabilities dronefence-keeper)" "0000000000083024 0000000000083024 0000000000083024" \
	"with what it needs"
at_most dronefenced 2.0 "the daemon is exposed little"
at_most dronefence-policy 2.0 "and so is who loads the policy"
at_most dronefence-keeper 2.5 "the keeper a little more"
keeper=$(main_pid dronefence-keeper)
as_daemon sh -c "echo \$\$ >/sys/fs/cgroup/dronefence.slice/qgc/cgroup.procs" 2>/dev/null
ok "$((! $? == 0))" "the daemon's user cannot move a process"
as_daemon readlink "/proc/$keeper/exe" >/dev/null
ok "$((! $? == 0))" "or look into one"
as_daemon kill -0 "$keeper" 2>/dev/null
ok "$((! $? == 0))" "or signal one"
as_daemon ls "$home" >/dev/null 2>&1
ok "$((! $? == 0))" "or read a closed home"
as_daemon python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)' 2>/dev/null
ok "$((! $? == 0))" "or listen to the network"
connects='import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect("/run/dronefence-keeper")'
as_daemon python3 -c "$connects"
is $? 0 "it may ask the keeper"
as_pilot python3 -c "$connects" 2>/dev/null
ok "$((! $? == 0))" "others may not"

is "$(journalctl -q -o cat -t dronefenced -p warning DRONEFENCE_TYPE=message)" "" \
	"and there is nothing to complain about"

# Neither has a path that the policy names.
ln "$program" "$home/link"
is "$(as_pilot "$home/link" -c 'cat /proc/self/cgroup')" "0::/dronefence.slice/qgc" \
	"another name of the file is placed"
cp "$program" "$home/copy"
chown "$pilot" "$home/copy"
is "$(as_pilot "$home/copy" -c 'cat /proc/self/cgroup')" "0::/dronefence.slice/qgc" \
	"a copy is placed"
as_pilot "$home/link" -c 'echo x >/dev/udp/223.5.5.5/9' 2>/tmp/denied
ok "$(grep -q 'not permitted' /tmp/denied && echo 1)" "what it sends is refused"

denial="DRONEFENCE_TYPE=verdict DRONEFENCE_APP=qgc DRONEFENCE_DADDR=223.5.5.5"
# shellcheck disable=SC2086
wait_for in_journal $denial
is $? 0 "the journal has it"
# shellcheck disable=SC2086
contains "$(journalctl -q -x -t dronefenced $denial)" "Subject: Verdict on qgc to 223.5.5.5: deny" \
	"and explains it"

# --- what the daemon knows from its keeper
ip netns exec world name_server serve 10.9.0.2 223.5.5.6 &
server=$!
# The answer counts for what is sent after it was heard.
named() { logged '"daddr":"223.5.5.6".*"dns":"www.example"'; }
for pause in 2 5 10 20; do
	sleep 1
	name_server ask 10.9.0.2 www.example
	sleep $pause
	as_pilot "$program" -c "echo x >/dev/udp/223.5.5.6/9; sleep $((2 * pause)); :" 2>/dev/null
	patience=20 wait_for named && break
done
wait_for logged '"daddr":"223.5.5.6".*"exe":"'"$program"'"'
is $? 0 "a record has the program of another user"
named
is $? 0 "and the name of the host"
start_stray
wait_for in_cgroup /dronefence.slice/qgc
is $? 0 "a stray is adopted"
wait_for logged '"type":"stray".*"stray":"adopt".*"pid":'$stray
is $? 0 "and recorded"
kill $stray $server

dronefence flight start "first one"
is $? 0 "its socket answers"
dronefence flight stop
said() { dronefence log --type flight | grep -q "first one"; }
wait_for said
is $? 0 "and the store has what was said"

sed -i 's/name: unit/name: second/' /etc/dronefence/policy.yaml
systemctl reload dronefenced
has_policy() { [ "$(status policy.name)" = "$1" ]; }
wait_for has_policy second
is $? 0 "a reload puts another policy in force"
echo 'profiles: {' >>/etc/dronefence/policy.yaml
systemctl reload dronefenced
wait_for in_journal -p err -g "policy.yaml was not loaded; generation"
is $? 0 "a broken one is complained about"
is "$(status policy.name)" second "and the old one stays"
sed -i '$d' /etc/dronefence/policy.yaml

systemctl kill -s KILL dronefenced
as_pilot "$home/link" -c 'echo x >/dev/udp/223.5.5.5/9' 2>/tmp/denied
ok "$(grep -q 'not permitted' /tmp/denied && echo 1)" "without the daemon it is refused as well"
# Not while it loads its policy: another apply would meet that.
runs_again() { [ "$(systemctl show -P NRestarts dronefenced)" = 1 ] && systemctl is-active -q dronefenced && dronefence log --type daemon | grep -q unclean; }
wait_for runs_again
is $? 0 "the daemon is started again, and says how the last one ended"

is "$(main_pid dronefence-keeper)" "$keeper" "its keeper has gone on"

daemon=$(main_pid dronefenced)
systemctl kill -s KILL dronefence-keeper
dronefence apply /etc/dronefence/policy.yaml
is $? 0 "without the keeper a policy can be applied"
is "$(find /var/lib/dronefence ! -user dronefenced)" "" "what root keeps for that is the daemon's"
as_pilot "$home/link" -c 'echo x >/dev/udp/223.5.5.5/9' 2>/tmp/denied
ok "$(grep -q 'not permitted' /tmp/denied && echo 1)" "and is enforced"
new_keeper() { [ "$(main_pid dronefence-keeper)" -gt 1 ] && [ "$(main_pid dronefence-keeper)" != "$keeper" ]; }
wait_for new_keeper
is $? 0 "it is started again"
is "$(main_pid dronefenced)" "$daemon" "and the daemon has gone on"
start_stray
wait_for logged '"type":"stray".*"pid":'$stray
is $? 0 "the daemon hears from the new one"
kill $stray

# What the daemon's user leaves in the way of root.
mkdir /root/elsewhere
as_daemon sh -c 'cd /var/lib/dronefence && mv history kept && ln -s /root/elsewhere history'
dronefence apply /etc/dronefence/policy.yaml
is "$(ls /root/elsewhere)" "" "root writes nothing behind a link of the daemon's user"
as_daemon sh -c 'cd /var/lib/dronefence && rm history && mv kept history'

# One that hangs: the daemon says so, and goes on.
hangs() { journalctl -q -o cat -t dronefenced -g "the keeper does not answer" | wc -l; }
before=$(hangs)
tells() { [ "$(hangs)" -gt "$before" ]; }
systemctl kill -s STOP dronefence-keeper
wait_for tells
is $? 0 "of a keeper that hangs the daemon tells"
contains "$(systemctl show -P StatusText dronefenced)" "The keeper does not answer" "and its status says so"
dronefence flight start "second one"
is $? 0 "it still answers itself"
systemctl kill -s CONT dronefence-keeper

systemctl stop dronefenced
is "$(systemctl show -P Result dronefenced)" success "it ends in order"
start_stray
wait_for in_cgroup /dronefence.slice/qgc
is $? 0 "without the daemon the keeper goes on"
kill $stray
