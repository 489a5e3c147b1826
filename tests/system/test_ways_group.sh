#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The ways out that take a whole system, tried by a program that is in the cgroup
# of its application and is held by nothing else: they leak.
#
# vm: --system --timeout 2400 --memory 2048 --file tests/ways-out:/ways-out
# vm: --file build/ways-out:/ways-out/bin --module tun --module rds_tcp
exec /ways-out/run.sh --out /out/table group
