#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a kernel that cannot verify signatures everything works but the seal, and who asks for
# that is told which option is missing.
#
# only: 6.12
# once: what the kernel does for it test_seal looks at
# host: tests/kernel/unsealable.sh
# vm: --timeout 600 --bin openssl --file build/unsealable/dronefence.ko:/unsealable.ko
# shellcheck disable=SC1091
. /tests/lib.sh

policy=/etc/dronefence/policy.yaml
setup_world
setup_geo
mkdir -p /etc/dronefence /var/lib/dronefence /run/dronefence
write_policy $policy
openssl req -x509 -config /tests/certificate.cnf -newkey rsa:2048 -nodes -keyout /tmp/key \
	-out /tmp/key.pem -days 9 -subj "/O=Example/CN=it" 2>/dev/null

plan 7

cp /unsealable.ko "/lib/modules/$(uname -r)/extra/dronefence.ko"
modprobe dronefence
is $? 0 "the module is loaded"
dronefence sign $policy --permit --key /tmp/key --certificate /tmp/key.pem --serial 1 >/dev/null
is $? 0 "a permit can be signed"
dronefenced --load-only 2>/dev/null
is "$(dronefence status --json | field state)" enforcing "a policy is in force"
for by in "--certificate /tmp/key.pem" --platform; do
	# shellcheck disable=SC2086
	dronefence seal $by 2>/tmp/said
	contains "$? $(cat /tmp/said)" \
		"1 dronefence: kernel reports: this kernel cannot verify signatures (CONFIG_SYSTEM_DATA_VERIFICATION)" \
		"it cannot be sealed with $by"
done
contains "$(dronefence doctor)" "not sealed" "doctor knows that it is not"
rmmod dronefence
is $? 0 "the module goes"
