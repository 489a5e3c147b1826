#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the Debian packages into build/deb after installing what that takes, hold
# them against Debian's policy, and print their files and sizes.
#
# usage: build-deb.sh [VERSION FOLDER]
#
# With a version they are numbered so, in a folder of their own: for a test of an
# upgrade.
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."

version=${1:-$(cat VERSION)}
deb=${2:-build/deb}

build_depends() {
	local missing
	apt_install dpkg-dev lintian
	missing=$(dpkg-checkbuilddeps 2>&1 | sed 's/.*dependencies: //') || true
	[ -n "$missing" ] || return 0
	apt_update_once
	say "installing: $missing"
	with_lock apt as_root apt-get build-dep -qq -y --no-install-recommends \
		-o DPkg::Lock::Timeout=600 "$PWD" >&2
}

# What other targets built here stays out, and what this builds does not come in.
copy_tree() {
	mkdir -p "$deb/source"
	tar -c --exclude-vcs --exclude='./build' --exclude='./userspace/build*' . |
		tar -x -C "$deb/source"
}

build_depends
rm -rf "$deb"
copy_tree
[ "$version" = "$(cat VERSION)" ] || "$deb/source/scripts/set-version.sh" "$version"
say "building the packages of $version"
# Symbols for a debugger are made from the same source where they are wanted.
(cd "$deb/source" && DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" \
	dpkg-buildpackage --build=full -us -uc) >"$deb/log" 2>&1 ||
	{ tail -n 20 "$deb/log" >&2; die "the packages do not build, see $deb/log"; }
rm -rf "$deb/source"
lintian --allow-root --fail-on error,warning "$deb"/*.changes >&2
(cd "$deb" && du --apparent-size --bytes ./*.deb)
