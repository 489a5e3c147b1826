# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No fence. What every fence brings along:
#
#   fence_setup          deny $denied_nets4 and $denied_nets6 to what runs in
#                        the cgroup $registered, and nothing else to anybody
#   fence_run COMMAND... run it as the registered program
#   fence_teardown       take the fence away

fence_setup() { :; }
fence_run() { join "$registered" "$@"; }
fence_teardown() { :; }
