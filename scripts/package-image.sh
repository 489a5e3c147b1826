#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Install packages of ours in the Debian of system-image.sh, without a network, as an
# administrator would by dpkg, and write that as a new image. It is done in a chroot and
# not in a virtual machine, where DKMS takes minutes in place of seconds.
#
# usage: package-image.sh SERIES FOLDER IMAGE      FOLDER has the packages
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

# What the chroot mounts is gone with its namespace.
inside() {
	mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
	DEBIAN_FRONTEND=noninteractive chroot "$1" sh -c 'dpkg -i /packages/*.deb'
}

if [ "$1" = --inside ]; then
	inside "$2"
	exit
fi
[ $# = 3 ] || die "usage: package-image.sh SERIES FOLDER IMAGE"
system=$("$scripts/system-image.sh" "$(debian_of "$1")" "$1")
work=$(mktemp -d)
trap 'as_root rm -rf "$work"' EXIT
say "installing the packages on $(debian_of "$1")"
as_root unsquashfs -q -n -d "$work/root" "$system" >/dev/null
as_root mkdir "$work/root/packages"
as_root cp "$2"/*.deb "$work/root/packages/"
as_root unshare --mount --net "$0" --inside "$work/root" >"$work/log" 2>&1 ||
	{ tail -n 20 "$work/log" >&2; die "they cannot be installed"; }
as_root rm -r "$work/root/packages"
as_root mksquashfs "$work/root" "$3" -comp lz4 -noappend -quiet -no-progress >/dev/null
