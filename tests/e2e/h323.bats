#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# H.323 call signalling on 1720 and 11720. Debian 12 has no H.323 client: the SETUP is a stored one, which
# tshark reads as teiten does; what is real is the stack that carries it.

load helpers
load clients

setup() {
	need_root ethtool tcpdump perl
	SETUP=$BATS_TEST_DIRNAME/listeners/h323-setup.base64
	VISITOR=$BATS_TEST_DIRNAME/listeners/visitor.pl
}

teardown() {
	net_down
}

set_up_call() { # SOURCE ADDRESS PORT
	base64 -d "$SETUP" | in_client perl "$VISITOR" "$1" "$2" "$3/tcp" || true
}

@test "call signalling on both ports, one product at many callers" {
	start_all
	listen quiet 1720
	listen quiet 11720
	local n
	for n in 11 12 13; do
		ip -n "$NS_CLIENT" addr add "198.51.100.$n/24" dev "${DEV}c"
		set_up_call "198.51.100.$n" "$SENSOR_IPV4" 1720
	done
	set_up_call "$CLIENT_IPV6" "$SENSOR_IPV6" 11720
	set_up_call "$CLIENT_IPV6" "$SENSOR_IPV6" 11720
	live_equals_replay
	expect "$(summary_value '.h323.messages | map("\(.value) \(.count)") | join("|")')" "setup 5"
	expect "$(summary_value '.h323.products | map("\(.product_id) \(.version_id) \(.vendor) \(.count)") | join("|")')" \
		"ooh323 0.9.1 184/0/39 5"
	expect "$(summary_value .h323.sources)" 4
	expect "$(summary_value '.ports[] | select(.port == 1720) | .purposes | tojson')" '{"call-signalling":3}'
	expect "$(summary_value '.ports[] | select(.port == 11720) | .purposes | tojson')" '{"call-signalling":2}'
	if command -v tshark >/dev/null; then
		expect "$(tshark -r "$PCAP" -Y h225.productId -T fields -e h225.productId -e h225.versionId 2>/dev/null |
			sort | uniq -c | xargs)" "5 ooh323 0.9.1"
	fi
}

@test "a SETUP over a dozen segments is one message; its retransmission too" {
	start_all
	listen quiet 1720
	in_sensor ip route replace 198.51.100.0/24 dev "$DEV" advmss 88
	(
		for ((i = 0; i < 80; i += 7)); do
			base64 -d "$SETUP" | tail -c +$((i + 1)) | head -c 7
			sleep 0.05
		done
		sleep 0.3
	) | in_client bash -c "exec 4<>/dev/tcp/$SENSOR_IPV4/1720; cat >&4"
	live_equals_replay
	[ "$(summary_value '.ports[] | select(.port == 1720) | .payload_packets')" -ge 10 ]
	expect "$(summary_value '.h323.messages | map("\(.value) \(.count)") | join("|")')" "setup 1"
	expect "$(summary_value '.h323.products[0].product_id')" ooh323
}
