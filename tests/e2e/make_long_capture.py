#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes a capture of several days of SYNs, for the tests of surges.

usage: make_long_capture.py OUT PORT/tcp|udp:HOURS:EACH[:FIRST]...

From 2015-12-01 00:00 UTC on: to each port EACH accesses in each of HOURS hours, FIRST being the first hour (0), at even
distances within the hour. Data in a SYN: PORT/fastopen:HOURS:EACH[:FIRST] sends a login with it (RFC 7413).
"""
import struct
import sys

START = 1448928000


def checksum_free_ip(proto, segment, source):
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, proto, 0) + source + bytes([198, 51, 100, 1]) + segment


def packet(kind, port, number):
    source = bytes([203, 0, 113, number % 200 + 1])
    sport = 1024 + number % 60000
    if kind == "udp":
        return checksum_free_ip(17, struct.pack("!HHHH", sport, port, 9, 0) + b"x", source)
    data = b"Action: Login\r\nUsername: fast\r\nSecret: 1234\r\n\r\n" if kind == "fastopen" else b""
    return checksum_free_ip(6, struct.pack("!HHIIBBHHH", sport, port, number * 7919 & 0xFFFFFFFF, 0, 0x50, 2, 1024, 0, 0) + data, source)


def main():
    packets = []
    for spec in sys.argv[2:]:
        where, hours, each, *first = spec.split(":")
        port, kind = where.split("/")
        first = int(first[0]) if first else 0
        for hour in range(first, first + int(hours)):
            for i in range(int(each)):
                time = START * 10**6 + hour * 3600 * 10**6 + 3600 * 10**6 * i // int(each)
                packets.append((time, packet(kind, int(port), len(packets))))
    packets.sort(key=lambda p: p[0])
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for time, data in packets:
            out.write(struct.pack("<IIII", time // 10**6, time % 10**6, len(data), len(data)) + data)


main()
