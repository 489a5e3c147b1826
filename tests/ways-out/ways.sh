# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways out, one a line:
#
#   way NUMBER CLASS FAMILIES USER NAME COMMAND...
#
# The number is for reference only. CLASS B is shut by the fence, N is not, and
# says so. The command runs as root or as an ordinary user. helper=COMMAND before
# a line runs outside the fence meanwhile, inside=FUNCTION starts the program
# behind the fence in another way than fence_run.

way 1 B 46 user "TCP from a child" plain tcp fork
way 1 B 46 user "UDP after a double fork" plain udp double
way 1 B 46 user "TCP from a daemon" plain tcp daemon
way 2 B 46 user "a shell, TCP" shell.sh tcp
way 2 B 46 user "netcat, TCP" shell.sh nc

way 19 B 46 user "io_uring, in line" uring inline
way 19 B 46 user "io_uring, by a worker" uring worker
way 19 B 46 user "io_uring, by the thread that polls" uring poll

helper="lend give tcp"
way 13 B 46 user "an outsider's TCP connection, SCM_RIGHTS" lend use
helper="lend give udp"
way 13 B 46 user "an outsider's UDP socket, SCM_RIGHTS" lend use
helper="lend take"
way 14 B 46 user "its TCP socket in the hands of an outsider" lend hand tcp
helper="lend take"
way 14 B 46 user "its UDP socket in the hands of an outsider" lend hand udp
helper="lend relay"
way 15 N 46 user "an outsider who sends for it" lend feed

way 21 B 46 root "raw socket, own IP header" raw header
way 21 B 46 root "raw socket, protocol 253" raw protocol 253
way 22 B 46 root "ICMP echo, raw socket" raw echo
way 22 B 46 user "ICMP echo, ping socket" raw ping
way 38 B 46 root "IPv6 in IP (41), raw socket" raw tunnel 41
way 38 B 46 root "IPv4 in IP (4), raw socket" raw tunnel 4
way 38 B 46 root "GRE, raw socket" raw tunnel 47
way 41 B 46 root "fragments" raw fragments
way 41 B 46 root "fragments without the first" raw later
way 41 B 46 root "fragments of 8 bytes" raw tiny
way 41 B 46 root "IP options, extension headers" raw options
way 43 B 46 root "a spoofed source" raw spoofed
way 43 B 6 user "ping to itself in the name of the destination" reflect ping
way 43 B 6 user "UDP to a closed port of its own, the same" reflect closed
way 43 B 46 root "raw echo to itself, the same" reflect echo
