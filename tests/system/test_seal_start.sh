#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The drop-in of the guide, on a Debian with the packages: each start of the machine seals
# it. Where the policy is another one than the permit lists, the unit fails, nothing is
# sealed, and what requires the unit does not run.
#
# once: what the kernel does for it other tests look at
# apt: openssl
# host: scripts/build-deb.sh
# vm: --packages build/deb --memory 2048 --timeout 3600
# vm: --module nf_reject_ipv4 --module nf_reject_ipv6
# vm: --file tests/system/packages.sh:/tests/packages.sh
# vm: --file Documentation/admin-guide.rst:/tests/admin-guide.rst
# vm: --file /usr/bin/openssl:/usr/bin/openssl
# shellcheck source=packages.sh
. /tests/packages.sh

policy=/etc/dronefence/policy.yaml
unit=dronefence-policy.service

# What the guide shows behind the name of the file.
drop_in() {
	local file=/etc/systemd/system/$unit.d/seal.conf
	mkdir -p "${file%/*}"
	sed -n "/^    # ${file//\//\\/}/,/^[^ ]/s/^    //p" /tests/admin-guide.rst >$file
	is "$(grep -c '^ExecStartPost=/usr/bin/dronefence seal ' $file)" 1 "the guide has a drop-in"
}

sign() { # SERIAL
	dronefence sign $policy --permit --serial "$1" --key /root/key \
		--certificate /etc/dronefence/permits.pem
}

prepare() {
	configure
	drop_in
	OPENSSL_CONF=/tests/certificate.cnf openssl req -x509 -newkey rsa:2048 -nodes -days 9 \
		-subj "/O=Example/CN=it" -keyout /root/key -out /etc/dronefence/permits.pem 2>/dev/null
	sign 7
	is $? 0 "a permit is signed"
	cat >/etc/systemd/system/needs.service <<-END
	[Unit]
	Requires=$unit
	After=$unit
	[Service]
	ExecStart=/bin/sleep infinity
	[Install]
	WantedBy=multi-user.target
	END
	systemctl enable needs
}

policy_unit() { systemctl is-active $unit; }
settled() { [ "$(policy_unit)" != activating ] && [ "$(policy_unit)" != inactive ]; }
said() { journalctl -b -u $unit -o cat; }

sealed() {
	wait_for enforcing
	wait_for settled
	is "$(policy_unit) $(status policy.name)" "active test" "the start has loaded the policy"
	is "$(status seal.serial)" 7 "and sealed the machine"
	contains "$(dronefence doctor)" "seal                  sealed" "doctor says so"
	is "$(systemctl is-active needs)" active "what requires it runs"
	rmmod dronefence 2>/dev/null
	is "$? $(loaded)" "1 $(modinfo -F version dronefence)" "the module stays"
	sed -i 's/^name: .*/name: another/' $policy
	dronefence apply $policy 2>/root/said
	is "$? $(status policy.name)" "1 test" "another policy is refused"
}

# Who can write to the disk has put another policy there, and started the machine again.
unsealed() {
	wait_for enforcing
	wait_for settled
	is "$(policy_unit)" failed "with another policy the unit fails"
	contains "$(said)" "the permit does not list the policy in force" "and says why"
	is "$(status seal.serial)" "" "the machine is not sealed"
	is "$(status state)" enforcing "but the policy that is there is enforced"
	is "$(systemctl is-active needs)" inactive "what requires the unit does not run"
	contains "$(dronefence doctor)" "not sealed" "doctor says so"
}

stage_number=0
if [ ! -e $stage ]; then
	plan 16
	prepare
	start_again stage_number=1
fi
go_on
case $stage_number in
1)
	sealed
	start_again stage_number=2
	;;
2) unsealed ;;
esac
