#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Open connections of TCP to one address at a rate, and give them up at once.

usage: opener.py ADDRESS RATE SECONDS    prints how many a second it came to
"""

import socket
import sys
import time


def main():
    """Behind its time it does not sleep."""
    address, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    begin = time.monotonic()
    for count in range(rate * seconds):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        # No two in a row by the same port to the same place.
        sock.connect_ex((address, 1024 + count % 60000))
        sock.close()
        ahead = begin + (count + 1) / rate - time.monotonic()
        if ahead > 0.01:
            time.sleep(ahead)
    print(round(rate * seconds / (time.monotonic() - begin)))


main()
