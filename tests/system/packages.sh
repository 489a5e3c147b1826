# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What tests of installed packages share: a policy that denies CN, an application behind
# it, and a machine that is started again in between.
# shellcheck disable=SC1091
. /tests/lib.sh

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=120
export DEBIAN_FRONTEND=noninteractive
# How far it came before the machine was started again.
stage=/root/stage
# What an application that is fenced gets to hear, over and over.
tries=/root/tries
china=/dev/udp/223.5.5.5/9

status() { dronefence status --json | field "$1"; }
loaded() { cat /sys/module/dronefence/version 2>&1; }
enabled() { systemctl is-enabled dronefenced 2>/dev/null; }
active() { systemctl is-active dronefenced; }
daemon() { systemctl show -P MainPID dronefenced; }
fields() { dpkg-deb -f "/packages/$1"/dronefence_*.deb Version; }
enforcing() { [ "$(status state)" = enforcing ]; }
# The policy is in force before the daemon says that it is ready.
runs() { enforcing && [ "$(active)" = active ]; }
timed() { # DESCRIPTION COMMAND...
	local what=$1 begin=$SECONDS
	shift
	"$@" >/root/said 2>&1
	is $? 0 "$what"
	note "$((SECONDS - begin)) s"
	sed 's/^/# | /' /root/said
}

attempts() { grep -c refused $tries; }
passed() { grep -c passed $tries; }
tries_on() { # MORE
	local target=$(($(attempts) + $1))
	# shellcheck disable=SC2317
	has_target() { [ "$(attempts)" -ge "$target" ]; }
	wait_for has_target
}

# An application, and a program that is none. It ends with the machine.
start_application() {
	cat >/root/application <<-END
	while :; do
		if echo x >$china; then echo passed; else echo refused; fi
		sleep 1
	done
	END
	: >$tries
	dronefence run app -- bash /root/application >>$tries 2>/dev/null &
	wait_for test -s $tries
}

# As the guide says, but for a policy that takes no time to compile.
configure() {
	setup_geo
	mkdir -p /etc/dronefence
	cp -r /usr/share/dronefence/sets /tmp/geo /etc/dronefence/
	write_policy /etc/dronefence/policy.yaml
	sed -i 's|/tmp/geo|/etc/dronefence/geo|' /etc/dronefence/policy.yaml
	dronefence check /etc/dronefence/policy.yaml
	is $? 0 "a policy is checked"
	systemctl enable dronefenced
	is "$(enabled)" enabled "the daemon is enabled"
}

# The test is run anew, and goes on behind go_on.
start_again() {
	# shellcheck disable=SC2154
	echo "tap_plan=$tap_plan tap_count=$tap_count tap_failed=$tap_failed $*" >$stage
	systemctl reboot
	sleep infinity
}

# Another start would be none that was asked for.
go_on() {
	# shellcheck disable=SC1090
	. $stage
	echo 'exit 1' >$stage
}
