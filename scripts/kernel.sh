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
#   root/                a Debian that has them, where they are not for this one
#
# usage: kernel.sh SERIES      SERIES is 6.1 or 6.12, for example; sid for the newest
#                              in Debian's unstable; or one of our own kernels, see
#                              build-kernel.sh
#        kernel.sh --packages SERIES FOLDER
#                              put the packages, and what they need of the same kind,
#                              into a folder as they are
set -euo pipefail
folder=''
if [ "${1:-}" = --packages ] && [ $# = 3 ]; then
	folder=$(realpath -m "$3")
	shift
fi
cd "$(dirname "$0")"
. ./common.sh

series=${1:-}
[ ! -f "kernel-config/$series" ] || exec ./build-kernel.sh "$series"
[[ $series =~ ^([0-9]+\.[0-9]+|sid)$ ]] || die "usage: kernel.sh SERIES, or --packages SERIES FOLDER"

# The newest ordinary image of the series that apt can fetch.
newest_image() {
	local p of="$series."
	[ "$series" != sid ] || of=''
	for p in $(apt-cache pkgnames "linux-image-$of" |
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

# Since 7.x the image is split as well.
image_parts() {
	depends "$1" | grep -E '^linux-(base|binary|modules)-[0-9]' || true
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

unpack() { # into $tmp/new
	local new=$tmp/new release src boot p

	say "fetching ${packages[*]}"
	apt_fetch "$tmp" "${packages[@]}"
	mkdir "$new" "$tmp/image" "$new/headers"
	for p in "${packages[@]}"; do
		case $p in
		linux-headers-* | linux-kbuild-*)
			dpkg-deb -x "$tmp/$p"_*.deb "$new/headers" ;;
		*) dpkg-deb -x "$tmp/$p"_*.deb "$tmp/image" ;;
		esac
	done

	release=${image#linux-image-}
	echo "$release" >"$new/release"
	boot=$tmp/image/boot/vmlinuz-$release
	[ -e "$boot" ] || boot=$tmp/image/usr/lib/modules/$release/vmlinuz
	mv "$boot" "$new/vmlinuz"
	mkdir -p "$new/modules/lib/modules"
	mv "$tmp/image"/{usr/,}lib/modules/"$release" "$new/modules/lib/modules/" 2>/dev/null ||
		[ -d "$new/modules/lib/modules/$release/kernel" ] || die "no modules in $image"
	(cd "$new/modules/lib/modules/$release/kernel" && drop_hardware)
	# Plain files load faster under emulation than compressed ones.
	find "$new/modules" -name '*.ko.xz' -exec xz -d {} +
	depmod -b "$new/modules" "$release"

	# The absolute paths: relative to the Makefile itself from now on.
	src=$new/headers/usr/src
	sed -i -e "s|^include /usr/src/|include \$(dir \$(lastword \$(MAKEFILE_LIST)))../|" \
		-e "s|^KBUILD_OUTPUT=/.*|KBUILD_OUTPUT := \$(realpath \$(dir \$(lastword \$(MAKEFILE_LIST))))|" \
		"$src/linux-headers-$release/Makefile"
	rm -rf "$new/headers/usr/share" "$new/headers/lib"
	ln -s "headers/usr/src/linux-headers-$release" "$new/build"
	# shellcheck disable=SC2046
	build_depends $(printf '%s\n' "${packages[@]}" | grep -E '^linux-(headers|kbuild)-') \
		>"$new/build-depends"
}

# A kernel that is newer than this machine's compiler. Without pahole its build system
# warns, needed or not. What mmdebstrap mounts is gone with its namespace, however it ends.
make_root() {
	say "making a Debian $series that has the compiler"
	as_root unshare --mount mmdebstrap --variant=minbase --mode=root --quiet \
		--include="make,pahole,$(paste -s -d , "$tmp/new/build-depends")" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='Acquire::Languages "none"' --aptopt='APT::Sandbox::User "root"' \
		"$series" "$tmp/new/root" >"$tmp/log" 2>&1 ||
		{ tail -n 20 "$tmp/log" >&2; die "mmdebstrap failed"; }
}

# It may hold files of root.
clean_up() { rm -rf "$1" 2>/dev/null || as_root rm -rf "$1"; }

fetch() {
	[ ! -e "$dir/.complete" ] || return 0
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	trap 'clean_up "$tmp"' EXIT
	unpack
	[ -z "$DF_SUITE" ] || make_root
	clean_up "$dir"
	mkdir -p "$(dirname "$dir")"
	mv "$tmp/new" "$dir"
	touch "$dir/.complete"
}

# Asking apt takes seconds: its answer holds until its lists change, a week
# at most.
current=$DF_CACHE/kernel/$series.current
# What this script takes out of the packages is part of what is kept.
made_by=$(sha256sum "${0##*/}" | cut -c 1-8)
lists=/var/lib/apt/lists
[ "$series" != sid ] || lists=$DF_CACHE/apt-sid/lists
if [ -z "$folder" ] && [ -n "$(find "$current" -mtime -7 -newer "$lists" 2>/dev/null)" ]; then
	dir=$(cat "$current")
	if [[ $dir == *-"$made_by" ]] && [ -e "$dir/.complete" ]; then
		echo "$dir"
		exit
	fi
fi
apt_install kmod xz-utils
if [ "$series" = sid ]; then
	apt_install mmdebstrap
	use_suite sid
fi
apt_update_once
image=$(newest_image)
headers=linux-headers-${image#linux-image-}
more=$(headers_of "$headers") || die "apt has no $headers"
mapfile -t packages < <(echo "$image"; image_parts "$image"; echo "$headers"; echo "$more")
if [ -n "$folder" ]; then
	rm -rf "$folder"
	mkdir -p "$folder"
	apt_fetch "$folder" "${packages[@]}" linux-base
	exit
fi
dir=$DF_CACHE/kernel/$series-$(apt_candidate "$image")-$made_by
[ -e "$dir/.complete" ] || with_lock "kernel-$series" fetch
echo "$dir" >"$current"
echo "$dir"
