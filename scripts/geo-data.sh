#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetch the geo data that tests and the demo use, and print the folder that
# holds it as an installed system would. Nothing is installed: tor-geoipdb
# would pull in tor, and the tests must not depend on what a machine has.
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh

# The package "location" brings the key that the libloc database is signed with.
packages=(tor-geoipdb libloc-database location)
versions=
for p in "${packages[@]}"; do
	versions+=${versions:+_}$(apt_candidate "$p")
done
dir=$DF_CACHE/geo/${versions//[^[:alnum:].+~_-]/_}

fetch() {
	local tmp f deb
	[ ! -e "$dir/.complete" ] || return 0
	say "fetching ${packages[*]} (8 MB)"
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	apt_fetch "$tmp" "${packages[@]}"
	for deb in "$tmp"/*.deb; do
		dpkg-deb -x "$deb" "$tmp/unpacked"
	done
	mkdir -p "$tmp/root/usr/share" "$tmp/root/var/lib"
	mv "$tmp/unpacked/usr/share/tor" "$tmp/unpacked/usr/share/libloc-location" \
		"$tmp/root/usr/share/"
	mv "$tmp/unpacked/var/lib/location" "$tmp/root/var/lib/"
	# What is missing here would only show as an odd test failure.
	for f in usr/share/tor/geoip usr/share/tor/geoip6 \
		 usr/share/libloc-location/location.db \
		 var/lib/location/signing-key.pem; do
		[ -s "$tmp/root/$f" ] || die "the packages hold no $f"
	done
	rm -rf "$dir"
	mkdir -p "$(dirname "$dir")"
	mv "$tmp/root" "$dir"
	touch "$dir/.complete"
}

with_lock geo-data fetch
echo "$dir"
