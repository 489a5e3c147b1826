#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One machine of check-fleet.sh: SSH at a virtio port, one connection after the other,
# until it is told to end; and a program for the application of the policies.

# The module is there already; under emulation DKMS takes ten minutes to build it.
touch /etc/dkms/no-autoinstall
mkdir -p /root/.ssh /run/sshd
cp /fleet/key.pub /root/.ssh/authorized_keys
chmod -R go= /root/.ssh /fleet
systemd-run -q --slice=dronefence.slice --unit=qgroundcontrol sleep infinity

for port in /sys/class/virtio-ports/*; do
	[ "$(cat "$port/name")" != ssh ] || device=/dev/${port##*/}
done
until [ -e /out/end ]; do
	# While nobody is at the other end it ends at once.
	exec 3<>"$device"
	/usr/sbin/sshd -i -e -h /fleet/host -o UsePAM=no -o LoginGraceTime=0 -o StrictModes=no \
		<&3 >&3 2>>/out/sshd.log
	exec 3>&-
	sleep 0.5
done
