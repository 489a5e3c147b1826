# SPDX-License-Identifier: GPL-2.0-or-later
"""A ground station in Python: MAVLink heartbeats to the aircraft, and a vendor.

usage: mavlink.py DRONE COUNT VENDOR [workers]

Prints how many heartbeats the aircraft answered, and what became of an upload
to VENDOR. With "workers" the upload is that of a process of a process, as in
programs that keep their network service in a process of its own.
"""

import os
import socket
import struct
import sys

PORT = 14550
CRC_EXTRA = 50  # of the message HEARTBEAT


def crc(data):
    """X.25, as MAVLink has it."""
    value = 0xFFFF
    for byte in data:
        byte ^= value & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        value = value >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return value & 0xFFFF


def heartbeat(sequence):
    """A frame of MAVLink 2: of a ground station, system 255."""
    payload = struct.pack("<IBBBBB", 0, 6, 8, 0, 4, 3)
    head = struct.pack("<BBBBBB", len(payload), 0, 0, sequence & 0xFF, 255, 190)
    body = head + b"\0\0\0" + payload
    return b"\xfd" + body + struct.pack("<H", crc(body + bytes([CRC_EXTRA])))


def fly(drone, count):
    """How many of so many heartbeats come back."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.settimeout(10)
    answered = 0
    for sequence in range(count):
        frame = heartbeat(sequence)
        link.sendto(frame, (drone, PORT))
        answered += link.recv(100) == frame
    return answered


def upload(vendor):
    """Send flight data home."""
    try:
        with socket.create_connection((vendor, 80), timeout=20) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 65536\r\n\r\n")
            connection.sendall(bytes(65536))
            return "sent" if connection.recv(100) else "no answer"
    except OSError as error:
        return type(error).__name__


def in_a_child(function):
    """Call it in a process of a process, a leader of its own session."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writer, function().encode())
        os._exit(0)
    os.close(writer)
    os.wait()
    return os.read(reader, 100).decode()


def main():
    """All of it."""
    drone, count, vendor = sys.argv[1:4]
    print("heartbeats", fly(drone, int(count)))
    if "workers" in sys.argv:
        print("upload", in_a_child(lambda: upload(vendor)))
    else:
        print("upload", upload(vendor))


main()
