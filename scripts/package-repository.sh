#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetch packages into a folder that apt takes for a repository, for a machine without a
# network: apt is to be told "deb [trusted=yes] file:FOLDER ./".
#
# usage: package-repository.sh FOLDER PACKAGE...
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

[ $# -gt 1 ] || die "usage: package-repository.sh FOLDER PACKAGE..."
folder=$1
shift
apt_install dpkg-dev
apt_update_once
rm -rf "$folder"
mkdir -p "$folder"
apt_fetch "$folder" "$@"
cd "$folder"
dpkg-scanpackages --multiversion . >Packages 2>log || die "$(cat log)"
