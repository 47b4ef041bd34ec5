#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Scanners that send SYNs of their own making: each is known by its mark, and every SYN is counted.

load helpers
load clients

setup() {
	need_root ethtool tcpdump
	SYN='tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn'
}

teardown() {
	net_down
}

by_tool() { summary_value ".fingerprints | map(select(.value == \"$1\") | .accesses) | add // 0"; }

accesses_to() { summary_value ".ports[] | select(.port == $1 and .transport == \"tcp\") | .accesses"; }

mac_of() { # NAMESPACE DEVICE
	ip -n "$1" -j link show "$2" | jq -r '.[0].address'
}

# Raw-socket scanners look for the peer in the neighbour table and do not ask.
acquaint() {
	ip -n "$NS_CLIENT" neigh replace "$SENSOR_IPV4" dev "${DEV}c" lladdr "$(mac_of "$NS_SENSOR" "$DEV")"
}

@test "nmap -sS: one SYN a port, watched or not" {
	need_root nmap
	start_all
	acquaint
	in_client nmap -n -Pn -sS --max-retries 0 -p 22,23,1720,2375-2377,5038,5060 "$SENSOR_IPV4"
	live_equals_replay
	expect "$(recorded "tcp and $SYN")" 8
	local port
	for port in 1720 2375 2376 2377 5038 5060; do
		expect "$(accesses_to $port)" 1
	done
	expect "$(by_tool nmap)" 6
	expect "$(summary_value '[.fingerprints[].accesses] | add')" 6
	expect "$(dump_value '[.maps.destinations[] | select(.port == 22 or .port == 23) | .count] | add')" 2
}

@test "nmap -sV: probes of many kinds are known by their bytes" {
	need_root nmap perl
	start_all
	listen quiet 1720 once
	in_client timeout 100 nmap -n -Pn -sV --version-all --max-retries 0 -p 1720 "$SENSOR_IPV4" || true
	live_equals_replay
	expect "$(accesses_to 1720)" "$(recorded "dst port 1720 and $SYN")"
	# A TPKT that is X.224 is RDP's, and never call signalling.
	[ "$(summary_value '.ports[] | select(.port == 1720) | .purposes.rdp // 0')" -ge 1 ]
	[ "$(summary_value '.ports[] | select(.port == 1720) | .purposes.http // 0')" -ge 1 ]
	[ "$(summary_value '.ports[] | select(.port == 1720) | .purposes.tls // 0')" -ge 1 ]
	expect "$(summary_value '.ports[] | select(.port == 1720) | .purposes["call-signalling"] // 0')" 0
}

@test "zmap before 4.1 is known by its IP id" {
	need_root zmap
	start_all
	in_sensor ip route add local 198.51.100.128/26 dev lo
	acquaint
	in_client zmap -G "$(mac_of "$NS_SENSOR" "$DEV")" -i "${DEV}c" -S "$CLIENT_IPV4" -b /dev/null -p 5038 -r 1000 -c 1 -q \
		-o /dev/null 198.51.100.128/26 || skip "zmap does not run here"
	live_equals_replay
	expect "$(accesses_to 5038)" 64
	expect "$(summary_value .addresses)" 64
	if [ "$(recorded "dst port 5038 and $SYN and ip[4:2] == 54321")" -eq 64 ]; then
		expect "$(by_tool zmap)" 64
	else
		expect "$(by_tool zmap)" 0
	fi
}

@test "masscan is known by its IP id, which it computes" {
	need_root masscan
	start_all
	in_sensor ip route add local 198.51.100.128/26 dev lo
	acquaint
	in_client timeout 60 masscan 198.51.100.128/26 -p 2375,5038 --rate 1000 --wait 0 --adapter "${DEV}c" \
		--adapter-ip 198.51.100.77 --adapter-mac "$(mac_of "$NS_CLIENT" "${DEV}c")" \
		--router-mac "$(mac_of "$NS_SENSOR" "$DEV")" >/dev/null
	live_equals_replay
	expect "$(accesses_to 5038)" 64
	expect "$(accesses_to 2375)" 64
	expect "$(by_tool masscan)" 128
	expect "$(summary_value '.ports[] | select(.port == 5038) | .sources')" 1
}

@test "hping3: a raw sender, forged addresses, and the Mirai mark" {
	need_root hping3
	start_all
	acquaint
	in_client hping3 -q -c 40 -i u2000 -S -p 5038 --ttl 250 -a 203.0.113.9 "$SENSOR_IPV4" 2>/dev/null || true
	# The sequence number is the address it goes to.
	in_client hping3 -q -c 7 -i u2000 -S -p 2375 --setseq $(((198 << 24) + (51 << 16) + (100 << 8) + 1)) \
		-a 203.0.113.10 "$SENSOR_IPV4" 2>/dev/null || true
	# SYN-ACKs and RSTs that nobody asked for.
	in_client hping3 -q -c 5 -i u2000 -SA -s 5038 -p 40000 "$SENSOR_IPV4" 2>/dev/null || true
	live_equals_replay
	expect "$(accesses_to 5038)" 40
	expect "$(by_tool raw)" 40
	expect "$(accesses_to 2375)" 7
	expect "$(by_tool mirai)" 7
	[ "$(summary_value .capture.backscatter)" -ge 5 ]
	expect "$(summary_value '.sources | map(select(.address == "203.0.113.9")) | .[0].accesses')" 40
}

@test "hping3: UDP and fragments" {
	need_root hping3
	start_all
	acquaint
	in_client hping3 -q -c 9 -i u2000 -2 -p 5060 -d 20 "$SENSOR_IPV4" 2>/dev/null || true
	in_client hping3 -q -c 1 -S -f -p 5038 -d 100 "$SENSOR_IPV4" 2>/dev/null || true
	live_equals_replay
	expect "$(summary_value '.ports[] | select(.port == 5060 and .transport == "udp") | .accesses')" 9
	expect "$(summary_value .capture.fragments)" "$(recorded 'ip[6:2] & 0x3fff != 0')"
	[ "$(summary_value .capture.fragments)" -ge 2 ]
}
