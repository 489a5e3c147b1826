#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetch Debian packages and unpack them into the cache without installing them, for
# programs whose package would start a service; print the folder. The packages whose
# libraries they need have to be named as well.
#
# usage: unpacked.sh PACKAGE...
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh

[ $# -gt 0 ] || die "usage: unpacked.sh PACKAGE..."

unpack() {
	local deb
	[ ! -e "$dir" ] || return 0
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	say "fetching $*"
	apt_fetch "$tmp" "$@"
	mkdir "$tmp/new"
	for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/new"; done
	# Some of it are links to other packages.
	rm -rf "$tmp/new/usr/share/doc"
	mkdir -p "${dir%/*}"
	mv "$tmp/new" "$dir"
}

key=$(for p in "$@"; do echo "$p $(apt_candidate "$p")"; done | sha256sum | cut -c 1-16)
dir=$DF_CACHE/unpacked/$1-$key
[ -e "$dir" ] || with_lock unpacked unpack "$@"
echo "$dir"
