#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a pilot may do without being root, and what he may not, with the unit as it is
# installed: each attempt to open the fence fails, and is recorded.
#
# vm: --system --timeout 1200 --memory 2048
# shellcheck disable=SC1091
. /tests/lib.sh

# Addresses that no policy below names; in the world there is somebody to answer.
us=8.8.8.8
cn=223.5.5.5
setup_world
modprobe dronefence
systemd-sysusers
pilot=$(id -nu 1000)
usermod -aG dronefence "$pilot"
useradd -M -u 1001 stranger
mkdir -p /etc/dronefence /opt/qgc
cp /bin/bash /opt/qgc/qgc
cat >/etc/dronefence/policy.yaml <<END
version: 1
name: field
unlock: 2min
profiles:
  field: { rules: [ { deny: [223.5.0.0/16], log: new } ], default: allow }
  quarantine: { default: deny, pilot: true }
applications:
  qgc: { match: { executable: /opt/qgc/qgc }, profile: field }
END
journalctl --update-catalog
systemctl start dronefenced

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=60

as() { # USER COMMAND...
	local groups=()
	[ "$1" = 1001 ] || groups=(dronefence)
	setpriv --reuid "$1" --regid "$1" --groups "$1${groups[0]:+,${groups[0]}}" "${@:2}"
}

as_pilot() { as 1000 "$@"; }

# One datagram; fails at once where it is denied.
sends() { as_pilot /opt/qgc/qgc -c "echo x >/dev/udp/$1/9" 2>/dev/null; }

recorded() { journalctl -q -t dronefenced "$@" | grep -q .; }
status() { dronefence status --json | field "$1"; }

plan 45

wait_for as_pilot dronefence local-data-mode status >/dev/null
is $? 0 "a pilot may ask how the fence stands"
contains "$(as_pilot dronefence local-data-mode status)" "qgc" "and sees his application"
sends $us
is $? 0 "as the policy says: one place is open"
sends $cn
is $? 1 "and another is not"

as_pilot dronefence local-data-mode on
is $? 0 "he switches local data mode on"
sends $us
is $? 1 "at once the place is shut"
sends 10.9.0.2
is $? 0 "and the local network is open"
ping -q -c 1 -W 5 $us >/dev/null
is $? 0 "others are not touched"
wait_for recorded DRONEFENCE_TYPE=switch DRONEFENCE_SWITCH=on DRONEFENCE_UID=1000
is $? 0 "it is recorded who did it"
contains "$(journalctl -q -x -t dronefenced DRONEFENCE_TYPE=switch)" "is switched on" "and explained"
contains "$(as_pilot dronefence local-data-mode status)" "switched to local-data-mode" "the status says it"

# --- off is not for him
as_pilot dronefence local-data-mode off 2>/tmp/err
is $? 1 "he cannot switch it off"
contains "$(cat /tmp/err)" "only root may switch that off" "and is told why"
wait_for recorded -p warning DRONEFENCE_TYPE=message -g "user 1000 asked to switch: refused"
is $? 0 "the attempt is recorded"
as_pilot dronefence local-data-mode on --profile quarantine 2>/tmp/err
is $? 1 "nor to another profile"
as 1001 dronefence local-data-mode status 2>/tmp/err
is $? 1 "who is no pilot is not answered"
contains "$(cat /tmp/err)" "only root and pilots may ask" "and told why"
as_pilot dronefence flight start x 2>/dev/null
is $? 6 "the socket of root is not for him"

# --- nor are the other ways
as_pilot systemctl --no-ask-password stop dronefenced 2>/tmp/err
ok "$((! $? == 0))" "he cannot stop the daemon"
as_pilot kill "$(systemctl show -P MainPID dronefenced)" 2>/dev/null
is $? 1 "or end it"
before=$(status requests.refused)
as_pilot dronefence apply /etc/dronefence/policy.yaml 2>/dev/null
ok "$((! $? == 0))" "or apply a policy"
as_pilot dronefence limits flows=1 2>/dev/null
is $? 6 "or talk to the kernel"
ok "$(($(status requests.refused) > before))" "the kernel counts it"
wait_for recorded DRONEFENCE_TYPE=request-refused DRONEFENCE_UID=1000
is $? 0 "and it is recorded"
as_pilot sh -c 'echo x >>/etc/dronefence/policy.yaml' 2>/dev/null
ok "$((! $? == 0))" "or change the policy"
as_pilot cp /bin/bash /opt/qgc/qgc 2>/dev/null
is $? 1 "or the program"
as_pilot sh -c 'echo x >/var/lib/dronefence/switches.json' 2>/dev/null
ok "$((! $? == 0))" "or what is switched"
mkdir -p /sys/fs/cgroup/elsewhere
as_pilot /opt/qgc/qgc -c "echo \$\$ >/sys/fs/cgroup/elsewhere/cgroup.procs" 2>/dev/null
ok "$((! $? == 0))" "or leave the group of the application"
sends $us
is $? 1 "after all of that the place is shut"

# --- it holds
systemctl kill -s KILL dronefenced
sends $us
is $? 1 "without the daemon"
ready() { [ "$(systemctl show -P NRestarts dronefenced)" = 1 ] && systemctl is-active -q dronefenced; }
wait_for ready
as_pilot dronefence local-data-mode status >/tmp/status
contains "$(cat /tmp/status)" "switched to local-data-mode" "the next daemon knows it"
dronefence apply /etc/dronefence/policy.yaml >/dev/null
applied=$?
sends $us
is "$applied $?" "0 1" "root applies the policy: it holds"
dronefence local-data-mode off
is $? 0 "root switches it off"
sends $us
is $? 0 "and the place is open"

# --- unlocking
as_pilot dronefence unlock 3min --reason "too long" 2>/tmp/err
is $? 1 "a pilot cannot unlock longer than the policy says"
wait_for recorded -p warning DRONEFENCE_TYPE=message -g "user 1000 asked to switch: refused: .*120 seconds at most"
is $? 0 "which is recorded"
as_pilot dronefence unlock 60s --reason "the caster moved"
is $? 0 "but shorter"
sends $cn
is $? 0 "then what is denied passes"
contains "$(as_pilot dronefence preflight)" "NO-GO" "and it is no time to fly"
wait_for recorded DRONEFENCE_TYPE=unlock DRONEFENCE_UNLOCK=begin DRONEFENCE_UID=1000
is $? 0 "it is recorded"
patience=150 wait_for recorded DRONEFENCE_TYPE=unlock DRONEFENCE_UNLOCK=end
is $? 0 "it ends by itself"
sends $cn
is $? 1 "and what is denied is shut"
as_pilot dronefence preflight >/tmp/preflight
is $? 0 "go"
sed 's/^/# /' /tmp/preflight
sed -i 's/unlock: 2min/unlock: never/' /etc/dronefence/policy.yaml
dronefence unlock 5s --reason "root" 2>/tmp/err
is $? 1 "where the policy says never root cannot either"
contains "$(cat /tmp/err)" "unlock: never" "and is told why"
