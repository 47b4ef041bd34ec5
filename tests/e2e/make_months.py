#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes a capture of some months on a sensor, and what a bulletin over it has to say, for the tests of report.

usage: make_months.py OUT.pcap TRUTH.json

Three months of UTC days. 5038/tcp: scans and some logins a day, from 29 October on many, some of which ask for a file as well.
2375/tcp: version requests, and from 20 to 22 November many of four kinds, and containers to be created. 1720/tcp: set-ups from
changing callers. 5060/udp: OPTIONS. 23/tcp, which nobody watches: a rise on 10 November. User names, paths, agents and images
hold what would be a script, a table cell or an escape sequence if it were let through.
"""
import collections
import datetime
import json
import pathlib
import struct
import sys

HOME = bytes([198, 51, 100, 1])
FIRST, LAST = datetime.date(2015, 9, 1), datetime.date(2015, 11, 30)
HOSTILE = '<script>document.title="owned"</script>'
CELL = '"><img src=x onerror=alert(1)>|`\x1b[31m'
SETUP = pathlib.Path(__file__).parent.joinpath("../fuzz/corpus/fuzz_h323/setup").read_bytes()[1:]  # the first byte chooses how the fuzzer feeds it


class Capture:
    def __init__(self, out):
        self.out, self.seq, self.second, self.sport = out, 1000, 0, 1024
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        self.ports = collections.defaultdict(lambda: collections.Counter())
        self.sources = collections.defaultdict(set)

    def packet(self, source, protocol, transport):
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(transport), 1, 0, 64, protocol, 0) + source + HOME
        data = head + transport
        self.out.write(struct.pack("<IIII", self.second, 0, len(data), len(data)) + data)

    def tcp(self, source, dport, flags, seq, payload=b""):
        self.packet(source, 6, struct.pack("!HHIIBBHHH", self.sport, dport, seq, 0, 0x50, flags, 1024, 0, 0) + payload)

    def conversation(self, source, dport, payload, count=True):
        self.sport = 1024 + (self.sport - 1023) % 60000
        self.seq = (self.seq + 100003) & 0x7FFFFFFF
        self.tcp(source, dport, 2, self.seq)
        if payload:
            self.tcp(source, dport, 0x18, self.seq + 1, payload)
            self.tcp(source, dport, 0x11, self.seq + 1 + len(payload))
        if count:
            self.sources[dport].add(source)

    def datagram(self, source, dport, payload):
        self.sport = 1024 + (self.sport - 1023) % 60000
        self.packet(source, 17, struct.pack("!HHHH", self.sport, dport, 8 + len(payload), 0) + payload)
        self.sources[dport].add(source)


def address(net, number):
    return bytes([net, 0, 2 + number // 250, 1 + number % 250])


def login(number, file=None):
    user = ["admin", "admin", "admin", "manager", "mark", HOSTILE, CELL][number % 7]
    text = f"Action: Login\r\nUsername: {user}\r\nSecret: {['1234', 'mysecret'][number % 2]}\r\nEvents: off\r\n\r\n"
    if file:
        text += f"Action: GetConfig\r\nFilename: {file}\r\n\r\n"
    return text.encode(), user


def http(method, path, agent, body=""):
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 198.51.100.1:2375\r\nUser-Agent: {agent}\r\n{length}\r\n{body}".encode()


def ami_day(c, day, truth, names):
    many = day >= datetime.date(2015, 10, 29)
    for i in range(10):
        c.conversation(address(192, i), 5038, b"")
    counts = {"no-payload": 10, "login": 90 if many else 4, "login+config": 12 if many else 0}
    for i in range(counts["login"]):
        payload, user = login(i)
        names[user] += 1
        c.conversation(address(192, i), 5038, payload)
    for i in range(counts["login+config"]):
        payload, user = login(i, "sip.conf")
        names[user] += 1
        c.conversation(address(193, i), 5038, payload)
    truth["5038/tcp"][day.isoformat()] = {k: v for k, v in counts.items() if v}


def docker_day(c, day, truth, apis):
    surge = datetime.date(2015, 11, 20) <= day <= datetime.date(2015, 11, 22)
    wanted = [("version", "GET", "/version", 60 if surge else 3)]
    if surge:
        wanted += [("info", "GET", "/info", 25), ("images", "GET", "/v1.18/images/json", 20),
                   ("containers", "GET", "/containers/json?all=1", 15)]
    counts = {}
    for purpose, method, path, n in wanted:
        for i in range(n):
            c.conversation(address(203, i), 2375, http(method, path, HOSTILE))
        counts[purpose] = n
        apis[{"version": "GET /version", "info": "GET /info", "images": "GET /images/json",
              "containers": "GET /containers/json"}[purpose]] += n
    if surge:
        body = json.dumps({"Image": HOSTILE, "Cmd": ["sh"], "HostConfig": {"Binds": ["/:/mnt"]}})
        for i in range(2):
            c.conversation(address(203, i), 2375, http("POST", "/v1.41/containers/create", CELL.replace("\x1b", ""), body))
        counts["deploy"] = 2
        apis["POST /containers/create"] += 2
    truth["2375/tcp"][day.isoformat()] = counts


def others_day(c, day, truth):
    callers = 40 if day >= datetime.date(2015, 11, 1) else 6
    for i in range(callers):
        c.conversation(address(205, i), 1720, SETUP)
    truth["1720/tcp"][day.isoformat()] = {"call-signalling": callers}
    for i in range(8):
        c.datagram(address(206, i), 5060, b"OPTIONS sip:100@198.51.100.1 SIP/2.0\r\nUser-Agent: friendly-scanner\r\n"
                   b"From: \"sipvicious\"<sip:100@1.1.1.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n")
    truth["5060/udp"][day.isoformat()] = {"options": 8}
    for i in range(900 if day == datetime.date(2015, 11, 10) else 40):
        c.conversation(address(207, i % 200), 23, b"", count=False)


def main():
    truth = collections.defaultdict(dict)
    names, apis = collections.Counter(), collections.Counter()
    with open(sys.argv[1], "wb") as out:
        c = Capture(out)
        day = FIRST
        while day <= LAST:
            c.second = int(datetime.datetime(day.year, day.month, day.day, 12, tzinfo=datetime.timezone.utc).timestamp())
            ami_day(c, day, truth, names)
            docker_day(c, day, truth, apis)
            others_day(c, day, truth)
            day += datetime.timedelta(days=1)
    answer = {
        "ports": {port: {"days": days} for port, days in truth.items()},
        "sources": {str(port): len(sources) for port, sources in c.sources.items()},
        "usernames": names, "apis": apis,
    }
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        json.dump(answer, out)


if __name__ == "__main__":
    main()
