#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Build user space after installing what that takes.
#
# usage: build-userspace.sh [make arguments]
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

apt_install gcc make pkg-config libnl-3-dev libnl-genl-3-dev libyaml-dev \
	libjansson-dev libmaxminddb-dev libloc-dev libssl-dev libsqlite3-dev \
	libcmocka-dev libncurses-dev libkmod-dev
make -s -j"$(nproc)" --no-print-directory -C "$scripts/../userspace" "$@"
