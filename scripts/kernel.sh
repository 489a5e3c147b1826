#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetch Debian's kernel of a series with its headers, unpack both into the
# cache without installing anything, and print the folder:
#
#   vmlinuz              the kernel, for QEMU
#   release              what uname -r says in it
#   modules/lib/modules  its modules (those that a virtual machine can use)
#   build/               the folder to build out-of-tree modules against
#   build-depends        packages that such a build needs
#
# usage: kernel.sh SERIES      SERIES is 6.1 or 6.12, for example; or one of
#                              our own kernels, see build-kernel.sh
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh

series=${1:-}
[ ! -f "kernel-config/$series" ] || exec ./build-kernel.sh "$series"
[[ $series =~ ^[0-9]+\.[0-9]+$ ]] || die "usage: kernel.sh SERIES"

# The newest ordinary image of the series that apt can fetch.
newest_image() {
	local p
	for p in $(apt-cache pkgnames "linux-image-$series." |
		grep -E '^linux-image-[0-9.]+([-+][a-z0-9]+)?-amd64$' |
		grep -Ev -- '-(cloud|rt)-' | sort -Vr); do
		if [ -n "$(apt-get download --print-uris -qq "$p" 2>/dev/null)" ]; then
			echo "$p"
			return
		fi
	done
	die "apt on this machine offers no $series kernel for amd64;" \
		"add a Debian suite that has linux-image-$series.*"
}

depends() {
	apt-cache depends --important "$1" | sed -n 's/^ *|\?Depends: //p'
}

# The headers package is split in three; the image comes by its own name.
headers_of() {
	depends "$1" | grep -E '^linux-(headers|kbuild)-'
}

build_depends() {
	local p
	for p in "$@"; do depends "$p"; done |
		sed -En -e 's/^linux-compiler-(gcc-[0-9]+)-x86$/\1/' \
			-e '/^(linux-|pahole|<)/d' -e p | sort -u
}

# prune DIR NAME...: remove all folders in DIR but these.
prune() {
	local dir=$1 d
	shift
	for d in "$dir"/*/; do
		d=${d%/}
		[[ " $* " == *" ${d##*/} "* ]] || rm -rf "$d"
	done
}

# Only what a virtual machine without hardware can load is worth its space.
drop_hardware() {
	prune . arch block crypto drivers fs lib mm net
	prune drivers block char net virtio
	prune drivers/net bonding ipvlan netdevsim ovpn ppp slip team vxlan wireguard
}

unpack() { # package... : into $tmp/new
	local new=$tmp/new release src

	say "fetching $*"
	apt_fetch "$tmp" "$@"
	mkdir "$new" "$tmp/image" "$new/headers"
	for p in "$@"; do
		case $p in
		linux-image-*) dpkg-deb -x "$tmp/$p"_*.deb "$tmp/image" ;;
		*) dpkg-deb -x "$tmp/$p"_*.deb "$new/headers" ;;
		esac
	done

	release=${1#linux-image-}
	echo "$release" >"$new/release"
	mv "$tmp/image/boot/vmlinuz-$release" "$new/vmlinuz"
	mkdir -p "$new/modules/lib/modules"
	mv "$tmp/image"/{usr/,}lib/modules/"$release" "$new/modules/lib/modules/" 2>/dev/null ||
		[ -d "$new/modules/lib/modules/$release/kernel" ] || die "no modules in $1"
	(cd "$new/modules/lib/modules/$release/kernel" && drop_hardware)
	# Plain files load faster under emulation than compressed ones.
	find "$new/modules" -name '*.ko.xz' -exec xz -d {} +
	depmod -b "$new/modules" "$release"

	# The one absolute path: relative to the Makefile itself from now on.
	src=$new/headers/usr/src
	sed -i "s|^include /usr/src/|include \$(dir \$(lastword \$(MAKEFILE_LIST)))../|" \
		"$src/linux-headers-$release/Makefile"
	rm -rf "$new/headers/usr/share" "$new/headers/lib"
	ln -s "headers/usr/src/linux-headers-$release" "$new/build"
	build_depends "${@:2}" >"$new/build-depends"
}

fetch() {
	[ ! -e "$dir/.complete" ] || return 0
	apt_install kmod xz-utils
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	local headers=linux-headers-${image#linux-image-} more
	more=$(headers_of "$headers") || die "apt has no $headers"
	# shellcheck disable=SC2086
	unpack "$image" "$headers" $more
	rm -rf "$dir"
	mkdir -p "$(dirname "$dir")"
	mv "$tmp/new" "$dir"
	touch "$dir/.complete"
}

# Asking apt takes seconds: its answer holds until its lists change, a week
# at most.
current=$DF_CACHE/kernel/$series.current
# What this script takes out of the packages is part of what is kept.
made_by=$(sha256sum "${0##*/}" | cut -c 1-8)
if [ -n "$(find "$current" -mtime -7 -newer /var/lib/apt/lists 2>/dev/null)" ]; then
	dir=$(cat "$current")
	if [[ $dir == *-"$made_by" ]] && [ -e "$dir/.complete" ]; then
		echo "$dir"
		exit
	fi
fi
apt_update_once
image=$(newest_image)
dir=$DF_CACHE/kernel/$series-$(apt_candidate "$image")-$made_by
[ -e "$dir/.complete" ] || with_lock "kernel-$series" fetch
echo "$dir" >"$current"
echo "$dir"
