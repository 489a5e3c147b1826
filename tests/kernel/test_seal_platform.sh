#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sealed for the keys that the kernel itself trusts: one that it was built with has signed
# the permit. Nobody else's counts, then and later.
#
# only: uml
# vm: --timeout 600 --bin openssl --bin build/tests/feed_random
# shellcheck disable=SC1091
. /tests/lib.sh

policy=/etc/dronefence/policy.yaml
setup_world
setup_geo
mkdir -p /etc/dronefence /var/lib/dronefence /run/dronefence
write_policy $policy
modprobe dronefence
feed_random
openssl req -x509 -config /tests/certificate.cnf -newkey rsa:2048 -nodes -keyout /tmp/theirs.pem \
	-out /tmp/certificate -days 9 -subj "/O=Example/CN=theirs" 2>/dev/null
cat /tmp/certificate >>/tmp/theirs.pem

name() { dronefence status --json | field policy.name; }
sign() { # KEY SERIAL: with the key and the certificate in one file
	dronefence sign $policy --permit --key "$1" --certificate "$1" --serial "$2" >/dev/null
}

plan 10

sign /tmp/theirs.pem 1
dronefenced --load-only 2>/dev/null
dronefence seal --platform 2>/tmp/said
contains "$? $(cat /tmp/said)" "1 dronefence: kernel reports: no key that is trusted here has signed the permit" \
	"a permit of somebody else does not seal"
is "$(dronefence status --json | field seal.serial)" "" "nothing is sealed"
sign /trusted.pem 2
is $? 0 "a permit by the kernel's own key"
dronefence seal --platform 2>/tmp/said
is "$? $(cat /tmp/said)" "0 " "seals"
is "$(dronefence status --json | field seal.serial)" 2 "and holds"
contains "$(dronefence status)" "the kernel trusts" "status says who may sign"

sed -i "s/^name: .*/name: second/" $policy
sign /tmp/theirs.pem 3
dronefence apply $policy 2>/tmp/said
contains "$? $(cat /tmp/said)" "no key that is trusted here has signed the permit" \
	"somebody else permits nothing later either"
is "$(name)" test "and the policy in force stays"
sign /trusted.pem 3
dronefence apply $policy 2>/tmp/said
is "$? $(name)" "0 second" "what the kernel's key has permitted comes into force"
rmmod dronefence 2>/dev/null
is "$(dronefence status --json | field seal.serial)" 3 "and the seal stays"
