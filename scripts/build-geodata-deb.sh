#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Make a Debian package of a current database of libloc, for machines without a network,
# hold it against Debian's policy, and print its file and size. The database has to pass
# what "dronefence geo import" asks for: whole, and signed with the key that Debian's
# package location brings. Its date is the package's version.
#
# usage: build-geodata-deb.sh FILE [FOLDER]     into build/geodata, else FOLDER
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

[ $# = 1 ] || [ $# = 2 ] || die "usage: build-geodata-deb.sh FILE [FOLDER]"
database=$(realpath -m "$1")
folder=$(realpath -m "${2:-$scripts/../build/geodata}")
cd "$scripts/.."
[ -f "$database" ] || die "$1: there is no such file"
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
name="dronefence-geodata"
dronefence=userspace/build/dronefence
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# As it would be installed on a machine that has nothing yet.
take() {
	install -D -m 0644 "$("$scripts/geo-data.sh")/var/lib/location/signing-key.pem" \
		"$work/machine/var/lib/location/signing-key.pem"
	cat >"$work/policy.yaml" <<-END
	version: 1
	geo: { country: libloc }
	profiles: { none: { default: deny } }
	applications: { app: { match: { cgroup: /app }, profile: none } }
	END
	"$dronefence" geo import "$database" --policy "$work/policy.yaml" \
		--geo-root "$work/machine" >/dev/null || die "$1 is not taken"
	install -D -m 0644 "$work/machine/var/lib/location/database.db" \
		"$root/usr/share/$name/location.db"
	"$dronefence" geo info --json --geo-root "$work/machine" >"$work/info" 2>/dev/null
}

# A value of that.
said() { sed -n "s/^ *\"$1\": \"\(.*\)\",*$/\1/p" "$work/info"; }

write_control() {
	mkdir "$root/DEBIAN"
	cat >"$root/DEBIAN/control" <<-END
	Package: $name
	Version: $version
	Architecture: all
	Maintainer: $maintainer
	Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f 1)
	Enhances: dronefence
	Section: net
	Priority: optional
	Description: egress fence for drone-control programs - geo data of ${date%T*}
	 Which country an address is in and whose network it belongs to, as the IPFire
	 Location Database said at that time. The programs of the package dronefence
	 read it where it is the newest on a machine, next to that of libloc-database
	 and of location.
	 .
	 It is for machines without a network. On others the package location fetches
	 a newer one every day.
	END
	(cd "$root" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
}

# Who passes the data on has to name source and licence.
write_documents() {
	local doc=$root/usr/share/doc/$name
	mkdir -p "$doc"
	cat >"$doc/copyright" <<-END
	Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
	Upstream-Name: IPFire Location Database
	Source: https://location.ipfire.org/
	Comment: The database of $date, as it was signed by its maker.
	 SHA-256 $(said sha256).

	Files: *
	Copyright: ${date%%-*} the IPFire Project, and those whose data it is made from
	License: CC-BY-SA-4.0

	License: CC-BY-SA-4.0
	 Creative Commons Attribution-ShareAlike 4.0 International. The text is at
	 https://creativecommons.org/licenses/by-sa/4.0/legalcode
	END
	gzip -9n >"$doc/changelog.gz" <<-END
	$name ($version) unstable; urgency=medium

	  * The IPFire Location Database of $date.

	 -- $maintainer  $(date -u -R -d "$date")
	END
}

build() {
	find "$root" -exec touch -h -d "$date" {} +
	find "$root" -type d -exec chmod 0755 {} +
	rm -rf "$folder"
	mkdir -p "$folder"
	SOURCE_DATE_EPOCH=$(date -d "$date" +%s) dpkg-deb --root-owner-group -z1 \
		--build "$root" "$folder" >/dev/null
	lintian --allow-root --fail-on error,warning "$folder"/*.deb >&2
}

apt_install dpkg-dev lintian
"$scripts/build-userspace.sh" >&2
take "$1"
date=$(said date)
version=$(date -u -d "$date" +%Y%m%d)
write_documents
write_control
build
(cd "$folder" && du --apparent-size --bytes ./*.deb)
