#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A capture of today: H.323 SETUPs from a few loopback addresses. SETUP.base64 OUT.pcap"""
import base64
import struct
import sys
import time

setup = base64.b64decode(open(sys.argv[1], encoding="ascii").read())
now = int(time.time())


def frame(source, seq, flags, payload=b""):
    tcp = struct.pack(">HHIIBBHHH", 40000, 1720, seq, 1 if flags & 16 else 0, 5 << 4, flags, 64240, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0,
                     bytes((127, 0, 1, source)), bytes((198, 51, 100, 1)))
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp


with open(sys.argv[2], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for i, source in enumerate((1, 2, 3, 6)):
        for f in (frame(source, 100, 2), frame(source, 101, 24, setup), frame(source, 101 + len(setup), 17)):
            out.write(struct.pack("<IIII", now - 60 + i, 0, len(f), len(f)) + f)
