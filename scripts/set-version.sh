#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Number a release: the file VERSION, and what cannot read it. The module is built
# without the top of the tree, and DKMS and Debian want theirs in a file of their own.
#
# usage: set-version.sh VERSION
#        set-version.sh --check      print what has another one than VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

check() {
	local v
	v=$(cat VERSION)
	grep -q "DFENCE_VERSION.\"$v\"" kmod/netlink.h || echo "kmod/netlink.h is not of $v"
	grep -qxF "PACKAGE_VERSION=\"$v\"" dkms.conf || echo "dkms.conf is not of $v"
	[[ $(head -n 1 debian/changelog) == "dronefence ($v) "* ]] ||
		echo "debian/changelog does not begin with $v"
}

# The changelog begins with the new one, in words that its writer replaces.
changelog() {
	local maintainer
	maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
	cat - debian/changelog <<-EOF
	dronefence ($1) UNRELEASED; urgency=medium

	  * Version $1.

	 -- $maintainer  $(date -R)

	EOF
}

[ $# = 1 ] || die "usage: set-version.sh VERSION"
[ "$1" != --check ] || { check; exit; }
[[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "a version is three numbers: $1"
new=$(changelog "$1")
echo "$new" >debian/changelog
sed -i "s/\(DFENCE_VERSION.\)\"[^\"]*\"/\1\"$1\"/" kmod/netlink.h
sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$1\"/" dkms.conf
echo "$1" >VERSION
