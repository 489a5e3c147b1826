#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Make the map of the reports, userspace/cli/world_map.c, of the npm package
# world-atlas. It is kept in the source because to build dronefence takes no npm.
#
# usage: world-map.sh [--check]    --check: write nothing, fail if stale; status 4
#                                  if there is neither an atlas nor npm
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

file=userspace/cli/world_map.c
version=2.0.2
# Of countries-50m.json in it.
digest=04342cdc1e3016bcd7db1630de95684d67b79fe3c8c460321e87aef469502394
dir=$DF_CACHE/world-atlas/$digest

fetch() {
	local tmp
	[ ! -e "$dir/countries-50m.json" ] || return 0
	say "fetching world-atlas $version (2 MB)"
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	(cd "$tmp" && npm pack --silent "world-atlas@$version" >/dev/null)
	tar -xzf "$tmp/world-atlas-$version.tgz" -C "$tmp" package/countries-50m.json
	echo "$digest  $tmp/package/countries-50m.json" | sha256sum --check --quiet >&2 ||
		die "world-atlas $version is not what it was"
	mkdir -p "$dir"
	mv "$tmp/package/countries-50m.json" "$dir/"
}

if [ "${1:-}" = --check ] && [ ! -e "$dir/countries-50m.json" ] &&
	! command -v npm >/dev/null; then
	echo "SKIP no npm here to fetch the atlas with"
	exit 4
fi
apt_install iso-codes python3
with_lock world-atlas fetch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 scripts/world-map.py "$dir/countries-50m.json" \
	/usr/share/iso-codes/json/iso_3166-1.json "$version" "$digest" >"$work/map.c"
if [ "${1:-}" = --check ]; then
	cmp -s "$work/map.c" "$file" || {
		echo "$file is not what scripts/world-map.sh makes; run it" >&2
		exit 1
	}
else
	cp "$work/map.c" "$file"
fi
