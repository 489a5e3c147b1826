# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No fence. What every fence brings along:
#
#   fence_setup          deny $denied_nets4 and $denied_nets6 to what runs in
#                        the cgroup $registered, and all but $listed_nets4 to
#                        $listed, and nothing else to anybody
#   fence_run COMMAND... run it as the registered program
#   fence_run_listed COMMAND...
#                        run it as the one that may send to a list only
#   fence_adopt PID      make a running process the registered program
#   fence_attacks        print commands that would switch the fence off
#   fence_teardown       take the fence away
# shellcheck disable=SC2154

fence_setup() { :; }
fence_run() { join "$registered" "$@"; }
fence_run_listed() { join "$listed" "$@"; }
fence_attacks() { :; }
fence_adopt() { echo "$1" >"$cgroups/$registered/cgroup.procs"; }
fence_teardown() { :; }
