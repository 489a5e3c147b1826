#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every way out that tests/ways-out knows, tried against the module.
#
# vm: --timeout 600 --file tests/ways-out:/ways-out --file build/ways-out:/ways-out/bin
exec /ways-out/run.sh dronefence
