#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# TLS on 2376 and elsewhere: OpenSSL's and curl's hellos, by server name.

load helpers
load clients

setup() {
	need_root ethtool tcpdump perl openssl
}

teardown() {
	net_down
}

serve_tls() { # PORT
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/cert" \
		-days 2 -subj /CN=docker.example 2>/dev/null
	start_in_sensor openssl s_server -quiet -www -accept "$1" -key "$BATS_TEST_TMPDIR/key" -cert "$BATS_TEST_TMPDIR/cert"
	wait_for 5 in_sensor bash -c "exec 4<>/dev/tcp/127.0.0.1/$1" 2>/dev/null
}

hello() { # ADDRESS PORT [OPTION…]
	in_client timeout 5 openssl s_client -connect "$1:$2" "${@:3}" </dev/null >/dev/null 2>&1 || true
}

@test "openssl and curl to 2376: server names, versions, JA4" {
	need_root curl tshark
	start_all
	serve_tls 2376
	hello "$SENSOR_IPV4" 2376 -servername one.example
	hello "$SENSOR_IPV4" 2376 -servername two.example -tls1_2
	hello "[$SENSOR_IPV6]" 2376 -noservername
	in_client curl -sk -m 5 -o /dev/null --resolve "two.example:2376:$SENSOR_IPV4" https://two.example:2376/version
	live_equals_replay
	expect "$(summary_value .tls.client_hellos)" 4
	expect "$(summary_value '.tls.sni | map("\(.value) \(.count)") | join("|")')" "two.example 2|one.example 1"
	expect "$(summary_value '.ports[] | select(.port == 2376) | .purposes | tojson')" '{"tls":4}'
	# The part of JA4 that needs no table: transport and version, server name, numbers of ciphers and extensions.
	expect "$(summary_value '[.tls.ja4[] | select(.value | startswith("t13d")) | .count] | add')" 2
	expect "$(summary_value '[.tls.ja4[] | select(.value | startswith("t12d")) | .count] | add')" 1
	expect "$(summary_value '[.tls.ja4[] | select(.value | startswith("t13i")) | .count] | add')" 1
	expect "$(summary_value '.tls.sni | map(.value) | sort | join("|")')" \
		"$(tshark -r "$PCAP" -d tcp.port==2376,tls -T fields -e tls.handshake.extensions_server_name 2>/dev/null |
			grep . | sort -u | paste -sd '|')"
}

@test "a hello in many small segments, on a port that is not TLS'" {
	start_all
	listen quiet 5038
	in_sensor ip route replace 198.51.100.0/24 dev "$DEV" advmss 88
	hello "$SENSOR_IPV4" 5038 -servername small.example
	live_equals_replay
	[ "$(summary_value '.ports[] | select(.port == 5038) | .payload_packets')" -ge 3 ]
	expect "$(summary_value '.tls.sni[0].value')" small.example
	expect "$(summary_value '.ports[] | select(.port == 5038) | .purposes | tojson')" '{"tls":1}'
}
