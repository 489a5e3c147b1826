#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the module as for a kernel without CONFIG_SYSTEM_DATA_VERIFICATION, into
# build/unsealable.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
mkdir -p build/unsealable
echo '#undef CONFIG_SYSTEM_DATA_VERIFICATION' >build/unsealable/option.h
BUILD=build/unsealable scripts/build-module.sh "${1:-6.12}" CONFIG_SYSTEM_DATA_VERIFICATION= \
	"KCFLAGS=-include $PWD/build/unsealable/option.h"
