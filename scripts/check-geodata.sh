#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Check the package of geo data: what is in it, and that no database goes into one that is
# damaged, cut off, or signed by nobody. Prints what is wrong.
#
# usage: check-geodata.sh
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."

database=$("$scripts/geo-data.sh")/usr/share/libloc-location/location.db
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refused() { # WHAT WORDS: $work/bad.db
	if "$scripts/build-geodata-deb.sh" "$work/bad.db" "$work/deb" >"$work/said" 2>&1; then
		echo "a database is packed that $1"
	elif ! grep -q -- "$2" "$work/said"; then
		echo "a database that $1 is refused, but not because of \"$2\":"
		cat "$work/said"
	fi
	[ ! -e "$work/deb" ] || echo "of a database that $1 something is left"
}

cp "$database" "$work/bad.db"
truncate -s 50000000 "$work/bad.db"
refused "is cut off" "signature"
# A byte of the names of operators.
cp "$database" "$work/bad.db"
printf '\377' | dd of="$work/bad.db" bs=1 seek=$(($(stat -c %s "$database") - 1000)) \
	conv=notrunc status=none
refused "has another byte" "signature"
# The lengths of the signatures, and the two of up to 2 KiB each.
cp "$database" "$work/bad.db"
dd if=/dev/zero of="$work/bad.db" bs=1 seek=68 count=4100 conv=notrunc status=none
refused "nobody has signed" "signature"
echo "no database" >"$work/bad.db"
refused "is none" "neither a database of libloc"

"$scripts/build-geodata-deb.sh" "$database" "$work/deb" >/dev/null 2>"$work/said" || {
	echo "the package cannot be built:"
	cat "$work/said"
	exit
}
dpkg-deb -x "$work"/deb/*.deb "$work/root"
cmp "$database" "$work/root/usr/share/dronefence-geodata/location.db" || true
date=$(userspace/build/dronefence geo info --json --geo-root "$work/root" 2>/dev/null |
	sed -n 's/.*"date": "\(.*\)T.*/\1/p')
[ "$(dpkg-deb -f "$work"/deb/*.deb Version)" = "${date//-/}" ] ||
	echo "the version is not the date of the data, $date"
for words in "CC-BY-SA-4.0" "https://location.ipfire.org/" "database of $date" \
	"$(sha256sum <"$database" | cut -c 1-64)"; do
	grep -q -F -- "$words" "$work/root/usr/share/doc/dronefence-geodata/copyright" ||
		echo "the copyright file does not say \"$words\""
done
