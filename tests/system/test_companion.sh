#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dronefence run --confined and dronefence unit with the systemd of a Debian: each
# restriction holds and can be lifted, by an option or the policy; and a unit is
# recognised from its first packet on.
#
# vm: --system --timeout 2400 --memory 2048 --file tests/system:/tests
# vm: --file build/ways-out:/ways-out/bin
# shellcheck disable=SC1091
. /tests/lib.sh

setup_world
modprobe dronefence
mkdir -p /etc/dronefence /run/heard /opt/way
cat >/etc/dronefence/policy.yaml <<END
version: 1
name: companion
profiles:
  p: { rules: [ deny: [223.5.0.0/16, "2400:3200::/32"] ], default: allow }
applications:
  app: { profile: p }
  lifted: { profile: p, confine: { lift: [serial, bus] } }
END
dronefence apply /etc/dronefence/policy.yaml >/dev/null || exit 1

pilot=$(id -nu 1000)
home=$(getent passwd 1000 | cut -d : -f 6)
probe=/tests/probe.py

# Stand-ins, the devices without a driver.
device() { # NAME MAJOR GROUP
	mknod -m 660 "/dev/way-$1" c "$2" 9
	chgrp "$3" "/dev/way-$1"
}
device serial 188 dialout
device gpu 226 render
device joystick 13 input
device sound 116 audio
device camera 81 video
mknod -m 666 /dev/way-any c 188 8
mkdir -p /opt/way/anybody /tmp/.X11-unix
chmod 1777 /opt/way/anybody /tmp/.X11-unix
mkdir -p /run/systemd/resolve
cp /usr/bin/id /opt/way/id
chmod 4755 /opt/way/id
: >/tmp/of-others
setpriv --reuid 1000 --regid 1000 --clear-groups $probe serve /tmp/.X11-unix/X0 \
	/run/user/1000/wayland-0 >/dev/null 2>&1 &
servers=$!
$probe serve /run/docker.sock /run/systemd/resolve/io.systemd.Resolve >/dev/null 2>&1 &
servers+=" $!"
until [ -S /run/systemd/resolve/io.systemd.Resolve ] && [ -S /run/user/1000/wayland-0 ]; do
	sleep 0.1
done

confined() { # OPTIONS... -- COMMAND
	timeout 60 dronefence run --confined "$@" >/tmp/out 2>&1
}

# restriction NAME USER COMMAND [WITH]: it fails, and when that is lifted, and
# others with it, it does not.
restriction() {
	local name=$1 as=() status
	[ -z "$2" ] || as=(--as "$2")
	confined "${as[@]}" app -- /bin/sh -c "$3"
	status=$?
	# It is no proof of anything that time was over.
	ok $((status != 0 && status != 124)) "$name: confined"
	confined "${as[@]}" --lift "$name${4:-}" app -- /bin/sh -c "$3"
	is $? 0 "$name: lifted"
	sed 's/^/# /' /tmp/out
}

plan 68

confined app -- /bin/true
is $? 0 "a confined program runs"
confined app -- /bin/sh -c "exit 7"
is $? 7 "and its status is known"
confined app -- /bin/cat /proc/self/cgroup
contains "$(cat /tmp/out)" "0::/dronefence.slice/dronefence-app." "it is in its cgroup"

# systemd adds NoNewPrivileges= to each of these.
restriction privileges "$pilot" "[ \$(/opt/way/id -u) = 0 ]" \
	,families,namespaces,kernel,syscalls
