#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The ways out that take a whole system, tried by a confined program: they are
# held.
#
# vm: --system --timeout 2400 --memory 2048 --file tests/ways-out:/ways-out
# vm: --file build/ways-out:/ways-out/bin --module tun --module rds_tcp
exec /ways-out/run.sh --out /out/table confined
