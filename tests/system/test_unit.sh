#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The daemon as the unit that is installed, under the systemd of a Debian: what it
# must reach through its own restrictions, and what journalctl tells of it.
#
# vm: --system --timeout 1200 --memory 2048
# shellcheck disable=SC1091
. /tests/lib.sh

setup_world
modprobe dronefence
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
  qgc: { match: { executable: $home/Apps/*.AppImage, copies: true }, profile: p }
END
journalctl --update-catalog

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=60

status() { dronefence status --json | field "$1"; }
pinned() { [ "$(dronefence apps --json | grep -c '"pins": 1')" = 1 ]; }
as_pilot() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
in_journal() { journalctl -q -x -t dronefenced "$@" | grep -q .; }

plan 18

systemctl start dronefenced
is $? 0 "the unit starts"
is "$(systemctl show -P StatusErrno dronefenced)" 0 "without an error"
is "$(status policy.name)" unit "its policy is in force"
wait_for pinned
is $? 0 "a file in a home that is closed to others is pinned"

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

dronefence flight start "first one"
is $? 0 "its socket answers"
dronefence flight stop
contains "$(dronefence log --type flight)" "first one" "and the store has what was said"

sed -i 's/name: unit/name: second/' /etc/dronefence/policy.yaml
systemctl reload dronefenced
has_policy() { [ "$(status policy.name)" = "$1" ]; }
wait_for has_policy second
is $? 0 "a reload puts another policy in force"
echo 'profiles: {' >>/etc/dronefence/policy.yaml
systemctl reload dronefenced
wait_for in_journal -p err DRONEFENCE_TYPE=message
is $? 0 "a broken one is complained about"
is "$(status policy.name)" second "and the old one stays"
sed -i '$d' /etc/dronefence/policy.yaml

systemctl kill -s KILL dronefenced
as_pilot "$home/link" -c 'echo x >/dev/udp/223.5.5.5/9' 2>/tmp/denied
ok "$(grep -q 'not permitted' /tmp/denied && echo 1)" "without the daemon it is refused as well"
runs_again() { [ "$(systemctl show -P NRestarts dronefenced)" = 1 ] && dronefence log --type daemon | grep -q unclean; }
wait_for runs_again
is $? 0 "the daemon is started again, and says how the last one ended"

systemctl stop dronefenced
is "$(systemctl show -P Result dronefenced)" success "it ends in order"
note "$(systemd-analyze security --no-pager dronefenced | tail -n 1)"
