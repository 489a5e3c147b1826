#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The life of the packages on a Debian without a network. They were installed by dpkg,
# which had DKMS build the module; a policy is in force after the machine has been
# started again; they are upgraded while an application is behind the fence; removed;
# purged.
#
# host: scripts/build-deb.sh
# host: scripts/build-deb.sh 99.0.0 build/deb-next
# vm: --packages build/deb --memory 2048 --timeout 3600
# vm: --module nf_reject_ipv4 --module nf_reject_ipv6
# vm: --file build/deb:/packages/first --file build/deb-next:/packages/next
# vm: --file tests/system/packages.sh:/tests/packages.sh
# shellcheck source=packages.sh
. /tests/packages.sh

# What the packages left, but for what the administrator made.
remains() {
	find /etc /usr /var -xdev -name '*dronefence*' ! -path '/var/lib/dpkg/*' | sort | tr '\n' ' '
}

installed() {
	is "$(dpkg-query -W -f '${db:Status-Status} ' dronefence dronefence-dkms)" \
		"installed installed " "the packages are installed"
	contains "$(dkms status)" ", $(uname -r), x86_64: installed" "DKMS has built the module"
	is "$(modinfo -F version dronefence)" "$(fields first)" "which is of the packages' version"
	ok "$([ -n "$(modinfo -F signer dronefence)" ] && echo 1)" "and signed"
	contains "$(dronefence doctor --json)" \
		"\"module-signer\": \"$(modinfo -F signer dronefence)\"" "doctor knows by whom"
	is "$(enabled) $(active)" "disabled inactive" "the daemon is neither enabled nor started"
	is "$(loaded) $(status state)" "$(fields first) open" "the module is loaded, nothing in force"
	ok "$([ ! -e /etc/dronefence ] && echo 1)" "there is no policy"
	ok "$(journalctl --list-catalog 2>/dev/null | grep -q dronefence && echo 1)" \
		"the journal explains the daemon's records"
}

boot() {
	wait_for runs
	is $? 0 "after a start of the machine a policy is enforced"
	is "$(loaded) $(active)" "$(fields first) active" "module and daemon are those of the packages"
	contains "$(modinfo -n dronefence)" /updates/dkms/ "the module is that of DKMS"
	setup_world
	start_application
	tries_on 3
	is "$? $(passed)" "0 0" "an application cannot reach an address in CN"
	ok "$(echo x >$china && echo 1)" "another program can"
}

upgrade() {
	local pid had count mark built
	pid=$(daemon) count=$(attempts)
	had=$(find /etc/dronefence -type f -exec sha256sum {} + | sort)
	mark=$(pgrep -f /root/application) built=$(fields next)
	# Under emulation a compiler takes ten minutes for it.
	[ -n "$DRONEFENCE_LONG" ] || { touch /etc/dkms/no-autoinstall && built=''; }
	timed "an upgrade" dpkg -i /packages/next/*.deb
	contains "$(cat /root/said)" "goes on with version $(fields first)" "says what is loaded"
	is "$(loaded)" "$(fields first)" "the module that is loaded stays so"
	is "$(modinfo -F version dronefence 2>/dev/null)" "$built" \
		"the next start takes the new one, where DKMS may build it"
	is "$(find /etc/dronefence -type f -exec sha256sum {} + | sort)" "$had" \
		"nothing in /etc/dronefence has changed"
	ok "$([ "$(daemon)" != "$pid" ] && [ "$(active)" = active ] && echo 1)" \
		"the daemon was restarted"
	is "$(dronefenced --version)" "dronefenced $(fields next)" "and is the new one"
	wait_for enforcing
	is "$? $(status policy.name)" "0 test" "the policy is in force"
	is "$(pgrep -f /root/application)" "$mark" "the application goes on"
	tries_on 3
	is "$? $(passed)" "0 0" "and not one packet of it passed"
	note "refused meanwhile: $(($(attempts) - count))"
}

remove() {
	timed "removal" dpkg -r dronefence dronefence-dkms
	is "$(grep -c 'rmmod dronefence' /root/said)" 2 "says that the module is loaded, and what ends that"
	contains "$(cat /root/said)" "state: enforcing" "and that it enforces"
	is "$(loaded) $(active)" "$(fields first) inactive" "the module stays loaded, the daemon has ended"
	ok "$(modinfo dronefence >/dev/null 2>&1 || echo 1)" "the module is gone from the disk"
	tries_on 3
	is "$? $(passed)" "0 0" "what was fenced is fenced"
	ok "$([ -s /etc/dronefence/policy.yaml ] && [ -s /var/lib/dronefence/store.db ] && echo 1)" \
		"policy and records stay"
	rmmod dronefence
	is $? 0 "the module can be unloaded"
	has_passed() { [ "$(passed)" != 0 ]; }
	wait_for has_passed
	is $? 0 "and then the application is not fenced"
}

purge() {
	timed "a purge where nobody can be asked" dpkg -P dronefence dronefence-dkms
	ok "$([ -s /var/lib/dronefence/store.db ] && echo 1)" "keeps the records"
	ok "$([ ! -e /etc/dronefence ] && [ ! -e /var/lib/dronefence/cache ] && echo 1)" \
		"and neither the policy nor what was compiled of it"
	dpkg -i /packages/first/dronefence_*.deb >/dev/null
	# shellcheck disable=SC2016
	timed "a purge that is told so" sh -c 'echo yes |
		DEBIAN_FRONTEND=readline script -qec "dpkg -P dronefence" /dev/null'
	contains "$(cat /root/said)" "Delete the records" "after a question"
	is "$(remains)" "" "leaves nothing"
}

if [ ! -e $stage ]; then
	plan 41
	installed
	configure
	# shellcheck disable=SC2119
	start_again
fi
go_on
boot
upgrade
remove
purge
