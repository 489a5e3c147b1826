#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A kernel that takes signed modules only, as with Secure Boot: the fence is not there,
# and doctor says why.
#
# once:
# vm: --cmdline module.sig_enforce=1
# shellcheck disable=SC1091
. /tests/lib.sh

file=$(find "/lib/modules/$(uname -r)" -name dronefence.ko)
run() {
	out=$(dronefence doctor "$@" 2>&1)
	status=$?
}

plan 10

modprobe dronefence 2>/tmp/err
ok "$([ ! -e /sys/module/dronefence ] && echo 1)" "the module is not loaded"
run
is $status 3 "doctor ends with 3"
contains "$out" "it has no signature, and this kernel takes signed modules only" "and says why"
contains "$out" "$(uname -r), Secure Boot none, takes signed modules only" "and of which kernel"

# What DKMS appends, by a key that nobody knows here, would be longer; this is no
# signature that anybody could read.
printf '~Module signature appended~\n' >>"$file"
run
contains "$out" "it has no signature" "a mark alone is no signature"

sed -i '/dronefence.ko/d' "/lib/modules/$(uname -r)/modules.dep"
run
contains "$out" "there is none for this kernel, $(uname -r)" "without a module it is said"
run --json
is $status 3 "the same as JSON"
is "$(field module-built <<<"$out") $(field signed-only <<<"$out")" "false true" "with both facts"
contains "$out" "\"do\": \"there is none for this kernel" "and what to do"
is "$(field secure-boot <<<"$out")" none "and Secure Boot"
