#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# From the first moment that there is a network: an application that is started as early
# as a unit can be sends without a pause, and the world counts what arrives: its firewall,
# and a packet socket in front of it that knows nothing of the firewall. The machine
# is started again and again: with everything in order, with a daemon that crashes or
# hangs, with a damaged policy, with nothing left of it.
#
# host: scripts/build-deb.sh
# vm: --packages build/deb --memory 2048 --timeout 7200
# vm: --module nf_tables --module nf_reject_ipv4 --module nf_reject_ipv6
# vm: --bin build/tests/witness
# shellcheck disable=SC1091
. /tests/lib.sh

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=120
stage=/root/stage
state=/var/lib/dronefence
modes=(order crash damage nothing hang)
rounds=1
[ -z "${DRONEFENCE_LONG:-}" ] || rounds=4

write_units() {
	declare -f setup_world >/root/world
	cat >>/root/world <<-'END'
	ip() {
		command ip "$@"
		[ "$*" = "netns add world" ] || return 0
		command ip netns exec world nft -f /root/count
		command ip netns exec world witness /run/witness 223.5.5.5 8.8.8.8 10.9.0.2 &
		until [ -s /run/witness ]; do sleep 0.1; done
	}
	setup_world
	END
	cat >/root/count <<-END
	table inet count {
		chain input {
			type filter hook prerouting priority 0;
			ip daddr 223.5.5.5 counter name cn
			ip daddr 8.8.8.8 counter name us
			ip daddr 10.9.0.2 udp dport 9 counter name near
		}
		counter cn {}
		counter us {}
		counter near {}
	}
	END
	cat >/root/application <<-END
	while :; do
		for to in 10.9.0.2 223.5.5.5 8.8.8.8; do echo x >/dev/udp/\$to/9; done
	done 2>/dev/null
	END
	# As who manages a network does.
	cat >/etc/systemd/system/world.service <<-END
	[Unit]
	DefaultDependencies=no
	After=network-pre.target local-fs.target
	Before=network.target
	[Service]
	Type=oneshot
	RemainAfterExit=yes
	ExecStart=/bin/bash /root/world
	[Install]
	WantedBy=multi-user.target
	END
	# Waits for nobody.
	cat >/etc/systemd/system/app.service <<-END
	[Unit]
	DefaultDependencies=no
	After=local-fs.target
	[Service]
	Slice=dronefence.slice
	ExecStart=/bin/bash /root/application
	[Install]
	WantedBy=sysinit.target
	END
	systemctl enable world app
}

configure() {
	write_units
	setup_geo
	mkdir -p /etc/dronefence
	cp -r /tmp/geo /etc/dronefence/
	write_policy /root/policy.yaml
	sed -i 's|/tmp/geo|/etc/dronefence/geo|; s|/dronefence.slice/app |/dronefence.slice/app* |' \
		/root/policy.yaml
	cp /root/policy.yaml /etc/dronefence/policy.yaml
	dronefence check /etc/dronefence/policy.yaml >/dev/null
	is $? 0 "a policy is checked"
	systemctl enable dronefenced
}

drop_in() { # COMMAND
	mkdir -p /etc/systemd/system/dronefenced.service.d
	printf '[Service]\nExecStart=\nExecStart=%s\n' "$1" \
		>/etc/systemd/system/dronefenced.service.d/broken.conf
}

# What the next start finds.
prepare() { # MODE
	rm -rf /etc/systemd/system/dronefenced.service.d
	cp /root/policy.yaml /etc/dronefence/policy.yaml
	systemctl unmask dronefence-policy
	case $1 in
	crash) drop_in /bin/false ;;
	hang) drop_in "/bin/sleep infinity" ;;
	damage) head -c 200 /root/policy.yaml >/etc/dronefence/policy.yaml ;;
	nothing) rm -rf /etc/dronefence/policy.yaml $state/cache $state/history ;;
	unfenced)
		drop_in /bin/false
		systemctl mask dronefence-policy
		;;
	esac
}

counted() { # NAME: packets
	ip netns exec world nft list counter inet count "$1" |
		sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

seen() { # ADDRESS, or "lost"
	sed -n "s/^$1 *//p" /run/witness
}

fence() { dronefence status --json | field state; }
is_fence() { [ "$(fence)" = "$1" ]; }
sends() { [ "$(counted near)" -ge 200 ]; }

check() { # NUMBER MODE
	local expected=enforcing
	[ "$2" != damage ] && [ "$2" != nothing ] || expected=degraded
	wait_for sends
	is $? 0 "start $1, $2: the application has sent"
	note "near $(counted near), US $(counted us), CN $(counted cn)"
	note "witness: near $(seen 10.9.0.2), US $(seen 8.8.8.8), CN $(seen 223.5.5.5)"
	if [ "$2" = unfenced ]; then
		ok "$(($(counted cn) > 0))" "start $1: without the fence CN gets it"
		ok "$(($(seen 223.5.5.5) > 0))" "start $1: and the witness sees it"
		return
	fi
	is "$(counted cn)" 0 "start $1, $2: nothing has arrived in CN"
	is "$(seen 223.5.5.5) $(seen lost) $(($(seen 10.9.0.2) >= 200))" "0 0 1" \
		"start $1, $2: nor has the witness seen any, and missed none"
	wait_for is_fence $expected
	is $? 0 "start $1, $2: the fence is $expected"
	if [ "$2" = nothing ]; then
		is "$(counted us)" 0 "start $1, $2: and nothing outside of the local network"
	else
		ok "$(($(counted us) > 0))" "start $1, $2: and what is allowed has"
	fi
}

go_on() { # NEXT MODE
	prepare "$2"
	# shellcheck disable=SC2154
	echo "number=$1 mode=$2 tap_plan=$tap_plan tap_count=$tap_count tap_failed=$tap_failed" >$stage
	systemctl reboot
	sleep infinity
}

starts=$((rounds * ${#modes[@]}))
if [ ! -e $stage ]; then
	plan $((1 + 5 * starts + 3))
	configure
	go_on 1 "${modes[0]}"
fi
number="" mode=""
# shellcheck disable=SC1090
. $stage
check "$number" "$mode"
if ((number < starts)); then
	go_on $((number + 1)) "${modes[number % ${#modes[@]}]}"
elif ((number == starts)); then
	go_on $((number + 1)) unfenced
fi