restriction capabilities "" "! grep -q 'CapBnd:.0000000000000000' /proc/self/status"
restriction namespaces "" "unshare --user true"
restriction families "" "$probe packet"
restriction home "$pilot" "touch $home/touched"
restriction bus "" "$probe connect /run/dbus/system_bus_socket"
# Homes and what lies in /run/user are hidden together.
restriction bus "$pilot" "$probe connect /run/user/1000/bus" ,home
restriction resolver "" "$probe connect /run/systemd/resolve/io.systemd.Resolve"
restriction engines "" "$probe connect /run/docker.sock"
restriction cgroups "" "grep ' /sys/fs/cgroup cgroup2 rw' /proc/self/mounts"
restriction system "$pilot" "touch /opt/way/anybody/touched"
restriction temp "$pilot" "test -e /tmp/of-others"
restriction kernel "" "! grep ' /proc/sys proc ro' /proc/self/mounts"
restriction processes "" "test -d /proc/1"
restriction syscalls "" "/ways-out/bin/trace me"
restriction devices "" "$probe open /dev/way-any"
for name in serial gpu joystick sound camera; do
	restriction $name "" "$probe open /dev/way-$name"
done
restriction display "$pilot" "$probe connect /tmp/.X11-unix/X\${DISPLAY#:}"
restriction display "$pilot" "$probe connect \"\$WAYLAND_DISPLAY\""

# A ground station with a screen, a link and a controller.
confined --as "$pilot" --lift display,gpu,serial,joystick app -- /bin/sh -ec "
	$probe connect /tmp/.X11-unix/X\${DISPLAY#:}
	$probe connect \"\$WAYLAND_DISPLAY\"
	for d in gpu serial joystick; do $probe open /dev/way-\$d; done
	touch \$HOME/settings
	! touch $home/touched"
is $? 0 "what a ground station needs, at once"

# The same by the policy.
confined lifted -- /bin/sh -ec "$probe open /dev/way-serial; $probe connect /run/dbus/system_bus_socket"
is $? 0 "what the policy lifts is lifted"
confined lifted -- $probe open /dev/way-gpu
is $? 1 "and no more"
confined --lift gpu lifted -- /bin/sh -ec "$probe open /dev/way-gpu; $probe open /dev/way-serial"
is $? 0 "an option lifts more"
mv /etc/dronefence/policy.yaml /etc/dronefence/away.yaml
confined lifted -- $probe open /dev/way-serial
is $? 1 "without the file nothing is lifted"
contains "$(cat /tmp/out)" "only what --lift says is lifted" "and that is said"
mv /etc/dronefence/away.yaml /etc/dronefence/policy.yaml

# A unit, from a file. It sends at once, and that is denied.
ip netns exec world /ways-out/bin/world 4711 /run/heard &
servers+=" $!"
until [ -e /run/heard/0000a ]; do sleep 0.1; done
state=/var/lib/private/dronefence-app
unit() { # NUMBER DESTINATION
	local words="WAY_MARK='<w000$1u>' WAY_TO=$2 WAY_PORT=4711 WAY_SIZE=65536"
	dronefence unit app -- /bin/sh -c "cat /proc/self/cgroup >\$STATE_DIRECTORY/cgroup; \
env $words /ways-out/bin/plain tcp; touch \$STATE_DIRECTORY/sent; exec sleep 1000" \
		>/etc/systemd/system/dronefence-app.service
	systemctl daemon-reload
}
begin() { # start|restart
	rm -f $state/sent
	timeout 60 systemctl "$1" dronefence-app
	is $? 0 "unit: ${1}s"
	patience=120 wait_for test -e $state/sent
	sleep 1
}
denied() { dronefence show --json | field denied.packets; }
heard() { cat "/run/heard/000$1u" 2>/dev/null || echo 0; }

number=0
for to in 223.5.5.5 2400:3200::1; do
	number=$((number + 1))
	unit $number $to
	for how in start restart; do
		before=$(denied)
		begin $how
		ok $(($(denied) > before)) "unit: its first packet is denied, $to, $how"
	done
	is "$(heard $number)" 0 "unit: nothing arrived"
	systemctl stop dronefence-app
done
is "$(cat $state/cgroup)" "0::/dronefence.slice/dronefence-app.service" \
	"unit: its cgroup when it began"
unit 3 8.8.8.8
begin start
arrives() { [ "$(heard 3)" -ge 65536 ]; }
wait_for arrives
is "$(heard 3)" 65536 "unit: what is allowed arrives"

# shellcheck disable=SC2086
kill $servers
wait
