#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each command that the guide names as the answer to a question gives that answer, as it
# stands there.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 600 --file Documentation/admin-guide.rst:/guide.rst
# shellcheck disable=SC1091
. /tests/lib.sh

# What each of them says, as a pattern, behind its exit status.
declare -A answers=(
	["dronefence"]='0 policy +questions'
	["dronefence apps"]='0 qgroundcontrol'
	["dronefence doctor"]='0 qgroundcontrol +enforced'
	["dronefence explain qgroundcontrol 47.91.161.230"]='10 policy\.yaml:[0-9]+'
	["dronefence replay next.yaml --since 7d"]='14 223\.5\.5\.5'
	["dronefence log --type policy --since 30d"]='0 questions.* uid=0'
	["dronefence top --once"]='0 sealed'
	["dronefence explain qgroundcontrol 192.168.42.1:14550/udp"]='0 allow'
	['dronefence report --flight "field 7"']='0 2 attempts were denied'
	["dronefence log --application qgroundcontrol --country CN"]='0 223\.5\.5\.5'
	["dronefence log --set prc-clouds"]='0 47\.91\.161\.230'
	["dronefence log --type policy --json"]='0 "geo":"[^"]*2026-06-25'
	["dronefence log --type loss"]='0 ^$'
	["dronefence log --verify"]='0 intact'
	["dronefence local-data-mode verify qgroundcontrol"]='1 223\.5\.5\.5'
	["dronefence log --since today --verdict deny --json"]='0 "daddr":"223\.5\.5\.5"'
	["dronefence flows --application qgroundcontrol"]='0 8\.8\.8\.8'
	["dronefence log --type request-refused"]='0 uid=1000'
	["dronefence log --type daemon"]='0 unclean'
	["dronefence log --type stray"]='0 Ground'
	["dronefence doctor --ways-out"]='0 AF_PACKET|packet sockets'
	["dronefence history"]='0 questions'
	["dronefence metrics"]='0 ^dronefence_module_loaded 1'
)
# shellcheck disable=SC2016
sed -n '/^One command for each question/,/^Name a flight/s/^     - ``\(dronefence.*\)``$/\1/p' \
	/guide.rst >/tmp/commands
mapfile -t commands </tmp/commands
daemon=''

setup_world
ip -n world addr add 47.91.161.230/32 dev lo
setup_geo
mkdir -p /var/lib/dronefence /etc/dronefence /opt/qgc /sys/fs/cgroup/other
cp /usr/bin/bash /opt/qgc/Ground
cat >/etc/dronefence/policy.yaml <<END
version: 1
name: questions
geo: { country: "tor-geoipdb:/tmp/geo", max-age: none }
sets:
  prc-clouds: { networks: [47.91.161.0/24] }
profiles:
  p:
    rules:
      - { deny: { located-in: CN }, log: new }
      - { deny: { network: prc-clouds }, log: new }
    default: allow
    log: new
applications:
  qgroundcontrol: { match: { executable: /opt/qgc/* }, profile: p, strays: report }
END
cd /tmp || exit
sed '/located-in/d' /etc/dronefence/policy.yaml >next.yaml

start() {
	dronefenced --sink none --store /var/lib/dronefence/store.db 2>>daemon.err &
	daemon=$!
	wait_for [ -S /run/dronefence/control ]
}

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=60

has_type() { dronefence log --type "$1" --json 2>/dev/null | grep -q .; }

plan $((${#commands[@]} + 1))
is "${#commands[@]}" "${#answers[@]}" "the guide and this test name as many commands"

# It runs before there is a fence.
mkfifo end
(
	echo $BASHPID >/sys/fs/cgroup/other/cgroup.procs
	exec /opt/qgc/Ground -c 'read -r _ <end'
) &
stray=$!
modprobe dronefence
dronefence limits idle-tcp-opening=1s idle-udp=600s >/dev/null
start
wait_for has_type stray
echo >end
wait $stray
kill -KILL $daemon
wait $daemon 2>/dev/null
rm /run/dronefence/control
start
setpriv --reuid 1000 --clear-groups dronefence apply next.yaml 2>/dev/null
dronefence local-data-mode declare qgroundcontrol on
dronefence flight start "field 7"
/opt/qgc/Ground -c ': >/dev/tcp/223.5.5.5/443
	echo x >/dev/udp/47.91.161.230/9
	echo x >/dev/udp/8.8.8.8/4711' 2>/dev/null
dronefence flight stop
wait_for has_type flow-end
wait_for has_type request-refused
/opt/qgc/Ground -c 'read -r _ <end' &
wait_for grep -q dronefence.slice /proc/$!/cgroup

for command in "${commands[@]}"; do
	read -r status pattern <<<"${answers[$command]:-0 is not in this test}"
	eval "$command" >answer 2>&1
	got=$?
	[ -s answer ] || echo >answer
	if [ $got = "$status" ] && grep -qE "$pattern" answer; then
		ok 1 "$command"
	else
		ok 0 "$command: status $got"
		sed 's/^/# /' answer
	fi
done
echo >end
kill $daemon
