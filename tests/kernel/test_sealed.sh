#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The seal as its users see it: a permit is signed, the machine is sealed when the policy
# is loaded, and from then on root changes nothing that was not permitted.
#
# once: what the kernel does for it test_seal looks at
# vm: --timeout 900 --bin openssl --bin build/tests/feed_random
# shellcheck disable=SC1091
. /tests/lib.sh

policy=/etc/dronefence/policy.yaml
setup_world
setup_geo
mkdir -p /etc/dronefence /var/lib/dronefence /run/dronefence
write_policy $policy
sed -i '2a unlock: 15min' $policy
cp $policy /tmp/first.yaml
modprobe dronefence
feed_random
for who in ours theirs; do
	openssl req -x509 -config /tests/certificate.cnf -newkey rsa:2048 -nodes -keyout /tmp/$who -out /tmp/$who.pem \
		-days 9 -subj "/O=Example/CN=$who" 2>/dev/null
done

generation() { dronefence status --json | field generation; }
name() { dronefence status --json | field policy.name; }
named() { sed -i "s/^name: .*/name: $1/" $policy; }
sign() { # KEY SERIAL OPTION...
	dronefence sign $policy --permit --key "/tmp/$1" --certificate "/tmp/$1.pem" --serial "$2" "${@:3}"
}

# refused STATUS REASON DESCRIPTION COMMAND...: and what is in force stays
refused() {
	local before expected=$1 reason=$2 what=$3
	shift 3
	before="$(generation) $(name)"
	"$@" >/tmp/out 2>/tmp/err
	is $? "$expected" "$what: refused"
	contains "$(cat /tmp/err /tmp/out)" "$reason" "$what: with the reason"
	is "$(generation) $(name)" "$before" "$what: the policy in force stays"
}

plan 60

is "$(sign ours 5)" "$policy.permit: serial 5, 3 images" "a permit lists the variants"
sign ours 5 --no-unlock >/tmp/out
contains "$(cat /tmp/out)" "2 images" "without those that are unlocked"
sign ours 5 --no-switches >/tmp/out
contains "$(cat /tmp/out)" "1 image" "or the policy alone"
dronefence sign $policy --permit --key /tmp/ours --serial 5 2>/dev/null
is $? 2 "a permit takes a certificate"

refused 3 "no policy is in force" "without a policy nothing can be sealed" \
	dronefence seal --certificate /tmp/ours.pem
sign ours 5 >/dev/null
dronefenced --load-only 2>/dev/null
contains "$(dronefence doctor)" "not sealed: root can" "doctor tells that it is not"
refused 1 "no key that is trusted here" "the certificate of somebody else" \
	dronefence seal --certificate /tmp/theirs.pem
refused 1 "no key that is trusted here" "the keys of the platform" dronefence seal --platform
refused 1 "this is no certificate" "no certificate" dronefence seal --certificate $policy
refused 1 "No such file" "no permit" dronefence seal --certificate /tmp/ours.pem /tmp/first.yaml

# As a unit does at each start.
dronefenced --load-only 2>/dev/null && dronefence seal --certificate /tmp/ours.pem 2>/tmp/err
is "$? $(cat /tmp/err)" "0 " "it is loaded and sealed"
is "$(dronefence status --json | field seal.serial)" 5 "status knows the permit"
contains "$(dronefence status)" "permit 5 lists 3 images" "and tells it"
contains "$(dronefence status)" "signed by Example: ours" "and whose it is"
contains "$(dronefence doctor)" "sealed: root too" "doctor tells it"
contains "$(dronefence metrics)" "dronefence_permit_serial 5" "metrics have it"
contains "$(dmesg)" "dronefence: sealed=5 permitted=3 gen=" "the kernel log has it"
rmmod dronefence 2>/dev/null
is "$? $(name)" "1 test" "the module stays"
refused 6 "this stays as it is until the next start" "other limits" dronefence limits flows=1

named second
refused 1 "no permit lists this policy" "another policy" dronefence apply $policy
sign theirs 6 >/dev/null
refused 1 "no key that is trusted here" "with a permit of somebody else" dronefence apply $policy
sign ours 4 >/dev/null
refused 1 "lower serial" "with an old permit" dronefence apply $policy
sign ours 6 >/dev/null
dronefence apply $policy >/dev/null 2>&1
is "$? $(name)" "0 second" "with a newer permit it is in force"
is "$(dronefence status --json | field seal.serial)" 6 "and the permit holds"
refused 1 "no permit lists this policy" "there is no way back" dronefence rollback

sign ours 5 >/dev/null
dronefence seal 2>/tmp/err
is $? 1 "an older permit is not even tried"
contains "$(cat /tmp/err)" "serial 5 is older than 6" "because the machine remembers it"
sign ours 6 >/dev/null

# The daemon, and the pilot's switch.
dronefenced --sink none --json /tmp/events.json 2>/tmp/daemon &
daemon=$!
runs() { grep -qs 'is in force, generation' /tmp/events.json; }
wait_for runs
unlisted() { grep -c '"type":"request-refused".*"because":"unlisted"' /tmp/events.json; }
told=$(unlisted)
local_mode() { dronefence explain app 8.8.8.8:443 >/dev/null; [ $? = 10 ]; }
dronefence local-data-mode on app >/tmp/out 2>&1
is $? 0 "what a pilot may switch he can"
local_mode
is $? 0 "and it holds"
dronefence local-data-mode off app >/dev/null 2>&1
local_mode
is $? 1 "and back"
sign ours 7 --no-switches >/dev/null
dronefence seal 2>/tmp/err
is "$? $(cat /tmp/err)" "0 " "a newer permit is handed over alone"
refused 1 "no permit lists this policy" "a switch that is not permitted" \
	dronefence local-data-mode on app
refused 1 "no permit lists this policy" "an unlock that is not permitted" \
	dronefence unlock 5min app --reason test
is_told() { [ "$(unlisted)" -gt "$told" ]; }
wait_for is_told
is $? 0 "it is in the records"
is_renewed() { grep -q '"type":"sealed".*"serial":7,"permitted":1' /tmp/events.json; }
wait_for is_renewed
is $? 0 "and so is the permit"
kill -9 $daemon
wait $daemon 2>/dev/null
is "$(dronefence status --json | field seal.serial) $(name)" "7 second" "the daemon can go"
