#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Make a small Debian with systemd and a user who is logged in, for the virtual
# machines of vm.sh --system; keep it in the cache, and print the file, a
# squashfs. Nothing of ours is in it.
#
# usage: system-image.sh [RELEASE [SERIES]]
#
# RELEASE is bookworm unless it is named. With a kernel series there is DKMS in it,
# and what a module for that kernel is built with.
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh

[ "${1:-}" = --customize ] || release=${1:-bookworm} series=${2:-}
# The user of a desktop, number 1000; see also users().
user=pilot

packages=(systemd systemd-sysv dbus dbus-user-session libpam-systemd udev kmod)
packages+=(iproute2 iputils-ping procps python3-minimal cron netcat-openbsd nftables busybox-static)
# What our programs are linked with.
packages+=(libnl-3-200 libnl-genl-3-200 libyaml-0-2 libjansson4 libmaxminddb0
	libloc1 libssl3 libsqlite3-0 libncursesw6 libkmod2)
# What takes its time and is of no use without hardware, network and weeks.
masked=(systemd-udevd.service systemd-udev-trigger.service systemd-udev-settle.service
	systemd-udevd-control.socket systemd-udevd-kernel.socket
	systemd-journal-flush.service systemd-update-utmp.service
	systemd-update-utmp-runlevel.service systemd-random-seed.service
	systemd-pcrphase.service systemd-pcrphase-sysinit.service e2scrub_reap.service
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
	fstrim.timer getty@tty1.service serial-getty@ttyS0.service
	dev-ttyS0.device dev-hvc0.device)

# The machine runs vm-init.sh as a service, once all is up, the user's own
# systemd too.
units() { # FOLDER
	cat >"$1/vm.service" <<-END
	[Unit]
	Description=The command of vm.sh
	Requires=user@1000.service
	After=multi-user.target user@1000.service
	[Service]
	ExecStart=/vm/init
	StandardOutput=tty
	StandardError=tty
	TTYPath=/dev/console
	END
	cat >"$1/vm.target" <<-END
	[Unit]
	Requires=multi-user.target vm.service
	AllowIsolate=yes
	END
	ln -sf vm.target "$1/default.target"
}

# Inside mmdebstrap, with the folder of the new system.
customize() {
	local root=$1 unit
	chroot "$root" useradd -m -u 1000 -s /bin/bash "$user"
	mkdir -p "$root/var/lib/systemd/linger"
	touch "$root/var/lib/systemd/linger/$user"
	for unit in "${masked[@]}"; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	units "$root/etc/systemd/system"
	echo dronefence-vm >"$root/etc/hostname"
	: >"$root/etc/fstab"
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
	mkdir -p "$root/vm" "$root/out"
	rm -rf "$root"/var/{cache/apt,cache/ldconfig,lib/apt/lists,log}/* \
		"$root"/usr/share/{doc,locale,man}/*
	[ -z "${kernel:-}" ] || headers "$root"
}

# The headers where their packages have them; the modules come with the machine.
headers() { # FOLDER
	local release
	release=$(cat "$kernel/release")
	cp -a "$kernel/headers/usr/." "$1/usr/"
	mkdir -p "$1/usr/lib/modules/$release"
	ln -s "/usr/src/linux-headers-$release" "$1/usr/lib/modules/$release/build"
}

# For packages of ours; what asks a question when they are removed, and a database of
# addresses.
add_dkms() {
	kernel=$(./kernel.sh "$series")
	export kernel
	packages+=(dkms openssl pahole bsdutils debconf libloc-database)
	mapfile -t -O ${#packages[@]} packages <"$kernel/build-depends"
}

make_image() {
	[ ! -e "$image" ] || return 0
	apt_install mmdebstrap squashfs-tools
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	say "making a Debian with systemd"
	# It must be able to enter the folder as another user, and to give away
	# files.
	chmod 755 "$tmp"
	as_root mmdebstrap --variant=minbase --mode=root --quiet --format=tar \
		--include="$(IFS=,; echo "${packages[*]}")" \
		--aptopt='Acquire::Languages "none"' \
		--customize-hook="'$PWD/${0##*/}' --customize \"\$1\"" \
		"$release" "$tmp/tar" >&2
	# To unpack it must take no time where the machine is emulated.
	mksquashfs - "$tmp/image" -tar -comp lz4 -noappend -quiet -no-progress \
		<"$tmp/tar" >"$tmp/log" 2>&1 || die "mksquashfs: $(cat "$tmp/log")"
	mkdir -p "${image%/*}"
	mv "$tmp/image" "$image"
}

if [ "${1:-}" = --customize ]; then
	customize "$2"
	exit
fi
[ -z "$series" ] || add_dkms
key=$({ cat "${0##*/}"; apt_candidate systemd; echo "${kernel:-}"; } | sha256sum | cut -c 1-16)
image=$DF_CACHE/system/$release-$key.squashfs
[ -e "$image" ] || with_lock system make_image
echo "$image"
