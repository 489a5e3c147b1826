# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dronefence, where systemd is: the program is in the cgroup of its application,
# and nothing else holds it.
# shellcheck disable=SC1091,SC2034,SC2154
. "$ways/fence-dronefence.sh"

list=ways-system.sh
named=/opt/way/app

# What the path alone does: with pins nobody could start the program unfenced to
# compare. They are tried where no systemd is needed.
pin_programs() { :; }

# Somebody starts it by another name than the policy knows.
fence_menu() { outside "$@"; }
