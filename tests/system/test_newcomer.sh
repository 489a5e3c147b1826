#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Documentation/first-hour.rst, line by line as it stands there, by root and by the pilot,
# on a Debian 12 that has nothing of ours but the packages. What counts is what arrives.
#
# Under emulation DKMS takes ten minutes to build the module, so the packages are installed
# before the machine is started; with DRONEFENCE_LONG=1 they are purged, and the page
# installs them.
#
# only: 6.1
# apt: python3
# host: scripts/build-deb.sh
# host: scripts/doc-commands.py build/doc-commands
# host: tests/system/newcomer.sh
# vm: --packages build/newcomer --memory 2048 --timeout 3600 --module fuse
# vm: --module nf_reject_ipv4 --module nf_reject_ipv6
# vm: --file build/doc-commands:/tests/doc-commands --file build/deb:/root/packages
# vm: --file build/newcomer/QGroundControl.AppImage:/QGroundControl.AppImage
# vm: --bin build/tests/peer
# shellcheck disable=SC1091,SC2016,SC2034
. /tests/lib.sh
. /tests/typed.sh

# Seconds that wait_for waits.
patience=120
typist=$(id -nu 1000)
arrived=/tmp/arrived
drone=192.168.42.1
vendors="47.91.161.230 223.5.5.5"

bytes() { awk -v a="$1" '$1 == a { n = $2 } END { print n + 0 }' $arrived; }
at_vendors() {
	local a sum=0
	for a in $vendors; do sum=$((sum + $(bytes "$a"))); done
	echo $sum
}
state() { dronefence status --json | field state; }
has_type() { dronefence log --type "$1" --json 2>/dev/null | grep -q .; }
# What a section left, before the next one.
said() { cat /tmp/said; }

plan 54
setup_world
ip -n world addr add 47.91.161.230/32 dev lo
ip netns exec world peer serve $arrived &
peer=$!
wait_for [ -e $arrived ]
modprobe fuse
chmod 666 /dev/fuse
install -o "$typist" -m 755 /QGroundControl.AppImage "$(getent passwd "$typist" | cut -d : -f 6)/"
cd /root/packages || exit
echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes
export DEBIAN_FRONTEND=noninteractive
if [ -n "$DRONEFENCE_LONG" ]; then
	dpkg -P dronefence dronefence-dkms >/dev/null
	rmmod dronefence
else
	note "the packages, and the module that DKMS built, are there already"
fi

begin=$SECONDS
typed first-hour.rst Install 0 0 3
is "$(state)" open "nothing is in force"

typed first-hour.rst Watch 0 0 0 0 0 3
is "$(state)" audit "it is watched"
ok "$(($(bytes $drone) > 0))" "the aircraft heard the pilot"
before=$(at_vendors)
ok "$((before > 0))" "and so did the vendors"

wait_for has_type verdict
typed first-hour.rst "What would it deny?" 0 0 11 10
contains "$(said)" 47.91.161.230 "a stricter policy would have refused the vendor"

flown=$(bytes $drone)
typed first-hour.rst Enforce 0 0 0 0 0 0
is "$(state)" enforcing "it is enforced"
contains "$(said)" "refused" "the vendor is refused"
is "$(at_vendors)" "$before" "and not a byte has arrived there"
ok "$(($(bytes $drone) > flown))" "the aircraft hears the pilot"

has_denials() { [ "$(dronefence log --verdict deny --type verdict --json | grep -c '"mode":"enforce"')" = 2 ]; }
wait_for has_denials
is $? 0 "both attempts are recorded"
typed first-hour.rst "The evidence" 0 10
contains "$(dronefence log --since today --verdict deny)" 47.91.161.230 "by address"
contains "$(cat first-hour.html)" 47.91.161.230 "the report has it"

typed first-hour.rst "Before a flight"
note "all of the page: $((SECONDS - begin)) s"
kill $peer
