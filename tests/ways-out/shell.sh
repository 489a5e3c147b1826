#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An interpreter and a program that are nobody's.
#
# usage: shell.sh tcp|udp|nc|many

printf -v text "%$((WAY_SIZE / 8))s" ''
text=${text// /$WAY_MARK}
if [ "$1" = many ]; then
	for _ in {1..20}; do plain tcp & done
	wait
elif [ "$1" = nc ]; then
	printf '%s' "$text" | nc -w 3 "$WAY_TO" "$WAY_PORT"
else
	printf '%s' "$text" >"/dev/$1/$WAY_TO/$WAY_PORT"
fi
exit 0
