#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A machine that trusts keys takes only policies that are signed by one and not older
# than the last; whatever it refuses, the policy in force stays.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 600 --bin openssl
# shellcheck disable=SC1091
. /tests/lib.sh

policy=/etc/dronefence/policy.yaml
setup_world
setup_geo
mkdir -p /etc/dronefence/trusted /var/lib/dronefence
write_policy $policy
modprobe dronefence
for who in ours theirs; do openssl genpkey -algorithm ed25519 -out /tmp/$who 2>/dev/null; done
openssl pkey -in /tmp/ours -pubout -out /etc/dronefence/trusted/ours.pem

generation() { dronefence status --json | field generation; }
name() { dronefence status --json | field policy.name; }
named() { sed -i "s/^name: .*/name: $1/" $policy; }
sign() { dronefence sign $policy --key "/tmp/$1" --serial "$2"; }

# refused REASON DESCRIPTION: and what is in force stays
refused() {
	local before
	before="$(generation) $(name)"
	dronefence apply $policy >/dev/null 2>/tmp/err
	is $? 5 "$2: refused"
	contains "$(cat /tmp/err)" "$1" "$2: with the reason"
	is "$(generation) $(name)" "$before" "$2: the policy in force stays"
}

plan 40

dronefence apply $policy >/dev/null 2>/tmp/err
is $? 5 "the first one is not signed: refused"
is "$(generation)" 0 "and none is in force"
sign ours 5
is $? 0 "it is signed"
dronefence apply $policy >/dev/null 2>&1
is "$? $(generation) $(name)" "0 1 test" "and in force"

named second
refused "it is for another text" "a byte was altered"
rm $policy.sig
refused "the policy is not signed" "no signature"
sign theirs 6
refused "no trusted key has made it" "the key of somebody else"
sign ours 4
refused "serial 4 is older than 5" "an older one"
sign ours 5
refused "another policy with this serial" "the serial of another one"
sign ours 6
dronefence apply $policy >/dev/null 2>&1
is "$? $(generation) $(name)" "0 2 second" "a newer one is in force"
dronefence rollback >/dev/null 2>/tmp/err
is $? 1 "there is no way back to an older one"
contains "$(cat /tmp/err)" "with a higher serial" "and it says what to do"

# On trial it does not count, so that the one before is not too old when it comes back.
cp $policy /tmp/second.yaml
cp $policy.sig /tmp/second.sig
back() { # the file that came back
	cp /tmp/second.yaml $policy
	cp /tmp/second.sig $policy.sig
}
named trial
sign ours 7
dronefence apply $policy --confirm 600 >/dev/null 2>&1
is "$? $(name)" "0 trial" "a newer one is on trial"
kill "$(guards)"
is_second() { [ "$(name)" = second ]; }
wait_for is_second
is $? 0 "it goes again"
cp $policy.sig /tmp/trial.sig
back
dronefence apply $policy >/dev/null 2>/tmp/err
is "$? $(name)" "0 second" "and the file before is no older one"
named trial
cp /tmp/trial.sig $policy.sig
dronefence apply $policy --confirm 600 >/dev/null 2>&1
is "$? $(name)" "0 trial" "it is tried again"
dronefence confirm >/dev/null
is $? 0 "and confirmed"
cp $policy /tmp/trial.yaml
back
refused "serial 6 is older than 7" "confirmed it counts"
sed 's/^name: .*/name: second/' /tmp/trial.yaml >$policy
sign ours 8
dronefence apply $policy >/dev/null 2>&1
is "$? $(name)" "0 second" "a newer one still comes"

# The machine is started again, and somebody has put the old one in place.
rmmod dronefence
modprobe dronefence
named test
sign ours 5
dronefenced --load-only 2>/tmp/err
is $? 0 "at the next start something is in force"
contains "$(cat /tmp/err)" "serial 5 is older than 8" "not the old one"
is "$(name)" second "but what was in force last"
dronefenced --policy $policy --sink none --json /tmp/events.json 2>/dev/null &
daemon=$!
is_told() { grep -q "serial 5 is older than 8" /tmp/events.json; }
wait_for is_told
is $? 0 "the daemon says so"
is "$(name)" second "and leaves it"
named third
sign ours 9
kill -HUP $daemon
is_third() { [ "$(name)" = third ]; }
wait_for is_third
is $? 0 "it takes a newer one"
kill $daemon
wait $daemon

# Nobody is asked for a signature where there is no key.
rm /etc/dronefence/trusted/ours.pem $policy.sig
named fourth
dronefence apply $policy >/dev/null 2>&1
is "$? $(name)" "0 fourth" "without keys nothing is asked for"
dronefence sign $policy --key /tmp/gone --serial 10 2>/tmp/err
is $? 1 "without a key nothing is signed"
dronefence sign $policy --key /tmp/ours --serial 0 2>/tmp/err
is $? 2 "nor without a serial"
