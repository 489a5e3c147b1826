#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Build what the benchmark loads into a kernel: the module, the harness, and
# for the benchmark's own kernel xt_geoip of Debian's xtables-addons.
#
# usage: bench-build.sh SERIES OUT      into OUT/*.ko, by way of OUT-build
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
[ $# = 2 ] || die "usage: bench-build.sh SERIES OUT"
series=$1
mkdir -p "$2"
out=$(realpath "$2") work=$(realpath "$2")-build
cd "$scripts/.."
kernel=$("$scripts/kernel.sh" "$series")

# quiet COMMAND...: what it says is of interest only if it fails.
quiet() {
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		die "$1 failed"
	}
}

# Out of the tree, so that the checkout stays as it is.
build() { # FOLDER
	quiet make -s -j"$(nproc)" -C "$kernel/build" "M=$1" \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules
	for ko in "$1"/*.ko; do
		strip --strip-debug -o "$out/${ko##*/}" "$ko"
	done
}

harness() {
	local f
	for f in kmod/*.[ch] kmod/include/uapi/linux/*.h tests/bench/kernel/*; do
		mkdir -p "$work/harness/${f%/*}"
		cp -u "$f" "$work/harness/$f"
	done
	build "$work/harness/tests/bench/kernel"
}

xt_geoip() {
	local package=xtables-addons-dkms version sources f
	version=$(apt_candidate "$package")
	sources=$DF_CACHE/xtables-addons/$version
	if [ ! -d "$sources" ]; then
		say "fetching $package $version"
		rm -rf "$sources.new"
		mkdir -p "$sources.new"
		apt_fetch "$sources.new" "$package"
		dpkg-deb -x "$sources.new"/*.deb "$sources.new"
		mv "$sources.new" "$sources"
	fi
	mkdir -p "$work/xt"
	for f in compat_xtables.c compat_xtables.h compat_skbuff.h xt_geoip.c xt_geoip.h; do
		cp -u "$sources"/usr/src/*/extensions/$f "$work/xt/"
	done
	echo "obj-m := compat_xtables.o xt_geoip.o" >"$work/xt/Kbuild"
	build "$work/xt"
}

# shellcheck disable=SC2046
apt_install make $(cat "$kernel/build-depends")
mkdir -p "$work"
BUILD=$work/module quiet "$scripts/build-module.sh" "$series"
cp "$work/module/dronefence.ko" "$out/"
harness
[ "$series" != bench ] || xt_geoip
