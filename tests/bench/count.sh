#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Instructions that a packet costs, in a machine whose clock counts them: vm.sh
# --count. What is registered otherwise is measured as well, so that a change
# of the kernel can be told from one of ours.
cd "$(dirname "$0")" || exit
. ./lib.sh

packets=100000

count() { # CASE CGROUP COMMAND...
	local name=$1 value
	shift
	value=$(probe "$@")
	[ -n "$value" ] || die "$name could not be counted"
	sample instructions "$name" dronefence "$value"
}

setup
for family in 4 6; do
	count "none$family" "$other" "socket $family" "hook $family 16 $packets"
done
probe "$other" "empty 1" >/dev/null
for family in 4 6; do
	count "empty$family" "$other" "socket $family" "hook $family 16 $packets"
done
probe "$other" "empty 0" >/dev/null
load_dronefence
apply small
for family in 4 6; do
	count "bystander$family" "$other" "socket $family" "hook $family 16 $packets"
	count "known$family" "$app" "socket $family" "hook $family 16 $packets"
	count "new$family" "$app" "socket $family" "hook $family 0 $packets"
done
