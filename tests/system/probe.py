#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a confined program can do, by its exit status.

usage: probe.py connect PATH    to a Unix socket
       probe.py open PATH       a device that may have no driver
       probe.py packet          a family that takes more than to be let
       probe.py serve PATH...   Unix sockets for others to connect to
"""
import errno
import os
import select
import socket
import sys


def attempt(what, refusals):
    """Do it; what does not come to it for another reason was let."""
    try:
        what()
    except OSError as error:
        print(error, file=sys.stderr)
        return error.errno in refusals
    return False


def connect(path):
    socket.socket(socket.AF_UNIX).connect(path)


def serve(paths):
    """Accept, and say nothing."""
    doors = []
    for path in paths:
        doors.append(socket.socket(socket.AF_UNIX))
        doors[-1].bind(path)
        os.chmod(path, 0o666)
        doors[-1].listen(100)
    while True:
        for door in select.select(doors, [], [])[0]:
            door.accept()[0].close()


what, arguments = sys.argv[1], sys.argv[2:]
if what == "connect":
    connect(*arguments)
elif what == "open":
    sys.exit(attempt(lambda: open(*arguments), [errno.EPERM, errno.EACCES]))
elif what == "packet":
    sys.exit(attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
                     [errno.EAFNOSUPPORT]))
elif what == "serve":
    serve(arguments)
