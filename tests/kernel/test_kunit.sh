#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The suites of kmod/tests, which run inside the kernel while their module is
# loaded. They need a kernel with KUnit: Debian's have none, ours has (see
# scripts/kernel-config). The results are read from where KUnit keeps them.

results=/sys/kernel/debug/kunit

if [ ! -d $results ]; then
	echo "1..0 # SKIP this kernel has no KUnit"
	exit 0
fi
modprobe dronefence-kunit || exit 1
for suite in zonemap eval policy flow forwarded users; do
	cat "$results/dfence_$suite/results" || exit 1
done
rmmod dronefence_kunit
