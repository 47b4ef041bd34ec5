#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Conversations inside one and two VLAN tags, native and generic, are counted as plain ones are.

load helpers
load clients

setup() {
	need_root ethtool tcpdump perl ncat tc clang
	TAGS=$BATS_TEST_TMPDIR/tags.o
	clang -O2 -g -target bpf -idirafter "/usr/include/$(gcc -print-multiarch)" \
		-c "$BATS_TEST_DIRNAME/vlan_tag.bpf.c" -o "$TAGS" || skip "no BPF program can be compiled here"
}

teardown() {
	net_down
}

# What the client sends goes out in tags; the sensor's own stack gets it without.
tag() { # one|two
	tc -n "$NS_CLIENT" qdisc add dev "${DEV}c" clsact || skip "no clsact in this kernel"
	tc -n "$NS_CLIENT" filter add dev "${DEV}c" egress bpf da obj "$TAGS" sec "$1" || skip "tc takes no BPF here"
	tc -n "$NS_SENSOR" qdisc add dev "$DEV" clsact
	tc -n "$NS_SENSOR" filter add dev "$DEV" ingress bpf da obj "$TAGS" sec none
}

conversation() { # ADDRESS
	printf 'Action: Login\r\nUsername: admin\r\nSecret: amp111\r\n\r\nAction: GetConfig\r\nFilename: sip.conf\r\n\r\n' |
		in_client ncat -i 300ms "$1" 5038 || true
}

in_tags() { # NUMBER [RUN-OPTION…]
	local number=$1
	shift
	start_all "$@"
	tag "$number"
	listen ami 5038
	conversation "$SENSOR_IPV4"
	conversation "$SENSOR_IPV6"
	knock_tcp "$SENSOR_IPV4" 2375 3
	live_equals_replay
	expect "$(summary_value '.ports[] | select(.port == 5038) | [.accesses, .sources, .conversations, .purposes["login+config"]] | tojson')" \
		'[2,2,2,2]'
	expect "$(summary_value '.ports[] | select(.port == 2375) | .accesses')" 3
	expect "$(summary_value '.ami.files | map("\(.value) \(.count)") | join("|")')" "sip.conf 2"
	expect "$(summary_value .capture.malformed)" 0
}

@test "one tag, native" {
	in_tags one --mode native
	[ "$(recorded 'vlan 5 and dst port 5038')" -ge 4 ]
}

@test "two tags, native" {
	in_tags two --mode native
	[ "$(recorded 'vlan 7 and vlan 5 and dst port 5038')" -ge 4 ]
}

@test "one tag, generic" {
	in_tags one --mode generic
	[ "$(recorded 'vlan 5 and dst port 5038')" -ge 4 ]
}
