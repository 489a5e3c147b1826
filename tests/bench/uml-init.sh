#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Process 1 of the benchmark's kernel, started by scripts/bench-uml.sh. Its
# root is the host's, read only; results go to its folder DFB_HOST.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TMPDIR=/run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t debugfs debugfs /sys/kernel/debug
mkdir /run/out
mount -t hostfs -o "$DFB_HOST" none /run/out
ip link set lo up

# shellcheck source=/dev/null
. /run/out/environment
# What is needed in places of its own, so that others can be covered.
place() { # FOLDER NAME
	mkdir "/run/$2"
	mount --bind "$1" "/run/$2"
}
place "${0%/*}" tests
place "$DFB_DATA" data
place "$DFB_BUILD" build
place "$DFB_KERNEL" kernel
place "${DFB_CLI%/*}" bin
export DFB_OUT=/run/out DFB_DATA=/run/data DFB_BUILD=/run/build \
	DFB_KERNEL=/run/kernel DFB_CLI=/run/bin/dronefence
mount -t tmpfs tmpfs /usr/share
# Not in memory, which is measured.
rm -rf /run/out/var
mkdir /run/out/var
mount --bind /run/out/var /var/lib
ln -s /run/data/xt_geoip /usr/share/xt_geoip

bash "/run/tests/$DFB_SCRIPT" >/run/out/stdout 2>/run/out/stderr </dev/null
echo $? >/run/out/status
dmesg >/run/out/dmesg
umount /var/lib
umount /run/out
busybox poweroff -f
