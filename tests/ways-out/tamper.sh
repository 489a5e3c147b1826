#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do what would switch a fence off, one command a line of a file, and send
# then.
#
# usage: tamper.sh FILE
while read -r line; do
	bash -c "$line"
done <"$1" >&2
exec plain udp
